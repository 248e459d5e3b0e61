//! What is known of images: their sums, for lists and pages.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::Query};

use super::LOT;
use crate::{
    Change, Db, Result, changes,
    entities::{image_scan, manifest_child, tag},
};

/// The scans of these manifests, by digest; those that nobody asked for are not there.
pub async fn of_images(
    db: &Db,
    digests: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, image_scan::Model>> {
    let digests: Vec<&str> = digests.into_iter().collect();
    let mut found = HashMap::with_capacity(digests.len());
    for lot in digests.chunks(LOT) {
        let rows = image_scan::Entity::find()
            .filter(image_scan::Column::Digest.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.digest.clone(), row)));
    }
    Ok(found)
}

/// Pages that are told of one scan, at most.
const MOST_TOLD: u64 = 200;

/// Tells the pages that show an image that there is news of its scan: those of its tags, and of the tags of indexes that list it.
pub async fn announce(db: &Db, digest: &str) -> Result<()> {
    let indexes = Query::select()
        .column(manifest_child::Column::ParentDigest)
        .from(manifest_child::Entity)
        .and_where(manifest_child::Column::ChildDigest.eq(digest))
        .to_owned();
    let tags = tag::Entity::find()
        .filter(
            Condition::any()
                .add(tag::Column::Digest.eq(digest))
                .add(tag::Column::Digest.in_subquery(indexes)),
        )
        .limit(MOST_TOLD)
        .all(&db.read)
        .await?;
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
