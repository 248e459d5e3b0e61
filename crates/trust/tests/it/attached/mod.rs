//! Signatures of cosign and notation: those that the real programs made, those that are made here, and attacks.

mod certified;
mod chains;
mod cosign;
mod names;
mod notation;
mod recorded;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use oci::{Algorithm, Digest, Manifest};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};
use trust::attached::{
    Found, Refused, Subject, Trusted, TrustedKey, Verified, VerifyingKey, found, verify,
};

/// When the recorded signatures were a day old.
const NOW: OffsetDateTime = datetime!(2026-11-28 12:00 UTC);

fn digest(content: &[u8]) -> Digest {
    Digest::of(Algorithm::Sha256, content)
}

/// The image that everything here is about.
fn image() -> Vec<u8> {
    std::fs::read("testdata/signatures/image.json").expect("the image")
}

fn subject() -> Subject {
    let image = image();
    Subject {
        digest: digest(&image),
        media_type: "application/vnd.docker.distribution.manifest.v2+json".to_owned(),
        size: image.len() as u64,
        content: Some(image),
    }
}

/// A manifest with one layer.
fn manifest(media_type: &str, layer: &[u8], annotations: Value, artifact_type: &str) -> Manifest {
    let json = json!({
        "schemaVersion": 2,
        "artifactType": artifact_type,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2},
        "layers": [{"mediaType": media_type, "digest": digest(layer), "size": layer.len(), "annotations": annotations}],
    });
    oci::manifest::parse(None, json.to_string().as_bytes()).expect("a manifest")
}

/// The only signature of a manifest.
fn only(manifest: &Manifest) -> Found {
    let mut found = found(manifest);
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// A key with which cosign could sign.
struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        Self(EcdsaKeyPair::generate(algorithm).expect("a key"))
    }

    fn sign(&self, message: &[u8]) -> String {
        let signature = self.0.sign(&SystemRandom::new(), message);
        BASE64_STANDARD.encode(signature.expect("signed"))
    }

    /// Trusted as `key`.
    fn trusted(&self) -> Trusted {
        use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().expect("a key");
        trusted(VerifyingKey::from_spki_der(der.as_ref()).expect("a key"))
    }
}

fn trusted(key: VerifyingKey) -> Trusted {
    let id = "key".to_owned();
    Trusted {
        keys: vec![TrustedKey {
            id,
            key,
            until: None,
        }],
        ..Trusted::default()
    }
}

fn decide(found: &Found, content: &[u8], trusted: &Trusted) -> Result<Verified, Refused> {
    verify(found, content, &subject(), trusted, NOW)
}

#[test]
fn a_proof_is_a_signature_over_the_statement_itself() {
    let (held, statement) = (crate::client::Key::ecdsa(), "plimsoll key 1 of account 2");
    let key = VerifyingKey::from_spki_der(&held.public).expect("a key");
    let decode = |text: String| BASE64_STANDARD.decode(text).expect("base64");
    assert!(key.proves(statement, &decode(held.proof(statement))));
    assert!(!key.proves(
        statement,
        &decode(held.proof("plimsoll key 1 of account 3"))
    ));
    let other = crate::client::Key::ecdsa();
    assert!(!key.proves(statement, &decode(other.proof(statement))));
}
