// The disk is full: a clear refusal, nothing half-visible, and all goes on when there is room again.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Plimsoll, atEnd, folder, isRoot, run } from '../lib/program.mjs';
import { Repository, random, sha256 } from '../lib/registry.mjs';

test('a full disk', { skip: isRoot ? false : 'only root may mount a small file system' }, async (t) => {
  const disk = join(await folder(t), 'disk');
  await mkdir(disk);
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
  } catch (error) {
    return t.skip(`no file system may be mounted here: ${error.message.split('\n')[0]}`);
  }
  atEnd(t, () => run('umount', ['--lazy', disk]));
  const server = await Plimsoll.start(t, { data: join(disk, 'data') });
  await server.createRepository('admin/app');
  const repository = new Repository(server, 'admin/app');
  const { digest } = await repository.pushImage('before');

  const tooMuch = random(30 << 20);
  const location = new URL(await repository.begin());
  location.searchParams.set('digest', sha256(tooMuch));
  const refused = await repository.request('PUT', location.href, { body: tooMuch, headers: { 'content-type': 'application/octet-stream' } });
  assert.ok([507, 503].includes(refused.status), `status ${refused.status}`);
  assert.match(JSON.stringify((await refused.json()).errors), /space|full/i, 'it says that the disk is full');
  await repository.expect(404, 'HEAD', `/blobs/${sha256(tooMuch)}`);

  await writeFile(join(disk, 'ballast'), random(30 << 20)).catch((error) => assert.equal(error.code, 'ENOSPC'));
  const pull = await repository.expect(200, 'GET', '/manifests/before');
  assert.equal(pull.headers.get('docker-content-digest'), digest, 'pulls go on');
  await rm(join(disk, 'ballast'));
  await repository.pushImage('after', { layers: [['COPY big /', { big: random(1 << 20) }]] });
  await repository.expect(200, 'HEAD', '/manifests/after');
});
