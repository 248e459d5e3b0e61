// The chain of a digest: who was told of it, whose key signed it, and at the end its chain of custody as the registry tells it. Each link is
// asserted to be of the same digest, and answered as a line for people.
import assert from 'node:assert/strict';
import { eventually } from '../lib/program.mjs';
import { GITLAB, OLGA, RELEASE } from './supply.mjs';

/** What a chain has at least one station of, and whether the registry has an event of it. */
const STATIONS = { source: false, build: false, push: true, scan: true, promotion: true, signature: true, pull: true };

/** The lines of the chain. */
export async function chainOf(server, chain) {
  const get = (path) => server.must('GET', path, undefined, OLGA);
  return [...(await told(get, chain)), ...(await signer(get, chain)), ...(await custody(get, chain))];
}

/** Who was told, and what they answered. */
async function told(get, { digest, webhook }) {
  const lines = [];
  for (const delivery of await get(`/api/v0/webhooks/${webhook.id}/deliveries`)) {
    const { request } = await get(`/api/v0/webhooks/${webhook.id}/deliveries/${delivery.id}`);
    assert.equal(JSON.parse(request.body).contents.digest, digest);
    lines.push(`webhook    ${delivery.id}: ${delivery.subject}, answered ${delivery.status}`);
  }
  return lines;
}

/** By which key it is signed, and whose that is. */
async function signer(get, { key, trust }) {
  const signer = trust.Signers.find(({ Name }) => Name === 'gitlab');
  assert.deepEqual(signer.Keys.map(({ ID }) => ID), [key.notaryKeyID], 'the key in the trust data is the designated one');
  const { members } = await get('/enzi/v0/accounts/ci/teams/gitlab/members');
  assert.deepEqual(members.map(({ member }) => member.name), [GITLAB.user], 'and its user is in the team');
  return trust.SignedTags.map((one) => `signature  ${RELEASE}:${one.SignedTag} by ${one.Signers}, key ${key.notaryKeyID} of ${GITLAB.user} in ci/gitlab`);
}

/** The stations of the digest's custody. */
async function custody(get, { commit, pipeline, build, digest, tag }) {
  const path = `/api/v0/repositories/${RELEASE}/manifests/${digest}/custody`;
  // what was pulled is written a few seconds later
  const answer = await eventually('the pulls are recorded', async () => {
    const answer = await get(path);
    return answer.stations.some(({ kind }) => kind === 'pull') && answer;
  });
  assert.deepEqual([answer.repository, answer.digest, answer.tags.sort()], [RELEASE, digest, [tag, 'latest'].sort()]);
  const { stations } = answer;
  const of = (kind) => stations.filter((one) => one.kind === kind && !['missing', 'hidden'].includes(one.standing));
  for (const [kind, hasEvent] of Object.entries(STATIONS)) {
    assert.ok(of(kind).length > 0, `a station of ${kind}`);
    if (hasEvent) assert.ok(of(kind).some(({ event }) => event), `a station of ${kind} has its event`);
  }
  for (const { event, repository, eventRepository, what } of stations.filter((one) => one.event)) {
    const { events } = await get(`/api/v0/repositories/${eventRepository ?? repository ?? RELEASE}/events?eventId=${event}`);
    assert.deepEqual(events.map(({ id }) => id), [event], `the event of "${what}"`);
  }
  assert.ok(of('source').some(({ what }) => what.includes(commit)), 'the commit is the one that was pushed');
  const said = JSON.stringify(of('build'));
  for (const url of [`/-/pipelines/${pipeline.id}`, `/-/jobs/${build.id}`]) assert.ok(said.includes(url), `${url} built it`);
  return [`custody    GET ${path}`, ...stations.map((one) => `  ${line(one)}`)];
}

/** A station as a line. */
function line({ kind, standing, at, what, actor, credential, address, times, event, eventRepository, repository }) {
  const who = [actor && `by ${actor}`, credential && `with ${credential}`, address && `from ${address}`, times > 1 && `${times} times`].filter(Boolean);
  const place = event && ` [${eventRepository ?? repository ?? RELEASE}, event ${event}]`;
  return `${(at ?? '').slice(0, 19).padEnd(19)}  ${kind}, ${standing}: ${[what, ...who].join(', ')}${place ?? ''}`;
}
