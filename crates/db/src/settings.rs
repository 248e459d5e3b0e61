//! Settings that an administrator changes at run time. Each is one row, a JSON value under its name in the API.

use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, sea_query::OnConflict};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Db, Result, advisories, entities::setting};

/// The value of a setting; `None` when it was never set, or when what was set is of another type.
pub async fn get<T: DeserializeOwned>(db: &Db, key: &str) -> Result<Option<T>> {
    let row = setting::Entity::find_by_id(key).one(&db.read).await?;
    Ok(row.and_then(|row| serde_json::from_value(row.value).ok()))
}

/// Sets a setting.
pub async fn set<T: Serialize>(db: &Db, key: &str, value: &T) -> Result<()> {
    let transaction = db.begin().await?;
    put(&transaction, key, value).await?;
    db.commit(transaction).await?;
    db.move_on(&key);
    Ok(())
}

/// Sets a setting by which images are judged: all of them are to be judged once more.
pub async fn set_and_judge_again<T: Serialize>(db: &Db, key: &str, value: &T) -> Result<()> {
    let transaction = db.begin().await?;
    put(&transaction, key, value).await?;
    advisories::due(&transaction).await?;
    db.commit(transaction).await?;
    db.move_on(&key);
    Ok(())
}

async fn put<T: Serialize>(transaction: &DatabaseTransaction, key: &str, value: &T) -> Result<()> {
    let value =
        serde_json::to_value(value).map_err(|error| sea_orm::DbErr::Custom(error.to_string()))?;
    setting::Entity::insert(setting::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value),
    })
    .on_conflict(
        OnConflict::column(setting::Column::Key)
            .update_column(setting::Column::Value)
            .to_owned(),
    )
    .exec_without_returning(transaction)
    .await?;
    Ok(())
}
