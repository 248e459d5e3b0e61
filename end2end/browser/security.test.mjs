// Security: a second factor with a code computed here, recovery codes, and sessions that are ended from another browser.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { code } from '../lib/totp.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };

/** The second step of signing in. */
async function giveCode(page, text) {
  await page.getByLabel('Code', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The first step; it leads to the second. */
async function givePassword(page, next = '') {
  await page.goto(`/sign-in${next}`);
  await page.getByLabel('Username').fill(ADA.user);
  await page.getByLabel('Password').fill(ADA.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => url.pathname === '/sign-in/code');
}

const signedIn = (page) => page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));

test('a second factor is set up, asked for, and turned off', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page, ADA.user, ADA.password);
  await page.locator('summary.avatar').click();
  await page.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('heading', { name: 'Second factor' }).waitFor();
  await hydrated(page);

  await page.getByLabel('Your password').fill('a wrong one');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByText('The password is wrong.').waitFor();
  await page.getByLabel('Your password').fill(ADA.password);
  await page.getByRole('button', { name: 'Set up' }).click();
  const section = page.getByRole('region', { name: 'Second factor' });
  const key = (await section.locator('.copy code').textContent()).trim();
  assert.match(key, /^[A-Z2-7]{32}$/);
  await section.getByRole('img', { name: 'QR code of the key' }).waitFor();
  await picture(page, 'security-set-up');
  await accessible(page, 'setting up a second factor');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'setting up a second factor');
  await picture(page, 'security-set-up-360');
  await page.setViewportSize({ width: 1280, height: 800 });

  const now = Date.now();
  await page.getByLabel('Code', { exact: true }).fill(code(key, now));
  await page.getByLabel('Code', { exact: true }).press('Enter');
  await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
  const recovery = await section.locator('.codes li').allTextContents();
  assert.equal(recovery.length, 10);
  const [file] = await Promise.all([page.waitForEvent('download'), section.getByRole('link', { name: 'Download' }).click()]);
  assert.equal((await readFile(await file.path(), 'utf8')).trim(), recovery.join('\n'));
  await picture(page, 'security-codes');
  await accessible(page, 'recovery codes');
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, 'recovery codes');
  await picture(page, 'security-codes-360');
  await page.setViewportSize({ width: 1280, height: 800 });
  await section.getByRole('button', { name: 'Done' }).click();
  await section.getByText('10 recovery codes left').waitFor();

  await t.test('signing in asks for the code, also without script', async (t) => {
    for (const javaScriptEnabled of [true, false]) {
      const visitor = await open(t, browser, server, { javaScriptEnabled });
      await givePassword(visitor, '?next=%2Fusers%2Fada%2Fsecurity');
      if (javaScriptEnabled) {
        await accessible(visitor, 'the form for a code');
        await picture(visitor, 'sign-in-code');
        await visitor.setViewportSize({ width: 360, height: 740 });
        await fits(visitor, 'the form for a code');
      }
      await giveCode(visitor, 'not a code');
      await visitor.getByText('That is not the code').waitFor();
      // The code of the next half minute is good already; the recovery code is for the other visitor.
      await giveCode(visitor, javaScriptEnabled ? code(key, now + 30_000) : recovery[0].toLowerCase());
      await signedIn(visitor);
      assert.equal(new URL(visitor.url()).pathname, '/users/ada/security');
      // Without script the browser says that it was refused.
      if (javaScriptEnabled) clean(visitor, 'signing in with a code');
    }
    const again = await open(t, browser, server);
    await givePassword(again);
    await giveCode(again, recovery[0]);
    await again.getByText('or it was used already').waitFor();
  });

  await t.test('the password alone is no credential any more', async () => {
    const { status, body } = await server.api('GET', '/enzi/v0/id/', undefined, ADA);
    assert.equal(status, 401);
    assert.equal(body.errors[0].code, 'SECOND_FACTOR_REQUIRED');
  });

  await t.test('other recovery codes, and then off', async () => {
    await section.getByRole('button', { name: 'New recovery codes' }).click();
    const dialog = page.getByRole('dialog', { name: 'New recovery codes' });
    await dialog.getByLabel('Your password').fill(ADA.password);
    await dialog.getByLabel('Code', { exact: true }).fill(recovery[1]);
    await picture(page, 'security-prove');
    await dialog.getByRole('button', { name: 'New recovery codes' }).click();
    await page.getByRole('heading', { name: 'Keep your recovery codes' }).waitFor();
    const others = await section.locator('.codes li').allTextContents();
    assert.equal(others.length, 10);
    assert.ok(!others.includes(recovery[2]));
    await section.getByRole('button', { name: 'Turn off' }).click();
    const off = page.getByRole('dialog', { name: 'Turn off' });
    await off.getByLabel('Your password').fill(ADA.password);
    await off.getByLabel('Code', { exact: true }).fill(recovery[2]);
    await off.getByRole('button', { name: 'Turn off' }).click();
    await off.getByText('The code is wrong').waitFor();
    await off.getByLabel('Code', { exact: true }).fill(others[2]);
    await off.getByRole('button', { name: 'Turn off' }).click();
    await section.getByRole('button', { name: 'Set up' }).waitFor();
    await server.must('GET', '/enzi/v0/id/', undefined, ADA);
  });
  clean(page, 'the second factor');
});

test('a session is ended from another browser, and by an administrator', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  const browser = await launch(t);
  const [here, there] = [await open(t, browser, server), await open(t, browser, server, { userAgent: 'telephone/1.0' })];
  for (const page of [here, there]) await signIn(page, ADA.user, ADA.password);
  await here.goto('/users/ada/security');
  await hydrated(here);
  const rows = here.getByRole('region', { name: 'Sessions' }).locator('tbody tr');
  assert.equal(await rows.count(), 2);
  await rows.filter({ hasText: 'Chrome on Linux' }).getByText('This one').waitFor();
  await rows.filter({ hasText: 'telephone/1.0' }).getByRole('button', { name: 'Sign out telephone/1.0' }).click();
  await here.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
  await rows.filter({ hasText: 'telephone/1.0' }).waitFor({ state: 'detached' });
  await there.goto('/users/ada/security');
  assert.equal(new URL(there.url()).pathname, '/sign-in', 'the other browser is out');

  await signIn(there, ADA.user, ADA.password);
  await here.reload();
  await hydrated(here);
  await here.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await here.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
  await rows.nth(1).waitFor({ state: 'detached' });
  await there.goto('/users/ada/settings');
  assert.equal(new URL(there.url()).pathname, '/sign-in');

  const admin = await open(t, browser, server);
  await signIn(admin);
  await admin.goto('/users/ada/security');
  await hydrated(admin);
  await picture(admin, 'security-by-admin');
  await admin.getByText('This user has none').waitFor();
  await admin.getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
  await admin.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await admin.getByText('Not signed in anywhere.').waitFor();
  await here.goto('/users/ada/settings');
  assert.equal(new URL(here.url()).pathname, '/sign-in');
  for (const page of [here, there, admin]) clean(page, 'sessions');
});
