// The bills of materials that the registry writes are valid for the validators of others.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Plimsoll, folder, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';
import { bundle, CRITICAL, DEBIAN, dpkg, python, record, scanned, upload } from '../lib/scans.mjs';

const CHECK = fileURLToPath(new URL('check-sbom.py', import.meta.url));
/** `check-sbom.py` ends with this where the validators are not to be had. */
const CANNOT = 77;
const REPOSITORY = 'admin/app';
const LAYERS = [
  ['ADD rootfs.tar / ', { ...DEBIAN, ...dpkg([['libssl3', '1:3.0.11-1~deb12u1+b1', 'openssl'], ['libstdc++6', '12.2.0-14', 'gcc-12']]) }],
  ['RUN pip install', {
    ...python('numpy', '1.16.0', 'BSD-3-Clause OR MIT'),
    ...python('zope.interface', '5.0+local.1', 'ZPL 2.1; see "LICENSE"'),
    ...python('typing_extensions', '4.0', 'Ünïcode & <licence>'),
  }],
  ['RUN npm install', { 'srv/node_modules/@scope/name/package.json': JSON.stringify({ name: '@scope/name', version: '1.0.0-rc.1', license: 'Apache-2.0' }) }],
  ['RUN rm -r numpy', { 'usr/lib/python3/dist-packages/.wh.numpy-1.16.0.dist-info': '' }],
];

test('bills of materials', { skip: which('python3') ? false : 'python3 is not installed' }, async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository(REPOSITORY);
  await upload(server, bundle([record('DEBIAN-CVE-2026-0001', 'Debian:12', 'openssl', { vector: CRITICAL })]));
  await new Repository(server, REPOSITORY).pushImage('1.0', { layers: LAYERS });
  await scanned(server, REPOSITORY, '1.0');
  const home = await folder(t);
  const export_ = `/api/v0/imagescan/scansummary/repositories/${REPOSITORY}/1.0/export?format=`;
  const files = [];
  for (const format of ['spdx', 'cyclonedx']) {
    const document = JSON.stringify(await server.must('GET', export_ + format));
    for (const name of ['libssl3', 'zope.interface', '@scope/name']) assert.ok(document.includes(name), `${format} lists ${name}`);
    files.push(join(home, `${format}.json`));
    await writeFile(files.at(-1), document);
  }
  try {
    const { stdout } = await run('python3', [CHECK, ...files], { timeout: 600_000, env: process.env });
    assert.match(stdout, /both documents are valid/);
  } catch (error) {
    if (error.code !== CANNOT) throw error;
    t.skip(error.text.trim());
  }
});
