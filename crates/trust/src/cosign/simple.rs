//! Simple signing: the layer is what is signed, and the signature is in an annotation of the layer.

use serde::{Deserialize, de::IgnoredAny};
use time::OffsetDateTime;

use crate::attached::{Found, Refused, Subject, Trusted, Verified};

use super::{Asked, Brought, decode, verified};

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
/// What `critical.type` has to be.
const TYPES: [&str; 2] = [
    "cosign container image signature",
    "https://sigstore.dev/cosign/sign/v1",
];

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
    #[serde(rename = "optional")]
    _optional: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    r#type: String,
}

#[derive(Deserialize)]
struct Image {
    // the specification's own example has a capital; Go reads both
    #[serde(rename = "docker-manifest-digest", alias = "Docker-manifest-digest")]
    digest: String,
}

/// Decides about a layer of simple signing.
pub(crate) fn simple(
    found: &Found,
    content: &[u8],
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    let signature = found.annotations.get(SIGNATURE).ok_or(Refused::Unsigned)?;
    let signature = decode(signature)?;
    let asked = Asked {
        trusted,
        brought: Brought::beside(&found.annotations),
        arrived,
    };
    let made = asked.made(content, &signature)?;
    let payload: Payload = serde_json::from_slice(content).map_err(Refused::malformed)?;
    if !TYPES.contains(&payload.critical.r#type.as_str()) {
        return Err(Refused::Unsupported(payload.critical.r#type));
    }
    let digest = payload.critical.image.digest;
    if digest != subject.digest.to_string() {
        return Err(Refused::OtherImage(digest));
    }
    Ok(verified(made, None))
}
