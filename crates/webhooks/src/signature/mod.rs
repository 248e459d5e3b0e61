//! Signatures by which a receiver knows that a request is ours, that nobody changed it, and that it is not old:
//! Standard Webhooks 1.0.0 (<https://www.standardwebhooks.com>, `spec/standard-webhooks.md`, "Verifying webhook authenticity").
//!
//! Signed is `{id}.{timestamp}.{body}` with HMAC-SHA256. A hook has a secret, and while it is being replaced the one before too; each makes
//! a signature, and a receiver takes the request where one of them is right.

use std::{fmt, str::FromStr};

use aws_lc_rs::hmac;
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD as CODEC,
    },
};
use rand::{CryptoRng, RngExt as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use time::{Duration, OffsetDateTime};

use crate::EventId;

/// The header with the event's id, the same for every attempt.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with the signatures, with spaces between them.
pub const SIGNATURE: &str = "webhook-signature";
/// How a secret begins.
pub const PREFIX: &str = "whsec_";
/// The fewest bytes of a secret.
pub const MIN_SECRET: usize = 24;
/// The most bytes of a secret.
pub const MAX_SECRET: usize = 64;
/// How far a receiver's clock may be from ours.
pub const TOLERANCE: Duration = Duration::minutes(5);

/// How many bytes a secret of ours has.
const GENERATED: usize = 32;
const VERSION: &str = "v1,";
/// More signatures than this no honest sender has.
const MAX_SIGNATURES: usize = 16;
/// People copy secrets with and without the `=` at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a hook's requests are signed with. It prints as `whsec_•••`, and is gone from memory when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretSlice<u8>);

/// The secrets of a hook that count: while one is replaced, the one before counts too.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The newest.
    pub current: Secret,
    /// The one that it replaces, until the receiver has the new one.
    pub previous: Option<Secret>,
}

/// Why a text is not a secret. It never says what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum SecretError {
    #[error("a secret starts with {PREFIX}; leave it empty to have one made")]
    Prefix,
    #[error("behind {PREFIX} a secret is Base64, with + and / and not with - and _")]
    Base64,
    #[error(
        "a secret has {MIN_SECRET} to {MAX_SECRET} bytes behind its Base64, and this one has {0}"
    )]
    Length(usize),
}

/// Why a request is not what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum VerifyError {
    #[error("{ID} or {TIMESTAMP} cannot be read")]
    Header,
    #[error("the request is too old, or from the future")]
    Time,
    #[error("no signature fits")]
    Signature,
}

impl Secret {
    /// A new one, of 256 random bits.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let bytes: [u8; GENERATED] = rng.random();
        Self(bytes.to_vec().into())
    }

    /// The text for the receiver: `whsec_` and Base64. Nothing else shows it.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", CODEC.encode(self.0.expose_secret()))
    }

    fn context(&self, id: &str, timestamp: i64, body: &[u8]) -> hmac::Context {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret());
        let mut context = hmac::Context::with_key(&key);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        context
    }

    fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let tag = self.context(id, timestamp, body).sign();
        format!("{VERSION}{}", CODEC.encode(tag))
    }
}

/// From the text that [`Secret::expose`] makes, or from one that somebody brought along; the `=` at the end may be missing.
impl FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretError::Prefix)?;
        // Longer than any that fits, and not worth decoding.
        if encoded.len() > MAX_SECRET * 2 {
            return Err(SecretError::Length(encoded.len() / 4 * 3));
        }
        let bytes = LENIENT.decode(encoded).map_err(|_| SecretError::Base64)?;
        if !(MIN_SECRET..=MAX_SECRET).contains(&bytes.len()) {
            return Err(SecretError::Length(bytes.len()));
        }
        Ok(Self(bytes.into()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

/// Without its value.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", crate::mask::MASK)
    }
}

impl Secrets {
    /// `next` counts from now on, and what counted until now still does.
    #[must_use]
    pub fn rotate(self, next: Secret) -> Self {
        Self {
            current: next,
            previous: Some(self.current),
        }
    }
}

impl From<Secret> for Secrets {
    fn from(current: Secret) -> Self {
        Self {
            current,
            previous: None,
        }
    }
}

/// The headers of an attempt at `now`: the event's id and the time, and signatures where the hook has secrets, the newest first. `body` is
/// exactly what is sent.
pub fn headers(
    secrets: Option<&Secrets>,
    id: &EventId,
    now: OffsetDateTime,
    body: &[u8],
) -> Vec<(&'static str, String)> {
    let timestamp = now.unix_timestamp();
    let mut headers = vec![(ID, id.to_string()), (TIMESTAMP, timestamp.to_string())];
    if let Some(secrets) = secrets {
        let signatures: Vec<String> = [Some(&secrets.current), secrets.previous.as_ref()]
            .into_iter()
            .flatten()
            .map(|secret| secret.sign(id.as_str(), timestamp, body))
            .collect();
        headers.push((SIGNATURE, signatures.join(" ")));
    }
    headers
}

/// What a receiver does: whether a request with these three headers was made by who has `secret`, not longer ago than [`TOLERANCE`].
/// Takes the same time wherever a signature differs.
pub fn verify(
    secret: &Secret,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: OffsetDateTime,
) -> Result<(), VerifyError> {
    let id: EventId = id.parse().map_err(|_| VerifyError::Header)?;
    let seconds: i64 = timestamp.parse().map_err(|_| VerifyError::Header)?;
    let sent = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| VerifyError::Header)?;
    if (now - sent).abs() > TOLERANCE {
        return Err(VerifyError::Time);
    }
    let right = secret.context(id.as_str(), seconds, body).sign();
    let fits = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|signature| signature.strip_prefix(VERSION))
        .filter_map(|encoded| CODEC.decode(encoded).ok())
        .any(|given| {
            aws_lc_rs::constant_time::verify_slices_are_equal(&given, right.as_ref()).is_ok()
        });
    if fits {
        Ok(())
    } else {
        Err(VerifyError::Signature)
    }
}

#[cfg(test)]
mod tests;
