// Journey 10: an auditor proves what runs. They paste a digest, read the line of stations with its gaps, download the evidence, and verify
// it with nothing but the file and the registry's key: who changes a record of it is told which one.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { CRITICAL, bundle, debian, load, record, settled } from '../lib/flaws.mjs';
import { ADMIN, PASSWORD, PROGRAM, Plimsoll, eventually, fails, folder, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const LABELS = {
  'org.opencontainers.image.source': 'https://git.example/pay/ledger',
  'org.opencontainers.image.revision': '9f2c1ab',
  'org.opencontainers.image.version': '2.14.0',
};
const FLAWED = '3.0.11-1~deb12u1';
const FIXED = '3.0.11-1~deb12u2';
const SOURCE = LABELS['org.opencontainers.image.source'];
const COMMIT = '9f2c1ab0c4d7e8f90123456789abcdef01234567';
const CLUSTER = { user: 'cluster-prod', password: 'a password of a cluster' };
const MALLORY = { user: 'mallory', password: 'a password of Mallory' };

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key) => key.export({ type: 'spki', format: 'pem' });

/** A key of cosign's that is a user's own. */
async function own(server, user) {
  const { publicKey, privateKey } = pair();
  const keys = `/enzi/v0/accounts/${user.user}/publicKeys`;
  const made = await server.must('POST', keys, { label: 'laptop', publicKey: pem(publicKey), kind: 'cosign' }, user);
  const proof = sign('sha256', Buffer.from(made.proofStatement), privateKey).toString('base64');
  await server.must('PATCH', `${keys}/${made.id}`, { proof }, user);
  return privateKey;
}

/** What a cluster is answered that asks with an access token of this user whether it may run an image. */
async function admitted(server, user, image, name) {
  const { token } = await server.must('POST', '/api/v0/api_tokens', { tokenLabel: 'production' }, user);
  const request = {
    uid: '705ab4f5', kind: { group: '', version: 'v1', kind: 'Pod' }, namespace: 'shop', name, operation: 'CREATE',
    object: { spec: { containers: [{ name: 'web', image }] } },
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request });
  const answer = await (await fetch(`${server.url}/admission/v1`, { method: 'POST', headers, body })).json();
  return answer.response.allowed;
}

/** Signs a tag in Notary with keys that are nobody's, as its client does. */
async function published(t, server, repository, tag, digest, size) {
  const home = await folder(t);
  const gun = `${server.secureHost}/${repository}`;
  const args = ['-s', `https://${server.secureHost}`, '--tlscacert', await server.authority(t), '-d', join(home, 'trust')];
  const env = {
    HOME: home, NOTARY_AUTH: Buffer.from(`${ADMIN}:${PASSWORD}`).toString('base64'),
    NOTARY_ROOT_PASSPHRASE: 'rootpass1', NOTARY_TARGETS_PASSPHRASE: 'targpass1', NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1',
  };
  await run('notary', [...args, 'init', gun, '-p'], { env });
  await run('notary', [...args, 'addhash', gun, tag, String(size), '--sha256', digest.slice('sha256:'.length), '-p'], { env });
}

/** Looks at the page in both themes and narrow. */
async function look(page, name) {
  for (const scheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: scheme });
    await accessible(page, `${name}, ${scheme}`);
    await picture(page, `10-${name}-${scheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, name);
  await picture(page, `10-${name}-360`);
  await page.setViewportSize({ width: 1280, height: 800 });
  clean(page, name);
}

test('an auditor reads the chain of custody of a digest, and verifies it without the registry', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/ledger_build');
  await server.createRepository('admin/ledger', { visibility: 'public' });
  await server.createRepository('admin/base');
  await load(server, bundle(record('CVE-2026-0001', FIXED, CRITICAL)));
  await server.must('POST', '/api/v0/repositories/admin/ledger_build/promotionPolicies', {
    rules: [{ field: 'vulnerability_all', operator: 'lte', values: ['0'] }], tagTemplate: '%n', targetRepository: 'admin/ledger',
  });
  const build = new Repository(server, 'admin/ledger_build');
  const rootfs = ['ADD rootfs /', debian(FLAWED)];
  const upgrade = ['RUN apt-get upgrade', { 'var/lib/dpkg/status': debian(FIXED)['var/lib/dpkg/status'] }];
  await new Repository(server, 'admin/base').pushImage('12', { layers: [rootfs] });
  const { digest, size, mediaType } = await build.pushImage('212', { layers: [rootfs, upgrade], config: { Labels: LABELS } });
  await settled(server);
  const promoted = () => server.must('GET', '/api/v0/repositories/admin/ledger/tags');
  await eventually('it is promoted', async () => (await promoted()).length === 1);
  await new Repository(server, 'admin/ledger').expect(200, 'GET', `/manifests/${digest}`, { headers: { accept: '*/*' } });
  const page = await open(t, await launch(t), server);
  await signIn(page);
  const line = page.getByRole('region', { name: 'From commit to cluster' });

  await t.test('the digest, pasted, leads to the line of stations', async () => {
    await page.goto('/repositories');
    await hydrated(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Find/ }).fill(digest);
    await page.getByRole('option', { name: /admin\/ledger(:| |$)/ }).first().click();
    await page.getByRole('link', { name: 'Custody' }).click();
    await line.getByText('Built from commit 9f2c1ab of https://git.example/pay/ledger').waitFor();
    await line.getByText('No attestation says how and where it was built.').waitFor();
    await line.getByText(/Pushed as 212 by admin, with registry token, from 127\.0\.0\.1/).waitFor();
    await line.getByText(/Promoted from admin\/ledger_build:212 to admin\/ledger:212, by revision 1 of a policy/).waitFor();
    await line.getByText('Scanned: nothing found').first().waitFor();
    await line.getByText('Nobody signed it').waitFor();
    await hydrated(page);
    await look(page, 'custody');
  });

  await t.test('a station leads to its event', async () => {
    const push = line.getByRole('listitem').filter({ hasText: 'Pushed as 212' });
    const custody = page.url();
    await push.getByRole('link', { name: 'Event' }).click();
    await page.getByRole('row').filter({ hasText: '212' }).filter({ hasText: 'CREATE' }).first().waitFor();
    await page.goto(custody);
    await hydrated(page);
  });

  await t.test('what was attested, signed, judged anew and admitted stands in the line, and what is forged beside it', async () => {
    const custody = page.url();
    for (const user of [CLUSTER, MALLORY]) await server.createUser(user.user, user.password);
    const { publicKey, privateKey } = pair();
    await server.must('POST', '/api/v0/signatureTrusts', { kind: 'cosignKey', name: 'runner', pem: pem(publicKey) });
    const target = new Repository(server, 'admin/ledger');
    const image = { digest, size, mediaType };
    await target.pushProvenance(image, await own(server, MALLORY), SOURCE, '0'.repeat(40));
    await target.pushProvenance(image, privateKey, SOURCE, COMMIT);
    await target.pushCosign(digest, privateKey);
    await load(server, bundle(record('CVE-2026-0001', FIXED, CRITICAL), record('CVE-2026-0002', '3.0.14-1', CRITICAL)));
    if (which('notary')) await published(t, server, 'admin/ledger', '212', digest, size);
    const name = `${server.host}/admin/ledger:212`;
    for (const user of [CLUSTER, MALLORY]) assert.equal(await admitted(server, user, name, 'web'), true);
    await eventually('all is in the line', async () => {
      await page.goto(custody);
      return line.getByText('as mallory asked for Pod shop/web').isVisible();
    }, 60);
    const verified = 'a verified attestation, signed by the trusted key or store runner, says so too';
    await line.getByRole('listitem').filter({ hasText: verified }).getByText('Verified', { exact: true }).waitFor();
    const forged = line.getByRole('listitem').filter({ hasText: 'Attestation signed by mallory' });
    await forged.getByText('Claimed').waitFor();
    await forged.getByText("the image's own labels say commit 9f2c1ab").waitFor();
    await line.getByText('Made from an image of admin/base: it begins with the same 1 layer').waitFor();
    await line.getByText('New vulnerability data: +1 critical').waitFor();
    await line.getByText(/as cluster-prod asked for Pod shop\/web, with/).waitFor();
    await hydrated(page);
    await look(page, 'custody-whole');
    const admission = line.getByRole('listitem').filter({ hasText: 'as cluster-prod asked' });
    await admission.getByRole('link', { name: 'Event' }).click();
    await page.getByText('shop').first().waitFor();
    await hydrated(page);
    await look(page, 'custody-event');
    await page.goto(custody);
    await hydrated(page);
  });

  await t.test('the evidence is verified by a file and a key, and a changed record is named', async () => {
    await eventually('the pull is recorded and all is sealed', async () => {
      const answer = await server.must('GET', `/api/v0/repositories/admin/ledger/manifests/${digest}/custody/bundle`);
      return answer.records.some((one) => one.record.type === 'GET') && answer.records.every((one) => one.proof);
    }, 60);
    await page.reload();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download evidence' }).click()]);
    const home = await folder(t);
    const [file, key, forged] = ['evidence.json', 'key.json', 'forged.json'].map((name) => join(home, name));
    const evidence = await readFile(await download.path(), 'utf8');
    await writeFile(file, evidence);
    await writeFile(key, JSON.stringify(await server.must('GET', '/api/v0/events/key')));
    const { note } = await server.must('GET', '/api/v0/events/checkpoint');
    assert.match(note, /^\d+:[0-9a-f]{64}$/);
    await server.stop();
    const said = await run(PROGRAM, ['verify-evidence', file, '--key', key]);
    assert.match(said.stdout, /nothing was changed/);
    const changed = JSON.parse(evidence);
    const push = changed.records.find((one) => one.record.type === 'CREATE');
    push.record.actor = 'mallory';
    await writeFile(forged, JSON.stringify(changed));
    const refused = await fails(PROGRAM, ['verify-evidence', forged, '--key', key]);
    assert.match(refused, new RegExp(`CHANGED: the record ${push.record.id} is not as checkpoint`));
  });
});
