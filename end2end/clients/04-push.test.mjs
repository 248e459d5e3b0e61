// Journey 4, as far as there are no teams: a developer pushes to the own namespace, and a refusal elsewhere says what is missing.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Plimsoll, fails, folder, run, which } from '../lib/program.mjs';
import { Repository, tar } from '../lib/registry.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };

async function registry(t) {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  await server.createRepository('ada/app');
  await server.createRepository('admin/app');
  await server.createRepository('admin/open', { visibility: 'public' });
  return server;
}

test('a developer pushes to the own namespace', async (t) => {
  const server = await registry(t);
  await new Repository(server, 'ada/app', ADA).pushImage('1.0');
  const tag = await server.must('GET', '/api/v0/repositories/ada/app/tags/1.0', undefined, ADA);
  assert.equal(JSON.stringify(tag).includes('ada'), true, 'the tag says who pushed');
});

test('a refusal says what is missing and who can help', async (t) => {
  const server = await registry(t);
  for (const [name, missing] of [
    ['admin/open', /push/],
    ['admin/app', /may not see/],
    ['ada/absent', /does not exist/],
  ]) {
    const answer = await new Repository(server, name, ADA).request('POST', '/blobs/uploads/');
    assert.ok([401, 403, 404].includes(answer.status), `${name}: ${answer.status}`);
    const [{ code, message }] = (await answer.json()).errors;
    assert.match(message, missing, `${name}: ${code}: ${message}`);
    assert.match(message, /owner|administrator|make it|create/i, `${name}: ${code}: ${message}`);
  }
});

test('create on push makes a private repository in the own namespace', async (t) => {
  const server = await registry(t);
  await server.must('POST', '/api/v0/meta/settings', { createRepositoryOnPush: true });
  await new Repository(server, 'ada/fresh', ADA).pushImage('1.0');
  assert.equal((await server.must('GET', '/api/v0/repositories/ada/fresh')).visibility, 'private');
  const elsewhere = await new Repository(server, 'admin/fresh', ADA).request('POST', '/blobs/uploads/');
  assert.ok([401, 403, 404].includes(elsewhere.status));
  assert.equal((await server.api('GET', '/api/v0/repositories/admin/fresh')).status, 404, 'nothing was made');
});

test('skopeo shows the reason', { skip: which('skopeo') ? false : 'skopeo is not installed (Debian: apt-get install skopeo)' }, async (t) => {
  const server = await registry(t);
  const home = await folder(t);
  await writeFile(join(home, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  await writeFile(join(home, 'image.tar'), tar({ hello: 'hello' }));
  const options = { env: { HOME: home, XDG_RUNTIME_DIR: home } };
  const copy = (to) => [
    '--policy', join(home, 'policy.json'), 'copy', '--dest-tls-verify=false', '--dest-creds', `${ADA.user}:${ADA.password}`,
    '--src-creds', `${ADA.user}:${ADA.password}`, '--src-tls-verify=false', `docker://${server.host}/ada/app:1.0`, `docker://${server.host}/${to}`,
  ];
  await new Repository(server, 'ada/app', ADA).pushImage('1.0');
  await run('skopeo', copy('ada/app:2.0'), options);
  assert.match(await fails('skopeo', copy('admin/open:1.0'), options), /denied.*push/s);
  assert.match(await fails('skopeo', copy('admin/app:1.0'), options), /may not see it.*administrator/s);
});
