// The program is killed in the middle of an upload. What was acknowledged is there, and the upload goes on where it stopped.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import { Plimsoll, eventually } from '../lib/program.mjs';
import { Repository, random, sha256 } from '../lib/registry.mjs';

const MIB = 1 << 20;
const chunk = (bytes, from) => ({ body: bytes, headers: { 'content-type': 'application/octet-stream', 'content-range': `${from}-${from + bytes.length - 1}` } });

test('an upload survives a killed program', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app');
  const repository = new Repository(server, 'admin/app');
  const whole = random(6 * MIB);
  let location = await repository.begin();
  location = repository.resolve((await repository.expect(202, 'PATCH', location, chunk(whole.subarray(0, 2 * MIB), 0))).headers.get('location'));
  await server.kill();
  await server.launch();
  const status = await repository.expect(204, 'GET', location);
  assert.equal(status.headers.get('range'), `0-${2 * MIB - 1}`, 'what was acknowledged is there');
  location = repository.resolve(status.headers.get('location') ?? location);
  location = repository.resolve((await repository.expect(202, 'PATCH', location, chunk(whole.subarray(2 * MIB), 2 * MIB))).headers.get('location'));
  const url = new URL(location);
  url.searchParams.set('digest', sha256(whole));
  await repository.expect(201, 'PUT', url.href);
  const pulled = Buffer.from(await (await repository.expect(200, 'GET', `/blobs/${sha256(whole)}`)).arrayBuffer());
  assert.ok(pulled.equals(whole));
});

test('a program killed while bytes arrive shows nothing of them', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app');
  const repository = new Repository(server, 'admin/app');
  const whole = random(4 * MIB);
  const location = new URL(await repository.begin());
  location.searchParams.set('digest', sha256(whole));
  let sent = 0;
  async function* slowly() {
    while (sent < 2 * MIB) {
      yield whole.subarray(sent, (sent += 64 * 1024));
    }
    await new Promise(() => {});
  }
  const push = repository.request('PUT', location.href, { body: Readable.from(slowly()), headers: { 'content-type': 'application/octet-stream' } });
  push.catch(() => {});
  await eventually('half of it is sent', () => sent >= 2 * MIB);
  await server.kill();
  await assert.rejects(push);
  await server.launch();
  await repository.expect(404, 'HEAD', `/blobs/${sha256(whole)}`);
  await repository.pushBlob(whole);
  await repository.expect(200, 'HEAD', `/blobs/${sha256(whole)}`);
});

test('a push that was acknowledged survives a killed program', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app');
  const repository = new Repository(server, 'admin/app');
  const { digest } = await repository.pushImage('1.0');
  await server.kill();
  await server.launch();
  const manifest = await repository.expect(200, 'GET', '/manifests/1.0');
  assert.equal(manifest.headers.get('docker-content-digest'), digest);
  for (const layer of (await manifest.json()).layers) {
    const bytes = Buffer.from(await (await repository.expect(200, 'GET', `/blobs/${layer.digest}`)).arrayBuffer());
    assert.equal(sha256(bytes), layer.digest);
  }
});

test('an orderly end lets a running upload finish', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app');
  const repository = new Repository(server, 'admin/app');
  const whole = random(2 * MIB);
  const location = new URL(await repository.begin());
  location.searchParams.set('digest', sha256(whole));
  let go;
  const order = new Promise((resolve) => (go = resolve));
  let begun = false;
  async function* inTwo() {
    yield whole.subarray(0, MIB);
    begun = true;
    await order;
    yield whole.subarray(MIB);
  }
  const push = repository.request('PUT', location.href, { body: Readable.from(inTwo()), headers: { 'content-type': 'application/octet-stream' } });
  await eventually('the upload has begun', () => begun);
  const stopped = server.stop();
  await eventually('no new connection is taken', () => fetch(`${server.url}/_ping`).then(() => false, () => true));
  go();
  assert.equal((await push).status, 201);
  assert.equal((await stopped).code, 0);
  await server.launch();
  await repository.expect(200, 'HEAD', `/blobs/${sha256(whole)}`);
});
