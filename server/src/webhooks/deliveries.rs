//! What webhooks told, and what became of it: a log, and the way to have something sent again.

use std::collections::BTreeMap;

use ::webhooks::signature;
use api::{
    error::Envelope,
    webhook::{Delivery, DeliveryRequest, DeliveryState},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
};
use db::{
    entities::{webhook, webhook_delivery},
    webhooks::{self, State as Became},
};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{place::Managed, send};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

/// What stands where something is not shown.
const MASK: &str = "•••";

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_deliveries))
        .routes(routes!(get_delivery, give_up_delivery))
        .routes(routes!(redeliver))
}

/// Lists what a webhook has to tell and told in the last 30 days, the newest first.
#[utoipa::path(
    get,
    path = "/api/v0/webhooks/{webhook}/deliveries",
    tag = "webhooks",
    params(("webhook" = String, Path, description = "Its id."), PageQuery),
    responses(
        (status = 200, description = "A page of it.", body = Vec<Delivery>),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`", body = Envelope),
    )
)]
async fn list_deliveries(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<Delivery>>> {
    let (hook, _) = Managed::webhook(&state, &caller, &id).await?;
    let page = query.page()?;
    let last = page.after.as_deref().map(str::parse).transpose();
    let last = last.map_err(|_| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })?;
    let mut rows = webhooks::deliveries::log(&state.db, hook.id, last, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(webhooks::deliveries::count(&state.db, hook.id).await?)
    } else {
        None
    };
    Ok(Paged {
        body: rows.into_iter().map(shown).collect(),
        next,
        count,
    })
}

/// The segments of the path of one delivery.
#[derive(Debug, Deserialize)]
struct OfDelivery {
    webhook: String,
    delivery: String,
}

async fn find(
    state: &AppState,
    caller: &Caller,
    path: &OfDelivery,
) -> ApiResult<(webhook::Model, Managed, webhook_delivery::Model)> {
    let (hook, managed) = Managed::webhook(state, caller, &path.webhook).await?;
    let missing = || {
        ApiError::not_found(
            "NO_SUCH_DELIVERY",
            format!("This webhook has no delivery {}.", path.delivery),
        )
    };
    let id: Uuid = path.delivery.parse().map_err(|_| missing())?;
    let row = webhooks::deliveries::find(&state.db, hook.id, id).await?;
    Ok((hook, managed, row.ok_or_else(missing)?))
}

/// Shows one delivery with its request, and the beginning of the answer.
#[utoipa::path(
    get,
    path = "/api/v0/webhooks/{webhook}/deliveries/{delivery}",
    tag = "webhooks",
    params(
        ("webhook" = String, Path, description = "Id of the webhook."),
        ("delivery" = String, Path, description = "Id of the delivery."),
    ),
    responses(
        (status = 200, description = "The delivery.", body = Delivery),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`, `NO_SUCH_DELIVERY`", body = Envelope),
    )
)]
async fn get_delivery(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfDelivery>,
) -> ApiResult<Json<Delivery>> {
    let (hook, _, row) = find(&state, &caller, &path).await?;
    let request = request(&state, &hook, &row);
    let may_read = !row.answer_is_internal || caller.admin().is_ok();
    let answer = row.answer.clone().filter(|_| may_read);
    Ok(Json(Delivery {
        request,
        answer,
        ..shown(row)
    }))
}

/// The request as it is shown.
fn request(
    state: &AppState,
    hook: &webhook::Model,
    row: &webhook_delivery::Model,
) -> Option<DeliveryRequest> {
    let payload = send::payload(state, row).ok()?;
    let names = Vec::<String>::deserialize(&hook.header_names).unwrap_or_default();
    let mut headers: BTreeMap<String, String> = names
        .into_iter()
        .map(|name| (name, MASK.to_owned()))
        .collect();
    headers.insert(CONTENT_TYPE.to_string(), payload.content_type.to_owned());
    headers.insert(signature::ID.to_owned(), row.event_id.to_string());
    headers.insert(signature::TIMESTAMP.to_owned(), MASK.to_owned());
    if hook.secret.is_some() {
        headers.insert(signature::SIGNATURE.to_owned(), MASK.to_owned());
    }
    Some(DeliveryRequest {
        endpoint: hook.shown_endpoint.clone(),
        headers,
        body: String::from_utf8(payload.body).ok()?,
    })
}

/// Gives up a delivery that waits, so that what waits behind it is told: for one that the receiver never takes.
#[utoipa::path(
    delete,
    path = "/api/v0/webhooks/{webhook}/deliveries/{delivery}",
    tag = "webhooks",
    params(
        ("webhook" = String, Path, description = "Id of the webhook."),
        ("delivery" = String, Path, description = "Id of the delivery."),
    ),
    responses(
        (status = 204, description = "It is given up, and stays in the log."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`, `NO_SUCH_DELIVERY`", body = Envelope),
        (status = 409, description = "`NOT_WAITING`", body = Envelope),
    )
)]
async fn give_up_delivery(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfDelivery>,
) -> ApiResult<StatusCode> {
    let (hook, managed, row) = find(&state, &caller, &path).await?;
    let event = managed
        .event(Kind::Update, hook.id, &hook.shown_endpoint)
        .detail(json!({ "givenUp": row.event_id }));
    let db = state.recording(&caller, event);
    if !webhooks::deliveries::give_up_one(&db, &row, "given up by hand").await? {
        return Err(ApiError::conflict(
            "NOT_WAITING",
            "This delivery does not wait any more: see what became of it.",
        ));
    }
    state.webhooks.wake();
    Ok(StatusCode::NO_CONTENT)
}

/// Has an event sent once more, behind what waits already: with the same id and the same body, to the address of now.
#[utoipa::path(
    post,
    path = "/api/v0/webhooks/{webhook}/deliveries/{delivery}/redeliver",
    tag = "webhooks",
    params(
        ("webhook" = String, Path, description = "Id of the webhook."),
        ("delivery" = String, Path, description = "Id of the delivery."),
    ),
    responses(
        (status = 200, description = "The new delivery.", body = Delivery),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_WEBHOOK`, `NO_SUCH_DELIVERY`", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`", body = Envelope),
    )
)]
async fn redeliver(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<OfDelivery>,
) -> ApiResult<Json<Delivery>> {
    let (hook, managed, row) = find(&state, &caller, &path).await?;
    state.redeliveries.begin(caller.account()?.id)?;
    let event = managed
        .event(Kind::Update, hook.id, &hook.shown_endpoint)
        .detail(json!({ "sentAgain": row.event_id }));
    let db = state.recording(&caller, event);
    let again = webhooks::deliveries::again(&db, &row, OffsetDateTime::now_utc()).await?;
    state.webhooks.wake();
    Ok(Json(shown(again)))
}

/// A delivery as lists show it.
fn shown(row: webhook_delivery::Model) -> Delivery {
    let unsigned = |number: i32| u32::try_from(number).unwrap_or_default();
    Delivery {
        id: row.id,
        event: row.event_id,
        r#type: row.kind,
        subject: row.subject,
        made_at: row.made_at,
        by_hand: row.by_hand,
        state: match Became::of(row.state) {
            Became::Waiting => DeliveryState::Waiting,
            Became::Delivered => DeliveryState::Delivered,
            Became::Dead => DeliveryState::Dead,
        },
        attempts: unsigned(row.attempts),
        next_at: row.next_at,
        attempted_at: row.attempted_at,
        status: row.status.and_then(|status| u16::try_from(status).ok()),
        took_ms: row.took_ms.map(unsigned),
        error: row.error,
        request: None,
        answer: None,
    }
}
