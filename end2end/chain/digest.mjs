// The chain of a digest, from what the API tells: each link is asserted to be of the same digest, and answered as a line for people.
import assert from 'node:assert/strict';
import { BUILD, GITLAB, OLGA, RELEASE } from './supply.mjs';

/** The lines of the chain, from the commit to who pulled. */
export async function chainOf(server, { commit, pipeline, build, digest, tag, webhook, key, trust }) {
  const get = (path) => server.must('GET', path, undefined, OLGA);
  const events = async (name) => (await get(`/api/v0/repositories/${name}/events?pageSize=1000`)).events.reverse();
  const about = (event) => JSON.stringify(event).includes(digest);
  const lines = [`digest     ${digest}`, `commit     ${commit}, pushed to ${pipeline.project.path}`, `pipeline   ${pipeline.id}, job ${build.id}`];

  const line = (event) => `${event.publishedAt.slice(0, 19)}Z  ${event.type} ${event.object.type} by ${event.actor || event.actorType} (${event.credential || '-'})`;
  for (const name of [BUILD, RELEASE]) {
    const found = (await events(name)).filter(about);
    assert.ok(found.length > 0, `${name} has events of the digest`);
    for (const event of found) lines.push(`event      ${name}  ${line(event)}`);
  }
  const runs = await get(`/api/v0/repositories/${BUILD}/promotions`);
  const done = runs.filter((run) => run.isDone && run.digest === digest);
  assert.deepEqual(done.map((run) => run.targetTag).sort(), [tag, 'latest']);
  for (const run of done) lines.push(`promotion  ${run.sourceRepository}:${run.sourceTag} to ${run.targetRepository}:${run.targetTag}, policy ${run.policy} revision ${run.revision}`);

  for (const delivery of await get(`/api/v0/webhooks/${webhook.id}/deliveries`)) {
    const { request } = await get(`/api/v0/webhooks/${webhook.id}/deliveries/${delivery.id}`);
    assert.equal(JSON.parse(request.body).contents.digest, digest);
    lines.push(`webhook    ${delivery.id}: ${delivery.subject}, answered ${delivery.status}`);
  }

  const signer = trust.Signers.find(({ Name }) => Name === 'gitlab');
  assert.deepEqual(signer.Keys.map(({ ID }) => ID), [key.notaryKeyID], 'the key in the trust data is the designated one');
  const { members } = await get('/enzi/v0/accounts/ci/teams/gitlab/members');
  assert.deepEqual(members.map(({ member }) => member.name), [GITLAB.user], 'and its user is in the team');
  for (const signed of trust.SignedTags) lines.push(`signature  ${RELEASE}:${signed.SignedTag} by ${signed.Signers}, key ${key.notaryKeyID} of ${GITLAB.user} in ci/gitlab`);
  return lines;
}
