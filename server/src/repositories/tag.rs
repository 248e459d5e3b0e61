//! One tag, or what a digest names: details per platform, delete.

use std::collections::HashMap;

use api::{
    error::Envelope,
    manifest::{Kind, Manifest, PlatformManifest},
    tag::Tag,
};
use axum::{Json, extract::State, http::StatusCode};
use db::{manifests::Summary, trust::signed::Rule};
use oci::{Digest, Reference};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Found, Named,
    details::{self, Budget, Head, Loaded},
    tags::alone,
};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{self, ObjectType},
    image::describe,
    imagescan::short::Shorts,
    immutability,
    input::{Parameters, Segments},
    operations::{Operations, routes},
    origin,
    promotion::badge,
    signatures::Attached,
    state::AppState,
    trust::{Signatures, Signed},
    webhooks::tell,
};

/// Platforms of one index that are answered in full; with `os` and `arch` any single one is to be had.
const MAX_PLATFORMS: usize = 32;

pub(super) fn router() -> Operations {
    // DTR names the last segment `{reference}` for GET and `{tag}` for DELETE; a path has one name.
    Operations::default().routes(routes!(get_tag, delete_tag))
}

/// The segments of what a tag or a digest names in a repository.
#[derive(Debug, Deserialize)]
pub(crate) struct Referenced {
    namespace: String,
    reponame: String,
    reference: String,
}

impl Referenced {
    /// The repository, and the tag or digest.
    pub(crate) fn split(self) -> (Named, String) {
        (
            Named {
                namespace: self.namespace,
                reponame: self.reponame,
            },
            self.reference,
        )
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlatformQuery {
    /// Only this operating system, as `linux`.
    os: Option<String>,
    /// Only this architecture, as `amd64`.
    arch: Option<String>,
    /// Ours: only this variant of the architecture, as `v7`.
    variant: Option<String>,
}

impl PlatformQuery {
    /// The platform of these, where they are given.
    pub(crate) fn new(os: Option<&str>, arch: Option<&str>) -> Self {
        Self {
            os: os.map(str::to_owned),
            arch: arch.map(str::to_owned),
            variant: None,
        }
    }

    fn is_given(&self) -> bool {
        self.os.is_some() || self.arch.is_some() || self.variant.is_some()
    }

    pub(super) fn matches(&self, platform: &PlatformManifest) -> bool {
        let fits =
            |wanted: &Option<String>, actual: &Option<String>| wanted.is_none() || wanted == actual;
        fits(&self.os, &platform.os)
            && fits(&self.arch, &platform.architecture)
            && fits(&self.variant, &platform.variant)
    }
}

/// Shows a tag, or what a digest names, in full: one entry for each platform that fits the query, at most 32.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}",
    tag = "tags",
    params(Named, ("reference" = String, Path, description = "A tag; for GET also a digest."), PlatformQuery),
    responses(
        (status = 200, description = "One entry for each platform.", body = Vec<Tag>),
        (status = 400, description = "`INVALID_TAG_NAME`, `INVALID_DIGEST`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn get_tag(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Referenced>,
    Parameters(query): Parameters<PlatformQuery>,
) -> ApiResult<Json<Vec<Tag>>> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let (mut head, loaded) = resolve(&state, &found, &reference).await?;
    head.promotion = badge::whole(&state, &caller, head.promotion_id).await?;
    let id = found.row.id;
    let signatures = Signatures::of(&state, &caller, id, named_tag(&head)).await?;
    head.signed = signatures.of_tag(&head.name, &loaded.row.digest);
    let authors = details::authors(&state, &caller.subject(), head.pushed_by).await?;
    let digest = loaded.row.digest.as_str();
    head.attached = Attached::of(&state, &caller, id, [digest])
        .await?
        .signers(digest);
    let referrers = db::manifests::referrer_counts(&state.db, id, [digest]).await?;
    let referrers = referrers.get(digest).copied().unwrap_or_default();

    let children = children(&state, id, &loaded).await?;
    let mut platforms = if loaded.manifest.is_index() {
        describe::platforms(&loaded.manifest, &children)
    } else {
        alone(&loaded.row)
    };
    let images = platforms.iter().map(|platform| platform.digest.as_str());
    let scans = Shorts::of(&state, &found.row, images).await?;
    scans.fill(&mut platforms);
    let chosen: Vec<_> = platforms
        .iter()
        .filter(|platform| platform.kind == Kind::Image && query.matches(platform))
        .take(MAX_PLATFORMS)
        .collect();
    if chosen.is_empty() && query.is_given() {
        return Err(no_such_platform(&reference, &platforms));
    }
    let manifests = manifests(&state, id, &loaded, &children, &chosen).await?;
    let tags = manifests
        .into_iter()
        .map(|manifest| {
            details::tag(
                &head,
                &authors,
                &loaded.row,
                manifest,
                platforms.clone(),
                referrers,
            )
        })
        .collect();
    Ok(Json(tags))
}

/// The tag that was asked for; none where it was a digest.
fn named_tag(head: &Head) -> Option<&str> {
    Some(head.name.as_str()).filter(|name| !name.is_empty())
}

/// What the database knows of the manifests that an index lists.
pub(super) async fn children(
    state: &AppState,
    repository: Uuid,
    loaded: &Loaded,
) -> ApiResult<HashMap<String, Summary>> {
    let listed: Vec<_> = loaded
        .manifest
        .manifests
        .iter()
        .map(|child| child.digest.to_string())
        .collect();
    Ok(db::manifests::summaries(&state.db, repository, listed.iter().map(String::as_str)).await?)
}

/// The chosen platforms of an index in full; of anything else, and of an index without platforms, itself.
async fn manifests(
    state: &AppState,
    repository: Uuid,
    loaded: &Loaded,
    children: &HashMap<String, Summary>,
    chosen: &[&PlatformManifest],
) -> ApiResult<Vec<Manifest>> {
    let mut budget = Budget::default();
    if chosen.is_empty() || !loaded.manifest.is_index() {
        return Ok(vec![details::full(state, loaded, &mut budget).await?]);
    }
    let mut manifests = Vec::with_capacity(chosen.len());
    for platform in chosen {
        let Some(row) = children.get(&platform.digest) else {
            continue;
        };
        let mut manifest = details::full_by_row(state, repository, row, &mut budget).await?;
        manifest.os.clone_from(&platform.os);
        manifest.architecture.clone_from(&platform.architecture);
        manifest.variant.clone_from(&platform.variant);
        manifest.os_version.clone_from(&platform.os_version);
        manifests.push(manifest);
    }
    Ok(manifests)
}

/// Deletes a tag; the manifest it points at stays, and so do its other tags. Needs read-write access.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}/tags/{reference}",
    tag = "tags",
    params(
        Named,
        ("reference" = String, Path, description = "A tag."),
        ("domain" = Option<String>, Query, description = "As in DTR; nothing depends on it: what counts is trust data under a host of this registry's, as in `inNotary`."),
    ),
    responses(
        (status = 204, description = "It is gone."),
        (status = 400, description = "`INVALID_TAG_NAME`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_TAG`", body = Envelope),
        (status = 409, description = "`IMMUTABLE_TAG`, `TAG_IN_NOTARY`", body = Envelope),
    )
)]
async fn delete_tag(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Referenced>,
) -> ApiResult<StatusCode> {
    let (named, reference) = path.split();
    let found = Found::with(&state, &caller, &named, Level::ReadWrite).await?;
    let tag: oci::Tag = reference
        .parse()
        .map_err(|error: oci::Error| ApiError::invalid("INVALID_TAG_NAME", error.message))?;
    if let Some(why) = immutability::cannot_be_deleted(&found.row, tag.as_str()) {
        return Err(ApiError::conflict("IMMUTABLE_TAG", format!("{why}.")));
    }
    let event = found.event(&caller, events::Kind::Delete, ObjectType::Tag, tag.as_str());
    let told = tell::deleted_tag(&state, &found.row, tag.as_str(), caller.name()).await?;
    let db = state.recording(&caller, event).telling(told);
    let is_ours = origin::ours(&state.config);
    let rule = Rule {
        now: OffsetDateTime::now_utc(),
        is_ours: &is_ours,
    };
    if db::tags::delete(&db, found.row.id, tag.as_str(), rule).await? {
        state.webhooks.wake();
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(no_such_tag(tag.as_str()))
    }
}

/// The manifest that a tag or a digest names.
pub(super) async fn resolve(
    state: &AppState,
    found: &Found,
    reference: &str,
) -> ApiResult<(Head, Loaded)> {
    let id = found.row.id;
    match parse(reference)? {
        Reference::Tag(tag) => {
            let missing = || no_such_tag(tag.as_str());
            let row = db::tags::find(&state.db, id, tag.as_str())
                .await?
                .ok_or_else(missing)?;
            let digest: Digest = row
                .digest
                .parse()
                .map_err(|error: oci::Error| ApiError::internal(&error.message))?;
            let loaded = details::load(state, id, &digest)
                .await?
                .ok_or_else(missing)?;
            let head = Head {
                job: details::job(&row),
                name: row.name,
                pushed_by: row.pushed_by,
                created_at: row.created_at,
                updated_at: row.updated_at,
                promotion_id: row.promotion_id,
                promotion: None,
                signed: Signed::default(),
                attached: Vec::new(),
            };
            Ok((head, loaded))
        }
        Reference::Digest(digest) => {
            let loaded = details::load(state, id, &digest)
                .await?
                .ok_or_else(|| no_such_ref(&digest.to_string()))?;
            let head = Head {
                name: String::new(),
                pushed_by: loaded.row.pushed_by,
                job: None,
                created_at: loaded.row.pushed_at,
                updated_at: loaded.row.pushed_at,
                promotion_id: None,
                promotion: None,
                signed: Signed::default(),
                attached: Vec::new(),
            };
            Ok((head, loaded))
        }
    }
}

fn parse(reference: &str) -> ApiResult<Reference> {
    reference.parse().map_err(|error: oci::Error| {
        let code = if reference.contains(':') {
            "INVALID_DIGEST"
        } else {
            "INVALID_TAG_NAME"
        };
        ApiError::invalid(code, error.message)
    })
}

fn no_such_tag(tag: &str) -> ApiError {
    ApiError::not_found("NO_SUCH_TAG", format!("The repository has no tag {tag}."))
}

pub(super) fn no_such_ref(reference: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_REF",
        format!("The repository has no manifest {reference}."),
    )
}

pub(super) fn no_such_platform(reference: &str, platforms: &[PlatformManifest]) -> ApiError {
    let names: Vec<String> = platforms
        .iter()
        .filter(|platform| platform.kind == Kind::Image)
        .take(MAX_PLATFORMS)
        .map(|platform| {
            let parts = [&platform.os, &platform.architecture, &platform.variant];
            parts
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect();
    let message = if names.is_empty() {
        format!("{reference} has no platforms; ask without os, arch and variant.")
    } else {
        format!(
            "{reference} is not there for this platform; it is for {}.",
            names.join(", ")
        )
    };
    ApiError::not_found("NO_SUCH_REF", message)
}
