//! Accepting an ID token of somebody else (OIDC Core 1.0, section 3.1.3.7; RFC 8725).

use std::time::SystemTime;

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    ClaimsVerificationError as Wrong, ClientId, IdTokenVerifier, IssuerUrl, Nonce,
    SignatureVerificationError as WrongSignature, core::CoreIdToken,
};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{Fetch, FetchError, Keys, jwk::ALGORITHMS, keys::KeySet};

/// The longest ID token that is looked at, in bytes. Those with many groups are the largest.
pub const MAX_ID_TOKEN: usize = 64 * 1024;
/// How much another machine's clock may differ from ours.
const LEEWAY: Duration = Duration::seconds(60);

/// Why an ID token is not accepted, for the log: what was found is quoted and cut short, and the token itself is never in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum IdTokenError {
    #[error("the ID token is longer than {MAX_ID_TOKEN} bytes")]
    TooLong,
    #[error("the ID token is not a signed JWT with the claims of an ID token")]
    Malformed,
    #[error("the ID token is not signed, or with an algorithm that is not accepted")]
    Algorithm,
    #[error("the ID token is signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("the ID token's signature is wrong")]
    Signature,
    #[error("the ID token was issued by {found:?}, not by {expected:?}")]
    Issuer { expected: String, found: String },
    #[error("the ID token is for {found:?}, not for {expected:?}")]
    Audience { expected: String, found: String },
    #[error("the ID token was given to another client (azp)")]
    AuthorizedParty,
    #[error("the ID token does not answer this sign-in (nonce)")]
    Nonce,
    #[error("the ID token has expired")]
    Expired,
    #[error("the ID token is not valid yet")]
    NotYet,
    #[error("the ID token was made too long ago")]
    TooOld,
    #[error("the issuer's keys could not be fetched: {0}")]
    Keys(#[from] FetchError),
}

/// What a token must say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// Who issued it, to the letter.
    pub(crate) issuer: &'a str,
    /// For whom it is.
    pub(crate) audience: &'a str,
    /// Whether it may be for others too, if it was given to us (`azp`).
    pub(crate) other_audiences: bool,
    /// The nonce that it must repeat, where there was one.
    pub(crate) nonce: Option<&'a str>,
    /// How long ago it may have been made.
    pub(crate) max_age: Option<Duration>,
    pub(crate) now: OffsetDateTime,
}

/// What an accepted token says, claim by claim.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The claim `name`, whatever it is.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The claim `name` as text: a string, or the digits or word of a number or truth value. `None` where there is none, it is
    /// of another kind, empty, longer than 1,024 bytes or has control characters.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.get(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        let fits = !text.is_empty() && text.len() <= 1024 && !text.contains(char::is_control);
        fits.then_some(text)
    }

    /// Adds the claims of `others` that are not here yet.
    pub(crate) fn complete(&mut self, others: Map<String, Value>) {
        for (name, value) in others {
            self.0.entry(name).or_insert(value);
        }
    }
}

impl From<Map<String, Value>> for Claims {
    fn from(claims: Map<String, Value>) -> Self {
        Self(claims)
    }
}

/// Accepts `token`, or says why not. Fetches the issuer's keys anew where the token names one that is not known yet.
pub(crate) async fn verify(
    token: &str,
    keys: &Keys,
    expected: Expected<'_>,
    fetch: &dyn Fetch,
) -> Result<Claims, IdTokenError> {
    if token.len() > MAX_ID_TOKEN {
        return Err(IdTokenError::TooLong);
    }
    let set = keys.current(fetch, expected.now).await?;
    match check(token, &set, expected) {
        Err(IdTokenError::UnknownKey) => match keys.newer(fetch, expected.now).await? {
            Some(set) => check(token, &set, expected),
            None => Err(IdTokenError::UnknownKey),
        },
        answer => answer,
    }
}

/// The checks themselves. Issuer, audience, signature, expiry and nonce are openidconnect's; `azp`, `nbf` and age are ours.
fn check(token: &str, keys: &KeySet, expected: Expected<'_>) -> Result<Claims, IdTokenError> {
    let id_token: CoreIdToken = token.parse().map_err(|_| IdTokenError::Malformed)?;
    let issuer = IssuerUrl::new(expected.issuer.to_owned()).map_err(|_| IdTokenError::Malformed)?;
    let client = ClientId::new(expected.audience.to_owned());
    let clock = expected.now - LEEWAY;
    let verifier = IdTokenVerifier::new_public_client(client, issuer, keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_other_audience_verifier_fn(|_| expected.other_audiences)
        .set_time_fn(move || SystemTime::from(clock).into());
    let nonce = expected.nonce.map(|nonce| Nonce::new(nonce.to_owned()));
    let right_nonce = |found: Option<&Nonce>| match &nonce {
        Some(nonce) => openidconnect::NonceVerifier::verify(nonce, found),
        None => Ok(()),
    };
    let accepted = id_token
        .claims(&verifier, right_nonce)
        .map_err(|wrong| told(wrong, token, expected))?;

    let ours = accepted
        .authorized_party()
        .map(|party| party.as_str() == expected.audience);
    if ours == Some(false) || (ours.is_none() && accepted.audiences().len() > 1) {
        return Err(IdTokenError::AuthorizedParty);
    }
    let made = accepted.issue_time().timestamp();
    let claims = payload(token).ok_or(IdTokenError::Malformed)?;
    check_times(&claims, made, expected)?;
    Ok(claims)
}

/// `nbf` (RFC 7519, section 4.1.5) and the age by `iat`.
fn check_times(claims: &Claims, made: i64, expected: Expected<'_>) -> Result<(), IdTokenError> {
    let latest = (expected.now + LEEWAY).unix_timestamp();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast saturates; only the order matters"
    )]
    let not_before = match claims.get("nbf") {
        None => made,
        Some(value) => value.as_f64().ok_or(IdTokenError::Malformed)? as i64,
    };
    if made > latest || not_before > latest {
        return Err(IdTokenError::NotYet);
    }
    let oldest = expected
        .max_age
        .map(|age| (expected.now - LEEWAY - age).unix_timestamp());
    if oldest.is_some_and(|oldest| made < oldest) {
        return Err(IdTokenError::TooOld);
    }
    Ok(())
}

/// The library's reason in our words.
fn told(wrong: Wrong, token: &str, expected: Expected<'_>) -> IdTokenError {
    let found = |claim| {
        let claims = payload(token).unwrap_or_default();
        claims
            .get(claim)
            .map_or_else(String::new, |value| match value {
                Value::String(text) => clip(text),
                other => clip(&other.to_string()),
            })
    };
    match wrong {
        Wrong::Expired(_) => IdTokenError::Expired,
        Wrong::InvalidIssuer(_) => IdTokenError::Issuer {
            expected: expected.issuer.to_owned(),
            found: found("iss"),
        },
        Wrong::InvalidAudience(_) => IdTokenError::Audience {
            expected: expected.audience.to_owned(),
            found: found("aud"),
        },
        Wrong::InvalidNonce(_) => IdTokenError::Nonce,
        Wrong::SignatureVerification(wrong) => match wrong {
            WrongSignature::NoSignature
            | WrongSignature::DisallowedAlg(_)
            | WrongSignature::UnsupportedAlg(_) => IdTokenError::Algorithm,
            WrongSignature::NoMatchingKey | WrongSignature::AmbiguousKeyId(_) => {
                IdTokenError::UnknownKey
            }
            _ => IdTokenError::Signature,
        },
        _ => IdTokenError::Malformed,
    }
}

/// The issuer that a token claims to be of: to choose which issuer to check it against, and for nothing else.
pub(crate) fn claimed_issuer(token: &str) -> Option<String> {
    if token.len() > MAX_ID_TOKEN {
        return None;
    }
    payload(token)?.text("iss")
}

/// What is between the dots, unverified.
fn payload(token: &str) -> Option<Claims> {
    let payload = BASE64URL_NOPAD
        .decode(token.split('.').nth(1)?.as_bytes())
        .ok()?;
    serde_json::from_slice(&payload).ok().map(Claims)
}

/// A piece of somebody else's text, short enough for a message.
pub(crate) fn clip(text: &str) -> String {
    const MOST: usize = 200;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}
