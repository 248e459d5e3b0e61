//! What webhooks are to be told of a change: written in its transaction.

use std::{collections::HashSet, sync::Arc};

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::LockType,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::State;
use crate::{
    Db, Result,
    entities::{webhook, webhook_delivery},
};

/// Rows of one statement: as many values as SQLite takes (32,766) are for more than a thousand.
const TOGETHER: usize = 1_000;

/// What a webhook is to be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// The webhook.
    pub webhook: Uuid,
    /// The event; the same for all who are told of it.
    pub event: Uuid,
    /// The type of the event, by its name.
    pub kind: &'static str,
    /// What it is about, for people.
    pub subject: String,
    /// What is told, as JSON.
    pub contents: Arc<str>,
    /// How it is written.
    pub format: String,
    /// When it happened.
    pub made_at: OffsetDateTime,
}

impl Db {
    /// The same database; webhooks are told this of what is changed through it, in the same transaction: both, or neither.
    #[must_use]
    pub fn telling(&self, told: Vec<Told>) -> Self {
        Self {
            told: told.into(),
            ..self.clone()
        }
    }
}

/// Writes down what webhooks are to be told of something that changes no row of its own.
pub async fn append(db: &Db, told: &[Told]) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let transaction = db.begin().await?;
    write(&transaction, told).await?;
    Ok(transaction.commit().await?)
}

/// Writes down what webhooks are to be told, many with one statement. One that is gone meanwhile is told nothing.
pub(crate) async fn write(transaction: &DatabaseTransaction, told: &[Told]) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let hooks: HashSet<Uuid> = told.iter().map(|told| told.webhook).collect();
    let there: Vec<Uuid> = webhook::Entity::find()
        .select_only()
        .column(webhook::Column::Id)
        .filter(webhook::Column::Id.is_in(hooks))
        // it cannot go before its deliveries are there to go with it; how it does is written meanwhile
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(transaction)
        .await?;
    let there: HashSet<Uuid> = there.into_iter().collect();
    let told: Vec<&Told> = told
        .iter()
        .filter(|told| there.contains(&told.webhook))
        .collect();
    for some in told.chunks(TOGETHER) {
        let rows = some
            .iter()
            .map(|told| row(told).into_active_model().reset_all());
        webhook_delivery::Entity::insert_many(rows)
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

fn row(told: &Told) -> webhook_delivery::Model {
    webhook_delivery::Model {
        webhook_id: told.webhook,
        id: Uuid::now_v7(),
        event_id: told.event,
        kind: told.kind.to_owned(),
        subject: told.subject.clone(),
        contents: told.contents.as_ref().to_owned(),
        format: told.format.clone(),
        made_at: told.made_at,
        by_hand: false,
        state: State::Waiting.code(),
        attempts: 0,
        next_at: Some(told.made_at),
        attempted_at: None,
        status: None,
        took_ms: None,
        error: None,
        answer: None,
        answer_is_internal: false,
    }
}
