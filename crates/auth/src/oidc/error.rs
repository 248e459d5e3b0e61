//! Why a sign-in did not succeed: one message for the log, and what it means to the person.

use crate::issuer::{FetchError, IdTokenError};

use super::MAX_GROUPS;

/// Why a sign-in by a provider did not succeed. The messages are for the log; [`OidcError::blame`] is for the
/// page.
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

/// Why, as far as the person who wanted to sign in can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// It was begun too long ago, in another window, or not at all: begin again.
    Expired,
    /// The provider did not let them in.
    Refused,
    /// The provider cannot be asked at the moment.
    Unreachable,
    /// The provider's answer is not to be accepted; an administrator finds the reason in the log.
    Answer,
}

impl OidcError {
    /// What to tell the person.
    pub fn blame(&self) -> Blame {
        match self {
            Self::State | Self::Stale | Self::OtherProvider => Blame::Expired,
            Self::Refused(code) if code == "access_denied" => Blame::Refused,
            Self::Fetch(FetchError::Unreachable(_) | FetchError::Status { .. })
            | Self::IdToken(IdTokenError::Keys(_)) => Blame::Unreachable,
            _ => Blame::Answer,
        }
    }
}
