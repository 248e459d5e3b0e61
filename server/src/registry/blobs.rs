//! Blobs: sent whole, in part, or only their size; and taken out of a repository (OCI Distribution Specification 1.1,
//! "Pulling blobs", "Deleting Blobs").

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use blobs::Blob;
use db::{blob_links::Unlinked, entities::repository};
use oci::{
    digest::Digest,
    range::{RangeRequest, byte_range},
};

use super::{
    CONTENT_DIGEST,
    cache::{fresh, keep},
    empty,
    error::{Failure, Outcome, internal},
    none_match, value,
};
use crate::{
    content::{self, REMEMBERED},
    serve::direct::Outlet,
    state::AppState,
};

/// A blob never changes under its digest. Private: a cache between must not answer for somebody else.
const CACHE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// GET and HEAD.
pub(super) async fn get(
    state: &AppState,
    repository: &Arc<repository::Model>,
    digest: &Digest,
    parts: &Parts,
) -> Outcome {
    let size = size(state, repository, digest)
        .await?
        .ok_or_else(|| oci::Error::blob_unknown(digest))?;
    let name = digest.to_string();
    let etag = value(format!("\"{name}\""));
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_DIGEST, value(&name));
    headers.insert(header::CACHE_CONTROL, CACHE);
    let not_modified = none_match(parts, &etag);
    headers.insert(header::ETAG, etag.clone());
    if not_modified {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let (start, end) = match range(parts, &etag, size) {
        RangeRequest::Whole => (0, size),
        RangeRequest::Part { start, end } => {
            headers.insert(
                header::CONTENT_RANGE,
                value(format!("bytes {start}-{end}/{size}")),
            );
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            (start, end.saturating_add(1))
        }
        RangeRequest::Unsatisfiable => return Ok(unsatisfiable(size)),
    };
    let length = end.saturating_sub(start);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if parts.method == Method::GET {
        let outlet = parts.extensions.get::<Outlet>();
        *response.body_mut() = body(state, digest, size, start..end, outlet).await?;
    } else if size > REMEMBERED {
        open(state, digest, size).await?;
    }
    Ok(response)
}

/// DELETE: takes the blob out of this repository. A manifest that needs it keeps it there.
pub(super) async fn delete(
    state: &AppState,
    repository: &repository::Model,
    digest: &Digest,
) -> Outcome {
    match db::blob_links::unlink(&state.db, repository.id, digest).await? {
        Unlinked::Gone => Ok(empty(
            StatusCode::ACCEPTED,
            [(header::CONTENT_LENGTH, HeaderValue::from(0))],
        )),
        Unlinked::Unknown => Err(oci::Error::blob_unknown(digest).into()),
        Unlinked::InUse => Err(oci::Error::unsupported(
            "a manifest of this repository needs the blob; delete the manifest first",
        )
        .with_status(405)
        .into()),
    }
}

/// The size of a blob that the repository holds.
pub(super) async fn size(
    state: &AppState,
    repository: &repository::Model,
    digest: &Digest,
) -> Result<Option<u64>, db::Error> {
    let revision = state.db.revision(&repository.id);
    let key = (repository.id, *digest);
    if let Some(size) = fresh(&state.cache.blob_sizes, &key, revision) {
        return Ok(Some(size));
    }
    let size = db::blob_links::size(&state.db, repository.id, digest).await?;
    if let Some(size) = size {
        keep(&state.cache.blob_sizes, key, revision, size);
    }
    Ok(size)
}

/// What the request wants of the blob. `Range` is defined for GET alone (RFC 9110, section 14.2); of two, neither is more
/// right than the other, and a server may ignore what it does not take.
fn range(parts: &Parts, etag: &HeaderValue, size: u64) -> RangeRequest {
    if parts.method != Method::GET || !if_range(parts, etag) {
        return RangeRequest::Whole;
    }
    match only(parts, header::RANGE).map(HeaderValue::to_str) {
        Some(Ok(header)) => byte_range(header, size),
        _ => RangeRequest::Whole,
    }
}

/// Whether a range may be answered as one: `If-Range` is absent, or is our entity tag. A weak tag never is, and neither is
/// a date, as blobs have none (RFC 9110, section 13.1.5).
fn if_range(parts: &Parts, etag: &HeaderValue) -> bool {
    !parts.headers.contains_key(header::IF_RANGE) || only(parts, header::IF_RANGE) == Some(etag)
}

/// The header's value, if it was sent once.
fn only(parts: &Parts, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = parts.headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn unsatisfiable(size: u64) -> Response {
    let error =
        oci::Error::range_invalid(format!("the range lies outside of the blob's {size} bytes"))
            .with_status(416);
    let mut response = super::error::respond(error);
    response
        .headers_mut()
        .insert(header::CONTENT_RANGE, value(format!("bytes */{size}")));
    response
}

/// The bytes of a range. Short blobs come from memory, in one write with the headers; others are read, or go to the
/// socket directly, as fast as the client takes them.
async fn body(
    state: &AppState,
    digest: &Digest,
    size: u64,
    range: Range<u64>,
    outlet: Option<&Outlet>,
) -> Outcome<Body> {
    if size <= REMEMBERED {
        let whole = content::read(state, digest, size)
            .await
            .map_err(|error| internal(&error))?
            .ok_or_else(|| lost(digest))?;
        let bounds = usize::try_from(range.start).unwrap_or(usize::MAX)
            ..usize::try_from(range.end).unwrap_or(usize::MAX);
        return if bounds.end <= whole.len() && bounds.start <= bounds.end {
            Ok(Body::from(whole.slice(bounds)))
        } else {
            Err(lost(digest))
        };
    }
    let stream = open(state, digest, size)
        .await?
        .stream(range.start, range.end);
    Ok(Body::from_stream(match outlet.cloned() {
        Some(outlet) => stream.handing_over(Box::new(move |part| outlet.announce(part))),
        None => stream,
    }))
}

/// A blob of the store, as long as its link says.
async fn open(state: &AppState, digest: &Digest, size: u64) -> Outcome<Blob> {
    match state.blobs.open_blob(digest).await? {
        Some(blob) if blob.size == size => Ok(blob),
        _ => Err(lost(digest)),
    }
}

/// A link without its bytes: somebody tampered with the store, or the disk lost them. The client is told that the blob is
/// not there, so that whoever pushes it the next time sends it, and heals it.
fn lost(digest: &Digest) -> Failure {
    tracing::error!(%digest, "a blob is linked, but its bytes are lost or cut short; pushing it again heals it");
    oci::Error::blob_unknown(digest).into()
}
