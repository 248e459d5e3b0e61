//! What a webhook's requests are signed with. A new secret counts beside the one before until that is dropped, so that no request is
//! refused while the receiver changes over.

use api::{
    error::Envelope,
    webhook::{SetSecret, Webhook},
};
use axum::{Json, extract::State};
use db::entities::webhook;
use serde_json::json;

use super::{form, no_such_webhook, place::Managed, receiver, settings};
use crate::{
    caller::Caller,
    error::ApiResult,
    events::Kind,
    input::{Body, Segments},
    operations::{Operations, routes},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(set_secret, delete_secret))
        .routes(routes!(delete_previous_secret))
}

/// Gives a webhook another secret. Requests are signed with both until the one before is dropped. The answer says the new one, once.
#[utoipa::path(
    post,
    path = "/api/v0/webhooks/{webhook}/secret",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id.")),
    request_body = SetSecret,
    responses(
        (status = 200, description = "The webhook, with its new secret.", body = Webhook),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn set_secret(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
    Body(form): Body<SetSecret>,
) -> ApiResult<Json<Webhook>> {
    let (row, managed) = Managed::webhook(&state, &caller, &id).await?;
    let secret = form::secret(form.secret.as_deref())?;
    let kept = receiver::keep_secret(&state, row.id, &secret)?;
    let set = |row: webhook::Model| webhook::Model {
        previous_secret: row.secret.clone(),
        secret: Some(kept),
        ..row
    };
    let shown = change(&state, &caller, (&row, &managed), "a new secret", set).await?;
    Ok(Json(Webhook {
        secret: Some(secret.expose()),
        ..shown
    }))
}

/// Has a webhook's requests not be signed any more.
#[utoipa::path(
    delete,
    path = "/api/v0/webhooks/{webhook}/secret",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The webhook.", body = Webhook),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn delete_secret(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<Json<Webhook>> {
    let (row, managed) = Managed::webhook(&state, &caller, &id).await?;
    let set = |row| webhook::Model {
        secret: None,
        previous_secret: None,
        ..row
    };
    let shown = change(&state, &caller, (&row, &managed), "no secret", set).await?;
    Ok(Json(shown))
}

/// Drops the secret before the present one: the receiver knows the present one by now.
#[utoipa::path(
    delete,
    path = "/api/v0/webhooks/{webhook}/secret/previous",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "The webhook.", body = Webhook),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn delete_previous_secret(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<Json<Webhook>> {
    let (row, managed) = Managed::webhook(&state, &caller, &id).await?;
    let set = |row| webhook::Model {
        previous_secret: None,
        ..row
    };
    let shown = change(
        &state,
        &caller,
        (&row, &managed),
        "the secret before is dropped",
        set,
    );
    Ok(Json(shown.await?))
}

async fn change(
    state: &AppState,
    caller: &Caller,
    (row, managed): (&webhook::Model, &Managed),
    what: &str,
    set: impl FnOnce(webhook::Model) -> webhook::Model + Send,
) -> ApiResult<Webhook> {
    let event = managed
        .event(Kind::Update, row.id, &row.shown_endpoint)
        .detail(json!({ "secret": what }));
    let db = state.recording(caller, event);
    let changed = db::webhooks::update(&db, row.id, set).await?;
    let changed = changed.ok_or_else(|| no_such_webhook(&row.id.to_string()))?;
    settings::shown(state, changed).await
}
