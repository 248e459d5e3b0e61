//! People of the LDAP directory, and teams that follow it.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, RelationDef, sea_query::OnConflict,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Result, accounts,
    entities::{account, directory_person, team, team_member, team_sync},
    members,
};

/// Ids in one question: SQLite takes 32 766 parameters.
const CHUNK: usize = 1000;

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

/// Whether an account is a person of the directory.
pub async fn is_person(db: &Db, account: Uuid) -> Result<bool> {
    let row = directory_person::Entity::find_by_id(account)
        .one(&db.read)
        .await?;
    Ok(row.is_some())
}

/// Makes an account for a person. [`crate::Error::Exists`] where the name is taken, or the person has one.
pub async fn create(
    db: &Db,
    new: accounts::New,
    directory_id: String,
    now: OffsetDateTime,
) -> Result<account::Model> {
    let transaction = db.begin().await?;
    let row = accounts::insert(&transaction, new, now).await?;
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

/// Those members of a team who are people of the directory.
pub async fn people_in_team(db: &Db, team: Uuid) -> Result<Vec<account::Model>> {
    let to_team: RelationDef = account::Entity::belongs_to(team_member::Entity)
        .from(account::Column::Id)
        .to(team_member::Column::AccountId)
        .into();
    Ok(account::Entity::find()
        .join(JoinType::InnerJoin, to_person())
        .join(JoinType::InnerJoin, to_team)
        .filter(team_member::Column::TeamId.eq(team))
        .all(&db.read)
        .await?)
}

/// Puts people into a team and its organization, and takes others out of the team, all at once.
pub async fn change_team(
    db: &Db,
    team: &team::Model,
    added: &[Uuid],
    removed: &[Uuid],
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    members::into_team(&transaction, team, added, now).await?;
    for removed in removed.chunks(CHUNK) {
        team_member::Entity::delete_many()
            .filter(team_member::Column::TeamId.eq(team.id))
            .filter(team_member::Column::AccountId.is_in(removed.iter().copied()))
            .exec(&transaction)
            .await?;
    }
    db.commit(transaction).await
}

/// What a team follows.
pub async fn team_sync(db: &Db, team: Uuid) -> Result<Option<team_sync::Model>> {
    Ok(team_sync::Entity::find_by_id(team).one(&db.read).await?)
}

/// A page of teams that follow something, by id, after `after`, with what.
pub async fn team_syncs(
    db: &Db,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(team::Model, team_sync::Model)>> {
    let to_sync: RelationDef = team::Entity::belongs_to(team_sync::Entity)
        .from(team::Column::Id)
        .to(team_sync::Column::TeamId)
        .into();
    let mut query = team::Entity::find()
        .join(JoinType::InnerJoin, to_sync)
        .select_also(team_sync::Entity);
    if let Some(after) = after {
        query = query.filter(team::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(team::Column::Id)
        .limit(limit)
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(team, sync)| Some((team, sync?)))
        .collect())
}

/// Lets a team follow `config`.
pub async fn set_team_sync(db: &Db, team: Uuid, config: serde_json::Value) -> Result<()> {
    let transaction = db.begin().await?;
    team_sync::Entity::insert(team_sync::ActiveModel {
        team_id: Set(team),
        config: Set(config),
        synced_at: Set(None),
        error: Set(String::new()),
    })
    .on_conflict(
        OnConflict::column(team_sync::Column::TeamId)
            .update_columns([
                team_sync::Column::Config,
                team_sync::Column::SyncedAt,
                team_sync::Column::Error,
            ])
            .to_owned(),
    )
    .exec_without_returning(&transaction)
    .await?;
    db.commit(transaction).await
}

/// Notes how following went: when, and what failed.
pub async fn synced(db: &Db, team: Uuid, error: &str, now: OffsetDateTime) -> Result<()> {
    let mut row = team_sync::ActiveModel {
        team_id: Set(team),
        error: Set(error.to_owned()),
        ..Default::default()
    };
    if error.is_empty() {
        row.synced_at = Set(Some(now));
    }
    let transaction = db.begin().await?;
    team_sync::Entity::update_many()
        .set(row)
        .filter(team_sync::Column::TeamId.eq(team))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await
}
