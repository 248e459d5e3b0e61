// How long it takes to publish a collection of many tags, what a policy of signed images adds to a pull, and how soon a cluster is answered
// which images it may run: trust.mjs PORT USER PASSWORD TAGS.
//
// Docker's notary makes the collection and its keys. Then a new version of its targets, with every tag of a repository that has them
// all, is signed here with notary's key, and sent; the snapshot is the registry's to sign. What is timed is the one request.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [, , port, user, password, count] = process.argv;
const TAGS = Number(count);
const TIMES = 5;
const LOADS = 5;
const REVIEWS = 300;
const PASSPHRASE = 'a passphrase';
const server = `http://127.0.0.1:${port}`;
const repository = `${user}/signed`;
const gun = `127.0.0.1:${port}/${repository}`;
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

/** A repository in which every tag is of the same image. */
async function push() {
  await must('POST', `/api/v0/repositories/${user}`, { body: JSON.stringify({ name: 'signed' }), type: 'application/json' });
  const authorization = await token(`repository:${repository}:pull,push`);
  const config = Buffer.from('{}');
  const hex = createHash('sha256').update(config).digest('hex');
  await must('POST', `/v2/${repository}/blobs/uploads/?digest=sha256:${hex}`, { authorization, body: config, type: 'application/octet-stream' });
  const type = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = JSON.stringify({
    schemaVersion: 2, mediaType: type, layers: [],
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: `sha256:${hex}`, size: config.length },
  });
  for (let tag = 0; tag < TAGS; tag += 1) {
    await must('PUT', `/v2/${repository}/manifests/v${tag}`, { authorization, body: manifest, type });
  }
  return { length: manifest.length, hash: createHash('sha256').update(manifest).digest('base64') };
}

/** Canonical JSON, of what is only ASCII. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** Makes the collection, and answers the private key of its targets. */
function collection(home) {
  const trust = join(home, 'trust');
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

async function publish(key, image, round) {
  const authorization = await token(`repository:${gun}:pull,push`);
  const { signed, signatures: [{ keyid }] } = JSON.parse(await must('GET', `/v2/${gun}/_trust/tuf/targets.json`, { authorization }));
  signed.version += 1;
  const target = { hashes: { sha256: image.hash }, length: image.length };
  signed.targets = Object.fromEntries(Array.from({ length: TAGS }, (_, tag) => [`v${tag}`, target]));
  // each version says something else
  signed.targets[`round${round}`] = target;
  const made = sign('sha256', Buffer.from(canonical(signed)), { key, dsaEncoding: 'ieee-p1363' });
  const file = canonical({ signed, signatures: [{ keyid, method: 'ecdsa', sig: made.toString('base64') }] });
  const form = new FormData();
  form.append('files', new Blob([file]), 'targets');
  const before = performance.now();
  await must('POST', `/v2/${gun}/_trust/tuf/`, { authorization, body: form });
  return [performance.now() - before, file.length];
}

/** The key of the targets is made the user's own, so that what it signed counts. */
async function designate(key) {
  const path = `/enzi/v0/accounts/${user}/publicKeys`;
  const type = 'application/json';
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const made = JSON.parse(await must('POST', path, { type, body: JSON.stringify({ label: 'bench', publicKey }) }));
  const proof = sign('sha256', Buffer.from(made.proofStatement), key).toString('base64');
  await must('PATCH', `${path}/${made.id}`, { type, body: JSON.stringify({ proof, isSigningKey: true }) });
}

/** Requests per second for the manifest of a tag, of which the policy asks nothing, or a signature. */
async function load(mode) {
  await must('PUT', `/api/v0/repositories/${repository}/trustPolicy`, { type: 'application/json', body: JSON.stringify({ mode }) });
  const authorization = await token(`repository:${repository}:pull`);
  const url = `${server}/v2/${repository}/manifests/v${TAGS - 1}`;
  const said = execFileSync('wrk', ['-t', '1', '-c', '16', '-d', '3s', '-H', `Authorization: ${authorization}`, url], { encoding: 'utf8' });
  if (/Non-2xx/.test(said)) throw new Error(said);
  return Number(said.match(/Requests\/sec:\s+([\d.]+)/)[1]);
}

/** How long each answer to a cluster takes that wants to run three of the images, in milliseconds, in rising order. */
async function reviews() {
  const type = 'application/json';
  const made = await must('POST', '/api/v0/api_tokens', { type, body: JSON.stringify({ tokenLabel: 'cluster' }) });
  const authorization = `Bearer ${JSON.parse(made).token}`;
  const times = [];
  for (let number = 0; number < REVIEWS; number += 1) {
    const containers = [0, 1, 2].map((image) => ({ name: `c${image}`, image: `${gun}:v${(3 * number + image) % TAGS}` }));
    const body = JSON.stringify({
      apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview',
      request: {
        uid: `${number}`, kind: { group: '', version: 'v1', kind: 'Pod' }, namespace: 'shop', name: 'web', operation: 'CREATE',
        object: { spec: { containers } },
      },
    });
    const before = performance.now();
    const answer = JSON.parse(await must('POST', '/admission/v1', { authorization, type, body }));
    times.push(performance.now() - before);
    if (answer.response.allowed !== true) throw new Error(JSON.stringify(answer));
  }
  return times.toSorted((one, other) => one - other);
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];

const home = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
try {
  const image = await push();
  const key = collection(home);
  const times = [];
  let bytes = 0;
  for (let round = 0; round < TIMES; round += 1) {
    const [time, length] = await publish(key, image, round);
    times.push(time);
    bytes = length;
  }
  const shown = times.map((time) => time.toFixed(0)).join(', ');
  console.log(`publishing ${TAGS} tags (${(bytes / 1e6).toFixed(1)} MB), each a request: ${shown} ms (asked: 1000)`);
  const tags = JSON.parse(await must('GET', `/api/v0/repositories/${repository}/tags?pageSize=1`));
  console.log(`the first tag is signed as ${tags[0].signatures?.length ?? 0} release(s)`);
  await designate(key);
  const rates = { off: [], enforce: [] };
  for (let round = 0; round < LOADS; round += 1) {
    for (const mode of ['off', 'enforce']) rates[mode].push(await load(mode));
  }
  const [off, on] = [median(rates.off), median(rates.enforce)];
  const more = (off / on - 1) * 100;
  console.log(`manifest by tag: ${off.toFixed(0)}/s without a policy, ${on.toFixed(0)}/s with one that asks for a signature: ${more.toFixed(1)} % more (asked: 3)`);
  const answers = await reviews();
  const [middle, late] = [0.5, 0.99].map((part) => answers[Math.floor(part * REVIEWS)].toFixed(1));
  console.log(`a cluster's question about three images: ${middle} ms, 99 % within ${late} ms (asked: 5)`);
} finally {
  rmSync(home, { recursive: true });
}
