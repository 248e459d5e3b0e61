// Looks at what the chain left in the interface. With UPDATE_PICTURES=1 the pictures of docs/secure-supply-chain.md are taken anew.
import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { BUILD, CVE, OLGA, RELEASE } from './supply.mjs';

const DOCS = fileURLToPath(new URL('../../docs/secure-supply-chain', import.meta.url));

export async function pictures(t, server, { tag, vulnerable, commit }) {
  const page = await open(t, await launch(t), server, { viewport: { width: 1100, height: 640 }, colorScheme: 'light' });
  await signIn(page, OLGA.user, OLGA.password);
  const taken = [];
  /** Goes to a page, does something there, waits for what has to be shown, and takes its picture: of `part` alone, where that is said. */
  const look = async (name, path, shown, { first = async () => {}, height = 640, part } = {}) => {
    await page.setViewportSize({ width: 1100, height });
    await page.goto(`/repositories/${path}`);
    await hydrated(page);
    await first();
    for (const one of shown) await one.waitFor();
    await picture(page, `chain-${name}`);
    taken.push(`${name}.png`);
    if (!process.env.UPDATE_PICTURES) return;
    await shown[0].scrollIntoViewIfNeeded();
    await (part ?? page).screenshot({ path: join(DOCS, `${name}.png`) });
  };
  await mkdir(DOCS, { recursive: true });
  const row = (name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await look('build', `${BUILD}/tags`, [row(tag).getByText('Clean'), row(vulnerable).getByText('Critical')]);
  await look('why', `${BUILD}/tags/${vulnerable}/policies`, [page.getByText(CVE).first()]);
  await look('way', `${BUILD}/promotions`, [page.getByRole('region', { name: 'Where images go' })]);
  const released = [tag, 'latest'].flatMap((name) => [row(name).getByText('Promoted', { exact: true }), row(name).getByRole('link', { name: 'Signed by gitlab' })]);
  await look('release', `${RELEASE}/tags`, released);
  const holder = page.getByRole('row').filter({ hasText: 'Signing key' }).getByText('gitlab').first();
  await look('trust', `${RELEASE}/trust`, [page.getByRole('row').filter({ hasText: 'targets/gitlab' }).first(), holder], { height: 760 });
  await look('policy', `${RELEASE}/settings/trust`, [page.getByRole('radio', { name: /^Enforce/, checked: true }), page.getByRole('button', { name: 'Take ci/gitlab out' }).first()]);
  const explained = page.getByRole('region', { name: 'Explain' });
  await look('refused', `${RELEASE}/settings/trust`, [explained.getByText('no member of ci/gitlab has signed it'), explained.getByText('May not be pulled', { exact: true })], {
    first: async () => {
      await page.getByLabel('Image', { exact: true }).fill(`${RELEASE}:unsigned`);
      await page.getByRole('button', { name: 'Explain', exact: true }).click();
    },
    part: explained,
  });
  const line = page.getByRole('region', { name: 'From commit to cluster' });
  const station = (text) => line.getByRole('listitem').filter({ hasText: text }).first();
  await look('custody', `${RELEASE}/${tag}/linux/amd64/custody`, [station(commit), station('Promoted from'), station('Signed in Notary'), station('Pulled')], { height: 2200, part: line });
  clean(page, 'the chain');
  assert.deepEqual((await readdir(DOCS)).sort(), taken.sort(), 'the pictures of docs/secure-supply-chain.md are those that are taken here');
}
