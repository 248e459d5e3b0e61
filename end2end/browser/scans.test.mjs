// Scans in the interface: in the list of tags while they go on, on an image's page, by layer and by component.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { accessible, clean, hydrated, launch, open, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { Repository, TYPES, tar } from '../lib/registry.mjs';
import { bundle, CRITICAL, DEBIAN, dpkg, MAJOR, python, record, scanned, upload } from '../lib/scans.mjs';

const REPOSITORY = 'admin/app';
const LAYERS = [
  ['ADD rootfs.tar / ', { ...DEBIAN, ...dpkg([['libssl3', '3.0.11-1', 'openssl'], ['bash', '5.2.15-2']]) }],
  ['RUN pip install numpy', { ...python('numpy', '1.16.0'), ...python('urllib3', '1.24.1') }],
  ['RUN rm -r numpy', { 'usr/lib/python3/dist-packages/.wh.numpy-1.16.0.dist-info': '' }],
];
const RECORDS = [
  record('DEBIAN-CVE-2026-0001', 'Debian:12', 'openssl', { fixed: '3.0.11-2', vector: CRITICAL, summary: 'Reads <b>too</b> far' }),
  record('DEBIAN-CVE-2026-0002', 'Debian:12', 'openssl', {}),
  record('PYSEC-2026-3', 'PyPI', 'urllib3', { vector: MAJOR, fixed: '1.25', aliases: ['CVE-2026-0003'] }),
  record('PYSEC-2026-4', 'PyPI', 'numpy', { vector: CRITICAL, aliases: ['CVE-2026-0004'] }),
];
for (const one of RECORDS.slice(0, 2)) one.upstream = [one.id.slice('DEBIAN-'.length)];
const OTHERS = {
  'epss.csv': 'cve,epss,percentile\nCVE-2026-0001,0.9321,0.99\n',
  'kev.json': JSON.stringify({ vulnerabilities: [{ cveID: 'CVE-2026-0001', dateAdded: '2026-10-01' }] }),
};

/** Attaches a bill of materials to a manifest, as its referrer. */
async function attach(repository, subject, bill) {
  const mediaType = 'application/spdx+json';
  const config = await repository.pushBlob(Buffer.from('{}'));
  const layer = await repository.pushBlob(Buffer.from(JSON.stringify(bill)));
  await repository.pushManifest(undefined, {
    schemaVersion: 2, mediaType: TYPES.manifest, artifactType: mediaType, subject: { mediaType: TYPES.manifest, digest: subject, size: 1 },
    config: { mediaType: 'application/vnd.oci.empty.v1+json', ...config }, layers: [{ mediaType, ...layer }],
  });
}

test('scans', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createUser('ada', 'a password of Ada');
  await server.createRepository(REPOSITORY, { visibility: 'public' });
  const repository = new Repository(server, REPOSITORY);
  const browser = await launch(t);
  const page = await open(t, browser, server);
  await signIn(page);
  const tags = `/repositories/${REPOSITORY}/tags`;
  const image = (tab, query = '', tag = '1.0') => `/repositories/${REPOSITORY}/${tag}/linux/amd64/${tab}${query}`;
  const row = (tag) => page.getByRole('row').filter({ has: page.getByRole('link', { name: tag, exact: true }) });
  const said = page.locator('.sr[role=status]');

  await t.test('the list of tags follows a scan, and does not take it for a push', async () => {
    await page.goto(tags);
    await hydrated(page);
    await repository.pushImage('1.0', { layers: LAYERS });
    await row('1.0').getByText('Scanned, no vulnerability data').waitFor();
    await server.must('PATCH', `/api/v0/repositories/${REPOSITORY}`, { scanOnPush: false });
    await repository.pushImage('by-hand', { layers: [['ADD bash /', { ...DEBIAN, ...dpkg([['bash', '5.2.15-2']]) }]] });
    const start = row('by-hand').getByRole('button', { name: 'Start a scan of by-hand' });
    await start.waitFor();
    await page.waitForFunction(() => document.querySelector('.sr[role=status]').textContent === 'Tag by-hand was pushed');
    await page.evaluate(() => {
      globalThis.heard = [];
      const region = document.querySelector('.sr[role=status]');
      new MutationObserver(() => globalThis.heard.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
    });
    await start.focus();
    await page.keyboard.press('Enter');
    await row('by-hand').getByText('Scanned, no vulnerability data').waitFor();
    const heard = await page.evaluate(() => globalThis.heard);
    assert.deepEqual(heard.filter((words) => words.includes('pushed')), [], 'nothing was pushed');
  });

  await t.test('without data the page says so, and where to bring some', async () => {
    await page.goto(image('components'));
    await page.getByText('There is no vulnerability data yet').waitFor();
    assert.equal(await page.getByRole('link', { name: 'System, Security' }).getAttribute('href'), '/system/security');
    assert.equal(await page.getByText('Clean', { exact: true }).count(), 0);
  });

  await upload(server, bundle(RECORDS, OTHERS));

  await t.test('the list shows what was found; only what is clean has the shield', async () => {
    await repository.pushManifest('broken', await broken(repository));
    await server.must('POST', `/api/v0/imagescan/scan/${REPOSITORY}/broken/linux/amd64`);
    await scanned(server, REPOSITORY, 'broken');
    await page.goto(tags);
    await row('1.0').getByText('1 Critical').waitFor();
    await row('1.0').getByText('1 Major').waitFor();
    await row('1.0').getByText('1 Unspecified').waitFor();
    await row('by-hand').getByText('Clean').waitFor();
    await row('broken').getByText('Incomplete').waitFor();
    assert.equal(await page.getByText('Clean', { exact: true }).count(), 1);
  });

  await t.test('a layer shows what it brings, and what a later one takes away', async () => {
    await page.goto(image('layers'));
    await hydrated(page);
    const layers = page.locator('.layers > li');
    await layers.nth(0).locator('summary').getByText('2 components').waitFor();
    await layers.nth(0).locator('summary').getByText('Critical').waitFor({ state: 'attached' });
    await layers.nth(1).locator('summary').focus();
    await page.keyboard.press('Enter');
    await layers.nth(1).getByText('removed by layer 3').waitFor();
    assert.equal(await layers.nth(1).locator('s').textContent(), 'numpy');
    await layers.nth(1).getByRole('link', { name: 'urllib3' }).click();
    await page.waitForURL(/components\?layer=2&component=/);
    await page.getByRole('link', { name: 'CVE-2026-0003' }).waitFor();
    await page.goto(image('layers', '', 'broken'));
    await page.getByText('Incomplete').first().waitFor();
    await page.locator('.layers summary').first().click();
    await page.getByText('was not read to its end').waitFor();
  });

  await t.test('a component opens by keyboard and says all of its findings', async () => {
    await page.goto(image('components'));
    await hydrated(page);
    const link = page.getByRole('link', { name: /^libssl3/ });
    await link.focus();
    await page.keyboard.press('Enter');
    const finding = page.locator('.flaws tbody tr').first();
    await finding.getByText('9.8').waitFor();
    assert.equal(await link.getAttribute('aria-expanded'), 'true');
    assert.ok(await link.evaluate((element) => element === document.activeElement), 'the focus stays');
    for (const words of ['Reads <b>too</b> far', '3.0.11-2', '93.2 %', 'Exploited', CRITICAL]) await finding.getByText(words).waitFor();
    const flaw = finding.getByRole('link', { name: 'CVE-2026-0001' });
    assert.equal(await flaw.getAttribute('href'), 'https://osv.dev/vulnerability/CVE-2026-0001');
    await page.locator('.flaws tbody tr').nth(1).getByText('No fix yet').waitFor();
    await page.keyboard.press('Enter');
    await finding.waitFor({ state: 'detached' });
  });

  await t.test('the filters are in the address', async () => {
    await page.goto(image('components'));
    await hydrated(page);
    const names = async () => (await page.locator('.parts > table > tbody a.name').allTextContents()).map((name) => name.split(' ')[0].trim());
    assert.deepEqual(await names(), ['libssl3', 'urllib3', 'bash', 'numpy']);
    await page.getByLabel('Severity').selectOption('major');
    await page.waitForURL(/severity=major/);
    await page.getByText('1 of 4 components').waitFor();
    assert.deepEqual(await names(), ['urllib3']);
    await page.goto(image('components', '?fix=yes&layer=1'));
    assert.deepEqual(await names(), ['libssl3']);
    await page.goto(image('components', '?since=2999-01-01'));
    await page.getByText('No component fits these filters.').waitFor();
    await page.goto(image('components', '?filter=cve-2026-0003'));
    assert.deepEqual(await names(), ['urllib3']);
    clean(page, 'scans');
  });

  await t.test('a finding is set aside in one dialog, with the reason and until when, and counts again', async () => {
    await page.goto(image('components', '?component=urllib3%401.24.1'));
    await hydrated(page);
    await page.locator('.head').getByText('1 Major').waitFor();
    await page.getByRole('button', { name: 'Set aside CVE-2026-0003 in urllib3' }).click();
    const dialog = page.getByRole('dialog', { name: 'Set CVE-2026-0003 aside' });
    await dialog.getByLabel('Why').selectOption('vulnerable_code_not_in_execute_path');
    await dialog.getByLabel('Note').fill('Nothing here talks HTTP.');
    await dialog.getByLabel('Until').fill('2001-01-01');
    await dialog.getByRole('button', { name: 'Set aside' }).click();
    await dialog.getByText('expiresAt lies in the past.').waitFor();
    await dialog.getByLabel('Until').fill('2999-12-31');
    await dialog.getByRole('button', { name: 'Set aside' }).click();
    const finding = page.locator('.flaws tbody tr').first();
    for (const words of ['by admin', 'The vulnerable code is never run', 'Nothing here talks HTTP.', 'in this repository', '2999']) {
      await finding.getByText(words).waitFor();
    }
    await page.locator('.head').getByText('1 set aside').waitFor();
    assert.equal(await page.locator('.head').getByText('Major').count(), 0);
    const [given] = await server.must('GET', `/api/v0/repositories/${REPOSITORY}/overrides`);
    assert.equal(given.justification, 'vulnerable_code_not_in_execute_path');
    assert.equal(given.componentVersion, '1.24.1');
    const other = await open(t, browser, server);
    await signIn(other, 'ada', 'a password of Ada');
    await other.goto(image('components', '?component=urllib3%401.24.1'));
    await hydrated(other);
    await other.getByText('Nothing here talks HTTP.').waitFor();
    assert.equal(await other.getByRole('button', { name: /[Aa]side|again/ }).count(), 0, 'who may only read');
    await finding.getByRole('button', { name: 'Count CVE-2026-0003 again' }).click();
    await page.getByRole('button', { name: 'Count again' }).click();
    await page.locator('.head').getByText('1 Major').waitFor();
    assert.deepEqual(await server.must('GET', `/api/v0/repositories/${REPOSITORY}/overrides`), []);
    clean(page, 'set aside');
  });

  await t.test('two images are compared: components and findings that only one of them has', async () => {
    await page.goto(image('layers'));
    await hydrated(page);
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.getByLabel('Compare with').fill('by-hand');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.waitForURL(/compare\?with=by-hand/);
    const rows = (heading) => page.locator(`h2:has-text("${heading}") + .card tbody tr`);
    await rows('Components that differ').first().waitFor();
    const text = (await rows('Components that differ').allTextContents()).join(' | ');
    assert.match(text, /libssl3.*3\.0\.11-1.*not there/);
    assert.match(text, /urllib3.*1\.24\.1.*not there/);
    assert.doesNotMatch(text, /bash|numpy/, 'what both have, and what a layer took away');
    assert.match(await rows('Findings of this image alone').first().textContent(), /CVE-2026-0001.*Critical.*libssl3/);
    await page.getByText('The other image has no finding that this one has not.').waitFor();
    await page.goto(image('compare', '?with=no-such-tag'));
    await page.getByText('no-such-tag').first().waitFor();
    clean(page, 'compare');
  });

  await t.test('an attached bill of materials stands beside what was found', async () => {
    await page.goto(image('referrers'));
    await page.getByText('No signature, bill of materials').waitFor();
    const { digest } = (await server.must('GET', `/api/v0/repositories/${REPOSITORY}/tags/1.0`))[0];
    await attach(repository, digest, {
      spdxVersion: 'SPDX-2.3',
      packages: [['libssl3', 'pkg:deb/debian/libssl3@3.0.11-1'], ['urllib3', 'pkg:pypi/urllib3@1.24.2'], ['firmware', undefined]].map(([name, purl]) => ({
        name, SPDXID: `SPDXRef-${name}`,
        externalRefs: purl ? [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }] : [],
      })),
    });
    await attach(repository, digest, { spdxVersion: 'SPDX-9' });
    await page.reload();
    const bills = page.locator('#bills');
    await bills.getByText('It lists 2 components; 1 of them the scan did not find. 1 more cannot be matched').waitFor();
    const only = bills.getByRole('row').filter({ hasText: 'urllib3' });
    assert.match(await only.textContent(), /1\.24\.2.*1 *Major.*CVE-2026-0003/);
    assert.equal(await bills.getByRole('row').filter({ hasText: 'libssl3' }).count(), 0, 'the scan found it');
    await bills.getByText('the document is of version "SPDX-9"').waitFor();
    await accessible(page, 'bills of materials');
  });

  await t.test('a thousand components are shown a hundred at a time', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => [`package-${index}`, '1.0']);
    await repository.pushImage('many', { layers: [['ADD many /', { ...DEBIAN, ...dpkg(many) }]] });
    await server.must('POST', `/api/v0/imagescan/scan/${REPOSITORY}/many/linux/amd64`);
    await scanned(server, REPOSITORY, 'many');
    await page.goto(image('components', '', 'many'));
    await hydrated(page);
    const rows = page.locator('.parts > table > tbody > tr');
    assert.equal(await rows.count(), 100);
    await page.getByText('100 of 1000 components').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.getByText('200 of 1000 components').waitFor();
    assert.equal(await rows.count(), 200);
  });

  await t.test('a scan is started from the page, and not by who may only read', async () => {
    await page.goto(image('layers', '', 'by-hand'));
    await hydrated(page);
    await page.getByRole('button', { name: 'Scan again' }).click();
    await page.locator('.head').getByText('Clean').waitFor();
    const other = await open(t, browser, server);
    await signIn(other, 'ada', 'a password of Ada');
    await other.goto(image('layers', '', 'by-hand'));
    await hydrated(other);
    await other.locator('.head').getByText('Clean').waitFor();
    assert.equal(await other.getByRole('button', { name: /Scan/ }).count(), 0);
    clean(other, 'as a reader');
  });

  await t.test('a scan that goes on is followed, and stopped', async () => {
    const page = await open(t, browser, server);
    await signIn(page);
    await page.goto(image('components', '', 'by-hand'));
    await hydrated(page);
    const [tag] = await server.must('GET', `/api/v0/repositories/${REPOSITORY}/tags/by-hand`);
    const going = { ...tag.vuln_summary, last_scan_status: 2, layers_done: 2, layers_total: 5 };
    const answer = [{ ...tag, vuln_summary: going, platforms: [{ ...tag.platforms[0], vulnSummary: going }] }];
    const asked = [];
    await page.route(/\/tags\/by-hand\?/, (route) => route.fulfill({ json: answer }));
    await page.route(/\/imagescan\/scan\//, (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      return route.fulfill({ status: 200 });
    });
    await page.getByRole('button', { name: 'Scan again' }).click();
    await page.locator('.head').getByText('Scanning, 2 of 5 layers').waitFor();
    Object.assign(going, { layers_done: 3 });
    await page.locator('.head').getByText('Scanning, 3 of 5 layers').waitFor();
    await page.unroute(/\/tags\/by-hand\?/);
    await page.getByRole('button', { name: 'Stop scan' }).click();
    await page.locator('.head').getByText('Clean').waitFor();
    const path = `/api/v0/imagescan/scan/${REPOSITORY}/by-hand/linux/amd64`;
    assert.deepEqual(asked, [`POST ${path}`, `DELETE ${path}`]);
    clean(page, 'a scan that goes on');
  });

  await t.test('when images are scanned is a setting of the repository', async () => {
    await page.goto(`/repositories/${REPOSITORY}/settings`);
    await hydrated(page);
    const manual = page.getByRole('radio', { name: /^Manual/ });
    assert.ok(await manual.isChecked());
    await page.getByRole('radio', { name: /^On push/ }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Settings saved').waitFor();
    assert.equal((await server.must('GET', `/api/v0/repositories/${REPOSITORY}`)).scanOnPush, true);
  });
});

/** An image whose layer ends in the middle. */
async function broken(repository) {
  const whole = tar({ ...DEBIAN, ...dpkg([['bash', '5.2.15-2']]) });
  const layer = await repository.pushBlob(gzipSync(whole.subarray(0, whole.length - 1600)));
  const config = await repository.pushBlob(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } })));
  return {
    schemaVersion: 2, mediaType: TYPES.manifest,
    config: { mediaType: TYPES.config, ...config }, layers: [{ mediaType: TYPES.layer, ...layer }],
  };
}
