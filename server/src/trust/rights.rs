//! Who may read and change a collection: whoever may pull from its repository, push to it, or administer it (note, section 1.5).
//!
//! What is refused is always 401, and in the same words: whether a private repository is there is nobody's business.

use std::sync::Arc;

use ::trust::{Gun, Refusal, refusal::Access};
use auth::jwt::{self, Claims};
use axum::http::request::Parts;
use db::entities::repository;

use super::failure::{Failure, Outcome};
use crate::{
    access::Action,
    origin::Origin,
    registry::{
        self,
        challenge::Challenge,
        identity::{Identity, Visitor},
    },
    settings::Switch,
    token::grant,
};

/// What an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// To read.
    Pull,
    /// To read and to write.
    Push,
    /// Everything.
    All,
}

impl Need {
    /// The actions of the token that is asked for, sorted.
    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::Pull => &["pull"],
            Self::Push => &["pull", "push"],
            Self::All => &["*"],
        }
    }

    fn all(self) -> &'static [Action] {
        match self {
            Self::Pull => &[Action::Pull],
            Self::Push => &[Action::Pull, Action::Push],
            Self::All => &[Action::Admin],
        }
    }
}

/// Who asks. Wrong credentials are refused whatever is asked for.
pub(super) async fn visitor<'r>(
    state: &'r crate::state::AppState,
    parts: &'r Parts,
    gun: Option<&Gun>,
    need: Need,
) -> Outcome<Visitor<'r>> {
    let found = Visitor::find(state, parts).await;
    found.map_err(|failure| match failure {
        registry::error::Failure::Challenge(_, challenge) => {
            refused(state, parts, gun, need, challenge.error)
        }
        other => other.into(),
    })
}

/// The collection's repository, if the visitor may do this there. Where a push would make the repository, publishing makes it too.
pub(super) async fn authorize(
    visitor: &Visitor<'_>,
    parts: &Parts,
    gun: &Gun,
    need: Need,
) -> Outcome<Arc<repository::Model>> {
    let state = visitor.state;
    let mut found = state.repository(gun.repository()).await?;
    if found.is_none() && need == Need::Push && may_make(visitor, gun).await? {
        visitor.create(gun.repository()).await?;
        found = state.repository(gun.repository()).await?;
    }
    if let Some(repository) = found
        && may(visitor, gun, &repository, need).await?
    {
        return Ok(repository);
    }
    Err(refused(state, parts, Some(gun), need, lacking(visitor)))
}

/// What the challenge says of who may not: with credentials that they are not enough.
fn lacking(visitor: &Visitor<'_>) -> Option<&'static str> {
    match &visitor.identity {
        Identity::Anonymous => None,
        _ => Some("insufficient_scope"),
    }
}

async fn may(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    need: Need,
) -> Outcome<bool> {
    if let Identity::Token(claims) = &visitor.identity {
        let grants = |entry: &jwt::Access| names(entry, gun) && has(entry, need);
        let mut granted = claims.access.iter().filter(|entry| grants(entry));
        match granted.next() {
            Some(entry) if entry.id == Some(repository.id) => return Ok(true),
            // It was given out before the repository was made: the rights of this moment count.
            Some(entry) if entry.id.is_none() => {}
            _ => return Ok(false),
        }
    }
    let subject = visitor.subject().await?;
    let decision = visitor.state.decide(&subject, repository).await?;
    let is_known = !matches!(visitor.identity, Identity::Anonymous);
    Ok(is_known && need.all().iter().all(|action| decision.permits(*action)))
}

/// Whether the visitor came to make the repository, and may.
async fn may_make(visitor: &Visitor<'_>, gun: &Gun) -> Outcome<bool> {
    let asked = match &visitor.identity {
        Identity::Token(claims) => claims
            .access
            .iter()
            .any(|entry| names(entry, gun) && has(entry, Need::Push)),
        _ => true,
    };
    if Switch::ReadOnlyRegistry.is_on(visitor.state).await? {
        return Ok(false);
    }
    let subject = visitor.subject().await?;
    Ok(asked && grant::may_create_by_push(visitor.state, &subject, gun.repository()).await?)
}

/// Fails unless the visitor may see what happens in all collections: for site administrators.
pub(super) async fn authorize_all(visitor: &Visitor<'_>, parts: &Parts) -> Outcome<()> {
    let asked = match &visitor.identity {
        Identity::Token(claims) => is_for_catalog(claims),
        _ => true,
    };
    if asked && visitor.subject().await?.is_admin() {
        return Ok(());
    }
    let error = lacking(visitor);
    Err(refused(visitor.state, parts, None, Need::All, error))
}

fn is_for_catalog(claims: &Claims) -> bool {
    claims
        .access
        .iter()
        .any(|entry| entry.kind == "registry" && entry.name == "catalog" && has(entry, Need::All))
}

/// The name is what was asked for, host and all.
fn names(entry: &jwt::Access, gun: &Gun) -> bool {
    entry.kind == "repository" && entry.name == gun.to_string()
}

/// `*` alone is enough for everything: clients ask for nothing else where they rotate keys, and then publish.
fn has(entry: &jwt::Access, need: Need) -> bool {
    let has = |wanted: &str| {
        entry
            .actions
            .iter()
            .any(|held| held == wanted || held == "*")
    };
    need.actions().iter().all(|action| has(action))
}

/// 401 with what would have to be allowed, and where to ask for it. Without a collection it is about all of them.
fn refused(
    state: &crate::state::AppState,
    parts: &Parts,
    gun: Option<&Gun>,
    need: Need,
    error: Option<&'static str>,
) -> Failure {
    let (kind, name) = match gun {
        Some(gun) => ("repository", gun.to_string()),
        None => ("registry", "catalog".to_owned()),
    };
    let actions = need.actions();
    let access = |action: &&str| Access {
        r#type: kind.to_owned(),
        class: String::new(),
        name: name.clone(),
        action: (*action).to_owned(),
    };
    let refusal = Refusal::Unauthorized(actions.iter().map(access).collect());
    let challenge = Challenge {
        base: Origin::of(&state.config, parts).base,
        scope: Some(format!("{kind}:{name}:{}", actions.join(","))),
        error,
    };
    Failure::Unauthorized(refusal, Box::new(challenge))
}
