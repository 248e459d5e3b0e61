//! Browser sessions, as rows: `server` wraps these in tower-sessions' store.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, SqlErr,
    sea_query::OnConflict,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Db, Result, entities::session};

/// Inserts a new session; false when the id is taken.
pub async fn create(db: &Db, row: session::Model) -> Result<bool> {
    match session::ActiveModel::from(row).insert(&db.write).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Replaces what a session holds, or makes it.
pub async fn save(db: &Db, row: session::Model) -> Result<()> {
    let row = session::ActiveModel {
        id: Set(row.id),
        account_id: Set(row.account_id),
        data: Set(row.data),
        created_at: Set(row.created_at),
        expires_at: Set(row.expires_at),
    };
    session::Entity::insert(row)
        .on_conflict(
            OnConflict::column(session::Column::Id)
                .update_columns([
                    session::Column::AccountId,
                    session::Column::Data,
                    session::Column::ExpiresAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(&db.write)
        .await?;
    Ok(())
}

/// The session of that id, if it has not ended.
pub async fn load(db: &Db, id: &str, now: OffsetDateTime) -> Result<Option<session::Model>> {
    Ok(session::Entity::find_by_id(id)
        .filter(session::Column::ExpiresAt.gt(now))
        .one(&db.read)
        .await?)
}

/// Ends a session.
pub async fn delete(db: &Db, id: &str) -> Result<()> {
    session::Entity::delete_by_id(id).exec(&db.write).await?;
    Ok(())
}

/// Ends all sessions of an account but `except`.
pub async fn delete_of(db: &Db, account: Uuid, except: Option<&str>) -> Result<u64> {
    let mut query = session::Entity::delete_many().filter(session::Column::AccountId.eq(account));
    if let Some(id) = except {
        query = query.filter(session::Column::Id.ne(id));
    }
    let transaction = db.begin().await?;
    let ended = query.exec(&transaction).await?.rows_affected;
    if ended > 0 {
        db.commit(transaction).await?;
    }
    Ok(ended)
}

/// Removes the rows of sessions that have ended.
pub async fn delete_expired(db: &Db, now: OffsetDateTime) -> Result<u64> {
    let deleted = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(&db.write)
        .await?;
    Ok(deleted.rows_affected)
}
