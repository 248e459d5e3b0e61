// Journey 8, first part: a signer takes a client bundle, designates its key, comes with its certificate,
// and revokes it in two clicks after the laptop is lost.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, folder, run, which } from '../lib/program.mjs';
import { unzip } from '../lib/zip.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };

/** Fills the dialog for a new bundle, and answers the files of what is downloaded. */
async function bundle(page, label, own) {
  await page.getByRole('button', { name: 'New client bundle' }).click();
  await page.getByLabel('Label').fill(label);
  if (own) {
    await page.getByText('Use a key of my own').click();
    await page.getByLabel('Certificate signing request, or public key').fill(own);
  }
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Make and download' }).click(),
  ]);
  assert.equal(download.suggestedFilename(), 'plimsoll-bundle-ada.zip');
  await page.getByRole('row').filter({ hasText: label }).waitFor();
  return unzip(await readFile(await download.path()));
}

/** What the API answers who comes with the certificate of a bundle alone. */
function comes(server, files) {
  const options = { cert: files['cert.pem'].text, key: files['key.pem'].text, ca: files['ca.pem'].text, agent: false };
  return new Promise((resolve, reject) => {
    get(`https://${server.secureHost}/enzi/v0/id/`, options, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) }));
    }).once('error', reject);
  });
}

async function signed(t, server, who = ADA) {
  const page = await open(t, await launch(t), server);
  await signIn(page, who.user, who.password);
  await page.goto(`/users/${ADA.user}/keys`);
  await hydrated(page);
  return page;
}

test('a bundle is taken, used, designated for signing and revoked', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  await server.must('PUT', '/enzi/v0/accounts/acme/members/ada', {});
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page, ADA.user, ADA.password);
  await hydrated(page);
  await page.locator('summary.avatar').click();
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await page.getByRole('heading', { name: 'No keys yet' }).waitFor();
  await hydrated(page);
  await accessible(page, 'no keys');
  await picture(page, 'keys-none');

  await page.getByRole('button', { name: 'New client bundle' }).click();
  await accessible(page, 'the dialog for a bundle');
  await picture(page, 'keys-new-bundle');
  await page.keyboard.press('Escape');
  const files = await bundle(page, 'laptop');
  assert.equal(files['key.pem'].mode, 0o600, 'only its owner may read the private key');
  assert.match(files['env.sh'].text, new RegExp(`PLIMSOLL_URL='https://127\\.0\\.0\\.1:${server.https}'`));
  const me = await comes(server, files);
  assert.deepEqual([me.status, me.body.name], [200, 'ada']);

  const owner = await open(t, browser, server);
  await signIn(owner);
  await owner.goto('/orgs/acme/users');
  const membership = owner.getByRole('row').filter({ hasText: 'ada' });
  await membership.getByText('No signing key').waitFor();
  await page.getByLabel('laptop is a signing key').check();
  await page.getByText('laptop is now a signing key').waitFor();
  await owner.reload();
  await membership.getByText('Can sign').waitFor();
  await picture(owner, 'members-can-sign');
  await page.reload();
  await hydrated(page);
  assert.ok(await page.getByLabel('laptop is a signing key').isChecked(), 'it stays designated');
  const row = page.getByRole('row').filter({ hasText: 'laptop' });
  await row.getByText('from 127.0.0.1').waitFor();
  await picture(page, 'keys-one');

  await row.getByRole('button', { name: 'Revoke laptop' }).click();
  await accessible(page, 'the question');
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await row.waitFor({ state: 'detached' });
  const refused = await comes(server, files);
  assert.equal(refused.status, 401);
  assert.match(refused.body.errors[0].message, /was revoked/);
  await owner.reload();
  await membership.getByText('No signing key').waitFor();
  await page.getByRole('link', { name: 'Revoked keys' }).click();
  await page.getByRole('row').filter({ hasText: 'laptop' }).getByText('Revoked').waitFor();
  await picture(page, 'keys-revoked');
  clean(page, 'the signer');
  clean(owner, 'the owner');
});

test('a private key stays at home', { skip: which('openssl') ? false : 'openssl is not installed' }, async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  const home = await folder(t);
  const [key, csr] = ['mine.key', 'mine.csr'].map((name) => join(home, name));
  await run('openssl', [
    'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=whoever', '-keyout', key, '-out', csr,
  ]);
  const page = await signed(t, server);
  const request = await readFile(csr, 'utf8');
  const files = await bundle(page, 'own key', request);
  assert.equal(files['key.pem'], undefined, 'there is no private key to give');
  const me = await comes(server, { ...files, 'key.pem': { text: await readFile(key, 'utf8') } });
  assert.deepEqual([me.status, me.body.name], [200, 'ada']);

  await page.getByRole('button', { name: 'New client bundle' }).click();
  await page.getByLabel('Label').fill('again');
  await page.getByText('Use a key of my own').click();
  await page.getByLabel('Certificate signing request, or public key').fill(request);
  await page.getByRole('button', { name: 'Make and download' }).click();
  await page.getByText('You have this key already, as "own key".').waitFor();
  await picture(page, 'keys-twice');
  await accessible(page, 'the refusal');
  clean(page, 'the signer');
});

test('a cosign key is added, by the keyboard; an administrator sees it and adds none', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  const { privateKey, publicKey: half } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = half.export({ type: 'spki', format: 'pem' });
  const page = await signed(t, server);
  await page.getByRole('button', { name: 'Add public key' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Label').focus();
  await page.keyboard.type('release');
  await page.keyboard.press('Tab');
  await page.keyboard.type('cosign');
  await page.keyboard.press('Tab');
  await page.keyboard.insertText('no key');
  await picture(page, 'keys-add');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('This is not a public key', { exact: false }).waitFor();
  await page.getByLabel('Public key', { exact: true }).fill(publicKey);
  await page.getByRole('button', { name: 'Add public key' }).last().click();
  const row = page.getByRole('row').filter({ hasText: 'release' });
  await row.getByText('cosign public key').waitFor();

  await t.test('it is only claimed, until its private half has signed the line that the dialog shows', async () => {
    await row.getByText('Not proven').waitFor();
    await page.getByRole('button', { name: 'Prove release' }).click();
    const dialog = page.getByRole('dialog');
    const command = await dialog.locator('code').innerText();
    assert.match(command, /^printf %s 'plimsoll key [0-9a-f]{64} of account [0-9a-f-]{36}' \| cosign sign-blob /);
    const [, statement] = command.split("'");
    const prove = async (text) => {
      await dialog.getByLabel('Proof').fill(sign('sha256', Buffer.from(text), privateKey).toString('base64'));
      await dialog.getByRole('button', { name: 'Prove', exact: true }).click();
    };
    await prove(`${statement}\n`);
    await dialog.getByText('without an end of line', { exact: false }).waitFor();
    await accessible(page, 'the proof');
    await picture(page, 'keys-prove');
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, 'the proof');
    await picture(page, 'keys-prove-narrow');
    await page.setViewportSize({ width: 1280, height: 800 });
    await prove(statement);
    await page.getByLabel('release is a signing key').waitFor();
    assert.equal(await row.getByText('Not proven').count(), 0);
  });

  const admin = await signed(t, server, {});
  await admin.getByRole('row').filter({ hasText: 'release' }).waitFor();
  assert.equal(await admin.getByRole('button', { name: /New client bundle|Add public key/ }).count(), 0, 'nothing to add');
  assert.equal(await admin.getByLabel('release is a signing key').count(), 0, 'nothing to designate');
  await picture(admin, 'keys-of-another');
  await admin.setViewportSize({ width: 360, height: 740 });
  await fits(admin, 'keys of another');
  await admin.getByRole('button', { name: 'Revoke release' }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await admin.getByRole('heading', { name: 'No keys yet' }).waitFor();
  clean(page, 'the signer');
  clean(admin, 'the administrator');
});

test('a browser that has no certificate of ours is asked for none', async (t) => {
  const server = await Plimsoll.start(t);
  const page = await open(t, await launch(t), server, { baseURL: `https://${server.secureHost}`, ignoreHTTPSErrors: true });
  await signIn(page);
  await page.goto('/users/admin/keys');
  await hydrated(page);
  await page.getByRole('heading', { name: 'No keys yet' }).waitFor();
  clean(page, 'by HTTPS');
});
