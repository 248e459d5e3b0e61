//! Accepting registry tokens. Every rule here has an attack behind it; see RFC 8725 (JWT Best Current Practices).

use std::{collections::HashMap, fmt};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde::Deserialize;
use time::OffsetDateTime;

use super::{Claims, KeyError, SigningKey};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;
/// How far in the future, in seconds, a token may have been made, for clocks of replicas that disagree.
const LEEWAY: i64 = 60;

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum TokenError {
    #[error("the token is longer than {MAX_TOKEN} bytes")]
    TooLong,
    #[error("the token is not a JWS in compact form with the header of a registry token")]
    Malformed,
    #[error("the token is not signed with ES256")]
    Algorithm,
    #[error("the token is not signed with a key of this registry")]
    UnknownKey,
    #[error("the token carries a certificate that is not its key's")]
    ForeignCertificate,
    #[error("the token's signature is wrong")]
    Signature,
    #[error("the token lacks a claim, or has one of the wrong type")]
    Claims,
    #[error("the token was issued by somebody else")]
    Issuer,
    #[error("the token is for another service")]
    Audience,
    #[error("the token is not valid yet")]
    NotYet,
    #[error("the token has expired")]
    Expired,
}

/// Accepts the tokens that a set of keys signed, for one issuer and one audience.
pub struct Verifier {
    keys: HashMap<String, TrustedKey>,
    issuer: String,
    audience: String,
}

struct TrustedKey {
    public: ParsedPublicKey,
    certificate: String,
}

/// Nothing else may be in a header: not `jwk`, `jku`, `x5u` (keys that the token brings along), not `crit`, `b64`, `zip`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header<'a> {
    alg: &'a str,
    typ: Option<&'a str>,
    kid: &'a str,
    x5c: Option<Vec<String>>,
}

/// Just enough of a header to say which kind of wrong it is.
#[derive(Deserialize)]
struct AnyHeader {
    alg: Option<String>,
}

impl Verifier {
    /// Trusts `keys`: the one that signs now, and those that signed before it until their last token has expired.
    pub fn new<'k>(
        keys: impl IntoIterator<Item = &'k SigningKey>,
        issuer: &str,
        audience: &str,
    ) -> Result<Self, KeyError> {
        let trusted = |key: &SigningKey| {
            let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key())
                .map_err(|_| KeyError::NotAKey)?;
            Ok((
                key.id().to_owned(),
                TrustedKey {
                    public,
                    certificate: BASE64.encode(key.certificate_der()),
                },
            ))
        };
        Ok(Self {
            keys: keys
                .into_iter()
                .map(trusted)
                .collect::<Result<_, KeyError>>()?,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
        })
    }

    /// What the token says, if it is one of ours, for us, and valid at `now`. The signature is checked before any claim is
    /// looked at.
    pub fn verify(&self, token: &str, now: OffsetDateTime) -> Result<Claims, TokenError> {
        if token.len() > MAX_TOKEN {
            return Err(TokenError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let key = self.key(&decode(header)?)?;
        key.public
            .verify_sig(message.as_bytes(), &decode(signature)?)
            .map_err(|_| TokenError::Signature)?;
        let claims = serde_json::from_slice(&decode(payload)?).map_err(|_| TokenError::Claims)?;
        self.check(&claims, now.unix_timestamp())?;
        Ok(claims)
    }

    /// The key of ours that the header names, if the header says nothing that a header of ours would not.
    fn key(&self, header: &[u8]) -> Result<&TrustedKey, TokenError> {
        let any: AnyHeader = serde_json::from_slice(header).map_err(|_| TokenError::Malformed)?;
        if any.alg.as_deref() != Some("ES256") {
            return Err(TokenError::Algorithm);
        }
        let header: Header<'_> =
            serde_json::from_slice(header).map_err(|_| TokenError::Malformed)?;
        if header.alg != "ES256" || header.typ.is_some_and(|typ| typ != "JWT") {
            return Err(TokenError::Malformed);
        }
        let key = self.keys.get(header.kid).ok_or(TokenError::UnknownKey)?;
        match header.x5c.as_deref() {
            None => Ok(key),
            Some([certificate]) if *certificate == key.certificate => Ok(key),
            Some(_) => Err(TokenError::ForeignCertificate),
        }
    }

    fn check(&self, claims: &Claims, now: i64) -> Result<(), TokenError> {
        if claims.iss != self.issuer {
            Err(TokenError::Issuer)
        } else if claims.aud != self.audience {
            Err(TokenError::Audience)
        } else if claims.nbf > now.saturating_add(LEEWAY) || claims.iat > now.saturating_add(LEEWAY)
        {
            Err(TokenError::NotYet)
        } else if claims.exp <= now {
            Err(TokenError::Expired)
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.keys.keys())
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .finish()
    }
}

/// Base64url without padding, in its one canonical form.
fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
