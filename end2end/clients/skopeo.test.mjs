// skopeo over HTTPS, with the certificate checked against the program's own authority.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ADMIN, PASSWORD, Plimsoll, fails, folder, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const skopeo = which('skopeo');

test('skopeo', { skip: skopeo ? false : 'skopeo is not installed (Debian: apt-get install skopeo)' }, async (t) => {
  const server = await Plimsoll.start(t);
  const home = await folder(t);
  const certificates = join(home, 'certs');
  await mkdir(certificates);
  await writeFile(join(certificates, 'ca.crt'), await readFile(await server.authority(t)));
  const policy = join(home, 'policy.json');
  await writeFile(policy, '{"default":[{"type":"insecureAcceptAnything"}]}');
  const options = { env: { HOME: home, XDG_RUNTIME_DIR: home, REGISTRY_AUTH_FILE: join(home, 'auth.json') } };
  const call = (...args) => run(skopeo, ['--policy', policy, ...args], options);
  const remote = (name) => `docker://${server.secureHost}/${ADMIN}/${name}`;
  for (const name of ['hello', 'copy']) await server.createRepository(`${ADMIN}/${name}`);
  await new Repository(server, `${ADMIN}/hello`).pushImage('1.0');
  await new Repository(server, `${ADMIN}/hello`).pushIndex('multi');

  await t.test('a certificate of an unknown authority is refused', async () => {
    assert.match(await fails(skopeo, ['--policy', policy, 'inspect', remote('hello:1.0')], options), /x509|certificate/);
  });

  await t.test('login', async () => {
    await call('login', '--cert-dir', certificates, '-u', ADMIN, '-p', PASSWORD, server.secureHost);
  });

  await t.test('inspect', async () => {
    const seen = JSON.parse((await call('inspect', '--cert-dir', certificates, remote('hello:1.0'))).stdout);
    assert.equal(seen.Architecture, 'amd64');
    assert.deepEqual(seen.RepoTags.sort(), ['1.0', 'multi']);
  });

  await t.test('copy to a folder and back, byte for byte', async () => {
    await call('copy', '--src-cert-dir', certificates, remote('hello:1.0'), `oci:${home}/oci:1.0`);
    await call('copy', '--dest-cert-dir', certificates, '--preserve-digests', `oci:${home}/oci:1.0`, remote('copy:1.0'));
    const digest = async (name) => JSON.parse((await call('inspect', '--cert-dir', certificates, remote(name))).stdout).Digest;
    assert.equal(await digest('copy:1.0'), await digest('hello:1.0'));
  });

  await t.test('copy an index with all its images', async () => {
    await call('copy', '--all', '--src-cert-dir', certificates, '--dest-cert-dir', certificates, remote('hello:multi'), remote('copy:multi'));
    assert.equal(JSON.parse((await call('inspect', '--raw', '--cert-dir', certificates, remote('copy:multi'))).stdout).manifests.length, 2);
  });

  await t.test('as docker schema 2, and zstd', async () => {
    const both = ['--src-cert-dir', certificates, '--dest-cert-dir', certificates];
    await call('copy', ...both, '--format', 'v2s2', remote('hello:1.0'), remote('copy:docker'));
    await call('copy', ...both, '--dest-compress-format', 'zstd', `oci:${home}/oci:1.0`, remote('copy:zstd'));
    assert.match((await call('inspect', '--raw', '--cert-dir', certificates, remote('copy:docker'))).stdout, /distribution\.manifest\.v2/);
  });

  await t.test('delete', async () => {
    await call('delete', '--cert-dir', certificates, remote('copy:docker'));
    assert.match(await fails(skopeo, ['--policy', policy, 'inspect', '--cert-dir', certificates, remote('copy:docker')], options), /unknown|not found/i);
  });
});
