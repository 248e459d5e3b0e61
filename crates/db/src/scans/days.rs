//! The registry in numbers: how many findings there are today and on the days before, and where most of them are.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, FromQueryResult, JoinType, Order, QueryFilter,
    QueryOrder, QuerySelect, RelationDef,
    sea_query::{Alias, CaseStatement, Expr, OnConflict, Query, SimpleExpr},
};

use super::summary::to_sums;
use crate::{
    Db, Result,
    entities::{image_scan, image_sum, manifest, repository, security_day},
};

/// The days that are kept: two years.
const KEPT: u64 = 731;

#[derive(Debug, FromQueryResult)]
struct Total {
    images: i64,
    clean: Option<i64>,
    critical: Option<i64>,
    major: Option<i64>,
    minor: Option<i64>,
    unspecified: Option<i64>,
    fixable: Option<i64>,
}

/// The sums of all images that were scanned and are still somewhere, as the row of `day` (`2026-11-26`).
pub async fn sum_up(db: &Db, day: &str) -> Result<security_day::Model> {
    use image_scan::Column;
    let somewhere = Query::select()
        .column(manifest::Column::Digest)
        .from(manifest::Entity)
        .and_where(
            Expr::col((manifest::Entity, manifest::Column::Digest))
                .eq(Expr::col((image_scan::Entity, Column::Digest))),
        )
        .to_owned();
    let mut query = image_scan::Entity::find()
        .join(JoinType::InnerJoin, to_sums())
        .select_only()
        .column_as(Column::Id.count(), "images")
        .column_as(total(is_clean()), "clean")
        .filter(Column::DetectorVersion.gt(0))
        .filter(Expr::exists(somewhere));
    for (column, name) in SEVERITIES {
        query = query.column_as(total(Expr::col((image_sum::Entity, column))), name);
    }
    let total: Option<Total> = query.into_model().one(&db.read).await?;
    let count = |of: fn(&Total) -> Option<i64>| total.as_ref().and_then(of).unwrap_or_default();
    Ok(security_day::Model {
        day: day.to_owned(),
        images: count(|total| Some(total.images)),
        clean: count(|total| total.clean),
        critical: count(|total| total.critical),
        major: count(|total| total.major),
        minor: count(|total| total.minor),
        unspecified: count(|total| total.unspecified),
        fixable: count(|total| total.fixable),
    })
}

const SEVERITIES: [(image_sum::Column, &str); 5] = [
    (image_sum::Column::Critical, "critical"),
    (image_sum::Column::Major, "major"),
    (image_sum::Column::Minor, "minor"),
    (image_sum::Column::Unspecified, "unspecified"),
    (image_sum::Column::Fixable, "fixable"),
];

/// Both databases answer a sum as another type than it is kept in, unless they are told.
fn total(of: SimpleExpr) -> SimpleExpr {
    of.sum().cast_as(Alias::new("bigint"))
}

/// 1 for an image that was read to its end and has no finding.
fn is_clean() -> SimpleExpr {
    use image_sum::Column;
    let condition = Condition::all()
        .add(Column::Critical.eq(0))
        .add(Column::Major.eq(0))
        .add(Column::Minor.eq(0))
        .add(Column::Unspecified.eq(0))
        .add(image_scan::Column::ForeignLayers.eq(false))
        .add(image_scan::Column::Incomplete.is_null());
    CaseStatement::new().case(condition, 1).finally(0).into()
}

/// Keeps the row of a day, in the place of an earlier one.
pub async fn keep(db: &Db, row: security_day::Model) -> Result<()> {
    use security_day::Column;
    let transaction = db.begin().await?;
    security_day::Entity::insert(security_day::ActiveModel::from(row))
        .on_conflict(
            OnConflict::column(Column::Day)
                .update_columns([
                    Column::Images,
                    Column::Clean,
                    Column::Critical,
                    Column::Major,
                    Column::Minor,
                    Column::Unspecified,
                    Column::Fixable,
                ])
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    let oldest: Option<String> = security_day::Entity::find()
        .select_only()
        .column(Column::Day)
        .order_by_desc(Column::Day)
        .offset(KEPT)
        .limit(1)
        .into_tuple()
        .one(&transaction)
        .await?;
    if let Some(oldest) = oldest {
        security_day::Entity::delete_many()
            .filter(Column::Day.lte(oldest))
            .exec(&transaction)
            .await?;
    }
    db.commit(transaction).await
}

/// The last `limit` days before `day`, the oldest first.
pub async fn before(db: &Db, day: &str, limit: u64) -> Result<Vec<security_day::Model>> {
    let mut days = security_day::Entity::find()
        .filter(security_day::Column::Day.lt(day))
        .order_by_desc(security_day::Column::Day)
        .limit(limit)
        .all(&db.read)
        .await?;
    days.reverse();
    Ok(days)
}

/// The sums of a repository.
#[derive(Clone, Debug, Eq, FromQueryResult, PartialEq)]
pub struct OfRepository {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Images that were scanned.
    pub images: i64,
    /// Findings of this severity, counted in each image.
    pub critical: i64,
    /// Findings of this severity, counted in each image.
    pub major: i64,
    /// Findings of this severity, counted in each image.
    pub minor: i64,
    /// Findings whose severity nobody said, counted in each image.
    pub unspecified: i64,
    /// Findings with a version that has the fix.
    pub fixable: i64,
}

/// The repositories with the most critical findings, then major ones.
pub async fn worst(db: &Db, limit: u64) -> Result<Vec<OfRepository>> {
    use image_scan::Column;
    use image_sum::Column as Sum;
    let to_manifest: RelationDef = image_scan::Entity::belongs_to(manifest::Entity)
        .from(Column::Digest)
        .to(manifest::Column::Digest)
        .into();
    let to_repository: RelationDef = manifest::Entity::belongs_to(repository::Entity)
        .from(manifest::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let mut query = image_scan::Entity::find()
        .select_only()
        .column(repository::Column::Namespace)
        .column(repository::Column::Name)
        .column_as(Column::Id.count(), "images")
        .join(JoinType::InnerJoin, to_sums())
        .join(JoinType::InnerJoin, to_manifest)
        .join(JoinType::InnerJoin, to_repository)
        .filter(Column::DetectorVersion.gt(0))
        .filter(
            Condition::any()
                .add(Sum::Critical.gt(0))
                .add(Sum::Major.gt(0))
                .add(Sum::Minor.gt(0))
                .add(Sum::Unspecified.gt(0)),
        )
        .group_by(repository::Column::Namespace)
        .group_by(repository::Column::Name);
    for (column, name) in SEVERITIES {
        query = query.column_as(total(Expr::col((image_sum::Entity, column))), name);
    }
    for column in [Sum::Critical, Sum::Major, Sum::Minor] {
        query = query.order_by(Expr::col((image_sum::Entity, column)).sum(), Order::Desc);
    }
    Ok(query
        .order_by_asc(repository::Column::Namespace)
        .order_by_asc(repository::Column::Name)
        .limit(limit)
        .into_model()
        .all(&db.read)
        .await?)
}
