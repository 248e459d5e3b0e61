//! One request to a receiver, and what it made of it.

use std::time::Instant;

use ::webhooks::{
    Contents, Event, EventId, Outcome, Secrets, envelope::Payload, headers::CustomHeaders,
    signature,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header::CONTENT_TYPE};
use db::entities::webhook_delivery;
use time::OffsetDateTime;

use super::receiver::{Receiver, written_as};
use crate::{
    origin,
    outgoing::{Answered, Line},
    state::AppState,
};

/// What came of an attempt.
pub(super) struct Attempted {
    pub(super) at: OffsetDateTime,
    pub(super) took_ms: i32,
    /// The answer, or why there was none.
    pub(super) answer: Result<Answered, String>,
}

impl Attempted {
    /// What the receiver made of it.
    pub(super) fn outcome(&self) -> Outcome {
        match &self.answer {
            Ok(answered) => Outcome::of(answered.status.as_u16()),
            Err(_) => Outcome::Failed,
        }
    }

    /// Why it is no success, for people.
    pub(super) fn error(&self) -> Option<String> {
        match &self.answer {
            Err(error) => Some(error.clone()),
            Ok(answered) if answered.status.is_redirection() => Some(
                "the receiver sends elsewhere, and redirects are not followed: correct the address"
                    .to_owned(),
            ),
            Ok(_) => None,
        }
    }

    /// The beginning of the answer, as text that both databases keep.
    pub(super) fn body(&self) -> Option<String> {
        let answered = self.answer.as_ref().ok()?;
        let text = String::from_utf8_lossy(&answered.body).replace('\0', "\u{fffd}");
        Some(text).filter(|text| !text.is_empty())
    }

    /// Whether the answer came from inside.
    pub(super) fn is_internal(&self) -> bool {
        self.answer
            .as_ref()
            .is_ok_and(|answered| answered.is_internal)
    }
}

/// The body of a delivery; the error is for people.
pub(super) fn payload(state: &AppState, row: &webhook_delivery::Model) -> Result<Payload, String> {
    let unreadable = || "the event cannot be read any more".to_owned();
    let kind = row.kind.parse().map_err(|_| unreadable())?;
    let event = Event {
        id: EventId::from(row.event_id),
        created_at: row.made_at,
        contents: Contents::read(kind, &row.contents).map_err(|_| unreadable())?,
    };
    let source = origin::home(&state.config);
    let payload = event.payload(written_as(&row.format), &source);
    payload.map_err(|error| error.to_string())
}

/// The headers of a request at `now`.
pub(super) fn headers(
    custom: &CustomHeaders,
    secrets: Option<&Secrets>,
    id: &EventId,
    payload: &Payload,
    now: OffsetDateTime,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in custom.expose() {
        headers.insert(name.clone(), value.clone());
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(payload.content_type));
    for (name, value) in signature::headers(secrets, id, now, &payload.body) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}

/// Sends an event to a receiver, on `line` if it is still good.
pub(super) async fn send(
    receiver: &Receiver,
    line: &mut Option<Line>,
    id: &EventId,
    payload: Payload,
) -> Attempted {
    let at = OffsetDateTime::now_utc();
    let began = Instant::now();
    let custom = &receiver.headers;
    let headers = headers(custom, receiver.secrets.as_ref(), id, &payload, at);
    let mut request = Request::new(payload.body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = receiver.endpoint.uri().clone();
    *request.headers_mut() = headers;
    let proxy = receiver.proxy.as_ref();
    let answer = receiver.client.send(line, request, proxy).await;
    Attempted {
        at,
        took_ms: i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX),
        answer: answer.map_err(|error| error.to_string()),
    }
}
