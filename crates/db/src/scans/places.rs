//! Where things are: images by what is in them, the newest first, as far as somebody may see them.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
};

use super::{
    LOT,
    sought::{Brought, Sought},
};
use crate::{
    Db, Result,
    entities::{image_scan, manifest, repository, tag},
    repositories::Viewer,
};

/// An image, in a repository.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// Number of its scan.
    pub image: i64,
    /// The repository's namespace.
    pub namespace: String,
    /// The repository's name.
    pub name: String,
    /// The manifest.
    pub digest: String,
    /// As `linux`.
    pub os: Option<String>,
    /// As `amd64`.
    pub architecture: Option<String>,
    /// Its tags in that repository, the first ones by name.
    pub tags: Vec<String>,
    /// Those of the components sought that it has, and the layer that brings each.
    pub brought: Vec<(i64, String)>,
}

/// A place of a list, to go on behind it: the image's number, and the repository.
pub type Key = (i64, String, String);

/// Images that are looked at for one page, at most: who may see next to nothing gets a page that is not full, and where to go on.
const MOST_LOOKED_AT: u64 = 20_000;

/// A page of images that hold what is sought, behind `after`, of those that `viewer` sees; and where to go on, if there may be more.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    sought: &Sought,
    after: Option<&Key>,
    limit: u64,
) -> Result<(Vec<Place>, Option<Key>)> {
    let mut found: Vec<Place> = Vec::new();
    let mut before = after.map(|(image, ..)| image.saturating_add(1));
    let mut looked_at = 0;
    let lot = limit.clamp(50, 500);
    loop {
        let images: Vec<i64> = sought
            .images(before, lot)
            .into_tuple()
            .all(&db.read)
            .await?;
        let Some(last) = images.last().copied() else {
            return Ok((found, None));
        };
        before = Some(last);
        looked_at += images.len() as u64;
        let mut places = visible(db, viewer, &images).await?;
        if let Some(after) = after {
            places.retain(|place| {
                let key = (place.image, &place.namespace, &place.name);
                key.0 < after.0 || (key.1, key.2) > (&after.1, &after.2)
            });
        }
        found.extend(really_there(db, sought, places).await?);
        if found.len() as u64 > limit {
            let kept = usize::try_from(limit).unwrap_or(usize::MAX);
            found.truncate(kept);
            let key = found
                .last()
                .map(|place| (place.image, place.namespace.clone(), place.name.clone()));
            return Ok((found, key));
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok((found, Some((last, "~".to_owned(), String::new()))));
        }
    }
}

/// Those of the places whose image still has one of the components sought: not all that its layers bring is there in the end.
async fn really_there(db: &Db, sought: &Sought, places: Vec<Place>) -> Result<Vec<Place>> {
    let mut images: Vec<i64> = places.iter().map(|place| place.image).collect();
    images.dedup();
    let brought = match sought.brought(db, &images).await? {
        Brought::Components(brought) => brought,
        Brought::Layers => return Ok(places),
    };
    let places = places.into_iter().filter_map(|mut place| {
        place.brought = brought.get(&place.image)?.clone();
        Some(place)
    });
    Ok(places.collect())
}

type PlaceRow = (i64, String, String, String, Option<String>, Option<String>);

/// Where these images are, of the repositories that `viewer` sees: newest image first, then by repository.
pub(super) async fn visible(db: &Db, viewer: &Viewer, images: &[i64]) -> Result<Vec<Place>> {
    let to_manifest: RelationDef = image_scan::Entity::belongs_to(manifest::Entity)
        .from(image_scan::Column::Digest)
        .to(manifest::Column::Digest)
        .into();
    let to_repository: RelationDef = manifest::Entity::belongs_to(repository::Entity)
        .from(manifest::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let rows: Vec<PlaceRow> = image_scan::Entity::find()
        .select_only()
        .column(image_scan::Column::Id)
        .column(repository::Column::Namespace)
        .column(repository::Column::Name)
        .column(manifest::Column::Digest)
        .column(manifest::Column::Os)
        .column(manifest::Column::Architecture)
        .join(JoinType::InnerJoin, to_manifest)
        .join(JoinType::InnerJoin, to_repository)
        .filter(image_scan::Column::Id.is_in(images.iter().copied()))
        .filter(viewer.condition())
        .order_by_desc(image_scan::Column::Id)
        .order_by_asc(repository::Column::Namespace)
        .order_by_asc(repository::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?;
    let mut tags = tags(db, viewer, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|(image, namespace, name, digest, os, architecture)| {
            let key = (namespace, name, digest);
            let tags = tags.remove(&key).unwrap_or_default();
            let (namespace, name, digest) = key;
            Place {
                image,
                namespace,
                name,
                digest,
                os,
                architecture,
                tags,
                brought: Vec::new(),
            }
        })
        .collect())
}

/// The tags that point to manifests of these places: by namespace, name and digest.
async fn tags(
    db: &Db,
    viewer: &Viewer,
    places: &[PlaceRow],
) -> Result<HashMap<(String, String, String), Vec<String>>> {
    let to_repository: RelationDef = tag::Entity::belongs_to(repository::Entity)
        .from(tag::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let mut found: HashMap<(String, String, String), Vec<String>> = HashMap::new();
    for lot in places.chunks(LOT) {
        let rows: Vec<(String, String, String, String)> = tag::Entity::find()
            .select_only()
            .column(repository::Column::Namespace)
            .column(repository::Column::Name)
            .column(tag::Column::Digest)
            .column(tag::Column::Name)
            .join(JoinType::InnerJoin, to_repository.clone())
            .filter(tag::Column::Digest.is_in(lot.iter().map(|place| place.3.as_str())))
            .filter(viewer.condition())
            .order_by_asc(tag::Column::Name)
            .limit(5_000)
            .into_tuple()
            .all(&db.read)
            .await?;
        for (namespace, name, digest, tag) in rows {
            let tags = found.entry((namespace, name, digest)).or_default();
            if tags.len() < 5 {
                tags.push(tag);
            }
        }
    }
    Ok(found)
}
