//! Secrets that the program makes for itself once, and that every replica shares.

use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use crate::{Db, Result, entities::secret};

/// The secret of that name; `fresh` becomes it when there is none yet. Two that ask at once get the same.
pub async fn get_or_insert(db: &Db, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>> {
    secret::Entity::insert(secret::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(fresh),
    })
    .on_conflict(
        OnConflict::column(secret::Column::Name)
            .do_nothing()
            .to_owned(),
    )
    .exec_without_returning(&db.write)
    .await?;
    secret::Entity::find_by_id(name)
        .one(&db.write)
        .await?
        .map(|row| row.value)
        .ok_or_else(|| crate::Error::Missing(format!("the secret {name}")))
}

/// Puts another value in the place of one that is there.
pub async fn replace(db: &Db, name: &str, value: Vec<u8>) -> Result<()> {
    secret::Entity::update(secret::ActiveModel {
        name: Set(name.to_owned()),
        value: Set(value),
    })
    .exec(&db.write)
    .await?;
    Ok(())
}
