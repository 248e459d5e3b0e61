//! What is looked for in images: components by their flaw, licence or number, and layers.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationDef, Select,
    sea_query::{Expr, Query, SelectStatement, SimpleExpr},
};

use crate::{
    Db, Result,
    entities::{
        advisory_name, chain_component, component, component_licence, finding, image_chain,
        image_chain_link, image_exception, layer_file,
    },
};

/// What is looked for in images.
#[derive(Clone, Debug)]
pub enum Sought {
    /// Components that have one of these flaws, by the names they are shown under.
    Flaws(Vec<String>),
    /// Components that may be used under this licence.
    Licence(String),
    /// One of these components.
    Components(Vec<i64>),
    /// One of these layers.
    Layers(Vec<String>),
}

/// What of it some images have.
pub(super) enum Brought {
    /// By image: components, and the layer that brings each.
    Components(HashMap<i64, Vec<(i64, String)>>),
    /// Layers have nothing that could be gone.
    Layers,
}

/// The most components, layers or records that one question is about.
pub const MOST: u64 = 5_000;

/// The names under which a flaw is shown that is called `name`, by itself or by a record: none where no component has it.
pub async fn identities(db: &Db, name: &str) -> Result<Vec<String>> {
    let is_shown = finding::Entity::find()
        .filter(finding::Column::Identity.eq(name))
        .one(&db.read)
        .await?
        .is_some();
    if is_shown {
        return Ok(vec![name.to_owned()]);
    }
    let rows: Vec<finding::Model> = called(name).all(&db.read).await?;
    let mut shown: Vec<String> = rows
        .into_iter()
        .filter(|row| has(&row.aliases, name) || has(&row.records, name))
        .map(|row| row.identity)
        .collect();
    shown.sort_unstable();
    shown.dedup();
    Ok(shown)
}

fn has(list: &serde_json::Value, name: &str) -> bool {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().any(|one| one.as_str() == Some(name))
}

/// Findings of the flaws that a record of this name names, too.
pub(crate) fn called(name: &str) -> Select<finding::Entity> {
    let records = Query::select()
        .column(advisory_name::Column::AdvisoryId)
        .from(advisory_name::Entity)
        .and_where(advisory_name::Column::Name.eq(name))
        .to_owned();
    let names = Query::select()
        .column(advisory_name::Column::Name)
        .from(advisory_name::Entity)
        .and_where(advisory_name::Column::AdvisoryId.in_subquery(records))
        .to_owned();
    finding::Entity::find()
        .filter(finding::Column::Identity.in_subquery(names))
        .limit(MOST)
}

/// The components of one of these names.
pub async fn of_names(db: &Db, names: &[String]) -> Result<Vec<component::Model>> {
    Ok(named(names).all(&db.read).await?)
}

pub(crate) fn named(names: &[String]) -> Select<component::Entity> {
    component::Entity::find()
        .filter(component::Column::Name.is_in(names))
        .limit(MOST)
}

/// The layers that hold a file of this content (SHA-256 in hex).
pub async fn with_file(db: &Db, sha256: &str) -> Result<Vec<String>> {
    Ok(holding(sha256).into_tuple().all(&db.read).await?)
}

pub(crate) fn holding(sha256: &str) -> Select<layer_file::Entity> {
    layer_file::Entity::find()
        .select_only()
        .column(layer_file::Column::Layer)
        .filter(layer_file::Column::Sha256.eq(sha256))
        .limit(MOST)
}

/// Images that are asked about together.
const IMAGES: usize = 50;

impl Sought {
    /// The images with a layer that brings it, in no order, some more than once.
    pub(crate) fn holders(&self) -> Select<image_chain::Entity> {
        let to_components: RelationDef = image_chain::Entity::belongs_to(chain_component::Entity)
            .from(image_chain::Column::Id)
            .to(chain_component::Column::ChainId)
            .into();
        let to_images: RelationDef = image_chain::Entity::belongs_to(image_chain_link::Entity)
            .from(image_chain::Column::Id)
            .to(image_chain_link::Column::ChainId)
            .into();
        let query = image_chain::Entity::find()
            .select_only()
            .column(image_chain_link::Column::ImageId)
            .join(JoinType::InnerJoin, to_images);
        match self.of_component(component_of_chain()) {
            Some(is_sought) => query
                .join(JoinType::InnerJoin, to_components)
                .filter(is_sought),
            None => query.filter(image_chain::Column::Layer.is_in(self.layers())),
        }
    }

    /// The images that have it besides what their layers were known to bring when they were read first. `None` where layers are sought.
    pub(crate) fn besides(&self) -> Option<Select<image_exception::Entity>> {
        let number = Expr::col((
            image_exception::Entity,
            image_exception::Column::ComponentId,
        ));
        let is_sought = self.of_component(number)?;
        let query = image_exception::Entity::find()
            .select_only()
            .column(image_exception::Column::ImageId)
            .filter(image_exception::Column::Present.eq(true))
            .filter(is_sought);
        Some(query)
    }

    /// Those of `images` with a layer that brings it, or that have it besides.
    pub(crate) fn among(&self, images: &[i64]) -> Select<image_chain_link::Entity> {
        let link = (image_chain_link::Entity, image_chain_link::Column::ChainId);
        let brings = match self.of_component(component_of_chain()) {
            Some(is_sought) => Query::select()
                .expr(Expr::val(1))
                .from(chain_component::Entity)
                .and_where(
                    Expr::col((chain_component::Entity, chain_component::Column::ChainId))
                        .equals(link),
                )
                .and_where(is_sought)
                .to_owned(),
            None => Query::select()
                .expr(Expr::val(1))
                .from(image_chain::Entity)
                .and_where(Expr::col((image_chain::Entity, image_chain::Column::Id)).equals(link))
                .and_where(image_chain::Column::Layer.is_in(self.layers()))
                .to_owned(),
        };
        let mut has = Condition::any().add(Expr::exists(brings));
        if let Some(besides) = self.besides() {
            let same = Expr::col((image_exception::Entity, image_exception::Column::ImageId))
                .equals((image_chain_link::Entity, image_chain_link::Column::ImageId));
            has = has.add(Expr::exists(QueryTrait::into_query(besides.filter(same))));
        }
        image_chain_link::Entity::find()
            .select_only()
            .column(image_chain_link::Column::ImageId)
            .distinct()
            .filter(image_chain_link::Column::ImageId.is_in(images.iter().copied()))
            .filter(has)
    }

    fn layers(&self) -> &[String] {
        match self {
            Self::Layers(layers) => layers,
            _ => &[],
        }
    }

    /// That `number` is of a component that is sought; `None` where layers are.
    fn of_component(&self, number: SimpleExpr) -> Option<SimpleExpr> {
        let among = |select: SelectStatement| number.clone().in_subquery(select);
        Some(match self {
            Self::Flaws(names) => among(
                Query::select()
                    .column(finding::Column::ComponentId)
                    .from(finding::Entity)
                    .and_where(finding::Column::Identity.is_in(names))
                    .to_owned(),
            ),
            Self::Licence(licence) => among(
                Query::select()
                    .column(component_licence::Column::ComponentId)
                    .from(component_licence::Entity)
                    .and_where(component_licence::Column::Licence.eq(licence))
                    .to_owned(),
            ),
            Self::Components(ids) => number.is_in(ids.iter().copied()),
            Self::Layers(_) => return None,
        })
    }

    /// Which of the components sought each of these images has in the end, and the layer that brings it; empty where that is not known.
    pub(super) async fn brought(&self, db: &Db, images: &[i64]) -> Result<Brought> {
        let mut found: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
        for lot in images.chunks(IMAGES) {
            let Some(query) = self.present(lot) else {
                return Ok(Brought::Layers);
            };
            let rows: Vec<(i64, i64, String)> = query.into_tuple().all(&db.read).await?;
            for (image, component, layer) in rows {
                found.entry(image).or_default().push((component, layer));
            }
            let Some(besides) = self.besides() else {
                continue;
            };
            let rows: Vec<(i64, i64)> = besides
                .column(image_exception::Column::ComponentId)
                .filter(image_exception::Column::ImageId.is_in(lot.iter().copied()))
                .into_tuple()
                .all(&db.read)
                .await?;
            for (image, component) in rows {
                found
                    .entry(image)
                    .or_default()
                    .push((component, String::new()));
            }
        }
        Ok(Brought::Components(found))
    }

    pub(crate) fn present(&self, images: &[i64]) -> Option<Select<image_chain_link::Entity>> {
        let to_chain: RelationDef = image_chain_link::Entity::belongs_to(image_chain::Entity)
            .from(image_chain_link::Column::ChainId)
            .to(image_chain::Column::Id)
            .into();
        let to_components: RelationDef =
            image_chain_link::Entity::belongs_to(chain_component::Entity)
                .from(image_chain_link::Column::ChainId)
                .to(chain_component::Column::ChainId)
                .into();
        // the sum keeps SQLite from beginning with all chains that have the component
        let is_sought = self.of_component(component_of_chain().add(0))?;
        let query = image_chain_link::Entity::find()
            .select_only()
            .column(image_chain_link::Column::ImageId)
            .column(chain_component::Column::ComponentId)
            .column(image_chain::Column::Layer)
            .join(JoinType::InnerJoin, to_components)
            .join(JoinType::InnerJoin, to_chain)
            .filter(image_chain_link::Column::ImageId.is_in(images.iter().copied()))
            .filter(is_sought)
            .filter(Condition::all().not().add(Expr::exists(gone())));
        Some(query)
    }
}

fn component_of_chain() -> SimpleExpr {
    Expr::col((
        chain_component::Entity,
        chain_component::Column::ComponentId,
    ))
}

/// That a later layer took the component away.
fn gone() -> SelectStatement {
    let same = |of: SimpleExpr, link: SimpleExpr| of.eq(link);
    Query::select()
        .expr(Expr::val(1))
        .from(image_exception::Entity)
        .and_where(same(
            Expr::col((image_exception::Entity, image_exception::Column::ImageId)),
            Expr::col((image_chain_link::Entity, image_chain_link::Column::ImageId)),
        ))
        .and_where(same(
            Expr::col((
                image_exception::Entity,
                image_exception::Column::ComponentId,
            )),
            Expr::col((
                chain_component::Entity,
                chain_component::Column::ComponentId,
            )),
        ))
        .and_where(image_exception::Column::Present.eq(false))
        .to_owned()
}

/// Components by their numbers.
pub async fn components(db: &Db, ids: &[i64]) -> Result<HashMap<i64, component::Model>> {
    let mut found = HashMap::new();
    for lot in ids.chunks(super::LOT) {
        let rows = component::Entity::find()
            .filter(component::Column::Id.is_in(lot.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// The findings of these components that are one of these flaws.
pub async fn findings(db: &Db, ids: &[i64], flaws: &[String]) -> Result<Vec<finding::Model>> {
    let mut found = Vec::new();
    for lot in ids.chunks(super::LOT) {
        found.extend(
            finding::Entity::find()
                .filter(finding::Column::ComponentId.is_in(lot.iter().copied()))
                .filter(finding::Column::Identity.is_in(flaws))
                .all(&db.read)
                .await?,
        );
    }
    Ok(found)
}

/// What these components may be used under, by number.
pub async fn licences(db: &Db, ids: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for lot in ids.chunks(super::LOT) {
        let rows = component_licence::Entity::find()
            .filter(component_licence::Column::ComponentId.is_in(lot.iter().copied()))
            .order_by_asc(component_licence::Column::Licence)
            .all(&db.read)
            .await?;
        for row in rows {
            found.entry(row.component_id).or_default().push(row.licence);
        }
    }
    Ok(found)
}
