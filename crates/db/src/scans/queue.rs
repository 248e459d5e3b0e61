//! Scans that wait, that run, and what became of them. The queue is the table of images: one row for each, so that nothing is
//! scanned twice at once.
//!
//! Who works on a scan holds a lease. When it is not renewed, because the process died, somebody else takes the scan over.

use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, EntityTrait, ExprTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement, StatementBuilder,
    sea_query::{Expr, OnConflict},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{LOT, State, lock_judging};
use crate::{
    Db, Result,
    entities::{image_scan, manifest},
    manifests::Put,
};

/// How long a worker may be silent.
pub const LEASE: Duration = Duration::minutes(2);
/// How often a scan is begun before it has failed.
pub const ATTEMPTS: i16 = 3;

/// The higher, the sooner.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Priority {
    /// Everything is to be scanned again.
    All = 0,
    /// It was pushed.
    Push = 1,
    /// Somebody asked, and waits.
    Asked = 2,
}

/// Asks for scans of these images. One that waits goes up in the queue; one that runs, or ran with `detector_version`, stays as it is
/// unless `again`. Answers how many were put into the queue, or moved in it.
pub async fn enqueue(
    db: &Db,
    digests: &[String],
    priority: Priority,
    again: bool,
    detector_version: i32,
    now: OffsetDateTime,
) -> Result<u64> {
    let due_before = if again { i32::MAX } else { detector_version };
    let transaction = db.begin().await?;
    let queued = put(&transaction, digests, priority, due_before, now).await?;
    if queued > 0 {
        db.commit(transaction).await?;
    }
    Ok(queued)
}

/// Asks for the scan of a new image that is being pushed, where one is wanted: no row where it has one.
pub(crate) fn pushed(image: &Put, backend: DatabaseBackend) -> Option<Statement> {
    image.scan?;
    let row = fresh(
        &image.manifest.digest,
        Priority::Push,
        image.manifest.pushed_at,
    );
    let mut insert = image_scan::Entity::insert(row).into_query();
    insert.on_conflict(once());
    Some(StatementBuilder::build(&insert, &backend))
}

/// The same, of an image that may have been scanned.
pub(crate) async fn pushed_again<C: ConnectionTrait>(connection: &C, image: &Put) -> Result<()> {
    let Some(detector_version) = image.scan else {
        return Ok(());
    };
    let digests = [image.manifest.digest.clone()];
    let at = image.manifest.pushed_at;
    put(connection, &digests, Priority::Push, detector_version, at).await?;
    Ok(())
}

fn once() -> OnConflict {
    OnConflict::column(image_scan::Column::Digest)
        .do_nothing()
        .to_owned()
}

/// Puts images into the queue that are new, or were read by a detector before `due_before`.
async fn put<C: ConnectionTrait>(
    connection: &C,
    digests: &[String],
    priority: Priority,
    due_before: i32,
    now: OffsetDateTime,
) -> Result<u64> {
    let mut queued = 0;
    for lot in digests.chunks(LOT) {
        let rows = lot.iter().map(|digest| fresh(digest, priority, now));
        let new = image_scan::Entity::insert_many(rows)
            .on_conflict(once())
            .exec_without_returning(connection)
            .await?;
        queued += new;
        if new == lot.len() as u64 {
            continue;
        }
        queued += image_scan::Entity::update_many()
            .col_expr(image_scan::Column::Priority, Expr::val(priority as i16))
            .filter(image_scan::Column::Digest.is_in(lot))
            .filter(image_scan::Column::State.eq(State::Pending.code()))
            .filter(image_scan::Column::Priority.lt(priority as i16))
            .exec(connection)
            .await?
            .rows_affected;
        let at_rest = [State::Failed, State::Unscanned, State::Completed].map(State::code);
        queued += image_scan::Entity::update_many()
            .col_expr(image_scan::Column::State, Expr::val(State::Pending.code()))
            .col_expr(image_scan::Column::Priority, Expr::val(priority as i16))
            .col_expr(image_scan::Column::RequestedAt, Expr::val(now))
            .col_expr(image_scan::Column::Attempts, Expr::val(0_i16))
            .filter(image_scan::Column::Digest.is_in(lot))
            .filter(image_scan::Column::State.is_in(at_rest))
            .filter(image_scan::Column::DetectorVersion.lt(due_before))
            .exec(connection)
            .await?
            .rows_affected;
    }
    Ok(queued)
}

fn fresh(digest: &str, priority: Priority, now: OffsetDateTime) -> image_scan::ActiveModel {
    image_scan::ActiveModel {
        id: NotSet,
        digest: Set(digest.to_owned()),
        state: Set(State::Pending.code()),
        priority: Set(priority as i16),
        requested_at: Set(now),
        lease_until: Set(None),
        leased_by: Set(None),
        attempts: Set(0),
        layers_done: Set(0),
        layers_total: Set(0),
        error: Set(None),
        detector_version: Set(0),
        scanned_at: Set(None),
        checked_at: Set(None),
        os: Set(None),
        chain_id: Set(None),
        foreign_layers: Set(false),
        incomplete: Set(None),
        components: Set(0),
    }
}

/// Asks for scans of all images that were read by no detector, or by one before `detector_version`. Answers how many there are.
pub async fn enqueue_all(db: &Db, detector_version: i32, now: OffsetDateTime) -> Result<u64> {
    let mut queued = 0;
    let mut last = String::new();
    loop {
        let digests: Vec<String> = manifest::Entity::find()
            .select_only()
            .column(manifest::Column::Digest)
            .filter(manifest::Column::ArtifactType.is_in(IMAGE_TYPES))
            .filter(
                Condition::any()
                    .add(manifest::Column::Os.is_null())
                    .add(manifest::Column::Os.ne("unknown")),
            )
            .filter(manifest::Column::Digest.gt(last.as_str()))
            .distinct()
            .order_by_asc(manifest::Column::Digest)
            .limit(1_000)
            .into_tuple()
            .all(&db.read)
            .await?;
        let Some(end) = digests.last() else {
            return Ok(queued);
        };
        last.clone_from(end);
        queued += enqueue(db, &digests, Priority::All, false, detector_version, now).await?;
    }
}

/// The types of configuration that make a manifest an image.
const IMAGE_TYPES: [&str; 2] = [oci::manifest::OCI_CONFIG, oci::manifest::DOCKER_CONFIG];

/// Takes the scan that is due next, for `worker`. `None` when there is none.
pub async fn claim(
    db: &Db,
    worker: Uuid,
    now: OffsetDateTime,
) -> Result<Option<image_scan::Model>> {
    loop {
        let Some(row) = next(now).one(&db.read).await? else {
            return Ok(None);
        };
        // what is being forgotten is gone before, or stays
        let transaction = db.begin().await?;
        lock_judging(&transaction, false).await?;
        let taken = image_scan::Entity::update_many()
            .col_expr(image_scan::Column::State, Expr::val(State::Scanning.code()))
            .col_expr(image_scan::Column::LeasedBy, Expr::val(worker))
            .col_expr(image_scan::Column::LeaseUntil, Expr::val(now + LEASE))
            .col_expr(
                image_scan::Column::Attempts,
                Expr::col(image_scan::Column::Attempts).add(1),
            )
            .col_expr(image_scan::Column::LayersDone, Expr::val(0_i32))
            .filter(image_scan::Column::Id.eq(row.id))
            .filter(image_scan::Column::State.eq(row.state))
            .filter(image_scan::Column::Attempts.eq(row.attempts))
            .exec(&transaction)
            .await?;
        if taken.rows_affected == 1 {
            db.commit(transaction).await?;
            return Ok(Some(image_scan::Model {
                state: State::Scanning.code(),
                attempts: row.attempts + 1,
                ..row
            }));
        }
    }
}

/// What waits, and what somebody began and is silent about.
pub(crate) fn next(now: OffsetDateTime) -> sea_orm::Select<image_scan::Entity> {
    let begun = [
        State::Scanning.code(),
        State::Scanned.code(),
        State::Checking.code(),
    ];
    image_scan::Entity::find()
        .filter(
            Condition::any()
                .add(image_scan::Column::State.eq(State::Pending.code()))
                .add(
                    Condition::all()
                        .add(image_scan::Column::State.is_in(begun))
                        .add(image_scan::Column::LeaseUntil.lt(now)),
                ),
        )
        .order_by_desc(image_scan::Column::Priority)
        .order_by_asc(image_scan::Column::RequestedAt)
        .limit(1)
}

/// Says how far `worker` is with a scan, and that it goes on. False when it is not its scan any more: it was cancelled, or taken over.
pub async fn progress(
    db: &Db,
    worker: Uuid,
    scan: i64,
    state: State,
    layers: (i32, i32),
    now: OffsetDateTime,
) -> Result<bool> {
    let renewed = image_scan::Entity::update_many()
        .col_expr(image_scan::Column::State, Expr::val(state.code()))
        .col_expr(image_scan::Column::LeaseUntil, Expr::val(now + LEASE))
        .col_expr(image_scan::Column::LayersDone, Expr::val(layers.0))
        .col_expr(image_scan::Column::LayersTotal, Expr::val(layers.1))
        .filter(held(worker, scan))
        .exec(&db.write)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Gives up on a scan: for good, or until it is tried again.
pub async fn fail(db: &Db, worker: Uuid, scan: i64, error: &str, again: bool) -> Result<()> {
    let state = if again { State::Pending } else { State::Failed };
    let transaction = db.begin().await?;
    let failed = image_scan::Entity::update_many()
        .col_expr(image_scan::Column::State, Expr::val(state.code()))
        .col_expr(image_scan::Column::Error, Expr::val(error))
        .col_expr(
            image_scan::Column::LeasedBy,
            Expr::val(Option::<Uuid>::None),
        )
        .filter(held(worker, scan))
        .exec(&transaction)
        .await?;
    if failed.rows_affected == 0 {
        return Ok(());
    }
    db.commit(transaction).await
}

/// Takes a scan out of the queue, also one that runs: what it had found before is as it was. False when there was nothing to cancel.
pub async fn cancel(db: &Db, digest: &str) -> Result<bool> {
    let transaction = db.begin().await?;
    let back = Expr::case(
        image_scan::Column::ScannedAt.is_not_null(),
        State::Completed.code(),
    )
    .finally(State::Unscanned.code());
    let cancelled = image_scan::Entity::update_many()
        .col_expr(image_scan::Column::State, back.into())
        .col_expr(
            image_scan::Column::LeasedBy,
            Expr::val(Option::<Uuid>::None),
        )
        .filter(image_scan::Column::Digest.eq(digest))
        .filter(image_scan::Column::State.is_in([
            State::Pending.code(),
            State::Scanning.code(),
            State::Scanned.code(),
            State::Checking.code(),
        ]))
        .exec(&transaction)
        .await?;
    if cancelled.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Scans that wait.
    pub pending: u64,
    /// Scans that go on.
    pub running: u64,
}

/// How much there is to do now.
pub async fn counts(db: &Db) -> Result<Counts> {
    let count = |states: &[State]| {
        let states: Vec<i16> = states.iter().map(|state| state.code()).collect();
        image_scan::Entity::find()
            .filter(image_scan::Column::State.is_in(states))
            .count(&db.read)
    };
    Ok(Counts {
        pending: count(&[State::Pending]).await?,
        running: count(&[State::Scanning, State::Checking]).await?,
    })
}

/// The row of an image that `worker` works on.
pub(super) fn held(worker: Uuid, scan: i64) -> Condition {
    Condition::all()
        .add(image_scan::Column::Id.eq(scan))
        .add(image_scan::Column::LeasedBy.eq(worker))
}

/// The row of `scan`, if it is still `worker`'s.
pub(super) async fn is_held<C: ConnectionTrait>(
    connection: &C,
    worker: Uuid,
    scan: i64,
) -> Result<bool> {
    let row = image_scan::Entity::find()
        .filter(held(worker, scan))
        .one(connection)
        .await?;
    Ok(row.is_some())
}
