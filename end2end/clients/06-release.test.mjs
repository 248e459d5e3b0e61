// Journey 6 and the reference architecture with a real client: skopeo pushes a clean and a vulnerable image into an immutable build
// repository. The clean one moves on as itself and as latest, and the pipeline is told of each once; the other one stays, with the reason.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { CRITICAL, bundle, debian, load, record, settled } from '../lib/flaws.mjs';
import { ADMIN, PASSWORD, Plimsoll, eventually, fails, folder, run, which } from '../lib/program.mjs';
import { allowLoopback, receiver } from '../lib/receiver.mjs';
import { Repository } from '../lib/registry.mjs';

const skopeo = which('skopeo');
const CVE = 'CVE-2026-0001';
const [HIT, FIXED] = ['3.0.11-1~deb12u1', '3.0.11-1~deb12u2'];
const TRIGGER = 'api/v4/projects/7/trigger/pipeline?token=glptt-0123456789abcdef&ref=main';

/** skopeo with a certificate to check and somebody who is signed in. */
async function client(t, server) {
  const home = await folder(t);
  const certificates = join(home, 'certs');
  await mkdir(certificates);
  await writeFile(join(certificates, 'ca.crt'), await readFile(await server.authority(t)));
  const policy = join(home, 'policy.json');
  await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  const options = { env: { HOME: home, XDG_RUNTIME_DIR: home, REGISTRY_AUTH_FILE: join(home, 'auth.json') } };
  const remote = (name) => `docker://${server.secureHost}/${ADMIN}/${name}`;
  const push = (tag, to) => ['--policy', policy, 'copy', '--dest-cert-dir', certificates, `oci:${home}/built:${tag}`, remote(to)];
  await run(skopeo, ['login', '--cert-dir', certificates, '-u', ADMIN, '-p', PASSWORD, server.secureHost], options);
  // what a build leaves on the disk
  await server.createRepository('admin/scratch', { scanOnPush: false });
  for (const [tag, version] of [['clean', FIXED], ['vulnerable', HIT]]) {
    await new Repository(server, 'admin/scratch').pushImage(tag, { layers: [['ADD rootfs /', debian(version)]] });
    await run(skopeo, ['--policy', policy, 'copy', '--src-cert-dir', certificates, remote(`scratch:${tag}`), `oci:${home}/built:${tag}`], options);
  }
  return {
    push: (tag, to) => run(skopeo, push(tag, to), options),
    refused: (tag, to) => fails(skopeo, push(tag, to), options),
  };
}

test('what is clean moves by itself, and the pipeline is told', { skip: skopeo ? false : 'skopeo is not installed (Debian: apt-get install skopeo)' }, async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/flask_build', { immutableTags: true });
  await server.createRepository('admin/flask');
  await load(server, bundle(record(CVE, FIXED, CRITICAL)));
  await allowLoopback(server);
  const build = '/api/v0/repositories/admin/flask_build';
  for (const tagTemplate of ['%n', 'latest']) {
    await server.must('POST', `${build}/promotionPolicies`, {
      rules: [{ field: 'vulnerability_all', operator: 'lte', values: ['0'] }], tagTemplate, targetRepository: 'admin/flask',
    });
  }
  const gitlab = await receiver(t);
  await server.must('POST', '/api/v0/webhooks', { type: 'PROMOTION', key: 'admin/flask_build', endpoint: gitlab.url + TRIGGER });
  const { push, refused } = await client(t, server);

  await push('clean', 'flask_build:66');
  const pushed = await eventually('66 and latest are there', async () => {
    const tags = await server.must('GET', '/api/v0/repositories/admin/flask/tags');
    return tags.length === 2 && tags;
  });
  assert.deepEqual(pushed.map((tag) => [tag.name, tag.promotion.sourceRepository, tag.promotion.sourceTag]),
    [['66', 'admin/flask_build', '66'], ['latest', 'admin/flask_build', '66']]);
  await eventually('the pipeline is told', () => gitlab.sent.length >= 2);

  await push('vulnerable', 'flask_build:67');
  await settled(server);
  const why = await eventually('the policies were asked', async () => {
    const said = await server.must('GET', `${build}/tags/67/policies`);
    return said.every(({ verdict }) => verdict === 'doesNotHold') && said;
  });
  assert.match(JSON.stringify(why[0].lines), new RegExp(CVE), 'the reason names the CVE');
  assert.match(await refused('vulnerable', 'flask_build:66'), /immutable/i);

  assert.deepEqual(gitlab.sent.map(({ body }) => body.contents.targetTag).sort(), ['66', 'latest'], 'each once');
  assert.ok(gitlab.sent.every(({ url, body }) => url === `/${TRIGGER}` && body.type === 'PROMOTION' && body.contents.repository === 'flask'));
  const tags = await server.must('GET', '/api/v0/repositories/admin/flask/tags');
  assert.deepEqual(tags.map((tag) => tag.name), ['66', 'latest']);
  const said = JSON.stringify(await server.must('GET', '/api/v0/events?pageSize=1000')) + JSON.stringify(await server.must('GET', `${build}/webhooks`));
  assert.ok(!said.includes('glptt'), 'the token is in no list and no event');
});
