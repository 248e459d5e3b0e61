// Journey 2: an operator runs it for a company. One file of a few lines, a certificate of their own, a proxy in front, PostgreSQL; what was
// understood is shown, and what was misspelt is named with its line.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import test from 'node:test';
import { PROGRAM, Plimsoll, eventually, fails, folder, freePort, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

/** A key and a certificate for localhost, signed by itself. */
async function certificate(home, name) {
  const [key, crt] = [join(home, `${name}.key`), join(home, `${name}.crt`)];
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
    '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', crt,
  ]);
  return { key, crt };
}

/** The common name that a TLS server presents. */
function presented(port) {
  return new Promise((resolve, reject) => {
    const request = https.get({ host: '127.0.0.1', port, path: '/_ping', rejectUnauthorized: false, agent: false }, (answer) => {
      resolve(answer.socket.getPeerCertificate().subject.CN);
      answer.resume();
    });
    request.once('error', reject);
  });
}

test('one file, an own certificate, renewed while it runs', { skip: which('openssl') ? false : 'openssl is not installed' }, async (t) => {
  const home = await folder(t);
  const first = await certificate(home, 'first');
  const file = join(home, 'plimsoll.toml');
  await writeFile(file, `external_url = "https://registry.example.com"\ntrusted_proxies = ["127.0.0.1"]\n[tls]\ncertificate = "${first.crt}"\nkey = "${first.key}"\n`);
  const server = await Plimsoll.start(t, { args: ['--config', file] });
  assert.equal(await presented(server.https), 'first');

  const challenge = await fetch(`${server.url}/v2/`);
  assert.match(challenge.headers.get('www-authenticate'), /realm="https:\/\/registry\.example\.com\/auth\/token"/);

  const second = await certificate(home, 'second');
  await writeFile(first.key, await readFile(second.key));
  await writeFile(first.crt, await readFile(second.crt));
  await eventually('the new certificate is presented', async () => (await presented(server.https)) === 'second');
});

const postgresql = process.env.JOURNEY_POSTGRESQL;
test('on PostgreSQL, and there again after a restart', { skip: postgresql ? false : 'PostgreSQL is not installed' }, async (t) => {
  const home = await folder(t);
  const file = join(home, 'plimsoll.toml');
  await writeFile(file, `database_url = "${postgresql.replace('@', ':a-secret-of-the-database@')}"\n`);
  const server = await Plimsoll.start(t, { args: ['--config', file] });
  await server.createRepository('admin/app');
  const pushed = await new Repository(server, 'admin/app').pushImage('1.0');
  await server.stop();
  assert.deepEqual((await readdir(server.data)).filter((name) => name.includes('.db')), [], 'nothing is on SQLite');
  assert.ok(!server.log.includes('a-secret-of-the-database'), 'the log does not tell the password');
  await server.launch();
  const [tag] = await server.must('GET', '/api/v0/repositories/admin/app/tags/1.0');
  assert.equal(tag.digest, pushed.digest);
});

test('what was understood is shown', async (t) => {
  const home = await folder(t);
  const file = join(home, 'plimsoll.toml');
  await writeFile(file, 'http = "127.0.0.1:1234"\n[log]\nformat = "json"\n');
  const { stdout } = await run(PROGRAM, ['config', '--config', file, '--data-dir', home], { env: { PLIMSOLL_HTTPS: 'off' } });
  assert.match(stdout, /127\.0\.0\.1:1234.*line 1/);
  assert.match(stdout, /json.*line 3/);
  assert.match(stdout, /off.*PLIMSOLL_HTTPS/);
});

test('what is misspelt is named with its line', async (t) => {
  const home = await folder(t);
  const file = join(home, 'plimsoll.toml');
  const port = await freePort();
  for (const [text, said] of [
    ['http = "127.0.0.1:1"\nexternal_ulr = "https://x"\n', /external_ulr.*line 2|line 2.*external_ulr/s],
    ['\n[tls]\ncertifcate = "x"\n', /certifcate.*line 3|line 3.*certifcate/s],
    ['external_url = "no address"\n', /external_url/],
    ['[log]\nformat = "yaml"\n', /log\.format|format/],
  ]) {
    await writeFile(file, text);
    assert.match(await fails(PROGRAM, ['serve', '--http', `127.0.0.1:${port}`, '--https', 'off', '--data-dir', home, '--config', file]), said);
  }
  assert.match(await fails(PROGRAM, ['serve', '--data-dir', home], { env: { PLIMSOLL_HTPS: 'off' } }), /PLIMSOLL_HTPS/);
  assert.match(await fails(PROGRAM, ['serve', '--data-dir', home, '--htpp', 'x']), /--htpp/);
});

test('a spoofed host goes nowhere', async (t) => {
  const server = await Plimsoll.start(t);
  const challenge = await new Promise((resolve, reject) => {
    const headers = { host: 'evil.example.com', 'x-forwarded-host': 'evil.example.com', 'x-forwarded-proto': 'https' };
    request(`${server.url}/v2/`, { headers }, (answer) => resolve(answer.resume().headers['www-authenticate'] ?? '')).once('error', reject).end();
  });
  assert.ok(challenge.includes('/auth/token') && !challenge.includes('evil'), challenge);
});
