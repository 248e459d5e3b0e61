//! The list of a repository's tags.

use std::collections::HashMap;

use api::{
    error::Envelope,
    manifest::{Kind, PlatformManifest},
    promotion::Promotion,
    tag::Tag,
};
use axum::extract::State;
use db::{entities::repository, manifests::Summary, tags::Tagged};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Found, Named,
    details::{self, Budget, Head},
};
use crate::{
    caller::Caller,
    error::ApiResult,
    image::describe,
    imagescan::short::Shorts,
    input::{Parameters, Segments},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    promotion::badge,
    signatures::Attached,
    state::AppState,
    trust::Signatures,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_tags))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    /// Answer each manifest with its Dockerfile lines and configuration.
    include_manifests: Option<bool>,
    /// Ours: only tags whose name contains this, whatever the case.
    filter: Option<String>,
}

/// Lists a repository's tags, by name.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/tags",
    tag = "tags",
    params(Named, PageQuery, ListQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<Tag>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_tags(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(page): Parameters<PageQuery>,
    Parameters(query): Parameters<ListQuery>,
) -> ApiResult<Paged<Vec<Tag>>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let (id, page) = (found.row.id, page.page()?);
    let filter = query.filter.as_deref();
    let mut rows =
        db::tags::list(&state.db, id, filter, page.after.as_deref(), page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.tag.name.clone());
    let count = if page.count {
        Some(db::tags::count(&state.db, id, filter).await?)
    } else {
        None
    };
    let body = show(
        &state,
        &caller,
        &found.row,
        &rows,
        query.include_manifests == Some(true),
    )
    .await?;
    Ok(Paged { body, next, count })
}

async fn show(
    state: &AppState,
    caller: &Caller,
    repository: &repository::Model,
    rows: &[Tagged],
    in_full: bool,
) -> ApiResult<Vec<Tag>> {
    let id = repository.id;
    let digests = rows.iter().map(|row| row.manifest.digest.as_str());
    let referrers = db::manifests::referrer_counts(&state.db, id, digests).await?;
    let pushers = rows.iter().filter_map(|row| row.tag.pushed_by);
    let authors = details::authors(state, &caller.subject(), pushers).await?;
    let indexes: Vec<_> = rows
        .iter()
        .filter(|row| describe::kind(&row.manifest) == Kind::Index)
        .map(|row| row.manifest.digest.as_str())
        .collect();
    let children = db::manifests::children(&state.db, id, &indexes).await?;
    let promotions = rows.iter().filter_map(|row| row.tag.promotion_id);
    let mut promotions = badge::of(state, caller, promotions).await?;

    let listed = children.values().flatten().map(|row| row.digest.as_str());
    let images = rows.iter().map(|row| row.manifest.digest.as_str());
    let scans = Shorts::of(state, repository, images.chain(listed)).await?;

    let names = rows.iter().map(|row| row.tag.name.as_str());
    let signatures = Signatures::of(state, caller, id, names).await?;
    let signed = rows.iter().map(|row| row.manifest.digest.as_str());
    let attached = Attached::of(state, caller, id, signed).await?;

    let mut budget = Budget::default();
    let mut tags = Vec::with_capacity(rows.len());
    for row in rows {
        let digest = &row.manifest.digest;
        let mut platforms = match children.get(digest) {
            Some(children) => describe::children(children),
            None => alone(&row.manifest),
        };
        scans.fill(&mut platforms);
        let manifest = if in_full {
            details::full_by_row(state, id, &row.manifest, &mut budget).await?
        } else {
            describe::summary(&row.manifest)
        };
        let referrers = referrers.get(digest).copied().unwrap_or_default();
        tags.push(details::tag(
            &head(row, &mut promotions, &signatures, &attached),
            &authors,
            &row.manifest,
            manifest,
            platforms,
            referrers,
        ));
    }
    Ok(tags)
}

fn head(
    row: &Tagged,
    promotions: &mut HashMap<Uuid, Promotion>,
    signatures: &Signatures,
    attached: &Attached,
) -> Head {
    Head {
        name: row.tag.name.clone(),
        pushed_by: row.tag.pushed_by,
        job: details::job(&row.tag),
        created_at: row.tag.created_at,
        updated_at: row.tag.updated_at,
        promotion_id: row.tag.promotion_id,
        promotion: row.tag.promotion_id.and_then(|id| promotions.remove(&id)),
        signed: signatures.of_tag(&row.tag.name, &row.manifest.digest),
        attached: attached.signers(&row.manifest.digest),
    }
}

/// A single image is its own only platform; an artifact has none.
pub(super) fn alone(row: &Summary) -> Vec<PlatformManifest> {
    let platform = describe::platform(row);
    if platform.kind == Kind::Image {
        vec![platform]
    } else {
        Vec::new()
    }
}
