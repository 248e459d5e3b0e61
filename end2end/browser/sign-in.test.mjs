// Signing in with the company's identity provider: set up by an administrator, used by who is new and by who has an account.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { IdentityProvider, signInThere } from '../lib/provider.mjs';

const PASSWORD = 'a password of Bob';

test('people sign in with an identity provider', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser('bob', PASSWORD);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  await server.must('POST', '/enzi/v0/accounts/acme/teams', { name: 'backend' });
  const idp = await IdentityProvider.start(t, server, {
    'u-1': { preferred_username: 'ada@example.org', name: 'Ada Lovelace', groups: ['devs'] },
    'u-2': { preferred_username: 'bob', name: 'Bob Roberts', groups: [] },
  });
  const browser = await launch(t);
  const button = (page, name) => page.getByRole('button', { name, exact: true });

  await t.test('an administrator sets it up', async () => {
    const page = await open(t, browser, server);
    await signIn(page);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).first().click();
    await page.getByRole('link', { name: 'Sign-in', exact: true }).click();
    await hydrated(page);
    await page.getByLabel('Name', { exact: true }).fill('idp');
    await page.getByLabel('Issuer').fill(idp.issuer);
    await page.getByLabel('Client ID').fill(idp.client.clientId);
    await page.getByLabel('Client secret').fill(idp.client.clientSecret);
    await button(page, 'Add provider').click();
    await page.waitForURL(/\/system\/settings\/sign-in\/idp$/);
    await page.getByText(`${server.url}/sign-in/oidc/idp/callback`).waitFor();
    await button(page, 'Test').click();
    await page.getByText('Its discovery document and its keys can be read.').waitFor();
    await page.getByLabel('Label').fill('Company');
    await page.getByLabel('Scopes').fill('profile groups');
    await page.getByLabel('Create users at first sign-in').check();
    await page.getByLabel('Groups and teams').fill('devs = acme/nobody');
    await button(page, 'Save').click();
    await page.getByText('There is no team nobody of an organization acme.').waitFor();
    await page.getByLabel('Groups and teams').fill('devs = acme/backend');
    await button(page, 'Save').click();
    await page.getByText('Provider saved').waitFor();
    await accessible(page, 'a provider');
    await picture(page, 'provider');
    await page.reload();
    await hydrated(page);
    assert.equal(await page.getByLabel('Client secret').inputValue(), '', 'the secret is not shown');
    assert.ok(!(await page.content()).includes(idp.client.clientSecret));
    assert.equal(await page.getByLabel('Groups and teams').inputValue(), 'devs = acme/backend');
    clean(page, 'setting it up');
  });

  await t.test('who is new is given an account, and the teams of the groups', async () => {
    const page = await open(t, browser, server);
    await page.goto('/sign-in?next=/orgs');
    await accessible(page, 'sign-in with a provider');
    await picture(page, 'sign-in-provider');
    await page.getByRole('link', { name: 'Company' }).click();
    await signInThere(page, 'u-1');
    await page.waitForURL(/\/orgs$/);
    await hydrated(page);
    await page.getByRole('link', { name: 'acme', exact: true }).click();
    await page.getByRole('row', { name: /^ada Ada Lovelace/ }).waitFor();
    await page.getByRole('navigation', { name: 'Organization', exact: true }).getByRole('link', { name: 'Teams' }).click();
    await page.getByRole('row', { name: /backend.*You are in it/ }).waitFor();
    clean(page, 'who is new');
    idp.people['u-1'].groups = [];
    await page.context().clearCookies({ name: 'plimsoll_http' });
    await page.goto('/sign-in?next=/orgs');
    await page.getByRole('link', { name: 'Company' }).click();
    await page.waitForURL(/\/orgs$/);
    const members = await server.must('GET', '/enzi/v0/accounts/acme/teams/backend/members');
    assert.deepEqual(members.members, [], 'out of the group is out of the team');
  });

  await t.test('who has an account of that name is told to link it, and does', async () => {
    const page = await open(t, browser, server);
    await page.goto('/sign-in');
    await page.getByRole('link', { name: 'Company' }).click();
    await signInThere(page, 'u-2');
    await page.getByText('There is an account of that name already.').waitFor();
    await accessible(page, 'a name that is taken');
    await picture(page, 'sign-in-name-taken');
    await signIn(page, 'bob', PASSWORD);
    await hydrated(page);
    await page.locator('summary.avatar').click();
    await page.getByRole('link', { name: 'Linked identities' }).click();
    await page.getByText('No identity is linked').waitFor();
    await button(page, 'Link Company').click();
    await page.getByRole('row', { name: /Company bob/ }).waitFor();
    await hydrated(page);
    await accessible(page, 'linked identities');
    await picture(page, 'identities');

    const other = await open(t, browser, server);
    await other.goto('/sign-in?next=/users/bob/settings');
    await other.getByRole('link', { name: 'Company' }).click();
    await signInThere(other, 'u-2');
    await other.waitForURL(/\/users\/bob\/settings$/);
    await other.getByRole('heading', { name: 'bob', level: 1 }).waitFor();

    await button(page, 'Unlink Company').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('No identity is linked').waitFor();
    clean(page, 'linking');
  });
});
