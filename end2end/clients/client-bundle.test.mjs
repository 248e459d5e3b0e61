// Client bundles with the programs that people have: openssl makes a request, curl and skopeo come with the certificate.
import assert from 'node:assert/strict';
import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Plimsoll, folder, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };
const LOGIN = `${ADA.user}:${ADA.password}`;
const lacking = ['curl', 'openssl', 'unzip'].filter((name) => !which(name)).join(', ');

async function registry(t) {
  const server = await Plimsoll.start(t);
  await server.createUser(ADA.user, ADA.password);
  await server.createRepository('ada/app');
  return server;
}

/** Runs a script as in the README of a bundle, in its folder. */
const sh = (home, script, shell = 'sh') => run(shell, ['-c', `set -e; ${script}`], { cwd: home });

/** A bundle for a key that stays here. */
async function withOwnKey(server, home) {
  await run('openssl', [
    'req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=whoever', '-keyout', join(home, 'key.pem'),
    '-out', join(home, 'mine.csr'),
  ]);
  await sh(home, `printf '{"label":"own key","csr":"%s"}' "$(awk '{printf "%s\\\\n", $0}' mine.csr)" > form.json`);
  await sh(home, `curl -sS --fail-with-body -u '${LOGIN}' -H 'Content-Type: application/json' -d @form.json -o bundle.zip ` +
    `${server.url}/api/v0/accounts/ada/clientBundles`);
  await sh(home, 'unzip -q bundle.zip');
}

test('client bundles', { skip: lacking ? `not installed: ${lacking}` : false }, async (t) => {
  const server = await registry(t);
  const home = await folder(t);
  await withOwnKey(server, home);
  const curl = (options, path) => `. ./env.sh; curl -sS --cacert ca.pem --cert cert.pem --key key.pem ${options} "$PLIMSOLL_URL${path}"`;
  const status = async (options, path) => (await sh(home, curl(`-o /dev/null -w '%{http_code}' ${options}`, path))).stdout;

  await t.test('curl comes with the certificate', async () => {
    for (const options of ['--http1.1', '--http2', '--tls-max 1.2']) {
      const { stdout } = await sh(home, curl(`--fail-with-body ${options}`, '/enzi/v0/accounts/ada'));
      assert.equal(JSON.parse(stdout).name, 'ada', options);
    }
    assert.equal(await status('', '/v2/'), '200');
    const nobody = await sh(home, '. ./env.sh; curl -sS --cacert ca.pem -o /dev/null -w "%{http_code}" "$PLIMSOLL_URL/enzi/v0/accounts/ada"');
    assert.equal(nobody.stdout, '401');
  });

  await t.test('env.sh knows where it is', { skip: which('bash') ? false : 'bash is not installed' }, async () => {
    const { stdout } = await run('bash', ['-c', `. ${join(home, 'env.sh')}; echo "$PLIMSOLL_CERT_PATH $PLIMSOLL_URL"`], { cwd: '/' });
    assert.equal(stdout.trim(), `${home} https://127.0.0.1:${server.https}`);
  });

  await t.test('only certificates of our authority are asked for', async () => {
    const { text } = await sh(home, `openssl s_client -connect 127.0.0.1:${server.https} -CAfile ca.pem </dev/null 2>&1`);
    const names = /Acceptable client certificate CA names\n((?:.*CN.*\n)+)/.exec(text)?.[1];
    assert.match(names, /^CN ?= ?Plimsoll client CA [^\n]+\n$/, text);
  });

  await t.test('skopeo pulls with it', { skip: which('skopeo') ? false : 'skopeo is not installed' }, async () => {
    await new Repository(server, 'ada/app', ADA).pushImage('1.0');
    const certs = join(home, 'certs');
    await mkdir(certs);
    for (const [from, to] of [['ca.pem', 'ca.crt'], ['cert.pem', 'client.cert'], ['key.pem', 'client.key']]) {
      await copyFile(join(home, from), join(certs, to));
    }
    await writeFile(join(home, 'policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
    const options = { env: { HOME: home, XDG_RUNTIME_DIR: home } };
    const image = `docker://127.0.0.1:${server.https}/ada/app:1.0`;
    const shown = await run('skopeo', ['--policy', join(home, 'policy.json'), 'inspect', '--no-tags', '--cert-dir', certs, image], options);
    assert.match(shown.stdout, /sha256:/);
    const to = `dir:${join(home, 'image')}`;
    await run('skopeo', ['--policy', join(home, 'policy.json'), 'copy', '--src-cert-dir', certs, image, to], options);
  });

  await t.test('revoked, it is refused at once, and says so', async () => {
    const { stdout } = await sh(home, curl('', '/enzi/v0/accounts/ada/publicKeys'));
    const [key] = JSON.parse(stdout).accountPublicKeys;
    assert.equal(key.label, 'own key');
    await sh(home, curl(`--fail-with-body -X DELETE -u '${LOGIN}'`, `/enzi/v0/accounts/ada/publicKeys/${key.id}`));
    for (const path of ['/enzi/v0/accounts/ada', '/v2/', '/auth/token']) {
      const { stdout: said } = await sh(home, curl('', path));
      assert.match(said, /was revoked/, path);
      assert.equal(await status('', path), '401', path);
    }
  });
});

test("UCP's way to a bundle", { skip: lacking ? `not installed: ${lacking}` : false }, async (t) => {
  const server = await registry(t);
  const home = await folder(t);
  await sh(home, `curl -sS --fail-with-body -u '${LOGIN}' -o bundle.zip ${server.url}/api/clientbundle && unzip -q bundle.zip`);
  assert.equal((await stat(join(home, 'key.pem'))).mode & 0o777, 0o600);
  const { stdout } = await sh(home, '. ./env.sh; curl -sS --cacert ca.pem --cert cert.pem --key key.pem "$PLIMSOLL_URL/enzi/v0/id/"');
  assert.equal(JSON.parse(stdout).name, 'ada');
  await sh(home, 'openssl x509 -in cert.pem -noout -checkend 33000000 && openssl verify -CAfile cert.pem -partial_chain cert.pem');
});
