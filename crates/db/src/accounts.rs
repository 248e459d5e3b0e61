//! Users and organizations.

mod list;

#[cfg(test)]
pub(crate) use list::select;
pub use list::{Counts, Kind, Order, Start, count, counts, list, page};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, SqlErr, sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Db, Error, Result, entities::account, members, public_keys};

/// What a new account begins with.
#[derive(Clone, Debug, Default)]
pub struct New {
    /// The name in URLs and image names, as `oci::name::Namespace` allows it.
    pub name: String,
    /// The name in words; may be empty.
    pub full_name: String,
    /// An organization.
    pub is_org: bool,
    /// May do everything.
    pub is_admin: bool,
    /// Argon2id, as a PHC string.
    pub password_hash: Option<String>,
}

/// What changes of an account; `None` stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// Another name. Its repositories get the namespace of that name; ids stay, and with them everything that refers to the
    /// account.
    pub name: Option<String>,
    /// The name in words.
    pub full_name: Option<String>,
    /// May do everything.
    pub is_admin: Option<bool>,
    /// May sign in.
    pub is_active: Option<bool>,
    /// Argon2id, as a PHC string.
    pub password_hash: Option<String>,
}

/// Makes an account. [`Error::Exists`] where the name is taken.
pub async fn create(db: &Db, new: New, now: OffsetDateTime) -> Result<account::Model> {
    let transaction = db.begin().await?;
    let row = insert(&transaction, new, false, now).await?;
    db.commit_about(transaction, Some(row.id)).await?;
    Ok(row)
}

pub(crate) async fn insert<C: ConnectionTrait>(
    connection: &C,
    new: New,
    is_imported: bool,
    now: OffsetDateTime,
) -> Result<account::Model> {
    let name = new.name.clone();
    account::ActiveModel {
        id: Set(Uuid::now_v7()),
        name: Set(new.name),
        full_name: Set(new.full_name),
        is_org: Set(new.is_org),
        is_admin: Set(new.is_admin),
        is_active: Set(true),
        password_hash: Set(new.password_hash),
        is_imported: Set(is_imported),
        created_at: Set(now),
    }
    .insert(connection)
    .await
    .map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Exists(format!("the account {name}")),
        _ => error.into(),
    })
}

/// The account of that name.
pub async fn find(db: &Db, name: &str) -> Result<Option<account::Model>> {
    // PostgreSQL cannot even be asked for it.
    if name.contains('\0') {
        return Ok(None);
    }
    Ok(account::Entity::find()
        .filter(account::Column::Name.eq(name))
        .one(&db.read)
        .await?)
}

/// The account of that id.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<account::Model>> {
    Ok(account::Entity::find_by_id(id).one(&db.read).await?)
}

/// Names of accounts, for the people named in a list; ids that are gone are left out.
pub async fn names(
    db: &Db,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<std::collections::HashMap<Uuid, String>> {
    let ids: std::collections::BTreeSet<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = account::Entity::find()
        .select_only()
        .columns([account::Column::Id, account::Column::Name])
        .filter(account::Column::Id.is_in(ids))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Those of these accounts that are organizations.
pub async fn organizations(
    db: &Db,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<std::collections::HashSet<Uuid>> {
    let ids: std::collections::BTreeSet<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(std::collections::HashSet::new());
    }
    let rows: Vec<Uuid> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::Id.is_in(ids))
        .filter(account::Column::IsOrg.eq(true))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Changes an account, all of it or nothing; `None` when there is none of that id. [`Error::LastAdmin`] where nobody could
/// administer the registry any more, [`Error::Exists`] where the name is taken, [`Error::SignedName`] where what is signed goes by the
/// old one.
pub async fn update(
    db: &Db,
    id: Uuid,
    update: Update,
    now: OffsetDateTime,
) -> Result<Option<account::Model>> {
    let transaction = db.begin().await?;
    let Some(row) = account::Entity::find_by_id(id).one(&transaction).await? else {
        return Ok(None);
    };
    if update == Update::default() {
        return Ok(Some(row));
    }
    if update.is_admin == Some(false) || update.is_active == Some(false) {
        keep_an_admin(&transaction, id).await?;
    }
    let (old, was_active) = (row.name.clone(), row.is_active);
    let mut row = account::ActiveModel::from(row);
    if let Some(name) = update.name {
        row.name = Set(name);
    }
    if let Some(full_name) = update.full_name {
        row.full_name = Set(full_name);
    }
    if let Some(is_admin) = update.is_admin {
        row.is_admin = Set(is_admin);
    }
    if let Some(is_active) = update.is_active {
        row.is_active = Set(is_active);
    }
    if let Some(hash) = update.password_hash {
        row.password_hash = Set(Some(hash));
    }
    let name = row.name.as_ref().clone();
    let row = row
        .update(&transaction)
        .await
        .map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                Error::Exists(format!("the account {name}"))
            }
            _ => error.into(),
        })?;
    if row.is_active != was_active {
        public_keys::switched(&transaction, &row, now).await?;
    }
    let renamed = if row.name == old {
        Vec::new()
    } else {
        rename(&transaction, &old, &row).await?
    };
    db.commit(transaction).await?;
    for (repository, name) in &renamed {
        db.move_on(repository);
        for namespace in [&old, &row.name] {
            db.move_on(&(namespace.as_str(), name.as_str()));
        }
    }
    Ok(Some(row))
}

/// Gives what carries the name of an account its new one, and answers which repositories those are.
async fn rename(
    transaction: &DatabaseTransaction,
    old: &str,
    row: &account::Model,
) -> Result<Vec<(Uuid, String)>> {
    use crate::entities::repository;
    let owned = repository::Entity::find()
        .select_only()
        .columns([repository::Column::Id, repository::Column::Name])
        .filter(repository::Column::AccountId.eq(row.id))
        .into_tuple()
        .all(transaction)
        .await?;
    if let Some(name) = crate::trust::leave(transaction, row.id).await? {
        return Err(Error::SignedName(format!("{old}/{name}")));
    }
    members::renamed(transaction, row.id, &row.name).await?;
    repository::Entity::update_many()
        .col_expr(repository::Column::Namespace, Expr::val(&row.name))
        .filter(repository::Column::AccountId.eq(row.id))
        .exec(transaction)
        .await?;
    Ok(owned)
}

/// [`Error::LastAdmin`] where nobody could administer the registry without the account. Only [`delete`] can be sure.
pub async fn may_go(db: &Db, id: Uuid) -> Result<()> {
    let transaction = db.begin().await?;
    keep_an_admin(&transaction, id).await
}

/// Deletes an account that owns no repository; its sessions and tokens go with it, and nobody else gets its keys. False when it owns one.
/// [`Error::LastAdmin`] where nobody could administer the registry any more, [`Error::LastOwner`] where nobody would own one of
/// its organizations.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    use crate::entities::repository;
    let transaction = db.begin().await?;
    let owned = repository::Entity::find()
        .filter(repository::Column::AccountId.eq(id))
        .count(&transaction)
        .await?;
    if owned > 0 {
        return Ok(false);
    }
    keep_an_admin(&transaction, id).await?;
    if members::owns_alone(&transaction, id).await? {
        return Err(Error::LastOwner);
    }
    public_keys::retire(&transaction, id).await?;
    account::Entity::delete_by_id(id).exec(&transaction).await?;
    db.commit(transaction).await?;
    Ok(true)
}

/// Fails where `leaving` is the only administrator who may sign in, or the only one with a password of ours: the others cannot
/// sign in while the directory or their identity provider is away. Administrators stay locked until `transaction` ends, so that
/// two of them cannot remove each other at the same time.
async fn keep_an_admin(transaction: &DatabaseTransaction, leaving: Uuid) -> Result<()> {
    let admins: Vec<(Uuid, bool)> = account::Entity::find()
        .select_only()
        .column(account::Column::Id)
        .column_as(account::Column::PasswordHash.is_not_null(), "is_local")
        .filter(list::condition(Kind::Admins, None))
        .filter(account::Column::IsActive.eq(true))
        .lock_exclusive()
        .into_tuple()
        .all(transaction)
        .await?;
    let local = admins.iter().filter(|(_, is_local)| *is_local);
    let local: Vec<Uuid> = local.map(|(id, _)| *id).collect();
    let is_last = admins.iter().all(|(id, _)| *id == leaving);
    if local == [leaving] || is_last && !admins.is_empty() {
        Err(Error::LastAdmin)
    } else {
        Ok(())
    }
}
