//! Why a sign-in did not succeed: one message for the log, and one sentence for the person.

use crate::issuer::{FetchError, IdTokenError};

use super::MAX_GROUPS;

/// Why a sign-in by a provider did not succeed. The messages are for the log; [`OidcError::for_user`] is for the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum OidcError {
    #[error("the answer does not belong to this sign-in (state)")]
    State,
    #[error("the sign-in was begun too long ago")]
    Stale,
    #[error("the sign-in was begun with another provider")]
    OtherProvider,
    #[error("the answer comes from {found:?}, not from {expected:?} (RFC 9207)")]
    AnsweredBy { expected: String, found: String },
    #[error("the answer does not say which provider it is from (RFC 9207)")]
    Anonymous,
    #[error("the provider refused: {0:?}")]
    Refused(String),
    #[error("the answer has no authorization code")]
    NoCode,
    #[error("the provider did not exchange the authorization code: {0:?}")]
    NotExchanged(String),
    #[error("the provider's token answer is not readable")]
    TokenAnswer,
    #[error("the provider's token answer has no ID token")]
    NoIdToken,
    #[error("{0}")]
    IdToken(#[from] IdTokenError),
    #[error("the provider's user information is about somebody else (sub)")]
    OtherSubject,
    #[error("the provider names more than {MAX_GROUPS} groups")]
    TooManyGroups,
    #[error("the provider cannot be asked: {0}")]
    Fetch(#[from] FetchError),
    #[error("the provider's settings do not make an address")]
    Settings,
}

impl OidcError {
    /// One plain sentence for the person who wanted to sign in. It says what they can do, and nothing about the inside.
    pub fn for_user(&self) -> &'static str {
        match self {
            Self::State | Self::Stale | Self::OtherProvider => {
                "This sign-in has expired or was begun in another window; please sign in again."
            }
            Self::Refused(code) if code == "access_denied" => {
                "The identity provider did not let you in."
            }
            Self::Fetch(FetchError::Unreachable(_) | FetchError::Status { .. })
            | Self::IdToken(IdTokenError::Keys(_)) => {
                "The identity provider cannot be reached at the moment; please try again in a while."
            }
            _ => {
                "The identity provider's answer could not be accepted; an administrator finds the reason in the log."
            }
        }
    }
}
