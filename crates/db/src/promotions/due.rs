//! Which tags promotion policies have to look at. A tag becomes due in the transaction of what may change a verdict: when it is set,
//! when its image was scanned or judged again, when a finding is set aside. It stops being due when all policies were asked, unless
//! it became due once more meanwhile; so whoever dies in between leaves it due, and nothing is forgotten.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value,
    sea_query::{Expr, Query, SelectStatement},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{finding_override, promotion_policy, repository, tag},
};

/// The sources of enabled policies.
fn sources() -> SelectStatement {
    Query::select()
        .column(promotion_policy::Column::SourceId)
        .from(promotion_policy::Entity)
        .and_where(promotion_policy::Column::Enabled.eq(true))
        .to_owned()
}

/// When a tag of a repository that is set at `now` is due: at once, or, where no policy looks at the repository, never.
pub(crate) fn of_pushed(repository: Uuid, now: OffsetDateTime) -> Expr {
    let looked_at = sources()
        .and_where(promotion_policy::Column::SourceId.eq(repository))
        .to_owned();
    Expr::case(Expr::exists(looked_at), Expr::val(now)).into()
}

/// All tags of a repository.
pub(super) async fn all_of<C: ConnectionTrait>(
    connection: &C,
    source: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    tag::Entity::update_many()
        .col_expr(tag::Column::DueAt, Expr::val(now))
        .filter(tag::Column::RepositoryId.eq(source))
        .exec(connection)
        .await?;
    Ok(())
}

const SOURCES: &str = "repository_id IN (SELECT source_id FROM promotion_policies WHERE enabled)";

/// The tags of an image, and of the indexes that it is in.
pub(crate) async fn of_image<C: ConnectionTrait>(
    connection: &C,
    digest: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let sql = format!(
        "UPDATE tags SET due_at = $1 WHERE {SOURCES} AND (digest = $2 OR EXISTS (SELECT 1 FROM manifest_children c \
         WHERE c.repository_id = tags.repository_id AND c.parent_digest = tags.digest AND c.child_digest = $2))"
    );
    let values: [Value; 2] = [now.into(), digest.into()];
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    connection.execute_raw(statement).await?;
    Ok(())
}

/// The tags of the images that a generation of vulnerability data changed, and of the indexes that they are in; without one, all.
pub async fn of_generation(db: &Db, generation: Option<i64>, now: OffsetDateTime) -> Result<()> {
    let changed = "SELECT s.digest FROM image_changes c JOIN image_scans s ON s.id = c.image_id WHERE c.generation = $2";
    let mut sql = format!("UPDATE tags SET due_at = $1 WHERE {SOURCES}");
    let mut values: Vec<Value> = vec![now.into()];
    if let Some(generation) = generation {
        values.push(generation.into());
        sql.push_str(&format!(
            " AND (digest IN ({changed}) OR EXISTS (SELECT 1 FROM manifest_children m \
             WHERE m.repository_id = tags.repository_id AND m.parent_digest = tags.digest AND m.child_digest IN ({changed})))"
        ));
    }
    let transaction = db.begin().await?;
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    transaction.execute_raw(statement).await?;
    db.commit(transaction).await
}

/// The tags in which an override sets a finding aside, or no longer does: all of its repository, of its namespace, or everywhere.
pub(crate) async fn of_override<C: ConnectionTrait>(
    connection: &C,
    row: &finding_override::Model,
    now: OffsetDateTime,
) -> Result<()> {
    let mut update = tag::Entity::update_many()
        .col_expr(tag::Column::DueAt, Expr::val(now))
        .filter(tag::Column::RepositoryId.in_subquery(sources()));
    if let Some(repository) = row.repository_id {
        update = update.filter(tag::Column::RepositoryId.eq(repository));
    } else if let Some(account) = row.account_id {
        let theirs = Query::select()
            .column(repository::Column::Id)
            .from(repository::Entity)
            .and_where(repository::Column::AccountId.eq(account))
            .to_owned();
        update = update.filter(tag::Column::RepositoryId.in_subquery(theirs));
    }
    update.exec(connection).await?;
    Ok(())
}

/// The tags that have been due longest.
pub async fn next(db: &Db, now: OffsetDateTime, limit: u64) -> Result<Vec<tag::Model>> {
    Ok(tag::Entity::find()
        .filter(tag::Column::DueAt.lte(now))
        .order_by_asc(tag::Column::DueAt)
        .limit(limit)
        .all(&db.read)
        .await?)
}

/// A tag was looked at: it is not due any more, or only at `again`, unless it became due once more since it was read.
pub async fn done(db: &Db, row: &tag::Model, again: Option<OffsetDateTime>) -> Result<()> {
    let transaction = db.begin().await?;
    tag::Entity::update_many()
        .col_expr(tag::Column::DueAt, Expr::val(again))
        .filter(tag::Column::RepositoryId.eq(row.repository_id))
        .filter(tag::Column::Name.eq(row.name.as_str()))
        .filter(tag::Column::DueAt.eq(row.due_at))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
}
