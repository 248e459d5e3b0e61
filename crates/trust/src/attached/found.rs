//! Recognising signatures: cosign's "Signature Specification" and bundles, notation's "Signature Specification", by the media types
//! of layers.

use std::collections::BTreeMap;

use oci::{Descriptor, Digest, Manifest, Tag};

/// How many signatures of one manifest are looked at: cosign adds one to the manifest of its tag with each signature.
pub const MAX_SIGNATURES: usize = 64;

const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
const NOTATION: &str = "application/vnd.cncf.notary.signature";
const COSIGN_ARTIFACTS: &str = "application/vnd.dev.cosign.artifact.";

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// cosign's payload, with the signature in an annotation.
    SimpleSigning,
    /// An in-toto statement in an envelope of DSSE.
    Envelope,
    /// A bundle of sigstore.
    Bundle,
    /// notation, JWS.
    Jws,
    /// notation, COSE.
    Cose,
}

impl Format {
    /// The longest content that is read, in bytes. Only what holds an attestation is long.
    pub const fn longest(self) -> u64 {
        match self {
            Self::SimpleSigning => 64 << 10,
            Self::Jws | Self::Cose => 256 << 10,
            Self::Envelope | Self::Bundle => super::MAX_CONTENT,
        }
    }
}

/// A layer that is, or says that it is, a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which layer.
    pub position: usize,
    /// How it is written.
    pub format: Format,
    /// Where its content is.
    pub digest: Digest,
    /// How long its content is, in bytes.
    pub size: u64,
    /// What the layer's descriptor says besides.
    pub annotations: BTreeMap<String, String>,
}

/// The signatures that a manifest has, at most [`MAX_SIGNATURES`].
pub fn found(manifest: &Manifest) -> Vec<Found> {
    let layers = manifest.layers.iter().enumerate();
    let found = layers.filter_map(|(position, layer)| {
        Some(Found {
            position,
            format: format(manifest, layer)?,
            digest: layer.digest,
            size: layer.size,
            annotations: layer.annotations.clone(),
        })
    });
    found.take(MAX_SIGNATURES).collect()
}

fn format(manifest: &Manifest, layer: &Descriptor) -> Option<Format> {
    let notation = manifest.effective_artifact_type() == Some(NOTATION);
    match layer.media_type.as_str() {
        SIMPLE_SIGNING => Some(Format::SimpleSigning),
        DSSE => Some(Format::Envelope),
        "application/jose+json" if notation => Some(Format::Jws),
        "application/cose" if notation => Some(Format::Cose),
        other if is_bundle(other) => Some(Format::Bundle),
        _ => None,
    }
}

/// Whether a media type is that of a bundle, of versions 0.1 to 0.3, in the old spelling or the new one.
pub(crate) fn is_bundle(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.dev.sigstore.bundle.v0.1+json"
            | "application/vnd.dev.sigstore.bundle.v0.2+json"
            | "application/vnd.dev.sigstore.bundle.v0.3+json"
            | "application/vnd.dev.sigstore.bundle+json;version=0.1"
            | "application/vnd.dev.sigstore.bundle+json;version=0.2"
            | "application/vnd.dev.sigstore.bundle+json;version=0.3"
    )
}

/// Whether a manifest has a signature, or says that it is one.
pub fn claims_to_be_one(manifest: &Manifest) -> bool {
    let says = |kind: &str| {
        kind == NOTATION || is_bundle(kind) || {
            let name = kind.strip_prefix(COSIGN_ARTIFACTS);
            name.is_some_and(|name| name.starts_with("sig.") || name.starts_with("att."))
        }
    };
    manifest.effective_artifact_type().is_some_and(says)
        || manifest
            .layers
            .iter()
            .any(|layer| format(manifest, layer).is_some())
}

/// The image that a tag of cosign's schema, `sha256-<hex>.sig` or `.att`, hangs a signature on.
pub fn subject_of(tag: &Tag) -> Option<Digest> {
    let tag = tag.as_str();
    let stem = [".sig", ".att"]
        .iter()
        .find_map(|suffix| tag.strip_suffix(suffix))?;
    let hex = stem.strip_prefix("sha256-")?;
    format!("sha256:{hex}").parse().ok()
}
