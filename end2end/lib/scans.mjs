// Images in which a scan finds something, and vulnerability data that knows what is wrong with it.
import { eventually, ADMIN, PASSWORD } from './program.mjs';
import { tar } from './registry.mjs';

export const DEBIAN = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' };
export const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
export const MAJOR = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L';

/** A dpkg database of `[name, version, source]`. */
export function dpkg(packages) {
  const record = ([name, version, source = name]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\nSource: ${source}\n\n`;
  return { 'var/lib/dpkg/status': packages.map(record).join('') };
}

/** What pip leaves of a package. */
export function python(name, version, licence = 'MIT') {
  const path = `usr/lib/python3/dist-packages/${name}-${version}.dist-info`;
  return { [`${path}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\nLicense: ${licence}\n`, [`${path}/INSTALLER`]: 'pip\n' };
}

/** A record of OSV. */
export function record(id, ecosystem, name, { fixed, vector, summary = `About ${id}`, aliases = [] } = {}) {
  const events = [{ introduced: '0' }, ...(fixed ? [{ fixed }] : [])];
  return {
    id, modified: '2026-11-01T00:00:00Z', aliases, summary,
    severity: vector ? [{ type: 'CVSS_V3', score: vector }] : [],
    affected: [{ package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events }] }],
  };
}

/** A bundle of records, with other files beside them. */
export function bundle(records, others = {}) {
  const files = records.map((one) => [`osv/${one.affected[0].package.ecosystem.split(':')[0]}/${one.id}.json`, JSON.stringify(one)]);
  return tar({ ...Object.fromEntries(files), ...others });
}

/** Uploads a bundle, and waits until all images are judged by it. */
export async function upload(server, archive) {
  const { db_version: before } = await server.must('GET', '/api/v0/imagescan/status');
  const form = new FormData();
  form.set('file', new Blob([archive]), 'bundle.tar');
  const authorization = `Basic ${Buffer.from(`${ADMIN}:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(`${server.url}/api/v0/imagescan/scan/update`, { method: 'PUT', body: form, headers: { authorization } });
  if (!answer.ok) throw new Error(`upload: ${answer.status} ${await answer.text()}`);
  await eventually('the vulnerability data is loaded', async () => {
    const status = await server.must('GET', '/api/v0/imagescan/status');
    if (status.lastDBUpdateFailed) throw new Error(`the update failed: ${JSON.stringify(await server.must('GET', '/api/v0/imagescan/updates'))}`);
    return status.db_version > before && status.state === 1;
  });
}

/** Waits until the scan of a tag is over, and answers it in short. */
export function scanned(server, repository, tag) {
  return eventually(`${tag} is scanned`, async () => {
    const [{ vuln_summary: scan }] = await server.must('GET', `/api/v0/repositories/${repository}/tags/${tag}`);
    return [0, 4, 6].includes(scan?.last_scan_status) && scan;
  });
}
