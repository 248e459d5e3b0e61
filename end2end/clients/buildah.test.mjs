// buildah: build from nothing, push over HTTPS, pull again.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ADMIN, PASSWORD, Plimsoll, folder, isRoot, run, which } from '../lib/program.mjs';

const buildah = which('buildah');
const reason = buildah ? (isRoot ? false : 'buildah is used as root here') : 'buildah is not installed (Debian: apt-get install buildah)';

test('buildah', { skip: reason }, async (t) => {
  const server = await Plimsoll.start(t);
  const home = await folder(t);
  const certificates = join(home, 'certs');
  await mkdir(certificates);
  await writeFile(join(certificates, 'ca.crt'), await readFile(await server.authority(t)));
  await writeFile(join(home, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  await writeFile(join(home, 'Containerfile'), 'FROM scratch\nCOPY hello /hello\nENTRYPOINT ["/hello"]\nLABEL made=by-buildah\n');
  await writeFile(join(home, 'hello'), 'hello');
  const store = ['--root', join(home, 'store'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'];
  const options = { env: { HOME: home, XDG_RUNTIME_DIR: home, REGISTRY_AUTH_FILE: join(home, 'auth.json'), BUILDAH_ISOLATION: 'chroot' } };
  const call = (command, ...args) => run(buildah, [...store, command, ...args], options);
  const policy = ['--signature-policy', join(home, 'policy.json')];
  const image = `${server.secureHost}/${ADMIN}/built:1.0`;
  await server.createRepository(`${ADMIN}/built`);

  await call('login', '--cert-dir', certificates, '-u', ADMIN, '-p', PASSWORD, server.secureHost);
  await call('bud', ...policy, '--tag', image, '--file', join(home, 'Containerfile'), home);
  await call('push', ...policy, '--cert-dir', certificates, image);
  const tag = await server.must('GET', `/api/v0/repositories/${ADMIN}/built/tags/1.0`);
  assert.match(JSON.stringify(tag), /by-buildah/);
  await call('rmi', '--force', image);
  await call('pull', ...policy, '--cert-dir', certificates, image);
  assert.match((await call('images')).stdout, /admin\/built/);
});
