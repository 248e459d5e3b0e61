// The program is killed again and again while a webhook is told of pushes. Each push that was acknowledged is told, in its order, whatever
// another receiver does that never answers. PLIMSOLL_KILLS says how often (40).
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import test from 'node:test';
import { Plimsoll, eventually } from '../lib/program.mjs';
import { allowLoopback, receiver } from '../lib/receiver.mjs';
import { Repository, TYPES } from '../lib/registry.mjs';

const KILLS = Number(process.env.PLIMSOLL_KILLS ?? 40);

/** A repository of one layer, to push into as often as one likes. */
async function repository(server, name) {
  await server.createRepository(name, { scanOnPush: false });
  const build = new Repository(server, name);
  const layers = [{ mediaType: TYPES.layer, ...(await build.pushBlob(Buffer.from('a layer'))) }];
  const config = { mediaType: TYPES.config, ...(await build.pushBlob(Buffer.from('{}'))) };
  return (tag) => build.pushManifest(tag, { schemaVersion: 2, mediaType: TYPES.manifest, config, layers, annotations: { tag } });
}

async function listen(server, key, endpoint) {
  const made = await server.must('POST', '/api/v0/webhooks', { type: 'TAG_PUSH', key, endpoint });
  return made[0];
}

const tagOf = ({ body }) => Number(body.contents.tag.slice(1));

test(`each push is told in its order, through ${KILLS} kills`, async (t) => {
  const server = await Plimsoll.start(t);
  await allowLoopback(server);
  const push = await repository(server, 'admin/build');
  const good = await receiver(t);
  const silent = await receiver(t, () => {});
  await listen(server, 'admin/build', silent.url);
  await listen(server, 'admin/build', good.url);
  const acknowledged = [];
  let number = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const pushing = (async () => {
      for (;;) {
        const of = (number += 1);
        await push(`v${of}`);
        acknowledged.push(of);
      }
    })();
    pushing.catch(() => {});
    await new Promise((now) => setTimeout(now, randomInt(5, 150)));
    await server.kill();
    await assert.rejects(pushing);
    await server.launch();
  }
  assert.ok(acknowledged.length >= KILLS / 2, `${acknowledged.length} pushes in ${KILLS} kills`);
  await eventually('everything is told', () => {
    const told = new Set(good.sent.map(tagOf));
    return acknowledged.every((of) => told.has(of));
  });
  const first = [...new Set(good.sent.map(tagOf))];
  assert.deepEqual(first, first.toSorted((one, other) => one - other), 'what is new comes in order');
  const ids = new Map();
  for (const sent of good.sent) ids.set(tagOf(sent), (ids.get(tagOf(sent)) ?? new Set()).add(sent.id));
  assert.ok([...ids.values()].every((of) => of.size === 1), 'what is told again has the same id');
  assert.ok(silent.sent.length > 0, 'the other receiver was asked, too');
  t.diagnostic(`${acknowledged.length} acknowledged pushes, ${good.sent.length} requests, ${KILLS} kills`);
});

test('a receiver that never answers delays nobody else', async (t) => {
  const server = await Plimsoll.start(t);
  await allowLoopback(server);
  const push = await repository(server, 'admin/build');
  const good = await receiver(t);
  const silent = await receiver(t, () => {});
  for (let hook = 0; hook < 20; hook += 1) await listen(server, 'admin/build', `${silent.url}${hook}`);
  await listen(server, 'admin/build', good.url);
  await push('v1');
  await eventually('all of the silent ones were asked', () => silent.sent.length === 20);
  await push('v2');
  await eventually('the good one has both', () => good.sent.length === 2);
  // twenty that are asked, and not one of them is told the second push before it has answered to the first
  assert.equal(silent.sent.length, 20);
});
