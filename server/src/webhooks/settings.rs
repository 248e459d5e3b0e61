//! What a webhook is set to: its row when it is made and when it is changed, and what the API and events show of it.

use std::collections::HashMap;

use ::webhooks::{CustomHeaders, Endpoint, Kind as Told};
use api::{
    NEVER,
    webhook::{UpdateWebhook, Webhook},
};
use db::{
    entities::webhook,
    webhooks::{Place, deliveries},
};
use serde::Deserialize as _;
use serde_json::json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{form, place::Managed, receiver};
use crate::{caller::Caller, error::ApiResult, state::AppState};

/// Patterns of tags, as they are kept.
pub(super) fn trimmed(patterns: &[String]) -> Vec<&str> {
    patterns.iter().map(|text| text.trim()).collect()
}

/// A webhook at a place, of which nothing is said yet.
pub(super) fn new(caller: &Caller, managed: &Managed, now: OffsetDateTime) -> webhook::Model {
    let own = caller.own();
    webhook::Model {
        id: Uuid::now_v7(),
        repository_id: match managed.place {
            Place::Repository(id) => Some(id),
            _ => None,
        },
        account_id: match managed.place {
            Place::Namespace(id) => Some(id),
            _ => None,
        },
        key: managed.key.clone(),
        kinds: json!([]),
        tag_patterns: json!([]),
        format: String::new(),
        endpoint: String::new(),
        shown_endpoint: String::new(),
        tls_certificate: String::new(),
        skip_verify: false,
        header_names: json!([]),
        headers: None,
        secret: None,
        previous_secret: None,
        enabled: true,
        author_id: own.map(|own| own.id),
        author: own.map_or_else(String::new, |own| own.name.clone()),
        created_at: now,
        healthy_at: now,
        failures: 0,
        last_success_at: None,
        paused_at: None,
        pause_reason: None,
        leased_by: None,
        lease_until: None,
    }
}

/// Keeps the receiver's address, sealed and masked.
pub(super) fn set_endpoint(
    state: &AppState,
    row: &mut webhook::Model,
    endpoint: &Endpoint,
) -> ApiResult<()> {
    row.endpoint = receiver::keep_endpoint(state, row.id, endpoint)?;
    row.shown_endpoint = endpoint.masked();
    Ok(())
}

/// Keeps the headers, sealed, and their names.
pub(super) fn set_headers(
    state: &AppState,
    row: &mut webhook::Model,
    headers: &CustomHeaders,
) -> ApiResult<()> {
    row.headers = receiver::keep_headers(state, row.id, headers)?;
    row.header_names = json!(headers.names().collect::<Vec<_>>());
    Ok(())
}

/// A webhook as events tell of it: without anything secret.
pub(super) fn recorded(row: &webhook::Model) -> serde_json::Value {
    json!({
        "types": row.kinds,
        "tagPatterns": row.tag_patterns,
        "format": row.format,
        "endpoint": row.shown_endpoint,
        "skipTLSVerification": row.skip_verify,
        "headers": row.header_names,
        "signed": row.secret.is_some(),
        "inactive": !row.enabled,
    })
}

/// What a webhook is set to after a change.
pub(super) async fn changed(
    state: &AppState,
    managed: &Managed,
    before: &webhook::Model,
    form: UpdateWebhook,
) -> ApiResult<webhook::Model> {
    let mut row = before.clone();
    let texts =
        |kept: &serde_json::Value| -> Vec<String> { Vec::deserialize(kept).unwrap_or_default() };
    let types = form.types.unwrap_or_else(|| texts(&before.kinds));
    let patterns = form
        .tag_patterns
        .unwrap_or_else(|| texts(&before.tag_patterns));
    let filter = form::filter(managed.place, &types, &patterns)?;
    row.kinds = json!(filter.kinds().collect::<Vec<Told>>());
    row.tag_patterns = json!(trimmed(&patterns));
    if let Some(text) = form.endpoint {
        let endpoint = form::endpoint(state, &text).await?;
        set_endpoint(state, &mut row, &endpoint)?;
        // they were given for the receiver that it was
        set_headers(state, &mut row, &CustomHeaders::default())?;
    }
    if let Some(given) = form.headers {
        set_headers(state, &mut row, &form::headers(&given)?)?;
    }
    if let Some(format) = form.format {
        form::format_name(format).clone_into(&mut row.format);
    }
    if let Some(pem) = form.tls_cert {
        row.tls_certificate = form::certificate(pem)?;
    }
    row.skip_verify = form.skip_tls_verification.unwrap_or(row.skip_verify);
    row.enabled = form.inactive.map_or(row.enabled, |inactive| !inactive);
    Ok(row)
}

/// The row as it is by now, with what `set` says of its settings. What `begins` anew is healthy until it shows that it is not.
pub(super) fn merged(
    row: webhook::Model,
    set: webhook::Model,
    begins: bool,
    now: OffsetDateTime,
) -> webhook::Model {
    let goes_on = set.enabled && begins;
    webhook::Model {
        secret: row.secret,
        previous_secret: row.previous_secret,
        leased_by: row.leased_by,
        lease_until: row.lease_until,
        last_success_at: row.last_success_at,
        failures: if goes_on { 0 } else { row.failures },
        healthy_at: if goes_on { now } else { row.healthy_at },
        paused_at: row.paused_at.filter(|_| !goes_on),
        pause_reason: row.pause_reason.filter(|_| !goes_on),
        ..set
    }
}

/// A webhook as the API shows it.
pub(super) async fn shown(state: &AppState, row: webhook::Model) -> ApiResult<Webhook> {
    let waiting = deliveries::count_waiting(&state.db, [row.id]).await?;
    Ok(with_waiting(row, &waiting))
}

/// Webhooks as lists show them.
pub(super) async fn shown_all(
    state: &AppState,
    rows: Vec<webhook::Model>,
) -> ApiResult<Vec<Webhook>> {
    let ids = rows.iter().map(|row| row.id);
    let waiting = deliveries::count_waiting(&state.db, ids).await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| with_waiting(row, &waiting)).collect())
}

fn with_waiting(row: webhook::Model, waiting: &HashMap<Uuid, u64>) -> Webhook {
    let texts =
        |kept: &serde_json::Value| -> Vec<String> { Vec::deserialize(kept).unwrap_or_default() };
    let types = texts(&row.kinds);
    Webhook {
        id: row.id,
        r#type: types.first().cloned().unwrap_or_default(),
        types,
        key: row.key,
        endpoint: row.shown_endpoint,
        author_id: row.author_id.map(|id| id.to_string()).unwrap_or_default(),
        author: row.author,
        created_at: row.created_at,
        last_successful_at: row.last_success_at.unwrap_or(NEVER),
        inactive: !row.enabled,
        tls_cert: row.tls_certificate,
        skip_tls_verification: row.skip_verify,
        tag_patterns: texts(&row.tag_patterns),
        format: form::format_of(&row.format),
        headers: texts(&row.header_names),
        signed: row.secret.is_some(),
        has_previous_secret: row.previous_secret.is_some(),
        secret: None,
        paused: row.pause_reason.filter(|_| row.paused_at.is_some()),
        failures: u32::try_from(row.failures).unwrap_or_default(),
        waiting: waiting.get(&row.id).copied().unwrap_or_default(),
    }
}
