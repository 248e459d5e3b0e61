//! Manifests: images and artifacts (a config and layers) and indexes (a list of manifests), of OCI and of Docker.
//!
//! OCI Image Specification 1.1 (`manifest.md`, `image-index.md`, `descriptor.md`) and Docker's schema 2. A manifest is
//! stored and served byte for byte; what is read here is what the registry has to know of it. Fields that it does not
//! know are passed over, contradictions are refused.

use crate::{Digest, Error, strict};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest manifest, in bytes (the specification asks registries for at least this much).
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most layers or manifests that one manifest may list.
pub const MAX_DESCRIPTORS: usize = 10_000;
/// Longest media type (RFC 6838, section 4.2: 127 characters each side of the slash).
pub const MAX_MEDIA_TYPE: usize = 255;

/// OCI image or artifact manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Docker image manifest, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// The config of an OCI image.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// The config of a Docker image.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// The two bytes `{}`, where an artifact has no config or no layer.
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// What the registry knows of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// One of [`OCI_MANIFEST`], [`OCI_INDEX`], [`DOCKER_MANIFEST`], [`DOCKER_LIST`]; to be served as `Content-Type`.
    pub media_type: String,
    /// As written in the manifest; see [`Manifest::effective_artifact_type`].
    pub artifact_type: Option<String>,
    /// Of an image or artifact always, of an index never.
    pub config: Option<Descriptor>,
    /// Of an image or artifact; may be empty.
    pub layers: Vec<Descriptor>,
    /// Of an index; may be empty.
    pub manifests: Vec<Descriptor>,
    /// The manifest that this one refers to. It need not exist.
    pub subject: Option<Descriptor>,
    /// Free text by key.
    pub annotations: BTreeMap<String, String>,
}

/// A reference to content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the content is.
    pub media_type: String,
    /// Its name.
    pub digest: Digest,
    /// Its length in bytes, at most `i64::MAX`.
    pub size: u64,
    /// Where else it can be had from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Free text by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What it runs on, in an index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What kind of artifact it is, in an index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The content itself in base64; it was found to match digest and size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

/// What an image runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// Like `linux`; Go's `GOOS`.
    pub os: String,
    /// Like `amd64`; Go's `GOARCH`.
    pub architecture: String,
    /// Like `v7` of an ARM processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Like `10.0.14393.1066`, of Windows.
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
}

impl Manifest {
    /// Whether it lists manifests.
    pub fn is_index(&self) -> bool {
        matches!(self.media_type.as_str(), OCI_INDEX | DOCKER_LIST)
    }

    /// The artifact type that referrers are listed and filtered by: `artifactType`, or else the config's media type
    /// (OCI Distribution Specification 1.1, "Listing Referrers").
    pub fn effective_artifact_type(&self) -> Option<&str> {
        let config = || {
            self.config
                .as_ref()
                .map(|config| config.media_type.as_str())
        };
        self.artifact_type
            .as_deref()
            .filter(|kind| !kind.is_empty())
            .or_else(config)
    }

    /// The blobs that have to be in the repository: config and layers, without those that come from elsewhere.
    pub fn blobs(&self) -> impl Iterator<Item = &Descriptor> {
        self.config
            .iter()
            .chain(self.layers.iter().filter(|layer| !layer.is_foreign()))
    }

    /// The manifests that an index lists.
    pub fn children(&self) -> impl Iterator<Item = &Descriptor> {
        self.manifests.iter()
    }
}

impl Descriptor {
    /// Whether it is a layer that registries need not have (Docker: foreign, OCI: non-distributable).
    pub fn is_foreign(&self) -> bool {
        self.media_type
            .starts_with("application/vnd.docker.image.rootfs.foreign.")
            || self
                .media_type
                .starts_with("application/vnd.oci.image.layer.nondistributable.")
    }
}

/// Reads a manifest as it was pushed, with the request's `Content-Type`.
///
/// # Errors
/// 413 `SIZE_INVALID` when it is longer than [`MAX_BYTES`], otherwise 400 `MANIFEST_INVALID`.
pub fn parse(content_type: Option<&str>, bytes: &[u8]) -> Result<Manifest, Error> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::too_large("a manifest", MAX_BYTES as u64));
    }
    let json =
        |error: serde_json::Error| invalid(format!("the manifest is not good JSON: {error}"));
    strict::check(bytes).map_err(json)?;
    let raw: RawManifest = serde_json::from_slice(bytes).map_err(json)?;
    let media_type = media_type(content_type, &raw)?;
    if raw.schema_version != Some(2) {
        return Err(invalid("schemaVersion has to be the number 2"));
    }
    check_shape(media_type, &raw)?;
    if raw
        .layers
        .iter()
        .chain(&raw.manifests)
        .map(Vec::len)
        .sum::<usize>()
        > MAX_DESCRIPTORS
    {
        return Err(invalid(format!(
            "a manifest lists at most {MAX_DESCRIPTORS} layers or manifests"
        )));
    }
    Ok(Manifest {
        media_type: media_type.to_owned(),
        artifact_type: raw
            .artifact_type
            .map(|kind| check_media_type("artifactType", kind))
            .transpose()?,
        config: raw
            .config
            .map(|config| config.check("config"))
            .transpose()?,
        layers: check_all("layers", raw.layers)?,
        manifests: check_all("manifests", raw.manifests)?,
        subject: raw
            .subject
            .map(|subject| subject.check("subject"))
            .transpose()?,
        annotations: raw.annotations.unwrap_or_default(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    schema_version: Option<u64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<RawDescriptor>,
    layers: Option<Vec<RawDescriptor>>,
    manifests: Option<Vec<RawDescriptor>>,
    subject: Option<RawDescriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    media_type: Option<String>,
    digest: String,
    size: u64,
    urls: Option<Vec<String>>,
    annotations: Option<BTreeMap<String, String>>,
    platform: Option<Platform>,
    artifact_type: Option<String>,
    data: Option<String>,
}

fn invalid(message: impl Into<String>) -> Error {
    Error::manifest_invalid(message)
}

/// The media type that header and body agree on.
fn media_type(content_type: Option<&str>, raw: &RawManifest) -> Result<&'static str, Error> {
    let header = content_type
        .map(|value| value.split(';').next().unwrap_or_default().trim())
        .filter(|value| !value.is_empty())
        .map(known_media_type)
        .transpose()?;
    let body = raw
        .media_type
        .as_deref()
        .filter(|kind| !kind.is_empty())
        .map(known_media_type)
        .transpose()?;
    match (header, body) {
        (Some(header), Some(body)) if header != body => Err(invalid(format!(
            "Content-Type says {header}, but mediaType in the manifest says {body}"
        ))),
        (Some(known), _) | (None, Some(known)) => Ok(known),
        (None, None) if raw.schema_version == Some(1) => Err(schema_1()),
        (None, None) if raw.manifests.is_some() => Ok(OCI_INDEX),
        (None, None) => Ok(OCI_MANIFEST),
    }
}

fn known_media_type(text: &str) -> Result<&'static str, Error> {
    let is = |known: &&str| text.eq_ignore_ascii_case(known);
    if let Some(known) = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST]
        .into_iter()
        .find(is)
    {
        return Ok(known);
    }
    if text
        .to_ascii_lowercase()
        .starts_with("application/vnd.docker.distribution.manifest.v1+")
    {
        return Err(schema_1());
    }
    Err(invalid(format!(
        "manifests have one of these media types: {OCI_MANIFEST}, {OCI_INDEX}, {DOCKER_MANIFEST}, {DOCKER_LIST}"
    )))
}

fn schema_1() -> Error {
    invalid(
        "Docker's manifest schema 1 is not supported: it cannot be verified by digest; push with Docker 1.10 or later",
    )
}

/// An image has a config and layers and no manifests; an index has manifests and neither of the others.
fn check_shape(media_type: &str, raw: &RawManifest) -> Result<(), Error> {
    let index = matches!(media_type, OCI_INDEX | DOCKER_LIST);
    if index && (raw.layers.is_some() || raw.config.is_some()) {
        return Err(invalid(
            "an index lists manifests; it has no config and no layers",
        ));
    }
    if index && raw.manifests.is_none() {
        return Err(invalid(
            "manifests is missing; in an index it is a list, which may be empty",
        ));
    }
    if !index && raw.manifests.is_some() {
        return Err(invalid(
            "an image or artifact manifest has config and layers; it lists no manifests",
        ));
    }
    if !index && raw.config.is_none() {
        return Err(invalid(format!(
            "config is missing; an artifact without one has a config of media type {OCI_EMPTY}"
        )));
    }
    Ok(())
}

fn check_media_type(field: &str, text: String) -> Result<String, Error> {
    if text.len() > MAX_MEDIA_TYPE || !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(invalid(format!(
            "{field} is a media type of at most {MAX_MEDIA_TYPE} characters of ASCII"
        )));
    }
    Ok(text)
}

fn check_all(field: &str, list: Option<Vec<RawDescriptor>>) -> Result<Vec<Descriptor>, Error> {
    let entries = list.into_iter().flatten().enumerate();
    entries
        .map(|(i, descriptor)| descriptor.check(&format!("{field}[{i}]")))
        .collect()
}

impl RawDescriptor {
    /// Makes the descriptor; `field` is where it is, for messages.
    fn check(self, field: &str) -> Result<Descriptor, Error> {
        let media_type = self
            .media_type
            .filter(|kind| !kind.is_empty())
            .ok_or_else(|| invalid(format!("{field}.mediaType is missing")))?;
        let digest: Digest = self
            .digest
            .parse()
            .map_err(|error: Error| invalid(format!("{field}.digest: {}", error.message)))?;
        if i64::try_from(self.size).is_err() {
            return Err(invalid(format!("{field}.size is larger than any content")));
        }
        if let Some(data) = &self.data {
            check_data(field, data, &digest, self.size)?;
        }
        Ok(Descriptor {
            media_type: check_media_type(&format!("{field}.mediaType"), media_type)?,
            digest,
            size: self.size,
            urls: self.urls.unwrap_or_default(),
            annotations: self.annotations.unwrap_or_default(),
            platform: self.platform,
            artifact_type: self
                .artifact_type
                .map(|kind| check_media_type(&format!("{field}.artifactType"), kind))
                .transpose()?,
            data: self.data,
        })
    }
}

/// `descriptor.md`, "Embedded Content": data has to be what digest and size say.
fn check_data(field: &str, data: &str, digest: &Digest, size: u64) -> Result<(), Error> {
    let content = BASE64_STANDARD
        .decode(data)
        .map_err(|_| invalid(format!("{field}.data is not base64 (RFC 4648, section 4)")))?;
    if content.len() as u64 != size || Digest::of(digest.algorithm(), &content) != *digest {
        return Err(invalid(format!(
            "{field}.data does not match its digest and size"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
