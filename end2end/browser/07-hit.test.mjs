// Journey 7: are we hit by it? An administrator brings vulnerability data; a security officer pastes the number of the flaw, and sees
// the images, whose they are and which version fixes it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { CRITICAL, bundle, debian, record, settled } from '../lib/flaws.mjs';
import { Plimsoll, folder } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const [CVE, OTHER] = ['CVE-2026-0001', 'CVE-2026-0002'];
const [HIT, FIXED] = ['3.0.11-1~deb12u1', '3.0.11-1~deb12u2'];

async function fill(server) {
  await server.createUser('ada', 'a password of Ada');
  await server.createRepository('admin/shop');
  await server.createRepository('admin/blog', { visibility: 'public' });
  for (const [name, version] of [['admin/shop', HIT], ['admin/blog', FIXED]]) {
    await new Repository(server, name).pushImage('1.0', { layers: [['ADD rootfs /', debian(version)]] });
  }
  await settled(server);
}

/** Chooses a file and uploads it, as a person does. */
async function upload(page, path) {
  await page.getByLabel('Bundle').setInputFiles(path);
  await page.getByRole('button', { name: 'Upload' }).click();
}

const find = async (page, text) => {
  await page.getByLabel('What to look for').fill(text);
  await page.keyboard.press('Enter');
};
const found = (page, what) => page.getByRole('heading', { name: `Images with ${what}`, exact: true }).waitFor();
const images = (page) => page.getByRole('table').getByRole('link');

test('an officer asks whether we are hit', async (t) => {
  const server = await Plimsoll.start(t);
  await fill(server);
  const files = await folder(t);
  const [sound, broken] = [join(files, 'osv.zip'), join(files, 'broken.zip')];
  await writeFile(sound, bundle(record(CVE, FIXED, CRITICAL), record(OTHER, '3.0.14-1')));
  await writeFile(broken, 'no archive');
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page);

  await t.test('a bundle is uploaded, and takes its place', async () => {
    await page.goto('/system/security');
    await hydrated(page);
    await page.getByText('No vulnerability data', { exact: true }).waitFor();
    await upload(page, sound);
    const row = page.getByRole('row').filter({ hasText: 'osv.zip' });
    await row.getByText('In force', { exact: true }).waitFor();
    await page.getByText('Ready', { exact: true }).waitFor();
    await page.getByRole('img', { name: 'Findings today: 3' }).waitFor();
    await upload(page, broken);
    await page.getByRole('row').filter({ hasText: 'broken.zip' }).getByText('Failed', { exact: true }).waitFor();
    await row.getByText('In force', { exact: true }).waitFor();
    for (const scheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme: scheme });
      await accessible(page, `system-security, ${scheme}`);
      await picture(page, `07-system-security-${scheme}`);
    }
    clean(page, 'system-security');
  });

  await t.test('Ctrl-K, the number, Enter: the images, and what fixes it', async () => {
    await page.goto('/repositories');
    await hydrated(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type(CVE.toLowerCase());
    await page.getByRole('option', { name: `Images with ${CVE}` }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/security?q=${CVE}`);
    await found(page, CVE);
    assert.deepEqual(await images(page).allTextContents(), ['admin / shop']);
    const row = page.getByRole('row').filter({ hasText: 'shop' });
    for (const text of ['libssl3', HIT, 'Critical', FIXED]) assert.ok((await row.textContent()).includes(text), text);
    assert.match(await images(page).first().getAttribute('href'), /\/repositories\/admin\/shop\/1.0\/linux\/amd64\/components$/);
    for (const scheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme: scheme });
      await accessible(page, `where it is, ${scheme}`);
      await picture(page, `07-where-${scheme}`);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, 'where it is');
    await picture(page, '07-where-360');
    await page.setViewportSize({ width: 1280, height: 800 });
    clean(page, 'where it is');
  });

  await t.test('what is looked for is told by how it is written', async () => {
    await find(page, 'libssl3');
    await page.waitForURL('**/security?q=libssl3');
    await found(page, 'libssl3');
    assert.equal(await images(page).count(), 2);
    await find(page, `libssl3 >=3.0.0 <${FIXED}`);
    await found(page, `libssl3 >=3.0.0 <${FIXED}`);
    assert.deepEqual(await images(page).allTextContents(), ['admin / shop']);
    await find(page, 'no-such-thing');
    await page.getByRole('heading', { name: 'Not in any image' }).waitFor();
    await page.goBack();
    await found(page, `libssl3 >=3.0.0 <${FIXED}`);
    assert.equal(await page.getByLabel('What to look for').inputValue(), `libssl3 >=3.0.0 <${FIXED}`);
    clean(page, 'the search');
  });

  await t.test('what the new data changed is a list of images', async () => {
    await page.goto('/security');
    await hydrated(page);
    await page.getByRole('link', { name: 'What update 1 of the vulnerability data changed' }).click();
    await page.getByRole('heading', { name: 'What update 1 changed' }).waitFor();
    const row = page.getByRole('row').filter({ hasText: 'shop' });
    await row.getByText('+1 critical, +1 unspecified', { exact: true }).waitFor();
    assert.deepEqual(await images(page).allTextContents(), ['admin / blog', 'admin / shop']);
    for (const scheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme: scheme });
      await accessible(page, `what changed, ${scheme}`);
      await picture(page, `07-changed-${scheme}`);
    }
    await page.getByRole('link', { name: 'New critical' }).click();
    await page.waitForURL('**/security/changes/1?change=critical');
    await page.getByRole('row').filter({ hasText: 'blog' }).waitFor({ state: 'detached' });
    assert.deepEqual(await images(page).allTextContents(), ['admin / shop']);
    await page.getByRole('link', { name: 'Not worse' }).click();
    await page.getByRole('heading', { name: 'No such image' }).waitFor();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('link', { name: 'All', exact: true }).click();
    await row.waitFor();
    await fits(page, 'what changed');
    await picture(page, '07-changed-360');
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto('/system/security');
    await hydrated(page);
    await page.getByRole('row').filter({ hasText: 'osv.zip' }).getByRole('link', { name: '2', exact: true }).click();
    await page.waitForURL('**/security/changes/1');
    clean(page, 'what changed');
  });

  await t.test('others see what they may see', async () => {
    const ada = await open(t, browser, server);
    await signIn(ada, 'ada', 'a password of Ada');
    await ada.goto('/security/changes/1');
    await ada.getByRole('heading', { name: 'What update 1 changed' }).waitFor();
    await ada.getByRole('table').waitFor();
    assert.deepEqual(await images(ada).allTextContents(), ['admin / blog']);
    await ada.goto(`/security?q=${CVE}`);
    await ada.getByRole('heading', { name: 'Not in any image' }).waitFor();
    await ada.goto('/security?q=libssl3');
    await found(ada, 'libssl3');
    assert.deepEqual(await images(ada).allTextContents(), ['admin / blog']);
    await ada.goto('/system/security');
    assert.equal(await ada.getByText('Vulnerability data').count(), 0);
  });
});
