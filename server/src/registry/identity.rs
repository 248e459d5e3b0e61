//! Who asks at `/v2/`, and what they may do there: a token's rights, or an account's by its password.
//!
//! A token names repositories by name and by id: it does not outlive a repository that was deleted and made again. What
//! it does not grant is refused in words that help: asked for and refused (403, or 404 where the repository may not even
//! be seen), or never asked for (401 with the challenge that says what to ask).

use std::{fmt, sync::Arc};

use ::auth::{
    authorization,
    jwt::{Access, Claims, TokenError},
};
use axum::http::{header, request::Parts};
use db::entities::repository;
use oci::name::RepositoryName;
use time::OffsetDateTime;
use uuid::Uuid;

use super::error::{Failure, Outcome};
use crate::{
    access::{Level, Subject},
    caller::{self, Caller},
    error::ApiError,
    origin::Origin,
    state::AppState,
    token::{self, grant},
};

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// No credentials.
    Anonymous,
    /// By password.
    Account(Subject),
    /// By token.
    Token(Arc<Claims>),
}

/// What is done to a repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// Read.
    Pull,
    /// Write.
    Push,
    /// Delete tags, manifests and blobs.
    Delete,
}

impl Action {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }

    /// What a client has to ask for, to do it.
    fn scope(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "pull,push",
            Self::Delete => "pull,delete",
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Pull => Level::ReadOnly,
            Self::Push | Self::Delete => Level::ReadWrite,
        }
    }
}

/// `WWW-Authenticate: Bearer …` (RFC 6750, section 3).
#[derive(Debug)]
pub(crate) struct Challenge {
    base: String,
    scope: Option<String>,
    error: Option<&'static str>,
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Bearer realm=\"{}/auth/token\",service=\"{}\"",
            self.base,
            token::SERVICE
        )?;
        if let Some(scope) = &self.scope {
            write!(f, ",scope=\"{scope}\"")?;
        }
        if let Some(error) = self.error {
            write!(f, ",error=\"{error}\"")?;
        }
        Ok(())
    }
}

/// A request's identity, and what is needed to refuse it well.
pub(crate) struct Visitor<'r> {
    pub(crate) state: &'r AppState,
    parts: &'r Parts,
    pub(crate) identity: Identity,
}

impl<'r> Visitor<'r> {
    /// Reads the credentials. Wrong ones are refused whatever is asked for.
    pub(crate) async fn find(state: &'r AppState, parts: &'r Parts) -> Outcome<Self> {
        let anonymous = Self {
            state,
            parts,
            identity: Identity::Anonymous,
        };
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return Ok(anonymous);
        };
        let value = value.to_str().unwrap_or_default();
        if let Some(token) = authorization::bearer(value) {
            return match state.tokens.verify(token, OffsetDateTime::now_utc()) {
                Ok(claims) => Ok(Self {
                    identity: Identity::Token(claims),
                    ..anonymous
                }),
                Err(TokenError::UnknownKey) if !state.db.is_local() => {
                    anonymous.verify_with_new_keys(token).await
                }
                Err(error) => {
                    Err(anonymous.challenge(error.to_string(), None, Some("invalid_token")))
                }
            };
        }
        let Some((name, password)) = authorization::basic(value) else {
            return Err(anonymous.challenge(
                "the Authorization header is neither Bearer nor Basic",
                None,
                None,
            ));
        };
        let client = Origin::of(&state.config, parts).client;
        match caller::authenticate(state, &name, password, client).await {
            Ok(account) => {
                let identity = Identity::Account(Caller::Account(account).subject());
                Ok(Self {
                    identity,
                    ..anonymous
                })
            }
            Err(error) if error.status() == axum::http::StatusCode::UNAUTHORIZED => {
                Err(anonymous.challenge(error.message(), None, None))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Another replica may have rotated the keys a moment ago.
    async fn verify_with_new_keys(self, token: &str) -> Outcome<Self> {
        if let Err(error) = self.state.tokens.reload(&self.state.db).await {
            return Err(super::error::internal(&error));
        }
        match self.state.tokens.verify(token, OffsetDateTime::now_utc()) {
            Ok(claims) => Ok(Self {
                identity: Identity::Token(claims),
                ..self
            }),
            Err(error) => Err(self.challenge(error.to_string(), None, Some("invalid_token"))),
        }
    }

    /// 401 with the way to a token.
    pub(crate) fn challenge(
        &self,
        message: impl Into<String>,
        scope: Option<String>,
        error: Option<&'static str>,
    ) -> Failure {
        let base = Origin::of(&self.state.config, self.parts).base;
        Failure::Challenge(
            oci::Error::unauthorized(message),
            Box::new(Challenge { base, scope, error }),
        )
    }

    /// Somebody: with a token, whatever it grants, or a password.
    pub(crate) fn require_credentials(&self) -> Outcome<()> {
        match self.identity {
            Identity::Anonymous => Err(self.challenge("sign in, or ask for a token", None, None)),
            _ => Ok(()),
        }
    }

    /// The account, for what it owns; `None` for the public.
    pub(crate) fn account(&self) -> Option<Uuid> {
        match &self.identity {
            Identity::Anonymous | Identity::Account(Subject::Anonymous) => None,
            Identity::Account(Subject::Account { id, .. }) => Some(*id),
            Identity::Token(claims) => claims.sub.parse().ok(),
        }
    }

    /// Who asks, with the account's rights of this moment. Costs a question to the database for a token.
    pub(crate) async fn subject(&self) -> Outcome<Subject> {
        Ok(match &self.identity {
            Identity::Anonymous => Subject::Anonymous,
            Identity::Account(subject) => *subject,
            Identity::Token(_) => match self.account() {
                None => Subject::Anonymous,
                Some(id) => caller::active(self.state, id)
                    .await?
                    .map_or(Subject::Anonymous, |account| {
                        Caller::Account(account).subject()
                    }),
            },
        })
    }

    /// The repository, if the visitor may do `action` there.
    pub(crate) async fn authorize(
        &self,
        name: &RepositoryName,
        action: Action,
    ) -> Outcome<Arc<repository::Model>> {
        let repository = self.state.repository(name).await?;
        match (&self.identity, &repository) {
            (Identity::Token(claims), Some(repository))
                if grants(claims, name, repository.id, action) => {}
            (Identity::Account(subject), Some(repository))
                if self
                    .state
                    .decide(*subject, repository)
                    .await?
                    .allows(action.level()) => {}
            _ => return Err(self.refuse(name, repository.as_deref(), action).await?),
        }
        repository.ok_or_else(|| oci::Error::name_unknown(name).into())
    }

    /// Whether a mount from `source` was left out of the token that was asked for. The way to it is the challenge: once
    /// it was asked for, the token names it, granted or not.
    pub(crate) fn challenge_mount(
        &self,
        target: &RepositoryName,
        source: &RepositoryName,
    ) -> Option<Failure> {
        let Identity::Token(claims) = &self.identity else {
            return None;
        };
        if entry(claims, source).is_some() {
            return None;
        }
        let scope = format!(
            "repository:{target}:{} repository:{source}:{}",
            Action::Push.scope(),
            Action::Pull.scope()
        );
        Some(self.challenge(
            "a mount needs pull on its source",
            Some(scope),
            Some("insufficient_scope"),
        ))
    }

    /// The repository for a push; it is made here where the setting and the rights allow it.
    pub(crate) async fn authorize_push(
        &self,
        name: &RepositoryName,
    ) -> Outcome<Arc<repository::Model>> {
        if self.state.repository(name).await?.is_none() {
            let subject = self.subject().await?;
            let asked = match &self.identity {
                Identity::Token(claims) => {
                    entry(claims, name).is_some_and(|entry| has(entry, Action::Push))
                }
                _ => true,
            };
            if asked && grant::may_create_by_push(self.state, subject, name).await? {
                create(self.state, name).await?;
                return self
                    .state
                    .repository(name)
                    .await?
                    .ok_or_else(|| oci::Error::name_unknown(name).into());
            }
        }
        self.authorize(name, Action::Push).await
    }

    /// Why not, in words that help and do not tell what may not be known.
    async fn refuse(
        &self,
        name: &RepositoryName,
        repository: Option<&repository::Model>,
        action: Action,
    ) -> Outcome<Failure> {
        let challenge = |error| {
            let scope = format!("repository:{name}:{}", action.scope());
            self.challenge("authentication required", Some(scope), error)
        };
        match &self.identity {
            Identity::Anonymous => return Ok(challenge(None)),
            Identity::Token(claims) if claims.sub.is_empty() => {
                return Ok(challenge(Some("insufficient_scope")));
            }
            Identity::Token(claims) if entry(claims, name).is_none() => {
                return Ok(challenge(Some("insufficient_scope")));
            }
            Identity::Token(_) | Identity::Account(..) => {}
        }
        let subject = self.subject().await?;
        let Some(repository) = repository else {
            return Ok(self.unknown(name, subject, action).await?.into());
        };
        let decision = self.state.decide(subject, repository).await?;
        if decision.allows(action.level()) {
            // The rights are there, the token is not: it is older than they are, or was asked for less.
            return Ok(challenge(Some("insufficient_scope")));
        }
        if decision.level.is_none() {
            return Ok(self.unknown(name, subject, action).await?.into());
        }
        let owner = &repository.namespace;
        let held = decision.level.map_or("no", Level::as_str);
        let (action, needed) = (action.as_str(), action.level().as_str());
        Ok(oci::Error::denied(format!(
            "{action} to {name} needs {needed} access and you have {held}; {owner} or an administrator can give it"
        ))
        .into())
    }

    /// 404 for a repository that is not there, or not for this visitor: the same words for both.
    async fn unknown(
        &self,
        name: &RepositoryName,
        subject: Subject,
        action: Action,
    ) -> Outcome<oci::Error> {
        let error = oci::Error::name_unknown(name);
        let owner = match subject {
            Subject::Account { .. } if action == Action::Push => {
                ::db::accounts::find(&self.state.db, name.namespace()).await?
            }
            _ => None,
        };
        let may_create = match &owner {
            Some(owner) => self.state.may_create(subject, owner).await?,
            None => false,
        };
        Ok(match owner {
            Some(_) if may_create => oci::Error::new(
                error.code,
                format!(
                    "repository {name} does not exist; make it first, in the interface (New repository) or with \
                     POST /api/v0/repositories/{}, or let an administrator turn on createRepositoryOnPush",
                    name.namespace()
                ),
            ),
            _ => oci::Error::new(
                error.code,
                format!(
                    "repository {name} does not exist, or you may not see it; its owner or an administrator can help"
                ),
            ),
        })
    }
}

/// What the token says of this repository.
fn entry<'c>(claims: &'c Claims, name: &RepositoryName) -> Option<&'c Access> {
    claims
        .access
        .iter()
        .find(|entry| entry.kind == "repository" && entry.name == name.as_str())
}

fn has(entry: &Access, action: Action) -> bool {
    entry
        .actions
        .iter()
        .any(|held| held == action.as_str() || held == "*")
}

/// Several entries of one name may come of several scopes: any of them will do.
fn grants(claims: &Claims, name: &RepositoryName, id: Uuid, action: Action) -> bool {
    claims.access.iter().any(|entry| {
        entry.kind == "repository"
            && entry.name == name.as_str()
            && entry.id == Some(id)
            && has(entry, action)
    })
}

async fn create(state: &AppState, name: &RepositoryName) -> Result<(), ApiError> {
    let Some(owner) = ::db::accounts::find(&state.db, name.namespace()).await? else {
        return Err(ApiError::no_such_repository(name.as_str()));
    };
    let new = ::db::repositories::New::private(owner, name.name().to_owned());
    match ::db::repositories::create(&state.db, new, OffsetDateTime::now_utc()).await {
        // Two pushes at once: the other one made it.
        Ok(_) | Err(::db::Error::Exists(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
