//! An account, and the proof that somebody is it: what it is limited to, and how it is recorded.

use std::sync::Arc;

use db::entities::account;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    access::{Scope, Subject},
    keys,
    state::AppState,
};

/// An account, and what somebody proved with that they are it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Active, and no organization.
    pub(crate) account: account::Model,
    /// The proof.
    pub(crate) credential: Credential,
}

/// What somebody proved with who they are.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// The cookie of a browser.
    Session {
        /// The id of its row, a hash of what the cookie says.
        row: String,
    },
    /// Their password.
    Password,
    /// What `docker login` was given for a password.
    RefreshToken,
    /// An access token.
    AccessToken {
        /// Its id.
        id: Uuid,
        /// What it is limited to.
        scope: Option<Arc<Scope>>,
    },
    /// A client certificate, shown while the TLS connection was made.
    ClientCertificate {
        /// The id of its key in the API.
        key: String,
    },
    /// A token of `/auth/token`, at `/v2/`.
    RegistryToken {
        /// What it is limited to.
        scope: Option<Arc<Scope>>,
    },
}

impl Credential {
    /// As it is recorded.
    pub(crate) fn recorded(&self) -> String {
        match self {
            Self::Session { .. } => "session".to_owned(),
            Self::Password => "password".to_owned(),
            Self::RefreshToken => "refresh token".to_owned(),
            Self::AccessToken { id, .. } => format!("access token {id}"),
            Self::ClientCertificate { key } => format!("client certificate {key}"),
            Self::RegistryToken { .. } => "registry token".to_owned(),
        }
    }

    /// What it is limited to.
    fn scope(&self) -> Option<&Arc<Scope>> {
        match self {
            Self::AccessToken { scope, .. } | Self::RegistryToken { scope } => scope.as_ref(),
            Self::Session { .. }
            | Self::Password
            | Self::RefreshToken
            | Self::ClientCertificate { .. } => None,
        }
    }

    /// Whether it is good now, a stream of answers later. Passwords and what they are exchanged for are not looked at again: who
    /// has one can begin anew.
    pub(super) async fn is_still_good(&self, state: &AppState) -> Result<bool, db::Error> {
        let now = OffsetDateTime::now_utc();
        match self {
            Self::Session { row } => Ok(db::sessions::load(&state.db, row, now).await?.is_some()),
            Self::AccessToken { id, .. } => {
                let token = db::api_tokens::by_id(&state.db, *id).await?;
                Ok(token.is_some_and(|token| {
                    token.is_active && token.expires_at.is_none_or(|end| end > now)
                }))
            }
            Self::ClientCertificate { key } => keys::visitor::is_still_good(state, key).await,
            Self::Password | Self::RefreshToken | Self::RegistryToken { .. } => Ok(true),
        }
    }

    /// It was given out to end, alone: an access token or a client certificate. What would let it live on, as making another
    /// one or setting a password, is not for it.
    pub(crate) fn is_given_out(&self) -> bool {
        matches!(
            self,
            Self::AccessToken { .. } | Self::ClientCertificate { .. }
        )
    }
}

impl Known {
    /// As far as rights go.
    pub(crate) fn subject(&self) -> Subject {
        Subject::Account {
            id: self.account.id,
            is_admin: self.account.is_admin,
            scope: self.credential.scope().cloned(),
        }
    }
}
