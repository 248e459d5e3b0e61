// A throw-away docker daemon on a private socket: no bridge, no firewall rules, nothing of it stays.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hopeless, atEnd, eventually, fails, folder, isRoot, run, which } from './program.mjs';

/** Why docker cannot be used here, or `undefined`. */
export function missing() {
  if (!which('docker') || !which('dockerd')) return 'docker is not installed (Debian: apt-get install docker.io)';
  return isRoot ? undefined : 'only root may start a docker daemon';
}

/** Starts a daemon; answers functions that run docker against it, with a configuration of its own. */
export async function daemon(t) {
  const home = await folder(t);
  const socket = join(home, 'docker.sock');
  const log = join(home, 'log');
  const flags = [
    '--host', `unix://${socket}`, '--data-root', join(home, 'data'), '--exec-root', join(home, 'exec'), '--pidfile', join(home, 'pid'),
    '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false', '--bridge=none', '--userland-proxy=false',
  ];
  const child = spawn(which('dockerd'), flags, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  const file = createWriteStream(log);
  child.stdout.pipe(file);
  child.stderr.pipe(file);
  const ended = new Promise((resolve) => child.once('close', resolve));
  atEnd(t, async () => {
    child.kill('SIGTERM');
    await ended;
    // its network namespace stays mounted, and would keep the folder
    await run('umount', [join(home, 'exec/netns/default')]).catch(() => {});
  });
  const options = { env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(home, 'config'), HOME: home } };
  const docker = (...args) => run(which('docker'), args, options);
  await eventually('the docker daemon answers', async () => {
    if (child.exitCode !== null) throw new Hopeless(await readFile(log, 'utf8'));
    return docker('version');
  });
  return { docker, refused: (...args) => fails(which('docker'), args, options), home, host: options.env.DOCKER_HOST };
}

/**
 * What a client of docker that checks signatures has in its environment: a home without a login and without keys, and the registry's authority
 * where docker looks for it when it asks for trust data.
 */
export async function trustingClient(t, server, host) {
  const home = await folder(t);
  const trusted = join(home, 'tls', server.secureHost);
  await mkdir(trusted, { recursive: true });
  await copyFile(await server.authority(t), join(trusted, 'ca.crt'));
  await chmod(home, 0o700);
  return { HOME: home, DOCKER_CONFIG: home, DOCKER_HOST: host, DOCKER_CONTENT_TRUST: '1' };
}
