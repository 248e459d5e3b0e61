//! Why a directory did not help.

use super::{MAX_ENTRIES, MemberSyncError, SettingsError};

/// Why a directory did not help. The messages are for the log and for administrators; [`LdapError::for_user`] is for the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum LdapError {
    #[error("{0}")]
    Settings(#[from] SettingsError),
    #[error("{0}")]
    MemberSync(#[from] MemberSyncError),
    #[error("the password is empty")]
    EmptyPassword,
    #[error("the directory has no such user")]
    UnknownUser,
    #[error("the directory has more than one such user; the user filter must find one")]
    Ambiguous,
    #[error("the directory says that the password is wrong")]
    WrongPassword,
    #[error("the directory does not let the user sign in: {0}")]
    NotAllowed(String),
    #[error("the entry {dn:?} has no attribute {attribute:?} with a user name")]
    NoUsername { dn: String, attribute: String },
    #[error("no connection to the directory: {0}")]
    Connect(String),
    #[error("no encrypted connection to the directory: {0}")]
    Encrypt(String),
    #[error("the directory does not let the reader sign in: {0}")]
    Reader(String),
    #[error("the directory did not answer the search: {0}")]
    Search(String),
    #[error("the search finds more than {MAX_ENTRIES} entries")]
    TooMany,
    #[error("the directory did not answer in time")]
    TimedOut,
    #[error("the directory's answer is not readable")]
    Unreadable,
}

impl LdapError {
    /// Whether it is about the person who wants to sign in, and not about the directory. Only these count as failed attempts.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::EmptyPassword
                | Self::UnknownUser
                | Self::Ambiguous
                | Self::WrongPassword
                | Self::NotAllowed(_)
        )
    }

    /// One plain sentence for the person who wanted to sign in. It does not tell whether there is such a user.
    pub fn for_user(&self) -> &'static str {
        if self.is_refusal() {
            "The user name or the password is wrong."
        } else {
            "The directory cannot be asked at the moment; please try again in a while."
        }
    }
}
