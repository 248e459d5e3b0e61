// An account with a second factor: docker is refused with the password, in words that help, and works with an access token.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { daemon, missing } from '../lib/docker.mjs';
import { Plimsoll } from '../lib/program.mjs';
import { tar } from '../lib/registry.mjs';
import { code } from '../lib/totp.mjs';

const ADA = { user: 'ada', password: 'a password of Ada' };
const FACTOR = '/enzi/v0/accounts/ada/secondFactor';

test('docker and a second factor', { skip: missing() ?? false }, async (t) => {
  const server = await Plimsoll.start(t);
  const { docker, refused, home } = await daemon(t);
  await server.createUser(ADA.user, ADA.password);
  await server.createRepository('ada/app');
  const login = (password) => ['login', '-u', ADA.user, '-p', password, server.host];
  await docker(...login(ADA.password));
  const { token } = await server.must('POST', '/api/v0/api_tokens', { tokenLabel: 'docker' }, ADA);
  const { secret } = await server.must('POST', FACTOR, { password: ADA.password }, ADA);
  await server.must('POST', `${FACTOR}/confirm`, { code: code(secret) }, ADA);

  await writeFile(join(home, 'image.tar'), tar({ 'hello.txt': 'hello' }));
  const image = `${server.host}/ada/app:1.0`;
  await docker('import', join(home, 'image.tar'), image);
  assert.match(await refused('push', image), /unauthorized|denied/i, 'what docker kept from before is good no more');
  assert.match(await refused(...login(ADA.password)), /second factor.*access token/is);
  await docker(...login(token));
  await docker('push', image);
});
