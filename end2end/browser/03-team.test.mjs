// Journey 3: an administrator sets up a team, and sees of anybody what they may do and why; they see what was granted, and no more.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';

const PASSWORD = 'a password of theirs';
const PEOPLE = ['ada', 'bob', 'cleo'];
const CLICKS = 12;

/** A mouse that counts; choosing from a list is a click as well. */
function counting() {
  const mouse = { clicks: 0 };
  mouse.click = async (target) => {
    mouse.clicks += 1;
    await target.click();
  };
  mouse.choose = async (target, label) => {
    mouse.clicks += 1;
    await target.selectOption({ label });
  };
  return mouse;
}

test('an organization, a team of three, two repositories, and why', async (t) => {
  const server = await Plimsoll.start(t);
  for (const name of [...PEOPLE, 'dora']) await server.createUser(name, PASSWORD);
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page);
  await hydrated(page);
  const mouse = counting();
  const button = (name) => page.getByRole('button', { name, exact: true });
  const link = (name) => page.getByRole('link', { name, exact: true });
  const navigation = page.getByRole('navigation', { name: 'Main' });

  await mouse.click(navigation.getByRole('link', { name: 'Organizations' }).first());
  await page.getByRole('heading', { name: 'No organizations yet' }).waitFor();
  await accessible(page, 'no organizations');
  await mouse.click(link('New organization'));
  await page.getByLabel('Name', { exact: true }).fill('acme');
  await mouse.click(button('Create'));
  await page.waitForURL(/\/orgs\/acme\/teams$/);
  await button('Create team').waitFor(); // the form before has a field of the same name, and is there until this one is

  await page.getByLabel('Name', { exact: true }).fill('backend');
  await mouse.click(button('Create team'));
  await page.waitForURL(/\/orgs\/acme\/teams\/backend\/users$/);
  await page.getByLabel('Usernames').fill(PEOPLE.join(' '));
  await mouse.click(button('Add'));
  for (const name of PEOPLE) await link(name).waitFor();
  await picture(page, 'team-people');

  await mouse.click(page.getByRole('navigation', { name: 'Team', exact: true }).getByRole('link', { name: 'Repositories' }));
  const repository = page.getByLabel('Repository of acme');
  await repository.fill('docs');
  await mouse.click(button('Make and add'));
  await link('acme / docs').waitFor();
  await repository.fill('api');
  await mouse.choose(page.getByLabel('Permissions', { exact: true }), 'Read-write');
  await mouse.click(button('Make and add'));
  await link('acme / api').waitFor();
  await picture(page, 'team-repositories');

  await mouse.click(link('acme / api'));
  await page.waitForURL(/\/repositories\/acme\/api\/permissions$/);
  await page.getByLabel('Username').fill('bob');
  await mouse.click(button('Explain'));
  await page.getByText('bob has read-write access: the team backend has it in this repository.').waitFor();
  await page.getByText('by the team backend, in this repository').waitFor();
  await accessible(page, 'the explanation');
  await picture(page, 'team-why');
  t.diagnostic(`${mouse.clicks} clicks`);
  assert.ok(mouse.clicks <= CLICKS, `${mouse.clicks} clicks, at most ${CLICKS} are wanted`);

  await page.getByLabel('Username').fill('dora');
  await button('Explain').click();
  await page.getByText(/^dora has no access:/).waitFor();
  await page.getByLabel('Username').fill('nobody-of-that-name');
  await button('Explain').click();
  await page.getByText('There is no user nobody-of-that-name.').waitFor();
  clean(page, 'the administrator');

  await t.test('a member sees what was granted, and no more', async () => {
    await server.createRepository('acme/secret-plans');
    const own = await open(t, browser, server);
    await signIn(own, 'bob', PASSWORD);
    await own.goto('/repositories');
    await own.getByRole('link', { name: 'acme / api' }).waitFor();
    await own.getByRole('link', { name: 'acme / docs' }).waitFor();
    assert.ok(!(await own.content()).includes('secret-plans'), 'nothing else');
    await own.goto('/orgs');
    await own.getByRole('link', { name: 'acme', exact: true }).waitFor();
    await own.goto('/orgs/acme/teams/backend/repositories');
    assert.equal(await own.getByRole('row', { name: /acme \/ api Read-write/ }).count(), 1);
    assert.equal(await own.getByRole('button', { name: /^(Add|Remove)/ }).count(), 0, 'nothing to change');
    await accessible(own, 'the team of a member');
    await own.goto('/repositories/acme/api/tags');
    assert.equal(await own.getByRole('link', { name: 'Permissions' }).count(), 0, 'no permissions to see');
    clean(own, 'the member');
    const as = { user: 'bob', password: PASSWORD };
    assert.equal((await server.api('GET', '/api/v0/repositories/acme/secret-plans', undefined, as)).status, 404);
    assert.equal((await server.api('DELETE', '/api/v0/repositories/acme/api', undefined, as)).status, 403);
  });

  await t.test('a stranger is told of no organization', async () => {
    const stranger = await open(t, browser, server);
    await signIn(stranger, 'dora', PASSWORD);
    await stranger.goto('/orgs');
    await stranger.getByRole('heading', { name: 'You are in no organization' }).waitFor();
    const [hidden, absent] = await Promise.all(
      ['acme', 'none'].map(async (name) => {
        const answer = await stranger.request.get(`/orgs/${name}/users`);
        return { status: answer.status(), text: (await answer.text()).includes('backend') };
      }),
    );
    assert.deepEqual(hidden, absent, 'hidden and absent answer alike');
    clean(stranger, 'the stranger');
  });
});

test('an owner looks after the members; what is refused is said, and taken back', async (t) => {
  const server = await Plimsoll.start(t);
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  for (const name of ['ada', 'bob']) {
    await server.createUser(name, PASSWORD);
    await server.must('PUT', `/enzi/v0/accounts/acme/members/${name}`, { isAdmin: name === 'ada' });
  }
  const page = await open(t, await launch(t), server);
  await signIn(page, 'ada', PASSWORD);
  await page.goto('/orgs/acme/users');
  await hydrated(page);
  await page.getByLabel('Role of bob').selectOption({ label: 'Org owner' });
  await page.getByText('bob is now: Org owner').waitFor();
  await page.getByLabel('Role of bob').selectOption({ label: 'Member' });
  await page.getByText('bob is now: Member').waitFor();
  await page.getByLabel('Role of ada').selectOption({ label: 'Member' });
  await page.locator('.toast.bad').waitFor();
  assert.equal(await page.getByLabel('Role of ada').inputValue(), 'owner', 'the last owner stays one');

  await page.getByRole('button', { name: 'Remove bob' }).click();
  await accessible(page, 'the question');
  await picture(page, 'member-remove');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('button', { name: 'Remove bob' }).waitFor({ state: 'detached' });
  await page.getByLabel('Usernames').fill('bob nobody-of-that-name');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('There is no user nobody-of-that-name.').waitFor();
  await page.getByRole('button', { name: 'Remove bob' }).waitFor();
  assert.equal(await page.getByLabel('Usernames').inputValue(), 'nobody-of-that-name', 'who was not added stays in the field');

  await page.goto('/repositories/new');
  const namespaces = page.getByRole('combobox', { name: 'Namespace' }).locator('option');
  assert.deepEqual(await namespaces.allTextContents(), ['ada', 'acme']);
  clean(page, 'the owner');
});
