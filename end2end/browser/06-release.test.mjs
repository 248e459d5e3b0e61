// Journey 6: a release owner lets clean images through. They choose criteria, look at what these would do, save and apply; and for any
// tag they read, one click from the list, why it was promoted or not.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { CRITICAL, bundle, debian, load, record, settled } from '../lib/flaws.mjs';
import { Plimsoll, eventually } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const CVE = 'CVE-2026-0001';
const [HIT, FIXED] = ['3.0.11-1~deb12u1', '3.0.11-1~deb12u2'];
const BUILD = '/repositories/admin/flask_build';

const image = (version) => ({ layers: [['ADD rootfs /', debian(version)]] });
const tags = async (server, name) => (await server.must('GET', `/api/v0/repositories/admin/${name}/tags`)).map((tag) => tag.name);

/** Chooses criterion, operator and value in a row of the form. */
async function criterion(page, row, [field, operator, value]) {
  const rule = page.locator('.rule').nth(row);
  await rule.getByLabel('Criterion', { exact: true }).selectOption({ label: field });
  await rule.getByLabel('Operator', { exact: true }).selectOption({ label: operator });
  await rule.getByLabel('Value', { exact: true }).fill(value);
}

/** Looks at the page in both themes and narrow. */
async function look(page, name) {
  for (const scheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: scheme });
    await accessible(page, `${name}, ${scheme}`);
    await picture(page, `06-${name}-${scheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, name);
  await picture(page, `06-${name}-360`);
  await page.setViewportSize({ width: 1280, height: 800 });
  clean(page, name);
}

test('a release owner lets clean images through, and reads why others stay', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/flask_build', { immutableTags: true });
  await server.createRepository('admin/flask');
  await load(server, bundle(record(CVE, FIXED, CRITICAL)));
  const build = new Repository(server, 'admin/flask_build');
  await build.pushImage('65', image(HIT));
  await build.pushImage('66', image(FIXED));
  await settled(server);
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page);

  await t.test('criteria are chosen, and what they would do stands beside them', async () => {
    await page.goto(`${BUILD}/tags`);
    await hydrated(page);
    await page.getByRole('link', { name: 'Promotions' }).click();
    await page.getByText('This repository has no promotion policies.').waitFor();
    await page.getByRole('link', { name: 'New promotion policy' }).click();
    await page.getByRole('heading', { name: 'What it would do now' }).waitFor();
    const trial = page.getByRole('region', { name: 'What it would do now' });
    await criterion(page, 0, ['All vulnerabilities', 'less than or equals', '5']);
    await trial.getByText('Would promote as 65').waitFor();
    await criterion(page, 0, ['All vulnerabilities', 'less than or equals', '0']);
    await trial.getByText(`${CVE} in libssl3`).waitFor();
    await page.getByLabel('not', { exact: true }).check();
    await trial.getByText('Would promote as 65').waitFor();
    await page.getByLabel('not', { exact: true }).uncheck();
    await trial.getByText(`${CVE} in libssl3`).waitFor();
    await page.getByRole('button', { name: 'Add criterion' }).click();
    await criterion(page, 1, ['Component version', 'less than', '4']);
    await page.getByLabel('Name of the component').last().fill('libssl3');
    await trial.getByText('Would promote as 66').waitFor();
    await page.getByLabel('Target repository').fill('admin/flask');
    await look(page, 'policy');
  });

  await t.test('saved and applied, what is clean moves', async () => {
    await page.getByRole('button', { name: 'Remove criterion' }).last().click();
    await page.getByRole('button', { name: 'Save & Apply' }).click();
    await page.getByRole('heading', { name: 'To admin/flask' }).waitFor();
    await server.must('POST', '/api/v0/repositories/admin/flask_build/promotionPolicies', {
      rules: [{ field: 'vulnerability_all', operator: 'lte', values: ['0'] }],
      tagTemplate: 'latest', targetRepository: 'admin/flask',
    });
    await eventually('both tags are there', async () => (await tags(server, 'flask')).join() === '66,latest');
    await page.reload();
    await hydrated(page);
    await page.getByRole('row').filter({ hasText: 'latest' }).getByText('Promoted', { exact: true }).waitFor();
    const way = page.getByRole('region', { name: 'Where images go' });
    await way.getByRole('link', { name: 'admin/flask', exact: true }).waitFor();
    await way.getByRole('img', { name: /admin\/flask_build to admin\/flask as latest \(on\)/ }).waitFor();
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('Now it would promote 1 tag, and not 1.').first().waitFor();
    await look(page, 'promotions');
    await page.goto('/repositories/admin/flask/promotions?side=target');
    await hydrated(page);
    assert.equal(await page.getByRole('heading', { name: 'From admin/flask_build' }).count(), 2);
    await page.goto('/repositories/admin/flask/tags');
    await hydrated(page);
    await page.getByRole('row').filter({ hasText: '66' }).getByText('Promoted', { exact: true }).waitFor();
    await look(page, 'promoted-tags');
    await page.goto('/repositories/admin/flask/tags/66/policies');
    await hydrated(page);
    await page.getByText('What the policy said of it then').click();
    await page.getByRole('listitem').getByText(/vulnerabilit/i).first().waitFor();
    await look(page, 'origin');
  });

  await t.test('for any tag, one click from the list, why', async () => {
    await page.goto(`${BUILD}/tags`);
    await hydrated(page);
    await page.getByRole('row').filter({ has: page.getByRole('link', { name: '65', exact: true }) }).getByRole('link', { name: 'Policies' }).click();
    await page.getByRole('heading', { name: 'Why 65 was promoted, or was not' }).waitFor();
    await page.getByText('Not promoted: a criterion does not hold.').first().waitFor();
    await page.getByText(`${CVE} in libssl3 ${HIT}`).first().waitFor();
    await look(page, 'why');
    await page.goto(`${BUILD}/tags/66/policies`);
    await hydrated(page);
    await page.getByText('Promoted as latest.').waitFor();
  });

  await t.test('what is set aside counts at once, and a policy is changed', async () => {
    await server.must('POST', '/api/v0/repositories/admin/flask_build/overrides', { component: 'libssl3', cve: CVE, notes: 'not reached' });
    await eventually('it moves', async () => (await tags(server, 'flask')).includes('65'));
    await page.goto(`${BUILD}/promotions`);
    await hydrated(page);
    await page.getByRole('link', { name: 'Edit' }).first().click();
    await page.getByRole('heading', { name: 'Revisions' }).waitFor();
    await page.getByLabel('Tag name in target').fill('%n-stable');
    await page.getByText('Against what is saved:').waitFor();
    await look(page, 'change');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Policy saved').waitFor();
    await page.getByText('%n-stable', { exact: true }).waitFor();
    assert.ok(!(await tags(server, 'flask')).includes('66-stable'), 'it is for future pushes');
    await build.pushImage('67', image(FIXED));
    await eventually('the new one moves', async () => (await tags(server, 'flask')).includes('67-stable'));
  });

  await t.test('a bad criterion is said where it is written', async () => {
    await page.goto(`${BUILD}/promotions/new`);
    await hydrated(page);
    await criterion(page, 0, ['All vulnerabilities', 'less than or equals', 'few']);
    await page.getByText(/Criterion 1: /).first().waitFor();
    await page.getByLabel('Target repository').fill('admin/flask_build');
    await criterion(page, 0, ['All vulnerabilities', 'less than or equals', '0']);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('admin/flask_build cannot be promoted to itself; choose another target.').waitFor();
  });

  await t.test('somebody promotes by hand', async () => {
    await page.goto(`${BUILD}/tags/67/policies`);
    await hydrated(page);
    await page.getByLabel('Target repository').fill('admin/flask');
    await page.getByLabel('Target tag').fill('by-hand');
    await page.getByRole('button', { name: 'Promote', exact: true }).click();
    await page.getByText('Promoted to admin/flask:by-hand').waitFor();
    assert.ok((await tags(server, 'flask')).includes('by-hand'));
  });

  await t.test('tags that must not change are named by patterns', async () => {
    await page.goto('/repositories/admin/flask/settings');
    await hydrated(page);
    const patterns = page.getByLabel('Immutable tag patterns');
    await patterns.fill('a b');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/no tag can fit the pattern/).waitFor();
    await patterns.fill('6*\n!latest');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Settings saved').waitFor();
    const flask = new Repository(server, 'admin/flask');
    await assert.rejects(flask.pushImage('66', image(HIT)), /is an immutable repository for tags like 6\*/);
    await flask.pushImage('latest', image(HIT));
  });

  await t.test('a second push of a tag is refused, in DTR\'s words', async () => {
    await assert.rejects(build.pushImage('66', image(HIT)), /tag=66 cannot be overwritten because .*\/admin\/flask_build is an immutable repository/);
  });
});
