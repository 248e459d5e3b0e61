// Journey 11: someone without an account sees and pulls what is public, and cannot tell that anything else exists.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, hydrated, launch, open, picture } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

test('a visitor sees the public and never the private', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/open', { visibility: 'public', shortDescription: 'for everybody' });
  await server.createRepository('admin/secret-thing');
  await new Repository(server, 'admin/open').pushImage('1.0');
  await new Repository(server, 'admin/secret-thing').pushImage('1.0');

  const page = await open(t, await launch(t), server);
  await page.goto('/');
  await hydrated(page);
  await page.getByRole('link', { name: /open/ }).waitFor();
  assert.ok(!(await page.content()).includes('secret-thing'), 'the private repository is not in the page');
  await accessible(page, 'the public list');
  await picture(page, 'visitor-list');

  await page.getByRole('link', { name: /open/ }).click();
  await page.getByRole('link', { name: '1.0', exact: true }).click();
  await page.getByRole('link', { name: 'Layers' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Settings' }).count(), 0, 'no settings for a visitor');
  clean(page, 'the public pages');

  const [hidden, absent] = await Promise.all(
    ['secret-thing', 'absent'].map(async (name) => {
      const answer = await page.request.get(`/repositories/admin/${name}/tags`);
      return { status: answer.status(), text: (await answer.text()).replaceAll(name, 'NAME') };
    }),
  );
  assert.equal(hidden.status, absent.status, 'private and absent answer alike');
  assert.ok([401, 404].includes(hidden.status), `status ${hidden.status}`);
});

test('a visitor pulls the public image and not the private one', async (t) => {
  const server = await Plimsoll.start(t);
  const published = { bytes: undefined };
  for (const [name, visibility] of [['open', 'public'], ['secret-thing', 'private']]) {
    await server.createRepository(`admin/${name}`, { visibility });
    published[name] = await new Repository(server, `admin/${name}`).pushImage('1.0');
  }
  const visitor = (name) => new Repository(server, `admin/${name}`, { user: null });
  const manifest = await (await visitor('open').expect(200, 'GET', '/manifests/1.0')).json();
  for (const { digest, size } of [manifest.config, ...manifest.layers]) {
    const blob = await visitor('open').expect(200, 'GET', `/blobs/${digest}`);
    assert.equal((await blob.arrayBuffer()).byteLength, size);
  }
  await visitor('open').expect(401, 'PUT', '/manifests/2.0', { body: '{}' });
  for (const path of ['/manifests/1.0', `/manifests/${published['secret-thing'].digest}`, '/tags/list', `/blobs/${manifest.config.digest}`]) {
    const [hidden, absent] = await Promise.all([visitor('secret-thing').request('GET', path), visitor('absent').request('GET', path)]);
    assert.equal(hidden.status, 401, path);
    assert.deepEqual([hidden.status, (await hidden.json()).errors[0].code], [absent.status, (await absent.json()).errors[0].code], path);
  }
});
