// Every page: accessible in both themes, alive, within a narrow screen, without an error or a breach of the policy.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, clean, fits, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';
import { bundle, CRITICAL, DEBIAN, dpkg, python, record, scanned, upload } from '../lib/scans.mjs';

const README = '# Hello\n\nSays *hello*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\ndocker run hello --with a-rather-long-line-of-code-that-is-wider-than-a-telephone\n```\n';

const LAYERS = [
  ['/bin/sh -c #(nop) ADD file:0123456789abcdef in / ', { 'etc/os-release': 'ID=none\n', 'bin/sh': 'x'.repeat(40_000) }],
  ['RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* # buildkit', { 'usr/bin/curl': 'y'.repeat(9000) }],
  ['COPY hello /hello # buildkit', { hello: 'hello' }],
];

async function fill(server) {
  await server.createUser('ada', 'a password of Ada');
  await server.must('POST', '/api/v0/api_tokens', { tokenLabel: 'CI of a program with a rather long name, as they have them' });
  for (const label of ['CI signing', 'a laptop with a rather long name, as they have them', 'old CI']) {
    await server.must('POST', '/api/v0/accounts/admin/clientBundles', { label });
  }
  const path = '/enzi/v0/accounts/admin/publicKeys';
  const [signing, , old] = (await server.must('GET', path)).accountPublicKeys;
  await server.must('PATCH', `${path}/${signing.id}`, { isSigningKey: true });
  await server.must('DELETE', `${path}/${old.id}`);
  await server.createRepository('admin/hello', { visibility: 'public', shortDescription: 'Says hello', longDescription: README });
  const hello = new Repository(server, 'admin/hello');
  const image = await hello.pushImage('1.0', { layers: LAYERS });
  await hello.pushImage('latest', { layers: LAYERS });
  await hello.pushReferrer(image, 'application/spdx+json');
  await hello.pushIndex('multi');
  await server.createRepository('admin/empty');
  await server.createRepository(`admin/${'long-name-'.repeat(8)}x`, { shortDescription: 'A name as long as a narrow screen can bear, and then some' });
  await scans(server);
  await company(server);
  await server.must('POST', '/enzi/v0/config/auth/oidc', { name: 'company', label: 'Company', issuer: 'https://idp.example/realms/company', clientId: 'plimsoll' });
}

/** An image with findings, one that is clean, and one that nobody has scanned. */
async function scans(server) {
  await server.createRepository('admin/scanned');
  const repository = new Repository(server, 'admin/scanned');
  const packages = dpkg([['libssl3', '3.0.11-1', 'openssl'], ['bash', '5.2.15-2']]);
  await repository.pushImage('1.0', {
    layers: [
      ['ADD rootfs.tar / ', { ...DEBIAN, ...packages }],
      ['RUN pip install numpy', { ...python('numpy', '1.16.0'), ...python('a-package-with-a-rather-long-name', '2026.11.26') }],
      ['RUN rm -r numpy', { 'usr/lib/python3/dist-packages/.wh.numpy-1.16.0.dist-info': '' }],
    ],
  });
  await repository.pushImage('clean', { layers: [['ADD bash /', { ...DEBIAN, ...dpkg([['bash', '5.2.15-2']]) }]] });
  await upload(server, bundle([
    { ...record('DEBIAN-CVE-2026-0001', 'Debian:12', 'openssl', { fixed: '3.0.11-2', vector: CRITICAL, summary: 'Reads too far where a record says so, and tells whoever asks' }), upstream: ['CVE-2026-0001'] },
    record('DEBIAN-CVE-2026-0002', 'Debian:12', 'openssl', {}),
  ], { 'kev.json': JSON.stringify({ vulnerabilities: [{ cveID: 'CVE-2026-0001', dateAdded: '2026-10-01' }] }) }));
  for (const tag of ['1.0', 'clean']) await scanned(server, 'admin/scanned', tag);
  await server.must('PATCH', '/api/v0/repositories/admin/scanned', { scanOnPush: false });
  await repository.pushImage('by-hand', { layers: [['ADD x /', { x: 'not scanned' }]] });
}

/** An organization with a team that has rights, and one with nothing. */
async function company(server) {
  const acme = '/enzi/v0/accounts/acme';
  for (const [name, fullName] of [['acme', 'Acme Corporation'], [`org-${'long-'.repeat(10)}x`, '']]) {
    await server.must('POST', '/enzi/v0/accounts', { name, fullName, isOrg: true });
  }
  for (const name of ['backend', 'empty']) await server.must('POST', `${acme}/teams`, { name, description: `The ${name} team` });
  await server.must('PUT', `${acme}/members/ada`, { isAdmin: true });
  await server.must('PUT', `${acme}/teams/backend/members/ada`, {});
  await server.must('PUT', `${acme}/teams/backend/members/admin`, {});
  for (const name of ['api', 'docs']) await server.createRepository(`acme/${name}`);
  await server.must('PUT', '/api/v0/repositories/acme/api/teamAccess/backend', { accessLevel: 'read-write' });
  await server.must('POST', '/api/v0/accounts/acme/workloadTrusts', {
    name: 'ci', kind: 'github', issuer: 'https://token.actions.githubusercontent.com', conditions: { repository: 'acme/api', environment: 'production' },
    rights: { namespace: 'read-only', repositories: [{ repository: 'api', accessLevel: 'read-write' }] },
  });
  await server.must('PUT', '/api/v0/repositoryNamespaces/acme/teamAccess/backend', { accessLevel: 'read-only' });
}

const image = (tab) => `/repositories/admin/hello/1.0/linux/amd64/${tab}`;
const scan = (tab, query = '', tag = '1.0') => `/repositories/admin/scanned/${tag}/linux/amd64/${tab}${query}`;
const PAGES = {
  repositories: '/repositories',
  'repositories-none': '/repositories?filter=nothing-has-this-name',
  'new-repository': '/repositories/new',
  info: '/repositories/admin/hello/info',
  tags: '/repositories/admin/hello/tags',
  'tags-empty': '/repositories/admin/empty/tags',
  settings: '/repositories/admin/hello/settings',
  layers: image('layers'),
  config: image('config'),
  manifest: image('manifest'),
  referrers: image('referrers'),
  'referrers-none': `${image('referrers')}?filter=nothing-has-this-name`,
  'tags-scanned': '/repositories/admin/scanned/tags',
  'layers-scanned': scan('layers', '?layer=2'),
  components: scan('components'),
  'components-opened': scan('components', '?component=libssl3%403.0.11-1'),
  'components-none': scan('components', '?filter=nothing-has-this-name'),
  compare: scan('compare'),
  compared: scan('compare', '?with=clean'),
  'components-not-scanned': scan('components', '', 'by-hand'),
  index: '/repositories/admin/hello/multi/linux/arm64/layers',
  users: '/users',
  'users-none': '/users?filter=nothing-has-this-name',
  'new-user': '/users/new',
  user: '/users/ada/settings',
  profile: '/users/admin/settings',
  'user-repositories': '/users/admin/repositories',
  'user-repositories-none': '/users/ada/repositories',
  'user-teams': '/users/ada/teams',
  'user-teams-none': '/users/ada/teams?filter=nothing-has-this-name',
  security: '/users/admin/security',
  'sessions-none': '/users/admin/security?filter=nothing-has-this-name',
  'user-security': '/users/ada/security',
  tokens: '/users/admin/access-tokens',
  'tokens-none': '/users/admin/access-tokens?filter=nothing-has-this-name',
  keys: '/users/admin/keys',
  'keys-revoked': '/users/admin/keys?show=revoked',
  'keys-none': '/users/admin/keys?show=revoked&filter=nothing-has-this-name',
  identities: '/users/admin/identities?error=oidc-linked',
  organizations: '/orgs',
  'organizations-none': '/orgs?filter=nothing-has-this-name',
  'new-organization': '/orgs/new',
  'org-members': '/orgs/acme/users',
  'org-teams': '/orgs/acme/teams',
  'org-repositories': '/orgs/acme/repositories',
  'org-workload': '/orgs/acme/workload',
  'org-workload-none': '/orgs/acme/workload?filter=nothing-has-this-name',
  'org-settings': '/orgs/acme/settings',
  'team-members': '/orgs/acme/teams/backend/users',
  'team-repositories': '/orgs/acme/teams/backend/repositories',
  'team-repositories-none': '/orgs/acme/teams/empty/repositories',
  'team-repositories-no-match': '/orgs/acme/teams/backend/repositories?filter=nothing-has-this-name',
  'team-settings': '/orgs/acme/teams/backend/settings',
  permissions: '/repositories/acme/api/permissions?user=ada',
  'permissions-of-a-user': '/repositories/admin/hello/permissions?user=ada',
  'permissions-none': '/repositories/acme/docs/permissions',
  'permissions-no-match': '/repositories/acme/api/permissions?user=ada&filter=nothing-has-this-name',
  'new-repository-in-org': '/repositories/new?namespace=acme',
  system: '/system/settings/general',
  'system-ldap': '/system/settings/ldap',
  'system-activity': '/system/activity?filter=ada',
  'system-activity-none': '/system/activity?type=CREATE&filter=nothing-has-this-name',
  'system-sign-in': '/system/settings/sign-in',
  'system-sign-in-none': '/system/settings/sign-in?filter=nothing-has-this-name',
  'system-provider': '/system/settings/sign-in/company',
  api: '/api',
  where: '/security',
  signing: '/signing',
  'changed-images': '/security/changes/1',
  'changed-images-none': '/security/changes/1?change=better',
  'where-hit': '/security?q=CVE-2026-0001',
  'where-licence': '/security?q=MIT&kind=license',
  'system-security': '/system/security',
  'system-trust': '/system/trust',
  absent: '/no/such/page',
};

test('pages', async (t) => {
  const server = await Plimsoll.start(t);
  await fill(server);
  const browser = await launch(t);
  const page = await open(t, browser, server);

  await t.test('sign-in', async () => {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto('/sign-in/code?error=wrong');
      await accessible(page, `sign-in with a code, ${scheme}`);
      await picture(page, `sign-in-code-${scheme}`);
      await page.goto('/sign-in?error=wrong&username=ada');
      await accessible(page, `sign-in, ${scheme}`);
      await picture(page, `sign-in-${scheme}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 360, height: 740 });
    await fits(page, 'sign-in');
    await page.setViewportSize({ width: 1280, height: 800 });
    clean(page, 'sign-in');
  });
  await signIn(page);

  for (const [name, path] of Object.entries(PAGES)) {
    await t.test(name, async () => {
      page.problems.length = 0;
      await page.setViewportSize({ width: 1280, height: 800 });
      for (const scheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme: scheme });
        await page.goto(path);
        await hydrated(page);
        await accessible(page, `${name}, ${scheme}`);
        await picture(page, `${name}-${scheme}`);
      }
      assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1, 'one heading of the first level');
      assert.match(await page.title(), /· Plimsoll$/);
      await page.setViewportSize({ width: 360, height: 740 });
      await fits(page, name);
      await picture(page, `${name}-360`);
      clean(page, name);
    });
  }

  await t.test('without script the pages can be read', async () => {
    const plain = await open(t, browser, server, { javaScriptEnabled: false });
    await signIn(plain);
    for (const [name, path] of Object.entries(PAGES)) {
      await plain.goto(path);
      assert.ok((await plain.getByRole('heading', { level: 1 }).allTextContents())[0]?.trim(), `${name} has a heading`);
      assert.equal(await plain.getByText('Loading…').count(), 0, `${name} does not wait for script`);
    }
  });
});
