// Looks at what the chain left in the interface. With UPDATE_PICTURES=1 the pictures of docs/secure-supply-chain.md are taken anew.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { BUILD, CVE, OLGA, RELEASE } from './supply.mjs';

const DOCS = fileURLToPath(new URL('../../docs/secure-supply-chain', import.meta.url));

export async function pictures(t, server, { tag, vulnerable }) {
  const page = await open(t, await launch(t), server, { viewport: { width: 1100, height: 640 }, colorScheme: 'light' });
  await signIn(page, OLGA.user, OLGA.password);
  const look = async (name, path, ...shown) => {
    await page.goto(`/repositories/${path}`);
    await hydrated(page);
    for (const one of shown) await one.waitFor();
    await picture(page, `chain-${name}`);
    if (!process.env.UPDATE_PICTURES) return;
    await shown[0].scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(DOCS, `${name}.png`) });
  };
  await mkdir(DOCS, { recursive: true });
  const row = (name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
  await look('build', `${BUILD}/tags`, row(tag).getByText('Clean'), row(vulnerable).getByText('Critical'));
  await look('why', `${BUILD}/tags/${vulnerable}/policies`, page.getByText(CVE).first());
  await look('way', `${BUILD}/promotions`, page.getByRole('region', { name: 'Where images go' }));
  await look('release', `${RELEASE}/tags`, ...[tag, 'latest'].map((name) => row(name).getByText('Promoted', { exact: true })));
  clean(page, 'the chain');
}
