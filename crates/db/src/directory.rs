//! People of the LDAP directory, and the teams and owners of organizations that follow it.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    sea_query::{Expr, OnConflict},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result, accounts,
    entities::{account, directory_person, member_sync, org_member, team, team_member},
    members,
};

/// Ids in one question: SQLite takes 32 766 parameters.
const CHUNK: usize = 1000;

/// What follows a part of the directory.
#[derive(Clone, Debug)]
pub enum Follower {
    /// The members of a team.
    Team(team::Model),
    /// The owners of an organization.
    Owners {
        /// The organization.
        org: Uuid,
    },
}

impl Follower {
    /// Its id: the team's, or the organization's.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Team(team) => team.id,
            Self::Owners { org } => *org,
        }
    }

    /// The organization's id.
    #[must_use]
    pub fn org(&self) -> Uuid {
        match self {
            Self::Team(team) => team.org_id,
            Self::Owners { org } => *org,
        }
    }
}

/// The account of a person.
pub async fn account_of(db: &Db, directory_id: &str) -> Result<Option<account::Model>> {
    Ok(account::Entity::find()
        .join(JoinType::InnerJoin, to_person())
        .filter(directory_person::Column::DirectoryId.eq(directory_id))
        .one(&db.read)
        .await?)
}

fn to_person() -> RelationDef {
    account::Entity::belongs_to(directory_person::Entity)
        .from(account::Column::Id)
        .to(directory_person::Column::AccountId)
        .into()
}

/// Makes an account for a person. [`crate::Error::Exists`] where the name is taken, or the person has one.
pub async fn create(
    db: &Db,
    new: accounts::New,
    directory_id: String,
    now: OffsetDateTime,
) -> Result<account::Model> {
    let transaction = db.begin().await?;
    let row = accounts::insert(&transaction, new, true, now).await?;
    directory_person::ActiveModel {
        account_id: Set(row.id),
        directory_id: Set(directory_id),
        created_at: Set(now),
    }
    .insert(&transaction)
    .await?;
    db.commit_about(transaction, Some(row.id)).await?;
    Ok(row)
}

/// The accounts of these people, by what the directory knows them by; who has none is left out.
pub async fn accounts_of(db: &Db, ids: &[&str]) -> Result<HashMap<String, account::Model>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let rows = account::Entity::find()
            .join(JoinType::InnerJoin, to_person())
            .select_also(directory_person::Entity)
            .filter(directory_person::Column::DirectoryId.is_in(ids.iter().copied()))
            .all(&db.read)
            .await?;
        found.extend(
            rows.into_iter()
                .filter_map(|(account, person)| Some((person?.directory_id, account))),
        );
    }
    Ok(found)
}

/// Every account that is a person of the directory and may sign in, after `after`, by id.
pub async fn active_people(
    db: &Db,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(account::Model, String)>> {
    let mut query = account::Entity::find()
        .join(JoinType::InnerJoin, to_person())
        .select_also(directory_person::Entity)
        .filter(account::Column::IsActive.eq(true));
    if let Some(after) = after {
        query = query.filter(account::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(account::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(account, person)| Some((account, person?.directory_id)))
        .collect())
}

/// Those in `follower` who are people of the directory, and whether following it put them there.
pub async fn people_in(db: &Db, follower: &Follower) -> Result<Vec<(account::Model, bool)>> {
    let people = account::Entity::find().join(JoinType::InnerJoin, to_person());
    match follower {
        Follower::Team(team) => {
            let to_team: RelationDef = account::Entity::belongs_to(team_member::Entity)
                .from(account::Column::Id)
                .to(team_member::Column::AccountId)
                .into();
            let rows = people
                .join(JoinType::InnerJoin, to_team)
                .filter(team_member::Column::TeamId.eq(team.id))
                .select_also(team_member::Entity)
                .all(&db.read)
                .await?;
            Ok(rows
                .into_iter()
                .filter_map(|(account, member)| Some((account, member?.is_synced)))
                .collect())
        }
        Follower::Owners { org } => {
            let to_org: RelationDef = account::Entity::belongs_to(org_member::Entity)
                .from(account::Column::Id)
                .to(org_member::Column::AccountId)
                .into();
            let rows = people
                .join(JoinType::InnerJoin, to_org)
                .filter(org_member::Column::OrgId.eq(*org))
                .filter(org_member::Column::IsOwner.eq(true))
                .select_also(org_member::Entity)
                .all(&db.read)
                .await?;
            Ok(rows
                .into_iter()
                .filter_map(|(account, member)| Some((account, member?.is_synced)))
                .collect())
        }
    }
}

/// Makes people what they are to be, all at once: `added` come into the organization, and into the team or among its owners;
/// `removed` leave the team, or are plain members from now on, unless somebody put them there by hand. [`Error::LastOwner`] where
/// nobody would own the organization.
pub async fn change(
    db: &Db,
    follower: &Follower,
    added: &[Uuid],
    removed: &[Uuid],
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    match follower {
        Follower::Team(team) => {
            members::into_team(&transaction, team, added, now).await?;
            for added in added.chunks(CHUNK) {
                team_member::Entity::update_many()
                    .col_expr(team_member::Column::IsSynced, Expr::val(true))
                    .filter(team_member::Column::TeamId.eq(team.id))
                    .filter(team_member::Column::AccountId.is_in(added.iter().copied()))
                    .exec(&transaction)
                    .await?;
            }
            for removed in removed.chunks(CHUNK) {
                team_member::Entity::delete_many()
                    .filter(team_member::Column::TeamId.eq(team.id))
                    .filter(team_member::Column::IsSynced.eq(true))
                    .filter(team_member::Column::AccountId.is_in(removed.iter().copied()))
                    .exec(&transaction)
                    .await?;
            }
        }
        Follower::Owners { org } => {
            members::into_org(&transaction, *org, added, now).await?;
            for (accounts, is_owner) in [(added, true), (removed, false)] {
                for accounts in accounts.chunks(CHUNK) {
                    org_member::Entity::update_many()
                        .col_expr(org_member::Column::IsOwner, Expr::val(is_owner))
                        .col_expr(org_member::Column::IsSynced, Expr::val(is_owner))
                        .filter(org_member::Column::IsSynced.ne(is_owner))
                        .filter(org_member::Column::OrgId.eq(*org))
                        .filter(org_member::Column::AccountId.is_in(accounts.iter().copied()))
                        .exec(&transaction)
                        .await?;
                }
            }
            if members::owners(&transaction, *org).await?.is_empty() {
                return Err(Error::LastOwner);
            }
        }
    }
    db.commit(transaction).await
}

/// What a follower follows.
pub async fn sync(db: &Db, follower: &Follower) -> Result<Option<member_sync::Model>> {
    Ok(member_sync::Entity::find_by_id(follower.id())
        .one(&db.read)
        .await?)
}

/// A page of all that follow something, by id, after `after`, with what.
pub async fn syncs(
    db: &Db,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(Follower, member_sync::Model)>> {
    let to_team: RelationDef = member_sync::Entity::belongs_to(team::Entity)
        .from(member_sync::Column::TeamId)
        .to(team::Column::Id)
        .into();
    let mut query = member_sync::Entity::find()
        .join(JoinType::LeftJoin, to_team)
        .select_also(team::Entity);
    if let Some(after) = after {
        query = query.filter(member_sync::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(member_sync::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(sync, team)| {
            let owners = Follower::Owners { org: sync.org_id };
            (team.map_or(owners, Follower::Team), sync)
        })
        .collect())
}

/// Lets a follower follow `config`.
pub async fn set_sync(db: &Db, follower: &Follower, config: serde_json::Value) -> Result<()> {
    let transaction = db.begin().await?;
    member_sync::Entity::insert(member_sync::ActiveModel {
        id: Set(follower.id()),
        org_id: Set(follower.org()),
        team_id: Set(match follower {
            Follower::Team(team) => Some(team.id),
            Follower::Owners { .. } => None,
        }),
        config: Set(config),
        synced_at: Set(None),
        error: Set(String::new()),
    })
    .on_conflict(
        OnConflict::column(member_sync::Column::Id)
            .update_columns([
                member_sync::Column::Config,
                member_sync::Column::SyncedAt,
                member_sync::Column::Error,
            ])
            .to_owned(),
    )
    .exec_without_returning(&transaction)
    .await?;
    db.commit(transaction).await
}

/// Notes how following went: when, and what failed.
pub async fn synced(db: &Db, follower: &Follower, error: &str, now: OffsetDateTime) -> Result<()> {
    let mut row = member_sync::ActiveModel {
        error: Set(error.to_owned()),
        ..Default::default()
    };
    if error.is_empty() {
        row.synced_at = Set(Some(now));
    }
    let transaction = db.begin().await?;
    member_sync::Entity::update_many()
        .set(row)
        .filter(member_sync::Column::Id.eq(follower.id()))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
}
