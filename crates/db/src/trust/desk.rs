//! What waits for somebody's signature.

use std::fmt::Write as _;

use sea_orm::{
    ColumnTrait as _, Condition, DatabaseBackend, EntityTrait as _, FromQueryResult,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement, Value, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Db, Result, entities::repository, repositories::Viewer, signatures::At};

/// The moment for which it is asked what counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// It, and what it asks of the certificates of cosign and notation.
    pub at: At,
    /// Certificates of Notary's signers have to be good then, too, and not only when they signed.
    pub are_notarys_good: bool,
}

impl Moment {
    /// `$1` to `$3`: it, and what ended before which counts no more because of that, in Notary and of what hangs on images.
    fn values(self) -> Vec<Value> {
        let notarys = At {
            are_certificates_good: self.are_notarys_good,
            ..self.at
        };
        vec![
            self.at.now.into(),
            notarys.ended().into(),
            self.at.ended().into(),
        ]
    }
}

/// A tag that one may sign and has not, as the image that it is now.
#[derive(Clone, Debug, Eq, FromQueryResult, PartialEq)]
pub struct Waiting {
    /// The collection in which to sign; the repository where none names a key of theirs.
    pub place: Uuid,
    /// The tag.
    pub tag: String,
    /// The manifest that it is now.
    pub digest: String,
    /// Bytes of that manifest.
    pub size: i64,
    /// When the tag was set last.
    pub updated_at: OffsetDateTime,
    /// The account, or the trust of a CI job, that set it.
    pub pushed_by: Option<Uuid>,
    /// The manifest that the collection signs under this name; another one, or one that others signed.
    pub released: Option<String>,
}

impl Waiting {
    /// By what they are ordered.
    pub fn order(&self) -> (OffsetDateTime, &str, Uuid) {
        (self.updated_at, &self.tag, self.place)
    }
}

/// Where a page of them begins: behind this one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct After {
    /// When the tag was set.
    pub updated_at: OffsetDateTime,
    /// The tag.
    pub tag: String,
    /// Where to sign.
    pub place: Uuid,
}

/// The tags of these collections' repositories that `account` has not signed, the newest first. A signature is looked for in the
/// collection, by the rules of *Signed by*: by a key that counts for the account, and in a role of its own where the collection has such
/// roles; and among those of cosign and notation. What signatures of cosign hang by is no image, and is left out.
pub async fn waiting(
    db: &Db,
    account: Uuid,
    collections: &[Uuid],
    after: Option<&After>,
    limit: u64,
    moment: Moment,
) -> Result<Vec<Waiting>> {
    if collections.is_empty() {
        return Ok(Vec::new());
    }
    let statement = waiting_query(db.backend(), account, collections, after, limit, moment);
    Ok(Waiting::find_by_statement(statement).all(&db.read).await?)
}

/// Whether a signature `s` of trust data counts in a [`Moment`]: by the key `k`, over the target `g` of the collection `c`, and in a role of
/// its own, or in `targets` where nothing is delegated at all.
const IN_NOTARY: &str = "s.expires_at >= $1 \
    AND replace(' ' || g.signed_in || ' ', ' ' || s.role || ' ', '') <> ' ' || g.signed_in || ' ' \
    AND k.revoked_at IS NULL AND k.proven_at IS NOT NULL AND k.is_signing AND (k.expires_at IS NULL OR (k.expires_at >= s.signed_at AND k.expires_at >= $2)) \
    AND (s.role NOT IN ('targets', 'targets/releases') OR s.role = 'targets' AND EXISTS (SELECT 1 FROM trust_standings o \
    WHERE o.collection_id = c.id AND o.targets_only))";
/// Whether a signature `s` of cosign or notation, which the manifest of `h` holds, counts in a [`Moment`], by the key `k`.
const ATTACHED: &str = "s.is_verified AND s.kind IN (1, 3) \
    AND (s.valid_until IS NULL OR s.valid_until > $1) AND k.revoked_at IS NULL AND (k.is_signing OR k.kind = 3) \
    AND (s.certificates_until IS NULL OR s.certificates_until > $3) AND (k.expires_at IS NULL OR k.expires_at > $3) \
    AND (h.tag IS NULL OR EXISTS (SELECT 1 FROM tags x WHERE x.repository_id = h.repository_id AND x.name = h.tag AND x.digest = h.digest))";
/// The manifest that holds a signature `s`.
const HOLDER: &str = "JOIN signature_manifests h ON h.repository_id = s.repository_id \
    AND h.subject_digest = s.subject_digest AND h.digest = s.manifest_digest";

/// What signatures of cosign hang by is no image.
const IMAGE: &str = "NOT (length(t.name) > 70 AND t.name LIKE 'sha___-%')";

/// No signature of cosign or notation of account `$4` hangs on the tag `t`.
fn not_attached() -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM signatures s JOIN public_keys k ON k.id = s.public_key_id {HOLDER} \
         WHERE s.repository_id = t.repository_id AND s.subject_digest = t.digest AND k.account_id = $4 AND {ATTACHED})"
    )
}

/// In the [`Moment`], for account `$4`.
fn waiting_sql() -> String {
    format!(
        "SELECT c.id AS place, t.name AS tag, t.digest, m.size, t.updated_at, t.pushed_by, g.digest AS released \
         FROM trust_collections c \
         JOIN tags t ON t.repository_id = c.repository_id \
         JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest \
         LEFT JOIN trust_targets g ON g.collection_id = c.id AND g.name = t.name AND g.expires_at >= $1 \
         WHERE {IMAGE} \
         AND NOT EXISTS (SELECT 1 FROM trust_signers s JOIN public_keys k ON k.notary_id = s.canonical_id \
         WHERE s.collection_id = c.id AND g.digest = t.digest AND k.account_id = $4 AND {IN_NOTARY}) \
         AND {}",
        not_attached()
    )
}

pub(crate) fn waiting_query(
    backend: DatabaseBackend,
    account: Uuid,
    collections: &[Uuid],
    after: Option<&After>,
    limit: u64,
    moment: Moment,
) -> Statement {
    let mut values = moment.values();
    values.push(account.into());
    let within = listed(&mut values, collections.iter().copied());
    let sql = format!("{} AND c.id IN ({within})", waiting_sql());
    page(backend, (sql, "c.id"), values, after, limit)
}

/// The newest first, behind `after`; `place` is where to sign, in the statement.
fn page(
    backend: DatabaseBackend,
    (mut sql, place): (String, &str),
    mut values: Vec<Value>,
    after: Option<&After>,
    limit: u64,
) -> Statement {
    if let Some(after) = after {
        let first = values.len() + 1;
        let _ = write!(
            sql,
            " AND (t.updated_at, t.name, {place}) < (${first}, ${}, ${})",
            first + 1,
            first + 2
        );
        values.extend([
            Value::from(after.updated_at),
            after.tag.as_str().into(),
            after.place.into(),
        ]);
    }
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let _ = write!(
        sql,
        " ORDER BY t.updated_at DESC, t.name DESC, {place} DESC LIMIT ${}",
        values.len()
    );
    Statement::from_sql_and_values(backend, sql, values)
}

/// The tags of these repositories that `account` has not signed, wherever, by the rules of [`waiting`]; the newest first.
pub async fn unsigned(
    db: &Db,
    account: Uuid,
    repositories: &[Uuid],
    after: Option<&After>,
    limit: u64,
    moment: Moment,
) -> Result<Vec<Waiting>> {
    if repositories.is_empty() {
        return Ok(Vec::new());
    }
    let statement = unsigned_query(db.backend(), account, repositories, after, limit, moment);
    Ok(Waiting::find_by_statement(statement).all(&db.read).await?)
}

pub(crate) fn unsigned_query(
    backend: DatabaseBackend,
    account: Uuid,
    repositories: &[Uuid],
    after: Option<&After>,
    limit: u64,
    moment: Moment,
) -> Statement {
    let mut values = moment.values();
    values.push(account.into());
    let within = listed(&mut values, repositories.iter().copied());
    let sql = format!(
        "SELECT t.repository_id AS place, t.name AS tag, t.digest, m.size, t.updated_at, t.pushed_by, CAST(NULL AS text) AS released \
         FROM tags t JOIN manifests m ON m.repository_id = t.repository_id AND m.digest = t.digest \
         WHERE t.repository_id IN ({within}) AND {IMAGE} \
         AND NOT EXISTS (SELECT 1 FROM trust_collections c JOIN trust_targets g ON g.collection_id = c.id AND g.name = t.name \
         AND g.digest = t.digest AND g.expires_at >= $1 JOIN trust_signers s ON s.collection_id = c.id \
         JOIN public_keys k ON k.notary_id = s.canonical_id \
         WHERE c.repository_id = t.repository_id AND k.account_id = $4 AND {IN_NOTARY}) AND {}",
        not_attached()
    );
    page(backend, (sql, "t.repository_id"), values, after, limit)
}

/// Where somebody's signature may be asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scope {
    /// Everywhere.
    pub is_all: bool,
    /// In the repositories of these accounts.
    pub owners: Vec<Uuid>,
    /// In these repositories.
    pub repositories: Vec<Uuid>,
}

/// The repositories there that `viewer` sees, and not only because everybody does; of more than `limit` those to which was pushed last.
pub async fn repositories(
    db: &Db,
    scope: &Scope,
    viewer: &Viewer,
    limit: u64,
) -> Result<Vec<repository::Model>> {
    let mut within = Condition::any();
    if scope.is_all {
        within = within.add(Expr::val(true));
    }
    let within = within
        .add(repository::Column::AccountId.is_in(scope.owners.iter().copied()))
        .add(repository::Column::Id.is_in(scope.repositories.iter().copied()));
    let found = repository::Entity::find()
        .filter(within)
        .filter(viewer.of_their_own())
        .filter(repository::Column::PushedAt.is_not_null())
        .order_by_desc(repository::Column::PushedAt)
        .limit(limit);
    Ok(found.all(&db.read).await?)
}

/// Adds values to those of a statement, and names them there.
pub(super) fn listed<V: Into<Value>>(
    values: &mut Vec<Value>,
    added: impl IntoIterator<Item = V>,
) -> String {
    let first = values.len() + 1;
    values.extend(added.into_iter().map(Into::into));
    let names = (first..=values.len()).map(|number| format!("${number}"));
    names.collect::<Vec<_>>().join(", ")
}

/// A team of which a member signed a tag as the image that it is now.
#[derive(Clone, Debug, Eq, FromQueryResult, Hash, PartialEq)]
pub struct SignedFor {
    /// The repository.
    pub repository: Uuid,
    /// The tag.
    pub tag: String,
    /// The team.
    pub team: Uuid,
}

/// Which of these teams have a signer of which of these tags, in whichever of these repositories: one question. The signers count by the
/// rules of [`waiting`], and are accounts in use.
pub async fn signed_for(
    db: &Db,
    repositories: &[Uuid],
    tags: &[&str],
    teams: &[Uuid],
    moment: Moment,
) -> Result<Vec<SignedFor>> {
    if repositories.is_empty() || tags.is_empty() || teams.is_empty() {
        return Ok(Vec::new());
    }
    let statement = signed_for_query(db.backend(), repositories, tags, teams, moment);
    Ok(SignedFor::find_by_statement(statement)
        .all(&db.read)
        .await?)
}

pub(crate) fn signed_for_query(
    backend: DatabaseBackend,
    repositories: &[Uuid],
    tags: &[&str],
    teams: &[Uuid],
    moment: Moment,
) -> Statement {
    let mut values = moment.values();
    let repositories = listed(&mut values, repositories.iter().copied());
    let tags = listed(&mut values, tags.iter().copied());
    let teams = listed(&mut values, teams.iter().copied());
    let found =
        "SELECT t.repository_id AS repository, t.name AS tag, m.team_id AS team FROM tags t";
    let whose = format!(
        "JOIN accounts a ON a.id = k.account_id AND a.is_active JOIN team_members m ON m.account_id = a.id AND m.team_id IN ({teams}) \
         WHERE t.repository_id IN ({repositories}) AND t.name IN ({tags})"
    );
    let sql = format!(
        "{found} JOIN trust_collections c ON c.repository_id = t.repository_id \
         JOIN trust_targets g ON g.collection_id = c.id AND g.name = t.name AND g.digest = t.digest AND g.expires_at >= $1 \
         JOIN trust_signers s ON s.collection_id = c.id JOIN public_keys k ON k.notary_id = s.canonical_id {whose} AND {IN_NOTARY} \
         UNION {found} JOIN signatures s ON s.repository_id = t.repository_id AND s.subject_digest = t.digest \
         JOIN public_keys k ON k.id = s.public_key_id {HOLDER} {whose} AND {ATTACHED}"
    );
    Statement::from_sql_and_values(backend, sql, values)
}
