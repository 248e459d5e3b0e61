// Journey 9: a platform engineer has only signed images run. The policy warns first; after a week of it they see what would be refused and
// which signature is missing, except one image until a day, and enforce the rest. And the keys and certificates that count besides users'.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, eventually, folder } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const MISSING = "no member of acme/qa has signed it, which the registry's policy asks";

test('what is not signed is looked at for a week, and then refused', async (t) => {
  const server = await Plimsoll.start(t);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  await server.must('POST', '/enzi/v0/accounts/acme/teams', { name: 'qa' });
  await server.createRepository('acme/app');
  await server.createRepository('acme/base');
  const [app, base] = ['acme/app', 'acme/base'].map((name) => new Repository(server, name));
  const pushed = await app.pushImage('1.0');
  await base.pushImage('1.0', { architecture: 'arm64' });
  const page = await open(t, await launch(t), server);
  await signIn(page);

  // Off: nothing is asked.
  await page.goto('/system/settings/general');
  await hydrated(page);
  await page.getByRole('link', { name: 'Content trust' }).click();
  await page.getByRole('heading', { name: 'Run only signed images' }).waitFor();
  await accessible(page, 'policy, off');
  await picture(page, 'policy-off');

  // Warn.
  await page.getByRole('radio', { name: /^Warn/ }).check();
  await page.getByRole('textbox', { name: 'Teams that have to sign' }).fill('acme/nobody');
  await page.getByRole('button', { name: 'Add to teams that have to sign' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('alert').getByText('nobody').waitFor();
  await page.getByRole('button', { name: 'Take acme/nobody out' }).click();
  await page.getByRole('textbox', { name: 'Teams that have to sign' }).fill('acme/qa');
  await page.getByRole('textbox', { name: 'Teams that have to sign' }).press('Enter');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Policy saved').waitFor();
  for (const one of [app, app, base]) await one.expect(200, 'GET', '/manifests/1.0');

  // What would be refused, and why.
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  await eventually('the pulls are recorded', async () => {
    await page.getByRole('button', { name: 'What would be refused' }).click();
    await page.getByRole('button', { name: 'What would be refused' }).isEnabled();
    return (await row('acme/app:1.0').isVisible()) && row('acme/base:1.0').isVisible();
  });
  await row('acme/app:1.0').getByText(MISSING).waitFor();
  await page.getByRole('button', { name: 'Explain acme/app:1.0' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Warns' }).getByText(MISSING).waitFor();
  await page.getByText('May be pulled', { exact: true }).waitFor();
  await accessible(page, 'policy, warning');
  await picture(page, 'policy-warn');
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, 'policy, warning, dark');
  await picture(page, 'policy-warn-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'policy, warning');
  await picture(page, 'policy-warn-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });

  // Whether certificates have to be valid now is a choice, of two kinds of signatures.
  const notary = page.getByRole('checkbox', { name: /^docker trust and notary/ });
  const others = page.getByRole('checkbox', { name: /^cosign and notation/ });
  assert.deepEqual([await notary.isChecked(), await others.isChecked()], [false, true]);
  await notary.check();
  await others.uncheck();
  await page.getByRole('button', { name: 'Save certificates' }).click();
  await page.getByText('Settings saved').waitFor();
  const chosen = await server.must('GET', '/api/v0/meta/settings');
  assert.deepEqual([chosen.notaryCertificatesValidNow, chosen.signatureCertificatesValidNow], [true, false]);

  // Enforced with an exception; first it is said what would be refused.
  await page.getByRole('radio', { name: /^Enforce/ }).check();
  await page.getByLabel('Images', { exact: true }).fill('acme/base:*');
  await page.getByLabel('Until').fill('2099-12-31');
  await page.getByLabel('Why').fill('moves to the new base');
  await page.getByRole('button', { name: 'Add exception' }).click();
  await row('acme/base:*').getByText('moves to the new base').waitFor();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Enforce it?' });
  await dialog.getByText('Of 2 images that were pulled in the last week, 1 would be refused.').waitFor();
  await dialog.getByText('acme/app:1.0').waitFor();
  await accessible(page, 'before it is enforced');
  await picture(page, 'policy-enforce');
  await app.expect(200, 'GET', '/manifests/1.0');
  await dialog.getByRole('button', { name: 'Enforce' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const saved = await server.must('GET', '/api/v0/trust/policy');
  assert.equal(saved.mode, 'enforce');
  assert.deepEqual(saved.exceptions, [{ pattern: 'acme/base:*', until: '2099-12-31T23:59:59Z', reason: 'moves to the new base' }]);

  // The refusal says which signature is missing; the exception is pulled.
  const refused = await app.request('GET', '/manifests/1.0');
  assert.equal(refused.status, 403);
  assert.ok((await refused.text()).includes(MISSING));
  await base.expect(200, 'GET', '/manifests/1.0');
  await page.reload();
  await hydrated(page);
  await page.getByLabel('Image', { exact: true }).fill(`acme/app@${pushed.digest}`);
  await page.getByRole('button', { name: 'Explain', exact: true }).click();
  await page.getByText('May not be pulled', { exact: true }).waitFor();
  await picture(page, 'policy-enforced');

  // An organization and a repository ask on their own.
  for (const [settings, name] of [['/orgs/acme/settings', 'organization'], ['/repositories/acme/app/settings', 'repository']]) {
    await page.goto(settings);
    await hydrated(page);
    await page.getByRole('link', { name: 'Run only signed images' }).click();
    await page.getByText(`What is asked of the images of this ${name}.`, { exact: false }).waitFor();
    await page.getByRole('radio', { name: /^Warn/ }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Policy saved').waitFor();
    await accessible(page, `policy of the ${name}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, `policy of the ${name}`);
    await picture(page, `policy-${name}-narrow`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  clean(page, 'only signed images');
});

test('an organization and the registry trust keys and certificates', async (t) => {
  const server = await Plimsoll.start(t);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  const file = join(await folder(t), 'cosign.pub');
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' });
  await writeFile(file, pem);
  const page = await open(t, await launch(t), server);
  await signIn(page);
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  const add = page.getByRole('button', { name: 'Trust it' });

  // A key, from a file; what is none is said beside the field.
  await page.goto('/orgs/acme/settings');
  await hydrated(page);
  await page.getByRole('link', { name: 'Keys and certificates' }).click();
  await page.getByText('No key and no certificate is trusted here.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('pipeline');
  await page.getByLabel('PEM', { exact: true }).fill('no key');
  await add.click();
  await page.getByText('pem is one block PUBLIC KEY', { exact: false }).waitFor();
  assert.equal(await page.getByLabel('PEM', { exact: true }).getAttribute('aria-invalid'), 'true');
  await accessible(page, 'a key that is none');
  await page.getByLabel('PEM from a file').setInputFiles(file);
  await eventually('the file is read', async () => (await page.getByLabel('PEM', { exact: true }).inputValue()) === pem);
  await add.click();
  await row('pipeline').getByText('cosign public key').waitFor();
  assert.equal(await page.getByLabel('PEM', { exact: true }).inputValue(), '');

  // Certificates, and who may sign of those who have one.
  await page.getByLabel('Kind').selectOption({ label: 'Certificates: trust store' });
  await page.getByLabel('Name', { exact: true }).fill('build');
  await page.getByLabel('PEM from a file').setInputFiles(await server.authority(t));
  await eventually('the file is read', async () => (await page.getByLabel('PEM', { exact: true }).inputValue()).includes('CERTIFICATE'));
  await page.getByLabel('Who may sign').fill('somebody');
  await add.click();
  await page.getByText('identities:', { exact: false }).waitFor();
  assert.equal(await page.getByLabel('Who may sign').getAttribute('aria-invalid'), 'true');
  await page.getByLabel('Who may sign').fill('x509.subject: C=US, ST=WA, O=Acme\nx509.subject: C=US, ST=WA, O=Ours');
  await picture(page, 'trusts-form');
  await add.click();
  await row('build').getByText('x509.subject: C=US, ST=WA, O=Acme').waitFor();
  const [key, store] = await server.must('GET', '/api/v0/accounts/acme/signatureTrusts');
  assert.deepEqual([key.kind, key.pem, key.identities], ['cosignKey', pem, undefined]);
  assert.deepEqual([store.kind, store.identities.length], ['notationStore', 2]);
  await accessible(page, 'trusted keys');
  await picture(page, 'trusts');
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, 'trusted keys, dark');
  await picture(page, 'trusts-dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'trusted keys');
  const form = page.locator('form').filter({ has: add });
  assert.ok(await form.evaluate((element) => element.querySelector('select').getBoundingClientRect().right <= element.querySelector('.body').getBoundingClientRect().right - 8), 'the form is too wide');
  await picture(page, 'trusts-narrow');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: 'light' });

  // Trusted no more, once that was asked.
  await page.getByRole('button', { name: 'Remove pipeline' }).click();
  const dialog = page.getByRole('dialog', { name: 'Trust pipeline no more?' });
  await accessible(page, 'before a key is removed');
  assert.ok(await dialog.evaluate((element) => element.scrollWidth <= element.clientWidth), 'the question is cut off');
  await picture(page, 'trusts-remove');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await row('pipeline').waitFor({ state: 'detached' });
  assert.equal((await server.must('GET', '/api/v0/accounts/acme/signatureTrusts')).length, 1);

  // Of the registry.
  await page.goto('/system/trust');
  await hydrated(page);
  await page.getByRole('link', { name: 'Trusted keys and certificates' }).click();
  await page.getByText('count in all repositories', { exact: false }).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('vendor');
  await page.getByLabel('PEM', { exact: true }).fill(pem);
  await add.click();
  await row('vendor').waitFor();
  assert.equal((await server.must('GET', '/api/v0/signatureTrusts')).length, 1);
  await page.goto('/orgs/acme/settings/trust');
  await page.getByRole('link', { name: 'Trusted keys and certificates' }).waitFor();
  await picture(page, 'trusts-way');
  clean(page, 'trusted keys');
});
