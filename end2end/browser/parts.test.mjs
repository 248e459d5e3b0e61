// Parts of the interface: a browser fetches the code of a page with the first page that needs it, once, and what it cannot
// fetch any more it gets by loading the page as a whole.
import assert from 'node:assert/strict';
import test from 'node:test';
import { clean, hydrated, launch, open, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const MAIN = /^plimsoll-[0-9a-f]{16}\.wasm$/;
const modules = (urls) => urls.map((url) => url.split('/').pop()).filter((file) => file.endsWith('.wasm'));

/** The address of everything that a page asks for from now on. */
function watched(page) {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  return asked;
}

/** After all that the page wanted to do within this time. */
const timers = (page) => page.evaluate(() => new Promise((done) => { setTimeout(done, 200); }));

test('parts', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app');
  await new Repository(server, 'admin/app').pushImage('1.0');
  const browser = await launch(t);
  const nav = (page, name) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name });

  await t.test('a first visit fetches what its page needs, early and once', async (t) => {
    const page = await open(t, browser, server);
    await signIn(page);
    const asked = watched(page);
    await page.goto('/repositories');
    await hydrated(page);
    assert.ok(modules(asked).every((file) => MAIN.test(file)), `${modules(asked)}`);
    for (const [path, part] of [['/repositories/admin/app/1.0/linux/amd64/layers', 'image'], ['/users', 'users'], ['/orgs', 'organizations'], ['/system/activity', 'activity'], ['/api', 'reference']]) {
      asked.length = 0;
      const [response, module] = await Promise.all([page.goto(path), page.waitForResponse((answer) => answer.url().includes(`/split_${part}-`))]);
      const { 'cache-control': caching, 'content-encoding': coding } = module.headers();
      assert.match(caching, /immutable/);
      assert.match(coding, /^(br|gzip)$/);
      const announced = modules([...(await response.text()).matchAll(/<link[^>]* href="([^"]+)"/g)].map(([, href]) => href));
      await hydrated(page);
      const fetched = modules(asked);
      assert.equal(new Set(fetched).size, fetched.length, `fetched twice: ${fetched}`);
      assert.deepEqual(announced.sort(), fetched.sort(), 'announced, and fetched');
    }
    clean(page, 'first visits');
  });

  await t.test('a step to another part stays in the page', async (t) => {
    const page = await open(t, browser, server);
    await signIn(page);
    await hydrated(page);
    await page.evaluate(() => { window.stays = true; });
    const asked = watched(page);
    for (const [link, heading, part] of [['Organizations', 'Organizations', 'organizations'], ['Settings', 'Settings', 'system'], ['Users', 'Users', 'users']]) {
      await nav(page, link).click();
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
      assert.ok(modules(asked).some((file) => file.startsWith(`split_${part}-`)), `${part}: ${modules(asked)}`);
    }
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    const twice = modules(asked).filter((file, index, all) => all.indexOf(file) !== index);
    assert.deepEqual(twice, [], 'fetched twice');
    assert.ok(await page.evaluate(() => window.stays), 'the page was loaded anew');
    clean(page, 'steps');
  });

  await t.test('the title is announced when a slow part has come', async (t) => {
    const page = await open(t, browser, server);
    await signIn(page);
    await hydrated(page);
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await page.route(/split_organizations-/, async (route) => {
      await held;
      await route.continue();
    });
    await nav(page, 'Organizations').click();
    await timers(page);
    assert.ok(await page.getByRole('heading', { level: 1, name: 'Repositories' }).isVisible(), 'the old page stays');
    const said = () => page.evaluate(() => [...document.querySelectorAll('[aria-live], [role=status]')].map((region) => region.textContent).join('|'));
    assert.ok(!(await said()).includes('Repositories'), 'the old title is not announced');
    release();
    await page.getByRole('heading', { level: 1, name: 'Organizations' }).waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('[aria-live], [role=status]')].some((region) => region.textContent.includes('Organizations')));
    clean(page, 'a slow part');
  });

  await t.test('a part that is gone is had by loading the page as a whole', async (t) => {
    const page = await open(t, browser, server);
    await signIn(page);
    await hydrated(page);
    await page.evaluate(() => { window.stays = true; });
    // As after an upgrade: this page's parts are gone, and the next page has its own.
    let refused = 0;
    await page.route(/split_users-/, (route) => {
      refused += 1;
      return refused === 1 ? route.fulfill({ status: 404 }) : route.continue();
    });
    await nav(page, 'Users').click();
    await page.waitForURL('**/users');
    await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
    assert.ok(!(await page.evaluate(() => window.stays)), 'the page was not loaded anew');
    await hydrated(page);
    assert.equal(refused, 2);
  });

  await t.test('without its part a page can be read', async (t) => {
    const page = await open(t, browser, server);
    await signIn(page);
    let visits = 0;
    await page.route(/split_users-/, (route) => route.fulfill({ status: 404 }));
    page.on('framenavigated', () => { visits += 1; });
    const failed = page.waitForEvent('console', (message) => message.type() === 'error' && message.text().includes('TypeError'));
    await page.goto('/users');
    await failed;
    await timers(page);
    await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor();
    assert.equal(visits, 1, 'it is not loaded again and again');
    await nav(page, 'Organizations').click();
    await page.getByRole('heading', { level: 1, name: 'Organizations' }).waitFor();
    await hydrated(page);
  });
});
