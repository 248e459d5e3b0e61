//! What is known of images: their sums, for lists and pages.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef, Select,
    sea_query::Query,
};
use uuid::Uuid;

use super::{LOT, Sums};
use crate::{
    Change, Db, Result, changes,
    entities::{image_scan, image_sum, manifest_child, tag},
};

/// A scan, and what it found.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How far it is.
    pub scan: image_scan::Model,
    /// Its findings; none where it never came to its end.
    pub sums: Sums,
}

/// The scans of these manifests, by digest; those that nobody asked for are not there.
pub async fn of_images(
    db: &Db,
    digests: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Summary>> {
    let digests: Vec<&str> = digests.into_iter().collect();
    let mut found = HashMap::with_capacity(digests.len());
    for lot in digests.chunks(LOT) {
        let rows: Vec<(image_scan::Model, Option<image_sum::Model>)> = image_scan::Entity::find()
            .join(JoinType::LeftJoin, to_sums())
            .select_also(image_sum::Entity)
            .filter(image_scan::Column::Digest.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|(scan, sums)| {
            let sums = sums.map(Sums::from).unwrap_or_default();
            (scan.digest.clone(), Summary { scan, sums })
        }));
    }
    Ok(found)
}

/// From a scan to its sums.
pub(super) fn to_sums() -> RelationDef {
    image_scan::Entity::belongs_to(image_sum::Entity)
        .from(image_scan::Column::Id)
        .to(image_sum::Column::ImageId)
        .into()
}

/// Pages that are told of one scan, at most.
const MOST_TOLD: u64 = 200;
/// Tags that webhooks are told of, at most, when one image is scanned.
const MOST_TAGS: u64 = 5_000;

/// Repositories where a scan is recorded, at most.
const MOST_PLACES: u64 = 20;

/// The repositories in which an image, or an index that lists it, has a tag: at most 20.
pub async fn places(db: &Db, digest: &str) -> Result<Vec<Uuid>> {
    Ok(tagged(digest)
        .select_only()
        .column(tag::Column::RepositoryId)
        .distinct()
        .limit(MOST_PLACES)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// The tags of an image, in whichever repository, and those of the indexes that list it.
pub async fn tags_of(db: &Db, digest: &str) -> Result<Vec<tag::Model>> {
    Ok(tagged(digest).limit(MOST_TAGS).all(&db.read).await?)
}

fn tagged(digest: &str) -> Select<tag::Entity> {
    let indexes = Query::select()
        .column(manifest_child::Column::ParentDigest)
        .from(manifest_child::Entity)
        .and_where(manifest_child::Column::ChildDigest.eq(digest))
        .to_owned();
    tag::Entity::find().filter(
        Condition::any()
            .add(tag::Column::Digest.eq(digest))
            .add(tag::Column::Digest.in_subquery(indexes)),
    )
}

/// What these indexes list, by their digests, in whichever of the repositories they are; what is no index is not there.
pub async fn listed_in(
    db: &Db,
    repositories: impl IntoIterator<Item = Uuid>,
    indexes: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, BTreeSet<String>>> {
    let repositories: Vec<Uuid> = repositories.into_iter().collect();
    let indexes: Vec<&str> = indexes.into_iter().collect();
    let mut listed: HashMap<String, BTreeSet<String>> = HashMap::new();
    for lot in indexes.chunks(LOT) {
        let pairs: Vec<(String, String)> = manifest_child::Entity::find()
            .select_only()
            .column(manifest_child::Column::ParentDigest)
            .column(manifest_child::Column::ChildDigest)
            .filter(manifest_child::Column::RepositoryId.is_in(repositories.iter().copied()))
            .filter(manifest_child::Column::ParentDigest.is_in(lot.iter().copied()))
            .into_tuple()
            .all(&db.read)
            .await?;
        for (index, image) in pairs {
            listed.entry(index).or_default().insert(image);
        }
    }
    Ok(listed)
}

/// Tells the pages that show an image that there is news of its scan: those of its tags, and of the tags of indexes that list it.
pub async fn announce(db: &Db, digest: &str) -> Result<()> {
    let tags = tagged(digest).limit(MOST_TOLD).all(&db.read).await?;
    for tag in tags {
        let change = Change {
            repository: tag.repository_id,
            tag: tag.name,
            digest: Some(tag.digest),
        };
        changes::notify(&db.write, change.clone()).await?;
        db.publish(change);
    }
    Ok(())
}
