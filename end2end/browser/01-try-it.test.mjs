// Journey 1: an operator tries it. Start, sign in, push with the commands of the empty page, and see the tag appear by itself.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { daemon, missing } from '../lib/docker.mjs';
import { ADMIN, PASSWORD, Plimsoll } from '../lib/program.mjs';
import { Repository, tar } from '../lib/registry.mjs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The commands that the page offers to copy. */
const commands = (page) => page.locator('.steps code').allTextContents();

test('from an empty registry to the first pushed tag', async (t) => {
  const server = await Plimsoll.start(t);
  const page = await open(t, await launch(t), server);
  await page.goto('/');
  await signIn(page);
  await hydrated(page);
  await page.getByRole('heading', { name: 'No repositories yet' }).waitFor();
  await picture(page, 'empty');
  await accessible(page, 'the empty list');

  await page.getByRole('link', { name: 'New repository' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('hello');
  await page.getByRole('button', { name: /^(Create|New|Make)/ }).click();
  await page.waitForURL(/\/repositories\/admin\/hello\/tags/);
  await page.getByRole('heading', { name: 'No image yet' }).waitFor();
  const target = `${server.host}/${ADMIN}/hello:dev`;
  assert.deepEqual(await commands(page), [`docker login -u ${ADMIN} ${server.host}`, `docker tag hello:dev ${target}`, `docker push ${target}`]);
  await picture(page, 'first-push');

  await page.evaluate(() => (window.untouched = true));
  const reason = missing();
  if (reason) {
    t.diagnostic(`pushed by our own client: ${reason}`);
    await new Repository(server, `${ADMIN}/hello`).pushImage('dev');
  } else {
    const { docker, home } = await daemon(t);
    await writeFile(join(home, 'image.tar'), tar({ 'hello.txt': 'hello' }));
    await docker('import', join(home, 'image.tar'), 'hello:dev');
    for (const command of await commands(page)) {
      const words = command.split(' ').slice(1);
      await docker(...(words[0] === 'login' ? ['login', '--password', PASSWORD, ...words.slice(1)] : words));
    }
  }
  await page.getByRole('link', { name: 'dev', exact: true }).waitFor();
  assert.equal(await page.evaluate(() => window.untouched), true, 'the tag appeared without a new page');
  await picture(page, 'tag-appeared');
  clean(page, 'journey 1');
});

test('the password of the first start is printed once and works', async (t) => {
  const server = await Plimsoll.start(t, { env: { PLIMSOLL_ADMIN_PASSWORD: undefined } });
  const password = /password[^\n]*?[:\s]([A-Za-z0-9_-]{16,})\s/i.exec(server.log)?.[1];
  assert.ok(password, `a generated password in:\n${server.log}`);
  const page = await open(t, await launch(t), server);
  await signIn(page, ADMIN, password);
  assert.match(page.url(), /\/repositories/);
  await server.stop();
  await server.launch();
  assert.ok(!server.log.includes(password), 'a second start does not print it');
});
