//! A collection that nobody else changes meanwhile: everything that is read, decided and stored is one transaction. On `PostgreSQL` the
//! collection's row is locked, so that two who publish at once come one after the other; `SQLite` has one writer.

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    SqlErr,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MOST_COLLECTIONS, changes,
    marks::{self, Mark},
    named, role_keys,
    signed::{self, Verified},
    signers,
};
use crate::{
    Db, Error, Result,
    entities::{trust_collection, trust_file, trust_key, trust_role},
    promotions::due,
};

/// A locked collection. Dropped without [`Self::commit`], it is as it was.
#[derive(Debug)]
pub struct Locked {
    transaction: DatabaseTransaction,
    row: trust_collection::Model,
    /// What the record says of it.
    change: Option<changes::New>,
}

/// A file to be stored as a role's newest.
#[derive(Clone, Debug)]
pub struct File {
    /// The role.
    pub role: String,
    /// Higher than that of any file of the role so far.
    pub version: i64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The file.
    pub content: Vec<u8>,
}

/// What comes of an update.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The new files; one of them is the timestamp.
    pub files: Vec<File>,
    /// The roles that clients find from now on.
    pub listed: Vec<String>,
    /// The ids of the registry's keys that signed.
    pub signed_with: Vec<String>,
    /// When it has to be looked again whether the registry signs its part.
    pub renew_at: OffsetDateTime,
    /// When it happens.
    pub now: OffsetDateTime,
}

impl Locked {
    /// Locks the collection of that name in a repository, which is made where it is not there; `None` where the repository has
    /// [`MOST_COLLECTIONS`] others. [`Error::Missing`] where the repository is gone.
    pub async fn open(
        db: &Db,
        repository: Uuid,
        gun: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Self>> {
        let transaction = db.begin().await?;
        let find = || named(repository, gun).lock_exclusive().one(&transaction);
        if let Some(row) = find().await? {
            return Ok(Some(Self::of(transaction, row)));
        }
        let others = trust_collection::Entity::find()
            .filter(trust_collection::Column::RepositoryId.eq(repository));
        if others.count(&transaction).await? >= MOST_COLLECTIONS {
            return Ok(None);
        }
        let row = trust_collection::ActiveModel {
            id: Set(Uuid::now_v7()),
            repository_id: Set(repository),
            gun: Set(gun.to_owned()),
            bytes: Set(0),
            created_at: Set(now),
            published_at: Set(None),
            renew_at: Set(None),
            verified: Set(0),
        };
        // Who makes it at the same time is waited for.
        trust_collection::Entity::insert(row)
            .on_conflict(
                OnConflict::column(trust_collection::Column::Gun)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(&transaction)
            .await
            .map_err(|error| match error.sql_err() {
                Some(SqlErr::ForeignKeyConstraintViolation(_)) => gone(),
                _ => error.into(),
            })?;
        let row = find().await?.ok_or_else(gone)?;
        Ok(Some(Self::of(transaction, row)))
    }

    fn of(transaction: DatabaseTransaction, row: trust_collection::Model) -> Self {
        Self {
            transaction,
            row,
            change: None,
        }
    }

    /// Locks the collection of that id, if it is there.
    pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<Self>> {
        let transaction = db.begin().await?;
        let row = trust_collection::Entity::find_by_id(id)
            .lock_exclusive()
            .one(&transaction)
            .await?;
        Ok(row.map(|row| Self::of(transaction, row)))
    }

    /// The collection.
    pub fn row(&self) -> &trust_collection::Model {
        &self.row
    }

    /// Its roles.
    pub async fn roles(&self) -> Result<Vec<trust_role::Model>> {
        Ok(trust_role::Entity::find()
            .filter(trust_role::Column::CollectionId.eq(self.row.id))
            .all(&self.transaction)
            .await?)
    }

    /// The newest file of a role.
    pub async fn file(&self, role: &trust_role::Model) -> Result<trust_file::Model> {
        let id = (self.row.id, role.role.clone(), role.version);
        trust_file::Entity::find_by_id(id)
            .one(&self.transaction)
            .await?
            .ok_or_else(|| Error::Missing(format!("the stored {} of {}", role.role, self.row.gun)))
    }

    /// The registry's keys for it.
    pub async fn keys(&self) -> Result<Vec<trust_key::Model>> {
        Ok(trust_key::Entity::find()
            .filter(trust_key::Column::CollectionId.eq(self.row.id))
            .all(&self.transaction)
            .await?)
    }

    /// Adds a key.
    pub async fn add_key(&self, key: trust_key::Model) -> Result<()> {
        trust_key::Entity::insert(trust_key::ActiveModel::from(key).reset_all())
            .exec_without_returning(&self.transaction)
            .await?;
        Ok(())
    }

    /// Takes keys away.
    pub async fn drop_keys(&self, ids: &[String]) -> Result<()> {
        trust_key::Entity::delete_many()
            .filter(trust_key::Column::CollectionId.eq(self.row.id))
            .filter(trust_key::Column::Id.is_in(ids.iter().map(String::as_str)))
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    /// Stores what comes of an update.
    pub async fn store(&mut self, stored: Stored) -> Result<()> {
        let id = self.row.id;
        for file in stored.files {
            self.row.bytes += i64::try_from(file.content.len()).unwrap_or(i64::MAX);
            self.head(&file).await?;
            if file.role == "timestamp" {
                self.change = Some(changes::New::update(&file, stored.now));
            }
            let row = trust_file::ActiveModel {
                collection_id: Set(id),
                role: Set(file.role),
                version: Set(file.version),
                sha256: Set(file.sha256),
                created_at: Set(stored.now),
                content: Set(file.content),
            };
            trust_file::Entity::insert(row)
                .exec_without_returning(&self.transaction)
                .await?;
        }
        self.list(&stored.listed).await?;
        trust_key::Entity::update_many()
            .col_expr(trust_key::Column::UsedAt, Expr::val(stored.now))
            .filter(trust_key::Column::CollectionId.eq(id))
            .filter(trust_key::Column::Id.is_in(stored.signed_with))
            .filter(trust_key::Column::UsedAt.is_null())
            .exec(&self.transaction)
            .await?;
        self.row.published_at = Some(stored.now);
        self.row.renew_at = Some(stored.renew_at);
        self.update().await
    }

    /// A file becomes the newest of its role.
    async fn head(&self, file: &File) -> Result<()> {
        let head = trust_role::ActiveModel {
            collection_id: Set(self.row.id),
            role: Set(file.role.clone()),
            version: Set(file.version),
            sha256: Set(file.sha256.clone()),
            is_listed: Set(true),
        };
        let mut newer =
            OnConflict::columns([trust_role::Column::CollectionId, trust_role::Column::Role]);
        newer.update_columns([
            trust_role::Column::Version,
            trust_role::Column::Sha256,
            trust_role::Column::IsListed,
        ]);
        trust_role::Entity::insert(head)
            .on_conflict(newer)
            .exec_without_returning(&self.transaction)
            .await?;
        Ok(())
    }

    async fn list(&self, listed: &[String]) -> Result<()> {
        for role in self.roles().await? {
            let is_listed = listed.contains(&role.role);
            if role.is_listed != is_listed {
                trust_role::Entity::update_many()
                    .col_expr(trust_role::Column::IsListed, Expr::val(is_listed))
                    .filter(trust_role::Column::CollectionId.eq(self.row.id))
                    .filter(trust_role::Column::Role.eq(role.role))
                    .exec(&self.transaction)
                    .await?;
            }
        }
        Ok(())
    }

    /// Says which tags are signed, and by whom, from `now` on. Gives the signatures on files that were first published elsewhere:
    /// they count for nobody.
    pub async fn set_signed(
        &mut self,
        verified: Verified,
        now: OffsetDateTime,
    ) -> Result<Vec<Mark>> {
        let transaction = &self.transaction;
        let mut verified = verified;
        let foreign = marks::claim(transaction, &self.row.gun, &verified.marks).await?;
        let is_on = |new: &signers::New, mark: &Mark| new.role == mark.role && new.key == mark.key;
        verified
            .signers
            .retain(|new| !foreign.iter().any(|mark| is_on(new, mark)));
        let is_new = self.row.verified != verified.rules;
        signed::replace(transaction, &self.row, verified.targets, now).await?;
        let changed = signers::replace(transaction, self.row.id, verified.signers, now).await?;
        let (id, standing) = (self.row.id, verified.standing);
        let turned = signers::stand(transaction, id, standing, verified.targets_only).await?;
        if changed || turned || is_new {
            due::of_collection(transaction, id, now).await?;
        }
        role_keys::replace(transaction, self.row.id, verified.role_keys).await?;
        self.row.verified = verified.rules;
        self.update().await?;
        Ok(foreign)
    }

    /// Looks at it again later.
    pub async fn postpone(&mut self, renew_at: OffsetDateTime) -> Result<()> {
        self.row.renew_at = Some(renew_at);
        self.update().await
    }

    async fn update(&self) -> Result<()> {
        trust_collection::Entity::update_many()
            .col_expr(trust_collection::Column::Bytes, Expr::val(self.row.bytes))
            .col_expr(
                trust_collection::Column::PublishedAt,
                Expr::val(self.row.published_at),
            )
            .col_expr(
                trust_collection::Column::RenewAt,
                Expr::val(self.row.renew_at),
            )
            .col_expr(
                trust_collection::Column::Verified,
                Expr::val(self.row.verified),
            )
            .filter(trust_collection::Column::Id.eq(self.row.id))
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    /// Removes the collection with its files and keys. Where something was published, the record says so.
    pub async fn remove(&mut self, now: OffsetDateTime) -> Result<()> {
        if self.row.published_at.is_some() {
            self.change = Some(changes::New::deletion(now));
        }
        due::of_collection(&self.transaction, self.row.id, now).await?;
        trust_collection::Entity::delete_by_id(self.row.id)
            .exec(&self.transaction)
            .await?;
        Ok(())
    }

    /// Makes it so, with the events of `db`. The record is written last: whoever else writes to it waits from then on.
    pub async fn commit(self, db: &Db) -> Result<()> {
        if let Some(change) = &self.change {
            changes::append(&self.transaction, &self.row, change).await?;
        }
        db.commit(self.transaction).await?;
        db.move_on(&self.row.repository_id);
        Ok(())
    }
}

fn gone() -> Error {
    Error::Missing("the repository".to_owned())
}
