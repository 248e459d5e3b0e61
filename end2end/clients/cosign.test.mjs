// cosign, if it is there: images signed with a key and a certificate, in both of its formats, and an attestation.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { ADMIN, PASSWORD, Plimsoll, eventually, folder, run, which } from '../lib/program.mjs';
import { Repository } from '../lib/registry.mjs';

const skip = ['cosign', 'openssl'].some((name) => !which(name)) && 'cosign or openssl is not installed';

/** A root, an authority below it and a certificate for signing code, as OpenSSL makes them. */
async function certificates(openssl, home) {
  const issue = async (name, issuer, extensions) => {
    await openssl('ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', `${name}.key`);
    const subject = ['-subj', `/C=US/ST=WA/O=Acme/CN=${name}`, '-key', `${name}.key`];
    if (!issuer) return openssl('req', '-x509', '-new', ...subject, '-days', '2', '-out', `${name}.crt`);
    await writeFile(join(home, 'extensions'), extensions.join('\n'));
    await openssl('req', '-new', ...subject, '-out', `${name}.csr`);
    const by = ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`, '-CAcreateserial'];
    return openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '1', '-extfile', 'extensions', '-out', `${name}.crt`);
  };
  await issue('root');
  await issue('issuing', 'root', ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign']);
  await issue('build', 'issuing', ['basicConstraints=CA:FALSE', 'keyUsage=digitalSignature', 'extendedKeyUsage=codeSigning']);
  const [root, issuing] = await Promise.all(['root.crt', 'issuing.crt'].map((name) => readFile(join(home, name), 'utf8')));
  await writeFile(join(home, 'chain.crt'), issuing + root);
  return { root, issuing };
}

test('what cosign signs with a certificate counts by a trust store', { skip }, async (t) => {
  const server = await Plimsoll.start(t);
  const home = await folder(t);
  const options = { cwd: home, env: { HOME: home, DOCKER_CONFIG: home, COSIGN_PASSWORD: '', SSL_CERT_FILE: await server.authority(t) } };
  const cosign = (...args) => run(which('cosign'), args, options);
  const { root, issuing } = await certificates((...args) => run(which('openssl'), args, options), home);
  await server.createRepository(`${ADMIN}/app`);
  const image = await new Repository(server, `${ADMIN}/app`).pushImage('1');
  await cosign('login', server.secureHost, '-u', ADMIN, '-p', PASSWORD);
  await cosign('import-key-pair', '--key', 'build.key', '--output-key-prefix', 'imported');
  await writeFile(join(home, 'predicate.json'), '{"builder":{"id":"x"},"buildType":"y"}');

  const certificate = ['--certificate', 'build.crt', '--certificate-chain', 'chain.crt'];
  const offline = ['--use-signing-config=false', '--tlog-upload=false', '--key', 'imported.key', ...certificate];
  const name = `${server.secureHost}/${ADMIN}/app@${image.digest}`;
  await cosign('sign', ...offline, name);
  await cosign('sign', ...offline, '--new-bundle-format=false', name);
  await cosign('attest', ...offline, '--type', 'slsaprovenance', '--predicate', 'predicate.json', name);

  const said = async () => {
    const rows = await server.must('GET', `/api/v0/repositories/${ADMIN}/app/manifests/1/signatures`);
    return rows.map((row) => `${row.kind} ${row.verdict} ${row.trust ?? row.reason ?? ''}`).sort();
  };
  await eventually('all of it is looked at', async () => (await said()).filter((one) => one.includes(' refused its certificate leads to none')).length === 3);
  const store = { kind: 'notationStore', name: 'build', pem: root + issuing, identities: ['x509.subject: C=US, ST=WA, O=Acme'] };
  await server.must('POST', '/api/v0/signatureTrusts', store);
  await eventually('it counts', async () => assert.deepEqual(await said(), ['attestation verified build', 'cosign verified build', 'cosign verified build']) ?? true);
});
