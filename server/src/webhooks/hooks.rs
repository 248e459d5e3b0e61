//! Webhooks: made, listed, changed, deleted. DTR's operations.

use ::webhooks::Kind as Told;
use api::{
    error::Envelope,
    webhook::{CreateWebhook, UpdateWebhook, Webhook},
};
use axum::{Json, extract::State, http::StatusCode};
use db::webhooks::{MOST, deliveries};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{
    form, no_such_webhook,
    place::Managed,
    receiver,
    settings::{
        changed, merged, new, recorded, set_endpoint, set_headers, shown, shown_all, trimmed,
    },
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    repositories::Named,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(update_webhook))
        .routes(routes!(get_webhook, delete_webhook))
        .routes(routes!(list_repository_webhooks))
        .routes(routes!(list_account_webhooks))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct KindQuery {
    /// Only those that take this type of event; `any` for all.
    webhook_type: Option<String>,
}

/// Lists webhooks, the oldest first: those that the caller made and may still manage; for site administrators, all.
#[utoipa::path(
    get,
    path = "/api/v0/webhooks",
    tag = "webhooks",
    params(KindQuery, PageQuery),
    responses(
        (status = 200, description = "A page of them.", body = Vec<Webhook>),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_webhooks(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(kind): Parameters<KindQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<Webhook>>> {
    let account = caller.account()?;
    let kind = kind.webhook_type.filter(|name| name != "any");
    let kind = kind.as_deref().map(form::kind).transpose()?;
    let page = query.page()?;
    let after = page.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })?;
    let author = (!account.is_admin).then_some(account.id);
    let mut rows = db::webhooks::list(&state.db, author, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    if let Some(kind) = kind {
        rows.retain(|row| {
            row.kinds
                .as_array()
                .is_some_and(|kinds| kinds.contains(&json!(kind)))
        });
    }
    if !account.is_admin {
        let managed = Managed::among(&state, &caller, &rows).await?;
        rows.retain(|row| managed.contains(&row.id));
    }
    let body = shown_all(&state, rows).await?;
    Ok(Paged {
        body,
        next,
        count: None,
    })
}

/// Lists the webhooks that listen at a repository, whoever made them; needs admin access.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/webhooks",
    tag = "webhooks",
    params(Named),
    responses(
        (status = 200, description = "All of them, the oldest first.", body = Vec<Webhook>),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_repository_webhooks(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<Vec<Webhook>>> {
    let managed = Managed::repository(&state, &caller, &named).await?;
    all_at(&state, &managed).await
}

/// Lists the webhooks that listen at all repositories of a namespace; for its owners.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{namespace}/webhooks",
    tag = "webhooks",
    params(("namespace" = String, Path, description = "Name of a user or an organization.")),
    responses(
        (status = 200, description = "All of them, the oldest first.", body = Vec<Webhook>),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_account_webhooks(
    State(state): State<AppState>,
    caller: Caller,
    Segments(namespace): Segments<String>,
) -> ApiResult<Json<Vec<Webhook>>> {
    let managed = Managed::namespace(&state, &caller, &namespace).await?;
    all_at(&state, &managed).await
}

async fn all_at(state: &AppState, managed: &Managed) -> ApiResult<Json<Vec<Webhook>>> {
    let rows = db::webhooks::at(&state.db, managed.place).await?;
    Ok(Json(shown_all(state, rows).await?))
}

/// Makes a webhook. At a repository this needs admin access to it, at a namespace it is for its owners, and at the whole registry (an
/// empty `key`) for site administrators. The answer is a list of one, as DTR's; it is the only one that says the secret.
#[utoipa::path(
    post,
    path = "/api/v0/webhooks",
    tag = "webhooks",
    request_body = CreateWebhook,
    responses(
        (status = 200, description = "It is made.", body = Vec<Webhook>),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 409, description = "`TOO_MANY_WEBHOOKS`", body = Envelope),
    )
)]
async fn create_webhook(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<CreateWebhook>,
) -> ApiResult<Json<Vec<Webhook>>> {
    let managed = Managed::of(&state, &caller, &form.key).await?;
    let mut types = form.types;
    types.extend(form.r#type);
    let filter = form::filter(managed.place, &types, &form.tag_patterns)?;
    let endpoint = form::endpoint(&state, &form.endpoint).await?;
    let headers = form::headers(&form.headers)?;
    let secret = (form.signed || form.secret.is_some())
        .then(|| form::secret(form.secret.as_deref()))
        .transpose()?;
    let now = OffsetDateTime::now_utc();
    let mut row = new(&caller, &managed, now);
    set_endpoint(&state, &mut row, &endpoint)?;
    set_headers(&state, &mut row, &headers)?;
    row.kinds = json!(filter.kinds().collect::<Vec<Told>>());
    row.tag_patterns = json!(trimmed(&form.tag_patterns));
    form::format_name(form.format).clone_into(&mut row.format);
    row.tls_certificate = form::certificate(form.tls_cert)?;
    row.skip_verify = form.skip_tls_verification;
    if let Some(secret) = &secret {
        row.secret = Some(receiver::keep_secret(&state, row.id, secret)?);
    }
    let event = managed
        .event(Kind::Create, row.id, &row.shown_endpoint)
        .detail(recorded(&row));
    let db = state.recording(&caller, event);
    if !db::webhooks::create(&db, row.clone()).await? {
        return Err(ApiError::conflict(
            "TOO_MANY_WEBHOOKS",
            format!("There are {MOST} webhooks here already; delete one first."),
        ));
    }
    let made = Webhook {
        secret: secret.map(|secret| secret.expose()),
        ..shown(&state, row).await?
    };
    Ok(Json(vec![made]))
}

/// Shows a webhook, to who may manage it.
#[utoipa::path(
    get,
    path = "/api/v0/webhooks/{webhook}",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The webhook.", body = Webhook),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn get_webhook(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<Json<Webhook>> {
    let (row, _) = Managed::webhook(&state, &caller, &id).await?;
    Ok(Json(shown(&state, row).await?))
}

/// Changes a webhook: what the body names. What is switched on, or has another address, goes on where it was paused, and the caller answers
/// for it from then on.
#[utoipa::path(
    post,
    path = "/api/v0/webhooks/update",
    tag = "webhooks",
    request_body = UpdateWebhook,
    responses(
        (status = 200, description = "It is changed.", body = Vec<Webhook>),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn update_webhook(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<UpdateWebhook>,
) -> ApiResult<Json<Vec<Webhook>>> {
    let (before, managed) = Managed::webhook(&state, &caller, &form.id).await?;
    let id = before.id;
    // who switches it on, or names the receiver, answers for it
    let begins = form.inactive == Some(false) || form.endpoint.is_some();
    let mut changed = changed(&state, &managed, &before, form).await?;
    if let Some(own) = caller.own().filter(|_| begins) {
        changed.author_id = Some(own.id);
        changed.author.clone_from(&own.name);
    }
    let event = managed
        .event(Kind::Update, id, &changed.shown_endpoint)
        .detail(json!({ "before": recorded(&before), "after": recorded(&changed) }));
    let db = state.recording(&caller, event);
    let now = OffsetDateTime::now_utc();
    let row = db::webhooks::update(&db, id, |row| merged(row, changed, begins, now)).await?;
    let row = row.ok_or_else(|| no_such_webhook(&id.to_string()))?;
    if begins {
        deliveries::hurry(&state.db, id, now).await?;
    }
    state.webhooks.wake();
    Ok(Json(vec![shown(&state, row).await?]))
}

/// Deletes a webhook, with what it still had to tell.
#[utoipa::path(
    delete,
    path = "/api/v0/webhooks/{webhook}",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn delete_webhook(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<StatusCode> {
    let (row, managed) = Managed::webhook(&state, &caller, &id).await?;
    let event = managed
        .event(Kind::Delete, row.id, &row.shown_endpoint)
        .detail(recorded(&row));
    if db::webhooks::delete(&state.recording(&caller, event), row.id).await? {
        Ok(StatusCode::OK)
    } else {
        Err(no_such_webhook(&id))
    }
}
