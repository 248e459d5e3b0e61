//! What goes with an image when it is promoted.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

use super::perform::{LOT, MOST, Order};
use crate::{
    Result,
    entities::{manifest, manifest_child},
};

/// The manifest and all that goes with it: the manifests of an index, and what refers to any of them; or why it cannot go.
pub(super) async fn closure(
    transaction: &DatabaseTransaction,
    order: &Order,
) -> Result<Result<BTreeSet<String>, String>> {
    let source = order.tag.repository_id;
    let mut all = BTreeSet::from([order.tag.digest.clone()]);
    let mut new: Vec<String> = all.iter().cloned().collect();
    while !new.is_empty() && all.len() <= MOST {
        let mut next: Vec<String> = Vec::new();
        for lot in new.chunks(LOT) {
            let children: Vec<String> = manifest_child::Entity::find()
                .select_only()
                .column(manifest_child::Column::ChildDigest)
                .filter(manifest_child::Column::RepositoryId.eq(source))
                .filter(manifest_child::Column::ParentDigest.is_in(lot))
                .into_tuple()
                .all(transaction)
                .await?;
            next.extend(children);
        }
        next.retain(|digest| all.insert(digest.clone()));
        new = next;
    }
    let digests: Vec<&String> = all.iter().collect();
    let mut there = 0;
    for lot in digests.chunks(LOT) {
        there += manifest::Entity::find()
            .filter(manifest::Column::RepositoryId.eq(source))
            .filter(manifest::Column::Digest.is_in(lot.iter().copied()))
            .count(transaction)
            .await?;
    }
    if there < all.len() as u64 {
        let reason = "a manifest of the index is not in the source any more; push it again";
        return Ok(Err(reason.to_owned()));
    }
    if order.referrers {
        refer(transaction, source, &mut all).await?;
    }
    if all.len() > MOST {
        return Ok(Err(format!(
            "more than {MOST} manifests would have to go with the image; promote it without what refers to it"
        )));
    }
    Ok(Ok(all))
}

/// Adds what refers to any of these, and to that, and so on: what says something of an image, and nothing that could be run, which no
/// policy has looked at.
async fn refer(
    transaction: &DatabaseTransaction,
    source: Uuid,
    all: &mut BTreeSet<String>,
) -> Result<()> {
    let mut new: Vec<String> = all.iter().cloned().collect();
    while !new.is_empty() && all.len() <= MOST {
        let mut next: Vec<String> = Vec::new();
        for lot in new.chunks(LOT) {
            let referrers: Vec<(String, Vec<u8>)> = manifest::Entity::find()
                .select_only()
                .columns([manifest::Column::Digest, manifest::Column::Content])
                .filter(manifest::Column::RepositoryId.eq(source))
                .filter(manifest::Column::SubjectDigest.is_in(lot))
                .limit(MOST as u64 + 1)
                .into_tuple()
                .all(transaction)
                .await?;
            let evidence = referrers
                .into_iter()
                .filter(|(_, content)| is_evidence(content));
            next.extend(evidence.map(|(digest, _)| digest));
        }
        next.retain(|digest| all.insert(digest.clone()));
        new = next;
    }
    Ok(())
}

/// Whether a manifest only says something of another: it has no layer of a file system, and is no index.
#[must_use]
pub fn is_evidence(content: &[u8]) -> bool {
    oci::manifest::parse(None, content).is_ok_and(|manifest| {
        let mut layers = manifest.layers.iter();
        !manifest.is_index() && !layers.any(|layer| layer.media_type.contains("tar"))
    })
}
