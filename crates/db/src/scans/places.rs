//! Where things are: images by what is in them, the newest first, as far as somebody may see them.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select,
    sea_query::{Expr, Query, SelectStatement},
};

use super::LOT;
use crate::{
    Db, Result,
    entities::{
        chain_component, component, component_licence, finding, image_chain, image_chain_link,
        image_exception, image_scan, layer_file, manifest, repository, tag,
    },
    repositories::Viewer,
};

/// What is looked for in images.
#[derive(Clone, Debug)]
pub enum Sought {
    /// One of these components.
    Components(Vec<i64>),
    /// One of these layers.
    Layers(Vec<String>),
}

/// The most components that one question is about.
pub const MOST_COMPONENTS: u64 = 5_000;

/// The components that have this flaw, by the name it is shown under.
pub async fn with_flaw(db: &Db, identity: &str) -> Result<Vec<i64>> {
    Ok(finding::Entity::find()
        .select_only()
        .column(finding::Column::ComponentId)
        .filter(finding::Column::Identity.eq(identity))
        .limit(MOST_COMPONENTS)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// The components of this name.
pub async fn of_name(db: &Db, name: &str) -> Result<Vec<component::Model>> {
    Ok(component::Entity::find()
        .filter(component::Column::Name.eq(name))
        .order_by_asc(component::Column::Id)
        .limit(MOST_COMPONENTS)
        .all(&db.read)
        .await?)
}

/// The components that may be used under this licence.
pub async fn of_licence(db: &Db, licence: &str) -> Result<Vec<i64>> {
    Ok(component_licence::Entity::find()
        .select_only()
        .column(component_licence::Column::ComponentId)
        .filter(component_licence::Column::Licence.eq(licence))
        .limit(MOST_COMPONENTS)
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// The layers that hold a file of this content (SHA-256 in hex).
pub async fn with_file(db: &Db, sha256: &str) -> Result<Vec<String>> {
    Ok(layer_file::Entity::find()
        .select_only()
        .column(layer_file::Column::Layer)
        .filter(layer_file::Column::Sha256.eq(sha256))
        .limit(MOST_COMPONENTS)
        .into_tuple()
        .all(&db.read)
        .await?)
}

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
    let mut before = after.map(|(image, ..)| *image + 1);
    let mut looked_at = 0;
    let lot = limit.clamp(50, 500);
    loop {
        let images: Vec<i64> = images(sought, before, lot)
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
        found.extend(places);
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

/// The numbers of images that hold what is sought, the newest first, below `before`.
pub(crate) fn images(
    sought: &Sought,
    before: Option<i64>,
    limit: u64,
) -> Select<image_chain_link::Entity> {
    let mut query = image_chain_link::Entity::find()
        .select_only()
        .column(image_chain_link::Column::ImageId)
        .distinct()
        .filter(match sought {
            Sought::Components(ids) => {
                image_chain_link::Column::ChainId.in_subquery(chains_with(ids))
            }
            Sought::Layers(layers) => {
                image_chain_link::Column::ChainId.in_subquery(chains_on(layers))
            }
        })
        .order_by_desc(image_chain_link::Column::ImageId)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(image_chain_link::Column::ImageId.lt(before));
    }
    if let Sought::Components(ids) = sought {
        query = query.filter(really_there(ids));
    }
    query
}

/// Not every component that the image's chains bring is still there. Where one of several is gone, another one may be there: so an image
/// is left out only if it has an exception for each; that is decided by [`components_in`], which is asked for those that are shown.
fn really_there(ids: &[i64]) -> Condition {
    match ids {
        [one] => Condition::all().add(
            image_chain_link::Column::ImageId.not_in_subquery(
                Query::select()
                    .column(image_exception::Column::ImageId)
                    .from(image_exception::Entity)
                    .and_where(image_exception::Column::ComponentId.eq(*one))
                    .and_where(image_exception::Column::Present.eq(false))
                    .to_owned(),
            ),
        ),
        _ => Condition::all(),
    }
}

fn chains_with(components: &[i64]) -> SelectStatement {
    Query::select()
        .column(chain_component::Column::ChainId)
        .from(chain_component::Entity)
        .and_where(chain_component::Column::ComponentId.is_in(components.iter().copied()))
        .to_owned()
}

fn chains_on(layers: &[String]) -> SelectStatement {
    Query::select()
        .column(image_chain::Column::Id)
        .from(image_chain::Entity)
        .and_where(image_chain::Column::Layer.is_in(layers))
        .to_owned()
}

type PlaceRow = (i64, String, String, String, Option<String>, Option<String>);

/// Where these images are, of the repositories that `viewer` sees: newest image first, then by repository.
async fn visible(db: &Db, viewer: &Viewer, images: &[i64]) -> Result<Vec<Place>> {
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

/// Which of these components each of the images has, and the layer that brings it.
pub async fn components_in(
    db: &Db,
    images: &[i64],
    components: &[i64],
) -> Result<Vec<(i64, i64, String)>> {
    let to_chain: RelationDef = image_chain_link::Entity::belongs_to(image_chain::Entity)
        .from(image_chain_link::Column::ChainId)
        .to(image_chain::Column::Id)
        .into();
    let to_components: RelationDef = image_chain_link::Entity::belongs_to(chain_component::Entity)
        .from(image_chain_link::Column::ChainId)
        .to(chain_component::Column::ChainId)
        .into();
    let gone = Query::select()
        .expr(Expr::val(1))
        .from(image_exception::Entity)
        .and_where(
            Expr::col((image_exception::Entity, image_exception::Column::ImageId)).eq(Expr::col((
                image_chain_link::Entity,
                image_chain_link::Column::ImageId,
            ))),
        )
        .and_where(
            Expr::col((
                image_exception::Entity,
                image_exception::Column::ComponentId,
            ))
            .eq(Expr::col((
                chain_component::Entity,
                chain_component::Column::ComponentId,
            ))),
        )
        .and_where(image_exception::Column::Present.eq(false))
        .to_owned();
    let mut found = Vec::new();
    for lot in components.chunks(LOT) {
        let rows: Vec<(i64, i64, String)> = image_chain_link::Entity::find()
            .select_only()
            .column(image_chain_link::Column::ImageId)
            .column(chain_component::Column::ComponentId)
            .column(image_chain::Column::Layer)
            .join(JoinType::InnerJoin, to_components.clone())
            .join(JoinType::InnerJoin, to_chain.clone())
            .filter(image_chain_link::Column::ImageId.is_in(images.iter().copied()))
            .filter(chain_component::Column::ComponentId.is_in(lot.iter().copied()))
            .filter(Expr::exists(gone.clone()).not())
            .into_tuple()
            .all(&db.read)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Components by their numbers.
pub async fn components(db: &Db, ids: &[i64]) -> Result<HashMap<i64, component::Model>> {
    let mut found = HashMap::new();
    for lot in ids.chunks(LOT) {
        let rows = component::Entity::find()
            .filter(component::Column::Id.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}
