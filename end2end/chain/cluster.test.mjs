// What lies under deploy/kubernetes asks the registry about everything whose images it knows, at addresses that it has, and runs nothing without
// an answer.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import test from 'node:test';
import { parse, parseAllDocuments } from 'yaml';

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const deployed = async (name) => parse(await read(`deploy/kubernetes/${name}`));
const configurations = parseAllDocuments(await read('deploy/kubernetes/admission.yml')).map((one) => one.toJS());
const webhooks = configurations.flatMap((one) => one.webhooks);

/** `group/resource` of each kind whose images the registry knows: the arms of `pod_of`, and Kubernetes's plural of their names. */
async function known() {
  const source = await read('server/src/trust/policy/admission/images.rs');
  const arms = /fn pod_of[^]*?match[^]*?\(group, kind\) => Err/.exec(source)[0].matchAll(/\("(\w*)", ((?:"\w+"(?: \| )?)+)\)/g);
  return [...arms].flatMap(([, group, kinds]) => kinds.match(/\w+/g).map((kind) => `${group}/${kind.toLowerCase()}s`));
}

test('there is a webhook that judges, and one that pins', () => {
  assert.deepEqual(configurations.map((one) => one.kind), ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']);
  for (const { apiVersion } of configurations) assert.equal(apiVersion, 'admissionregistration.k8s.io/v1');
  assert.equal(webhooks.length, 2);
});

test('they ask about each kind whose images the registry knows, and about no other', async () => {
  const kinds = await known();
  assert.ok(kinds.includes('/pods') && kinds.includes('batch/cronjobs'), `the kinds are found in the source: ${kinds}`);
  for (const { name, rules } of webhooks) {
    for (const { apiVersions, operations } of rules) assert.deepEqual([apiVersions, operations], [['v1'], ['CREATE', 'UPDATE']], name);
    const asked = rules.flatMap(({ apiGroups, resources }) => apiGroups.flatMap((group) => resources.map((one) => `${group}/${one}`)));
    // A container for debugging comes into a pod by the subresource; what is sent is the pod.
    assert.deepEqual(asked.toSorted(), [...kinds, '/pods/ephemeralcontainers'].sort(), name);
  }
});

test('without an answer nothing runs, and the answer is not waited for for long', () => {
  for (const { name, failurePolicy, timeoutSeconds, sideEffects, admissionReviewVersions, matchPolicy, namespaceSelector } of webhooks) {
    assert.deepEqual([failurePolicy, sideEffects, matchPolicy], ['Fail', 'NoneOnDryRun', 'Equivalent'], name);
    assert.deepEqual(admissionReviewVersions, ['v1'], name);
    assert.ok(timeoutSeconds >= 1 && timeoutSeconds <= 10, `${name}: ${timeoutSeconds} s`);
    const [{ key, operator, values }, ...others] = namespaceSelector.matchExpressions;
    assert.deepEqual([key, operator, values, others], ['kubernetes.io/metadata.name', 'NotIn', ['kube-system', 'kube-node-lease', 'kube-public'], []], name);
  }
});

test('they ask at operations of the API, with the credentials of that host', async () => {
  const { paths } = JSON.parse(await read('docs/openapi.json'));
  const urls = webhooks.map(({ clientConfig }) => new URL(clientConfig.url));
  assert.deepEqual(urls.map(({ protocol, pathname }) => [protocol, pathname]), [['https:', '/admission/v1'], ['https:', '/admission/v1/pin']]);
  for (const { pathname } of urls) assert.ok(paths[pathname]?.post, `${pathname} is in docs/openapi.json`);
  const { plugins } = await deployed('admission-control.yml');
  assert.deepEqual(plugins.map(({ name }) => name), ['ValidatingAdmissionWebhook', 'MutatingAdmissionWebhook']);
  for (const { configuration } of plugins) assert.equal(basename(configuration.kubeConfigFile), 'registry.kubeconfig');
  // The API server looks for the credentials by the host of the address, and its port where there is one.
  const { users } = await deployed('registry.kubeconfig');
  assert.deepEqual([...new Set(urls.map(({ host }) => host))], users.map(({ name }) => name));
  assert.deepEqual(users.map(({ user }) => user), [{ token: 'REPLACE' }], 'no secret is in it');
});
