//! Which manifests with signatures are to be looked at. One becomes due in the transaction that stores it, or that changes who is
//! trusted; it stops being due when it was looked at, unless it became due once more meanwhile.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait,
    FromQueryResult, Iterable, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement,
    StatementBuilder,
    sea_query::{Alias, Expr, Func, OnConflict, Order, Query, SelectStatement, WindowStatement},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Kind, Signs, TrustKind};
use crate::{
    Db, Result,
    entities::{manifest, repository, signature, signature_manifest, signature_trust},
};

/// Manifests of one account that are looked at before others have their turn again.
const OF_ONE: u64 = 4;

/// What was found of one signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which layer of the manifest.
    pub position: i32,
    /// What it is, or says that it is.
    pub kind: Kind,
    /// Why it does not count; none where it does.
    pub refusal: Option<String>,
    /// The user's key that made it.
    pub public_key: Option<Uuid>,
    /// The registered key or trust store by which it was verified.
    pub trust: Option<Uuid>,
    /// Who made it, for people.
    pub signer: String,
    /// Of an attestation, what it says something about.
    pub predicate_type: Option<String>,
    /// From when on it does not count any more.
    pub until: Option<OffsetDateTime>,
    /// When the first certificate of its chain ends.
    pub certificates_until: Option<OffsetDateTime>,
}

/// Makes a manifest due that was just stored; changes one row.
pub(crate) fn of_pushed(
    manifest: &manifest::Model,
    signs: &Signs,
    backend: DatabaseBackend,
) -> Statement {
    let row = signature_manifest::ActiveModel {
        repository_id: Set(manifest.repository_id),
        subject_digest: Set(signs.subject.clone()),
        digest: Set(manifest.digest.clone()),
        tag: Set(signs.tag.clone()),
        due_at: Set(Some(manifest.pushed_at)),
    };
    let mut insert = signature_manifest::Entity::insert(row).into_query();
    insert.on_conflict(
        OnConflict::columns([
            signature_manifest::Column::RepositoryId,
            signature_manifest::Column::SubjectDigest,
            signature_manifest::Column::Digest,
        ])
        .update_columns([
            signature_manifest::Column::Tag,
            signature_manifest::Column::DueAt,
        ])
        .to_owned(),
    );
    StatementBuilder::build(&insert, &backend)
}

/// Of each account's repositories the manifests that have been due for longest, so that nobody waits for what another has pushed.
pub async fn next(
    db: &Db,
    now: OffsetDateTime,
    limit: u64,
) -> Result<Vec<signature_manifest::Model>> {
    let query = db.backend().build(&waiting(now, limit));
    let rows = signature_manifest::Model::find_by_statement(query);
    Ok(rows.all(&db.read).await?)
}

/// Of each account at most [`OF_ONE`]; what was never looked at before what was.
pub(super) fn waiting(now: OffsetDateTime, limit: u64) -> SelectStatement {
    let turns = Alias::new("turns");
    let turn = Alias::new("turn");
    let mut due = signature_manifest::Entity::find()
        .filter(signature_manifest::Column::DueAt.lte(now))
        .into_query();
    due.inner_join(
        repository::Entity,
        Expr::col((repository::Entity, repository::Column::Id)).equals((
            signature_manifest::Entity,
            signature_manifest::Column::RepositoryId,
        )),
    )
    .expr_window_as(
        Func::cust("ROW_NUMBER"),
        WindowStatement::partition_by((repository::Entity, repository::Column::AccountId))
            .order_by_expr(Expr::exists(was_looked_at()), Order::Asc)
            .order_by(signature_manifest::Column::DueAt, Order::Asc)
            .take(),
        turn.clone(),
    );
    Query::select()
        .columns(signature_manifest::Column::iter())
        .from_subquery(due, turns)
        .and_where(Expr::col(turn.clone()).lte(OF_ONE))
        .order_by(turn, Order::Asc)
        .order_by(signature_manifest::Column::DueAt, Order::Asc)
        .limit(limit)
        .to_owned()
}

/// What is known of it from before.
fn was_looked_at() -> SelectStatement {
    let same = |of: signature::Column, due: signature_manifest::Column| {
        Expr::col((signature::Entity, of)).equals((signature_manifest::Entity, due))
    };
    Query::select()
        .expr(Expr::val(1))
        .from(signature::Entity)
        .and_where(same(
            signature::Column::RepositoryId,
            signature_manifest::Column::RepositoryId,
        ))
        .and_where(same(
            signature::Column::SubjectDigest,
            signature_manifest::Column::SubjectDigest,
        ))
        .and_where(same(
            signature::Column::ManifestDigest,
            signature_manifest::Column::Digest,
        ))
        .to_owned()
}

/// Another manifest that holds, or held, signatures.
#[derive(Clone, Debug, Eq, FromQueryResult, PartialEq)]
pub struct Holder {
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// When it came.
    pub pushed_at: OffsetDateTime,
}

/// What held signatures of the same image under the same tag before, the first `limit`: with each signature cosign sets its tag to a manifest
/// with all of them.
pub async fn before(db: &Db, row: &signature_manifest::Model, limit: u64) -> Result<Vec<Holder>> {
    let Some(tag) = &row.tag else {
        return Ok(Vec::new());
    };
    let held = signature_manifest::Entity::find()
        .select_only()
        .column(signature_manifest::Column::Digest)
        .filter(signature_manifest::Column::RepositoryId.eq(row.repository_id))
        .filter(signature_manifest::Column::SubjectDigest.eq(row.subject_digest.as_str()))
        .filter(signature_manifest::Column::Tag.eq(tag.as_str()));
    let holders = manifest::Entity::find()
        .select_only()
        .columns([
            manifest::Column::MediaType,
            manifest::Column::Content,
            manifest::Column::PushedAt,
        ])
        .filter(manifest::Column::RepositoryId.eq(row.repository_id))
        .filter(manifest::Column::Digest.ne(row.digest.as_str()))
        .filter(manifest::Column::Digest.in_subquery(held.into_query()))
        .order_by_asc(manifest::Column::PushedAt)
        .limit(limit);
    Ok(holders.into_model().all(&db.read).await?)
}

/// Writes down what was found in a manifest, in the place of what was known; nothing where it became due once more since it was read,
/// or is gone.
pub async fn done(
    db: &Db,
    row: &signature_manifest::Model,
    findings: Vec<Finding>,
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    let settled = signature_manifest::Entity::update_many()
        .col_expr(
            signature_manifest::Column::DueAt,
            Expr::val(None::<OffsetDateTime>),
        )
        .filter(same(row))
        .filter(signature_manifest::Column::DueAt.eq(row.due_at))
        .exec(&transaction)
        .await?;
    if settled.rows_affected == 0 {
        return Ok(());
    }
    let held = Condition::all()
        .add(signature::Column::RepositoryId.eq(row.repository_id))
        .add(signature::Column::SubjectDigest.eq(row.subject_digest.as_str()))
        .add(signature::Column::ManifestDigest.eq(row.digest.as_str()));
    // The bytes are the same as before: who made them did, also where that key counts no more and is not tried.
    let before = signature::Entity::find().filter(held.clone());
    let before = before.all(&transaction).await?;
    signature::Entity::delete_many()
        .filter(held)
        .exec(&transaction)
        .await?;
    let rows = findings.into_iter().map(|mut found| {
        let known = before.iter().find(|row| row.position == found.position);
        if let Some(known) = known.filter(|_| found.refusal.is_some() && found.signer.is_empty()) {
            found.public_key = known.public_key_id;
            found.signer.clone_from(&known.signer);
        }
        found
    });
    let rows = rows.map(|found| signature::ActiveModel {
        repository_id: Set(row.repository_id),
        subject_digest: Set(row.subject_digest.clone()),
        manifest_digest: Set(row.digest.clone()),
        position: Set(found.position),
        kind: Set(found.kind),
        is_verified: Set(found.refusal.is_none()),
        refusal: Set(found.refusal),
        public_key_id: Set(found.public_key),
        trust_id: Set(found.trust),
        signer: Set(found.signer),
        predicate_type: Set(found.predicate_type),
        checked_at: Set(now),
        valid_until: Set(found.until),
        certificates_until: Set(found.certificates_until),
    });
    signature::Entity::insert_many(rows)
        .exec_without_returning(&transaction)
        .await?;
    db.commit(transaction).await
}

/// What could not be looked at is tried again at `at`.
pub async fn postpone(db: &Db, row: &signature_manifest::Model, at: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    signature_manifest::Entity::update_many()
        .col_expr(signature_manifest::Column::DueAt, Expr::val(at))
        .filter(same(row))
        .filter(signature_manifest::Column::DueAt.eq(row.due_at))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
}

fn same(row: &signature_manifest::Model) -> Condition {
    Condition::all()
        .add(signature_manifest::Column::RepositoryId.eq(row.repository_id))
        .add(signature_manifest::Column::SubjectDigest.eq(row.subject_digest.as_str()))
        .add(signature_manifest::Column::Digest.eq(row.digest.as_str()))
}

/// Somebody more is trusted: what does not count is looked at again, with an account only in its repositories; and what is due, which
/// may be being looked at by who was trusted before.
pub(crate) async fn unverified_again<C: ConnectionTrait>(
    connection: &C,
    account: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<()> {
    let unverified = Condition::all().add(signature::Column::IsVerified.eq(false));
    known_more(connection, unverified, account, now).await
}

/// Keys of users, with these fingerprints, count from now on: as [`unverified_again`], and what counts by a trust that is the same key, or by
/// certificates, which may have one: it is the user's rather.
pub(crate) async fn of_users_again<C: ConnectionTrait>(
    connection: &C,
    fingerprints: impl IntoIterator<Item = &str>,
    now: OffsetDateTime,
) -> Result<()> {
    let either = Condition::any()
        .add(signature_trust::Column::Kind.ne(TrustKind::Key))
        .add(signature_trust::Column::Fingerprint.is_in(fingerprints));
    let trusts = signature_trust::Entity::find()
        .select_only()
        .column(signature_trust::Column::Id)
        .filter(either)
        .into_query();
    let which = Condition::any()
        .add(signature::Column::IsVerified.eq(false))
        .add(signature::Column::TrustId.in_subquery(trusts));
    known_more(connection, which, None, now).await
}

/// Somebody more is trusted: these are looked at again, and what is due.
async fn known_more<C: ConnectionTrait>(
    connection: &C,
    which: Condition,
    account: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<()> {
    signature_manifest::Entity::update_many()
        .col_expr(signature_manifest::Column::DueAt, Expr::val(now))
        .filter(signature_manifest::Column::DueAt.lte(now))
        .exec(connection)
        .await?;
    again(connection, which, account, now).await
}

/// Somebody is trusted no more: what counted by that key, or by that trust, is looked at again.
pub(crate) async fn again_for<C: ConnectionTrait>(
    connection: &C,
    id: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    let either = Condition::any()
        .add(signature::Column::PublicKeyId.eq(id))
        .add(signature::Column::TrustId.eq(id));
    again(connection, either, None, now).await
}

async fn again<C: ConnectionTrait>(
    connection: &C,
    which: Condition,
    account: Option<Uuid>,
    now: OffsetDateTime,
) -> Result<()> {
    let mut found = signature::Entity::find()
        .select_only()
        .columns([
            signature::Column::RepositoryId,
            signature::Column::SubjectDigest,
            signature::Column::ManifestDigest,
        ])
        .filter(which);
    if let Some(account) = account {
        let theirs = Query::select()
            .column(repository::Column::Id)
            .from(repository::Entity)
            .and_where(repository::Column::AccountId.eq(account))
            .to_owned();
        found = found.filter(signature::Column::RepositoryId.in_subquery(theirs));
    }
    let key = Expr::tuple([
        Expr::col(signature_manifest::Column::RepositoryId),
        Expr::col(signature_manifest::Column::SubjectDigest),
        Expr::col(signature_manifest::Column::Digest),
    ]);
    signature_manifest::Entity::update_many()
        .col_expr(signature_manifest::Column::DueAt, Expr::val(now))
        .filter(key.in_subquery(found.into_query()))
        .exec(connection)
        .await?;
    Ok(())
}
