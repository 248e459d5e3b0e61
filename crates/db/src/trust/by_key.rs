//! What one of somebody's keys signed, whether it counts any more or not.

use std::fmt::Write as _;

use sea_orm::{DatabaseBackend, FromQueryResult, Statement, Value};
use time::OffsetDateTime;
use uuid::Uuid;

use super::desk::listed;
use crate::{Db, Result, signatures::Kind};

/// Something that a key signed.
#[derive(Clone, Debug, Eq, FromQueryResult, PartialEq)]
pub struct BySignature {
    /// The repository.
    pub repository: Uuid,
    /// The collection's name; empty where it was not signed in Notary.
    pub gun: String,
    /// The tag; empty where none points to the manifest.
    pub tag: String,
    /// The manifest that was signed.
    pub digest: String,
    /// Of cosign or notation, what it is.
    pub kind: Option<Kind>,
    /// When it was signed, as far as that is known here: published, or looked at.
    pub signed_at: OffsetDateTime,
    /// The tag is that manifest now.
    pub is_current: bool,
}

/// A key, by its ids.
#[derive(Clone, Copy, Debug)]
pub struct Key<'k> {
    /// The row's id.
    pub id: Uuid,
    /// Its id in Notary.
    pub notary_id: &'k str,
}

/// Where a page of what a key signed begins: behind this repository's, collection's, tag and digest.
pub type AfterSigned<'a> = (Uuid, &'a str, &'a str, &'a str);

/// The repositories in which a key signed something, at most `limit`.
pub async fn signed_repositories(db: &Db, key: Key<'_>, limit: u64) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Row {
        repository: Uuid,
    }
    let values: [Value; 3] = [
        key.notary_id.into(),
        key.id.into(),
        i64::try_from(limit).unwrap_or(i64::MAX).into(),
    ];
    let statement = Statement::from_sql_and_values(db.backend(), REPOSITORIES, values);
    let rows = Row::find_by_statement(statement).all(&db.read).await?;
    Ok(rows.into_iter().map(|row| row.repository).collect())
}

/// Of the key that is `$1` in Notary, and here `$2`.
pub(crate) const REPOSITORIES: &str = "SELECT c.repository_id AS repository FROM trust_signers s \
    JOIN trust_collections c ON c.id = s.collection_id WHERE s.canonical_id = $1 \
    UNION SELECT s.repository_id FROM signatures s WHERE s.public_key_id = $2 LIMIT $3";

/// What a key signed in these repositories, whether the key counts any more or not: what clients find now of it in Notary, in whatever
/// role, and what hangs on images.
pub async fn signed_by(
    db: &Db,
    key: Key<'_>,
    repositories: &[Uuid],
    after: Option<AfterSigned<'_>>,
    limit: u64,
) -> Result<Vec<BySignature>> {
    if repositories.is_empty() {
        return Ok(Vec::new());
    }
    let statement = signed_query(db.backend(), key, repositories, after, limit);
    Ok(BySignature::find_by_statement(statement)
        .all(&db.read)
        .await?)
}

pub(crate) fn signed_query(
    backend: DatabaseBackend,
    key: Key<'_>,
    repositories: &[Uuid],
    after: Option<AfterSigned<'_>>,
    limit: u64,
) -> Statement {
    let mut values: Vec<Value> = vec![key.notary_id.into(), key.id.into()];
    let within = listed(&mut values, repositories.iter().copied());
    // The columns that are put together sort differently there, unless it is said how.
    let bytes = match backend {
        DatabaseBackend::Postgres => "COLLATE \"C\"",
        _ => "",
    };
    let mut sql = format!(
        "SELECT * FROM (SELECT c.repository_id AS repository, c.gun {bytes} AS gun, g.name {bytes} AS tag, g.digest {bytes} AS digest, \
         CAST(NULL AS smallint) AS kind, \
         MIN(s.signed_at) AS signed_at, EXISTS (SELECT 1 FROM tags t WHERE t.repository_id = c.repository_id AND t.name = g.name \
         AND t.digest = g.digest) AS is_current FROM trust_signers s JOIN trust_collections c ON c.id = s.collection_id \
         JOIN trust_targets g ON g.collection_id = s.collection_id \
         AND replace(' ' || g.signed_in || ' ', ' ' || s.role || ' ', '') <> ' ' || g.signed_in || ' ' \
         WHERE s.canonical_id = $1 AND c.repository_id IN ({within}) GROUP BY c.repository_id, c.gun, g.name, g.digest \
         UNION ALL SELECT s.repository_id, '' {bytes}, COALESCE(t.name, '') {bytes}, s.subject_digest {bytes}, MIN(s.kind), MIN(s.checked_at), \
         t.name IS NOT NULL FROM signatures s \
         LEFT JOIN tags t ON t.repository_id = s.repository_id AND t.digest = s.subject_digest \
         WHERE s.public_key_id = $2 AND s.repository_id IN ({within}) \
         GROUP BY s.repository_id, s.subject_digest, t.name) AS signed"
    );
    if let Some((repository, gun, tag, digest)) = after {
        let first = values.len() + 1;
        let _ = write!(
            sql,
            " WHERE (repository, gun, tag, digest) > (${first}, ${}, ${}, ${})",
            first + 1,
            first + 2,
            first + 3
        );
        values.extend([
            Value::from(repository),
            gun.into(),
            tag.into(),
            digest.into(),
        ]);
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let _ = write!(
        sql,
        " ORDER BY repository, gun, tag, digest LIMIT ${}",
        values.len()
    );
    Statement::from_sql_and_values(backend, sql, values)
}
