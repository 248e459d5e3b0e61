//! What an image is made from: the image that ends where this one goes on.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, sea_query::Query,
};

use super::places::{self, Place};
use crate::{
    Db, Result,
    entities::{image_chain_link, image_scan},
    repositories::Viewer,
};

/// Candidates that are looked at, the newest ones.
const MOST: u64 = 500;

/// Of those that have the same layers, so many are looked at for one with a tag.
const TIES: usize = 25;

/// An image that another one is made from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Base {
    /// Where it is.
    pub place: Place,
    /// How many layers it has.
    pub layers: usize,
}

/// Of the images that `viewer` sees, the one that has most of the layers that the image of this digest begins with, and no others.
pub async fn of(db: &Db, viewer: &Viewer, digest: &str) -> Result<Option<Base>> {
    let chains: Vec<i64> = chains(digest).into_tuple().all(&db.read).await?;
    let Some((_, below)) = chains.split_last() else {
        return Ok(None);
    };
    let candidates: Vec<(i64, i64)> = ending_with(below).into_tuple().all(&db.read).await?;
    let layers = |chain: &i64| {
        below
            .iter()
            .position(|below| below == chain)
            .map(|at| at + 1)
    };
    let layers: HashMap<i64, usize> = candidates
        .iter()
        .filter_map(|(image, chain)| Some((*image, layers(chain)?)))
        .collect();
    let images: Vec<i64> = candidates.iter().map(|(image, _)| *image).collect();
    let rows = places::rows(db, viewer, &images).await?;
    let most = rows.iter().filter_map(|row| layers.get(&row.image)).max();
    let Some(most) = most.copied() else {
        return Ok(None);
    };
    let largest = rows
        .into_iter()
        .filter(|row| layers.get(&row.image) == Some(&most))
        .take(TIES);
    let places = places::tagged(db, largest.collect()).await?;
    let best = places
        .into_iter()
        .max_by_key(|place| (!place.tags.is_empty(), place.image));
    Ok(best.map(|place| Base {
        place,
        layers: most,
    }))
}

/// What the image of this digest is made of, bottom first.
pub(crate) fn chains(digest: &str) -> Select<image_chain_link::Entity> {
    let scan = Query::select()
        .column(image_scan::Column::Id)
        .from(image_scan::Entity)
        .and_where(image_scan::Column::Digest.eq(digest))
        .to_owned();
    image_chain_link::Entity::find()
        .select_only()
        .column(image_chain_link::Column::ChainId)
        .filter(image_chain_link::Column::ImageId.in_subquery(scan))
        .order_by_asc(image_chain_link::Column::Position)
}

pub(crate) fn ending_with(chains: &[i64]) -> Select<image_scan::Entity> {
    image_scan::Entity::find()
        .select_only()
        .column(image_scan::Column::Id)
        .column(image_scan::Column::ChainId)
        .filter(image_scan::Column::ChainId.is_in(chains.iter().copied()))
        .order_by_desc(image_scan::Column::Id)
        .limit(MOST)
}
