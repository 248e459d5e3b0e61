// What the reference architecture sets up once, by the API: an organization for the pipeline with a team that signs, a build repository and a
// release repository, two promotion policies, a webhook, tokens, a client bundle, and the two GitLab projects.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GitLab, deployed } from '../lib/gitlab.mjs';
import { folder, run } from '../lib/program.mjs';
import { allowLoopback } from '../lib/receiver.mjs';
import { Repository } from '../lib/registry.mjs';
import { CRITICAL, DEBIAN, bundle, dpkg, record, upload } from '../lib/scans.mjs';
import { unzip } from '../lib/zip.mjs';

export const OLGA = { user: 'olga', password: 'a password of Olga' };
export const MONA = { user: 'mona', password: 'a password of Mona' };
export const GITLAB = { user: 'gitlab', password: 'a password of the pipeline' };
export const [BASE, BUILD, RELEASE] = ['ci/debian', 'ci/flask_build', 'ci/flask'];
export const CVE = 'CVE-2023-30861';
const PREPARE = fileURLToPath(new URL('../../deploy/gitlab/prepare-signing.sh', import.meta.url));

/** The organization `ci`, its owner Olga, its member Mona, and the team `gitlab` with the pipeline's user in it, who may push to what the pipeline needs. */
export async function people(server) {
  for (const { user, password } of [OLGA, MONA, GITLAB]) await server.createUser(user, password);
  await server.must('POST', '/enzi/v0/accounts', { name: 'ci', isOrg: true });
  await server.must('PUT', '/enzi/v0/accounts/ci/members/olga', { isAdmin: true });
  await server.must('PUT', '/enzi/v0/accounts/ci/members/mona', {}, OLGA);
  await server.must('POST', '/enzi/v0/accounts/ci/teams', { name: 'gitlab' }, OLGA);
  await server.must('PUT', '/enzi/v0/accounts/ci/teams/gitlab/members/gitlab', {}, OLGA);
}

/** Base image, build and release repository, the way between the last two, and who is told of it. Answers the webhook. */
export async function repositories(server, triggerUrl) {
  const make = (name, fields) => server.must('POST', '/api/v0/repositories/ci', { name: name.split('/')[1], ...fields }, OLGA);
  await make(BASE, { visibility: 'private', immutableTags: true });
  await make(BUILD, { visibility: 'private', immutableTags: true });
  await make(RELEASE, { visibility: 'public', immutableTagPatterns: ['!latest'] });
  for (const [name, accessLevel] of [[BASE, 'read-only'], [BUILD, 'read-write'], [RELEASE, 'read-write']]) {
    await server.must('PUT', `/api/v0/repositories/${name}/teamAccess/gitlab`, { accessLevel }, OLGA);
  }
  // Nothing of the release repository is pulled but what the pipeline signed; the pipeline itself reads it in order to sign.
  const policy = { mode: 'enforce', teams: ['ci/gitlab'], signerTeams: ['ci/gitlab'] };
  await server.must('PUT', `/api/v0/repositories/${RELEASE}/trustPolicy`, policy, OLGA);
  for (const tagTemplate of ['%n', 'latest']) {
    const rules = [{ field: 'vulnerability_all', operator: 'lte', values: ['0'] }];
    await server.must('POST', `/api/v0/repositories/${BUILD}/promotionPolicies`, { rules, tagTemplate, targetRepository: RELEASE }, OLGA);
  }
  await allowLoopback(server);
  const [webhook] = await server.must('POST', '/api/v0/webhooks', { type: 'PROMOTION', key: BUILD, endpoint: triggerUrl }, OLGA);
  return webhook;
}

/** Vulnerability data, and a base image that is clean by it: the known good source. */
export async function knownGoodSource(server) {
  await upload(server, bundle([
    record('DEBIAN-CVE-2023-5678', 'Debian:12', 'openssl', { fixed: '3.0.13-1~deb12u1', vector: CRITICAL }),
    record(CVE, 'PyPI', 'flask', { fixed: '2.2.5', vector: CRITICAL, summary: 'Responses with a session cookie may be cached and sent to others' }),
  ]));
  const files = { ...DEBIAN, ...dpkg([['libssl3', '3.0.15-1~deb12u1', 'openssl'], ['python3', '3.11.2-1']]) };
  const base = new Repository(server, BASE, OLGA);
  const { digest } = await base.pushImage('12', { layers: [['ADD rootfs.tar /', files]], config: { Entrypoint: null, ExposedPorts: {}, User: '', Labels: {} } });
  return digest;
}

/** An access token of the pipeline's user for these repositories alone. */
export async function token(server, tokenLabel, repositories) {
  const scope = Object.entries(repositories).map(([repository, actions]) => ({ repository, actions }));
  return (await server.must('POST', '/api/v0/api_tokens', { tokenLabel, scope }, GITLAB)).token;
}

/** A client bundle of the pipeline's user, whose key is designated as a signing key. Answers its files and the key as the API lists it. */
export async function signingBundle(server) {
  const authorization = `Basic ${Buffer.from(`${GITLAB.user}:${GITLAB.password}`).toString('base64')}`;
  const answer = await fetch(`${server.url}/api/v0/accounts/gitlab/clientBundles`, {
    method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ label: 'signs ci/flask' }),
  });
  assert.equal(answer.status, 201);
  const files = unzip(Buffer.from(await answer.arrayBuffer()));
  const keys = '/enzi/v0/accounts/gitlab/publicKeys';
  const [{ id }] = (await server.must('GET', keys, undefined, GITLAB)).accountPublicKeys;
  return { files, key: await server.must('PATCH', `${keys}/${id}`, { isSigningKey: true }, GITLAB) };
}

/** Olga, who keeps the keys of root and targets, lets the bundle's key sign in the release repository. */
export async function prepareSigning(t, server, files) {
  const home = await folder(t);
  const [certificate, ca] = [join(home, 'cert.pem'), join(home, 'ca.crt')];
  await writeFile(certificate, files['cert.pem'].text);
  await writeFile(ca, files['ca.pem'].text);
  const env = {
    HOME: home, NOTARY_AUTH: Buffer.from(`${OLGA.user}:${OLGA.password}`).toString('base64'),
    NOTARY_ROOT_PASSPHRASE: 'rootpass1', NOTARY_TARGETS_PASSPHRASE: 'targpass1', NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1',
  };
  return run(PREPARE, [server.secureHost, RELEASE, certificate, ca], { env });
}

/** GitLab, with the project that builds and the one that signs. Their variables come when there are tokens and keys to put into them. */
export async function projects(t, server, environment) {
  const gitlab = await GitLab.start(t, { environment });
  const variables = () => ({ REGISTRY: server.secureHost, REGISTRY_USER: GITLAB.user });
  return { gitlab, build: await gitlab.project('ci/flask', { variables: variables() }), sign: await gitlab.project('ci/signing', { variables: variables() }) };
}

/** The project that signs gets its file, with its first push. */
export async function commitSigning(gitlab, sign) {
  const push = await gitlab.workingCopy(sign);
  await push('Sign what is promoted', { '.gitlab-ci.yml': await deployed('sign/.gitlab-ci.yml') });
}

/** The files of the application's project, with this version of Flask beside them, as `pip install --target` leaves it. */
export async function application(flask) {
  const at = (name) => readFile(new URL(`flask/${name}`, import.meta.url), 'utf8');
  return {
    '.gitlab-ci.yml': await deployed('build/.gitlab-ci.yml'),
    Dockerfile: await at('Dockerfile'),
    'app.py': await at('app.py'),
    'site-packages/flask-any.dist-info/METADATA': `Metadata-Version: 2.1\nName: Flask\nVersion: ${flask}\nLicense: BSD-3-Clause\n`,
    'site-packages/flask-any.dist-info/INSTALLER': 'pip\n',
  };
}
