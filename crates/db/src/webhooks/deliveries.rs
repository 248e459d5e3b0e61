//! What webhooks have to tell. A delivery is written in the transaction of what it tells of, and so is never lost; it is sent at least
//! once, in the order of its webhook's; what became of it is kept as a log.
//!
//! One process at a time sends for a webhook: it holds a lease, and says again and again that it still does.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait,
    FromQueryResult, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    Statement, sea_query::Expr,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    Db, Result,
    entities::{webhook, webhook_delivery},
    events,
};

/// Who does not say within this time that it still sends, does not any more.
pub const LEASE: Duration = Duration::seconds(60);
/// What was told, or given up, is forgotten after so long.
pub const KEPT: Duration = Duration::days(30);

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// It is still to be sent.
    Waiting,
    /// The receiver has it.
    Delivered,
    /// It was given up.
    Dead,
}

impl State {
    /// As it stands in the row.
    pub const fn code(self) -> i16 {
        match self {
            Self::Waiting => 0,
            Self::Delivered => 1,
            Self::Dead => 2,
        }
    }

    /// What stands in a row.
    pub const fn of(code: i16) -> Self {
        match code {
            1 => Self::Delivered,
            2 => Self::Dead,
            _ => Self::Waiting,
        }
    }
}

/// The first that waits of a webhook.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Head {
    /// The webhook.
    pub webhook_id: Uuid,
    next_at: OffsetDateTime,
    leased_by: Option<Uuid>,
    lease_until: Option<OffsetDateTime>,
}

impl Head {
    /// When `sender` may send it: not before somebody else's lease has ended.
    pub fn at(&self, sender: Uuid) -> OffsetDateTime {
        let others = self.leased_by.is_some_and(|by| by != sender);
        let lease = self.lease_until.filter(|_| others);
        lease.map_or(self.next_at, |until| Ord::max(until, self.next_at))
    }
}

/// The webhooks that have something to tell and are neither switched off nor paused, each with when its first is to be sent.
pub async fn heads(db: &Db) -> Result<Vec<Head>> {
    const SQL: &str = "SELECT d.webhook_id, d.next_at, w.leased_by, w.lease_until FROM webhooks w JOIN webhook_deliveries d ON d.webhook_id = w.id AND d.id = \
        (SELECT id FROM webhook_deliveries f WHERE f.webhook_id = w.id AND f.next_at IS NOT NULL ORDER BY f.id LIMIT 1) \
        WHERE w.enabled AND w.paused_at IS NULL";
    let statement = Statement::from_string(db.backend(), SQL);
    Ok(Head::find_by_statement(statement).all(&db.read).await?)
}

/// The first deliveries of a webhook that wait, in their order.
pub async fn waiting(db: &Db, hook: Uuid, limit: u64) -> Result<Vec<webhook_delivery::Model>> {
    Ok(in_line(hook, limit).all(&db.read).await?)
}

pub(crate) fn in_line(hook: Uuid, limit: u64) -> Select<webhook_delivery::Entity> {
    webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::WebhookId.eq(hook))
        .filter(webhook_delivery::Column::NextAt.is_not_null())
        .order_by_asc(webhook_delivery::Column::Id)
        .limit(limit)
}

/// How many deliveries of these webhooks wait; those of which none does are not there.
pub async fn count_waiting(
    db: &Db,
    hooks: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, u64>> {
    let counted: Vec<(Uuid, i64)> = webhook_delivery::Entity::find()
        .select_only()
        .column(webhook_delivery::Column::WebhookId)
        .column_as(webhook_delivery::Column::Id.count(), "waiting")
        .filter(webhook_delivery::Column::WebhookId.is_in(hooks))
        .filter(webhook_delivery::Column::NextAt.is_not_null())
        .group_by(webhook_delivery::Column::WebhookId)
        .into_tuple()
        .all(&db.read)
        .await?;
    let counted = counted.into_iter();
    Ok(counted
        .map(|(hook, waiting)| (hook, waiting.unsigned_abs()))
        .collect())
}

/// Takes the right to send for a webhook, for a while, or goes on with it; false where somebody else has it, or nobody may.
pub async fn claim(db: &Db, hook: Uuid, sender: Uuid, now: OffsetDateTime) -> Result<bool> {
    use webhook::Column::{Enabled, Id, LeaseUntil, LeasedBy, PausedAt};
    let is_free = Condition::any()
        .add(LeasedBy.is_null())
        .add(LeasedBy.eq(sender))
        .add(LeaseUntil.lt(now));
    let taken = webhook::Entity::update_many()
        .col_expr(LeasedBy, Expr::val(sender))
        .col_expr(LeaseUntil, Expr::val(now + LEASE))
        .filter(Id.eq(hook))
        .filter(Enabled.eq(true))
        .filter(PausedAt.is_null())
        .filter(is_free)
        .exec(&db.write)
        .await?;
    Ok(taken.rows_affected > 0)
}

/// Gives back what [`claim`] took.
pub async fn release(db: &Db, hook: Uuid, sender: Uuid) -> Result<()> {
    free(
        db,
        Condition::all()
            .add(webhook::Column::Id.eq(hook))
            .add(webhook::Column::LeasedBy.eq(sender)),
    )
    .await
}

/// Takes from whoever has it the right to send: for a process that is the only one, as it begins.
pub async fn release_all(db: &Db) -> Result<()> {
    free(
        db,
        Condition::all().add(webhook::Column::LeasedBy.is_not_null()),
    )
    .await
}

async fn free(db: &Db, which: Condition) -> Result<()> {
    webhook::Entity::update_many()
        .col_expr(webhook::Column::LeasedBy, Expr::val(Option::<Uuid>::None))
        .filter(which)
        .exec(&db.write)
        .await?;
    Ok(())
}

/// What became of an attempt.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// The delivery.
    pub delivery: Uuid,
    /// When it was made.
    pub at: OffsetDateTime,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Milliseconds until there was one, or none.
    pub took_ms: i32,
    /// Why there was none.
    pub error: Option<String>,
    /// The beginning of the answer's body.
    pub answer: Option<String>,
    /// The answer came from an address that is not public.
    pub answer_is_internal: bool,
    /// What becomes of the delivery.
    pub state: State,
    /// When it is tried again.
    pub next_at: Option<OffsetDateTime>,
}

/// How a webhook is after some attempts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Health {
    /// Attempts that failed since one succeeded.
    pub failures: i32,
    /// When one succeeded last, or the webhook was made or switched on.
    pub healthy_at: OffsetDateTime,
    /// The webhook, as it was before these attempts were written down.
    pub row: webhook::Model,
}

/// Writes down attempts of one webhook, and what they say of it; `None` where it is gone. The one who made them keeps the right to send.
pub async fn record(
    db: &Db,
    hook: Uuid,
    sender: Uuid,
    attempts: &[Attempt],
    now: OffsetDateTime,
) -> Result<Option<Health>> {
    let transaction = db.begin().await?;
    let found = webhook::Entity::find_by_id(hook).lock_exclusive();
    let Some(row) = found.one(&transaction).await? else {
        return Ok(None);
    };
    let (mut failures, mut healthy_at) = (row.failures, row.healthy_at);
    let mut succeeded_at = None;
    for attempt in attempts {
        set(&transaction, hook, attempt).await?;
        if attempt.state == State::Delivered {
            succeeded_at = Some(attempt.at);
            (failures, healthy_at) = (0, attempt.at);
        } else {
            failures = failures.saturating_add(1);
        }
    }
    let mut update = webhook::Entity::update_many()
        .col_expr(webhook::Column::Failures, Expr::val(failures))
        .col_expr(webhook::Column::HealthyAt, Expr::val(healthy_at))
        .filter(webhook::Column::Id.eq(hook));
    if row.leased_by == Some(sender) {
        update = update.col_expr(webhook::Column::LeaseUntil, Expr::val(now + LEASE));
    }
    if let Some(at) = succeeded_at {
        update = update.col_expr(webhook::Column::LastSuccessAt, Expr::val(at));
    }
    update.exec(&transaction).await?;
    transaction.commit().await?;
    Ok(Some(Health {
        failures,
        healthy_at,
        row,
    }))
}

async fn set(transaction: &DatabaseTransaction, hook: Uuid, attempt: &Attempt) -> Result<()> {
    use webhook_delivery::Column;
    webhook_delivery::Entity::update_many()
        .col_expr(Column::State, Expr::val(attempt.state.code()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .col_expr(Column::NextAt, Expr::val(attempt.next_at))
        .col_expr(Column::AttemptedAt, Expr::val(attempt.at))
        .col_expr(Column::Status, Expr::val(attempt.status.map(i32::from)))
        .col_expr(Column::TookMs, Expr::val(attempt.took_ms))
        .col_expr(Column::Error, Expr::val(attempt.error.clone()))
        .col_expr(Column::Answer, Expr::val(attempt.answer.clone()))
        .col_expr(
            Column::AnswerIsInternal,
            Expr::val(attempt.answer_is_internal),
        )
        .filter(Column::WebhookId.eq(hook))
        .filter(Column::Id.eq(attempt.delivery))
        // what somebody gave up meanwhile stays so, unless the receiver has it after all
        .filter(
            Condition::any()
                .add(Column::NextAt.is_not_null())
                .add(Expr::val(attempt.state == State::Delivered)),
        )
        .exec(transaction)
        .await?;
    Ok(())
}

/// Has what waits first be sent now, however often it failed: the receiver is another one, or is there again.
pub async fn hurry(db: &Db, hook: Uuid, now: OffsetDateTime) -> Result<()> {
    use webhook_delivery::Column;
    let first = in_line(hook, 1).one(&db.read).await?;
    if let Some(first) = first.filter(|first| first.next_at.is_some_and(|at| at > now)) {
        webhook_delivery::Entity::update_many()
            .col_expr(Column::NextAt, Expr::val(now))
            .filter(Column::WebhookId.eq(hook))
            .filter(Column::Id.eq(first.id))
            .filter(Column::NextAt.is_not_null())
            .exec(&db.write)
            .await?;
    }
    Ok(())
}

/// Gives up what waits since before `before`, of one webhook or of all, also of those that are paused or switched off: answers how many.
pub async fn give_up(
    db: &Db,
    hook: Option<Uuid>,
    reason: &str,
    before: OffsetDateTime,
) -> Result<u64> {
    use webhook_delivery::Column;
    let mut update = webhook_delivery::Entity::update_many();
    if let Some(hook) = hook {
        update = update.filter(Column::WebhookId.eq(hook));
    }
    let given_up = update
        .col_expr(Column::State, Expr::val(State::Dead.code()))
        .col_expr(Column::NextAt, Expr::val(Option::<OffsetDateTime>::None))
        .col_expr(Column::Error, Expr::val(reason))
        .filter(Column::NextAt.is_not_null())
        .filter(Column::Id.lt(events::first_id(before)))
        .exec(&db.write)
        .await?;
    Ok(given_up.rows_affected)
}

/// Gives up one delivery; false where it does not wait any more.
pub async fn give_up_one(db: &Db, of: &webhook_delivery::Model, reason: &str) -> Result<bool> {
    use webhook_delivery::Column;
    let transaction = db.begin().await?;
    let given_up = webhook_delivery::Entity::update_many()
        .col_expr(Column::State, Expr::val(State::Dead.code()))
        .col_expr(Column::NextAt, Expr::val(Option::<OffsetDateTime>::None))
        .col_expr(Column::Error, Expr::val(reason))
        .filter(Column::WebhookId.eq(of.webhook_id))
        .filter(Column::Id.eq(of.id))
        .filter(Column::NextAt.is_not_null())
        .exec(&transaction)
        .await?;
    if given_up.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// A page of the log of a webhook, the newest first, behind the delivery of id `last`.
pub async fn log(
    db: &Db,
    hook: Uuid,
    last: Option<Uuid>,
    limit: u64,
) -> Result<Vec<webhook_delivery::Model>> {
    Ok(logged(hook, last, limit).all(&db.read).await?)
}

pub(crate) fn logged(
    hook: Uuid,
    last: Option<Uuid>,
    limit: u64,
) -> Select<webhook_delivery::Entity> {
    let mut query = webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::WebhookId.eq(hook))
        .order_by_desc(webhook_delivery::Column::Id)
        .limit(limit);
    if let Some(last) = last {
        query = query.filter(webhook_delivery::Column::Id.lt(last));
    }
    query
}

/// How many deliveries the log of a webhook has.
pub async fn count(db: &Db, hook: Uuid) -> Result<u64> {
    Ok(webhook_delivery::Entity::find()
        .filter(webhook_delivery::Column::WebhookId.eq(hook))
        .count(&db.read)
        .await?)
}

/// One delivery of a webhook.
pub async fn find(db: &Db, hook: Uuid, id: Uuid) -> Result<Option<webhook_delivery::Model>> {
    Ok(webhook_delivery::Entity::find_by_id((hook, id))
        .one(&db.read)
        .await?)
}

/// Has the same event sent once more, behind all that waits; it lives as long as a new one. Answers the new delivery.
pub async fn again(
    db: &Db,
    of: &webhook_delivery::Model,
    now: OffsetDateTime,
) -> Result<webhook_delivery::Model> {
    let row = webhook_delivery::Model {
        id: Uuid::now_v7(),
        by_hand: true,
        state: State::Waiting.code(),
        attempts: 0,
        next_at: Some(now),
        attempted_at: None,
        status: None,
        took_ms: None,
        error: None,
        answer: None,
        answer_is_internal: false,
        ..of.clone()
    };
    let transaction = db.begin().await?;
    webhook_delivery::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(row)
}

/// Forgets what was told or given up before `before`.
pub async fn forget(db: &Db, before: OffsetDateTime) -> Result<u64> {
    let gone = webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::MadeAt.lt(before))
        // what was sent again is as old as that
        .filter(webhook_delivery::Column::Id.lt(events::first_id(before)))
        .filter(webhook_delivery::Column::NextAt.is_null())
        .exec(&db.write)
        .await?;
    Ok(gone.rows_affected)
}
