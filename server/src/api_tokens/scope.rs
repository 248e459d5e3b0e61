//! What an access token is limited to: chosen repositories, and in each what it may do there.

use ::api::api_token::{TokenAction, TokenScope};
use db::{Action, Actions, api_tokens::Scope, entities::account};
use oci::RepositoryName;
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    access::Subject,
    error::{ApiError, ApiResult},
    input::bad_field,
    state::AppState,
};

/// Repositories that a token may name.
const MAX_REPOSITORIES: usize = 100;

/// The scope of a new token of `owner`, who must hold all of it: nobody gives a token more than its account has.
pub(super) async fn chosen(
    state: &AppState,
    owner: &account::Model,
    wanted: Option<Vec<TokenScope>>,
) -> ApiResult<Option<Vec<(Uuid, Actions)>>> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    if !(1..=MAX_REPOSITORIES).contains(&wanted.len()) {
        return Err(bad(format!(
            "scope names 1 to {MAX_REPOSITORIES} repositories; leave it away for a token that may do all that {} may.",
            owner.name
        )));
    }
    let subject = Subject::of(owner);
    let mut scope: HashMap<Uuid, Actions> = HashMap::with_capacity(wanted.len());
    for entry in wanted {
        let actions: Actions = entry.actions.iter().copied().map(action).collect();
        if actions == Actions::default() {
            return Err(bad(format!(
                "{}: name at least one of pull, push, delete and admin.",
                entry.repository
            )));
        }
        let missing = || {
            bad(format!(
                "There is no repository {}, or {} may not see it.",
                entry.repository, owner.name
            ))
        };
        let name: RepositoryName = entry.repository.parse().map_err(|_| missing())?;
        let repository = state.repository(&name).await?.ok_or_else(missing)?;
        let decision = state.decide(&subject, &repository).await?;
        if !decision.permits(Action::Pull) {
            return Err(missing());
        }
        if let Some(excess) = actions.iter().find(|action| !decision.permits(*action)) {
            return Err(bad(format!(
                "{} may not {} in {}; a token cannot do more than its user.",
                owner.name,
                excess.as_str(),
                entry.repository
            )));
        }
        if scope.insert(repository.id, actions).is_some() {
            return Err(bad(format!("{} is named twice.", entry.repository)));
        }
    }
    Ok(Some(scope.into_iter().collect()))
}

fn bad(message: String) -> ApiError {
    bad_field("scope", message)
}

fn action(action: TokenAction) -> Action {
    match action {
        TokenAction::Pull => Action::Pull,
        TokenAction::Push => Action::Push,
        TokenAction::Delete => Action::Delete,
        TokenAction::Admin => Action::Admin,
    }
}

/// A scope as the API shows it.
pub(super) fn shown(scope: Scope) -> TokenScope {
    TokenScope {
        repository: scope.name,
        actions: scope
            .actions
            .iter()
            .map(|action| match action {
                Action::Pull => TokenAction::Pull,
                Action::Push => TokenAction::Push,
                Action::Delete => TokenAction::Delete,
                Action::Admin => TokenAction::Admin,
            })
            .collect(),
    }
}
