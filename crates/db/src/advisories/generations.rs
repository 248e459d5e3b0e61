//! Beginning, publishing and giving up a generation.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use time::OffsetDateTime;

use super::{CURRENT, FAILED, LOADING, OLD};
use crate::{
    Db, Error, Result,
    entities::{advisory, advisory_generation, exploitation, exploited},
    scans::lock_judging,
};

/// What is known of a generation when all of it is loaded.
#[derive(Clone, Debug)]
pub struct Finished {
    /// What the bundle calls itself.
    pub db_version: Option<i64>,
    /// When the bundle was made.
    pub built_at: Option<OffsetDateTime>,
    /// Records of each source.
    pub sources: serde_json::Value,
    /// Records in it.
    pub records: i64,
    /// Records that are new, gone or different.
    pub changed: i64,
    /// Records that could not be used.
    pub refused: i64,
    /// It brought EPSS rows.
    pub has_exploitation: bool,
    /// It brought KEV rows.
    pub has_exploited: bool,
}

/// Begins a new generation and answers its number. Fails with [`Error::Exists`] while another one is being loaded.
pub async fn begin(
    db: &Db,
    origin: &str,
    file: &str,
    started_by: &str,
    now: OffsetDateTime,
) -> Result<i64> {
    let transaction = db.begin().await?;
    lock_judging(&transaction, true).await?;
    let loading = advisory_generation::Entity::find()
        .filter(advisory_generation::Column::State.eq(LOADING))
        .count(&transaction)
        .await?;
    if loading > 0 {
        return Err(Error::Exists("An update that is being loaded".to_owned()));
    }
    let last: Option<i64> = advisory_generation::Entity::find()
        .select_only()
        .column(advisory_generation::Column::Id)
        .order_by_desc(advisory_generation::Column::Id)
        .into_tuple()
        .one(&transaction)
        .await?;
    let id = last.unwrap_or(0) + 1;
    let row = advisory_generation::Model {
        id,
        state: LOADING.to_owned(),
        origin: origin.to_owned(),
        file: file.to_owned(),
        started_by: started_by.to_owned(),
        db_version: None,
        built_at: None,
        started_at: now,
        alive_at: now,
        finished_at: None,
        checked_at: None,
        sources: serde_json::json!({}),
        records: 0,
        changed: 0,
        refused: 0,
        images: 0,
        error: None,
        exploitation: None,
        exploited: None,
    };
    advisory_generation::ActiveModel::from(row)
        .reset_all()
        .insert(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(id)
}

/// Makes a loaded generation the one that counts. From here on everything is judged by it.
pub async fn publish(db: &Db, id: i64, finished: Finished, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    lock_judging(&transaction, true).await?;
    let before = advisory_generation::Entity::find()
        .filter(advisory_generation::Column::State.eq(CURRENT))
        .one(&transaction)
        .await?;
    let of_before =
        |pick: fn(&advisory_generation::Model) -> Option<i64>| before.as_ref().and_then(pick);
    let exploitation = if finished.has_exploitation {
        Some(id)
    } else {
        of_before(|row| row.exploitation)
    };
    let exploited = if finished.has_exploited {
        Some(id)
    } else {
        of_before(|row| row.exploited)
    };
    advisory_generation::Entity::update_many()
        .col_expr(advisory_generation::Column::State, Expr::val(OLD))
        .filter(advisory_generation::Column::State.eq(CURRENT))
        .exec(&transaction)
        .await?;
    if !is_loading(&transaction, id).await? {
        return Err(given_up());
    }
    advisory_generation::ActiveModel {
        id: Set(id),
        state: Set(CURRENT.to_owned()),
        db_version: Set(finished.db_version),
        built_at: Set(finished.built_at),
        finished_at: Set(Some(now)),
        sources: Set(finished.sources),
        records: Set(finished.records),
        changed: Set(finished.changed),
        refused: Set(finished.refused),
        exploitation: Set(exploitation),
        exploited: Set(exploited),
        ..Default::default()
    }
    .update(&transaction)
    .await?;
    db.commit(transaction).await
}

/// Gives up a generation that was being loaded: nothing of it is left but the row that says why.
pub async fn fail(db: &Db, id: i64, error: &str, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    undo(&transaction, id).await?;
    advisory_generation::ActiveModel {
        id: Set(id),
        state: Set(FAILED.to_owned()),
        finished_at: Set(Some(now)),
        error: Set(Some(error.to_owned())),
        ..Default::default()
    }
    .update(&transaction)
    .await?;
    db.commit(transaction).await
}

/// Takes back a generation that was being loaded and brought nothing new: it leaves no trace.
pub async fn withdraw(db: &Db, id: i64) -> Result<()> {
    let transaction = db.begin().await?;
    if !is_loading(&transaction, id).await? {
        return Err(given_up());
    }
    undo(&transaction, id).await?;
    advisory_generation::Entity::delete_by_id(id)
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
}

/// What a generation that does not count wrote is as it was before.
async fn undo(transaction: &DatabaseTransaction, id: i64) -> Result<()> {
    advisory::Entity::delete_many()
        .filter(advisory::Column::Since.eq(id))
        .exec(transaction)
        .await?;
    advisory::Entity::update_many()
        .col_expr(advisory::Column::Until, Expr::val(Option::<i64>::None))
        .filter(advisory::Column::Until.eq(id))
        .exec(transaction)
        .await?;
    exploitation::Entity::delete_many()
        .filter(exploitation::Column::Generation.eq(id))
        .exec(transaction)
        .await?;
    exploited::Entity::delete_many()
        .filter(exploited::Column::Generation.eq(id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Says that generation `id` is still being loaded. Fails where somebody gave it up.
pub async fn alive(db: &Db, id: i64, now: OffsetDateTime) -> Result<()> {
    let told = advisory_generation::Entity::update_many()
        .col_expr(advisory_generation::Column::AliveAt, Expr::val(now))
        .filter(advisory_generation::Column::Id.eq(id))
        .filter(advisory_generation::Column::State.eq(LOADING))
        .exec(&db.write)
        .await?;
    if told.rows_affected == 0 {
        return Err(given_up());
    }
    Ok(())
}

async fn is_loading<C: ConnectionTrait>(connection: &C, id: i64) -> Result<bool> {
    let loading = advisory_generation::Entity::find_by_id(id)
        .filter(advisory_generation::Column::State.eq(LOADING))
        .count(connection)
        .await?;
    Ok(loading > 0)
}

fn given_up() -> Error {
    Error::Missing("The update, which was given up meanwhile,".to_owned())
}

/// Generations that are being loaded, by somebody who was not heard of since `silent_since`.
pub async fn interrupted(db: &Db, silent_since: OffsetDateTime) -> Result<Vec<i64>> {
    Ok(advisory_generation::Entity::find()
        .select_only()
        .column(advisory_generation::Column::Id)
        .filter(advisory_generation::Column::State.eq(LOADING))
        .filter(advisory_generation::Column::AliveAt.lt(silent_since))
        .into_tuple()
        .all(&db.read)
        .await?)
}

/// The generation that counts, with what is known of it.
pub async fn current_row(db: &Db) -> Result<Option<advisory_generation::Model>> {
    Ok(advisory_generation::Entity::find()
        .filter(advisory_generation::Column::State.eq(CURRENT))
        .order_by_desc(advisory_generation::Column::Id)
        .one(&db.read)
        .await?)
}

/// The last generations, whatever became of them, newest first, behind the one numbered `before`.
pub async fn history(
    db: &Db,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<advisory_generation::Model>> {
    let mut query = advisory_generation::Entity::find();
    if let Some(before) = before {
        query = query.filter(advisory_generation::Column::Id.lt(before));
    }
    Ok(query
        .order_by_desc(advisory_generation::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?)
}

/// Whether there is, or was, a generation of this number.
pub async fn exists(db: &Db, id: i64) -> Result<bool> {
    let found = advisory_generation::Entity::find_by_id(id).count(&db.read);
    Ok(found.await? > 0)
}

/// How many there are.
pub async fn history_count(db: &Db) -> Result<u64> {
    Ok(advisory_generation::Entity::find().count(&db.read).await?)
}

/// The generation that counts while not everything is judged by it, and the last one by which everything was.
pub async fn unchecked(db: &Db) -> Result<Option<(i64, i64)>> {
    let Some(current) = current_row(db).await? else {
        return Ok(None);
    };
    if current.checked_at.is_some() {
        return Ok(None);
    }
    let checked: Option<i64> = advisory_generation::Entity::find()
        .select_only()
        .column(advisory_generation::Column::Id)
        .filter(advisory_generation::Column::CheckedAt.is_not_null())
        .filter(advisory_generation::Column::Id.lt(current.id))
        .order_by_desc(advisory_generation::Column::Id)
        .into_tuple()
        .one(&db.read)
        .await?;
    Ok(Some((checked.unwrap_or(0), current.id)))
}

/// Everything is to be judged by the data that counts once more.
pub async fn judge_again(db: &Db) -> Result<()> {
    let transaction = db.begin().await?;
    if !due(&transaction).await? {
        return Ok(());
    }
    db.commit(transaction).await
}

/// As [`judge_again`], within a transaction; false where everything is to be judged anyway.
pub(crate) async fn due(transaction: &DatabaseTransaction) -> Result<bool> {
    // as if no generation before had judged anything
    let due = advisory_generation::Entity::update_many()
        .col_expr(
            advisory_generation::Column::CheckedAt,
            Expr::val(Option::<OffsetDateTime>::None),
        )
        .filter(advisory_generation::Column::CheckedAt.is_not_null())
        .exec(transaction)
        .await?;
    Ok(due.rows_affected > 0)
}

/// Everything is judged by generation `id`, and `images` have other sums than before.
pub async fn mark_checked(db: &Db, id: i64, images: i64, now: OffsetDateTime) -> Result<()> {
    let transaction = db.begin().await?;
    advisory_generation::ActiveModel {
        id: Set(id),
        checked_at: Set(Some(now)),
        images: Set(images),
        ..Default::default()
    }
    .update(&transaction)
    .await?;
    db.commit(transaction).await
}

/// Removes what no generation needs any more: records replaced before the one before `id`, and older EPSS and KEV rows. Call it when
/// everything is judged by `id`.
pub async fn cleared(db: &Db, id: i64) -> Result<()> {
    let kept: Vec<advisory_generation::Model> = advisory_generation::Entity::find()
        .filter(advisory_generation::Column::Id.lte(id))
        .filter(advisory_generation::Column::State.is_in([CURRENT, OLD]))
        .order_by_desc(advisory_generation::Column::Id)
        .limit(2)
        .all(&db.read)
        .await?;
    let Some(oldest) = kept.last() else {
        return Ok(());
    };
    advisory::Entity::delete_many()
        .filter(advisory::Column::Until.lte(oldest.id))
        .exec(&db.write)
        .await?;
    let likely = kept.iter().filter_map(|row| row.exploitation);
    exploitation::Entity::delete_many()
        .filter(exploitation::Column::Generation.lte(id))
        .filter(exploitation::Column::Generation.is_not_in(likely))
        .exec(&db.write)
        .await?;
    let used = kept.iter().filter_map(|row| row.exploited);
    exploited::Entity::delete_many()
        .filter(exploited::Column::Generation.lte(id))
        .filter(exploited::Column::Generation.is_not_in(used))
        .exec(&db.write)
        .await?;
    Ok(())
}
