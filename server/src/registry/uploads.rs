//! Uploads: in one request, in two, or in chunks that may be days apart (OCI Distribution Specification 1.1, "Pushing
//! Blobs"). A stored blob becomes visible in a repository by its link, which is written last.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use blobs::{Arrived, Limits, UploadKey};
use db::entities::repository;
use oci::{
    digest::{Algorithm, Digest},
    name::RepositoryName,
    range,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    CONTENT_DIGEST, blobs as stored, cache::Progress, empty, error::Outcome, identity::Visitor,
    query, upload_id::UploadId, value,
};
use crate::{access::Action, caller, state::AppState, trust::policy};

/// Repositories that are looked at for a mount that names none.
const HOLDERS: u64 = 16;
const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// `POST /v2/<name>/blobs/uploads/`: mounts, takes the whole blob, or opens an upload.
pub(super) async fn start(
    visitor: &Visitor<'_>,
    parts: &Parts,
    body: Body,
    name: &RepositoryName,
) -> Outcome {
    let repository = visitor.authorize_push(name).await?;
    if let Some(digest) = query(&parts.uri, "mount").next() {
        let digest: Digest = digest.parse()?;
        let from = query(&parts.uri, "from")
            .next()
            .filter(|from| !from.is_empty());
        if let Some(size) = mountable(visitor, &repository, name, from, &digest).await? {
            let now = OffsetDateTime::now_utc();
            db::blob_links::link(&visitor.state.db, repository.id, &digest, size, now).await?;
            return Ok(created(&repository, &digest));
        }
        // The specification's answer to a mount that cannot be: an upload like any other.
        return accepted(visitor, parts, &repository);
    }
    match query(&parts.uri, "digest").next() {
        Some(digest) => whole(visitor, parts, body, &repository, &digest.parse()?).await,
        None => accepted(visitor, parts, &repository),
    }
}

/// `/v2/<name>/blobs/uploads/<id>`: PATCH adds, PUT ends, GET tells how far it is, DELETE gives up.
pub(super) async fn go_on(
    visitor: &Visitor<'_>,
    parts: &Parts,
    body: Body,
    name: &RepositoryName,
    id: &str,
) -> Outcome {
    let state = visitor.state;
    let repository = visitor.authorize(name, Action::Push).await?;
    let account = owner(visitor);
    let upload = UploadId::open(id, &state.upload_key, repository.id, account)
        .ok_or_else(oci::Error::upload_unknown)?;
    let key = UploadKey {
        owner: account,
        id: upload.uuid,
    };
    if state.cache.uploads.get(&key.id) == Some(Progress::Ended) {
        return Err(oci::Error::upload_unknown().into());
    }
    match parts.method {
        Method::PATCH => {
            state.cache.uploads.invalidate(&key.id);
            let mut open = state.blobs.upload(key, upload.algorithm).await?;
            check_start(parts, open.offset())?;
            open.append(stream(body), limits(state, parts)?).await?;
            Ok(progress(
                StatusCode::ACCEPTED,
                &repository,
                id,
                open.offset(),
            ))
        }
        Method::PUT => {
            let digest = query(&parts.uri, "digest")
                .next()
                .ok_or_else(|| oci::Error::digest_invalid("the parameter digest is missing"))?
                .parse()?;
            finish(
                visitor,
                parts,
                body,
                &repository,
                (key, upload.algorithm),
                &digest,
            )
            .await
        }
        Method::GET => {
            let offset = state.blobs.status(key).await?.unwrap_or(0);
            Ok(progress(StatusCode::NO_CONTENT, &repository, id, offset))
        }
        Method::DELETE => {
            state.blobs.cancel(key).await?;
            state.cache.uploads.insert(key.id, Progress::Ended);
            Ok(empty(StatusCode::NO_CONTENT, []))
        }
        _ => Err(super::not_allowed().into()),
    }
}

/// The last request of an upload. Where nothing came before it, the body is the whole blob and takes the short way.
async fn finish(
    visitor: &Visitor<'_>,
    parts: &Parts,
    body: Body,
    repository: &repository::Model,
    (key, algorithm): (UploadKey, Algorithm),
    digest: &Digest,
) -> Outcome {
    let state = visitor.state;
    let is_untouched = state.cache.uploads.get(&key.id) == Some(Progress::Untouched)
        || state.blobs.status(key).await?.is_none();
    if is_untouched {
        check_start(parts, 0)?;
        let created = whole(visitor, parts, body, repository, digest).await?;
        state.cache.uploads.insert(key.id, Progress::Ended);
        return Ok(created);
    }
    let mut open = state.blobs.upload(key, algorithm).await?;
    check_start(parts, open.offset())?;
    open.append(stream(body), limits(state, parts)?).await?;
    state.cache.uploads.insert(key.id, Progress::Ended);
    let arrived = open.finish(digest).await?;
    keep(state, repository, digest, arrived).await
}

/// A blob in one request.
async fn whole(
    visitor: &Visitor<'_>,
    parts: &Parts,
    body: Body,
    repository: &repository::Model,
    digest: &Digest,
) -> Outcome {
    let state = visitor.state;
    let arrived = state
        .blobs
        .put(stream(body), digest, owner(visitor), limits(state, parts)?)
        .await?;
    keep(state, repository, digest, arrived).await
}

/// Makes what has arrived visible in the repository.
async fn keep(
    state: &AppState,
    repository: &repository::Model,
    digest: &Digest,
    arrived: Arrived,
) -> Outcome {
    let now = OffsetDateTime::now_utc();
    match arrived {
        Arrived::Stored(size) => {
            db::blob_links::link(&state.db, repository.id, digest, size, now).await?;
        }
        Arrived::Small(content) => {
            db::blob_links::link_with_content(&state.db, repository.id, digest, &content, now)
                .await?;
        }
    }
    Ok(created(repository, digest))
}

/// The size of a blob that may be mounted: from a repository that the visitor may pull from, or, where none is named,
/// from any of a few that have it. `None` when there is no such blob, or the visitor may not know of it, or not read it there: what may not
/// be pulled is not carried to where it could be.
async fn mountable(
    visitor: &Visitor<'_>,
    target: &repository::Model,
    name: &RepositoryName,
    from: Option<String>,
    digest: &Digest,
) -> Outcome<Option<u64>> {
    let state = visitor.state;
    match from {
        None => {
            let viewer = visitor.subject().await?.viewer();
            let holders = db::blob_links::holders(&state.db, &viewer, digest, HOLDERS).await?;
            for (source, size) in holders {
                if source.id == target.id || policy::may_read(visitor, &source, digest).await? {
                    return Ok(Some(size));
                }
            }
            Ok(None)
        }
        Some(from) => {
            let Ok(from) = from.parse::<RepositoryName>() else {
                return Ok(None);
            };
            if let Some(challenge) = visitor.challenge_mount(name, &from) {
                return Err(challenge);
            }
            match visitor.authorize(&from, Action::Pull).await {
                Ok(source)
                    if source.id == target.id
                        || policy::blob(visitor, &source, digest).await.is_ok() =>
                {
                    Ok(stored::size(state, &source, digest).await?)
                }
                _ => Ok(None),
            }
        }
    }
}

/// 202 with the place where the upload goes on. Nothing is written yet.
fn accepted(visitor: &Visitor<'_>, parts: &Parts, repository: &repository::Model) -> Outcome {
    let algorithm = match query(&parts.uri, "digest-algorithm").next() {
        Some(name) => name.parse()?,
        None => Algorithm::Sha256,
    };
    let id = UploadId::new(algorithm);
    // Where another replica may take the first chunk, nothing is remembered.
    if visitor.state.db.revision(&id.uuid).is_some() {
        visitor
            .state
            .cache
            .uploads
            .insert(id.uuid, Progress::Untouched);
    }
    let sealed = id.seal(&visitor.state.upload_key, repository.id, owner(visitor));
    let mut response = progress(StatusCode::ACCEPTED, repository, &sealed, 0);
    response
        .headers_mut()
        .insert(UPLOAD_UUID, value(id.uuid.to_string()));
    Ok(response)
}

/// 201: the blob is in the repository.
fn created(repository: &repository::Model, digest: &Digest) -> Response {
    let digest = digest.to_string();
    let location = format!(
        "/v2/{}/{}/blobs/{digest}",
        repository.namespace, repository.name
    );
    empty(
        StatusCode::CREATED,
        [
            (header::LOCATION, value(location)),
            (CONTENT_DIGEST, value(digest)),
            (header::CONTENT_LENGTH, HeaderValue::from(0)),
        ],
    )
}

/// Where an upload is, and how much of it has arrived. `Range` is of the bytes there are; for none it is `0-0`, as
/// every registry says.
fn progress(status: StatusCode, repository: &repository::Model, id: &str, offset: u64) -> Response {
    let location = format!(
        "/v2/{}/{}/blobs/uploads/{id}",
        repository.namespace, repository.name
    );
    let range = format!("0-{}", offset.saturating_sub(1));
    let mut response = empty(
        status,
        [
            (header::LOCATION, value(location)),
            (header::RANGE, value(range)),
        ],
    );
    if status != StatusCode::NO_CONTENT {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(0));
    }
    response
}

/// A chunk that says where it begins must begin where the upload is.
fn check_start(parts: &Parts, offset: u64) -> Outcome<()> {
    let Some(header) = caller::text(&parts.headers, header::CONTENT_RANGE) else {
        return Ok(());
    };
    let (start, _) = range::content_range(header)?;
    if start == offset {
        return Ok(());
    }
    Err(oci::Error::range_invalid(format!(
        "the upload goes on at byte {offset}, this chunk begins at {start}"
    ))
    .with_status(416)
    .into())
}

/// What a body may be: as long as it says, and not silent for longer than is allowed.
fn limits(state: &AppState, parts: &Parts) -> Outcome<Limits> {
    let unbounded = Limits {
        max_size: u64::MAX,
        end: None,
        open_uploads: state.config.limits.uploads_per_account as usize,
        stall: state.config.limits.upload_idle,
    };
    let Some(header) = caller::text(&parts.headers, header::CONTENT_RANGE) else {
        return Ok(unbounded);
    };
    let (start, end) = range::content_range(header)?;
    let said = end.saturating_sub(start).saturating_add(1);
    let length = caller::text(&parts.headers, header::CONTENT_LENGTH)
        .and_then(|text| text.parse::<u64>().ok());
    if length.is_some_and(|length| length != said) {
        return Err(oci::Error::new(
            oci::error::Code::SizeInvalid,
            "Content-Range and Content-Length disagree",
        )
        .into());
    }
    Ok(Limits {
        max_size: end.saturating_add(1),
        end: Some(end.saturating_add(1)),
        ..unbounded
    })
}

fn stream(
    body: Body,
) -> impl futures::Stream<Item = Result<bytes::Bytes, axum::Error>> + Send + Unpin {
    body.into_data_stream()
}

/// Whose upload it is. Only accounts push, so the public has none.
fn owner(visitor: &Visitor<'_>) -> Uuid {
    visitor.account().unwrap_or_default()
}
