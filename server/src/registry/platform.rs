//! The platform of an image, read from its configuration when the manifest arrives, so that lists need not open blobs.

use oci::manifest::{DOCKER_CONFIG, Manifest, OCI_CONFIG};
use serde::Deserialize;

use crate::{content, state::AppState};

/// The largest configuration that is read; one with a long history has some tens of kilobytes.
const MAX_CONFIG: u64 = 4 << 20;

/// OCI image-spec, "Image Configuration": the part that names the platform.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Platform {
    #[serde(default)]
    pub(super) os: Option<String>,
    #[serde(default)]
    pub(super) architecture: Option<String>,
    #[serde(default)]
    pub(super) variant: Option<String>,
    #[serde(default, rename = "os.version")]
    pub(super) os_version: Option<String>,
}

impl Platform {
    /// What no platform is called, and `PostgreSQL` cannot keep, is not one.
    fn without_nul(self) -> Self {
        let named = |text: Option<String>| text.filter(|text| !text.contains('\0'));
        Self {
            os: named(self.os),
            architecture: named(self.architecture),
            variant: named(self.variant),
            os_version: named(self.os_version),
        }
    }
}

/// The platform that the image's configuration names. Nothing for an artifact, and nothing where the configuration
/// cannot be read: a manifest is not refused for what its configuration says.
pub(super) async fn find(state: &AppState, manifest: &Manifest) -> Platform {
    let Some(config) = &manifest.config else {
        return Platform::default();
    };
    let is_image = config.media_type == OCI_CONFIG || config.media_type == DOCKER_CONFIG;
    if !is_image || config.size > MAX_CONFIG {
        return Platform::default();
    }
    match content::read(state, &config.digest, MAX_CONFIG).await {
        Ok(Some(bytes)) => serde_json::from_slice(&bytes)
            .map(Platform::without_nul)
            .unwrap_or_default(),
        _ => Platform::default(),
    }
}
