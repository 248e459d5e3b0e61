//! PUT of manifests.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use db::{
    entities::{manifest, repository},
    manifests::{Put, Stored},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use oci::{
    digest::{Algorithm, Digest},
    manifest::{MAX_BYTES, Manifest},
    name::{Reference, Tag},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    caller,
    events::{Event, Kind, ObjectType},
    immutability,
    origin::Origin,
    registry::{
        CONTENT_DIGEST, empty,
        error::Outcome,
        identity::{Identity, Visitor},
        platform, query, value,
    },
    scanning,
    settings::Switch,
    signatures,
    state::AppState,
    webhooks::tell,
};

const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
/// Tags that one push may set by `?tag=`.
const MAX_TAGS: usize = 32;

/// Who pushes.
struct Pusher {
    /// The account, or the trust of a CI job.
    id: Option<Uuid>,
    /// The CI job: in words, and where to look at it.
    job: Option<(String, Option<String>)>,
}

impl Pusher {
    fn of(visitor: &Visitor<'_>) -> Self {
        let job = match &visitor.identity {
            Identity::Token(claims) => claims.job.clone(),
            Identity::Anonymous | Identity::Account(_) => None,
        };
        Self {
            id: visitor.account(),
            job: job.map(|job| (job.name, job.url)),
        }
    }
}

/// PUT, by tag or digest, with any number of `?tag=`.
pub(in crate::registry) async fn put(
    visitor: &Visitor<'_>,
    repository: &Arc<repository::Model>,
    reference: Reference,
    parts: &Parts,
    body: Body,
) -> Outcome {
    let state = visitor.state;
    let pusher = Pusher::of(visitor);
    let extra = tags(parts)?;
    let content = read(body).await?;
    let manifest =
        oci::manifest::parse(caller::text(&parts.headers, header::CONTENT_TYPE), &content)?;
    let digest = check_digest(&reference, parts, &content)?;
    let mut tags: Vec<String> = extra.iter().map(ToString::to_string).collect();
    if let Reference::Tag(tag) = &reference {
        tags.push(tag.to_string());
    }
    tags.sort_unstable();
    tags.dedup();
    let mut put = Put {
        blobs: manifest
            .blobs()
            .map(|blob| blob.digest.to_string())
            .collect(),
        children: manifest
            .children()
            .map(|child| child.digest.to_string())
            .collect::<BTreeSet<_>>(),
        manifest: row(state, repository.id, &manifest, &digest, content, pusher.id).await,
        immutable: tags
            .iter()
            .filter(|tag| immutability::is_immutable(repository, tag))
            .cloned()
            .collect(),
        tags,
        job: pusher.job,
        scan: None,
        signs: Vec::new(),
    };
    put.signs = signatures::signs(&manifest, &put.tags);
    let names_images =
        put.tags.is_empty() || !put.tags.iter().all(|tag| immutability::is_attachment(tag));
    if repository.scan_on_push && names_images && scanning::is_image(&put.manifest) {
        let is_on = Switch::ScanningEnabled.is_on(state).await?;
        put.scan = is_on.then(scanning::detector_version);
    }
    let is_queued = put.scan.is_some();
    let signs = !put.signs.is_empty();
    let (told, _alone) = told(visitor, repository, &put).await?;
    let is_told = !told.is_empty();
    let event = pushed(repository, &put.tags, &digest);
    let db = visitor.recording_push(event).await?.telling(told);
    match db::manifests::put(&db, put).await? {
        Stored::Yes => {
            if is_queued {
                state.scanning.pushed();
            }
            if is_told {
                state.webhooks.wake();
            }
            if signs {
                state.signatures.wake();
            }
            state.promotion.wake();
            Ok(created(repository, &digest, &manifest, &extra))
        }
        Stored::Missing(missing) => Err(oci::Error::new(
            oci::error::Code::ManifestBlobUnknown,
            format!(
                "the manifest refers to content that is not in this repository; push it first: {}",
                missing.join(", ")
            ),
        )
        .with_status(400)
        .with_detail(serde_json::json!({ "missing": missing }))
        .into()),
        Stored::Immutable(tag) => {
            let origin = Origin::of(&state.config, parts);
            let host = origin.base.split("://").last().unwrap_or_default();
            let full_name = format!("{host}/{}/{}", repository.namespace, repository.name);
            let why = immutability::cannot_be_overwritten(repository, &full_name, &tag);
            Err(
                oci::Error::new(oci::error::Code::Unknown, why.unwrap_or_default())
                    .with_status(409)
                    .into(),
            )
        }
    }
}

/// What is recorded of a push.
fn pushed(repository: &repository::Model, tags: &[String], digest: &Digest) -> Event {
    let (object, name) = if tags.is_empty() {
        (ObjectType::Manifest, digest.to_string())
    } else {
        (ObjectType::Tag, tags.join(", "))
    };
    Event::new(Kind::Create, object, None, name)
        .with(
            ObjectType::Repository,
            repository.id,
            format!("{}/{}", repository.namespace, repository.name),
        )
        .detail(serde_json::json!({ "digest": digest }))
}

/// What webhooks are told of a push; the second is held until that is written.
async fn told<'v>(
    visitor: &Visitor<'v>,
    repository: &repository::Model,
    put: &Put,
) -> Outcome<(Vec<db::webhooks::Told>, Option<tell::Alone<'v>>)> {
    let state = visitor.state;
    let listeners = state.listeners(Some(repository)).await?;
    let push = tell::Pushing {
        repository,
        manifest: &put.manifest,
        tags: &put.tags,
        author: visitor.name(),
    };
    let mut told = tell::pushed(state, &listeners, &push);
    let images: Vec<&str> = match put.scan {
        Some(_) => vec![&put.manifest.digest],
        None => put.children.iter().map(String::as_str).collect(),
    };
    let at = (repository, put.tags.as_slice());
    let now = put.manifest.pushed_at;
    let known = (images.as_slice(), put.scan);
    let (found, alone) = tell::known_already(state, &listeners, at, known, now).await?;
    told.extend(found);
    Ok((told, alone))
}

async fn read(body: Body) -> Outcome<Bytes> {
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(oci::Error::too_large("a manifest", MAX_BYTES as u64)
                .with_status(413)
                .into())
        }
        Err(_) => Err(oci::Error::manifest_invalid("the request ended before its body did").into()),
    }
}

fn tags(parts: &Parts) -> Outcome<Vec<Tag>> {
    let tags = query(&parts.uri, "tag")
        .map(|tag| tag.parse::<Tag>())
        .collect::<Result<Vec<_>, _>>()?;
    if tags.len() > MAX_TAGS {
        return Err(
            oci::Error::unsupported(format!("one push sets at most {MAX_TAGS} tags"))
                .with_status(414)
                .into(),
        );
    }
    Ok(tags)
}

/// The digest that the manifest is stored under: the one in the path or in `?digest=`, which must be right, or SHA-256.
fn check_digest(reference: &Reference, parts: &Parts, content: &[u8]) -> Outcome<Digest> {
    let expected = match reference {
        Reference::Digest(digest) => Some(*digest),
        Reference::Tag(_) => query(&parts.uri, "digest")
            .next()
            .map(|digest| digest.parse())
            .transpose()?,
    };
    let algorithm = expected.map_or(Algorithm::Sha256, |digest| digest.algorithm());
    let actual = Digest::of(algorithm, content);
    match expected {
        Some(expected) if expected != actual => Err(oci::Error::digest_invalid(
            "the manifest has another digest than the one given",
        )
        .with_detail(serde_json::json!({ "expected": expected, "actual": actual }))
        .into()),
        _ => Ok(actual),
    }
}

async fn row(
    state: &AppState,
    repository: Uuid,
    manifest: &Manifest,
    digest: &Digest,
    content: Bytes,
    account: Option<Uuid>,
) -> manifest::Model {
    let platform = platform::find(state, manifest).await;
    let image_size = manifest
        .config
        .iter()
        .chain(&manifest.layers)
        .fold(0u64, |sum, part| sum.saturating_add(part.size));
    manifest::Model {
        repository_id: repository,
        digest: digest.to_string(),
        media_type: manifest.media_type.clone(),
        artifact_type: manifest.effective_artifact_type().map(str::to_owned),
        config_digest: manifest
            .config
            .as_ref()
            .map(|config| config.digest.to_string()),
        subject_digest: manifest
            .subject
            .as_ref()
            .map(|subject| subject.digest.to_string()),
        annotations: annotations(manifest),
        os: platform.os,
        architecture: platform.architecture,
        variant: platform.variant,
        os_version: platform.os_version,
        size: i64::try_from(content.len()).unwrap_or(i64::MAX),
        image_size: i64::try_from(image_size).unwrap_or(i64::MAX),
        content: content.into(),
        pushed_by: account,
        pushed_at: OffsetDateTime::now_utc(),
    }
}

/// The annotations as lists show them. One with a NUL character is left to the manifest's own bytes: `PostgreSQL` cannot
/// keep it.
fn annotations(manifest: &Manifest) -> Option<serde_json::Value> {
    let kept: serde_json::Map<_, _> = manifest
        .annotations
        .iter()
        .filter(|(name, text)| !name.contains('\0') && !text.contains('\0'))
        .map(|(name, text)| (name.clone(), serde_json::json!(text)))
        .collect();
    (!kept.is_empty()).then(|| kept.into())
}

fn created(
    repository: &repository::Model,
    digest: &Digest,
    manifest: &Manifest,
    extra: &[Tag],
) -> Response {
    let digest = digest.to_string();
    let location = format!(
        "/v2/{}/{}/manifests/{digest}",
        repository.namespace, repository.name
    );
    let mut response = empty(
        StatusCode::CREATED,
        [
            (header::LOCATION, value(location)),
            (CONTENT_DIGEST, value(digest)),
            (header::CONTENT_LENGTH, HeaderValue::from(0)),
        ],
    );
    let headers = response.headers_mut();
    if let Some(subject) = &manifest.subject {
        headers.insert(OCI_SUBJECT, value(subject.digest.to_string()));
    }
    for tag in extra {
        headers.append(OCI_TAG, value(tag.as_str()));
    }
    response
}
