//! sigstore's bundles, versions 0.1 to 0.3. What they bring of transparency logs and timestamps is not needed for keys.

use oci::{Algorithm, Digest};
use serde::{Deserialize, de::IgnoredAny};
use time::OffsetDateTime;

use crate::attached::{Refused, Subject, Trusted, Verified, is_bundle};

use super::{decode, dsse::Envelope, signer, verified};

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "mediaType", alias = "media_type")]
    media_type: String,
    #[serde(rename = "verificationMaterial", alias = "verification_material")]
    material: Material,
    #[serde(default, rename = "dsseEnvelope", alias = "dsse_envelope")]
    envelope: Option<Envelope>,
    #[serde(default, rename = "messageSignature", alias = "message_signature")]
    message: Option<MessageSignature>,
}

#[derive(Deserialize)]
struct Material {
    #[serde(default, rename = "publicKey", alias = "public_key")]
    key: Option<IgnoredAny>,
    #[serde(default)]
    certificate: Option<IgnoredAny>,
    #[serde(
        default,
        rename = "x509CertificateChain",
        alias = "x509_certificate_chain"
    )]
    chain: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct MessageSignature {
    #[serde(rename = "messageDigest", alias = "message_digest")]
    digest: MessageDigest,
    signature: String,
}

#[derive(Deserialize)]
struct MessageDigest {
    algorithm: String,
    digest: String,
}

/// Decides about a layer that is a bundle.
pub(crate) fn bundle(
    content: &[u8],
    subject: &Subject,
    trusted: &Trusted,
    arrived: OffsetDateTime,
) -> Result<Verified, Refused> {
    let bundle: Bundle = serde_json::from_slice(content).map_err(Refused::malformed)?;
    if !is_bundle(&bundle.media_type) {
        return Err(Refused::Unsupported(bundle.media_type));
    }
    let made_with = [
        bundle.material.key.is_some(),
        bundle.material.certificate.is_some(),
        bundle.material.chain.is_some(),
    ];
    match made_with {
        [true, false, false] => {}
        [false, true, false] | [false, false, true] => return Err(Refused::CertificateOfCosign),
        _ => {
            return Err(Refused::malformed(
                "it has to say in one way what it was made with",
            ));
        }
    }
    match (bundle.envelope, bundle.message) {
        (Some(envelope), None) => envelope.verify(subject, trusted, arrived),
        (None, Some(message)) => message.verify(subject, trusted, arrived),
        (None, None) => Err(Refused::Unsigned),
        (Some(_), Some(_)) => Err(Refused::Several(2)),
    }
}

impl MessageSignature {
    /// A signature over the manifest of the image itself.
    fn verify(
        &self,
        subject: &Subject,
        trusted: &Trusted,
        arrived: OffsetDateTime,
    ) -> Result<Verified, Refused> {
        let algorithm = match self.digest.algorithm.as_str() {
            "SHA2_256" => Algorithm::Sha256,
            "SHA2_512" => Algorithm::Sha512,
            other => return Err(Refused::Unsupported(other.to_owned())),
        };
        let image = subject.content.as_deref().ok_or(Refused::NoImage)?;
        let actual = Digest::of(algorithm, image);
        let said = decode(&self.digest.digest)?;
        if said != actual.as_bytes() {
            let hex = data_encoding::HEXLOWER.encode(&said);
            return Err(Refused::OtherImage(format!("{algorithm}:{hex}")));
        }
        if Digest::of(subject.digest.algorithm(), image) != subject.digest {
            return Err(Refused::NoImage);
        }
        let signer = signer(trusted, image, &decode(&self.signature)?, arrived)?;
        Ok(verified(signer, None))
    }
}

/// An envelope, in a bundle or by itself.
fn enveloped(content: &[u8]) -> Option<Envelope> {
    match serde_json::from_slice::<Bundle>(content) {
        Ok(bundle) => bundle.envelope,
        Err(_) => serde_json::from_slice(content).ok(),
    }
}

/// The statement in it, verified or not.
pub(crate) fn claimed_statement(content: &[u8]) -> Option<Vec<u8>> {
    enveloped(content)?.claimed_statement()
}

/// What it says that it is about, verified or not.
pub(crate) fn claimed_predicate_type(content: &[u8]) -> Option<String> {
    enveloped(content)?
        .claimed_predicate_type()
        .filter(|kind| kind != super::SIGN)
}
