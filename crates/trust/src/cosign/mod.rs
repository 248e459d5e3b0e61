//! cosign's signatures: simple signing, envelopes of DSSE, and sigstore's bundles (sigstore/cosign `specs/SIGNATURE_SPEC.md`,
//! secure-systems-lab/dsse `envelope.md` and `protocol.md`, sigstore/protobuf-specs `sigstore_bundle.proto`), with keys and with
//! certificates.
//!
//! The signature is verified over the exact bytes that were stored, and only then are they understood. No transparency log is asked:
//! whose key it is, is known here, and a certificate has to be valid when the signature arrives.

mod brought;
mod bundle;
mod dsse;
mod simple;

pub(crate) use bundle::{bundle, claimed_predicate_type, claimed_statement};
pub(crate) use dsse::{STATEMENTS as IN_TOTO_STATEMENTS, envelope};
pub(crate) use simple::simple;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use oci::{Algorithm, Digest};
use time::OffsetDateTime;

use crate::attached::{Kind, Message, Refused, Signer, Trusted, Verified};
use brought::Brought;

/// What cosign 3 says of an image that it signs; every other predicate is an attestation.
const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
/// The longest signature, in bytes: RSA with 8,192 bits has 1,024.
const MAX_SIGNATURE: usize = 2048;

/// Who may have made a signature, and when it arrived.
struct Asked<'a> {
    trusted: &'a Trusted,
    brought: Brought<'a>,
    arrived: OffsetDateTime,
}

/// Whose a signature is, and when the first of its certificates ends.
struct Made {
    signer: Signer,
    until: Option<OffsetDateTime>,
}

impl Asked<'_> {
    /// Who made a signature, and nothing else: what was signed is not understood yet. A registered key needs no certificate.
    fn made(&self, message: &[u8], signature: &[u8]) -> Result<Made, Refused> {
        if signature.is_empty() {
            return Err(Refused::Unsigned);
        }
        if signature.len() > MAX_SIGNATURE {
            return Err(Refused::NoKey);
        }
        let message = Message::new(message);
        let mut keys = self.trusted.keys.iter();
        let found = keys.find(|trusted| {
            trusted.until.is_none_or(|end| self.arrived < end)
                && trusted.key.verifies_cosign(&message, signature)
        });
        match found {
            Some(found) => Ok(Made {
                signer: Signer::Key {
                    id: found.id.clone(),
                },
                until: None,
            }),
            None => self
                .brought
                .made(&message, signature, self.trusted, self.arrived),
        }
    }
}

fn verified(made: Made, predicate_type: Option<String>) -> Verified {
    let is_attestation = predicate_type.as_ref().is_some_and(|kind| kind != SIGN);
    Verified {
        signer: made.signer,
        kind: if is_attestation {
            Kind::Attestation
        } else {
            Kind::Cosign
        },
        predicate_type: predicate_type.filter(|_| is_attestation),
        until: None,
        certificates_until: made.until,
    }
}

/// Bytes in Base64, of the standard alphabet or the one for addresses, with padding or without (proto3, "JSON Mapping").
fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) {
        alphabet::URL_SAFE
    } else {
        alphabet::STANDARD
    };
    let decoded = GeneralPurpose::new(&alphabet, config).decode(text);
    decoded.map_err(|_| Refused::malformed("something in it is not base64"))
}

/// The name that digests of an algorithm have in statements.
pub(crate) fn algorithm_name(digest: &Digest) -> &'static str {
    match digest.algorithm() {
        Algorithm::Sha256 => "sha256",
        Algorithm::Sha512 => "sha512",
    }
}
