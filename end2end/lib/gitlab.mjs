// The part of GitLab that a supply chain needs, on loopback: repositories by git's own HTTP backend, a pipeline for each push, and the call
// by which others start one (`POST /api/v4/projects/<id>/trigger/pipeline?token=…&ref=…`), whose body the jobs get as TRIGGER_PAYLOAD.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import * as pipeline from './pipeline.mjs';
import { atEnd, folder, run } from './program.mjs';

const BRANCH = 'main';
const git = (cwd, ...args) =>
  run('git', ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.com', '-c', `init.defaultBranch=${BRANCH}`, ...args], { cwd, env: { GIT_TERMINAL_PROMPT: '0' } });
const secret = (prefix) => `${prefix}-${randomBytes(15).toString('base64url')}`;

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export class GitLab {
  /** Starts it. `environment`: what jobs have besides GitLab's variables, such as where docker is; ids of jobs count from `firstJob`. */
  static async start(t, { environment, firstJob = 66 }) {
    const gitlab = new GitLab();
    Object.assign(gitlab, { root: await folder(t), environment, projects: new Map(), pipelines: [], triggered: [], nextJob: firstJob, groups: new Map() });
    gitlab.developer = { name: 'dana', password: secret('glpat') };
    gitlab.jobToken = secret('glcbt');
    const server = createServer((request, response) => {
      gitlab.answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    atEnd(t, async () => {
      await Promise.all(gitlab.pipelines.map(({ done }) => done));
      server.closeAllConnections();
      server.close();
    });
    gitlab.host = `127.0.0.1:${server.address().port}`;
    gitlab.url = `http://${gitlab.host}`;
    return gitlab;
  }

  /** Makes a project with an empty repository. `variables` are those of the project's settings, `files` those of type File. */
  async project(path, { variables = {}, files = {} } = {}) {
    const id = this.projects.size + 7;
    const bare = join(this.root, 'git', `${path}.git`);
    await mkdir(bare, { recursive: true });
    await git(bare, 'init', '--bare', '--quiet');
    await git(bare, 'config', 'http.receivepack', 'true');
    const hook = join(bare, 'hooks/post-receive');
    await writeFile(hook, `#!/bin/sh\nexec curl --silent --show-error --fail --data-binary @- ${this.url}/api/v4/internal/post_receive?project=${id}\n`);
    await chmod(hook, 0o755);
    const project = { id, path, bare, variables, files, trigger: secret('glptt') };
    project.triggerUrl = `${this.url}/api/v4/projects/${id}/trigger/pipeline?token=${project.trigger}&ref=${BRANCH}`;
    this.projects.set(id, project);
    return project;
  }

  /** The address of a project's repository for somebody. */
  remote({ path }, { name, password }) {
    return `http://${name}:${password}@${this.host}/${path}.git`;
  }

  /** A working copy in which a developer commits and pushes. Answers `push(message, files)`, which answers the commit. */
  async workingCopy(project) {
    const home = join(this.root, 'work', project.path);
    await mkdir(home, { recursive: true });
    await git(home, 'clone', '--quiet', this.remote(project, this.developer), '.');
    return async (message, files) => {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(join(home, name, '..'), { recursive: true });
        await writeFile(join(home, name), content);
      }
      await git(home, 'add', '--all');
      await git(home, 'commit', '--quiet', '--message', message);
      await git(home, 'push', '--quiet', 'origin', `HEAD:${BRANCH}`);
      return (await git(home, 'rev-parse', 'HEAD')).stdout.trim();
    };
  }

  async answer(request, response) {
    const url = new URL(request.url, this.url);
    const trigger = /^\/api\/v4\/projects\/(\d+)\/trigger\/pipeline$/.exec(url.pathname);
    if (trigger && request.method === 'POST') return this.trigger(Number(trigger[1]), url.searchParams, await read(request), response);
    if (url.pathname === '/api/v4/internal/post_receive') return this.received(url, await read(request), response);
    if (/^\/[\w/-]+\.git\//.test(url.pathname)) return this.repository(request, url, response);
    return response.writeHead(404).end('{"message":"404 Not Found"}');
  }

  /** git's smart HTTP, by `git http-backend`. The developer pushes; jobs only read. */
  async repository(request, url, response) {
    const basic = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    const isDeveloper = basic === `${this.developer.name}:${this.developer.password}`;
    const pushes = `${url.pathname}${url.search}`.includes('git-receive-pack');
    if (!isDeveloper && (pushes || basic !== `gitlab-ci-token:${this.jobToken}`)) {
      return response.writeHead(401, { 'www-authenticate': 'Basic realm="GitLab"' }).end();
    }
    const env = {
      PATH: process.env.PATH, GIT_PROJECT_ROOT: join(this.root, 'git'), GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', REMOTE_USER: basic.split(':')[0], REMOTE_ADDR: '127.0.0.1',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
    };
    const body = await read(request);
    const backend = spawn('git', ['http-backend'], { env: { ...env, CONTENT_LENGTH: String(body.length) }, stdio: ['pipe', 'pipe', 'inherit'] });
    // Where there is nothing to read, it may have ended before.
    backend.stdin.on('error', () => {});
    backend.stdin.end(body);
    const said = await read(backend.stdout);
    const end = said.indexOf('\r\n\r\n');
    const headers = Object.fromEntries(said.toString('latin1', 0, end).split('\r\n').map((line) => line.split(/: (.*)/s).slice(0, 2)));
    const { Status: status = '200', ...others } = headers;
    return response.writeHead(Number.parseInt(status, 10), others).end(said.subarray(end + 4));
  }

  /** What the hook of a repository says after a push: a line for each branch. */
  received(url, body, response) {
    const project = this.projects.get(Number(url.searchParams.get('project')));
    for (const line of body.toString().trim().split('\n')) {
      const [, sha, ref] = line.split(' ');
      this.begin(project, { sha, ref: ref.replace('refs/heads/', ''), source: 'push' });
    }
    response.end('{}');
  }

  /** GitLab's trigger: 404 for a token that is not the project's, 201 with the pipeline. */
  async trigger(id, query, body, response) {
    const project = this.projects.get(id);
    if (!project || query.get('token') !== project.trigger) return response.writeHead(404).end('{"message":"404 Not Found"}');
    const ref = query.get('ref');
    const { stdout } = await git(project.bare, 'rev-parse', '--verify', '--quiet', `refs/heads/${ref}`);
    const payload = JSON.stringify({ ...JSON.parse(body.toString() || '{}'), id: String(id), ref, variables: {} });
    this.triggered.push(JSON.parse(payload));
    const { id: number, sha, source } = this.begin(project, { sha: stdout.trim(), ref, source: 'trigger', files: { TRIGGER_PAYLOAD: payload } });
    return response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id: number, project_id: id, sha, ref, source, status: 'created' }));
  }

  /** Begins a pipeline; `done` is its jobs, when they have ended. */
  begin(project, about) {
    const started = { id: this.pipelines.length + 1, project, ...about };
    started.done = this.work(started).then((jobs) => (started.jobs = jobs), (error) => (started.jobs = [{ name: 'pipeline', passed: false, log: String(error.stack) }]));
    this.pipelines.push(started);
    return started;
  }

  variables({ id, project, ref, sha, source }) {
    const url = `${this.url}/${project.path}`;
    return {
      CI: 'true', GITLAB_CI: 'true', CI_SERVER_URL: this.url, CI_DEFAULT_BRANCH: BRANCH, CI_COMMIT_BRANCH: ref, CI_COMMIT_REF_NAME: ref, CI_COMMIT_SHA: sha,
      CI_COMMIT_SHORT_SHA: sha.slice(0, 8), CI_PIPELINE_ID: String(id), CI_PIPELINE_SOURCE: source, CI_PIPELINE_URL: `${url}/-/pipelines/${id}`,
      CI_PROJECT_ID: String(project.id), CI_PROJECT_NAME: basename(project.path), CI_PROJECT_PATH: project.path, CI_PROJECT_URL: url, ...project.variables,
    };
  }

  async work(started) {
    const { project, sha, files } = started;
    const { stdout } = await git(project.bare, 'show', `${sha}:.gitlab-ci.yml`);
    const variables = this.variables(started);
    const done = [];
    for (const job of pipeline.jobs(stdout, variables)) {
      const group = job.resource_group && `${project.id} ${pipeline.expand(job.resource_group, { ...variables, ...job.common })}`;
      const before = this.groups.get(group);
      const next = Promise.resolve(before).then(() => this.job(job, started, variables, { ...project.files, ...files }));
      if (group) this.groups.set(group, next.catch(() => {}));
      done.push(await next);
      if (!done.at(-1).passed) break;
    }
    return done;
  }

  async job(job, { id, project, sha }, variables, files) {
    const number = this.nextJob;
    this.nextJob += 1;
    const home = join(this.root, 'builds', String(number));
    const checkout = join(home, project.path);
    await mkdir(checkout, { recursive: true });
    await git(checkout, 'clone', '--quiet', this.remote(project, { name: 'gitlab-ci-token', password: this.jobToken }), '.');
    await git(checkout, 'checkout', '--quiet', sha);
    const own = {
      CI_JOB_ID: String(number), CI_JOB_NAME: job.name, CI_JOB_URL: `${this.url}/${project.path}/-/jobs/${number}`, CI_PROJECT_DIR: checkout, CI_PIPELINE_ID: String(id),
    };
    return pipeline.run(job, number, { checkout, files, variables: { ...variables, ...own }, environment: { HOME: home, ...this.environment } });
  }
}

/** A file that is deployed as it lies under deploy/gitlab. */
export const deployed = (name) => readFile(new URL(`../../deploy/gitlab/${name}`, import.meta.url), 'utf8');
