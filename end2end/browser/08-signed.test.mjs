// Journey 8, second part: a signer finds at the signing desk what waits, signs it with the key of a client bundle and the commands from there,
// sees the green check with their name, and, after the laptop is lost, revokes the key in two clicks and sees what it signed. All commands of
// notary are run as the pages show them.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, eventually, folder, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';
import { unzip } from '../lib/zip.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };
const notary = which('notary');
const missing = notary ? false : 'notary is not installed (Debian bookworm, trixie: apt-get install notary)';

test('a tag is signed with the key of a bundle, and says by whom until the key is revoked', { skip: missing }, async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  await server.createRepository('ada/app', { visibility: 'public' });
  const repository = new Repository(server, 'ada/app', ADA);
  const { digest, size } = await repository.pushImage('1.0');
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page, ADA.user, ADA.password);
  await page.goto('/repositories/ada/app/trust');
  await page.getByRole('heading', { name: 'Nothing is signed' }).waitFor();
  await hydrated(page);
  await accessible(page, 'nothing signed');
  await picture(page, 'trust-none');

  // The desk says what to do.
  await page.goto('/signing');
  await page.getByRole('heading', { name: 'You have no key to sign with' }).waitFor();
  await page.getByText('docker trust key generate ada').waitFor();
  await hydrated(page);
  await accessible(page, 'desk without a key');
  await picture(page, 'desk-none');

  // The bundle, designated.
  await page.goto('/users/ada/keys');
  await hydrated(page);
  await page.getByRole('button', { name: 'New client bundle' }).click();
  await page.getByLabel('Label').fill('laptop');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Make and download' }).click(),
  ]);
  const files = unzip(await readFile(await download.path()));
  await page.getByLabel('laptop is a signing key').check();
  await page.getByText('laptop is now a signing key').waitFor();
  await page.goto('/signing');
  await page.getByRole('heading', { name: 'Nobody has delegated to your keys yet' }).waitFor();

  // Signed with it.
  const home = await folder(t);
  await writeFile(join(home, 'cert.pem'), files['cert.pem'].text);
  await writeFile(join(home, 'key.pem'), files['key.pem'].text, { mode: 0o600 });
  const gun = `${server.secureHost}/ada/app`;
  const env = {
    HOME: home,
    PATH: `${dirname(notary)}:${process.env.PATH}`,
    NOTARY_AUTH: Buffer.from(`${ADA.user}:${ADA.password}`).toString('base64'),
    NOTARY_ROOT_PASSPHRASE: 'rootpass1', NOTARY_TARGETS_PASSPHRASE: 'targpass1',
    NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1', NOTARY_DELEGATION_PASSPHRASE: 'delepass1',
  };
  const shell = (command) => run('sh', ['-c', command.trim()], { env, cwd: home });
  const secure = await open(t, browser, server, { baseURL: `https://${server.secureHost}`, ignoreHTTPSErrors: true });
  await signIn(secure, ADA.user, ADA.password);
  await secure.goto('/repositories/ada/app/trust');
  const how = secure.getByRole('region', { name: 'How to sign' });
  const asShown = async (text) => shell(await how.locator('code').filter({ hasText: text }).last().textContent());
  await asShown(`mkdir -p ~/.docker/tls/${server.secureHost}`);
  const owner = `notary -s https://${server.secureHost} --tlscacert ~/.docker/tls/${server.secureHost}/ca.crt -d ~/.docker/trust`;
  await shell(`${owner} init ${gun} -p`);
  await shell(`${owner} key rotate ${gun} snapshot -r`);
  for (const text of ['targets/ada cert.pem', 'targets/releases cert.pem', 'key import key.pem']) await asShown(text);
  clean(secure, 'trust, by HTTPS');
  await page.reload();
  await page.getByRole('row').filter({ hasText: 'Nobody signed it' }).getByText('1.0').waitFor();
  await hydrated(page);
  await accessible(page, 'desk');
  await picture(page, 'desk');
  await page.getByRole('button', { name: 'How to sign ada/app:1.0' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign ada/app:1.0' });
  await dialog.getByText(`docker trust sign ${gun}:1.0`).waitFor();
  await dialog.getByText(`cosign sign --key cosign.key --use-signing-config=false --tlog-upload=false ${gun}@${digest}`).waitFor();
  await accessible(page, 'how to sign');
  await picture(page, 'desk-sign');
  await dialog.getByText(`curl -fsko ~/.docker/tls/${server.secureHost}/ca.crt https://${server.secureHost}/ca`).waitFor();
  const shown = await dialog.getByText('addhash').textContent();
  assert.ok(shown.trim().split(' ').includes(String(size)));
  await shell(shown);
  await page.reload();
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();

  // A signature of cosign's for another image, with a reason that has a digest in it.
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const keys = '/enzi/v0/accounts/ada/publicKeys';
  const phone = await server.must('POST', keys, { label: 'phone', publicKey: pem, kind: 'cosign' }, ADA);
  const proof = sign('sha256', Buffer.from(phone.proofStatement), privateKey).toString('base64');
  await server.must('PATCH', `${keys}/${phone.id}`, { proof }, ADA);
  await repository.pushCosign(digest, privateKey, `sha256:${'0'.repeat(64)}`);

  await page.goto('/repositories/ada/app/tags');
  const check = page.getByRole('link', { name: 'Signed by ada' });
  await check.waitFor();
  await hydrated(page);
  await accessible(page, 'signed tags');
  await picture(page, 'tags-signed');
  await check.click();
  await page.getByRole('row').filter({ hasText: 'targets/releases' }).getByText('ada').waitFor();
  await eventually('cosign\'s signature is looked at', async () => {
    await page.reload();
    return page.getByText(`it signs sha256:${'0'.repeat(64)}, not this image`).isVisible();
  });
  await accessible(page, 'signatures of a tag');
  await picture(page, 'tag-signatures');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'signatures of a tag');
  await picture(page, 'tag-signatures-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });

  await page.goto('/repositories/ada/app/trust');
  await page.getByRole('row').filter({ hasText: 'Signing key' }).getByText('ada').first().waitFor();
  await page.getByText(`docker trust sign ${server.host}/ada/app:TAG`).waitFor();
  await hydrated(page);
  await accessible(page, 'trust');
  await picture(page, 'trust');
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, 'trust, dark');
  await picture(page, 'trust-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'trust');
  await picture(page, 'trust-narrow');
  await page.goto('/repositories/ada/app/tags');
  await check.waitFor();
  await fits(page, 'signed tags');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });

  // The laptop is lost.
  const second = await repository.pushImage('2.0', { architecture: 'arm64' });
  await page.goto('/signing');
  await page.getByRole('button', { name: 'How to sign ada/app:2.0' }).waitFor();
  await hydrated(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, 'desk, dark');
  await picture(page, 'desk-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'desk');
  await picture(page, 'desk-narrow');
  await page.getByRole('button', { name: 'How to sign ada/app:2.0' }).click();
  await fits(page, 'how to sign');
  await picture(page, 'desk-sign-narrow');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole('button', { name: 'Revoke laptop' }).click();
  await page.getByRole('dialog', { name: 'Revoke laptop?' }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('heading', { name: 'What laptop signed' }).waitFor();
  await page.getByRole('row').filter({ hasText: 'Notary' }).getByText('1.0').waitFor();
  const taken = await page.getByText('delegation remove').allTextContents();
  assert.equal(taken.length, 2);
  await accessible(page, 'what a key signed, dark');
  await picture(page, 'desk-signed-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'what a key signed');
  await picture(page, 'desk-signed-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, 'desk-signed');
  await page.goto('/signing?show=revoked');
  await page.getByRole('row').filter({ hasText: 'laptop' }).getByRole('link', { name: 'What it signed: laptop' }).waitFor();
  await accessible(page, 'revoked keys');
  await page.goto('/repositories/ada/app/tags');
  await page.getByRole('link', { name: 'Signed by an unknown key' }).waitFor();

  // What only cosign signed has its check, too.
  await repository.pushCosign(second.digest, privateKey);
  const byCosign = page.getByRole('link', { name: 'Signed by ada (cosign)' });
  await eventually('the signature is looked at', async () => {
    await page.reload();
    await page.getByRole('link', { name: '2.0', exact: true }).waitFor();
    return byCosign.isVisible();
  });
  await hydrated(page);
  await accessible(page, 'tags, signed with cosign');
  await picture(page, 'tags-cosign');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'tags-cosign-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'tags, signed with cosign');
  await picture(page, 'tags-cosign-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await byCosign.click();
  await page.getByRole('heading', { name: 'Not signed in Notary' }).waitFor();
  await byCosign.waitFor();

  // The tag moves.
  await repository.pushImage('1.0', { architecture: 'arm64' });
  await page.goto('/repositories/ada/app/tags');
  const moved = page.getByRole('link', { name: 'Moved since it was signed' });
  await moved.click();
  await page.getByText('The tag was moved after it was signed', { exact: false }).waitFor();
  await moved.waitFor();
  await page.goto('/repositories/ada/app/trust');
  await page.getByText('1.0 is another image now than the one that was signed', { exact: false }).waitFor();
  await page.getByText(`docker trust sign ${gun}:1.0`).waitFor();
  await accessible(page, 'trust, moved');
  await picture(page, 'trust-moved');

  // Taken out of the role, docker does not believe it either.
  for (const command of taken) await shell(command);
  const trust = await server.must('GET', '/api/v0/repositories/ada/app/trust', undefined, ADA);
  const releases = trust.collections[0].roles.find(({ name }) => name === 'targets/releases');
  assert.deepEqual(releases?.keyIDs ?? [], []);

  // Who administers the repository needs no key to take all of it away.
  await hydrated(page);
  await page.getByRole('button', { name: 'Delete trust data' }).click();
  const question = page.getByRole('dialog', { name: 'Delete the trust data of ada/app?' });
  await question.getByText(`delete ${gun} --remote`).waitFor();
  await accessible(page, 'before trust data is deleted');
  await picture(page, 'trust-delete');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'trust-delete-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'before trust data is deleted');
  await picture(page, 'trust-delete-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });
  await question.getByRole('textbox').fill('ada/app');
  await question.getByRole('button', { name: 'Delete trust data' }).click();
  await page.waitForURL('**/repositories/ada/app/tags');
  await moved.waitFor({ state: 'detached' });
  assert.deepEqual((await server.must('GET', '/api/v0/repositories/ada/app/trust', undefined, ADA)).collections, []);
  clean(page, 'the signer');
});
