// The reference architecture from end to end, with real tools and no hand on it: a developer pushes a commit; git's HTTP backend, docker, the
// registry's scan, two promotion policies, a webhook, GitLab's trigger, and a signing job do the rest, by the files that deploy/gitlab has.
// A second commit brings a known vulnerability, and stays where it is. Each station says what happened there.
import assert from 'node:assert/strict';
import test from 'node:test';
import { daemon, missing, trustingClient } from '../lib/docker.mjs';
import { Plimsoll, eventually, fails, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';
import { scanned } from '../lib/scans.mjs';
import { chainOf } from './digest.mjs';
import { pictures } from './pictures.mjs';
import * as supply from './supply.mjs';

const { BASE, BUILD, RELEASE, CVE, GITLAB, MONA, OLGA } = supply;
const lacking = ['git', 'curl', 'jq', 'notary', 'bash'].filter((name) => !which(name)).join(', ');
const reason = missing() ?? (lacking ? `not installed: ${lacking}` : false);

const say = (...lines) => lines.forEach((line) => console.log(`      ${line}`));
const sayLog = (job) => say(`job ${job.id} (${job.name}) ${job.passed ? 'passed' : 'failed'}:`, ...job.log.trim().split('\n').map((line) => `  | ${line}`));

let count = 0;
/** A station of the chain: a test of its own, with a number and a title in what is printed. */
function station(t, title, work) {
  count += 1;
  const name = `station ${count}: ${title}`;
  return t.test(name, async (t) => {
    console.log(`\n== ${name}`);
    await work(t);
  });
}

/** The job of a pipeline, when it has ended; both pipelines have one. */
async function job(pipeline) {
  const [only] = (await pipeline.done, pipeline.jobs);
  return only;
}

test('from git push to a signed, promoted image', { skip: reason }, async (t) => {
  const server = await Plimsoll.start(t);
  const engine = await daemon(t);
  const { gitlab, build, sign } = await supply.projects(t, server, { PATH: process.env.PATH, DOCKER_HOST: engine.host });
  const repository = (name) => `/api/v0/repositories/${name}`;
  const tag = async (name, reference) => (await server.must('GET', `${repository(name)}/tags/${reference}`))[0];
  const names = async (name) => (await server.must('GET', `${repository(name)}/tags`)).map((one) => one.name);
  const chain = {};

  await station(t, 'the registry is set up', async (t) => {
    await supply.people(server);
    chain.webhook = await supply.repositories(server, sign.triggerUrl);
    const base = await supply.knownGoodSource(server);
    const scan = await scanned(server, BASE, '12');
    assert.deepEqual([scan.critical, scan.major, scan.minor], [0, 0, 0]);
    build.variables.REGISTRY_TOKEN = await supply.token(server, 'builds', { [BASE]: ['pull'], [BUILD]: ['push'] });
    sign.variables.REGISTRY_TOKEN = await supply.token(server, 'signs', { [BUILD]: ['pull'], [RELEASE]: ['push'] });
    say(`known good source: ${BASE}:12 ${base}, scanned, nothing found`,
      `${BUILD}: private, immutable; two policies to ${RELEASE}: 0 vulnerabilities, tags %n and latest`,
      `webhook on PROMOTION: ${chain.webhook.endpoint}`);
    const { files, key } = await supply.signingBundle(server);
    chain.key = key;
    const said = await supply.prepareSigning(t, server, files);
    assert.match(said.text, /Successfully published changes/);
    chain.ca = files['ca.pem'].text;
    sign.variables.SIGNING_KEY = Buffer.from(files['key.pem'].text).toString('base64');
    sign.variables.DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE = 'a passphrase for a minute';
    sign.files.REGISTRY_CA = chain.ca;
    await supply.commitSigning(gitlab, sign);
    say(`signing key of ${GITLAB.user} (team ci/gitlab), from a client bundle: ${key.notaryKeyID}`);
  });

  const push = await gitlab.workingCopy(build);

  await station(t, 'a commit is pushed, and its pipeline builds and pushes the image', async () => {
    chain.commit = await push('Say hello', await supply.application('3.0.3'));
    chain.pipeline = gitlab.pipelines.at(-1);
    assert.deepEqual([chain.pipeline.source, chain.pipeline.sha], ['push', chain.commit]);
    chain.build = await job(chain.pipeline);
    sayLog(chain.build);
    assert.ok(chain.build.passed, chain.build.log);
    chain.tag = String(chain.build.id);
    const pushed = await tag(BUILD, chain.tag);
    chain.digest = pushed.digest;
    assert.equal(pushed.author, GITLAB.user);
    const { config } = await new Repository(server, BUILD, OLGA).imageConfig(chain.tag);
    assert.equal(config.Labels['org.opencontainers.image.revision'], chain.commit, 'the image says its commit');
    await assert.rejects(new Repository(server, BUILD, GITLAB).pushImage(chain.tag), /immutable/i);
    say(`commit ${chain.commit} is ${BUILD}:${chain.tag} ${chain.digest}`, 'another image under that tag is refused: the repository is immutable');
  });

  await station(t, 'the image is scanned, because it was pushed', async () => {
    const scan = await scanned(server, BUILD, chain.tag);
    assert.deepEqual([scan.last_scan_status, scan.critical, scan.major, scan.minor], [6, 0, 0, 0]);
    say(`scan ended with ${scan.critical} critical, ${scan.major} major, ${scan.minor} minor`);
  });

  await station(t, 'two policies promote it, as itself and as latest', async () => {
    await eventually('both tags are there', async () => (await names(RELEASE)).length === 2);
    for (const name of [chain.tag, 'latest']) {
      const promoted = await tag(RELEASE, name);
      assert.deepEqual([promoted.digest, promoted.promotion.sourceRepository, promoted.promotion.sourceTag], [chain.digest, BUILD, chain.tag]);
      say(promoted.promotion.string, ...promoted.promotion.lines.map((line) => `  ${line.criterion}: ${line.reason}`));
    }
  });

  await station(t, 'the webhook calls the trigger of the signing project, once for each', async () => {
    const deliveries = `/api/v0/webhooks/${chain.webhook.id}/deliveries`;
    const told = await eventually('both are delivered', async () => {
      const all = await server.must('GET', deliveries, undefined, OLGA);
      return all.length === 2 && all.every(({ state }) => state === 'delivered') && all;
    });
    assert.ok(told.every(({ status }) => status === 201));
    assert.deepEqual(gitlab.triggered.map(({ contents }) => contents.targetTag).sort(), [chain.tag, 'latest']);
    for (const one of told) say(`${one.type} ${one.subject}: ${one.status} after ${one.attempts} attempt${one.attempts === 1 ? '' : 's'}`);
    const shown = JSON.stringify([await server.must('GET', '/api/v0/events?pageSize=1000'), await server.must('GET', '/api/v0/webhooks?webhookType=any'), told]);
    assert.ok(!shown.includes(sign.trigger), 'the token of the trigger is shown nowhere');
  });

  await station(t, 'the signing job pulls what was promoted, and signs it', async () => {
    chain.signing = await Promise.all(gitlab.pipelines.filter(({ source }) => source === 'trigger').map(job));
    chain.signing.forEach(sayLog);
    assert.ok(chain.signing.every(({ passed }) => passed));
    for (const name of [chain.tag, 'latest']) {
      const signed = await tag(RELEASE, name);
      assert.deepEqual([signed.inNotary, signed.hashMismatch, signed.digest], [true, false, chain.digest], name);
      assert.equal(signed.promotion?.sourceRepository, BUILD, 'it still says where it came from');
    }
    assert.equal((await tag(BUILD, chain.tag)).inNotary, false, 'what is in the build repository is signed by nobody');
  });

  await station(t, 'a client that checks signatures pulls the signed image, and not the unsigned one', async (t) => {
    const env = await trustingClient(t, server, engine.host);
    const docker = which('docker');
    const pulled = await run(docker, ['pull', `${server.secureHost}/${RELEASE}:latest`], { env });
    assert.match(pulled.text, new RegExp(chain.digest));
    say(...pulled.stdout.trim().split('\n'));
    await run(docker, ['login', '--username', OLGA.user, '--password', OLGA.password, server.secureHost], { env });
    const refused = await fails(docker, ['pull', `${server.secureHost}/${BUILD}:${chain.tag}`], { env });
    assert.match(refused, /remote trust data does not exist/);
    say(refused.trim());
    const inspected = await run(docker, ['trust', 'inspect', `${server.secureHost}/${RELEASE}`], { env });
    [chain.trust] = JSON.parse(inspected.stdout);
    assert.deepEqual(chain.trust.SignedTags.map((one) => [one.SignedTag, one.Digest, one.Signers]).sort(),
      [chain.tag, 'latest'].map((name) => [name, chain.digest.slice('sha256:'.length), ['gitlab']]));
  });

  await station(t, 'only signed images are pulled, whatever the client checks', async (t) => {
    const env = { ...(await trustingClient(t, server, engine.host)), DOCKER_CONTENT_TRUST: '0' };
    const docker = which('docker');
    const [signed, unsigned] = [chain.tag, 'unsigned'].map((name) => `${server.secureHost}/${RELEASE}:${name}`);
    await new Repository(server, RELEASE, OLGA).pushImage('unsigned');
    const pulled = await run(docker, ['pull', signed], { env });
    assert.match(pulled.text, new RegExp(chain.digest));
    say(...pulled.stdout.trim().split('\n'));
    const refused = async () => (await fails(docker, ['pull', unsigned], { env })).trim();
    const toNobody = await refused();
    assert.match(toNobody, /may not be pulled: the repository's policy needs a signature of 1 more team/);
    say('to nobody:', ...toNobody.split('\n'));
    // Who belongs to the organization is told whose signature it is.
    await run(docker, ['login', '--username', MONA.user, '--password', MONA.password, server.secureHost], { env });
    const toMember = await refused();
    assert.match(toMember, /ci\/flask:unsigned may not be pulled: no member of ci\/gitlab has signed it, which the repository's policy asks/);
    say('to a member of the organization:', ...toMember.split('\n'));
    const { images } = await server.must('POST', '/api/v0/trust/evaluate', { images: [signed, unsigned] }, OLGA);
    assert.deepEqual(images.map(({ admitted }) => admitted), [true, false]);
    for (const { image, reasons } of images) say(`${image}: ${reasons.map(({ reason }) => reason).join('; ')}`);
    let reads = [];
    // it is written a few seconds later
    await eventually('that the signing job read what was not signed yet is recorded', async () => {
      const { events } = await server.must('GET', '/api/v0/events?pageSize=1000&objectType=manifest');
      reads = events.filter(({ detail }) => detail?.decision === 'toSign');
      return reads.length > 0;
    });
    assert.deepEqual([...new Set(reads.map(({ actor }) => actor))], [GITLAB.user]);
  });

  await station(t, 'who knows the token of the trigger has nothing signed that was not promoted', async () => {
    await new Repository(server, RELEASE, OLGA).pushImage('by-hand');
    const { digest } = await tag(RELEASE, 'by-hand');
    const body = JSON.stringify({ type: 'PROMOTION', contents: { targetRepository: RELEASE, targetTag: 'by-hand', digest, sourceRepository: BUILD } });
    const answer = await fetch(sign.triggerUrl, { method: 'POST', body });
    assert.equal(answer.status, 201);
    const refused = await job(gitlab.pipelines.at(-1));
    assert.ok(!refused.passed);
    assert.match(refused.log, /by-hand was not promoted from ci\/flask_build/);
    assert.equal((await tag(RELEASE, 'by-hand')).inNotary, false);
    sayLog(refused);
    assert.equal((await fetch(sign.triggerUrl.replace(/token=[^&]*/, 'token=glptt-guessed'), { method: 'POST' })).status, 404);
  });

  await station(t, 'a second commit brings a known vulnerability, and stops here', async () => {
    const before = gitlab.triggered.length;
    const commit = await push('Use the Flask that we know', await supply.application('2.2.2'));
    const built = await job(gitlab.pipelines.at(-1));
    assert.ok(built.passed, built.log);
    const vulnerable = String(built.id);
    const scan = await scanned(server, BUILD, vulnerable);
    assert.equal(scan.critical, 1);
    const why = await eventually('both policies were asked', async () => {
      const said = await server.must('GET', `${repository(BUILD)}/tags/${vulnerable}/policies`);
      return said.every(({ verdict }) => verdict === 'doesNotHold') && said;
    });
    say(`commit ${commit} is ${BUILD}:${vulnerable}; its scan found ${scan.critical} critical`);
    for (const { policy, outcome, lines } of why) {
      say(`to ${policy.targetRepository}:${policy.tagTemplate}: ${outcome}`,
        ...lines.flatMap((line) => [`  ${line.criterion}: ${line.reason}`, ...line.found.map(({ what, place }) => `    ${what}${place ? `, ${place}` : ''}`)]));
      assert.match(JSON.stringify(lines), new RegExp(CVE), 'the reason names the vulnerability');
    }
    assert.ok(!(await names(RELEASE)).includes(vulnerable));
    assert.equal((await tag(RELEASE, 'latest')).digest, chain.digest, 'latest is what it was');
    assert.equal(gitlab.triggered.length, before, 'nobody was told to sign');
    chain.vulnerable = vulnerable;
  });

  await station(t, 'no secret is in what the jobs printed', async () => {
    const secrets = [build, sign].flatMap(({ variables }) => [variables.REGISTRY_TOKEN, variables.SIGNING_KEY, variables.DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE]);
    const logs = (await Promise.all(gitlab.pipelines.map(job))).map((one) => one?.log ?? '').join('');
    for (const secret of [...secrets.filter(Boolean), 'PRIVATE KEY']) assert.ok(!logs.includes(secret));
    say(`${gitlab.pipelines.length} pipelines, and none printed a token, a key or a passphrase`);
  });

  await station(t, 'the chain of the digest', async () => say(...(await chainOf(server, chain))));
  await t.test('pictures', { skip: which('chromium') ? false : 'chromium is not installed' }, (t) => pictures(t, server, chain));
});
