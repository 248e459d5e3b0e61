//! Where things are: images by what is in them, the newest first, as far as somebody may see them.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef,
};
use uuid::Uuid;

use super::{
    LOT,
    candidates::Candidates,
    changed::Changed,
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

/// A page of places, and where to go on, if there may be more.
pub type Page = (Vec<Place>, Option<Key>);

/// Which images are meant.
enum Meant<'m> {
    /// Those that hold something, which are among the candidates.
    Holding(&'m Sought, Candidates),
    /// Those that an update changed.
    Changed(&'m Changed),
}

/// A page of images that hold what is sought, behind `after`, of those that `viewer` sees.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    sought: &Sought,
    after: Option<&Key>,
    limit: u64,
) -> Result<Page> {
    let candidates = Candidates::of(db, viewer, sought).await?;
    page(db, viewer, Meant::Holding(sought, candidates), after, limit).await
}

/// A page of images that an update of vulnerability data changed, behind `after`, of those that `viewer` sees.
pub async fn changed(
    db: &Db,
    viewer: &Viewer,
    changed: &Changed,
    after: Option<&Key>,
    limit: u64,
) -> Result<Page> {
    page(db, viewer, Meant::Changed(changed), after, limit).await
}

async fn page(
    db: &Db,
    viewer: &Viewer,
    meant: Meant<'_>,
    after: Option<&Key>,
    limit: u64,
) -> Result<Page> {
    let mut found: Vec<PlaceRow> = Vec::new();
    let mut before = after.map_or(i64::MAX, |(image, ..)| image.saturating_add(1));
    let mut looked_at = 0;
    let mut lot = limit.clamp(50, LOT as u64);
    loop {
        let images = meant.candidates(db, before, lot).await?;
        let Some(last) = images.last().copied() else {
            return Ok((tagged(db, found).await?, None));
        };
        before = last;
        looked_at += images.len() as u64;
        lot = Ord::min(lot * 2, LOT as u64);
        let mut places = rows(db, viewer, &meant.among(db, images).await?).await?;
        if let Some(after) = after {
            places.retain(|place| {
                place.image < after.0 || (&place.namespace, &place.name) > (&after.1, &after.2)
            });
        }
        found.extend(meant.really(db, places).await?);
        if found.len() as u64 > limit {
            found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
            let key = found
                .last()
                .map(|place| (place.image, place.namespace.clone(), place.name.clone()));
            return Ok((tagged(db, found).await?, key));
        }
        if looked_at >= MOST_LOOKED_AT {
            let key = (last, "~".to_owned(), String::new());
            return Ok((tagged(db, found).await?, Some(key)));
        }
    }
}

impl Meant<'_> {
    /// The newest `limit` images that may be meant, below `before`.
    async fn candidates(&self, db: &Db, before: i64, limit: u64) -> Result<Vec<i64>> {
        match self {
            Self::Holding(_, candidates) => candidates.page(db, before, limit).await,
            Self::Changed(changed) => {
                let images = changed.images(before, limit);
                Ok(images.into_tuple().all(&db.read).await?)
            }
        }
    }

    /// Those of them that are meant.
    async fn among(&self, db: &Db, images: Vec<i64>) -> Result<Vec<i64>> {
        match self {
            Self::Holding(sought, _) => {
                Ok(sought.among(&images).into_tuple().all(&db.read).await?)
            }
            Self::Changed(_) => Ok(images),
        }
    }

    async fn really(&self, db: &Db, places: Vec<PlaceRow>) -> Result<Vec<PlaceRow>> {
        match self {
            Self::Holding(sought, _) => really_there(db, sought, places).await,
            Self::Changed(_) => Ok(places),
        }
    }
}

/// Those of the places whose image still has one of the components sought: not all that its layers bring is there in the end.
async fn really_there(db: &Db, sought: &Sought, places: Vec<PlaceRow>) -> Result<Vec<PlaceRow>> {
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

/// An image in a repository, without its tags.
#[derive(FromQueryResult)]
pub(super) struct PlaceRow {
    pub(super) image: i64,
    repository: Uuid,
    namespace: String,
    name: String,
    digest: String,
    os: Option<String>,
    architecture: Option<String>,
    #[sea_orm(skip)]
    brought: Vec<(i64, String)>,
}

/// Where these images are, of the repositories that `viewer` sees: newest image first, then by repository.
pub(super) async fn rows(db: &Db, viewer: &Viewer, images: &[i64]) -> Result<Vec<PlaceRow>> {
    let to_manifest: RelationDef = image_scan::Entity::belongs_to(manifest::Entity)
        .from(image_scan::Column::Digest)
        .to(manifest::Column::Digest)
        .into();
    let to_repository: RelationDef = manifest::Entity::belongs_to(repository::Entity)
        .from(manifest::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    Ok(image_scan::Entity::find()
        .select_only()
        .column_as(image_scan::Column::Id, "image")
        .column_as(repository::Column::Id, "repository")
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
        .into_model()
        .all(&db.read)
        .await?)
}

/// Places whose tags are read together, each repository with each digest.
const TOGETHER: usize = 50;
/// Tags that are read for these, at most.
const MOST_TAGS: u64 = 5_000;
/// Tags that are told of a place.
const TAGS: usize = 5;

/// The places with the tags that point to them.
pub(super) async fn tagged(db: &Db, places: Vec<PlaceRow>) -> Result<Vec<Place>> {
    let mut tags: HashMap<(Uuid, String), Vec<String>> = HashMap::new();
    for lot in places.chunks(TOGETHER) {
        let rows: Vec<(Uuid, String, String)> = tag::Entity::find()
            .select_only()
            .column(tag::Column::RepositoryId)
            .column(tag::Column::Digest)
            .column(tag::Column::Name)
            .filter(tag::Column::RepositoryId.is_in(lot.iter().map(|place| place.repository)))
            .filter(tag::Column::Digest.is_in(lot.iter().map(|place| place.digest.as_str())))
            .order_by_asc(tag::Column::Name)
            .limit(MOST_TAGS)
            .into_tuple()
            .all(&db.read)
            .await?;
        for (repository, digest, tag) in rows {
            let tags = tags.entry((repository, digest)).or_default();
            if tags.len() < TAGS {
                tags.push(tag);
            }
        }
    }
    let places = places.into_iter().map(|place| {
        let key = (place.repository, place.digest);
        let tags = tags.get(&key).cloned().unwrap_or_default();
        Place {
            image: place.image,
            namespace: place.namespace,
            name: place.name,
            digest: key.1,
            os: place.os,
            architecture: place.architecture,
            tags,
            brought: place.brought,
        }
    });
    Ok(places.collect())
}
