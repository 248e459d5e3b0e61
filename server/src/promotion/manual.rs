//! Promotion by hand.

use api::{
    error::Envelope,
    promotion::{CreatePromotion, Promotion},
};
use axum::{Json, extract::State, http::StatusCode};
use db::promotions::perform::{Order, Performed, perform};
use time::OffsetDateTime;

use super::badge;
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType, Promoter},
    input::{Body, Segments, bad_field},
    operations::{Operations, routes},
    repositories::{Found, Named, Tagged},
    state::AppState,
    trust::policy,
    webhooks::tell,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(promote_tag))
}

/// Promotes a tag by hand: the target gets the same image, under a tag of its own. Needs read access to the source and read-write
/// access to the target.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}/promotion",
    tag = "promotion",
    params(Named, ("reference" = String, Path, description = "A tag.")),
    request_body = CreatePromotion,
    responses(
        (status = 201, description = "It is promoted.", body = Promotion),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`, `INVALID_TAG_NAME`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`", body = Envelope),
        (status = 409, description = "`PROMOTION_REFUSED`", body = Envelope),
    )
)]
async fn promote_tag(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Tagged>,
    Body(form): Body<CreatePromotion>,
) -> ApiResult<(StatusCode, Json<Promotion>)> {
    let (named, reference) = path.split();
    let source = Found::visible(&state, &caller, &named).await?;
    let tag = read(&reference)?;
    let target_tag = read(&form.target_tag)?;
    if [&tag, &target_tag].into_iter().any(rules::is_attachment) {
        return Err(ApiError::invalid(
            "INVALID_TAG_NAME",
            "Tags of this form name signatures and other attachments, and no images; they are not promoted.",
        ));
    }
    let (namespace, reponame) = form.target_repository.split_once('/').ok_or_else(|| {
        bad_field(
            "targetRepository",
            "targetRepository is namespace/name, as admin/flask.",
        )
    })?;
    let target = Named {
        namespace: namespace.to_owned(),
        reponame: reponame.to_owned(),
    };
    let target = Found::with(&state, &caller, &target, Level::ReadWrite).await?;
    let row = db::tags::find(&state.db, source.row.id, tag.as_str())
        .await?
        .ok_or_else(|| no_such_tag(tag.as_str()))?;
    if target.row.id == source.row.id && target_tag == tag {
        return Err(bad_field(
            "targetTag",
            "A tag cannot be promoted to itself; choose another tag or repository.",
        ));
    }
    let to = (&target.row, target_tag.as_str());
    if let Some(reason) = policy::keeps(&state, &source.row, to, &row.name, &row.digest).await? {
        return Err(refused(&reason));
    }
    let at_target = format!("{}:{target_tag}", target.full_name());
    let event = Event::new(Kind::Create, ObjectType::Promotion, None, at_target)
        .with(
            ObjectType::Repository,
            source.row.id,
            format!("{}:{tag}", source.full_name()),
        )
        .because(target.reason(&caller))
        .detail(serde_json::json!({ "digest": row.digest }));
    let order = Order {
        policy: None,
        tag: row,
        source: source.full_name(),
        target: (target.row.id, target.full_name()),
        target_tag: target_tag.to_string(),
        referrers: form.include_referrers.unwrap_or(true),
        actor: caller
            .own()
            .map_or_else(String::new, |own| own.name.clone()),
        verdict: None,
    };
    let now = OffsetDateTime::now_utc();
    let (told, _alone) = tell::promoted(&state, (&source.row, &target.row), &order, now).await?;
    let came = super::came(&target.row, &order);
    let db = state.recording_promotion(Promoter::Caller(&caller), event, came);
    let db = db.telling(told);
    match perform(&db, order, super::why_kept, now).await? {
        Performed::Done(made) => {
            state.webhooks.wake();
            state.promotion.wake();
            Ok((StatusCode::CREATED, Json(badge::shown(&made, true))))
        }
        Performed::Refused { reason, .. } => Err(refused(&reason)),
        Performed::Already | Performed::Gone => Err(no_such_tag(tag.as_str())),
    }
}

fn refused(reason: &str) -> ApiError {
    ApiError::conflict("PROMOTION_REFUSED", format!("{reason}."))
}

fn read(tag: &str) -> ApiResult<oci::Tag> {
    tag.parse()
        .map_err(|error: oci::Error| ApiError::invalid("INVALID_TAG_NAME", error.message))
}

fn no_such_tag(name: &str) -> ApiError {
    ApiError::not_found("NO_SUCH_TAG", format!("There is no tag {name}."))
}
