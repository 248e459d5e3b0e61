// docker with a daemon of its own: sign in, push, pull, and what it says when it is refused.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { daemon, missing } from '../lib/docker.mjs';
import { ADMIN, PASSWORD, Plimsoll } from '../lib/program.mjs';
import { tar } from '../lib/registry.mjs';

test('docker', { skip: missing() ?? false }, async (t) => {
  const server = await Plimsoll.start(t);
  const { docker, refused, home } = await daemon(t);
  const image = `${server.host}/${ADMIN}/hello`;
  await server.createRepository(`${ADMIN}/hello`);
  await writeFile(join(home, 'image.tar'), tar({ 'hello.txt': 'hello' }));
  await docker('import', '--change', 'CMD ["/hello"]', join(home, 'image.tar'), 'hello:dev');
  await docker('tag', 'hello:dev', `${image}:1.0`);

  await t.test('a wrong password is refused', async () => {
    assert.match(await refused('login', '-u', ADMIN, '-p', 'wrong', server.host), /401|unauthorized|incorrect/i);
  });

  await t.test('nobody may not push', async () => {
    assert.match(await refused('push', `${image}:1.0`), /denied|authentication required|unauthorized/i);
  });

  await t.test('login, push, pull', async () => {
    await docker('login', '-u', ADMIN, '-p', PASSWORD, server.host);
    const pushed = (await docker('push', `${image}:1.0`)).text;
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1];
    assert.ok(digest, pushed);
    await docker('rmi', '--force', `${image}:1.0`, 'hello:dev');
    await docker('pull', `${image}:1.0`);
    await docker('pull', `${image}@${digest}`);
    assert.match((await docker('image', 'inspect', '--format', '{{json .Config.Cmd}}', `${image}:1.0`)).stdout, /\/hello/);
  });

  await t.test('a second push sends nothing again', async () => {
    await docker('tag', `${image}:1.0`, `${image}:2.0`);
    assert.match((await docker('push', `${image}:2.0`)).text, /Layer already exists/);
  });

  await t.test('a layer is mounted from another repository', async () => {
    await server.createRepository(`${ADMIN}/other`);
    const other = `${server.host}/${ADMIN}/other:1.0`;
    await docker('tag', `${image}:1.0`, other);
    assert.match((await docker('push', other)).text, /Mounted from|Layer already exists/);
  });

  await t.test('a build with several layers', async () => {
    const context = join(home, 'context');
    await mkdir(context);
    await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY a /a\nCOPY b /b\nENV X=1\n');
    for (const name of ['a', 'b']) await writeFile(join(context, name), name);
    await docker('build', '--tag', `${image}:built`, context);
    await docker('push', `${image}:built`);
    const tag = await server.must('GET', `/api/v0/repositories/${ADMIN}/hello/tags/built`);
    assert.equal(JSON.stringify(tag).includes('COPY'), true, 'the tag tells the lines of the Dockerfile');
  });

  await t.test('a manifest list', async () => {
    await docker('manifest', 'create', '--insecure', `${image}:list`, `${image}:1.0`, `${image}:built`);
    await docker('manifest', 'push', '--insecure', `${image}:list`);
    assert.match((await docker('manifest', 'inspect', '--insecure', `${image}:list`)).stdout, /manifest\.list|image\.index/);
  });

  await t.test('a repository that does not exist is refused with a reason', async () => {
    await docker('tag', `${image}:1.0`, `${server.host}/${ADMIN}/nowhere:1.0`);
    assert.match(await refused('push', `${server.host}/${ADMIN}/nowhere:1.0`), /denied|does not exist|not found|unknown/i);
  });

  await t.test('nobody pulls what is public, and nothing else', async () => {
    await docker('logout', server.host);
    await docker('rmi', '--force', `${image}:1.0`, `${image}:2.0`);
    assert.match(await refused('pull', `${image}:1.0`), /denied|unauthorized|not found/i);
    await server.must('PATCH', `/api/v0/repositories/${ADMIN}/hello`, { visibility: 'public' });
    await docker('pull', `${image}:1.0`);
    assert.match(await refused('pull', `${server.host}/${ADMIN}/other:1.0`), /denied|unauthorized|not found/i);
  });
});
