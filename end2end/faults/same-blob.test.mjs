// Many clients push the same blob at the same time: all succeed, one copy is kept, and it is whole.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Plimsoll } from '../lib/program.mjs';
import { Repository, random, sha256 } from '../lib/registry.mjs';

/** Every file below a folder. */
async function files(path) {
  const entries = await readdir(path, { withFileTypes: true });
  const found = await Promise.all(entries.map((entry) => (entry.isDirectory() ? files(join(path, entry.name)) : [join(path, entry.name)])));
  return found.flat();
}

test('the same blob from eight clients', async (t) => {
  const server = await Plimsoll.start(t);
  const repositories = await Promise.all(
    ['one', 'two'].map(async (name) => {
      await server.createRepository(`admin/${name}`);
      return new Repository(server, `admin/${name}`);
    }),
  );
  const bytes = random(3 << 20);
  await Promise.all(Array.from({ length: 8 }, (_, client) => repositories[client % 2].pushBlob(bytes)));
  for (const repository of repositories) {
    const pulled = Buffer.from(await (await repository.expect(200, 'GET', `/blobs/${sha256(bytes)}`)).arrayBuffer());
    assert.ok(pulled.equals(bytes));
  }
  const sizes = await Promise.all((await files(server.data)).map(async (path) => (await stat(path)).size));
  assert.equal(sizes.filter((size) => size === bytes.length).length, 1, 'one copy on the disk');
});

test('the same tag from eight clients', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/one');
  const repository = new Repository(server, 'admin/one');
  const pushed = await Promise.all(
    Array.from({ length: 8 }, (_, client) => repository.pushImage('same', { layers: [['COPY n /', { n: String(client) }]] })),
  );
  const { headers } = await repository.expect(200, 'HEAD', '/manifests/same');
  assert.ok(pushed.some(({ digest }) => digest === headers.get('docker-content-digest')));
  for (const { digest } of pushed) await repository.expect(200, 'HEAD', `/manifests/${digest}`);
});
