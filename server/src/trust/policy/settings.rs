//! What is asked of images: shown and set, for the registry, an organization and a repository.

use api::{
    error::Envelope,
    trust_policy::{TrustException, TrustMode, TrustPolicy},
};
use axum::{Json, extract::State};
use db::trust::policies::{self, Whose};
use rules::{
    glob::Glob,
    signing::{Exception, MAX_EXCEPTIONS, MAX_REASON, MAX_TEAMS, Mode, Policy, Team, names_images},
};
use serde_json::json;

use super::read;
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments},
    operations::{Operations, routes},
    organizations::Org,
    repositories::{Found, Named},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_registry_policy, set_registry_policy))
        .routes(routes!(get_organization_policy, set_organization_policy))
        .routes(routes!(get_repository_policy, set_repository_policy))
}

/// Ours: shows which images may be pulled from this registry, by who signed them; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/trust/policy",
    tag = "settings",
    responses(
        (status = 200, description = "What the registry asks.", body = TrustPolicy),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn get_registry_policy(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<Json<TrustPolicy>> {
    caller.admin()?;
    show(&state, Whose::Registry).await
}

/// Ours: sets which images may be pulled from this registry, by who signed them; for site administrators.
#[utoipa::path(
    put,
    path = "/api/v0/trust/policy",
    tag = "settings",
    request_body = TrustPolicy,
    responses(
        (status = 200, description = "What the registry asks now.", body = TrustPolicy),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn set_registry_policy(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<TrustPolicy>,
) -> ApiResult<Json<TrustPolicy>> {
    caller.admin()?;
    let event = Event::new(Kind::Update, ObjectType::TrustPolicy, None, "registry");
    set(&state, &caller, Whose::Registry, &form, event).await
}

/// Ours: shows which images may be pulled from an organization's repositories, by who signed them; for its owners and site
/// administrators.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{account}/trustPolicy",
    tag = "accounts",
    params(("account" = String, Path, description = "Name of an organization.")),
    responses(
        (status = 200, description = "What the organization asks.", body = TrustPolicy),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn get_organization_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
) -> ApiResult<Json<TrustPolicy>> {
    let org = Org::managed(&state, &caller, &org).await?;
    show(&state, Whose::Organization(org.row.id)).await
}

/// Ours: sets which images may be pulled from an organization's repositories, by who signed them; for its owners and site
/// administrators. What the registry asks has to hold as well.
#[utoipa::path(
    put,
    path = "/api/v0/accounts/{account}/trustPolicy",
    tag = "accounts",
    params(("account" = String, Path, description = "Name of an organization.")),
    request_body = TrustPolicy,
    responses(
        (status = 200, description = "What the organization asks now.", body = TrustPolicy),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn set_organization_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Body(form): Body<TrustPolicy>,
) -> ApiResult<Json<TrustPolicy>> {
    let org = Org::managed(&state, &caller, &org).await?;
    let event = Event::new(Kind::Update, ObjectType::TrustPolicy, None, &org.row.name)
        .with(ObjectType::Organization, org.row.id, &org.row.name)
        .because(org.reason());
    set(
        &state,
        &caller,
        Whose::Organization(org.row.id),
        &form,
        event,
    )
    .await
}

/// Ours: shows which images may be pulled from a repository, by who signed them; needs admin access.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/trustPolicy",
    tag = "repositories",
    params(Named),
    responses(
        (status = 200, description = "What the repository asks.", body = TrustPolicy),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn get_repository_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<TrustPolicy>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    show(&state, Whose::Repository(found.row.id)).await
}

/// Ours: sets which images may be pulled from a repository, by who signed them; needs admin access. What the registry and the
/// organization ask has to hold as well.
#[utoipa::path(
    put,
    path = "/api/v0/repositories/{namespace}/{reponame}/trustPolicy",
    tag = "repositories",
    params(Named),
    request_body = TrustPolicy,
    responses(
        (status = 200, description = "What the repository asks now.", body = TrustPolicy),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn set_repository_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Body(form): Body<TrustPolicy>,
) -> ApiResult<Json<TrustPolicy>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let name = found.full_name();
    let event = Event::new(Kind::Update, ObjectType::TrustPolicy, None, name.as_str())
        .with(ObjectType::Repository, found.row.id, name.as_str())
        .because(found.reason(&caller));
    set(
        &state,
        &caller,
        Whose::Repository(found.row.id),
        &form,
        event,
    )
    .await
}

async fn current(state: &AppState, whose: Whose) -> ApiResult<TrustPolicy> {
    let content = policies::get(&state.db, whose).await?;
    let policy = content.map(|content| read(&content)).transpose()?;
    Ok(shown(policy.unwrap_or_default()))
}

async fn show(state: &AppState, whose: Whose) -> ApiResult<Json<TrustPolicy>> {
    current(state, whose).await.map(Json)
}

async fn set(
    state: &AppState,
    caller: &Caller,
    whose: Whose,
    form: &TrustPolicy,
    event: Event,
) -> ApiResult<Json<TrustPolicy>> {
    let policy = parse(state, caller, form).await?;
    let content = serde_json::to_string(&policy).map_err(|error| ApiError::internal(&error))?;
    let after = shown(policy);
    let before = current(state, whose).await?;
    let event = event.detail(json!({ "before": before, "after": after }));
    policies::set(&state.recording(caller, event), whose, content).await?;
    Ok(Json(after))
}

/// Reads a form. A team has to be there, in an organization that the caller may see.
pub(super) async fn parse(
    state: &AppState,
    caller: &Caller,
    form: &TrustPolicy,
) -> ApiResult<Policy> {
    Ok(Policy {
        mode: match form.mode {
            TrustMode::Off => Mode::Off,
            TrustMode::Warn => Mode::Warn,
            TrustMode::Enforce => Mode::Enforce,
        },
        teams: teams(state, caller, "teams", &form.teams).await?,
        exceptions: exceptions(&form.exceptions)?,
        signers: teams(state, caller, "signerTeams", &form.signer_teams).await?,
    })
}

fn exceptions(forms: &[TrustException]) -> ApiResult<Vec<Exception>> {
    let invalid =
        |message: String| ApiError::invalid("INVALID_PARAMETERS", format!("exceptions: {message}"));
    if forms.len() > MAX_EXCEPTIONS {
        return Err(invalid(format!(
            "there are {} of them, and may be {MAX_EXCEPTIONS}.",
            forms.len()
        )));
    }
    let exception = |form: &TrustException| {
        if form.pattern.starts_with('!') {
            return Err(invalid(
                "an exception has no exceptions of its own: leave the ! out, and name what is excepted.".to_owned(),
            ));
        }
        if form.reason.chars().count() > MAX_REASON {
            return Err(invalid(format!(
                "a reason has {MAX_REASON} characters at most."
            )));
        }
        if !form.pattern.is_empty() && !names_images(&form.pattern) {
            return Err(invalid(format!(
                "{} does not say which repositories, and which of their tags: write namespace/repository:tag, or *:tag for all repositories; \
                 a star stands for any run of characters of one part.",
                form.pattern
            )));
        }
        let pattern = Glob::try_from(form.pattern.clone());
        Ok(Exception {
            pattern: pattern.map_err(|error| invalid(format!("{error}.")))?,
            until: form.until,
            reason: form.reason.clone(),
        })
    };
    forms.iter().map(exception).collect()
}

async fn teams(
    state: &AppState,
    caller: &Caller,
    field: &str,
    names: &[String],
) -> ApiResult<Vec<Team>> {
    let invalid = |message: String| ApiError::invalid("INVALID_PARAMETERS", message);
    if names.len() > MAX_TEAMS {
        return Err(invalid(format!("{field} has {MAX_TEAMS} teams at most.")));
    }
    let mut teams: Vec<Team> = Vec::new();
    for name in names {
        let (org, team) = name
            .split_once('/')
            .ok_or_else(|| invalid(format!("{field}: write each team as organization/team.")))?;
        let org = Org::visible(state, caller, org).await?;
        let row = org.team(state, team).await?;
        if teams.iter().all(|known| known.id != row.id) {
            teams.push(Team {
                id: row.id,
                org: org.row.id,
                name: format!("{}/{}", org.row.name, row.name),
            });
        }
    }
    Ok(teams)
}

pub(super) fn mode(mode: Mode) -> TrustMode {
    match mode {
        Mode::Off => TrustMode::Off,
        Mode::Warn => TrustMode::Warn,
        Mode::Enforce => TrustMode::Enforce,
    }
}

fn shown(policy: Policy) -> TrustPolicy {
    let exception = |exception: Exception| TrustException {
        pattern: exception.pattern.into(),
        until: exception.until,
        reason: exception.reason,
    };
    let names = |teams: Vec<Team>| teams.into_iter().map(|team| team.name).collect();
    TrustPolicy {
        mode: mode(policy.mode),
        teams: names(policy.teams),
        exceptions: policy.exceptions.into_iter().map(exception).collect(),
        signer_teams: names(policy.signers),
    }
}
