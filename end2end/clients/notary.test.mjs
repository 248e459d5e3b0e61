// Docker's notary over HTTPS, with tokens: from the first key to the last deletion, and again after a restart.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ADMIN, PASSWORD, Plimsoll, fails, folder, run, which } from '../lib/program.mjs';

const notary = which('notary');
const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const missing = notary ? which('openssl') ? false : 'openssl is not installed' : 'notary is not installed (Debian bookworm, trixie: apt-get install notary)';

/** What a client of this user, with keys of its own, says to these arguments. */
async function client(t, server, user, password) {
  const home = await folder(t);
  const ca = await server.authority(t);
  const env = {
    HOME: home,
    NOTARY_AUTH: Buffer.from(`${user}:${password}`).toString('base64'),
    NOTARY_ROOT_PASSPHRASE: 'rootpass1',
    NOTARY_TARGETS_PASSPHRASE: 'targpass1',
    NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1',
    NOTARY_DELEGATION_PASSPHRASE: 'delepass1',
  };
  const args = ['-s', `https://${server.secureHost}`, '--tlscacert', ca, '-d', join(home, 'trust')];
  return {
    home,
    says: async (...rest) => (await run(notary, [...args, ...rest], { env })).text,
    fails: (...rest) => fails(notary, [...args, ...rest], { env }),
  };
}

/** A key with a certificate, as `docker trust` or a person with openssl makes them. */
async function delegate(home, name) {
  const [key, certificate] = [join(home, `${name}.key`), join(home, `${name}.crt`)];
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '300',
    '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate,
  ]);
  return { key, certificate };
}

/** All that a collection goes through. */
async function life(t, server, gun) {
  const { home, says, fails } = await client(t, server, ADMIN, PASSWORD);
  const file = join(home, 'f');
  await writeFile(file, 'hello\n');
  const current = async (role) => {
    const answer = await server.api('GET', `/v2/${gun}/_trust/tuf/${role}.json`);
    assert.equal(answer.status, 200, role);
    return answer.body.signed;
  };

  await t.test('init and publish', async () => {
    await says('init', gun);
    assert.match(await fails('list', gun), /does not have trust data/);
    await says('add', gun, '1.0', file);
    assert.match(await says('publish', gun), /Successfully published/);
    assert.match(await says('list', gun), /1\.0 .*targets/);
    assert.match(await says('lookup', gun, '1.0'), /^1\.0 sha256:/m);
    assert.match(await says('addhash', gun, '2.0', '5', '--sha256', SHA256, '-p'), /Successfully published/);
    assert.match(await says('list', gun), new RegExp(`2\\.0 +${SHA256}`));
  });

  await t.test('rotate every key', async () => {
    const before = await current('root');
    for (const role of [['snapshot', '-r'], ['timestamp', '-r'], ['targets']]) {
      assert.match(await says('key', 'rotate', gun, ...role), /Successfully rotated/);
    }
    const after = await current('root');
    for (const role of ['snapshot', 'timestamp', 'targets']) {
      assert.notDeepEqual(after.roles[role].keyids, before.roles[role].keyids, role);
    }
    assert.equal(after.version, before.version + 3);
    await says('key', 'generate', 'ecdsa');
    const keys = await says('key', 'list');
    const old = before.roles.root.keyids[0];
    const root = keys.match(/^root\s+([0-9a-f]{64})/gm).map((line) => line.split(/\s+/)[1]);
    assert.equal(root.length, 2, keys);
    await run('sh', ['-c', 'yes | "$@"', 'sh', notary, '-s', `https://${server.secureHost}`, '--tlscacert', await server.authority(t), '-d', join(home, 'trust'), 'key', 'rotate', gun, 'root'], {
      env: { HOME: home, NOTARY_AUTH: Buffer.from(`${ADMIN}:${PASSWORD}`).toString('base64'), NOTARY_ROOT_PASSPHRASE: 'rootpass1', NOTARY_TARGETS_PASSPHRASE: 'targpass1', NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1' },
    });
    assert.notDeepEqual((await current('root')).roles.root.keyids, [old]);
    assert.match(await says('list', gun), /1\.0/);
  });

  await t.test('delegate, sign as the delegate, witness, take back', async () => {
    const alice = await delegate(home, 'alice');
    await says('delegation', 'add', gun, 'targets/releases', alice.certificate, '--all-paths', '-p');
    assert.match(await says('delegation', 'list', gun), /targets\/releases/);
    await says('key', 'import', alice.key, '--role', 'targets/releases', '-g', gun);
    await says('add', gun, '3.0', file, '-r', 'targets/releases', '-p');
    assert.match(await says('list', gun, '-r', 'targets/releases'), /3\.0 .*targets\/releases/);
    const before = await current('targets/releases');
    assert.match(await says('witness', gun, 'targets/releases', '-p'), /Successfully published/);
    assert.equal((await current('targets/releases')).version, before.version + 1);
    await says('delegation', 'remove', gun, 'targets/releases', '-y', '-p');
    assert.doesNotMatch(await says('delegation', 'list', gun), /targets\/releases/);
    await says('remove', gun, '1.0', '-p');
    assert.doesNotMatch(await says('list', gun), /^1\.0/m);
  });

  await t.test('delete', async () => {
    assert.match(await says('delete', gun, '--remote'), /Successfully deleted/);
    assert.match(await fails('list', gun), /does not have trust data/);
  });
}

test('notary', { skip: missing }, async (t) => {
  const server = await Plimsoll.start(t);
  for (const name of ['app', 'kept']) await server.createRepository(`${ADMIN}/${name}`);
  const [app, kept] = ['app', 'kept'].map((name) => `${server.secureHost}/${ADMIN}/${name}`);
  await t.test('a life', (t) => life(t, server, app));

  const owner = await client(t, server, ADMIN, PASSWORD);
  const file = join(owner.home, 'f');
  await writeFile(file, 'hello\n');
  await owner.says('init', kept);
  await owner.says('add', kept, '1.0', file);
  await owner.says('publish', kept);

  await t.test('who may not is told nothing', async (t) => {
    await server.createUser('mallory', 'another password for tests');
    const mallory = await client(t, server, 'mallory', 'another password for tests');
    assert.match(await mallory.fails('list', kept), /not authorized|unauthorized|authentication/i);
    assert.match(await mallory.fails('delete', kept, '--remote'), /not authorized|unauthorized|authentication/i);
  });

  await t.test('two publish at once: one is told', async (t) => {
    const other = await client(t, server, ADMIN, PASSWORD);
    await run('cp', ['-r', join(owner.home, 'trust'), join(other.home, 'trust')]);
    await owner.says('add', kept, 'a', file);
    await other.says('add', kept, 'b', file);
    const both = await Promise.allSettled([owner, other].map((one) => one.says('publish', kept)));
    assert.ok(both.some((one) => one.status === 'fulfilled'));
    for (const [at, one] of both.entries()) {
      if (one.status === 'fulfilled') continue;
      // What it says where there is a newer version; once it has that, it goes on.
      assert.match(one.reason.text, /trust server rejected operation/);
      assert.match(await [owner, other][at].says('publish', kept), /Successfully published/);
    }
    assert.match(await owner.says('list', kept), /^a [^]*^b /m);
  });

  await server.stop();
  await server.launch();
  await t.test('after a restart', async () => {
    assert.match(await owner.says('list', kept), /1\.0/);
    await owner.says('add', kept, '2.0', file, '-p');
    assert.match(await owner.says('list', kept), /2\.0/);
  });
  await t.test('another life', (t) => life(t, server, app));
});
