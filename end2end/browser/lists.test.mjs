// Searching lists: while one types, in the database, with what else the address says; and rights of an access token, each for itself.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';

/** Waits until the table has these rows. */
const shows = (page, expected) =>
  page.waitForFunction((expected) => {
    const cells = [...document.querySelectorAll('tbody tr td:first-child')];
    return JSON.stringify(cells.map((cell) => cell.innerText.split('\n')[0].trim())) === JSON.stringify(expected);
  }, expected);

test('lists', async (t) => {
  const server = await Plimsoll.start(t);
  for (let number = 1; number <= 60; number += 1) {
    await server.must('POST', '/api/v0/api_tokens', { tokenLabel: `CI of program ${number}` });
  }
  for (const tokenLabel of ['B\u00fcro', '100% sure']) await server.must('POST', '/api/v0/api_tokens', { tokenLabel });
  for (const label of ['laptop', 'old CI', 'old laptop']) await server.must('POST', '/api/v0/accounts/admin/clientBundles', { label });
  const keys = '/enzi/v0/accounts/admin/publicKeys';
  for (const { id, label } of (await server.must('GET', keys)).accountPublicKeys) {
    if (label.startsWith('old')) await server.must('DELETE', `${keys}/${id}`);
  }
  for (const name of ['app', 'site']) await server.createRepository(`admin/${name}`);
  const page = await open(t, await launch(t), server);
  await signIn(page);

  await t.test('what is on no page yet is found, while one types', async () => {
    await page.goto('/users/admin/access-tokens');
    await hydrated(page);
    const field = page.getByRole('searchbox', { name: 'Filter access tokens' });
    for (const [text, found] of [['PROGRAM 59', ['CI of program 59']], ['b\u00dcRO', ['B\u00fcro']], ['%', ['100% sure']]]) {
      await field.fill('');
      await field.pressSequentially(text);
      await shows(page, found);
      assert.equal(new URL(page.url()).searchParams.get('filter'), text);
      assert.ok(await field.evaluate((field) => field === document.activeElement), 'the focus stays in the field');
    }
    await page.reload();
    await shows(page, ['100% sure']);
    assert.equal(await field.inputValue(), '%');
  });

  await t.test('pages go on within what was found', async () => {
    await page.goto('/users/admin/access-tokens?filter=program');
    await hydrated(page);
    await page.getByText('60 access tokens').waitFor();
    await page.getByRole('link', { name: 'Next' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/start=/);
    assert.equal(new URL(page.url()).searchParams.get('filter'), 'program');
    await page.getByText('CI of program 26').first().waitFor();
    await page.getByRole('searchbox').fill('program 1');
    await page.waitForURL((url) => !url.searchParams.has('start'));
    await page.getByText('11 access tokens').waitFor();
  });

  await t.test('the rest of the address stays, and links change the field', async () => {
    await page.goto('/users/admin/keys?show=revoked');
    await hydrated(page);
    const field = page.getByRole('searchbox');
    await field.fill('LAPTOP');
    await shows(page, ['old laptop']);
    assert.equal(new URL(page.url()).searchParams.get('show'), 'revoked');
    await page.getByRole('link', { name: 'Keys in use' }).click();
    await shows(page, ['laptop']);
    assert.equal(await field.inputValue(), '', 'the field says what is shown');
    await field.fill('nothing of that name');
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  });

  await t.test('a token has its own actions in each repository', async () => {
    await page.goto('/users/admin/access-tokens');
    await hydrated(page);
    await page.getByLabel('Description').fill('two repositories');
    await page.getByLabel('May', { exact: true }).selectOption({ label: 'Only what is chosen here' });
    await page.getByLabel('Repository 1', { exact: true }).fill('admin/app');
    for (const number of [2, 3]) {
      await page.getByRole('button', { name: 'Another repository' }).click();
      await page.getByLabel(`Repository ${number}`, { exact: true }).fill(number === 2 ? 'admin/gone' : 'admin/site');
    }
    await page.getByLabel('Actions in repository 3').selectOption({ label: 'Pull and push' });
    await accessible(page, 'the form of a token');
    await picture(page, 'token-scope');
    await page.getByRole('button', { name: 'Make access token' }).click();
    await page.getByText('admin/gone').waitFor(); // refused, and said which one
    await page.getByRole('button', { name: 'Take out repository 2' }).click();
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, 'the form of a token');
    await picture(page, 'token-scope-360');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Make access token' }).click();
    await page.getByRole('heading', { name: 'Copy the token now' }).waitFor();
    const [made] = await server.must('GET', '/api/v0/api_tokens?filter=two');
    assert.deepEqual(made.scope.map(({ repository, actions }) => [repository, actions]), [['admin/app', ['pull']], ['admin/site', ['pull', 'push']]]);
    clean(page, 'lists');
  });
});
