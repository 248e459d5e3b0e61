//! Promotion policies: list, make, show, change, delete, and what they were.

use api::{
    error::Envelope,
    promotion::{CreatePromotionPolicy, PromotionPolicy, UpdatePromotionPolicy},
};
use axum::{Json, extract::State, http::StatusCode};
use db::{
    entities::promotion_policy,
    promotions::{Author, MOST, Settings},
};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Whole, name, no_such_policy,
    policy::{self, Terms},
    sights,
};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments},
    operations::{Operations, routes},
    repositories::{Found, Named},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_policies, create_policy))
        .routes(routes!(get_policy, update_policy, delete_policy))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SideQuery {
    /// The policies that the repository is the source of; with `false` those that it is the target of.
    #[param(default = true)]
    source: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct SaveQuery {
    /// Also promote the tags that there are already ("Save & Apply"); with `false` only those that are set from now on ("Save").
    #[param(default = true)]
    initial_evaluation: Option<bool>,
}

/// The segments of the path of one policy.
#[derive(Debug, Deserialize)]
pub(super) struct OfPolicy {
    namespace: String,
    reponame: String,
    promotionpolicyid: String,
}

impl OfPolicy {
    pub(super) fn split(self) -> (Named, String) {
        let named = Named {
            namespace: self.namespace,
            reponame: self.reponame,
        };
        (named, self.promotionpolicyid)
    }
}

/// Lists the promotion policies of a repository, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies",
    tag = "promotion",
    params(Named, SideQuery),
    responses(
        (status = 200, description = "All of them.", body = Vec<PromotionPolicy>),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_policies(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(query): Parameters<SideQuery>,
) -> ApiResult<Json<Vec<PromotionPolicy>>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let rows = if query.source.unwrap_or(true) {
        db::promotions::from(&state.db, found.row.id).await?
    } else {
        db::promotions::to(&state.db, found.row.id).await?
    };
    let policies = Whole::all(&state, rows).await?;
    Ok(Json(shown(&state, &caller, &policies).await?))
}

/// Policies as the API says them to `caller`.
pub(super) async fn shown(
    state: &AppState,
    caller: &Caller,
    policies: &[Whole],
) -> ApiResult<Vec<PromotionPolicy>> {
    let pairs = policies
        .iter()
        .map(|policy| (policy.source.id, policy.target.id));
    let sights = sights(state, caller, pairs).await?;
    Ok(policies
        .iter()
        .zip(sights)
        .map(|(policy, sight)| {
            let names = (name(&policy.source), name(&policy.target));
            policy::shown(&policy.row, (&names.0, &names.1), sight)
        })
        .collect())
}

async fn one(state: &AppState, caller: &Caller, policy: Whole) -> ApiResult<Json<PromotionPolicy>> {
    let id = policy.row.id.to_string();
    let mut shown = shown(state, caller, &[policy]).await?;
    shown.pop().map(Json).ok_or_else(|| no_such_policy(&id))
}

/// Makes a promotion policy. Needs admin access to the source and to the target; the policy works with the rights of who makes it.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies",
    tag = "promotion",
    params(Named, SaveQuery),
    request_body = CreatePromotionPolicy,
    responses(
        (status = 201, description = "It is made.", body = PromotionPolicy),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PROMOTION_POLICY`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
        (status = 409, description = "`TOO_MANY_PROMOTION_POLICIES`", body = Envelope),
    )
)]
async fn create_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(query): Parameters<SaveQuery>,
    Body(form): Body<CreatePromotionPolicy>,
) -> ApiResult<(StatusCode, Json<PromotionPolicy>)> {
    let source = Found::with(&state, &caller, &named, Level::Admin).await?;
    let event = Event::new(Kind::Create, ObjectType::PromotionPolicy, None, "")
        .with(ObjectType::Repository, source.row.id, source.full_name())
        .because(source.reason(&caller))
        .changes(&form);
    let target = target(&state, &caller, &source, &form.target_repository).await?;
    let settings = Settings {
        target: (target.row.id, target.full_name()),
        enabled: form.enabled.unwrap_or(true),
        rules: checked(&form.rules, &form.tag_template)?,
        tag_template: form.tag_template.trim().to_owned(),
        referrers: form.include_referrers.unwrap_or(true),
        apply: query.initial_evaluation.unwrap_or(true),
    };
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    let row = db::promotions::create(&db, source.row.id, settings, author(&caller)?, now)
        .await?
        .ok_or_else(|| {
            ApiError::conflict(
                "TOO_MANY_PROMOTION_POLICIES",
                format!(
                    "{} is the source of {MOST} promotion policies already; delete one first.",
                    source.full_name()
                ),
            )
        })?;
    state.promotion.wake();
    let policy = Whole {
        row,
        source: source.row,
        target: target.row,
    };
    Ok((StatusCode::CREATED, one(&state, &caller, policy).await?))
}

/// The rules as they are stored, if they and the template can be read.
fn checked(rules: &[api::promotion::Rule], template: &str) -> ApiResult<serde_json::Value> {
    Terms::read(rules, template)?;
    Ok(policy::to_store(rules))
}

fn author(caller: &Caller) -> ApiResult<Author> {
    let account = caller.account()?;
    Ok(Author {
        id: account.id,
        name: account.name.clone(),
    })
}

/// The target of a policy, which is another repository that the caller administers.
async fn target(
    state: &AppState,
    caller: &Caller,
    source: &Found,
    full_name: &str,
) -> ApiResult<Found> {
    let (namespace, reponame) = full_name.split_once('/').ok_or_else(|| {
        ApiError::invalid(
            "INVALID_PROMOTION_POLICY",
            "targetRepository is namespace/name, as admin/flask.",
        )
    })?;
    let named = Named {
        namespace: namespace.to_owned(),
        reponame: reponame.to_owned(),
    };
    let target = Found::with(state, caller, &named, Level::Admin).await?;
    if target.row.id == source.row.id {
        return Err(ApiError::invalid(
            "INVALID_PROMOTION_POLICY",
            format!("{full_name} cannot be promoted to itself; choose another target."),
        ));
    }
    Ok(target)
}

/// Shows a promotion policy, to who sees its source or its target.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/{promotionpolicyid}",
    tag = "promotion",
    params(Named, ("promotionpolicyid" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The policy.", body = PromotionPolicy),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_PROMOTION_POLICY`", body = Envelope),
    )
)]
async fn get_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfPolicy>,
) -> ApiResult<Json<PromotionPolicy>> {
    let (named, id) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let policy = Whole::find(&state, found.row.id, &id).await?;
    one(&state, &caller, policy).await
}

/// The source of a policy, if the caller administers it and it is the repository of the path.
async fn as_source(state: &AppState, caller: &Caller, path: OfPolicy) -> ApiResult<(Found, Whole)> {
    let (named, id) = path.split();
    let found = Found::with(state, caller, &named, Level::Admin).await?;
    let policy = Whole::find(state, found.row.id, &id).await?;
    if policy.source.id == found.row.id {
        return Ok((found, policy));
    }
    let source = Named {
        namespace: policy.source.namespace.clone(),
        reponame: policy.source.name.clone(),
    };
    let source = Found::with(state, caller, &source, Level::Admin).await?;
    Ok((source, policy))
}

/// Changes a promotion policy, which makes another revision of it: what an earlier one promoted may be promoted again. Needs admin
/// access to the source and to the target; the policy works with the rights of who changed it last.
#[utoipa::path(
    put,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/{promotionpolicyid}",
    tag = "promotion",
    params(Named, ("promotionpolicyid" = String, Path, description = "Its id."), SaveQuery),
    request_body = UpdatePromotionPolicy,
    responses(
        (status = 200, description = "It is changed.", body = PromotionPolicy),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PROMOTION_POLICY`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_PROMOTION_POLICY`", body = Envelope),
    )
)]
async fn update_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfPolicy>,
    Parameters(query): Parameters<SaveQuery>,
    Body(form): Body<UpdatePromotionPolicy>,
) -> ApiResult<Json<PromotionPolicy>> {
    let (source, policy) = as_source(&state, &caller, path).await?;
    let event = event(Kind::Update, &caller, &source, policy.row.id).changes(&form);
    let wanted = form
        .target_repository
        .unwrap_or_else(|| name(&policy.target));
    let target = target(&state, &caller, &source, &wanted).await?;
    let before = policy.row;
    let rules = form.rules.unwrap_or_else(|| policy::stored(&before.rules));
    let tag_template = form
        .tag_template
        .unwrap_or_else(|| before.tag_template.clone());
    let settings = Settings {
        target: (target.row.id, target.full_name()),
        enabled: form.enabled.unwrap_or(before.enabled),
        rules: checked(&rules, &tag_template)?,
        tag_template: tag_template.trim().to_owned(),
        referrers: form.include_referrers.unwrap_or(before.referrers),
        apply: query.initial_evaluation.unwrap_or(true),
    };
    if is_same(&before, &settings) {
        let policy = Whole {
            row: before,
            source: source.row,
            target: target.row,
        };
        return one(&state, &caller, policy).await;
    }
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    let row = db::promotions::update(&db, before.id, settings, author(&caller)?, now)
        .await?
        .ok_or_else(|| no_such_policy(&before.id.to_string()))?;
    state.promotion.wake();
    let policy = Whole {
        row,
        source: source.row,
        target: target.row,
    };
    one(&state, &caller, policy).await
}

/// Whether nothing changes, so that there is no other revision. One that is stopped is saved again by who has the rights.
fn is_same(row: &promotion_policy::Model, settings: &Settings) -> bool {
    row.stopped.is_none()
        && row.target_id == settings.target.0
        && row.enabled == settings.enabled
        && row.rules == settings.rules
        && row.tag_template == settings.tag_template
        && row.referrers == settings.referrers
        && row.applies_from.is_none() == settings.apply
}

fn event(kind: Kind, caller: &Caller, on: &Found, id: Uuid) -> Event {
    Event::new(kind, ObjectType::PromotionPolicy, id, id.to_string())
        .with(ObjectType::Repository, on.row.id, on.full_name())
        .because(on.reason(caller))
}

/// Deletes a promotion policy; what it promoted stays. Needs admin access to the source or to the target.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}/promotionPolicies/{promotionpolicyid}",
    tag = "promotion",
    params(Named, ("promotionpolicyid" = String, Path, description = "Its id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_PROMOTION_POLICY`", body = Envelope),
    )
)]
async fn delete_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfPolicy>,
) -> ApiResult<StatusCode> {
    let (named, id) = path.split();
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let policy = Whole::find(&state, found.row.id, &id).await?;
    let event = event(Kind::Delete, &caller, &found, policy.row.id);
    if db::promotions::delete(&state.recording(&caller, event), policy.row.id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_such_policy(&id))
    }
}
