//! What a token grants: of which repositories, by name and by id, and what a client has to ask for to be granted it.

use ::auth::jwt::{Access, Claims};
use oci::name::RepositoryName;
use uuid::Uuid;

use crate::access::{Action, Scope};

/// What a client has to ask for, to do it.
pub(super) fn scope(action: Action) -> &'static str {
    match action {
        Action::Pull => "pull",
        Action::Push => "pull,push",
        Action::Delete => "pull,delete",
        Action::Admin => "*",
    }
}

/// The repositories that a token names, for what is asked of many at once: they can be read.
pub(super) fn scope_of(claims: &Claims) -> Scope {
    let pull = || [Action::Pull].into_iter().collect();
    claims
        .access
        .iter()
        .filter(|entry| entry.kind == "repository" && has(entry, Action::Pull))
        .filter_map(|entry| Some((entry.id?, pull())))
        .collect()
}

/// What the token says of this repository.
pub(super) fn entry<'c>(claims: &'c Claims, name: &RepositoryName) -> Option<&'c Access> {
    claims
        .access
        .iter()
        .find(|entry| entry.kind == "repository" && entry.name == name.as_str())
}

/// Whether it is among what the entry grants.
pub(super) fn has(entry: &Access, action: Action) -> bool {
    let mut actions = entry.actions.iter();
    actions.any(|held| held == action.as_str() || held == "*")
}

/// Whether the token was given out for this before there was a repository: by the push that it was for, or meanwhile by somebody else,
/// it was made. The rights of this moment count then; clients ask for no second token in the middle of a push.
pub(super) fn is_older(claims: &Claims, name: &RepositoryName, action: Action) -> bool {
    entry(claims, name).is_some_and(|entry| entry.id.is_none() && has(entry, action))
}

/// Several entries of one name may come of several scopes: any of them will do.
pub(super) fn grants(claims: &Claims, name: &RepositoryName, id: Uuid, action: Action) -> bool {
    claims.access.iter().any(|entry| {
        entry.kind == "repository"
            && entry.name == name.as_str()
            && entry.id == Some(id)
            && has(entry, action)
    })
}
