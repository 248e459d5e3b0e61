//! Who asks at `/v2/`, and what they may do there: a token's rights, or an account's by its password.
//!
//! A token names repositories by name and by id: it does not outlive a repository that was deleted and made again. What
//! it does not grant is refused in words that help: asked for and refused (403, or 404 where the repository may not even
//! be seen), or never asked for (401 with the challenge that says what to ask).

use std::sync::Arc;

use ::auth::{
    authorization,
    jwt::{Claims, TokenError},
};
use axum::http::{header, request::Parts};
use db::entities::repository;
use oci::name::RepositoryName;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    challenge::Challenge,
    error::{Failure, Outcome},
    granted::{entry, grants, has, is_older, scope, scope_of},
};
use crate::{
    access::{Action, Level, Subject},
    caller::{self, Credential, Known},
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    keys,
    origin::Origin,
    state::AppState,
    token::grant,
    webhooks::tell::{RepositoryChange, Telling},
};

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// No credentials.
    Anonymous,
    /// By password, access token or client certificate.
    Account(Box<Known>),
    /// By token.
    Token(Arc<Claims>),
}

/// A request's identity, and what is needed to refuse it well.
pub(crate) struct Visitor<'r> {
    pub(crate) state: &'r AppState,
    pub(super) parts: &'r Parts,
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
            let found = keys::visitor::find(state, parts).await;
            return anonymous.with(found);
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
        let found = caller::authenticate(state, &name, password, client).await;
        anonymous.with(found.map(Some))
    }

    /// The visitor, with the account whose credentials it sent, if it sent any.
    fn with(self, found: ApiResult<Option<Known>>) -> Outcome<Self> {
        match found {
            Ok(None) => Ok(self),
            Ok(Some(known)) => Ok(Self {
                identity: Identity::Account(Box::new(known)),
                ..self
            }),
            Err(error) if error.status() == axum::http::StatusCode::UNAUTHORIZED => {
                Err(self.challenge(error.message(), None, None))
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

    /// The account, or the trust of a CI job, for what it owns; `None` for the public.
    pub(crate) fn account(&self) -> Option<Uuid> {
        match &self.identity {
            Identity::Anonymous => None,
            Identity::Account(known) => Some(known.account.id),
            Identity::Token(claims) => claims.sub.parse().ok(),
        }
    }

    /// Who asks, with the account's rights of this moment. Costs a question to the database for a token.
    pub(crate) async fn subject(&self) -> Outcome<Subject> {
        Ok(match &self.identity {
            Identity::Anonymous => Subject::Anonymous,
            Identity::Account(known) => known.subject(),
            Identity::Token(_) => self
                .known()
                .await?
                .map_or(Subject::Anonymous, |known| known.subject()),
        })
    }

    /// The account, if it may still sign in, and what was shown for it. Costs a question to the database for a token.
    pub(crate) async fn known(&self) -> Outcome<Option<Known>> {
        let claims = match &self.identity {
            Identity::Anonymous => return Ok(None),
            Identity::Account(known) => return Ok(Some(Known::clone(known))),
            Identity::Token(claims) => claims,
        };
        let account = match self.account() {
            Some(id) => caller::active(self.state, id).await?,
            None => None,
        };
        Ok(account.map(|account| Known {
            account,
            credential: Credential::RegistryToken {
                scope: claims.limited.then(|| Arc::new(scope_of(claims))),
            },
        }))
    }

    /// The name of who asks, as it was when their token was made; empty for the public.
    pub(crate) fn name(&self) -> &str {
        match &self.identity {
            Identity::Anonymous => "",
            Identity::Account(known) => &known.account.name,
            Identity::Token(claims) => match (&claims.job, &claims.name) {
                (Some(job), _) => &job.name,
                (None, Some(name)) => name,
                (None, None) => "",
            },
        }
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
            (Identity::Token(claims), Some(repository))
                if is_older(claims, name, action)
                    && self
                        .state
                        .decide(&self.subject().await?, repository)
                        .await?
                        .permits(action) => {}
            (Identity::Account(known), Some(repository))
                if self
                    .state
                    .decide(&known.subject(), repository)
                    .await?
                    .permits(action) => {}
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
            scope(Action::Push),
            scope(Action::Pull)
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
            if asked && grant::may_create_by_push(self.state, &subject, name).await? {
                self.create(name).await?;
                return self
                    .state
                    .repository(name)
                    .await?
                    .ok_or_else(|| oci::Error::name_unknown(name).into());
            }
        }
        self.authorize(name, Action::Push).await
    }

    /// Makes the repository, because of a push.
    pub(crate) async fn create(&self, name: &RepositoryName) -> Outcome<()> {
        let Some(owner) = db::accounts::find(&self.state.db, name.namespace()).await? else {
            return Err(oci::Error::name_unknown(name).into());
        };
        let event = Event::new(Kind::Create, ObjectType::Repository, None, name.as_str())
            .because("a push to a repository that was not there");
        let db = self.recording(event).await?;
        let new = db::repositories::New::private(owner, name.name().to_owned());
        let change = RepositoryChange::Created;
        let telling = Telling::of(self.state, new.owner.id, None, change, self.name()).await?;
        let now = OffsetDateTime::now_utc();
        let tell = |row: &repository::Model| telling.of_repository(row);
        match db::repositories::create_and_tell(&db, new, now, tell).await {
            // Two pushes at once: the other one made it.
            Ok(_) | Err(db::Error::Exists(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Why not, in words that help and do not tell what may not be known.
    async fn refuse(
        &self,
        name: &RepositoryName,
        repository: Option<&repository::Model>,
        action: Action,
    ) -> Outcome<Failure> {
        let challenge = |error| {
            let scope = format!("repository:{name}:{}", scope(action));
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
            return Ok(self.unknown(name, &subject, action).await?.into());
        };
        let decision = self.state.decide(&subject, repository).await?;
        if decision.permits(action) {
            // The rights are there, the token is not: it is older than they are, or was asked for less.
            return Ok(challenge(Some("insufficient_scope")));
        }
        if decision.level.is_none() {
            return Ok(self.unknown(name, &subject, action).await?.into());
        }
        let held = decision.level.map_or("no", Level::as_str);
        let (action, needed) = (action.as_str(), action.level().as_str());
        let but = if decision.is_limited {
            format!("the access token is limited to {held} there")
        } else {
            let owner = &repository.namespace;
            format!("you have {held}; {owner} or an administrator can give it")
        };
        let message = format!("{action} to {name} needs {needed} access and {but}");
        Ok(oci::Error::denied(message).into())
    }

    /// 404 for a repository that is not there, or not for this visitor: the same words for both.
    async fn unknown(
        &self,
        name: &RepositoryName,
        subject: &Subject,
        action: Action,
    ) -> Outcome<oci::Error> {
        let error = oci::Error::name_unknown(name);
        let owner = match subject {
            Subject::Account { .. } if action == Action::Push => {
                db::accounts::find(&self.state.db, name.namespace()).await?
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
