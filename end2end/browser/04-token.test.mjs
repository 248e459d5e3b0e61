// Journey 4: a developer takes an access token from the profile, and pushes with it. It can be rotated without a gap, and revoked.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { daemon, missing } from '../lib/docker.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { Repository, tar } from '../lib/registry.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };

/** Makes a token on the page, and answers its secret. */
async function make(page, description) {
  await page.getByLabel('Description').fill(description);
  await page.getByRole('button', { name: 'Make access token' }).click();
  return shown(page);
}

const shown = async (page) => {
  const box = page.getByRole('status').filter({ hasText: 'Copy the token now' });
  return (await box.locator('code').first().textContent()).trim();
};

test('a token from the profile pushes, is rotated and revoked', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  await server.createRepository('ada/app');
  await server.createRepository('admin/app');
  const page = await open(t, await launch(t), server);
  await signIn(page, ADA.user, ADA.password);
  await hydrated(page);
  await page.locator('summary.avatar').click();
  await page.getByRole('link', { name: 'Access tokens' }).click();
  await page.getByRole('heading', { name: 'New access token' }).waitFor();
  await hydrated(page);
  const secret = await make(page, 'laptop');
  assert.match(secret, /^plim_at_[0-9A-Za-z]{49}$/);
  await picture(page, 'token-made');
  await accessible(page, 'a token that was just made');

  const reason = missing();
  if (reason) t.diagnostic(`pushed by our own client: ${reason}`);
  const { docker, refused, home } = reason ? {} : await daemon(t);
  const login = (password) => ['login', '--username', ADA.user, '--password', password, server.host];
  const push = async (password) => {
    if (reason) return new Repository(server, 'ada/app', { user: ADA.user, password }).pushImage('1.0');
    await writeFile(join(home, 'image.tar'), tar({ 'hello.txt': 'hello' }));
    const target = `${server.host}/ada/app:1.0`;
    await docker('import', join(home, 'image.tar'), target);
    await docker(...login(password));
    return docker('push', target);
  };
  await push(secret);
  if (!reason) {
    await docker('tag', `${server.host}/ada/app:1.0`, `${server.host}/admin/app:1.0`);
    const why = await refused('push', `${server.host}/admin/app:1.0`);
    assert.match(why, /may not see it.*administrator/s, 'what is missing, and who can grant it');
  }
  const tag = await server.must('GET', '/api/v0/repositories/ada/app/tags/1.0', undefined, ADA);
  assert.equal([tag].flat()[0].author, 'ada', 'the tag says who pushed');

  await page.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row').filter({ hasText: 'laptop' });
  await row.getByRole('button', { name: 'Rotate' }).click();
  const second = await shown(page);
  assert.notEqual(second, secret);
  for (const password of [secret, second]) await push(password);

  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await row.waitFor({ state: 'detached' });
  if (reason) await assert.rejects(push(second));
  else assert.match(await refused(...login(second)), /not valid|unauthorized/i);
  clean(page, 'journey 4');
});
