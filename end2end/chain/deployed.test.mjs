// What lies under deploy/gitlab is YAML and shell that its readers take, and has no secret in it. That the pipelines work is what
// supply-chain.test.mjs shows, which runs the same files.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { deployed } from '../lib/gitlab.mjs';
import { expand, holds, jobs } from '../lib/pipeline.mjs';
import { run } from '../lib/program.mjs';

/** What `docker stack deploy` leaves out with a warning, or refuses (docker/cli, cli/compose/types: Unsupported-, Deprecated- and ForbiddenProperties). */
const IN_NO_STACK = [
  'build', 'cgroup_parent', 'cgroupns_mode', 'container_name', 'cpu_quota', 'cpu_shares', 'cpuset', 'devices', 'domainname', 'expose', 'extends',
  'external_links', 'ipc', 'links', 'mac_address', 'mem_limit', 'memswap_limit', 'network_mode', 'pid', 'privileged', 'restart', 'security_opt',
  'shm_size', 'userns_mode', 'volume_driver', 'volumes_from',
];

test('the stack file has GitLab and a runner, and neither has keys of the machine', async () => {
  const { services } = parse(await deployed('gitlab.yml'));
  assert.deepEqual(Object.keys(services), ['gitlab', 'runner']);
  for (const [name, { image, volumes, deploy, ...others }] of Object.entries(services)) {
    assert.deepEqual(IN_NO_STACK.filter((key) => key in others), [], `${name}: a stack has no such keys`);
    assert.match(image, /^\$\{GITLAB_\w+:-gitlab\/gitlab-/, name);
    assert.equal(deploy.restart_policy.condition, 'any');
    assert.ok(volumes.every((volume) => !(volume.source ?? volume.target ?? volume).startsWith('/root')), name);
  }
  assert.ok(services.gitlab.ports.includes('2022:22'));
  const shared = services.gitlab.volumes.find(({ target }) => target === '/dev/shm');
  assert.deepEqual([shared.type, shared.tmpfs.size], ['tmpfs', 256 << 20]);
});

test('the pipelines have one job each, for what they are there for', async () => {
  const chosen = async (name, variables) => jobs(await deployed(name), { CI_DEFAULT_BRANCH: 'main', ...variables }).map((job) => job.name);
  const [push, trigger] = [{ CI_PIPELINE_SOURCE: 'push', CI_COMMIT_BRANCH: 'main' }, { CI_PIPELINE_SOURCE: 'trigger', CI_COMMIT_BRANCH: 'main' }];
  assert.deepEqual(await chosen('build/.gitlab-ci.yml', push), ['build']);
  assert.deepEqual(await chosen('build/.gitlab-ci.yml', { ...push, CI_COMMIT_BRANCH: 'idea' }), []);
  assert.deepEqual(await chosen('build/.gitlab-ci.yml', trigger), []);
  assert.deepEqual(await chosen('sign/.gitlab-ci.yml', trigger), ['sign']);
  assert.deepEqual(await chosen('sign/.gitlab-ci.yml', push), []);
});

test('their scripts are read by a plain shell, as the one in docker:28-cli is', async () => {
  for (const name of ['build/.gitlab-ci.yml', 'sign/.gitlab-ci.yml']) {
    const text = await deployed(name);
    for (const [job, { before_script: before = [], script = [], after_script: after = [] }] of Object.entries(parse(text))) {
      for (const lines of [[...before, ...script], after]) await run('sh', ['-n', '-c', lines.join('\n')]).catch((error) => assert.fail(`${name}, ${job}: ${error.message}`));
    }
    assert.doesNotMatch(text, /glptt-|glrt-|BEGIN [A-Z ]*PRIVATE|--password[ =](?!-)|docker login .*-p /, 'no secret, and none as an argument');
  }
  await run('sh', ['-n', fileURLToPath(new URL('../../deploy/gitlab/prepare-signing.sh', import.meta.url))]);
});

test('the calls of docs/secure-supply-chain.md are those of the API', async () => {
  const read = (name) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const { paths } = JSON.parse(await read('openapi.json'));
  const known = Object.keys(paths).map((path) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
  const called = (await read('secure-supply-chain.md')).match(/\/(?:api|enzi)\/v0\/[\w/]+/g);
  assert.ok(called.length > 20);
  assert.deepEqual(called.filter((path) => !known.some((one) => one.test(path))), []);
});

test('the pictures of docs/secure-supply-chain.md are those that lie beside it', async () => {
  const docs = new URL('../../docs/', import.meta.url);
  const page = await readFile(new URL('secure-supply-chain.md', docs), 'utf8');
  const named = [...page.matchAll(/\]\(secure-supply-chain\/([^)]+)\)/g)].map(([, name]) => name);
  assert.deepEqual(named.toSorted(), (await readdir(new URL('secure-supply-chain/', docs))).sort());
});

test('variables and rules mean what they mean in GitLab', () => {
  assert.equal(expand('${A}/$B:$C', { A: 'x', B: 'y' }), 'x/y:');
  assert.ok(holds('$A == "x" && $B == $C', { A: 'x', B: 'y', C: 'y' }));
  assert.ok(!holds('$A == "x" && $B == $C', { A: 'x', B: 'y', C: 'z' }));
  assert.ok(!holds('$A == $B', {}), 'what is not set is equal to nothing');
  assert.throws(() => holds('$A =~ /x/', { A: 'x' }), /not understood/);
  const file = (job) => `stages: [one]\nwork: {stage: one, script: [ls]${job}}\n`;
  assert.equal(jobs(file(''), {}).length, 1);
  assert.throws(() => jobs(file(', needs: [x]'), {}), /not understood/);
});
