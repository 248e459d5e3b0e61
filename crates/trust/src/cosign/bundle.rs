//! sigstore's bundles, versions 0.1 to 0.3. What they bring of transparency logs and timestamps is not read.

use oci::{Algorithm, Digest};
use serde::{Deserialize, de::IgnoredAny};
use time::OffsetDateTime;

use crate::attached::{Refused, Subject, Trusted, Verified, is_bundle};

use super::{Asked, Brought, decode, dsse::Envelope, verified};

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
    certificate: Option<RawCertificate>,
    #[serde(
        default,
        rename = "x509CertificateChain",
        alias = "x509_certificate_chain"
    )]
    chain: Option<RawChain>,
}

#[derive(Deserialize)]
struct RawChain {
    #[serde(default)]
    certificates: Vec<RawCertificate>,
}

#[derive(Deserialize)]
struct RawCertificate {
    #[serde(default, rename = "rawBytes", alias = "raw_bytes")]
    der: String,
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
    let asked = Asked {
        trusted,
        brought: bundle.material.brought(&bundle.media_type)?,
        arrived,
    };
    match (&bundle.envelope, &bundle.message) {
        (Some(envelope), None) => envelope.verify(subject, &asked),
        (None, Some(message)) => message.verify(subject, &asked),
        (None, None) => Err(Refused::Unsigned),
        (Some(_), Some(_)) => Err(Refused::Several(2)),
    }
}

impl Material {
    /// With what it says that it was made, in one way. Since version 0.3 a bundle brings one certificate and no chain (sigstore/protobuf-specs
    /// `sigstore_bundle.proto`).
    fn brought(&self, media_type: &str) -> Result<Brought<'_>, Refused> {
        match (&self.key, &self.certificate, &self.chain) {
            (Some(_), None, None) => Ok(Brought::Nothing),
            (None, Some(one), None) => Ok(Brought::Der(vec![&one.der])),
            (None, None, Some(_)) if media_type.contains("0.3") => Err(Refused::malformed(
                "a bundle of version 0.3 brings one certificate, and no chain",
            )),
            (None, None, Some(chain)) => {
                let certificates = chain.certificates.iter();
                Ok(Brought::Der(
                    certificates.map(|one| one.der.as_str()).collect(),
                ))
            }
            _ => Err(Refused::malformed(
                "it has to say in one way what it was made with",
            )),
        }
    }
}

impl MessageSignature {
    /// A signature over the manifest of the image itself.
    fn verify(&self, subject: &Subject, asked: &Asked<'_>) -> Result<Verified, Refused> {
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
        let made = asked.made(image, &decode(&self.signature)?)?;
        Ok(verified(made, None))
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
