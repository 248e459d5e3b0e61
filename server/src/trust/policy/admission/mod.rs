//! `POST /admission/v1`, and `/admission/v1/pin`: what a Kubernetes cluster asks before it runs something (an admission webhook,
//! `admission.k8s.io/v1`). It fails closed: what cannot be read, found or judged is not run. That it could not be judged is told apart
//! from a refusal, in the log and in the answer.
//!
//! The cluster comes with an access token or a client certificate, and is told of the images that this account may pull. Its own users
//! read the answer, and they are no users of this registry: no name of one is in it.

mod images;
mod judge;
mod review;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::Value;

use self::{
    judge::{Decided, Judged, Verdict},
    review::{Answer, Request},
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input,
    operations::{Operations, routes},
    settings::Switch,
    state::AppState,
};

/// MiB of a question. A cluster takes objects of 3 MiB, and an update comes with what was there before.
const MAX_REVIEW: usize = 8;

/// `/admission/v1…`
pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(admit))
        .routes(routes!(admit_and_pin))
}

/// Ours: says to a Kubernetes cluster whether it may run what somebody wants to run, by who signed the images.
///
/// A validating admission webhook. It comes with an access token, which has to be good for the images, or a client certificate; the
/// registry's own users cannot ask by password or session. Images of other registries are refused, unless the setting
/// `admitOtherRegistries` is on.
#[utoipa::path(
    post,
    path = "/admission/v1",
    tag = "admission",
    params(("timeout" = Option<String>, Query, description = "How long the cluster waits; it sends this by itself.")),
    request_body(content = Object, description = "An `AdmissionReview` of `admission.k8s.io/v1`, of 8 MiB at most."),
    responses(
        (status = 200, description = "An `AdmissionReview` with the response. What could not be judged is not allowed, with the code 500.", body = Object),
        (status = 400, description = "`INVALID_REVIEW`", body = api::error::Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = api::error::Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = api::error::Envelope),
        (status = 413, description = "`TOO_LARGE`", body = api::error::Envelope),
    )
)]
async fn admit(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Json<Value>> {
    answer(&state, &caller, &headers, body, false).await
}

/// Ours: as `/admission/v1`, and puts the digest behind each tag that is admitted, so that what runs is what was judged.
///
/// A mutating admission webhook.
#[utoipa::path(
    post,
    path = "/admission/v1/pin",
    tag = "admission",
    params(("timeout" = Option<String>, Query, description = "How long the cluster waits; it sends this by itself.")),
    request_body(content = Object, description = "An `AdmissionReview` of `admission.k8s.io/v1`, of 8 MiB at most."),
    responses(
        (status = 200, description = "An `AdmissionReview` with the response, and a JSON patch where a tag is pinned.", body = Object),
        (status = 400, description = "`INVALID_REVIEW`", body = api::error::Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = api::error::Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = api::error::Envelope),
        (status = 413, description = "`TOO_LARGE`", body = api::error::Envelope),
    )
)]
async fn admit_and_pin(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Json<Value>> {
    answer(&state, &caller, &headers, body, true).await
}

async fn answer(
    state: &AppState,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
    pins: bool,
) -> ApiResult<Json<Value>> {
    caller.signed_in()?;
    let known = caller.known();
    if !known.is_some_and(|known| known.credential.is_given_out()) {
        return Err(ApiError::not_authorized(
            "A cluster asks with an access token, as Authorization: Bearer, or with a client certificate.",
        ));
    }
    let request = receive(headers, body).await?;
    let answer = match decide(state, caller, &request, pins).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(
                uid = request.uid,
                namespace = request.namespace,
                name = request.name,
                code = error.code(),
                "an admission could not be judged, and was refused"
            );
            judge::record(state, caller, &request, Decided::Nothing(error.message()));
            Answer::unjudged(error.message())
        }
    };
    Ok(Json(answer.review(&request, pins)))
}

async fn receive(headers: &HeaderMap, body: Body) -> ApiResult<Request> {
    if !input::is_json(headers) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send an AdmissionReview as JSON, with the header Content-Type: application/json.",
        ));
    }
    let body = input::read_all(body, MAX_REVIEW).await?;
    review::read(&body).map_err(|reason| {
        tracing::warn!(%reason, "a question for admission cannot be read");
        let message = format!("This is no AdmissionReview of admission.k8s.io/v1: {reason}.");
        ApiError::invalid("INVALID_REVIEW", message)
    })
}

/// What is answered. An error says that it could not be judged.
async fn decide(
    state: &AppState,
    caller: &Caller,
    request: &Request,
    pins: bool,
) -> ApiResult<Answer> {
    if !request.runs_something() {
        return Ok(Answer::default());
    }
    let images = match images::of(request) {
        Ok(images) => images,
        Err(reason) => {
            let answer = Answer::refused(&[reason]);
            judge::record(state, caller, request, Decided::All(answer.message()));
            log_refusal(request, &answer);
            return Ok(answer);
        }
    };
    let others = Switch::AdmitOtherRegistries.is_on(state).await?;
    let mut answer = Answer::default();
    let mut reasons = Vec::new();
    for (image, places) in images {
        let judged = Judged::of(state, caller, &image, (others, pins)).await?;
        judge::record(state, caller, request, Decided::Image(&judged));
        match &judged.verdict {
            Verdict::Refused(reason) => reasons.push(reason.clone()),
            Verdict::Admitted { warning } => answer.warnings.extend(warning.clone()),
        }
        if let Some(pinned) = &judged.pinned {
            answer.pin(&places, pinned);
        }
    }
    if reasons.is_empty() {
        return Ok(answer);
    }
    let answer = Answer::refused(&reasons);
    log_refusal(request, &answer);
    Ok(answer)
}

fn log_refusal(request: &Request, answer: &Answer) {
    tracing::info!(
        uid = request.uid,
        namespace = request.namespace,
        name = request.name,
        reason = answer.message(),
        "an admission was judged, and refused"
    );
}
