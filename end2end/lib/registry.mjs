// A small client of /v2/ for what the journeys need besides real clients, and images made from nothing.
import { createHash, randomBytes, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ADMIN, PASSWORD } from './program.mjs';

export const TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
};

export const sha256 = (bytes) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
export const random = (length) => randomBytes(length);

/** A tar archive of `{ name: content }`, as layers have it. */
export function tar(files) {
  const blocks = [];
  for (const [name, content] of Object.entries(files)) {
    const body = Buffer.from(content);
    const head = Buffer.alloc(512);
    head.write(name, 0, 100);
    head.write('0000644\0', 100);
    head.write('0000000\0', 108);
    head.write('0000000\0', 116);
    head.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('00000000000\0', 136);
    head.write('        ', 148);
    head.write('0', 156);
    head.write('ustar\0', 257);
    head.write('00', 263);
    const sum = head.reduce((total, byte) => total + byte, 0);
    head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(head, body, Buffer.alloc((512 - (body.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A client of one repository, as somebody, or as nobody with `user: null`. */
export class Repository {
  constructor(server, name, { user = ADMIN, password = PASSWORD } = {}) {
    Object.assign(this, { server, name, user, password });
  }

  async token(actions = 'pull,push') {
    const query = new URLSearchParams({ service: 'plimsoll', scope: `repository:${this.name}:${actions}` });
    const basic = Buffer.from(`${this.user}:${this.password}`).toString('base64');
    const headers = this.user ? { authorization: `Basic ${basic}` } : {};
    const answer = await fetch(`${this.server.url}/auth/token?${query}`, { headers });
    if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
    return (await answer.json()).token;
  }

  /** One request below `/v2/<name>`, or to an absolute address. */
  async request(method, path, { headers = {}, body } = {}) {
    const url = path.startsWith('http') ? path : path.startsWith('/v2/') ? this.server.url + path : `${this.server.url}/v2/${this.name}${path}`;
    const options = { method, headers: { authorization: `Bearer ${await this.token()}`, ...headers }, body };
    return fetch(url, body && typeof body.pipe === 'function' ? { ...options, duplex: 'half' } : options);
  }

  async expect(status, method, path, options) {
    const answer = await this.request(method, path, options);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} instead of ${status}: ${await answer.text()}`);
    return answer;
  }

  /** Opens an upload and answers its address. */
  async begin() {
    return this.resolve((await this.expect(202, 'POST', '/blobs/uploads/')).headers.get('location'));
  }

  resolve(location) {
    return new URL(location, this.server.url).href;
  }

  async pushBlob(bytes) {
    const digest = sha256(bytes);
    const location = new URL(await this.begin());
    location.searchParams.set('digest', digest);
    await this.expect(201, 'PUT', location.href, { body: bytes, headers: { 'content-type': 'application/octet-stream' } });
    return { digest, size: bytes.length };
  }

  async pushManifest(reference, manifest) {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const headers = { 'content-type': manifest.mediaType };
    await this.expect(201, 'PUT', `/manifests/${reference ?? sha256(bytes)}`, { body: bytes, headers });
    return { mediaType: manifest.mediaType, digest: sha256(bytes), size: bytes.length };
  }

  /** An image with a layer for each entry of `layers` (`[createdBy, files]`) and a configuration worth looking at. */
  async pushImage(reference, { layers = [['COPY hello.txt /', { 'hello.txt': 'hello' }]], architecture = 'amd64', config = {} } = {}) {
    const archives = layers.map(([, files]) => tar(files));
    const pushed = [];
    for (const archive of archives) pushed.push({ mediaType: TYPES.layer, ...(await this.pushBlob(gzipSync(archive))) });
    const created = '2026-01-02T03:04:05Z';
    const image = {
      created, architecture, os: 'linux',
      config: { Env: ['PATH=/usr/bin:/bin', 'LANG=C.UTF-8'], Entrypoint: ['/hello'], ExposedPorts: { '8080/tcp': {} }, User: '1000', Labels: { 'org.opencontainers.image.source': 'https://example.com/hello' }, ...config },
      rootfs: { type: 'layers', diff_ids: archives.map(sha256) },
      history: [...layers.map(([created_by]) => ({ created, created_by })), { created, created_by: 'ENTRYPOINT ["/hello"]', empty_layer: true }],
    };
    const blob = await this.pushBlob(Buffer.from(JSON.stringify(image)));
    return this.pushManifest(reference, { schemaVersion: 2, mediaType: TYPES.manifest, config: { mediaType: TYPES.config, ...blob }, layers: pushed });
  }

  /** The configuration of an image. */
  async imageConfig(reference) {
    const { config } = await (await this.expect(200, 'GET', `/manifests/${reference}`)).json();
    return (await this.expect(200, 'GET', `/blobs/${config.digest}`)).json();
  }

  /** An index of two platforms. */
  async pushIndex(reference) {
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      manifests.push({ ...(await this.pushImage(undefined, { architecture })), platform: { os: 'linux', architecture } });
    }
    return this.pushManifest(reference, { schemaVersion: 2, mediaType: TYPES.index, manifests });
  }

  /** A signature as cosign makes them, by its tag: on the image `subject`, and saying that it is for `digest`. */
  async pushCosign(subject, key, digest = subject) {
    const critical = { identity: { 'docker-reference': this.name }, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' };
    const payload = Buffer.from(JSON.stringify({ critical, optional: null }));
    const annotations = { 'dev.cosignproject.cosign/signature': sign('sha256', payload, key).toString('base64') };
    const layer = { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', ...(await this.pushBlob(payload)), annotations };
    const config = { mediaType: TYPES.config, ...(await this.pushBlob(Buffer.from('{}'))) };
    const manifest = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [layer] };
    return this.pushManifest(`${subject.replace(':', '-')}.sig`, manifest);
  }

  /** What an attestation says of how an image was built: SLSA's provenance in an envelope that `key` signed, by `subject`. */
  async pushProvenance(subject, key, source, commit) {
    const payloadType = 'application/vnd.in-toto+json';
    const predicateType = 'https://slsa.dev/provenance/v0.2';
    const predicate = {
      builder: { id: 'https://git.example/runners/3' },
      invocation: { configSource: { uri: `${source}.git#refs/heads/main`, digest: { sha1: commit }, entryPoint: 'Dockerfile' } },
    };
    const about = [{ name: this.name, digest: { sha256: subject.digest.slice('sha256:'.length) } }];
    const payload = Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject: about, predicate }));
    const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload]);
    const envelope = { payloadType, payload: payload.toString('base64'), signatures: [{ sig: sign('sha256', signed, key).toString('base64') }] };
    const mediaType = 'application/vnd.dsse.envelope.v1+json';
    const layer = { mediaType, ...(await this.pushBlob(Buffer.from(JSON.stringify(envelope)))), annotations: { predicateType } };
    const config = { mediaType: TYPES.empty, ...(await this.pushBlob(Buffer.from('{}'))) };
    return this.pushManifest(undefined, { schemaVersion: 2, mediaType: TYPES.manifest, config, layers: [layer], subject });
  }

  /** Something that refers to an image, as a signature or a bill of materials does. */
  async pushReferrer(subject, artifactType) {
    const empty = { mediaType: TYPES.empty, ...(await this.pushBlob(Buffer.from('{}'))) };
    return this.pushManifest(undefined, { schemaVersion: 2, mediaType: TYPES.manifest, artifactType, config: empty, layers: [empty], subject });
  }
}
