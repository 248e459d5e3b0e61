// Without a mouse: the skip link, the palette, and a dialog that asks before it destroys.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label'));

test('keyboard', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/needle');
  await new Repository(server, 'admin/needle').pushImage('1.0');
  const page = await open(t, await launch(t), server);
  await signIn(page);
  await hydrated(page);

  await t.test('the first stop skips to the content', async () => {
    await page.goto('/repositories');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  });

  await t.test('every stop on the way shows its focus', async () => {
    await page.goto('/repositories');
    let stops = 0;
    for (; stops < 30; stops += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement === document.body)) break; // past the last
      const look = await page.evaluate(() => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
        return { name: document.activeElement.outerHTML.slice(0, 80), visible: (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' };
      });
      assert.ok(look.visible, `focus on ${look.name} cannot be seen`);
    }
    assert.ok(stops >= 8, `${stops} stops`);
  });

  await t.test('the palette finds a repository', async () => {
    await page.keyboard.press('Control+k');
    const box = page.getByRole('combobox', { name: /Find/ });
    await box.waitFor();
    await accessible(page, 'the palette');
    await picture(page, 'palette');
    await page.keyboard.type('needle');
    await page.getByRole('option', { name: /needle/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/repositories\/admin\/needle\/tags/);
  });

  await t.test('a pasted reference leads to its image', async () => {
    const found = await server.must('GET', '/api/v0/repositories/admin/needle/tags');
    const [tag] = found.tags ?? found;
    for (const pasted of [`docker pull registry.example/admin/needle:${tag.name}`, tag.digest]) {
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: /Find/ }).fill(pasted);
      await page.getByRole('option', { name: /^admin\/needle/ }).waitFor();
      await picture(page, 'palette-pasted');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/repositories\/admin\/needle\/(?!tags)[^/]+\/.*\/layers/);
    }
  });

  await t.test('the palette goes with Escape and walks with arrows', async () => {
    await page.keyboard.press('Control+k');
    const options = page.getByRole('option');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    assert.equal(await options.nth(1).getAttribute('aria-selected'), 'true');
    await page.keyboard.press('ArrowUp');
    assert.equal(await options.first().getAttribute('aria-selected'), 'true');
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: /Find/ }).waitFor({ state: 'hidden' });
  });

  await t.test('the focus stays where a row was', async () => {
    const path = '/enzi/v0/accounts/acme/members';
    await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
    for (const name of ['ada', 'bob', 'cleo']) {
      await server.createUser(name, `a password of ${name}`);
      await server.must('PUT', `${path}/${name}`, { isAdmin: name === 'ada' });
    }
    await page.goto('/orgs/acme/users');
    await hydrated(page);
    const remove = async (name) => {
      await page.getByRole('button', { name: `Remove ${name}` }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: `Remove ${name}` }).waitFor({ state: 'detached' });
    };
    const at = (name) => page.waitForFunction((name) => {
      const { activeElement } = document;
      return (activeElement.getAttribute('aria-label') ?? activeElement.textContent) === name;
    }, name);
    await remove('bob');
    await at('Remove cleo'); // the next row
    await remove('cleo');
    await at('Remove ada'); // the last one
    await page.goto('/orgs/acme/users?filter=cleo');
    await server.must('PUT', `${path}/cleo`, {});
    await page.goto('/orgs/acme/users?filter=cleo');
    await hydrated(page);
    await remove('cleo');
    await at('Nothing matches'); // what the list says now
    clean(page, 'rows');
  });

  await t.test('deleting a repository asks for its name', async () => {
    await page.goto('/repositories/admin/needle/settings');
    await hydrated(page);
    await page.getByRole('button', { name: 'Delete repository' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    const confirm = dialog.getByRole('button', { name: 'Delete repository' });
    await dialog.waitFor();
    await accessible(page, 'the question');
    await picture(page, 'delete');
    assert.equal(await confirm.isDisabled(), true, 'not before the name is typed');
    await page.keyboard.type('admin/needle');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/repositories$/);
    assert.equal((await server.api('GET', '/api/v0/repositories/admin/needle')).status, 404);
    clean(page, 'keyboard');
  });
});
