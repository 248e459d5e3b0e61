//! Which tags promotion policies have to look at. A tag becomes due in the transaction of what may change a verdict: when it is set,
//! when its image was scanned or judged again, when a finding is set aside. It stops being due when all policies were asked, unless
//! it became due once more meanwhile; so whoever dies in between leaves it due, and nothing is forgotten.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Statement, Value,
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
    let statement = with_image(connection.get_database_backend(), digest, now);
    connection.execute_raw(statement).await?;
    Ok(())
}

fn with_image(backend: DatabaseBackend, digest: &str, now: OffsetDateTime) -> Statement {
    let sql = above("SELECT repository_id, digest FROM manifests WHERE digest = $2");
    let values: [Value; 2] = [now.into(), digest.into()];
    Statement::from_sql_and_values(backend, sql, values)
}

/// Makes the tags of these manifests due, and those of the indexes that they are in, however deep.
fn above(manifests: &str) -> String {
    format!(
        "WITH RECURSIVE up(repository_id, digest) AS ({manifests} UNION SELECT c.repository_id, c.parent_digest \
         FROM up JOIN manifest_children c ON c.repository_id = up.repository_id AND c.child_digest = up.digest) \
         UPDATE tags SET due_at = $1 WHERE {SOURCES} AND (repository_id, digest) IN (SELECT repository_id, digest FROM up)"
    )
}

/// The manifests whose image generation `$2` changed.
const CHANGED: &str = "SELECT m.repository_id, m.digest FROM image_changes c JOIN image_scans s ON s.id = c.image_id \
    JOIN manifests m ON m.digest = s.digest WHERE c.generation = $2";

/// The tags of the images that a generation of vulnerability data changed, and of the indexes that they are in; without one, all.
pub async fn of_generation(db: &Db, generation: Option<i64>, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    let statement = with_changed(db.backend(), generation, now);
    transaction.execute_raw(statement).await?;
    db.commit(transaction).await
}

fn with_changed(
    backend: DatabaseBackend,
    generation: Option<i64>,
    now: OffsetDateTime,
) -> Statement {
    let mut values: Vec<Value> = vec![now.into()];
    let sql = if let Some(generation) = generation {
        values.push(generation.into());
        above(CHANGED)
    } else {
        format!("UPDATE tags SET due_at = $1 WHERE {SOURCES}")
    };
    Statement::from_sql_and_values(backend, sql, values)
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

/// The tags of the repositories whose policies promote to this one: what was refused may be allowed now.
pub(crate) async fn of_target<C: ConnectionTrait>(
    connection: &C,
    target: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    let sources = sources()
        .and_where(promotion_policy::Column::TargetId.eq(target))
        .to_owned();
    tag::Entity::update_many()
        .col_expr(tag::Column::DueAt, Expr::val(now))
        .filter(tag::Column::RepositoryId.in_subquery(sources))
        .exec(connection)
        .await?;
    Ok(())
}

/// The tags of a repository that point to these manifests: whether they are signed has changed.
pub(crate) async fn of_digests<C: ConnectionTrait>(
    connection: &C,
    repository: Uuid,
    digests: &[String],
    now: OffsetDateTime,
) -> Result<()> {
    tag::Entity::update_many()
        .col_expr(tag::Column::DueAt, Expr::val(now))
        .filter(tag::Column::RepositoryId.eq(repository))
        .filter(tag::Column::RepositoryId.in_subquery(sources()))
        .filter(tag::Column::Digest.is_in(digests.iter().map(String::as_str)))
        .exec(connection)
        .await?;
    Ok(())
}

/// The tags that point to what these collections of trust data sign.
fn signed(collections: &str) -> String {
    format!(
        "UPDATE tags SET due_at = $1 WHERE {SOURCES} AND (repository_id, digest) IN (SELECT c.repository_id, t.digest \
         FROM trust_collections c JOIN trust_targets t ON t.collection_id = c.id WHERE c.id IN ({collections}))"
    )
}

/// All that a collection signs: who signed it has changed.
pub(crate) async fn of_collection<C: ConnectionTrait>(
    connection: &C,
    collection: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    let values: [Value; 2] = [now.into(), collection.into()];
    let statement =
        Statement::from_sql_and_values(connection.get_database_backend(), signed("$2"), values);
    connection.execute_raw(statement).await?;
    Ok(())
}

/// All that a key signed, by its id in Notary: whose it is, or whether they sign with it, has changed.
pub(crate) async fn of_key<C: ConnectionTrait>(
    connection: &C,
    notary_id: &str,
    now: OffsetDateTime,
) -> Result<()> {
    let statement = with_key(connection.get_database_backend(), notary_id, now);
    connection.execute_raw(statement).await?;
    Ok(())
}

fn with_key(backend: DatabaseBackend, notary_id: &str, now: OffsetDateTime) -> Statement {
    let sql = signed("SELECT collection_id FROM trust_signers WHERE canonical_id = $2");
    let values: [Value; 2] = [now.into(), notary_id.into()];
    Statement::from_sql_and_values(backend, sql, values)
}

/// The tags that became due last, so that no push waits for many tags that became due at once; of those the ones that were set first,
/// so that what is called `latest` ends with the last.
pub async fn next(db: &Db, now: OffsetDateTime, limit: u64) -> Result<Vec<tag::Model>> {
    Ok(waiting(now, limit).all(&db.read).await?)
}

fn waiting(now: OffsetDateTime, limit: u64) -> Select<tag::Entity> {
    tag::Entity::find()
        .filter(tag::Column::DueAt.lte(now))
        .order_by_desc(tag::Column::DueAt)
        .order_by_asc(tag::Column::UpdatedAt)
        .limit(limit)
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

#[cfg(test)]
mod tests {
    use sea_orm::QueryTrait;

    use super::*;
    use crate::Options;

    async fn plan(db: &Db, statement: Statement) -> String {
        let explain = Statement {
            sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
            ..statement
        };
        let rows = db.write.query_all_raw(explain).await.expect("a plan");
        let steps = rows.iter().map(|row| row.try_get("", "detail"));
        let steps: Vec<String> = steps.collect::<std::result::Result<_, _>>().expect("steps");
        steps.join("\n")
    }

    #[tokio::test]
    async fn what_is_due_is_found_by_indexes() {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options::Sqlite(dir.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let (backend, now) = (DatabaseBackend::Sqlite, OffsetDateTime::UNIX_EPOCH);
        for statement in [
            with_image(backend, "sha256:0", now),
            with_changed(backend, Some(7), now),
            with_key(backend, "0", now),
        ] {
            let plan = plan(&db, statement).await;
            let by_digest = "tags_repository_id_digest_idx (repository_id=? AND digest=?)";
            assert!(plan.contains(by_digest), "{plan}");
            for table in [
                "tags",
                "manifest_children",
                "image_changes",
                "image_scans",
                "trust_signers",
                "trust_targets",
            ] {
                assert!(!plan.contains(&format!("SCAN {table}")), "{plan}");
            }
        }
        let plan = plan(&db, waiting(now, 10).build(backend)).await;
        assert!(
            plan.contains("SEARCH tags USING INDEX tags_due_at_idx"),
            "{plan}"
        );
    }
}
