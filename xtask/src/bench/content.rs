//! What is pushed and pulled: random bytes, and manifests over them.

use std::{
    hash::{BuildHasher, RandomState},
    time::Instant,
};

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::peers::{REPOSITORY, SECOND_REPOSITORY, Target};
use crate::{
    http::{Answer, Connection},
    site::hex,
};

/// The media type of the manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// How many tags the tag list has.
const TAGS: usize = 201;

/// One of each kind.
pub(super) struct Content {
    pub(super) big: Blob,
    pub(super) small: Blob,
    pub(super) manifest: Blob,
}

/// Bytes and their digest.
pub(super) struct Blob {
    pub(super) bytes: Vec<u8>,
    pub(super) digest: String,
}

impl Blob {
    fn new(bytes: Vec<u8>) -> Self {
        let digest = format!("sha256:{}", hex(&Sha256::digest(&bytes)));
        Self { bytes, digest }
    }

    /// Bytes that were never pushed before.
    pub(super) fn random(length: usize) -> Self {
        Self::new(random(length))
    }
}

impl Content {
    /// New content, with a big blob of this size.
    pub(super) fn random(big: usize) -> Self {
        let (big, small) = (Blob::random(big), Blob::random(1024));
        let manifest = manifest(&small, &big, "bench");
        Self {
            big,
            small,
            manifest,
        }
    }

    /// Puts it where every load expects it, and tags the manifest often enough for the tag list.
    pub(super) fn push_to(&self, target: &Target) -> Result<()> {
        Push::open(target, SECOND_REPOSITORY)?.monolithic(&self.small)?;
        let mut push = Push::open(target, REPOSITORY)?;
        push.monolithic(&self.big)?;
        push.monolithic(&self.small)?;
        push.manifest("latest", &self.manifest)?;
        for tag in 1..TAGS {
            push.manifest(&format!("tag-{tag:03}"), &self.manifest)?;
        }
        Ok(())
    }

    /// A manifest over the small blob that was never pushed before, and a tag for it.
    pub(super) fn another_manifest(&self) -> (String, Blob) {
        let name = hex(&random(8));
        let manifest = manifest(&self.small, &self.small, &name);
        (name, manifest)
    }
}

/// A pushing client on one kept-alive connection.
pub(super) struct Push {
    connection: Connection,
    repository: &'static str,
    authorization: Option<String>,
}

impl Push {
    /// Connects, with a fresh token where one is needed.
    pub(super) fn open(target: &Target, repository: &'static str) -> Result<Self> {
        let connection = Connection::open(target.http)?;
        Ok(Self {
            connection,
            repository,
            authorization: target.authorization(repository)?,
        })
    }

    /// POST, then PUT with all bytes.
    pub(super) fn monolithic(&mut self, blob: &Blob) -> Result<()> {
        let location = self.begin()?;
        self.finish(&location, blob, &blob.bytes)
    }

    /// POST, a PATCH for each 10 MiB, PUT.
    pub(super) fn chunked(&mut self, blob: &Blob) -> Result<()> {
        let mut location = self.begin()?;
        let mut from = 0;
        for chunk in blob.bytes.chunks(10 << 20) {
            let range = format!("{from}-{}", from + chunk.len() - 1);
            let headers = [
                ("Content-Range", range.as_str()),
                ("Content-Type", "application/octet-stream"),
            ];
            location = self
                .send("PATCH", &location, &headers, chunk)?
                .expect(202, "PATCH")?
                .location()?;
            from += chunk.len();
        }
        self.finish(&location, blob, b"")
    }

    /// PUT of a manifest under a tag.
    pub(super) fn manifest(&mut self, tag: &str, manifest: &Blob) -> Result<()> {
        let path = format!("/v2/{}/manifests/{tag}", self.repository);
        self.send("PUT", &path, &[("Content-Type", MANIFEST)], &manifest.bytes)?
            .expect(201, "PUT manifest")?;
        Ok(())
    }

    fn begin(&mut self) -> Result<String> {
        let path = format!("/v2/{}/blobs/uploads/", self.repository);
        self.send("POST", &path, &[], b"")?
            .expect(202, "POST")?
            .location()
    }

    fn finish(&mut self, location: &str, blob: &Blob, rest: &[u8]) -> Result<()> {
        let separator = if location.contains('?') { '&' } else { '?' };
        let path = format!("{location}{separator}digest={}", blob.digest);
        self.send(
            "PUT",
            &path,
            &[("Content-Type", "application/octet-stream")],
            rest,
        )?
        .expect(201, "PUT blob")?;
        Ok(())
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer> {
        let authorization = self
            .authorization
            .as_deref()
            .map(|value| ("Authorization", value));
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain(authorization).collect();
        self.connection.send(method, path, &headers, body)
    }
}

/// An image of one layer. The name makes it different from others.
fn manifest(config: &Blob, layer: &Blob, name: &str) -> Blob {
    let descriptor = |media_type: &str, blob: &Blob| serde_json::json!({ "mediaType": media_type, "digest": blob.digest, "size": blob.bytes.len() });
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        "annotations": { "org.opencontainers.image.title": name },
    });
    Blob::new(manifest.to_string().into_bytes())
}

/// Bytes that do not compress and never repeat: xorshift64*, seeded by the time.
fn random(length: usize) -> Vec<u8> {
    let mut state = RandomState::new().hash_one(Instant::now()) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
