// Who read the log is gone, as when a terminal or a log shipper ends. Lines are lost; requests and the order to stop are not.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { Plimsoll } from '../lib/program.mjs';

test('a log that nobody reads any more', async (t) => {
  const server = await Plimsoll.start(t);
  for (const stream of [server.process.stdout, server.process.stderr]) {
    stream.destroy();
    await once(stream, 'close');
  }
  for (let count = 0; count < 5; count += 1) {
    assert.equal((await fetch(`${server.url}/_ping`)).status, 200);
    await server.createRepository(`admin/app${count}`);
  }
  assert.deepEqual(await server.stop(), { code: 0, signal: null }, 'it ends in good order');
});
