//! Why somebody may do something in a repository, or may not. Ours.

use api::{
    access::{Explanation, Source, SourceKind},
    error::Envelope,
};
use axum::{Json, extract::State};
use db::entities::account;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    access::{self, Action, Decision, Level, Reason, Subject},
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named, level_shown},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(explain_access))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// Whose rights: a user's name, or `id:` and its id; the caller's where absent.
    user: Option<String>,
}

/// Ours: explains why a user may do something in a repository, or may not, and names every grant. The own rights for who may see
/// the repository; anybody's for who has admin access to it. With an access token that is limited, the own level and the reason say what
/// is left by it, and the sources what its user has. To others than site administrators, who does not own it and is not in
/// the organization that does is somebody without any right.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/access/explain",
    tag = "access",
    params(Named, UserQuery),
    responses(
        (status = 200, description = "The decision and its reasons.", body = Explanation),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`; `NO_SUCH_USER` to site administrators: to others, who is not there is who has no right.", body = Envelope),
    )
)]
async fn explain_access(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(query): Parameters<UserQuery>,
) -> ApiResult<Json<Explanation>> {
    let asks_for_another = query
        .user
        .as_deref()
        .is_some_and(|user| !is_own(&caller, user));
    let needed = if asks_for_another {
        Level::Admin
    } else {
        Level::ReadOnly
    };
    let found = Found::with(&state, &caller, &named, needed).await?;
    let (user, subject) = match query.user.filter(|_| asks_for_another) {
        None => (own_name(&caller), caller.subject()),
        Some(user) => {
            let row = accounts::find(&state, &user)
                .await?
                .filter(|row| !row.is_org);
            match row {
                Some(row) if may_know(&state, &caller, &found, &row).await? => {
                    if !row.is_active {
                        return Ok(Json(switched_off(&found, row.name)));
                    }
                    (row.name.clone(), Subject::of(&row))
                }
                None if caller.subject().is_admin() => {
                    let message = format!("There is no user {user}.");
                    return Err(ApiError::not_found("NO_SUCH_USER", message));
                }
                // Whoever owns a repository may ask this; so it tells neither which accounts there are, nor who of them
                // administers the site.
                _ => (user, STRANGER),
            }
        }
    };
    let mut explained = explanation(&state, &found, user, &subject).await?;
    if !asks_for_another && found.decision.is_limited {
        limit(&mut explained, &found.decision);
    }
    Ok(Json(explained))
}

/// Says what is left of it for the access token that asks.
fn limit(explained: &mut Explanation, decision: &Decision) {
    let actions: Vec<&str> = decision.actions().map(Action::as_str).collect();
    explained.access_level = decision.level.map(level_shown);
    explained.reason = format!(
        "{} But the access token that asks is limited, and may do no more than {} here.",
        explained.reason,
        actions.join(", ")
    );
}

/// Somebody without any right.
const STRANGER: Subject = Subject::Account {
    id: Uuid::nil(),
    is_admin: false,
    scope: None,
};

/// Whether the caller may know what the account is: as an administrator, or because it owns the repository, or is in the
/// organization that does.
async fn may_know(
    state: &AppState,
    caller: &Caller,
    found: &Found,
    row: &account::Model,
) -> ApiResult<bool> {
    if caller.subject().is_admin() || row.id == found.row.account_id {
        return Ok(true);
    }
    let standing = state.standing(&Subject::of(row), &found.row).await?;
    Ok(standing.is_member)
}

fn is_own(caller: &Caller, user: &str) -> bool {
    caller
        .own()
        .is_some_and(|own| own.name == user || user == format!("id:{}", own.id))
}

fn own_name(caller: &Caller) -> String {
    caller.own().map(|own| own.name.clone()).unwrap_or_default()
}

async fn explanation(
    state: &AppState,
    found: &Found,
    user: String,
    subject: &Subject,
) -> ApiResult<Explanation> {
    let standing = state.standing(subject, &found.row).await?;
    let mut sources = access::sources(subject, (&found.row).into(), &standing);
    sources.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    let who = if user.is_empty() {
        "somebody without an account"
    } else {
        &user
    };
    let org = &found.row.namespace;
    let reason = match sources.first() {
        Some((level, reason)) => {
            format!(
                "{who} has {} access: {}.",
                level.as_str(),
                reason.words(who, org)
            )
        }
        None if standing.is_member => format!(
            "{who} has no access: {who} is in the organization {org}, but in no team with a right in this repository, \
             and the repository is private. Somebody with admin access can give one."
        ),
        None => format!(
            "{who} has no access: {who} does not own {org}, has no right through a team, and the repository is private."
        ),
    };
    Ok(Explanation {
        access_level: sources.first().map(|(level, _)| level_shown(*level)),
        repository: full_name(found),
        user,
        reason,
        sources: sources.into_iter().map(source).collect(),
    })
}

fn switched_off(found: &Found, user: String) -> Explanation {
    Explanation {
        access_level: None,
        repository: full_name(found),
        reason: format!("{user} has no access: the account is switched off."),
        user,
        sources: Vec::new(),
    }
}

fn full_name(found: &Found) -> String {
    format!("{}/{}", found.row.namespace, found.row.name)
}

fn source((level, reason): (Level, Reason)) -> Source {
    let (kind, team) = match reason {
        Reason::SiteAdmin => (SourceKind::SiteAdmin, None),
        Reason::Owner => (SourceKind::Owner, None),
        Reason::OrgOwner => (SourceKind::OrgOwner, None),
        Reason::Team {
            name,
            is_for_namespace: true,
        } => (SourceKind::NamespaceTeam, Some(name)),
        Reason::Team { name, .. } => (SourceKind::Team, Some(name)),
        Reason::Public | Reason::NoGrant | Reason::OutOfScope => (SourceKind::Public, None),
    };
    Source {
        access_level: level_shown(level),
        kind,
        team,
    }
}
