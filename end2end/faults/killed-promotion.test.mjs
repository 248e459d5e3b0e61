// The program is killed again and again while images are promoted through a chain of repositories. Each image that was acknowledged
// arrives at the end, and is promoted once. PLIMSOLL_KILLS says how often (40).
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import test from 'node:test';
import { Plimsoll, eventually } from '../lib/program.mjs';
import { Repository, TYPES } from '../lib/registry.mjs';

const KILLS = Number(process.env.PLIMSOLL_KILLS ?? 40);
const CHAIN = ['build', 'stage', 'prod'];

/** All of a list, over its pages. */
async function all(server, path, key) {
  const found = [];
  let start = '';
  for (;;) {
    const url = `${server.url}${path}${path.includes('?') ? '&' : '?'}pageSize=500&pageStart=${start}`;
    const answer = await fetch(url, { headers: { authorization: `Basic ${Buffer.from('admin:a password for tests only').toString('base64')}` } });
    found.push(...(await answer.json()).map(key));
    start = encodeURIComponent(answer.headers.get('x-next-page-start') ?? '');
    if (!start) return found;
  }
}

test(`what is promoted survives ${KILLS} kills, and is promoted once`, async (t) => {
  const server = await Plimsoll.start(t);
  for (const name of CHAIN) await server.createRepository(`admin/${name}`, { scanOnPush: false });
  for (const [from, to] of [[0, 1], [1, 2]]) {
    for (const tagTemplate of ['%n', 'latest']) {
      await server.must('POST', `/api/v0/repositories/admin/${CHAIN[from]}/promotionPolicies`, {
        rules: [{ field: 'tag', operator: 'sw', values: ['v'] }], tagTemplate, targetRepository: `admin/${CHAIN[to]}`,
      });
    }
  }
  const build = new Repository(server, 'admin/build');
  const layers = [{ mediaType: TYPES.layer, ...(await build.pushBlob(Buffer.from('a layer'))) }];
  const config = { mediaType: TYPES.config, ...(await build.pushBlob(Buffer.from('{}'))) };
  const acknowledged = new Map();
  let number = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const pushing = (async () => {
      for (;;) {
        const tag = `v${(number += 1)}`;
        const pushed = await build.pushManifest(tag, { schemaVersion: 2, mediaType: TYPES.manifest, config, layers, annotations: { tag } });
        acknowledged.set(tag, pushed.digest);
      }
    })();
    pushing.catch(() => {});
    await new Promise((now) => setTimeout(now, randomInt(5, 150)));
    await server.kill();
    await assert.rejects(pushing);
    await server.launch();
  }
  const wanted = [...acknowledged.keys()].sort();
  assert.ok(wanted.length >= KILLS / 2, `${wanted.length} pushes in ${KILLS} kills`);
  for (const name of CHAIN.slice(1)) {
    await eventually(`everything is in ${name}`, async () => {
      const there = new Map(await all(server, `/api/v0/repositories/admin/${name}/tags`, (tag) => [tag.name, tag.digest]));
      return wanted.every((tag) => there.get(tag) === acknowledged.get(tag)) && there.has('latest');
    });
  }
  for (const name of CHAIN.slice(0, 2)) {
    const runs = await all(server, `/api/v0/repositories/admin/${name}/promotions`, (run) => run);
    const refused = runs.filter((run) => !run.isDone);
    // `latest` is of the tag that was set last, whichever is promoted first
    assert.ok(refused.every((run) => run.targetTag === 'latest' && run.reason.endsWith('which was set later')), 'nothing else was refused');
    const each = runs.map((run) => [run.policy, run.revision, run.digest, run.targetTag].join());
    assert.equal(new Set(each).size, each.length, 'nothing was promoted twice');
    const promoted = new Set(runs.filter((run) => run.isDone && run.targetTag !== 'latest').map((run) => run.digest));
    assert.ok([...acknowledged.values()].every((digest) => promoted.has(digest)), 'each image that was acknowledged was promoted');
  }
  t.diagnostic(`${wanted.length} acknowledged pushes, ${KILLS} kills`);
});
