//! `POST /api/v0/trust/evaluate`: whether images may be pulled, and why not, for CI.

use api::{
    error::Envelope,
    trust_policy::{EvaluateTrust, TrustMode, TrustReason, TrustVerdict, TrustVerdicts},
};
use axum::{Json, extract::State};
use oci::name::Reference;
use rules::signing::{Mode, Sight, Verdict};
use serde_json::json;

use super::{Asked, For, settings, sight, verdict};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::Body,
    operations::{Operations, routes},
    origin,
    registry::pulled::Lane,
    repositories::{Found, Named},
    state::AppState,
};

/// References of one question.
const MOST: usize = 50;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(evaluate_trust))
}

/// Ours: says whether images may be pulled by who signed them, and what is missing; of those that the caller may pull.
///
/// It is the answer for who has nothing but the right to pull. Deploy the digest that is answered: a tag may move.
#[utoipa::path(
    post,
    path = "/api/v0/trust/evaluate",
    tag = "repositories",
    request_body = EvaluateTrust,
    responses(
        (status = 200, description = "A verdict for each; an image that is not there is not admitted.", body = TrustVerdicts),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
    )
)]
async fn evaluate_trust(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<EvaluateTrust>,
) -> ApiResult<Json<TrustVerdicts>> {
    if form.images.len() > MOST {
        let message = format!("Ask about {MOST} images at most.");
        return Err(ApiError::invalid("INVALID_PARAMETERS", message));
    }
    let mut images = Vec::new();
    for image in form.images {
        images.push(one(&state, &caller, image).await?);
    }
    Ok(Json(TrustVerdicts {
        admitted: images.iter().all(|image| image.admitted),
        images,
    }))
}

async fn one(state: &AppState, caller: &Caller, image: String) -> ApiResult<TrustVerdict> {
    let found = match reference(behind_our_host(state, &image)) {
        Some((named, reference)) => find(state, caller, &named, reference).await?,
        None => None,
    };
    let Some((found, asked)) = found else {
        let reason = format!("There is no image {image}, or you may not see it.");
        return Ok(TrustVerdict {
            image,
            digest: None,
            admitted: false,
            reasons: vec![TrustReason {
                level: String::new(),
                holds: false,
                mode: TrustMode::Enforce,
                reason,
            }],
        });
    };
    let (_, verdict) = verdict(state, &found.row, &asked, For::Running).await?;
    record(state, caller, (&found, &asked), &verdict);
    let sight = sight(state, caller.known(), &verdict).await?;
    let reasons = verdict.lines.iter().map(|line| TrustReason {
        level: line.level.to_string(),
        holds: line.holds(),
        mode: settings::mode(line.mode),
        reason: line.words(&sight),
    });
    Ok(TrustVerdict {
        image,
        digest: Some(asked.wanted_digest().to_owned()),
        admitted: verdict.admits(),
        reasons: reasons.collect(),
    })
}

/// Records what was answered: the same to the same account once in an hour.
fn record(state: &AppState, caller: &Caller, (found, asked): (&Found, &Asked), verdict: &Verdict) {
    let admitted = verdict.admits();
    let digest = asked.wanted_digest();
    let account = caller.known().map(|known| known.account.id);
    // However it was written: of what stands beside a digest there is no end.
    let full_name = found.full_name();
    let image = asked.reference(full_name.as_str());
    let what = format!("{admitted} {digest}");
    let what = (Some(image.as_str()), what.as_str());
    if !state
        .pulled
        .is_new(Lane::Questions, account, found.row.id, what)
    {
        return;
    }
    let (kind, mode) = if admitted {
        (Kind::Get, Mode::Warn)
    } else {
        (Kind::Fail, Mode::Enforce)
    };
    let event = Event::new(kind, ObjectType::Admission, None, image.as_str())
        .with(ObjectType::Repository, found.row.id, full_name)
        // Whoever reads the event may not see the teams.
        .because(verdict.missing(mode, &Sight::default()))
        .detail(json!({ "digest": digest, "admitted": admitted, "decision": "evaluated" }));
    let event = event.by(caller.known(), caller.client);
    state.pulled.add(Lane::Questions, event);
}

/// The image, if it is there and the caller may pull it.
pub(super) async fn find(
    state: &AppState,
    caller: &Caller,
    named: &Named,
    reference: Reference,
) -> ApiResult<Option<(Found, Asked)>> {
    let found = match Found::visible(state, caller, named).await {
        Ok(found) => found,
        Err(error) if error.status() == axum::http::StatusCode::NOT_FOUND => return Ok(None),
        Err(error) => return Err(error),
    };
    let repository = found.row.id;
    let asked = match reference {
        Reference::Digest(digest) => db::manifests::find(&state.db, repository, &digest)
            .await?
            .map(|row| Asked::Digest(row.digest)),
        Reference::Tag(tag) => db::tags::find(&state.db, repository, tag.as_str())
            .await?
            .map(|row| Asked::Tag(row.name, row.digest)),
    };
    Ok(asked.map(|asked| (found, asked)))
}

/// Without our host, where it is written.
fn behind_our_host<'i>(state: &AppState, image: &'i str) -> &'i str {
    match image.split_once('/') {
        Some((host, rest)) if origin::reaches_us(&state.config, host) && rest.contains('/') => rest,
        _ => image,
    }
}

/// `namespace/repository[:tag][@digest]`; with both, the digest is meant, as Docker has it.
pub(super) fn reference(image: &str) -> Option<(Named, Reference)> {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let (namespace, rest) = rest.split_once('/')?;
    let (name, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
    // Also where the digest is meant: what is no reference is none.
    let tag = tag.parse().ok()?;
    let reference = match digest {
        Some(digest) => Reference::Digest(digest.parse().ok()?),
        None => Reference::Tag(tag),
    };
    let named = Named {
        namespace: namespace.to_owned(),
        reponame: name.to_owned(),
    };
    Some((named, reference))
}
