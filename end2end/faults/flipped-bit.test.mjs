// A bit of a stored blob flips, another blob is lost. `plimsoll verify` finds it and says which, and a whole store is said to be whole.
import assert from 'node:assert/strict';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { PROGRAM, Plimsoll, fails, run } from '../lib/program.mjs';
import { Repository, random, sha256 } from '../lib/registry.mjs';

async function fileOfSize(path, size) {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const name = join(path, entry.name);
    if (entry.isDirectory()) {
      const found = await fileOfSize(name, size);
      if (found) return found;
    } else if ((await stat(name)).size === size) return name;
  }
  return undefined;
}

test('verify tells a whole blob from a damaged and a lost one', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app');
  const repository = new Repository(server, 'admin/app');
  const [good, bad] = [random(300_001), random(400_003)];
  await repository.pushBlob(good);
  await repository.pushBlob(bad);
  await server.stop();
  const verify = ['verify', '--data-dir', server.data];
  await run(PROGRAM, verify);

  const file = await fileOfSize(server.data, bad.length);
  const bytes = await readFile(file);
  bytes[200_000] ^= 1;
  await writeFile(file, bytes);
  const said = await fails(PROGRAM, verify);
  assert.ok(said.includes(sha256(bad)), `it names the damaged blob:\n${said}`);
  assert.ok(!said.includes(sha256(good)), 'and not the other');

  await rm(await fileOfSize(server.data, good.length));
  const lost = await fails(PROGRAM, verify);
  assert.ok(lost.includes(`${sha256(good)} is missing`), `it names the lost blob:\n${lost}`);
  assert.match(lost, /1 corrupt, 1 missing/);
});
