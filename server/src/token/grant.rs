//! What a token may say: for each scope that was asked for, the part of it that the account holds.

use auth::jwt::Access;
use oci::{
    name::RepositoryName,
    scope::{Scope, ScopeKind},
};

use crate::{
    access::{Action, Decision, Subject},
    error::ApiResult,
    origin, reserved,
    settings::Switch,
    state::AppState,
};

/// Scopes in one request.
const MAX_SCOPES: usize = 64;

/// The rights for `scopes`. A repository that was asked for is named even where nothing is granted in it, so that `/v2/`
/// can tell "refused" from "never asked".
pub(super) async fn grant(
    state: &AppState,
    subject: &Subject,
    scopes: Vec<Scope>,
) -> ApiResult<Vec<Access>> {
    let mut access = Vec::with_capacity(scopes.len().min(MAX_SCOPES));
    for scope in scopes.into_iter().take(MAX_SCOPES) {
        match scope.kind {
            ScopeKind::Repository => access.push(repository(state, subject, scope).await?),
            // What the catalog shows is filtered by who asks.
            ScopeKind::Registry if scope.name == "catalog" && !subject.is_limited() => {
                access.push(Access {
                    kind: "registry".to_owned(),
                    name: scope.name,
                    actions: vec!["*".to_owned()],
                    id: None,
                    may_push: false,
                });
            }
            _ => {}
        }
    }
    Ok(access)
}

/// The repository that a scope names: by its name, or, for its trust data, by its name behind one of our hosts. The token says what was
/// asked for, so what it grants for the one is worth nothing for the other.
pub(crate) fn named(state: &AppState, name: &str) -> Option<RepositoryName> {
    if let Ok(name) = name.parse() {
        return Some(name);
    }
    let gun: ::trust::Gun = name.parse().ok()?;
    origin::is_ours(&state.config, gun.host()).then(|| gun.repository().clone())
}

async fn repository(state: &AppState, subject: &Subject, scope: Scope) -> ApiResult<Access> {
    let mut granted = Access {
        kind: "repository".to_owned(),
        name: scope.name.clone(),
        actions: Vec::new(),
        id: None,
        may_push: false,
    };
    let Some(name) = named(state, &scope.name) else {
        return Ok(granted);
    };
    match state.repository(&name).await? {
        Some(repository) => {
            granted.id = Some(repository.id);
            let decision = state.decide(subject, &repository).await?;
            granted.may_push = subject.is_limited() && decision.permits(Action::Push);
            granted.actions = actions(&scope, &decision);
        }
        None if may_create_by_push(state, subject, &name).await? => {
            granted.actions = ["pull", "push"]
                .into_iter()
                .filter(|action| scope.has(action))
                .map(str::to_owned)
                .collect();
        }
        None => {}
    }
    Ok(granted)
}

/// A push makes the repository, where the setting is on and `subject` could make it by hand.
pub(crate) async fn may_create_by_push(
    state: &AppState,
    subject: &Subject,
    name: &RepositoryName,
) -> ApiResult<bool> {
    if *subject == Subject::Anonymous || reserved::repository(name).is_some() {
        return Ok(false);
    }
    if !Switch::CreateRepositoryOnPush.is_on(state).await? {
        return Ok(false);
    }
    let owner = db::accounts::find(&state.db, name.namespace()).await?;
    match owner {
        Some(owner) => Ok(state.may_create(subject, &owner).await?),
        None => Ok(false),
    }
}

/// The actions of `scope` that the decision holds: pull for read-only, push and delete for read-write, all for admin.
fn actions(scope: &Scope, decision: &Decision) -> Vec<String> {
    let wants_all = scope.actions.contains("*");
    if wants_all && decision.permits(Action::Admin) {
        return vec!["*".to_owned()];
    }
    [Action::Pull, Action::Push, Action::Delete]
        .into_iter()
        .filter(|action| scope.has(action.as_str()) && decision.permits(*action))
        .map(|action| action.as_str().to_owned())
        .collect()
}
