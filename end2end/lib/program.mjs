// Our program as a server under test: on idle loopback ports, with a data directory of its own, ended with the test.
import { spawn, execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export const ADMIN = 'admin';
export const PASSWORD = 'a password for tests only';
export const PROGRAM = process.env.JOURNEY_PROGRAM;
if (!PROGRAM) throw new Error('JOURNEY_PROGRAM is not set: run the journeys by `cargo xtask test --only browser`');

// What the program reads must come from the test alone.
export const cleanEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('PLIMSOLL_') && !name.startsWith('JOURNEY_')),
);

const undoing = new WeakMap();

/** Undoes something when the test ends; what was done last is undone first, unlike by `t.after`. */
export function atEnd(t, undo) {
  if (!undoing.has(t)) {
    undoing.set(t, []);
    t.after(async () => {
      const errors = [];
      for (const next of undoing.get(t).reverse()) {
        try {
          await next();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
    });
  }
  undoing.get(t).push(undo);
}

/** A temporary folder that goes with the test. */
export async function folder(t) {
  const path = await mkdtemp(join(tmpdir(), 'plimsoll-'));
  atEnd(t, () => rm(path, { recursive: true, force: true }));
  return path;
}

/** A port on 127.0.0.1 that is free now, below those that the system gives to connections: none of them takes it before the program does. */
export async function freePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const free = await new Promise((resolve) => server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (!free) continue;
    await new Promise((closed) => server.close(closed));
    return port;
  }
}

/** Nothing to wait for any more. */
export class Hopeless extends Error {}

/** Asks again and again until `check` answers something true; says what it waited for when it never does. */
export async function eventually(what, check, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < deadline) {
    try {
      const answer = await check();
      if (answer) return answer;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      last = error;
    }
    await new Promise((next) => setTimeout(next, 20));
  }
  throw new Error(`${what}: did not happen in ${seconds} s${last ? `; last: ${last.message}` : ''}`);
}

export class Plimsoll {
  /** Starts the program and waits until it answers. Options: `data` (an existing data directory), `args`, `env`, `config`. */
  static async start(t, { data, args = [], env = {}, http, https } = {}) {
    const server = new Plimsoll();
    server.data = data ?? join(await folder(t), 'data');
    server.http = http ?? (await freePort());
    server.https = https ?? (await freePort());
    server.url = `http://127.0.0.1:${server.http}`;
    server.host = `127.0.0.1:${server.http}`;
    server.secureHost = `localhost:${server.https}`;
    server.options = { args, env };
    atEnd(t, () => server.stop());
    await server.launch();
    return server;
  }

  /** Starts the process, again if it was stopped or killed. */
  async launch() {
    this.log = '';
    const listen = ['--http', `127.0.0.1:${this.http}`, '--https', `127.0.0.1:${this.https}`, '--data-dir', this.data];
    this.process = spawn(PROGRAM, ['serve', ...listen, ...this.options.args], {
      env: { ...cleanEnvironment, PLIMSOLL_ADMIN_PASSWORD: PASSWORD, ...this.options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const child = this.process;
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.log += text));
    await eventually('the program answers /_ping', async () => {
      if (child.exitCode !== null || child.signalCode) throw new Hopeless(`the program ended:\n${this.log}`);
      return (await fetch(`${this.url}/_ping`)).ok;
    });
  }

  /** Asks it to end, and waits. */
  async stop() {
    if (this.process.exitCode === null && !this.process.signalCode) this.process.kill('SIGTERM');
    return this.ended;
  }

  /** Ends it as a power cut would. */
  async kill() {
    this.process.kill('SIGKILL');
    return this.ended;
  }

  /** The certificate of the program's own authority, in a file. */
  async authority(t) {
    const path = join(await folder(t), 'ca.crt');
    await writeFile(path, Buffer.from(await (await fetch(`${this.url}/ca`)).arrayBuffer()));
    return path;
  }

  /** A call of the JSON API as somebody; answers status and body. */
  async api(method, path, body, { user = ADMIN, password = PASSWORD } = {}) {
    const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text && answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
  }

  /** As `api`, for what has to succeed. */
  async must(method, path, body, who) {
    const answer = await this.api(method, path, body, who);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  createRepository(name, fields = {}) {
    const [namespace, repository] = name.split('/');
    return this.must('POST', `/api/v0/repositories/${namespace}`, { name: repository, visibility: 'private', ...fields });
  }

  createUser(name, password) {
    return this.must('POST', '/enzi/v0/accounts', { name, password, isActive: true });
  }
}

const execute = promisify(execFile);

/** Runs a program to its end; answers its output, or throws with it. */
export async function run(program, args, { env = {}, ...options } = {}) {
  try {
    const { stdout, stderr } = await execute(program, args, {
      env: { ...cleanEnvironment, ...env },
      maxBuffer: 64 << 20,
      timeout: 120_000,
      ...options,
    });
    return { stdout, stderr, text: stdout + stderr };
  } catch (error) {
    throw Object.assign(new Error(`${program} ${args.join(' ')}: ${error.message}\n${error.stdout}${error.stderr}`), {
      text: `${error.stdout}${error.stderr}`,
      code: error.code,
    });
  }
}

/** Runs a program that has to fail; answers what it said. */
export async function fails(program, args, options) {
  let done;
  try {
    done = await run(program, args, options);
  } catch (error) {
    if (error.text === undefined) throw error;
    return error.text;
  }
  throw new Error(`${program} ${args.join(' ')} was expected to fail and said: ${done.text}`);
}

/** Where a program is installed; looks into the folder of fetched clients first. */
export function which(name) {
  const folders = [process.env.JOURNEY_CLIENTS, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.filter(Boolean).map((path) => join(path, name)).find((path) => existsSync(path));
}

/** Whether this is root, who alone may start a daemon or mount a file system. */
export const isRoot = process.getuid?.() === 0;
