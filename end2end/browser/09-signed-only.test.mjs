// Journey 9: a platform engineer has only signed images run. The policy warns first; after a week of it they see what would be refused and
// which signature is missing, except one image until a day, and enforce the rest.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, eventually } from '../lib/program.mjs';
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
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('alert').getByText('nobody').waitFor();
  await page.getByRole('button', { name: 'Take acme/nobody out' }).click();
  await page.getByRole('textbox', { name: 'Teams that have to sign' }).fill('acme/qa');
  await page.getByRole('textbox', { name: 'Teams that have to sign' }).press('Enter');
  await page.getByRole('button', { name: 'Save' }).click();
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

  // Enforced with an exception; first it is said what would be refused.
  await page.getByRole('radio', { name: /^Enforce/ }).check();
  await page.getByLabel('Images', { exact: true }).fill('acme/base:*');
  await page.getByLabel('Until').fill('2099-12-31');
  await page.getByLabel('Why').fill('moves to the new base');
  await page.getByRole('button', { name: 'Add exception' }).click();
  await row('acme/base:*').getByText('moves to the new base').waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
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
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Policy saved').waitFor();
    await accessible(page, `policy of the ${name}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, `policy of the ${name}`);
    await picture(page, `policy-${name}-narrow`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  clean(page, 'only signed images');
});
