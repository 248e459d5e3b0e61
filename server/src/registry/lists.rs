//! Lists: tags, the catalog, and referrers (OCI Distribution Specification 1.1, "Content Discovery", "Listing
//! Referrers"; Docker's `_catalog`). All are paged by the last name, with a `Link` to the rest.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, header, request::Parts},
    response::Response,
};
use db::{
    entities::repository,
    manifests::{Referring, Summary},
    repositories::Filter,
};
use oci::{digest::Digest, manifest::OCI_INDEX};
use serde::Serialize;

use super::{
    cache::{fresh, keep},
    error::{Outcome, internal},
    identity::Visitor,
    query, value,
};
use crate::state::AppState;

/// Entries of a page, when nobody says how many, and at most.
const DEFAULT_PAGE: u64 = 1000;
const MAX_PAGE: u64 = 10_000;
/// Referrers in a page: each carries annotations, and a page must stay a manifest's size.
const REFERRERS_PAGE: u64 = 200;
const OCI_FILTERS: HeaderName = HeaderName::from_static("oci-filters-applied");

/// A page of tags as it is served.
#[derive(Debug)]
pub(crate) struct TagPage {
    pub(super) body: Bytes,
    link: Option<HeaderValue>,
}

#[derive(Serialize)]
struct Tags<'a> {
    name: String,
    tags: &'a [String],
}

#[derive(Serialize)]
struct Catalog {
    repositories: Vec<String>,
}

/// An image index that is made up for the answer: what refers to a manifest.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<Referrer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Referrer {
    media_type: String,
    digest: String,
    size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<serde_json::Value>,
}

impl From<Summary> for Referrer {
    fn from(row: Summary) -> Self {
        Self {
            media_type: row.media_type,
            digest: row.digest,
            size: row.size,
            artifact_type: row.artifact_type,
            annotations: row.annotations,
        }
    }
}

/// `GET /v2/<name>/tags/list`
pub(super) async fn tags(
    state: &AppState,
    repository: &Arc<repository::Model>,
    parts: &Parts,
) -> Outcome {
    let revision = state.db.revision(&repository.id);
    let key = (
        repository.id,
        parts.uri.query().unwrap_or_default().to_owned(),
    );
    let page = if let Some(page) = fresh(&state.cache.tag_pages, &key, revision) {
        page
    } else {
        let page = Arc::new(tag_page(state, repository, parts).await?);
        keep(&state.cache.tag_pages, key, revision, Arc::clone(&page));
        page
    };
    Ok(json(page.body.clone(), page.link.clone()))
}

async fn tag_page(
    state: &AppState,
    repository: &repository::Model,
    parts: &Parts,
) -> Outcome<TagPage> {
    let limit = limit(parts, DEFAULT_PAGE)?;
    let last = last(parts);
    let mut names = match limit {
        0 => Vec::new(),
        limit => {
            db::tags::names(
                &state.db,
                repository.id,
                last.as_deref(),
                limit.saturating_add(1),
            )
            .await?
        }
    };
    let name = format!("{}/{}", repository.namespace, repository.name);
    let link = next(&mut names, limit)
        .map(|last| link(&format!("/v2/{name}/tags/list"), limit, last, None));
    Ok(TagPage {
        body: encode(&Tags { name, tags: &names })?,
        link,
    })
}

/// `GET /v2/_catalog`: the repositories that the visitor may see.
pub(super) async fn catalog(visitor: &Visitor<'_>, parts: &Parts) -> Outcome {
    visitor.require_credentials().map_err(|_| {
        visitor.challenge(
            "authentication required",
            Some("registry:catalog:*".to_owned()),
            None,
        )
    })?;
    let limit = limit(parts, DEFAULT_PAGE)?;
    let last = last(parts);
    let after = last
        .as_deref()
        .map(|last| last.split_once('/').unwrap_or((last, "")));
    let filter = Filter {
        viewer: visitor.subject().await?.viewer(),
        namespace: None,
        contains: None,
    };
    let mut names: Vec<String> = match limit {
        0 => Vec::new(),
        limit => db::repositories::list(&visitor.state.db, &filter, after, limit.saturating_add(1))
            .await?
            .into_iter()
            .map(|row| format!("{}/{}", row.namespace, row.name))
            .collect(),
    };
    let link = next(&mut names, limit).map(|last| link("/v2/_catalog", limit, last, None));
    Ok(json(
        encode(&Catalog {
            repositories: names,
        })?,
        link,
    ))
}

/// `GET /v2/<name>/referrers/<digest>`: never 404 for a digest that nothing refers to.
pub(super) async fn referrers(
    state: &AppState,
    repository: &repository::Model,
    subject: &Digest,
    parts: &Parts,
) -> Outcome {
    let limit = limit(parts, REFERRERS_PAGE)?.clamp(1, REFERRERS_PAGE);
    let artifact_type = query(&parts.uri, "artifactType")
        .next()
        .filter(|kind| !kind.is_empty());
    let last = last(parts);
    let mut rows = db::manifests::referrers(
        &state.db,
        repository.id,
        subject,
        Referring {
            artifact_type: artifact_type.as_deref(),
            contains: None,
        },
        last.as_deref(),
        limit.saturating_add(1),
    )
    .await?;
    let path = format!(
        "/v2/{}/{}/referrers/{subject}",
        repository.namespace, repository.name
    );
    let next =
        next(&mut rows, limit).map(|row| link(&path, limit, &row.digest, artifact_type.as_deref()));
    let index = Index {
        schema_version: 2,
        media_type: OCI_INDEX,
        manifests: rows.into_iter().map(Referrer::from).collect(),
    };
    let mut response = json(encode(&index)?, next);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(OCI_INDEX));
    if artifact_type.is_some() {
        headers.insert(OCI_FILTERS, HeaderValue::from_static("artifactType"));
    }
    Ok(response)
}

/// How many entries are asked for; more than are given at most is no error, nonsense is.
fn limit(parts: &Parts, default: u64) -> Outcome<u64> {
    match query(&parts.uri, "n").next() {
        None => Ok(default),
        Some(text) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            // Digits alone: what does not fit is more than the most.
            Ok(text.parse::<u64>().map_or(MAX_PAGE, |n| n.min(MAX_PAGE)))
        }
        Some(_) => Err(oci::Error::pagination_invalid("n must be a number, 0 or more").into()),
    }
}

fn last(parts: &Parts) -> Option<String> {
    query(&parts.uri, "last")
        .next()
        .filter(|last| !last.is_empty())
}

/// Cuts the page to `limit`, and answers its last entry where something follows.
fn next<T>(entries: &mut Vec<T>, limit: u64) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = entries.len() > limit;
    entries.truncate(limit);
    if is_more { entries.last() } else { None }
}

/// `Link: <…>; rel="next"` (RFC 8288).
fn link(path: &str, limit: u64, last: &str, artifact_type: Option<&str>) -> HeaderValue {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("n", &limit.to_string())
        .append_pair("last", last);
    if let Some(artifact_type) = artifact_type {
        query.append_pair("artifactType", artifact_type);
    }
    value(format!("<{path}?{}>; rel=\"next\"", query.finish()))
}

fn encode(body: &impl Serialize) -> Outcome<Bytes> {
    serde_json::to_vec(body)
        .map(Bytes::from)
        .map_err(|error| internal(&error))
}

fn json(body: Bytes, link: Option<HeaderValue>) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Some(link) = link {
        headers.insert(header::LINK, link);
    }
    response
}
