// Journey 10: an auditor proves what runs. They paste a digest, read the line of stations with its gaps, download the evidence, and verify
// it with nothing but the file and the registry's key: who changes a record of it is told which one.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { CRITICAL, bundle, debian, load, record, settled } from '../lib/flaws.mjs';
import { PROGRAM, Plimsoll, eventually, fails, folder, run } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const LABELS = {
  'org.opencontainers.image.source': 'https://git.example/pay/ledger',
  'org.opencontainers.image.revision': '9f2c1ab',
  'org.opencontainers.image.version': '2.14.0',
};
const FIXED = '3.0.11-1~deb12u2';

/** Looks at the page in both themes and narrow. */
async function look(page, name) {
  for (const scheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme: scheme });
    await accessible(page, `${name}, ${scheme}`);
    await picture(page, `10-${name}-${scheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await fits(page, name);
  await picture(page, `10-${name}-360`);
  await page.setViewportSize({ width: 1280, height: 800 });
  clean(page, name);
}

test('an auditor reads the chain of custody of a digest, and verifies it without the registry', async (t) => {
  const server = await Plimsoll.start(t);
  await server.createRepository('admin/ledger_build');
  await server.createRepository('admin/ledger');
  await load(server, bundle(record('CVE-2026-0001', FIXED, CRITICAL)));
  await server.must('POST', '/api/v0/repositories/admin/ledger_build/promotionPolicies', {
    rules: [{ field: 'vulnerability_all', operator: 'lte', values: ['0'] }], tagTemplate: '%n', targetRepository: 'admin/ledger',
  });
  const build = new Repository(server, 'admin/ledger_build');
  const { digest } = await build.pushImage('212', { layers: [['ADD rootfs /', debian(FIXED)]], config: { Labels: LABELS } });
  await settled(server);
  const promoted = () => server.must('GET', '/api/v0/repositories/admin/ledger/tags');
  await eventually('it is promoted', async () => (await promoted()).length === 1);
  await new Repository(server, 'admin/ledger').expect(200, 'GET', `/manifests/${digest}`, { headers: { accept: '*/*' } });
  const page = await open(t, await launch(t), server);
  await signIn(page);
  const line = page.getByRole('region', { name: 'From commit to cluster' });

  await t.test('the digest, pasted, leads to the line of stations', async () => {
    await page.goto('/repositories');
    await hydrated(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /Find/ }).fill(digest);
    await page.getByRole('option', { name: /admin\/ledger(:| |$)/ }).first().click();
    await page.getByRole('link', { name: 'Custody' }).click();
    await line.getByText('Built from commit 9f2c1ab of https://git.example/pay/ledger').waitFor();
    await line.getByText('No attestation says how and where it was built.').waitFor();
    await line.getByText(/Pushed as 212 by admin, with registry token, from 127\.0\.0\.1/).waitFor();
    await line.getByText(/Promoted from admin\/ledger_build:212 to admin\/ledger:212, by revision 1 of a policy/).waitFor();
    await line.getByText('Scanned: nothing found').first().waitFor();
    await line.getByText('Nobody signed it').waitFor();
    await hydrated(page);
    await look(page, 'custody');
  });

  await t.test('a station leads to its event', async () => {
    const push = line.getByRole('listitem').filter({ hasText: 'Pushed as 212' });
    const custody = page.url();
    await push.getByRole('link', { name: 'Event' }).click();
    await page.getByRole('row').filter({ hasText: '212' }).filter({ hasText: 'CREATE' }).first().waitFor();
    await page.goto(custody);
    await hydrated(page);
  });

  await t.test('the evidence is verified by a file and a key, and a changed record is named', async () => {
    await eventually('the pull is recorded and all is sealed', async () => {
      const answer = await server.must('GET', `/api/v0/repositories/admin/ledger/manifests/${digest}/custody/bundle`);
      return answer.records.some((one) => one.record.type === 'GET') && answer.records.every((one) => one.proof);
    }, 60);
    await page.reload();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download evidence' }).click()]);
    const home = await folder(t);
    const [file, key, forged] = ['evidence.json', 'key.json', 'forged.json'].map((name) => join(home, name));
    const evidence = await readFile(await download.path(), 'utf8');
    await writeFile(file, evidence);
    await writeFile(key, JSON.stringify(await server.must('GET', '/api/v0/events/key')));
    const { note } = await server.must('GET', '/api/v0/events/checkpoint');
    assert.match(note, /^\d+:[0-9a-f]{64}$/);
    await server.stop();
    const said = await run(PROGRAM, ['verify-evidence', file, '--key', key]);
    assert.match(said.stdout, /nothing was changed/);
    const changed = JSON.parse(evidence);
    const push = changed.records.find((one) => one.record.type === 'CREATE');
    push.record.actor = 'mallory';
    await writeFile(forged, JSON.stringify(changed));
    const refused = await fails(PROGRAM, ['verify-evidence', forged, '--key', key]);
    assert.match(refused, new RegExp(`CHANGED: the record ${push.record.id} is not as checkpoint`));
  });
});
