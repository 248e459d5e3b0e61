//! Findings that somebody set aside: in a layer, a repository, an organization's repositories, or everywhere.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Statement, Value,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{LOT, Sums};
use crate::{
    Db, Result,
    entities::{finding_override, repository},
    promotions::due,
};

/// Most overrides that one answer considers.
pub const MOST: u64 = 10_000;

/// Sets a finding aside.
pub async fn create(db: &Db, row: finding_override::Model) -> Result<()> {
    let transaction = db.begin().await?;
    let now = row.created_at;
    let made = finding_override::ActiveModel::from(row)
        .reset_all()
        .insert(&transaction)
        .await?;
    due::of_override(&transaction, &made, now).await?;
    db.commit(transaction).await
}

/// Sets findings aside: all of them or none.
pub async fn create_all(db: &Db, rows: Vec<finding_override::Model>) -> Result<()> {
    let transaction = db.begin().await?;
    if rows.is_empty() {
        return Ok(());
    }
    for lot in rows.chunks(LOT) {
        let rows = lot
            .iter()
            .map(|row| finding_override::ActiveModel::from(row.clone()).reset_all());
        finding_override::Entity::insert_many(rows)
            .exec_without_returning(&transaction)
            .await?;
    }
    let mut scopes = HashSet::new();
    for row in &rows {
        if scopes.insert((row.repository_id, row.account_id)) {
            due::of_override(&transaction, row, row.created_at).await?;
        }
    }
    db.commit(transaction).await
}

/// The override of that id.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<finding_override::Model>> {
    Ok(finding_override::Entity::find_by_id(id)
        .one(&db.read)
        .await?)
}

/// Takes an override back. False when there is none.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let found = finding_override::Entity::find_by_id(id);
    let Some(row) = found.one(&transaction).await? else {
        return Ok(false);
    };
    let deleted = finding_override::Entity::delete_by_id(id)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    due::of_override(&transaction, &row, OffsetDateTime::now_utc()).await?;
    db.commit(transaction).await?;
    Ok(true)
}

/// A page of overrides, by id, behind `after`: of those that hold in no repository or account alone, or of one of these.
pub async fn list(
    db: &Db,
    scope: Option<&repository::Model>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<finding_override::Model>> {
    let mut query = finding_override::Entity::find();
    if let Some(repository) = scope {
        query = query.filter(holds_in(repository));
    }
    if let Some(after) = after {
        query = query.filter(finding_override::Column::Id.gt(after));
    }
    Ok(query
        .order_by_asc(finding_override::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?)
}

/// How many a list without end would show.
pub async fn count(db: &Db, scope: Option<&repository::Model>) -> Result<u64> {
    let mut query = finding_override::Entity::find();
    if let Some(repository) = scope {
        query = query.filter(holds_in(repository));
    }
    Ok(query.count(&db.read).await?)
}

/// The overrides that hold in a repository now.
pub async fn of_repository(
    db: &Db,
    repository: &repository::Model,
    now: OffsetDateTime,
) -> Result<Vec<finding_override::Model>> {
    Ok(finding_override::Entity::find()
        .filter(holds_in(repository))
        .filter(
            Condition::any()
                .add(finding_override::Column::ExpiresAt.is_null())
                .add(finding_override::Column::ExpiresAt.gt(now)),
        )
        .order_by_asc(finding_override::Column::Id)
        .limit(MOST)
        .all(&db.read)
        .await?)
}

fn holds_in(repository: &repository::Model) -> Condition {
    Condition::any()
        .add(finding_override::Column::RepositoryId.eq(repository.id))
        .add(finding_override::Column::AccountId.eq(repository.account_id))
        .add(
            Condition::all()
                .add(finding_override::Column::RepositoryId.is_null())
                .add(finding_override::Column::AccountId.is_null()),
        )
}

/// Each finding once, whichever number of overrides sets it aside.
const SET_ASIDE: &str = "SELECT DISTINCT l.image_id AS image_id, f.component_id AS component_id, f.identity AS identity, \
        f.severity AS severity, f.fix AS fix \
    FROM finding_overrides o \
    JOIN components c ON c.name = o.component AND (o.component_version IS NULL OR o.component_version = c.version) \
    JOIN findings f ON f.component_id = c.id AND f.identity = o.cve \
    JOIN chain_components cc ON cc.component_id = c.id \
    JOIN image_chains ch ON ch.id = cc.chain_id AND (o.layer IS NULL OR o.layer = ch.layer) \
    JOIN image_chain_links l ON l.chain_id = ch.id \
    WHERE (o.repository_id = $1 OR o.account_id = $2 OR (o.repository_id IS NULL AND o.account_id IS NULL)) \
    AND (o.expires_at IS NULL OR o.expires_at > $3) \
    AND NOT EXISTS (SELECT 1 FROM image_exceptions e WHERE e.image_id = l.image_id AND e.component_id = c.id AND NOT e.present)";

#[derive(FromQueryResult)]
struct SetAside {
    image_id: i64,
    component_id: i64,
    identity: String,
    severity: i16,
    fix: String,
}

/// How many findings of these images are set aside in the repository, by the image's number.
pub async fn set_aside(
    db: &Db,
    repository: &repository::Model,
    images: &[i64],
    now: OffsetDateTime,
) -> Result<HashMap<i64, Sums>> {
    let mut sums: HashMap<i64, Sums> = HashMap::new();
    let rows = rows(db, repository, images, now).await?;
    for row in rows {
        let counted = sums.entry(row.image_id).or_default();
        *counted = counted.with(row.severity, row.fix == "in");
    }
    Ok(sums)
}

/// Which findings of these images are set aside in the repository: image, component and flaw.
pub(super) async fn set_aside_each(
    db: &Db,
    repository: &repository::Model,
    images: &[i64],
    now: OffsetDateTime,
) -> Result<HashSet<(i64, i64, String)>> {
    let rows = rows(db, repository, images, now).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.image_id, row.component_id, row.identity))
        .collect())
}

async fn rows(
    db: &Db,
    repository: &repository::Model,
    images: &[i64],
    now: OffsetDateTime,
) -> Result<Vec<SetAside>> {
    if images.is_empty() {
        return Ok(Vec::new());
    }
    // numbers of ours, so they may stand in the text
    let list: Vec<String> = images.iter().map(ToString::to_string).collect();
    let sql = format!("{SET_ASIDE} AND l.image_id IN ({})", list.join(","));
    let values: [Value; 3] = [
        repository.id.into(),
        repository.account_id.into(),
        now.into(),
    ];
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    Ok(SetAside::find_by_statement(statement).all(&db.read).await?)
}
