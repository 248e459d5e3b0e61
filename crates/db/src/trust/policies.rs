//! Which images may be pulled, by who signed them: what each level asks, and what an image or a blob is reached by.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait as _, DatabaseBackend,
    EntityTrait, FromQueryResult, QueryFilter as _, Statement, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{Db, Result, entities::trust_policy};

/// What a cache of policies carries the revision of.
pub const POLICIES: &str = "trust_policies";
/// What a cache of verdicts carries the revision of, beside that of the repository: every recorded change but pushes.
pub const FACTS: &str = "facts of verdicts";

/// Ways to what is asked for by a signed manifest that are looked at: first so many, and where those do not do, so many.
pub const MOST_SIGNED: [usize; 2] = [500, 10_000];
/// Manifests and indexes above what is asked for that are looked at.
const MOST_ABOVE: usize = 50_000;
/// Tags of all ways that are looked at.
const MOST_TAGS: usize = 5000;

/// Whose policy it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Whose {
    /// The registry's.
    Registry,
    /// An organization's.
    Organization(Uuid),
    /// A repository's.
    Repository(Uuid),
}

impl Whose {
    const fn id(self) -> Uuid {
        match self {
            Self::Registry => Uuid::nil(),
            Self::Organization(id) | Self::Repository(id) => id,
        }
    }
}

/// What one level asks: JSON; `None` where it was never said.
pub async fn get(db: &Db, whose: Whose) -> Result<Option<String>> {
    let row = trust_policy::Entity::find_by_id(whose.id())
        .one(&db.read)
        .await?;
    Ok(row.map(|row| row.content))
}

/// What is asked of the images of a repository, by everybody who asks something.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Each with its JSON.
    pub levels: Vec<(Whose, String)>,
    /// On `PostgreSQL`, which transactions were seen by the question. Where it is the same later, nothing was written in between, by
    /// whichever process: what was read after the earlier question is still true. Known where somebody asks something.
    pub seen: Option<String>,
}

#[derive(FromQueryResult)]
struct AskedRow {
    account_id: Option<Uuid>,
    repository_id: Option<Uuid>,
    content: String,
    seen: Option<String>,
}

/// What is asked of the images of a repository that `account` owns: one question.
pub async fn of_repository(db: &Db, account: Uuid, repository: Uuid) -> Result<Asked> {
    let seen = match db.backend() {
        DatabaseBackend::Postgres => "CAST(pg_current_snapshot() AS text)",
        _ => "CAST(NULL AS text)",
    };
    let sql = format!(
        "SELECT account_id, repository_id, content, {seen} AS seen FROM trust_policies WHERE id IN ($1, $2, $3)"
    );
    let ids = [Uuid::nil(), account, repository].map(sea_orm::Value::from);
    let statement = Statement::from_sql_and_values(db.backend(), sql, ids);
    let rows = AskedRow::find_by_statement(statement).all(&db.read).await?;
    let mut asked = Asked {
        levels: Vec::with_capacity(rows.len()),
        seen: None,
    };
    for row in rows {
        let whose = match (row.account_id, row.repository_id) {
            (Some(id), _) => Whose::Organization(id),
            (None, Some(id)) => Whose::Repository(id),
            (None, None) => Whose::Registry,
        };
        asked.levels.push((whose, row.content));
        asked.seen = row.seen;
    }
    Ok(asked)
}

/// What is asked of the images of any of these repositories, by everybody who asks something: one question. `owners` are the accounts
/// that own them.
pub async fn of_repositories(
    db: &Db,
    owners: impl IntoIterator<Item = Uuid>,
    repositories: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<(Whose, String)>> {
    let ids: BTreeSet<Uuid> = owners
        .into_iter()
        .chain(repositories)
        .chain([Uuid::nil()])
        .collect();
    let rows = trust_policy::Entity::find()
        .filter(trust_policy::Column::Id.is_in(ids))
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (whose(&row), row.content))
        .collect())
}

/// What is asked by whoever names one of these teams, also where it is off: one question.
pub async fn naming(
    db: &Db,
    teams: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<(Whose, String)>> {
    let named = teams.into_iter().fold(Condition::any(), |named, team| {
        named.add(trust_policy::Column::Content.contains(team.to_string()))
    });
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let rows = trust_policy::Entity::find().filter(named);
    let rows = rows.all(&db.read).await?.into_iter();
    Ok(rows.map(|row| (whose(&row), row.content)).collect())
}

const fn whose(row: &trust_policy::Model) -> Whose {
    match (row.account_id, row.repository_id) {
        (Some(id), _) => Whose::Organization(id),
        (None, Some(id)) => Whose::Repository(id),
        (None, None) => Whose::Registry,
    }
}

/// Sets what one level asks.
pub async fn set(db: &Db, whose: Whose, content: String) -> Result<()> {
    let (account, repository) = match whose {
        Whose::Registry => (None, None),
        Whose::Organization(id) => (Some(id), None),
        Whose::Repository(id) => (None, Some(id)),
    };
    let transaction = db.begin().await?;
    trust_policy::Entity::insert(trust_policy::ActiveModel {
        id: Set(whose.id()),
        account_id: Set(account),
        repository_id: Set(repository),
        content: Set(content),
    })
    .on_conflict(
        OnConflict::column(trust_policy::Column::Id)
            .update_column(trust_policy::Column::Content)
            .to_owned(),
    )
    .exec_without_returning(&transaction)
    .await?;
    db.commit(transaction).await?;
    db.move_on(&POLICIES);
    // After it: a verdict by the old policy may have been made in between.
    db.move_on(&FACTS);
    Ok(())
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// A manifest.
    Manifest(&'a str),
    /// A blob.
    Blob(&'a str),
}

impl<'a> Wanted<'a> {
    /// The manifests of the repository `$1` that have what is `$2`: each is a way to it, and begins with itself.
    const fn ways(self) -> (&'static str, &'a str) {
        const MANIFEST: &str =
            "SELECT digest, digest FROM manifests WHERE repository_id = $1 AND digest = $2";
        const BLOB: &str = "SELECT manifest_digest, manifest_digest FROM manifest_blobs WHERE repository_id = $1 AND blob_digest = $2";
        match self {
            Self::Manifest(digest) => (MANIFEST, digest),
            Self::Blob(digest) => (BLOB, digest),
        }
    }
}

/// What is found on the ways to something: each with the manifest that is asked for, or that has the blob.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// The way, and what is on it.
    pub on: Vec<(String, String)>,
    /// There are more than these.
    pub has_more: bool,
    /// Not all that is above was looked at, of no way.
    is_cut: bool,
}

impl Found {
    /// This alone.
    pub fn one(way: String, found: String) -> Self {
        Self {
            on: vec![(way, found)],
            ..Self::default()
        }
    }
}

#[derive(FromQueryResult)]
struct OnWay {
    way: String,
    found: String,
    is_cut: bool,
}

/// On each way: the manifest, and the indexes that it is in, however deep.
fn statement(
    backend: DatabaseBackend,
    repository: Uuid,
    wanted: Wanted<'_>,
    select: &str,
    limit: usize,
) -> Statement {
    let (ways, digest) = wanted.ways();
    let sql = format!(
        "WITH RECURSIVE up(way, digest) AS ({ways} UNION SELECT up.way, c.parent_digest FROM up JOIN manifest_children c \
         ON c.repository_id = $1 AND c.child_digest = up.digest), \
         above AS MATERIALIZED (SELECT way, digest FROM up LIMIT {MOST_ABOVE} + 1) \
         SELECT way, found, (SELECT COUNT(*) > {MOST_ABOVE} FROM above) AS is_cut FROM ({select}) AS o ORDER BY way LIMIT {limit}"
    );
    Statement::from_sql_and_values(backend, sql, [repository.into(), digest.into()])
}

async fn on_ways(
    db: &Db,
    repository: Uuid,
    wanted: Wanted<'_>,
    select: &str,
    most: usize,
) -> Result<Found> {
    let statement = statement(db.backend(), repository, wanted, select, most + 1);
    let rows = OnWay::find_by_statement(statement).all(&db.read).await?;
    let is_cut = rows.first().is_some_and(|row| row.is_cut);
    let mut on: Vec<_> = rows.into_iter().map(|row| (row.way, row.found)).collect();
    let has_more = is_cut || on.len() > most;
    on.truncate(most);
    Ok(Found {
        on,
        has_more,
        is_cut,
    })
}

const SIGNED: &str = "SELECT up.way AS way, up.digest AS found FROM above up WHERE EXISTS (SELECT 1 FROM trust_targets t \
    JOIN trust_collections c ON c.id = t.collection_id WHERE c.repository_id = $1 AND t.digest = up.digest) \
    OR EXISTS (SELECT 1 FROM signatures s WHERE s.repository_id = $1 AND s.subject_digest = up.digest AND s.is_verified)";
const TAGS: &str = "SELECT up.way AS way, t.name AS found FROM above up JOIN tags t ON t.repository_id = $1 AND t.digest = up.digest";

/// The manifests by which something is reached that are signed in this repository, by whomever: in its trust data, or with cosign or
/// notation; at most `most`.
pub async fn signed_above(
    db: &Db,
    repository: Uuid,
    wanted: Wanted<'_>,
    most: usize,
) -> Result<Found> {
    on_ways(db, repository, wanted, SIGNED, most).await
}

/// The tags by which something is reached. All of each way that is there: one of which not all are known is left out.
pub async fn tags_above(db: &Db, repository: Uuid, wanted: Wanted<'_>) -> Result<Found> {
    let mut found = on_ways(db, repository, wanted, TAGS, MOST_TAGS).await?;
    if found.is_cut {
        found.on.clear();
    }
    if found.has_more
        && let Some((last, _)) = found.on.last().cloned()
    {
        found.on.retain(|(way, _)| *way != last);
    }
    Ok(found)
}

/// The manifests that are signed by what is asked for, or by a manifest that has the blob, where that holds nothing but signatures, and
/// every one of them verifies: an image, whatever it says of itself, has layers that sign nothing, and each of those was found to be a
/// signature that does not count. A few of them.
pub async fn signed_by(db: &Db, repository: Uuid, wanted: Wanted<'_>) -> Result<Vec<String>> {
    let (ways, digest) = wanted.ways();
    let statement = Statement::from_sql_and_values(
        db.backend(),
        format!("WITH ways(way, digest) AS ({ways}) {SIGNED_BY}"),
        [repository.into(), digest.into()],
    );
    let rows = db.read.query_all_raw(statement).await?;
    let digests: Result<Vec<String>, _> =
        rows.iter().map(|row| row.try_get("", "subject")).collect();
    Ok(digests?)
}

const SIGNED_BY: &str = "SELECT m.subject_digest AS subject FROM ways JOIN signature_manifests m \
    ON m.repository_id = $1 AND m.digest = ways.digest WHERE NOT EXISTS (SELECT 1 FROM signatures s WHERE s.repository_id = $1 \
    AND s.subject_digest = m.subject_digest AND s.manifest_digest = m.digest AND NOT s.is_verified) \
    AND m.due_at IS NULL AND EXISTS (SELECT 1 FROM signatures s WHERE s.repository_id = $1 \
    AND s.subject_digest = m.subject_digest AND s.manifest_digest = m.digest) ORDER BY m.subject_digest LIMIT 20";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_ways_to_something_are_found_by_indexes() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = crate::Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        for wanted in [Wanted::Manifest("sha256:a"), Wanted::Blob("sha256:a")] {
            for select in [SIGNED, TAGS] {
                let statement = statement(db.backend(), Uuid::nil(), wanted, select, 10);
                let explain = Statement {
                    sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
                    ..statement
                };
                let rows = sea_orm::ConnectionTrait::query_all_raw(&db.read, explain);
                for row in rows.await.expect("a plan") {
                    let step: String = row.try_get("", "detail").expect("a step");
                    let is_above = ["SCAN up", "SCAN above"].contains(&step.as_str());
                    assert!(!step.starts_with("SCAN") || is_above, "{step}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_way_of_which_not_all_tags_are_known_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = crate::Options::Sqlite(folder.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        let statements = format!(
            "PRAGMA foreign_keys = OFF; \
             INSERT INTO manifest_blobs SELECT zeroblob(16), m.value, 'blob' FROM json_each('[\"a\", \"b\"]') m; \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MOST_TAGS}) \
             INSERT INTO tags (repository_id, name, digest, created_at, updated_at) \
             SELECT zeroblob(16), 'v' || i, CASE i WHEN 1 THEN 'a' ELSE 'b' END, '2026-01-01', '2026-01-01' FROM n"
        );
        sea_orm::ConnectionTrait::execute_unprepared(&db.write, &statements)
            .await
            .expect("tags");
        let found = async || {
            tags_above(&db, Uuid::nil(), Wanted::Blob("blob"))
                .await
                .expect("found")
        };
        let all = found().await;
        assert_eq!((all.on.len(), all.has_more), (MOST_TAGS, false));
        let one_more = "INSERT INTO tags (repository_id, name, digest, created_at, updated_at) \
            VALUES (zeroblob(16), 'w', 'b', '2026-01-01', '2026-01-01')";
        sea_orm::ConnectionTrait::execute_unprepared(&db.write, one_more)
            .await
            .expect("a tag");
        let some = found().await;
        assert_eq!(some.on, [("a".to_owned(), "v1".to_owned())]);
        assert!(some.has_more);
    }
}
