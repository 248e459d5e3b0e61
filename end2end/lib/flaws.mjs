// Vulnerability data for the journeys: small bundles in OSV's layout, and an image that has what they are about.
import { ADMIN, PASSWORD, eventually } from './program.mjs';
import { zip } from './zip.mjs';

export const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';

/** A record about Debian's openssl: it is in all versions before `fixed`. */
export const record = (cve, fixed, vector) => ({
  id: `DEBIAN-${cve}`, modified: '2026-11-01T00:00:00Z', upstream: [cve], summary: `About ${cve}`,
  severity: vector ? [{ type: 'CVSS_V3', score: vector }] : [],
  affected: [{
    package: { ecosystem: 'Debian:12', name: 'openssl' },
    ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
  }],
});

/** The records as OSV's `all.zip`. */
export const bundle = (...records) => zip(Object.fromEntries(records.map((one) => [`${one.id}.json`, JSON.stringify(one)])));

/** Files of a Debian 12 with libssl3 of this version. */
export const debian = (version) => ({
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  'var/lib/dpkg/status': `Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nSource: openssl\n\n`,
});

/** Uploads a bundle by the API, and waits until everything is judged by it. */
export async function load(server, archive) {
  const form = new FormData();
  form.append('file', new Blob([archive]), 'osv.zip');
  const authorization = `Basic ${Buffer.from(`${ADMIN}:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(`${server.url}/api/v0/imagescan/scan/update`, { method: 'PUT', headers: { authorization }, body: form });
  if (!answer.ok) throw new Error(`the bundle: ${answer.status} ${await answer.text()}`);
  await settled(server);
}

/** Waits until nothing is scanned, loaded or judged any more. */
export const settled = (server) =>
  eventually('everything is scanned and judged', async () => {
    const { state, pending, running } = await server.must('GET', '/api/v0/imagescan/status');
    return state < 2 && pending + running === 0;
  }, 60);
