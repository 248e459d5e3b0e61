// crane and oras, which are fetched from Debian sid: images, artifacts, referrers.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ADMIN, PASSWORD, Plimsoll, folder, run, which } from '../lib/program.mjs';
import { tar } from '../lib/registry.mjs';

const needs = (name) => (which(name) ? false : `${name} is not installed, and was not to be had from Debian sid`);

test('crane', { skip: needs('crane') }, async (t) => {
  const server = await Plimsoll.start(t);
  const home = await folder(t);
  const options = { cwd: home, env: { HOME: home, DOCKER_CONFIG: home, SSL_CERT_FILE: await server.authority(t) } };
  const crane = (...args) => run(which('crane'), args, options);
  const image = `${server.secureHost}/${ADMIN}/app`;
  for (const name of ['app', 'copy']) await server.createRepository(`${ADMIN}/${name}`);
  await writeFile(join(home, 'one.tar'), tar({ one: '1' }));
  await writeFile(join(home, 'two.tar'), tar({ two: '2'.repeat(100_000) }));

  await crane('auth', 'login', server.secureHost, '-u', ADMIN, '-p', PASSWORD);
  await crane('append', '-f', 'one.tar', '-t', `${image}:1`);
  await crane('append', '-b', `${image}:1`, '-f', 'two.tar', '-t', `${image}:2`);
  await crane('mutate', '-l', 'a=b', '-t', `${image}:labelled`, `${image}:2`);
  await crane('index', 'append', '-m', `${image}:1`, '-m', `${image}:2`, '-t', `${image}:index`);
  await crane('tag', `${image}:2`, 'same');
  assert.equal((await crane('digest', `${image}:2`)).stdout, (await crane('digest', `${image}:same`)).stdout);
  assert.deepEqual((await crane('ls', image)).stdout.trim().split('\n').sort(), ['1', '2', 'index', 'labelled', 'same']);
  assert.match((await crane('catalog', server.secureHost)).stdout, /admin\/app/);
  await crane('copy', `${image}:2`, `${server.secureHost}/${ADMIN}/copy:1`);
  await crane('pull', '--format=oci', `${image}:2`, 'layout');
  await crane('push', 'layout', `${image}:3`);
  await crane('validate', '--remote', `${image}:2`);
  await crane('flatten', `${image}:2`, '-t', `${image}:flat`);
  await crane('delete', `${image}:flat`);
  assert.ok(!(await crane('ls', image)).stdout.includes('flat'));
});

test('oras', { skip: needs('oras') }, async (t) => {
  const server = await Plimsoll.start(t);
  const home = await folder(t);
  const options = { cwd: home, env: { HOME: home, DOCKER_CONFIG: home } };
  const authority = ['--ca-file', await server.authority(t)];
  const oras = (...args) => run(which('oras'), args, options);
  // to oras, `localhost` means plain HTTP
  const host = `127.0.0.1:${server.https}`;
  const artifact = `${host}/${ADMIN}/artifacts`;
  for (const name of ['artifacts', 'copy']) await server.createRepository(`${ADMIN}/${name}`);
  await writeFile(join(home, 'file.txt'), 'content');

  await oras('login', ...authority, '-u', ADMIN, '-p', PASSWORD, host);
  await oras('push', ...authority, `${artifact}:1`, '--artifact-type', 'application/vnd.example.thing', 'file.txt:text/plain');
  await oras('pull', ...authority, `${artifact}:1`, '-o', 'pulled');
  await oras('attach', ...authority, `${artifact}:1`, '--artifact-type', 'application/spdx+json', 'file.txt:application/json');
  assert.match((await oras('discover', ...authority, `${artifact}:1`)).stdout, /application\/spdx\+json/);
  assert.equal((await oras('repo', 'tags', ...authority, artifact)).stdout.trim(), '1', 'referrers need no tag of their own');
  await oras('cp', '-r', '--from-ca-file', authority[1], '--to-ca-file', authority[1], `${artifact}:1`, `${host}/${ADMIN}/copy:1`);
  assert.match((await oras('discover', ...authority, `${host}/${ADMIN}/copy:1`)).stdout, /application\/spdx\+json/);
  await oras('blob', 'push', ...authority, artifact, 'file.txt');
  await oras('manifest', 'delete', ...authority, '-f', `${artifact}:1`);
});
