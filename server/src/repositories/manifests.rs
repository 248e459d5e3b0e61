//! Manifests of a repository: list, the bytes as they were pushed, what refers to one, delete.

use api::{
    error::Envelope,
    manifest::{Manifest, Referrer},
};
use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use db::{
    manifests::{Deleted, Referring},
    trust::signed::Rule,
};
use oci::Digest;
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{Found, Named, tag::no_such_ref};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Kind, ObjectType},
    image::describe,
    immutability,
    input::{Parameters, Segments},
    operations::{Operations, routes},
    origin,
    paging::{PageQuery, Paged},
    state::AppState,
    trust::policy,
    webhooks::tell,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_manifests))
        .routes(routes!(get_manifest, delete_manifest))
        .routes(routes!(list_referrers))
}

#[derive(Debug, Deserialize)]
struct ByDigest {
    namespace: String,
    reponame: String,
    reference: String,
}

impl ByDigest {
    fn split(self) -> (Named, String) {
        (
            Named {
                namespace: self.namespace,
                reponame: self.reponame,
            },
            self.reference,
        )
    }
}

fn digest(reference: &str) -> ApiResult<Digest> {
    reference
        .parse()
        .map_err(|error: oci::Error| ApiError::invalid("INVALID_DIGEST", error.message))
}

/// Lists a repository's manifests, tagged or not, by digest.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests",
    tag = "manifests",
    params(Named, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<Manifest>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_manifests(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<Manifest>>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let page = page.page()?;
    let mut rows =
        db::manifests::list(&state.db, found.row.id, page.after.as_deref(), page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.digest.clone());
    let count = if page.count {
        Some(db::manifests::count(&state.db, found.row.id).await?)
    } else {
        None
    };
    Ok(Paged {
        body: rows.iter().map(describe::summary).collect(),
        next,
        count,
    })
}

/// Ours: a manifest, byte for byte as it was pushed. It does not count as a pull.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}",
    tag = "manifests",
    params(Named, ("reference" = String, Path, description = "Digest of the manifest.")),
    responses(
        (status = 200, description = "The bytes, with the manifest's own media type.", body = String,
            content_type = "application/vnd.oci.image.manifest.v1+json"),
        (status = 400, description = "`INVALID_DIGEST`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: a policy lets only signed images be pulled.", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn get_manifest(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<ByDigest>,
) -> ApiResult<Response> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let digest = digest(&reference)?;
    let row = db::manifests::find(&state.db, found.row.id, &digest)
        .await?
        .ok_or_else(|| no_such_ref(&reference))?;
    policy::shows(&state, &caller, &found.row, &row.digest).await?;
    // The media type is one of the four that a push may have, so it is a fine header.
    let media_type =
        HeaderValue::try_from(row.media_type).map_err(|error| ApiError::internal(&error))?;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    Ok((headers, row.content).into_response())
}

/// Deletes a manifest and every tag that points at it. Needs read-write access.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}",
    tag = "manifests",
    params(Named, ("reference" = String, Path, description = "Digest of the manifest.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "`INVALID_DIGEST`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_REF`", body = Envelope),
        (status = 409, description = "`IMMUTABLE_TAG`, `TAG_IN_NOTARY`", body = Envelope),
    )
)]
async fn delete_manifest(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<ByDigest>,
) -> ApiResult<StatusCode> {
    let (named, reference) = path.split();
    let found = Found::with(&state, &caller, &named, Level::ReadWrite).await?;
    let digest = digest(&reference)?;
    let event = found.event(&caller, Kind::Delete, ObjectType::Manifest, &reference);
    let told = tell::deleted_manifest(&state, &found.row, &reference, caller.name()).await?;
    let db = state.recording(&caller, event).telling(told);
    let stays = |tag: &str| immutability::cannot_be_deleted(&found.row, tag);
    let is_kept = |tag: &str| stays(tag).is_some();
    let is_ours = origin::ours(&state.config);
    let rule = Rule {
        now: OffsetDateTime::now_utc(),
        is_ours: &is_ours,
    };
    match db::manifests::delete(&db, found.row.id, &digest, is_kept, rule).await? {
        Deleted::Yes(_) => {
            state.webhooks.wake();
            Ok(StatusCode::NO_CONTENT)
        }
        Deleted::Missing => Err(no_such_ref(&reference)),
        Deleted::Kept(tag) => Err(ApiError::conflict(
            "IMMUTABLE_TAG",
            format!("{}.", stays(&tag).unwrap_or_default()),
        )),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct ReferrersQuery {
    /// Only this type of artifact.
    artifact_type: Option<String>,
    /// Only those whose type or digest contains this, whatever the case.
    filter: Option<String>,
}

/// Ours: lists the manifests whose subject is this one, by digest. The subject itself need not be there.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/referrers",
    tag = "manifests",
    params(Named, ("reference" = String, Path, description = "Digest of the subject."), PageQuery, ReferrersQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<Referrer>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`, `INVALID_DIGEST`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_referrers(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<ByDigest>,
    Parameters(page): Parameters<PageQuery>,
    Parameters(query): Parameters<ReferrersQuery>,
) -> ApiResult<Paged<Vec<Referrer>>> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let (subject, page) = (digest(&reference)?, page.page()?);
    let which = Referring {
        artifact_type: query.artifact_type.as_deref(),
        contains: query.filter.as_deref(),
    };
    let mut rows = db::manifests::referrers(
        &state.db,
        found.row.id,
        &subject,
        which,
        page.after.as_deref(),
        page.limit(),
    )
    .await?;
    let next = page.cut(&mut rows, |row| row.digest.clone());
    let count = if page.count {
        Some(db::manifests::count_referrers(&state.db, found.row.id, &subject, which).await?)
    } else {
        None
    };
    Ok(Paged {
        body: rows.iter().map(describe::referrer).collect(),
        next,
        count,
    })
}
