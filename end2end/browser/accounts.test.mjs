// Accounts in the hands of an administrator: made one after the other, switched off, promoted, renamed and deleted, with what goes
// with them said; and what their owners call their keys and tokens.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, freePort } from '../lib/program.mjs';

const PASSWORD = 'a password of theirs';
const button = (page, name) => page.getByRole('button', { name, exact: true });
const account = (server, name) => server.api('GET', `/enzi/v0/accounts/${name}`);

/** Another set of colours, once nothing fades any more. */
async function colours(page, colorScheme) {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(() => Promise.all(document.getAnimations().map((fading) => fading.finished)));
}

/** Keeps pictures in both themes and on a narrow screen, where everything has to fit. */
async function pictures(page, name) {
  await picture(page, name);
  await colours(page, 'dark');
  await accessible(page, `${name}, dark`);
  await picture(page, `${name}-dark`);
  await colours(page, 'light');
  await accessible(page, name);
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, name);
  await picture(page, `${name}-360`);
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function administrator(t, server, path) {
  const page = await open(t, await launch(t), server);
  await signIn(page);
  await page.goto(path);
  await hydrated(page);
  return page;
}

/** Opens the question of a card, and answers the dialog. */
async function asked(page, action, heading) {
  await button(page, action).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: heading }).waitFor();
  return dialog;
}

/** Types the name, and does it. */
async function confirmed(dialog, action, name) {
  const confirm = dialog.getByRole('button', { name: action, exact: true });
  assert.ok(await confirm.isDisabled(), 'not before the name is typed');
  await dialog.getByRole('textbox').fill(name);
  await confirm.click();
}

test('users are made one after the other, switched off and promoted', async (t) => {
  const server = await Plimsoll.start(t);
  const page = await administrator(t, server, '/users/new');
  for (const name of ['ada', 'bob']) {
    await page.getByLabel('Username').fill(name);
    await page.getByLabel('Full name (optional)').fill(`${name} of the tests`);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Save and create another').click();
    await page.getByText(`Made user ${name}`).waitFor();
    for (const field of ['Username', 'Full name (optional)', 'Password']) {
      assert.equal(await page.getByLabel(field).inputValue(), '', 'ready for the next one');
    }
    assert.equal(new URL(page.url()).pathname, '/users/new');
  }
  assert.equal(await page.getByLabel('Import from the LDAP directory').count(), 0, 'there is no directory');
  await page.getByLabel('Username').fill('cleo');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByLabel('Administrator').check();
  await button(page, 'Save').click();
  await page.waitForURL(/\/users$/);

  await page.goto('/users/ada/settings');
  await hydrated(page);
  await page.getByLabel('Active').uncheck();
  await button(page, 'Save').click();
  await page.getByText('Profile saved').waitFor();
  const ada = { user: 'ada', password: PASSWORD };
  assert.equal((await server.api('GET', '/enzi/v0/id/', undefined, ada)).status, 401, 'switched off');
  await page.goto('/users/bob/settings');
  await hydrated(page);
  await page.getByLabel('Administrator').check();
  await button(page, 'Save').click();
  await page.getByText('Profile saved').waitFor();
  assert.deepEqual([(await account(server, 'bob')).body.isAdmin, (await account(server, 'ada')).body.isActive], [true, false]);

  await page.goto('/users');
  await hydrated(page);
  /** Waits for just these users, in this order: before, those of the last choice may still be there. */
  const names = (expected) => page.waitForFunction((expected) => {
    const cells = [...document.querySelectorAll('tbody td:first-child')].map((cell) => cell.textContent);
    return cells.join('\n') === expected.join('\n');
  }, expected);
  await page.getByLabel('Which users').selectOption({ label: 'Switched off' });
  await page.waitForURL(/kind=inactive-users/);
  await names(['ada']);
  await page.getByLabel('Which users').selectOption({ label: 'Administrators' });
  await page.getByLabel('Order').selectOption({ label: 'By username, from Z' });
  await page.waitForURL(/order=-name/);
  await names(['cleo', 'bob', 'admin']);
  await pictures(page, 'users-filtered');
  clean(page, 'making users');
});

test('with a directory, a user is imported from it', async (t) => {
  const server = await Plimsoll.start(t);
  await server.must('PUT', '/enzi/v0/config/auth/ldap', { enabled: true, url: `ldap://127.0.0.1:${await freePort()}`, baseDN: 'dc=example' });
  const page = await administrator(t, server, '/users/new');
  await page.getByLabel('Username').fill('ada');
  await page.getByLabel('Import from the LDAP directory').check();
  await page.getByLabel('Password', { exact: true }).waitFor({ state: 'detached' }); // the password is there, not here
  await pictures(page, 'user-import');
  await button(page, 'Save').click();
  await page.getByRole('alert').filter({ hasText: /directory/ }).waitFor(); // nobody listens there
  assert.equal((await account(server, 'ada')).status, 404);
  clean(page, 'importing');
});

test('a user is renamed, and deleted with what it owns', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser('ada', PASSWORD);
  const ada = { user: 'ada', password: PASSWORD };
  for (const name of ['one', 'two']) await server.createRepository(`ada/${name}`);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  await server.must('PUT', '/enzi/v0/accounts/acme/members/ada', {});
  await server.must('POST', '/api/v0/api_tokens', { tokenLabel: 'laptop' }, ada);
  await server.must('POST', '/api/v0/accounts/ada/clientBundles', { label: 'laptop' }, ada);
  const page = await administrator(t, server, '/users/ada/settings');

  const name = page.getByLabel('New name');
  assert.ok(await button(page, 'Rename').isDisabled(), 'nothing to change yet');
  await name.fill('admin');
  await button(page, 'Rename').click();
  await page.getByText('admin exists already', { exact: false }).waitFor();
  await name.fill('lovelace');
  await page.getByText(`${server.host}/lovelace/…`).waitFor();
  await pictures(page, 'user-rename');
  await button(page, 'Rename').click();
  await page.waitForURL(/\/users\/lovelace\/settings$/);
  await page.getByRole('heading', { name: 'lovelace', level: 1 }).waitFor();
  assert.equal((await account(server, 'ada')).status, 404);
  assert.equal((await server.api('GET', '/api/v0/repositories/lovelace/one')).status, 200);

  const dialog = await asked(page, 'Delete user', 'Delete user lovelace?');
  for (const owned of ['2 repositories', '1 membership in an organization', '1 access token', '1 key']) {
    await dialog.getByRole('listitem').filter({ hasText: owned }).waitFor();
  }
  await pictures(page, 'user-delete');
  await confirmed(dialog, 'Delete user', 'lovelace');
  await dialog.getByText('lovelace owns repositories (2)', { exact: false }).waitFor();
  assert.equal((await account(server, 'lovelace')).status, 200, 'it stays as long as they are not chosen');
  await dialog.getByLabel('Delete its repositories, too').check();
  await dialog.getByRole('button', { name: 'Delete user' }).click();
  await page.waitForURL(/\/users$/);
  for (const path of ['/enzi/v0/accounts/lovelace', '/api/v0/repositories/lovelace/one']) {
    assert.equal((await server.api('GET', path)).status, 404, path);
  }
  clean(page, 'deleting a user');
});

test('an organization and its team are renamed, emptied and deleted', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser('ada', PASSWORD);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  for (const name of ['backend', 'other']) await server.must('POST', '/enzi/v0/accounts/acme/teams', { name });
  await server.createRepository('acme/api');
  await server.must('PUT', '/api/v0/repositories/acme/api/teamAccess/backend', { accessLevel: 'read-write' });
  await server.must('PUT', '/enzi/v0/accounts/acme/teams/backend/members/ada', {});
  const page = await administrator(t, server, '/orgs/acme/settings');

  await page.getByLabel('New name').fill('emca');
  await button(page, 'Rename').click();
  await page.waitForURL(/\/orgs\/emca\/settings$/);
  await page.getByRole('heading', { name: 'emca', level: 1 }).waitFor();
  assert.equal((await server.api('GET', '/api/v0/repositories/emca/api')).status, 200);

  await t.test('a new user is made in a team', async () => {
    await page.goto('/orgs/emca/teams/backend/users');
    await hydrated(page);
    await button(page, 'New user').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Username').fill('bob');
    await dialog.getByLabel('Full name (optional)').fill('Robert of the tests');
    await dialog.getByLabel('Password').fill('short');
    await button(dialog, 'Make and add').click();
    await dialog.locator('.err:visible').waitFor();
    await dialog.getByLabel('Password').fill(PASSWORD);
    await pictures(page, 'team-new-user');
    await button(dialog, 'Make and add').click();
    await page.getByRole('link', { name: 'bob', exact: true }).waitFor();
    await page.getByRole('searchbox').fill('ROBERT');
    await page.getByRole('link', { name: 'ada', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'bob', exact: true }).waitFor();
  });

  await t.test('a team', async () => {
    await page.goto('/orgs/emca/teams/backend/settings');
    await hydrated(page);
    const dialog = await asked(page, 'Delete team', 'Delete team backend?');
    for (const owned of ['2 memberships in the team', '1 right in a repository']) {
      await dialog.getByRole('listitem').filter({ hasText: owned }).waitFor();
    }
    assert.equal(await dialog.getByRole('checkbox').count(), 0, 'nothing to choose');
    await pictures(page, 'team-delete');
    await confirmed(dialog, 'Delete team', 'backend');
    await page.waitForURL(/\/orgs\/emca\/teams$/);
    assert.equal((await server.api('GET', '/enzi/v0/accounts/emca/teams/backend')).status, 404);
  });

  await t.test('all repositories, and the organization', async () => {
    await page.goto('/orgs/emca/settings');
    await hydrated(page);
    const all = await asked(page, 'Delete all repositories', 'Delete all repositories of emca?');
    await all.getByText('1 repository').waitFor();
    await confirmed(all, 'Delete all repositories', 'emca');
    await page.waitForURL(/\/orgs\/emca\/repositories$/);
    assert.equal((await server.api('GET', '/api/v0/repositories/emca/api')).status, 404);
    await server.createRepository('emca/again');

    await page.goto('/orgs/emca/settings');
    await hydrated(page);
    const dialog = await asked(page, 'Delete organization', 'Delete organization emca?');
    for (const owned of ['1 repository', '1 team', '2 memberships']) {
      await dialog.getByRole('listitem').filter({ hasText: owned }).waitFor();
    }
    await dialog.getByLabel('Delete its repositories, too').check();
    await pictures(page, 'organization-delete');
    await confirmed(dialog, 'Delete organization', 'emca');
    await page.waitForURL(/\/orgs$/);
    assert.equal((await account(server, 'emca')).status, 404);
    assert.equal((await account(server, 'ada')).status, 200, 'members stay');
  });
  clean(page, 'an organization');
});

test('keys and access tokens are called something else', async (t) => {
  const server = await Plimsoll.start(t);
  await server.must('POST', '/api/v0/accounts/admin/clientBundles', { label: 'laptop' });
  await server.must('POST', '/api/v0/api_tokens', { tokenLabel: 'CI' });
  const page = await administrator(t, server, '/users/admin/keys');
  const [{ certificates, id }] = (await server.must('GET', '/enzi/v0/accounts/admin/publicKeys')).accountPublicKeys;
  await page.getByTitle(`SHA-256 of its certificate: ${certificates[0].fingerprint}`).waitFor();
  await button(page, 'Edit laptop').click();
  const dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByLabel('New label').inputValue(), 'laptop');
  await dialog.getByLabel('New label').fill('old laptop');
  await pictures(page, 'key-label');
  await page.keyboard.press('Enter');
  await button(page, 'Edit old laptop').waitFor();
  assert.equal((await server.must('GET', `/enzi/v0/accounts/admin/publicKeys/${id}`)).label, 'old laptop');
  await pictures(page, 'keys-relabelled');

  await page.goto('/users/admin/access-tokens');
  await hydrated(page);
  await button(page, 'Edit CI').click();
  await dialog.getByLabel('New description').fill('CI of flask_build');
  await button(dialog, 'Save').click();
  await button(page, 'Edit CI of flask_build').waitFor();
  const [token] = await server.must('GET', '/api/v0/api_tokens?username=admin');
  assert.equal(token.tokenLabel, 'CI of flask_build');
  await pictures(page, 'tokens-relabelled');
  clean(page, 'labels');
});

test('rights are explained to who has them, and let a team make repositories', async (t) => {
  const server = await Plimsoll.start(t);
  for (const name of ['ada', 'bob']) await server.createUser(name, PASSWORD);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  for (const [team, user, accessLevel] of [['builders', 'ada', 'admin'], ['readers', 'bob', 'read-only']]) {
    await server.must('POST', '/enzi/v0/accounts/acme/teams', { name: team });
    await server.must('PUT', `/enzi/v0/accounts/acme/teams/${team}/members/${user}`, {});
    await server.must('PUT', `/api/v0/repositoryNamespaces/acme/teamAccess/${team}`, { accessLevel });
  }
  await server.createRepository('acme/api');
  await server.createRepository('ada/own');
  const browser = await launch(t);
  const as = async (name) => {
    const page = await open(t, browser, server);
    await signIn(page, name, PASSWORD);
    return page;
  };
  const ada = await as('ada');
  await ada.goto('/repositories/new');
  await ada.getByRole('combobox', { name: 'Namespace' }).locator('option', { hasText: 'acme' }).waitFor({ state: 'attached' });
  await ada.goto('/orgs/acme/repositories');
  await ada.getByRole('link', { name: 'New repository' }).click();
  await ada.waitForURL(/\/repositories\/new\?namespace=acme$/);
  await ada.getByLabel('Name', { exact: true }).fill('made');
  await button(ada, 'Create').click();
  await ada.waitForURL(/\/repositories\/acme\/made\/tags$/);
  await ada.goto('/repositories/ada/own/permissions?user=bob');
  await ada.getByText('bob has no access:', { exact: false }).waitFor();
  await hydrated(ada);
  await pictures(ada, 'permissions-of-a-user');

  const bob = await as('bob');
  await bob.goto('/repositories/acme/api/info');
  await hydrated(bob);
  await bob.getByText('bob has read-only access: the team readers has it in every repository of acme.').waitFor();
  await pictures(bob, 'info-why');
  await bob.goto('/orgs/acme/repositories');
  await hydrated(bob);
  await bob.getByRole('link', { name: 'acme / api' }).waitFor();
  assert.equal(await bob.getByRole('link', { name: 'New repository' }).count(), 0, 'not for readers');
  clean(ada, 'who may make repositories');
  clean(bob, 'who may read');
});

test('what happened is filtered by what it was done to, and by day', async (t) => {
  const server = await Plimsoll.start(t);
  await server.must('POST', '/api/v0/accounts/admin/clientBundles', { label: 'laptop' });
  const page = await administrator(t, server, '/system/activity');
  await page.getByLabel('To what').selectOption({ label: 'Keys' });
  await page.getByRole('row', { name: /publicKey laptop/ }).waitFor();
  const today = new Date().toISOString().slice(0, 10);
  const before = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('From').fill(before);
  await page.waitForURL(/from=/);
  await page.getByRole('row', { name: /publicKey laptop/ }).waitFor();
  await page.getByLabel('to', { exact: true }).fill(before);
  await page.getByRole('row', { name: /publicKey laptop/ }).waitFor({ state: 'detached' });
  await page.getByLabel('to', { exact: true }).fill(today);
  await page.getByRole('row', { name: /publicKey laptop/ }).waitFor();
  await pictures(page, 'activity-days');
  clean(page, 'what happened');
});
