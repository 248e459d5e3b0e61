//! Registry tokens: what the token service at `/auth/token` signs and `/v2/` accepts.
//!
//! They follow the Distribution project's token specification ("Token Authentication Implementation"): a JWS in compact
//! form (RFC 7515, section 3.1) with ES256, a libtrust key id and the key's certificate. Only our own keys are trusted,
//! chosen by `kid` alone; whatever else a header may say about keys is refused, not followed.
//!
//! [`SigningKey`] makes and keeps keys, [`sign`] makes a token, [`Verifier`] accepts one.

mod key;
mod verify;

use aws_lc_rs::error::Unspecified;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use key::{KeyError, SigningKey};
pub use verify::{MAX_TOKEN, TokenError, Verifier};

/// What a token says. Times are seconds since 1970-01-01T00:00:00Z (RFC 7519, `NumericDate`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: this registry's name as issuer.
    pub iss: String,
    /// For whom it stands: an account's id, or empty for the public.
    pub sub: String,
    /// The service that it is for.
    pub aud: String,
    /// Not valid from this moment on.
    pub exp: i64,
    /// Not valid before this moment.
    pub nbf: i64,
    /// When it was made.
    pub iat: i64,
    /// Different in every token.
    pub jti: String,
    /// What its bearer may do; empty for a mere proof of identity.
    pub access: Vec<Access>,
    /// It was given for a credential that is good for some repositories only: nothing but `access` counts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limited: bool,
    /// The account's name when it was made, for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The CI job that it was given to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
}

/// A CI job, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// In words: project, branch or tag, and number.
    pub name: String,
    /// Where to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One thing that a token's bearer may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// What kind of resource: `repository` or `registry`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The resource's name, such as `namespace/name`, or `catalog`.
    pub name: String,
    /// `pull`, `push`, `delete`, `*`.
    pub actions: Vec<String>,
    /// The repository's id when the token was made: a token does not outlive a repository that is deleted and made anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// In a limited token: the credential that it was given for may push there, whatever the token grants. Docker asks for a pull when it
    /// fetches what it is about to sign.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_push: bool,
}

/// The token that says `claims`, signed with `key`. It fails only where the system has no randomness or memory to give.
pub fn sign(key: &SigningKey, claims: &Claims) -> Result<String, KeyError> {
    let payload = serde_json::to_vec(claims).map_err(|_| KeyError::Sign)?;
    let mut token = String::with_capacity(key.header().len() + payload.len() * 4 / 3 + 96);
    token.push_str(key.header());
    token.push('.');
    BASE64URL_NOPAD.encode_append(&payload, &mut token);
    let signature = key
        .signature(token.as_bytes())
        .map_err(|Unspecified| KeyError::Sign)?;
    token.push('.');
    BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut token);
    Ok(token)
}
