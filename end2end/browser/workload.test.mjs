// A CI job pushes with the ID token that its CI system signed for it: an owner says which jobs, and sees which came and which not.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { accessible, clean, hydrated, launch, open, picture, signIn } from '../lib/browser.mjs';
import { Plimsoll, atEnd, freePort } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const PASSWORD = 'a password of Olga';

/** What GitLab publishes, and the tokens that it makes. */
async function gitlab(t) {
  const issuer = `http://127.0.0.1:${await freePort()}`;
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one', use: 'sig', alg: 'RS256' }];
  const documents = { '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/oauth/discovery/keys` }, '/oauth/discovery/keys': { keys } };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(documents[request.url] ?? {}));
  });
  await new Promise((resolve) => server.listen(new URL(issuer).port, '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  const token = (audience, claims) => new SignJWT({ project_path: 'acme/app', ref: 'main', job_id: '302', ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT' })
    .setIssuer(issuer).setAudience(audience).setSubject('project_path:acme/app:ref_type:branch:ref:main')
    .setIssuedAt().setExpirationTime('5m').sign(privateKey);
  return { issuer, token };
}

test('a job pushes without a stored secret', async (t) => {
  const server = await Plimsoll.start(t, { env: { PLIMSOLL_OUTGOING_NETWORKS: '127.0.0.0/8' } });
  await server.must('POST', '/enzi/v0/accounts', { name: 'acme', isOrg: true });
  await server.createUser('olga', PASSWORD);
  await server.must('PUT', '/enzi/v0/accounts/acme/members/olga', { isAdmin: true });
  await server.createRepository('acme/app');
  const ci = await gitlab(t);
  const page = await open(t, await launch(t), server);
  await signIn(page, 'olga', PASSWORD);
  await page.goto('/orgs/acme/users');
  await hydrated(page);
  await page.getByRole('link', { name: 'Workload identity' }).click();
  await page.getByText('No CI job is trusted yet.').waitFor();

  await page.getByLabel('Name', { exact: true }).fill('gitlab');
  await page.getByLabel('Issuer').fill(ci.issuer);
  await page.getByLabel('Conditions').fill('ref = main');
  await page.getByLabel('In single repositories').fill('app = read-write');
  await page.getByRole('button', { name: 'Add trust' }).click();
  await page.getByText('no condition says whose project it is').waitFor();
  await page.getByLabel('Conditions').fill('project_path = acme/app\nref = main');
  await page.getByRole('button', { name: 'Add trust' }).click();
  await page.getByRole('heading', { name: 'gitlab', level: 2 }).waitFor();
  await page.getByText('For the pipeline').click();
  const lines = await page.locator('pre.block').textContent();
  assert.match(lines, /docker login --username acme\/gitlab --password-stdin/);
  const audience = /aud: (\S+)/.exec(lines)[1];
  await accessible(page, 'a trust');
  await picture(page, 'workload');

  const as = (password) => new Repository(server, 'acme/app', { user: 'acme/gitlab', password });
  await as(await ci.token(audience)).pushImage('1.0');
  const [tag] = [await server.must('GET', '/api/v0/repositories/acme/app/tags/1.0')].flat();
  assert.equal(tag.author, 'acme/gitlab', 'the tag says who pushed');
  await page.goto('/repositories/acme/app/tags');
  const job = page.getByRole('link', { name: 'acme/app main, job 302' });
  await job.waitFor();
  assert.equal(await job.getAttribute('href'), `${ci.issuer}/acme/app/-/jobs/302`, 'and which job');
  await picture(page, 'tag-of-a-job');
  await assert.rejects(as(await ci.token(audience, { ref: 'feature' })).pushImage('2.0'));
  await assert.rejects(as(await ci.token('https://other.example')).pushImage('2.0'));
  await page.goto('/orgs/acme/workload');
  await hydrated(page);
  await page.getByText('acme/app main').waitFor();
  await page.getByText('the ID token is for').waitFor();
  await picture(page, 'workload-used');

  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Conditions').fill('project_path = acme/other');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('project_path = acme/other').waitFor();
  await assert.rejects(as(await ci.token(audience)).pushImage('2.0'));
  await page.getByRole('button', { name: 'Remove gitlab' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('No CI job is trusted yet.').waitFor();
  clean(page, 'workload identity');
});
