//! Teams of organizations, and who is in them.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, RelationDef, Select, SelectTwo, SqlErr,
    sea_query::Expr,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    entities::{account, team, team_member},
    grants, members,
    search::{containing, contains_text},
};

/// What changes of a team; `None` stays as it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Update {
    /// Its name within the organization.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// Makes a team. [`Error::Exists`] where the organization has one of that name.
pub async fn create(
    db: &Db,
    org: Uuid,
    name: String,
    description: String,
    now: OffsetDateTime,
) -> Result<team::Model> {
    let transaction = db.begin().await?;
    let row = team::ActiveModel {
        id: Set(Uuid::now_v7()),
        org_id: Set(org),
        name: Set(name.clone()),
        description: Set(description),
        created_at: Set(now),
    }
    .insert(&transaction)
    .await
    .map_err(|error| taken(error, &name))?;
    db.commit_about(transaction, Some(row.id)).await?;
    Ok(row)
}

fn taken(error: sea_orm::DbErr, name: &str) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Exists(format!("the team {name}")),
        Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::Missing("the organization".to_owned())
        }
        _ => error.into(),
    }
}

/// The team of that name.
pub async fn find(db: &Db, org: Uuid, name: &str) -> Result<Option<team::Model>> {
    if name.contains('\0') {
        return Ok(None);
    }
    Ok(team::Entity::find()
        .filter(team::Column::OrgId.eq(org))
        .filter(team::Column::Name.eq(name))
        .one(&db.read)
        .await?)
}

/// The team of that id, if it is of this organization.
pub async fn by_id(db: &Db, org: Uuid, id: Uuid) -> Result<Option<team::Model>> {
    Ok(team::Entity::find_by_id(id)
        .filter(team::Column::OrgId.eq(org))
        .one(&db.read)
        .await?)
}

/// A page of the organization's teams, by name, beginning with the name `start`; only those that `member` is in, if one is
/// given.
pub async fn list(
    db: &Db,
    org: Uuid,
    member: Option<Uuid>,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Result<Vec<team::Model>> {
    Ok(page(org, member, contains, start, limit)
        .all(&db.read)
        .await?)
}

pub(crate) fn page(
    org: Uuid,
    member: Option<Uuid>,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Select<team::Entity> {
    let mut query = team::Entity::find().filter(team::Column::OrgId.eq(org));
    if let Some(member) = member {
        let to_member: RelationDef = team::Entity::belongs_to(team_member::Entity)
            .from(team::Column::Id)
            .to(team_member::Column::TeamId)
            .into();
        query = query
            .join(JoinType::InnerJoin, to_member)
            .filter(team_member::Column::AccountId.eq(member));
    }
    query = query.filter(containing(contains, &[team::Column::Name]));
    if let Some(start) = start {
        query = query.filter(team::Column::Name.gte(start));
    }
    query.order_by_asc(team::Column::Name).limit(limit)
}

/// Changes a team; `None` when there is none of that id.
pub async fn update(db: &Db, id: Uuid, update: Update) -> Result<Option<team::Model>> {
    let Some(row) = team::Entity::find_by_id(id).one(&db.read).await? else {
        return Ok(None);
    };
    if update == Update::default() {
        return Ok(Some(row));
    }
    let name = update.name.clone().unwrap_or_else(|| row.name.clone());
    let mut row = team::ActiveModel::from(row);
    if let Some(name) = update.name {
        row.name = Set(name);
    }
    if let Some(description) = update.description {
        row.description = Set(description);
    }
    let transaction = db.begin().await?;
    let row = row
        .update(&transaction)
        .await
        .map_err(|error| taken(error, &name))?;
    grants::renamed(&transaction, id, &row.name).await?;
    db.commit(transaction).await?;
    Ok(Some(row))
}

/// Deletes a team with its memberships and rights. False when there is none of that id.
pub async fn delete(db: &Db, id: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = team::Entity::delete_by_id(id).exec(&transaction).await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// A page of members in the order of their names, beginning with the name `start`. `contains` is looked for in the name and in the
/// full name, whatever the case.
pub async fn members(
    db: &Db,
    team: Uuid,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Result<Vec<account::Model>> {
    Ok(members_page(team, contains, start, limit)
        .all(&db.read)
        .await?)
}

pub(crate) fn members_page(
    team: Uuid,
    contains: Option<&str>,
    start: Option<&str>,
    limit: u64,
) -> Select<account::Entity> {
    let to_member: RelationDef = account::Entity::belongs_to(team_member::Entity)
        .from(account::Column::Id)
        .to(team_member::Column::AccountId)
        .into();
    let mut query = account::Entity::find()
        .join(JoinType::InnerJoin, to_member)
        .filter(team_member::Column::TeamId.eq(team));
    let names = [account::Column::Name, account::Column::FullName];
    query = query.filter(containing(contains, &names));
    if let Some(start) = start {
        query = query.filter(team_member::Column::Name.gte(start));
    }
    query.order_by_asc(team_member::Column::Name).limit(limit)
}

/// A page of the teams that `account` is in, with their organizations, in the order in which the teams were made, beginning with
/// the team of id `start`. `contains` is looked for in the names of the team and of the organization, whatever the case.
pub async fn of_account(
    db: &Db,
    account: Uuid,
    contains: Option<&str>,
    start: Option<Uuid>,
    limit: u64,
) -> Result<Vec<(team::Model, account::Model)>> {
    let rows = page_of_account(account, contains, start, limit)
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(team, org)| Some((team, org?)))
        .collect())
}

pub(crate) fn page_of_account(
    account: Uuid,
    contains: Option<&str>,
    start: Option<Uuid>,
    limit: u64,
) -> SelectTwo<team::Entity, account::Entity> {
    let to_member: RelationDef = team::Entity::belongs_to(team_member::Entity)
        .from(team::Column::Id)
        .to(team_member::Column::TeamId)
        .into();
    let to_org: RelationDef = team::Entity::belongs_to(account::Entity)
        .from(team::Column::OrgId)
        .to(account::Column::Id)
        .into();
    let mut query = team::Entity::find()
        .join(JoinType::InnerJoin, to_member)
        .join(JoinType::InnerJoin, to_org)
        .filter(team_member::Column::AccountId.eq(account));
    if let Some(start) = start {
        query = query.filter(team_member::Column::TeamId.gte(start));
    }
    if let Some(text) = contains.filter(|text| !text.is_empty()) {
        query = query.filter(
            Condition::any()
                .add(contains_text(team::Column::Name, text))
                .add(contains_text(account::Column::Name, text)),
        );
    }
    query
        .order_by_asc(team_member::Column::TeamId)
        .limit(limit)
        .select_also(account::Entity)
}

/// A team that somebody is in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Membership {
    /// The team.
    pub team: Uuid,
    /// Its organization.
    pub org: Uuid,
    /// Both by their names, as `organization/team`.
    pub name: String,
}

/// The teams that each of these accounts is in, by name.
pub async fn of_accounts(
    db: &Db,
    accounts: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<Membership>>> {
    let accounts: BTreeSet<Uuid> = accounts.into_iter().collect();
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let to_team: RelationDef = team_member::Entity::belongs_to(team::Entity)
        .from(team_member::Column::TeamId)
        .to(team::Column::Id)
        .into();
    let to_org: RelationDef = team::Entity::belongs_to(account::Entity)
        .from(team::Column::OrgId)
        .to(account::Column::Id)
        .into();
    let rows: Vec<(Uuid, Uuid, Uuid, String, String)> = team_member::Entity::find()
        .select_only()
        .column(team_member::Column::AccountId)
        .column(team::Column::Id)
        .column(team::Column::OrgId)
        .column(account::Column::Name)
        .column(team::Column::Name)
        .join(JoinType::InnerJoin, to_team)
        .join(JoinType::InnerJoin, to_org)
        .filter(team_member::Column::AccountId.is_in(accounts))
        .order_by_asc(account::Column::Name)
        .order_by_asc(team::Column::Name)
        .into_tuple()
        .all(&db.read)
        .await?;
    let mut found: HashMap<Uuid, Vec<Membership>> = HashMap::new();
    for (account, team, org, org_name, name) in rows {
        found.entry(account).or_default().push(Membership {
            team,
            org,
            name: format!("{org_name}/{name}"),
        });
    }
    Ok(found)
}

/// How many are in each of these teams; an empty one is left out.
pub async fn sizes(db: &Db, teams: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, u64>> {
    let rows: Vec<(Uuid, i64)> = team_member::Entity::find()
        .select_only()
        .column(team_member::Column::TeamId)
        .column_as(team_member::Column::AccountId.count(), "members")
        .filter(team_member::Column::TeamId.is_in(teams))
        .group_by(team_member::Column::TeamId)
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(team, count)| (team, u64::try_from(count).unwrap_or_default()))
        .collect())
}

/// Those of these teams that `account` is in.
pub async fn with_member(
    db: &Db,
    account: Uuid,
    teams: impl IntoIterator<Item = Uuid>,
) -> Result<std::collections::HashSet<Uuid>> {
    let rows: Vec<Uuid> = team_member::Entity::find()
        .select_only()
        .column(team_member::Column::TeamId)
        .filter(team_member::Column::AccountId.eq(account))
        .filter(team_member::Column::TeamId.is_in(teams))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Whether `account` is in the team.
pub async fn has_member(db: &Db, team: Uuid, account: Uuid) -> Result<bool> {
    let count = team_member::Entity::find_by_id((team, account))
        .count(&db.read)
        .await?;
    Ok(count > 0)
}

/// Puts an account into a team, and into its organization if it is not there yet. It stays when the directory no longer says so.
pub async fn put_member(
    db: &Db,
    team: &team::Model,
    account: Uuid,
    now: OffsetDateTime,
) -> Result<()> {
    let transaction = db.begin().await?;
    members::into_team(&transaction, team, &[account], now).await?;
    team_member::Entity::update_many()
        .col_expr(team_member::Column::IsSynced, Expr::val(false))
        .filter(team_member::Column::TeamId.eq(team.id))
        .filter(team_member::Column::AccountId.eq(account))
        .exec(&transaction)
        .await?;
    db.commit(transaction).await?;
    Ok(())
}

/// Takes an account out of a team; it stays in the organization. False where it was not in it.
pub async fn remove_member(db: &Db, team: Uuid, account: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = team_member::Entity::delete_by_id((team, account))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}
