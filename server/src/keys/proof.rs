//! Proof that who registers a key holds its private half: a signature of a statement that names the key and the account. Without it
//! whoever has seen a public key could have what it signs counted as theirs.
//!
//! The account's id is in the statement, and not its name: ids are never given twice, here or by another registry. So nobody has a
//! use for somebody else's proof.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use trust::attached::VerifyingKey;
use uuid::Uuid;

use crate::{error::ApiResult, input::bad_field};

/// Characters of a proof: the Base64 of a signature of an RSA key with 8192 bits has 1,368.
const MAX: usize = 2_000;

/// What is signed.
pub(super) fn statement(fingerprint: &str, account: Uuid) -> String {
    format!("plimsoll key {fingerprint} of account {account}")
}

/// Refuses what is not a signature of the statement by the key.
pub(super) fn check(pem: &str, fingerprint: &str, account: Uuid, proof: &str) -> ApiResult<()> {
    let statement = statement(fingerprint, account);
    let proves = |signature: Vec<u8>| {
        VerifyingKey::from_pem(pem).is_ok_and(|key| key.proves(&statement, &signature))
    };
    let proof: String = proof.split_ascii_whitespace().collect();
    let signature = STANDARD.decode(&proof).ok();
    if proof.len() <= MAX && signature.is_some_and(proves) {
        return Ok(());
    }
    Err(bad_field(
        "proof",
        format!(
            "This is not the key's signature over its statement. Sign exactly this, without an end of line: printf %s '{statement}' | \
             openssl dgst -sha256 -sign key.pem | openssl base64 -A"
        ),
    ))
}
