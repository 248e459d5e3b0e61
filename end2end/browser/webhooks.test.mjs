// Webhooks: somebody who administers a repository has another program told what happens, looks at what was told, has it told again, and
// reads what happened in the repository.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, eventually } from '../lib/program.mjs';
import { allowLoopback, receiver } from '../lib/receiver.mjs';
import { Repository } from '../lib/registry.mjs';

const APP = '/repositories/admin/app';

/** Looks at the page in both themes and narrow. */
async function look(page, name) {
  for (const scheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: scheme });
    await accessible(page, `${name}, ${scheme}`);
    await picture(page, `webhooks-${name}-${scheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, name);
  await picture(page, `webhooks-${name}-360`);
  await page.setViewportSize({ width: 1280, height: 800 });
  clean(page, name);
}

test('others are told what happens, and it can be looked at', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/app', { scanOnPush: false });
  await allowLoopback(server);
  let status = 200;
  const gitlab = await receiver(t, (response) => response.writeHead(status).end('thanks'));
  const build = new Repository(server, 'admin/app');
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page);

  await t.test('a webhook is made, tried, and says its secret once', async () => {
    await page.goto(`${APP}/tags`);
    await hydrated(page);
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('No webhooks').waitFor();
    await page.getByRole('link', { name: 'New webhook' }).click();
    await page.getByRole('heading', { name: 'New webhook' }).waitFor();
    await page.getByLabel('Tag pushed to repository').check();
    await page.getByLabel('Webhook URL').fill(`${gitlab.url}trigger?token=glptt-0123456789abcdef`);
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Payload sent').waitFor();
    await page.getByLabel('Sign requests').check();
    await page.getByText('Show advanced settings').click();
    await look(page, 'new');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText(/^whsec_/).waitFor();
    await page.getByRole('link', { name: 'Go to the webhook' }).click();
    await page.getByText('Nothing was told yet.').waitFor();
    assert.ok(!(await page.content()).includes('glptt'), 'the token is masked');
  });

  await t.test('what it told is in the log, and is told again', async () => {
    await build.pushImage('1.0');
    await eventually('it is told', () => gitlab.sent.some(({ headers }) => headers['webhook-signature']));
    await page.reload();
    await hydrated(page);
    await page.getByText('Delivered').waitFor();
    await page.getByRole('link', { name: 'TAG_PUSH' }).click();
    await page.getByText('"imageName"').waitFor();
    await look(page, 'one');
    const before = gitlab.sent.length;
    await page.getByRole('button', { name: 'Redeliver' }).click();
    await eventually('it is told again', () => gitlab.sent.length > before);
    assert.equal(gitlab.sent.at(-1).id, gitlab.sent.at(-2).id, 'by the same id');
  });

  await t.test('what the receiver never takes is given up', async () => {
    status = 500;
    await build.pushImage('2.0');
    await eventually('it is refused', () => gitlab.sent.at(-1).body.contents.tag === '2.0');
    status = 200;
    await page.reload();
    await hydrated(page);
    await page.getByRole('button', { name: 'Give up' }).click();
    await page.getByText('Given up', { exact: true }).waitFor();
    await page.getByText('given up by hand').waitFor();
  });

  await t.test('the list says how it is, and switches it off', async () => {
    await page.goto(`${APP}/webhooks`);
    await hydrated(page);
    await page.getByText('Not encrypted').waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Payload sent').waitFor();
    await look(page, 'list');
    await page.getByRole('switch').uncheck();
    await page.getByText('Switched off').waitFor();
  });

  await t.test('it is changed, and keeps what is not shown', async () => {
    await page.getByRole('link', { name: 'Tag pushed to repository' }).click();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByRole('heading', { name: 'Change webhook' }).waitFor();
    await page.getByLabel('Tags').fill('v*');
    await look(page, 'change');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('v*').waitFor();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('Switched on').waitFor();
    const before = gitlab.sent.length;
    await build.pushImage('2.0');
    await build.pushImage('v1');
    await eventually('the tag of the pattern is told', () => gitlab.sent.length > before);
    assert.equal(gitlab.sent.at(-1).body.contents.tag, 'v1');
    assert.match(gitlab.sent.at(-1).url, /glptt-0123456789abcdef$/, 'the token is kept');
  });

  await t.test('the repository has its activity', async () => {
    await page.getByRole('link', { name: 'Activity' }).last().click();
    await page.getByText('1.0').first().waitFor();
    await server.must('GET', '/v2/admin/app/manifests/1.0');
    const pulls = async () => (await server.must('GET', '/api/v0/repositories/admin/app/events?eventType=GET')).events;
    await eventually('the pull is recorded', async () => (await pulls()).some(({ object }) => object.type === 'tag'));
    await page.getByLabel('Pulls').selectOption({ label: 'With pulls' });
    await page.getByRole('row').filter({ hasText: 'GET' }).filter({ hasText: '1.0' }).first().waitFor();
    await look(page, 'activity');
  });

  await t.test('the registry, an organization and a user have their webhooks too', async () => {
    await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
    for (const [path, name] of [['/system/webhooks', 'registry'], ['/orgs/acme/webhooks', 'organization'], ['/users/admin/webhooks', 'user'], ['/system/webhooks/new', 'registry-new']]) {
      await page.goto(path);
      await hydrated(page);
      await page.getByText('New webhook').first().waitFor();
      await look(page, name);
    }
    await page.getByLabel('Security scanner update completed').waitFor();
    assert.equal(await page.getByLabel('mirrored').count(), 0, 'what is never told is not offered');
    await page.goto('/system/activity');
    await hydrated(page);
    assert.ok(!(await page.content()).includes('glptt'), 'the token is masked');
    await look(page, 'registry-activity');
  });

  await t.test('where requests may go is set', async () => {
    await page.goto('/system/settings/general');
    await hydrated(page);
    await page.getByLabel('Allowed networks').fill('10.1.2.3/8');
    await page.getByRole('button', { name: 'Save outgoing requests' }).click();
    await page.getByText('10.1.2.3/8').last().waitFor();
    await look(page, 'outgoing-refused');
    await page.getByLabel('Allowed networks').fill('127.0.0.0/8\n10.1.2.0/24');
    await page.getByRole('button', { name: 'Save outgoing requests' }).click();
    await page.getByText('Settings saved').waitFor();
    const { outgoingAllowedNetworks } = await server.must('GET', '/api/v0/meta/settings');
    assert.deepEqual(outgoingAllowedNetworks, ['10.1.2.0/24', '127.0.0.0/8']);
    await look(page, 'outgoing');
  });
});
