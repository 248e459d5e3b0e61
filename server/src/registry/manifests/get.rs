//! GET and HEAD of manifests.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use db::entities::repository;
use oci::{digest::Digest, name::Reference};

use crate::{
    registry::{
        CONTENT_DIGEST,
        cache::{fresh, keep},
        error::{self, Failure, Outcome, internal},
        identity::Visitor,
        none_match, value,
    },
    state::AppState,
    trust::policy::{self, Admitted},
    webhooks::tell::Pulled,
};

/// A manifest as it is served, its headers made once.
#[derive(Debug)]
pub(crate) struct Served {
    pub(in crate::registry) content: Bytes,
    media_type: HeaderValue,
    digest: HeaderValue,
    etag: HeaderValue,
}

/// GET and HEAD, by tag or digest.
pub(in crate::registry) async fn get(
    visitor: &Visitor<'_>,
    repository: &Arc<repository::Model>,
    reference: Reference,
    parts: &Parts,
) -> Outcome {
    let state = visitor.state;
    let tag = match &reference {
        Reference::Tag(tag) => Some(tag.to_string()),
        Reference::Digest(_) => None,
    };
    let served = find(state, repository, reference).await?;
    let digest = served.digest.to_str().unwrap_or_default();
    let is_get = parts.method == Method::GET;
    // Clients ask what is there before they push; they are told no content.
    let mut admitted = Admitted::default();
    if is_get || !visitor.comes_to_push(repository).await? {
        admitted = match policy::manifest(visitor, repository, tag.as_deref(), digest).await {
            Ok(admitted) => admitted,
            Err(Failure::Protocol(error)) if !is_get => return Ok(refused_head(error)),
            Err(failure) => return Err(failure),
        };
    }
    let mut response = Response::new(Body::empty());
    let not_modified = none_match(parts, &served.etag);
    let headers = response.headers_mut();
    if let Some(warning) = &admitted.warning {
        error::warn(headers, warning);
    }
    headers.insert(CONTENT_DIGEST, served.digest.clone());
    headers.insert(header::ETAG, served.etag.clone());
    if not_modified {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    headers.insert(header::CONTENT_TYPE, served.media_type.clone());
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_LENGTH,
        HeaderValue::from(served.content.len()),
    );
    if is_get {
        state.pulls.add(repository.id);
        visitor.record_pull(repository, tag.as_deref(), digest, &admitted);
        if state.pulls.are_told_of(state, repository).await? {
            let digest = digest.to_owned();
            let author = visitor.name().to_owned();
            let pulled = Pulled::now(repository, digest, tag, author);
            state.pulls.tell(pulled);
        }
        *response.body_mut() = Body::from(served.content.clone());
    }
    Ok(response)
}

/// The answer to a HEAD has no body, and would not say why.
fn refused_head(error: oci::Error) -> Response {
    let message = error.message.clone();
    let mut response = error::respond(error);
    error::warn(response.headers_mut(), &message);
    response
}

async fn find(
    state: &AppState,
    repository: &repository::Model,
    reference: Reference,
) -> Outcome<Arc<Served>> {
    let revision = state.db.revision(&repository.id);
    let key = (repository.id, reference);
    if let Some(served) = fresh(&state.cache.manifests, &key, revision) {
        return Ok(served);
    }
    let reference = &key.1;
    let unknown = || oci::Error::manifest_unknown(reference);
    let digest = match reference {
        Reference::Digest(digest) => *digest,
        Reference::Tag(tag) => {
            let tag = db::tags::find(&state.db, repository.id, tag.as_str())
                .await?
                .ok_or_else(unknown)?;
            tag.digest.parse()?
        }
    };
    let row = db::manifests::find(&state.db, repository.id, &digest)
        .await?
        .ok_or_else(unknown)?;
    if Digest::of(digest.algorithm(), &row.content) != digest {
        return Err(internal(&format!(
            "the stored bytes of the manifest {digest} are not its bytes any more"
        )));
    }
    let served = Arc::new(Served {
        content: row.content.into(),
        media_type: value(&row.media_type),
        etag: value(format!("\"{}\"", row.digest)),
        digest: value(&row.digest),
    });
    keep(&state.cache.manifests, key, revision, Arc::clone(&served));
    Ok(served)
}
