// How long it takes to publish a collection of many tags, what a policy of signed images adds to a pull, and how soon a cluster is answered
// which images it may run: trust.mjs PORT USER PASSWORD TAGS. It ends with 1 when something takes longer than it may.
//
// Docker's notary makes the collections and their keys. Then new versions of what has every tag are signed here and sent; the snapshot is the
// registry's to sign. What is timed is the one request. One collection has its tags in targets, the other, as docker signs where there are
// several signers, in targets/releases and in a role of each of two.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, , port, user, password, count] = process.argv;
const TAGS = Number(count);
const TIMES = 5;
const LOADS = 5;
const REVIEWS = 300;
/** What each may take: milliseconds of a publication and of a cluster's question in the middle, and percent that a policy adds to a pull. */
const LIMITS = { publish: 1000, question: 5, policy: 3 };
const PASSPHRASE = 'a passphrase';
const server = `http://127.0.0.1:${port}`;
const RELEASES = 'targets/releases';
const SIGNERS = ['targets/one', 'targets/two'];
const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function must(method, path, { authorization, body, type } = {}) {
  const headers = { authorization: authorization ?? basic, ...(type && { 'content-type': type }) };
  const answer = await fetch(`${server}${path}`, { method, headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
  return text;
}

async function token(scope) {
  const answer = await must('GET', `/auth/token?service=127.0.0.1:${port}&scope=${encodeURIComponent(scope)}`);
  return `Bearer ${JSON.parse(answer).token}`;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const JSON_TYPE = 'application/json';
const sha256 = (bytes, encoding) => createHash('sha256').update(bytes).digest(encoding);

/** A repository in which every tag is of the same image, but one, which nobody signs. Answers what is signed. */
async function push(repository) {
  await must('POST', `/api/v0/repositories/${user}`, { body: JSON.stringify({ name: repository.split('/')[1] }), type: JSON_TYPE });
  const authorization = await token(`repository:${repository}:pull,push`);
  const manifestOf = async (config) => {
    const digest = `sha256:${sha256(config, 'hex')}`;
    await must('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { authorization, body: config, type: 'application/octet-stream' });
    const described = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length };
    return JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, layers: [], config: described });
  };
  const put = (tag, body) => must('PUT', `/v2/${repository}/manifests/${tag}`, { authorization, body, type: MANIFEST });
  const manifest = await manifestOf('{}');
  for (let tag = 0; tag < TAGS; tag += 1) await put(`v${tag}`, manifest);
  await put('unsigned', await manifestOf('{"architecture":"none"}'));
  return { length: manifest.length, hashes: { sha256: sha256(manifest, 'base64') } };
}

/** Canonical JSON, of what is only ASCII. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** Makes a collection, and answers the private key of its targets. */
function collection(gun, home) {
  const trust = join(home, gun.split('/').at(-1));
  const env = {
    ...process.env, HOME: home, NOTARY_AUTH: basic.slice('Basic '.length), NOTARY_ROOT_PASSPHRASE: PASSPHRASE,
    NOTARY_TARGETS_PASSPHRASE: PASSPHRASE, NOTARY_SNAPSHOT_PASSPHRASE: PASSPHRASE,
  };
  const notary = (...args) => execFileSync('notary', ['-s', server, '-d', trust, ...args], { env, stdio: 'pipe' });
  notary('init', '-p', gun);
  notary('key', 'rotate', gun, 'snapshot', '-r');
  const keys = join(trust, 'private');
  const texts = readdirSync(keys).map((name) => readFileSync(join(keys, name), 'utf8'));
  const text = texts.find((text) => /^role: targets$/m.test(text));
  const pem = text.replace(/^(-----BEGIN [A-Z ]+-----\n)[\s\S]*?\n\n/, '$1');
  return createPrivateKey({ key: pem, passphrase: PASSPHRASE });
}

/** A file of trust data with its signature, and the role whose it is. */
function file(role, signed, { keyid, key }) {
  const made = sign('sha256', Buffer.from(canonical(signed)), { key, dsaEncoding: 'ieee-p1363' });
  return [role, canonical({ signed, signatures: [{ keyid, method: 'ecdsa', sig: made.toString('base64') }] })];
}

/** Sends files in one request; answers how long it took, in milliseconds, and their size. */
async function send(gun, files) {
  const authorization = await token(`repository:${gun}:pull,push`);
  const form = new FormData();
  for (const [role, text] of files) form.append('files', new Blob([text]), role);
  const before = performance.now();
  await must('POST', `/v2/${gun}/_trust/tuf/`, { authorization, body: form });
  return [performance.now() - before, files.reduce((sum, [, text]) => sum + text.length, 0)];
}

/** A key as trust data has it. */
function keyOf() {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const described = { keytype: 'ecdsa', keyval: { private: null, public: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') } };
  return { key, described, keyid: sha256(canonical(described), 'hex') };
}

/** Who signs the tags of a collection, by role: the key of targets, or those of two signers to whom it delegates. */
async function signers(gun, key, isDelegated) {
  const authorization = await token(`repository:${gun}:pull,push`);
  const { signed, signatures: [{ keyid }] } = JSON.parse(await must('GET', `/v2/${gun}/_trust/tuf/targets.json`, { authorization }));
  if (!isDelegated) return [{ role: 'targets', keyid, key, signed }];
  const [one, two] = [keyOf(), keyOf()];
  const role = (name, keys) => ({ name, keyids: keys.map((one) => one.keyid), paths: [''], threshold: 1 });
  const delegations = {
    keys: Object.fromEntries([one, two].map(({ keyid, described }) => [keyid, described])),
    roles: [role(SIGNERS[0], [one]), role(RELEASES, [one, two]), role(SIGNERS[1], [two])],
  };
  await send(gun, [file('targets', { ...signed, version: signed.version + 1, delegations }, { keyid, key })]);
  const empty = { _type: 'Targets', delegations: { keys: {}, roles: [] }, expires: signed.expires, targets: {}, version: 0 };
  return [[SIGNERS[0], one], [RELEASES, one], [SIGNERS[1], two]].map(([role, key]) => ({ role, ...key, signed: { ...empty } }));
}

/** Publishes every tag anew, in each of the roles. Each version says something else. */
async function publish(gun, roles, image, round) {
  const names = [...Array.from({ length: TAGS }, (_, tag) => `v${tag}`), `round${round}`];
  const targets = Object.fromEntries(names.map((name) => [name, image]));
  return send(gun, roles.map(({ role, signed, ...key }) => {
    Object.assign(signed, { version: signed.version + 1, targets });
    return file(role, signed, key);
  }));
}

/** A key that signs is made the user's own, so that what it signed counts. */
async function designate(key) {
  const path = `/enzi/v0/accounts/${user}/publicKeys`;
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const made = JSON.parse(await must('POST', path, { type: JSON_TYPE, body: JSON.stringify({ label: 'bench', publicKey }) }));
  const proof = sign('sha256', Buffer.from(made.proofStatement), key).toString('base64');
  await must('PATCH', `${path}/${made.id}`, { type: JSON_TYPE, body: JSON.stringify({ proof, isSigningKey: true }) });
}

const setPolicy = (repository, mode) =>
  must('PUT', `/api/v0/repositories/${repository}/trustPolicy`, { type: JSON_TYPE, body: JSON.stringify({ mode }) });

/** Requests per second for the manifest of a tag, of which the policy asks nothing, or a signature. */
async function load(repository, mode) {
  await setPolicy(repository, mode);
  const authorization = await token(`repository:${repository}:pull`);
  const url = `${server}/v2/${repository}/manifests/v${TAGS - 1}`;
  const said = execFileSync('wrk', ['-t', '1', '-c', '16', '-d', '3s', '-H', `Authorization: ${authorization}`, url], { encoding: 'utf8' });
  if (/Non-2xx/.test(said)) throw new Error(said);
  return Number(said.match(/Requests\/sec:\s+([\d.]+)/)[1]);
}

/** Asks as a cluster that wants to run some images; answers how long it waited, in milliseconds. */
async function review(authorization, images, isAllowed) {
  const containers = images.map((image, at) => ({ name: `c${at}`, image }));
  const request = {
    uid: '1', kind: { group: '', version: 'v1', kind: 'Pod' }, namespace: 'shop', name: 'web', operation: 'CREATE', object: { spec: { containers } },
  };
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
  const before = performance.now();
  const answer = JSON.parse(await must('POST', '/admission/v1', { authorization, type: JSON_TYPE, body }));
  const time = performance.now() - before;
  if (answer.response.allowed !== isAllowed) throw new Error(JSON.stringify(answer));
  return time;
}

const over = [];
const sorted = (numbers) => numbers.toSorted((one, other) => one - other);
const median = (numbers) => sorted(numbers)[Math.floor(numbers.length / 2)];

/** Prints a figure; what is over its limit is said again at the end. */
function report(what, value, limit, unit) {
  console.log(`${what} (at most ${limit} ${unit})`);
  if (value > limit) over.push(`${what}: more than ${limit} ${unit}`);
}

async function measurePublishing(name, { gun, roles, image }) {
  const rounds = [];
  for (let round = 0; round < TIMES; round += 1) rounds.push(await publish(gun, roles, image, round));
  const [times, [, bytes]] = [rounds.map(([time]) => time), rounds[0]];
  const shown = times.map((time) => time.toFixed(0)).join(', ');
  report(`${name}: publishing ${TAGS} tags (${(bytes / 1e6).toFixed(1)} MB), each a request: ${shown} ms`, Math.max(...times), LIMITS.publish, 'ms');
}

async function measurePulls(name, { repository }) {
  const rates = { off: [], enforce: [] };
  for (let round = 0; round < LOADS; round += 1) {
    for (const mode of ['off', 'enforce']) rates[mode].push(await load(repository, mode));
  }
  const [off, on] = [median(rates.off), median(rates.enforce)];
  const more = (off / on - 1) * 100;
  const what = `${name}: manifest by tag: ${off.toFixed(0)}/s without a policy, ${on.toFixed(0)}/s with one that asks for a signature: ${more.toFixed(1)} % more`;
  report(what, more, LIMITS.policy, '%');
}

/** What a cluster waits: for images that may run, for one that may not, and for the first answer after the signatures have changed. */
async function measureQuestions(name, { gun, roles, image }, authorization) {
  const three = (number) => [0, 1, 2].map((at) => `${gun}:v${(3 * number + at) % TAGS}`);
  const times = { 'three images': [], 'three images, one of them unsigned': [], 'three images, for the first time after a change': [] };
  const [admitted, refused, cold] = Object.values(times);
  for (let number = 0; number < REVIEWS; number += 1) {
    admitted.push(await review(authorization, three(number), true));
    refused.push(await review(authorization, [...three(number).slice(1), `${gun}:unsigned`], false));
  }
  for (let round = 0; round < TIMES; round += 1) {
    await publish(gun, roles, image, TIMES + round);
    cold.push(await review(authorization, three(round), true));
  }
  for (const [of, all] of Object.entries(times)) {
    const late = sorted(all)[Math.floor(0.99 * all.length)];
    const what = `${name}: a cluster's question about ${of}: ${median(all).toFixed(1)} ms, 99 % within ${late.toFixed(1)} ms`;
    // The limit is that of an answer from stored verdicts; after a change there is none yet.
    if (all === cold) console.log(what);
    else report(what, median(all), LIMITS.question, 'ms');
  }
}

const home = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
try {
  const made = JSON.parse(await must('POST', '/api/v0/api_tokens', { type: JSON_TYPE, body: JSON.stringify({ tokenLabel: 'cluster' }) }));
  for (const [name, isDelegated] of [['targets', false], ['delegated', true]]) {
    const repository = `${user}/${name}`;
    const gun = `127.0.0.1:${port}/${repository}`;
    const image = await push(repository);
    const roles = await signers(gun, collection(gun, home), isDelegated);
    const one = { repository, gun, image, roles };
    await measurePublishing(name, one);
    for (const key of new Set(roles.map(({ key }) => key))) await designate(key);
    await measurePulls(name, one);
    await measureQuestions(name, one, `Bearer ${made.token}`);
  }
} finally {
  rmSync(home, { recursive: true });
}
if (over.length > 0) {
  console.error(['', 'Over the limit:', ...over].join('\n'));
  process.exitCode = 1;
}
