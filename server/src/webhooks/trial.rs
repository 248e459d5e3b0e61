//! Trying a receiver: a sample is sent, and what it answers is said.

use ::webhooks::{Event, EventId, Format, Outcome};
use api::{
    error::Envelope,
    webhook::{TestWebhook, WebhookTested},
};
use axum::{Json, extract::State};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    form,
    place::Managed,
    receiver::{self, Receiver, written_as},
    sample,
    send::{Attempted, send},
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event as Recorded, Kind, ObjectType},
    input::{Body, Segments},
    operations::{Operations, routes},
    origin,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(test_receiver))
        .routes(routes!(test_webhook))
}

/// Sends a sample of a type of event to a receiver, before there is a webhook for it. For everybody with an account: it reaches what
/// their webhooks would.
#[utoipa::path(
    post,
    path = "/api/v0/webhooks/test",
    tag = "webhooks",
    request_body = TestWebhook,
    responses(
        (status = 200, description = "What the receiver made of it.", body = WebhookTested),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`", body = Envelope),
    )
)]
async fn test_receiver(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<TestWebhook>,
) -> ApiResult<Json<WebhookTested>> {
    caller.account()?;
    let kind = form::kind(&form.r#type)?;
    let endpoint = form::endpoint(&state, &form.endpoint).await?;
    let certificate = form::certificate(form.tls_cert)?;
    let certificate = Some(certificate.as_str()).filter(|pem| !pem.is_empty());
    let (client, proxy) = receiver::way(&state, certificate, form.skip_tls_verification).await?;
    let event = Recorded::new(Kind::Get, ObjectType::Webhook, None, endpoint.masked());
    let receiver = Receiver {
        endpoint,
        headers: ::webhooks::CustomHeaders::default(),
        secrets: None,
        client,
        proxy,
    };
    let tested = try_out(&state, &caller, &receiver, (kind, Format::Dtr)).await?;
    let event = event.because("a receiver was tried");
    state.record(caller.known(), caller.client, event).await?;
    Ok(tested)
}

/// Sends a sample of its first type to a webhook's receiver, with its headers and its signature.
#[utoipa::path(
    post,
    path = "/api/v0/webhooks/{webhook}/test",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id.")),
    responses(
        (status = 200, description = "What the receiver made of it.", body = WebhookTested),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`", body = Envelope),
    )
)]
async fn test_webhook(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
) -> ApiResult<Json<WebhookTested>> {
    let (row, managed) = Managed::webhook(&state, &caller, &id).await?;
    let kinds: Vec<::webhooks::Kind> = serde::Deserialize::deserialize(&row.kinds)
        .map_err(|error: serde_json::Error| ApiError::internal(&error))?;
    let kind = kinds.first().copied().unwrap_or(::webhooks::Kind::TagPush);
    let receiver = Receiver::of(&state, &row).await?;
    let tested = try_out(&state, &caller, &receiver, (kind, written_as(&row.format))).await?;
    let event = managed
        .event(Kind::Get, row.id, &row.shown_endpoint)
        .because("it was tried");
    state.record(caller.known(), caller.client, event).await?;
    Ok(tested)
}

async fn try_out(
    state: &AppState,
    caller: &Caller,
    receiver: &Receiver,
    (kind, format): (::webhooks::Kind, Format),
) -> ApiResult<Json<WebhookTested>> {
    state.trials.begin(caller.account()?.id)?;
    let contents = sample::of(kind).ok_or_else(|| ApiError::internal(&"there is no sample"))?;
    let event = Event {
        id: EventId::from(Uuid::now_v7()),
        created_at: OffsetDateTime::now_utc(),
        contents,
    };
    let payload = event
        .payload(format, &origin::home(&state.config))
        .map_err(|error| ApiError::internal(&error))?;
    let attempted = send(receiver, &mut None, &event.id, payload).await;
    Ok(Json(shown(caller, &attempted)))
}

fn shown(caller: &Caller, attempted: &Attempted) -> WebhookTested {
    let may_read = !attempted.is_internal() || caller.admin().is_ok();
    let answered = attempted.answer.as_ref().ok();
    WebhookTested {
        delivered: attempted.outcome() == Outcome::Delivered,
        status: answered.map(|answered| answered.status.as_u16()),
        error: attempted.error(),
        took_ms: u32::try_from(attempted.took_ms).unwrap_or_default(),
        answer: attempted.body().filter(|_| may_read),
    }
}
