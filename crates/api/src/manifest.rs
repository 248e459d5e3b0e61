//! What a manifest holds, told for people: platform, layers with the Dockerfile line that made each, configuration, referrers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::scan::ShortSummary;

/// What a manifest is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A container image for one platform.
    Image,
    /// A manifest of manifests: an OCI index or a Docker manifest list.
    Index,
    /// Provenance or a bill of materials that a builder put beside an image, inside the index.
    Attestation,
    /// Anything else: a signature, a chart, a file.
    Artifact,
}

/// A manifest (DTR's `responses.Manifest`, and ours).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Digest of the manifest's bytes.
    pub digest: String,
    /// Media type of the manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Ours.
    pub kind: Kind,
    /// Ours: media type of the artifact (`artifactType`, or the configuration's media type).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// As `linux`; absent where the configuration names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// As `amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Ours: as `v7` of `arm`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Version of Windows that it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Author that the configuration names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When the image was built, as its configuration says.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<OffsetDateTime>,
    /// Ours: when the manifest was pushed to this repository.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub pushed_at: Option<OffsetDateTime>,
    /// Compressed bytes of a pull: manifest, configuration and layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Digest of the configuration; also what docker calls the image's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_digest: Option<String>,
    /// Media type of the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_media_type: Option<String>,
    /// Layers and the steps that made them, first step first; only in details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<Vec<DockerfileLine>>,
    /// Ours: how a container of it is started; only in details, and only for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<ImageConfig>,
    /// Ours: the manifest's annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Ours: digest of the manifest that this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// One step of the build and the layer it made, if any (DTR's `responses.DockerfileLine`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct DockerfileLine {
    /// The step made no layer (as `ENV`, `CMD`); `layerDigest` is empty and `size` 0.
    pub is_empty: bool,
    /// Digest of the layer as it is stored, that is compressed.
    pub layer_digest: String,
    /// The instruction, as `RUN apt-get update`; empty where the image does not say what made the layer.
    pub line: String,
    /// Media type of the layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Compressed bytes.
    pub size: u64,
    /// Where a non-distributable layer can be fetched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Ours: the layer's file name or other annotations, for artifacts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// Ours: the part of an image's configuration that says how a container is started (OCI image specification, config.md).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ImageConfig {
    /// `NAME=value`, in the image's order.
    pub env: Vec<String>,
    /// Command that is always run; empty where `cmd` is the whole command.
    pub entrypoint: Vec<String>,
    /// Default arguments of the entrypoint, or the command itself.
    pub cmd: Vec<String>,
    /// User, or user:group, that it runs as; empty means root.
    pub user: String,
    /// Directory that it starts in.
    pub working_dir: String,
    /// Ports it listens on, as `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// Paths that are volumes.
    pub volumes: Vec<String>,
    /// Signal that stops it, as `SIGQUIT`; empty means `SIGTERM`.
    pub stop_signal: String,
    /// Labels by name.
    pub labels: BTreeMap<String, String>,
}

/// Ours: one manifest of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlatformManifest {
    /// Digest of the platform's manifest.
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// An image, or what a builder put beside it.
    pub kind: Kind,
    /// As `linux`; absent where no platform is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// As `arm64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// As `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Version of Windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// Compressed bytes of a pull of this platform.
    pub size: u64,
    /// Of an attestation, in details: digest of the image in the same index that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Of an image, with its tag: how far its scan is, and what was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vuln_summary: Option<ShortSummary>,
}

/// Ours: a manifest whose `subject` is another one: a signature, a bill of materials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Referrer {
    /// Digest of the referrer.
    pub digest: String,
    /// What it is; absent where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Media type of its manifest.
    pub media_type: String,
    /// Bytes of its manifest.
    pub size: u64,
    /// Annotations of its manifest.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}
