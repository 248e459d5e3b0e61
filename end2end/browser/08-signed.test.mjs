// Journey 8, second part: a signer signs with the key of a client bundle, sees the green check with their name, and, after the laptop is
// lost, that the revoked key counts no more.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, folder, run, which } from '../lib/program.mjs';
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
  const page = await open(t, await launch(t), server);
  await signIn(page, ADA.user, ADA.password);
  await page.goto('/repositories/ada/app/trust');
  await page.getByRole('heading', { name: 'Nothing is signed' }).waitFor();
  await hydrated(page);
  await accessible(page, 'nothing signed');
  await picture(page, 'trust-none');

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

  // Signed with it.
  const home = await folder(t);
  const [certificate, key] = [join(home, 'cert.pem'), join(home, 'key.pem')];
  await writeFile(certificate, files['cert.pem'].text);
  await writeFile(key, files['key.pem'].text, { mode: 0o600 });
  const gun = `${server.secureHost}/ada/app`;
  const args = ['-s', `https://${server.secureHost}`, '--tlscacert', await server.authority(t), '-d', join(home, 'trust')];
  const env = {
    HOME: home,
    NOTARY_AUTH: Buffer.from(`${ADA.user}:${ADA.password}`).toString('base64'),
    NOTARY_ROOT_PASSPHRASE: 'rootpass1', NOTARY_TARGETS_PASSPHRASE: 'targpass1',
    NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1', NOTARY_DELEGATION_PASSPHRASE: 'delepass1',
  };
  const says = (...rest) => run(notary, [...args, ...rest], { env });
  await says('init', gun, '-p');
  await says('key', 'rotate', gun, 'snapshot', '-r');
  await says('delegation', 'add', gun, 'targets/releases', certificate, '--all-paths', '-p');
  await says('key', 'import', key, '--role', 'targets/releases', '-g', gun);
  await says('addhash', gun, '1.0', String(size), '--sha256', digest.replace('sha256:', ''), '-r', 'targets/releases', '-p');

  await page.goto('/repositories/ada/app/tags');
  const check = page.getByRole('link', { name: 'Signed by ada' });
  await check.waitFor();
  await hydrated(page);
  await accessible(page, 'signed tags');
  await picture(page, 'tags-signed');
  await check.click();
  await page.getByRole('row').filter({ hasText: 'targets/releases' }).getByText('ada').waitFor();
  await accessible(page, 'signatures of a tag');
  await picture(page, 'tag-signatures');

  await page.goto('/repositories/ada/app/trust');
  await page.getByRole('row').filter({ hasText: 'Signing key' }).getByText('ada').waitFor();
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
  const keys = await server.must('GET', '/enzi/v0/accounts/ada/publicKeys', undefined, ADA);
  await server.must('DELETE', `/enzi/v0/accounts/ada/publicKeys/${keys.accountPublicKeys[0].id}`, undefined, ADA);
  await page.reload();
  await page.getByRole('link', { name: 'Signed by an unknown key' }).waitFor();

  // The tag moves.
  await repository.pushImage('1.0', { architecture: 'arm64' });
  await page.goto('/repositories/ada/app/trust');
  await page.getByText('1.0 is another image now than the one that was signed', { exact: false }).waitFor();
  await picture(page, 'trust-moved');
  clean(page, 'the signer');
});
