//! What teams may do in repositories, and what a member may do by them.

mod list;

pub use list::{
    Part, count_of_namespace, count_of_repository, count_of_team, repositories_of_team,
    teams_of_namespace, teams_of_repository,
};
#[cfg(test)]
pub(crate) use list::{namespace_page, repository_page, team_page};

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, DeriveActiveEnum, EntityTrait, EnumIter, JoinType,
    QueryFilter, QuerySelect, RelationDef,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Db, Error, Result,
    entities::{namespace_grant, org_member, repository, repository_grant, team, team_member},
};

/// How much somebody may do in a repository (DTR, "Permission levels"); each level holds the ones before it.
#[derive(Clone, Copy, Debug, DeriveActiveEnum, EnumIter, Eq, Ord, PartialEq, PartialOrd, Hash)]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum Level {
    /// View and pull.
    #[sea_orm(num_value = 1)]
    ReadOnly,
    /// Push, start a scan, delete tags.
    #[sea_orm(num_value = 2)]
    ReadWrite,
    /// Edit the description and the settings, manage access, delete the repository.
    #[sea_orm(num_value = 3)]
    Admin,
}

impl Level {
    /// The level's name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
            Self::Admin => "admin",
        }
    }
}

/// A right that somebody holds through a team.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Grant {
    /// How much.
    pub level: Level,
    /// The team's name.
    pub team: String,
    /// It holds for every repository of the organization.
    pub is_for_namespace: bool,
}

/// What an account has in an organization that owns a repository.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// It owns the organization.
    pub is_org_owner: bool,
    /// It is in the organization.
    pub is_member: bool,
    /// Through its teams, the highest first.
    pub grants: Vec<Grant>,
}

/// What `account` has in the organizations that own these repositories, by the repository's id; who has nothing in one is left
/// out of it. Three queries, whatever the number of repositories, teams and grants.
pub async fn standings(
    db: &Db,
    account: Uuid,
    repositories: &[&repository::Model],
) -> Result<HashMap<Uuid, Standing>> {
    let mut standings: HashMap<Uuid, Standing> = HashMap::new();
    let memberships = memberships(
        db,
        account,
        repositories.iter().map(|repository| repository.account_id),
    )
    .await?;
    if memberships.is_empty() {
        return Ok(standings);
    }
    let of_namespaces = namespace_grants_of(db, account, memberships.keys().copied()).await?;
    let mut of_repositories = repository_grants_of(
        db,
        account,
        repositories.iter().map(|repository| repository.id),
    )
    .await?;
    for repository in repositories {
        let Some(is_org_owner) = memberships.get(&repository.account_id).copied() else {
            continue;
        };
        let mut grants = of_repositories.remove(&repository.id).unwrap_or_default();
        grants.extend(
            of_namespaces
                .get(&repository.account_id)
                .into_iter()
                .flatten()
                .cloned(),
        );
        grants.sort_by(|one, other| (other.level, &one.team).cmp(&(one.level, &other.team)));
        let standing = Standing {
            is_org_owner,
            is_member: true,
            grants,
        };
        standings.insert(repository.id, standing);
    }
    Ok(standings)
}

/// What `account` has in one organization: as a member, and through grants for the whole namespace.
pub async fn namespace_standing(db: &Db, account: Uuid, org: Uuid) -> Result<Standing> {
    let Some(is_org_owner) = memberships(db, account, [org]).await?.remove(&org) else {
        return Ok(Standing::default());
    };
    let grants = namespace_grants_of(db, account, [org]).await?.remove(&org);
    Ok(Standing {
        is_org_owner,
        is_member: true,
        grants: grants.unwrap_or_default(),
    })
}

/// Of these accounts, the organizations that `account` is in, and whether it owns them.
async fn memberships(
    db: &Db,
    account: Uuid,
    orgs: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, bool>> {
    let rows: Vec<(Uuid, bool)> = org_member::Entity::find()
        .select_only()
        .columns([org_member::Column::OrgId, org_member::Column::IsOwner])
        .filter(org_member::Column::AccountId.eq(account))
        .filter(org_member::Column::OrgId.is_in(orgs))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn namespace_grants_of(
    db: &Db,
    account: Uuid,
    orgs: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<Grant>>> {
    let to_member: RelationDef = namespace_grant::Entity::belongs_to(team_member::Entity)
        .from(namespace_grant::Column::TeamId)
        .to(team_member::Column::TeamId)
        .into();
    let to_team: RelationDef = namespace_grant::Entity::belongs_to(team::Entity)
        .from(namespace_grant::Column::TeamId)
        .to(team::Column::Id)
        .into();
    let rows: Vec<(Uuid, Level, String)> = namespace_grant::Entity::find()
        .select_only()
        .column(namespace_grant::Column::OrgId)
        .column(namespace_grant::Column::Level)
        .column(team::Column::Name)
        .join(JoinType::InnerJoin, to_member)
        .join(JoinType::InnerJoin, to_team)
        .filter(team_member::Column::AccountId.eq(account))
        .filter(namespace_grant::Column::OrgId.is_in(orgs))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(by_object(rows, true))
}

async fn repository_grants_of(
    db: &Db,
    account: Uuid,
    repositories: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<Grant>>> {
    let to_member: RelationDef = repository_grant::Entity::belongs_to(team_member::Entity)
        .from(repository_grant::Column::TeamId)
        .to(team_member::Column::TeamId)
        .into();
    let to_team: RelationDef = repository_grant::Entity::belongs_to(team::Entity)
        .from(repository_grant::Column::TeamId)
        .to(team::Column::Id)
        .into();
    let rows: Vec<(Uuid, Level, String)> = repository_grant::Entity::find()
        .select_only()
        .column(repository_grant::Column::RepositoryId)
        .column(repository_grant::Column::Level)
        .column(team::Column::Name)
        .join(JoinType::InnerJoin, to_member)
        .join(JoinType::InnerJoin, to_team)
        .filter(team_member::Column::AccountId.eq(account))
        .filter(repository_grant::Column::RepositoryId.is_in(repositories))
        .into_tuple()
        .all(&db.read)
        .await?;
    Ok(by_object(rows, false))
}

fn by_object(
    rows: Vec<(Uuid, Level, String)>,
    is_for_namespace: bool,
) -> HashMap<Uuid, Vec<Grant>> {
    let mut grants: HashMap<Uuid, Vec<Grant>> = HashMap::new();
    for (object, level, team) in rows {
        grants.entry(object).or_default().push(Grant {
            level,
            team,
            is_for_namespace,
        });
    }
    grants
}

/// Lets a team have `level` in a repository; what it had there before is replaced. [`Error::Missing`] where one of the two is
/// gone, or they are not of the same organization.
pub async fn grant_repository(
    db: &Db,
    team: &team::Model,
    repository: &repository::Model,
    level: Level,
) -> Result<()> {
    if team.org_id != repository.account_id {
        return Err(Error::Missing(format!("the team {}", team.name)));
    }
    let transaction = db.begin().await?;
    let row = repository_grant::ActiveModel {
        team_id: Set(team.id),
        repository_id: Set(repository.id),
        team_name: Set(team_name(&transaction, team).await?),
        repository_name: Set(repository.name.clone()),
        level: Set(level),
    };
    repository_grant::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([
                repository_grant::Column::TeamId,
                repository_grant::Column::RepositoryId,
            ])
            .update_column(repository_grant::Column::Level)
            .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    db.commit(transaction).await
}

/// The name that the team has now. It keeps it until `transaction` ends, so that no right is left with an old one.
async fn team_name(transaction: &DatabaseTransaction, team: &team::Model) -> Result<String> {
    let name: Option<String> = team::Entity::find_by_id(team.id)
        .select_only()
        .column(team::Column::Name)
        .lock_shared()
        .into_tuple()
        .one(transaction)
        .await?;
    name.ok_or_else(|| Error::Missing(format!("the team {}", team.name)))
}

/// Gives the rights of a team its new name.
pub(crate) async fn renamed(
    transaction: &DatabaseTransaction,
    team: Uuid,
    name: &str,
) -> Result<()> {
    repository_grant::Entity::update_many()
        .col_expr(repository_grant::Column::TeamName, Expr::val(name))
        .filter(repository_grant::Column::TeamId.eq(team))
        .exec(transaction)
        .await?;
    namespace_grant::Entity::update_many()
        .col_expr(namespace_grant::Column::TeamName, Expr::val(name))
        .filter(namespace_grant::Column::TeamId.eq(team))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Takes a team's right in a repository away. False where it had none.
pub async fn revoke_repository(db: &Db, team: Uuid, repository: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = repository_grant::Entity::delete_by_id((team, repository))
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// Lets a team have `level` in every repository of its organization; what it had so before is replaced.
pub async fn grant_namespace(db: &Db, team: &team::Model, level: Level) -> Result<()> {
    let transaction = db.begin().await?;
    let row = namespace_grant::ActiveModel {
        team_id: Set(team.id),
        org_id: Set(team.org_id),
        team_name: Set(team_name(&transaction, team).await?),
        level: Set(level),
    };
    namespace_grant::Entity::insert(row)
        .on_conflict(
            OnConflict::column(namespace_grant::Column::TeamId)
                .update_column(namespace_grant::Column::Level)
                .to_owned(),
        )
        .exec_without_returning(&transaction)
        .await?;
    db.commit(transaction).await
}

/// Takes a team's right in the whole namespace away. False where it had none.
pub async fn revoke_namespace(db: &Db, team: Uuid) -> Result<bool> {
    let transaction = db.begin().await?;
    let deleted = namespace_grant::Entity::delete_by_id(team)
        .exec(&transaction)
        .await?;
    if deleted.rows_affected == 0 {
        return Ok(false);
    }
    db.commit(transaction).await?;
    Ok(true)
}

/// The right that a team has in the whole namespace.
pub async fn of_namespace(db: &Db, team: Uuid) -> Result<Option<Level>> {
    let row = namespace_grant::Entity::find_by_id(team)
        .one(&db.read)
        .await?;
    Ok(row.map(|row| row.level))
}

/// The repositories that `account` may see by its organizations and teams, as a condition on their rows.
pub(crate) fn held_by(account: Uuid) -> sea_orm::Condition {
    let mut owned = Query::select();
    owned
        .column(org_member::Column::OrgId)
        .from(org_member::Entity)
        .and_where(org_member::Column::AccountId.eq(account))
        .and_where(org_member::Column::IsOwner.eq(true));
    let mut namespaces = Query::select();
    namespaces
        .column((namespace_grant::Entity, namespace_grant::Column::OrgId))
        .from(namespace_grant::Entity);
    let team = Expr::col((namespace_grant::Entity, namespace_grant::Column::TeamId));
    of_member(&mut namespaces, team, account);
    let mut repositories = Query::select();
    repositories
        .column((
            repository_grant::Entity,
            repository_grant::Column::RepositoryId,
        ))
        .from(repository_grant::Entity);
    let team = Expr::col((repository_grant::Entity, repository_grant::Column::TeamId));
    of_member(&mut repositories, team, account);
    sea_orm::Condition::any()
        .add(repository::Column::AccountId.in_subquery(owned))
        .add(repository::Column::AccountId.in_subquery(namespaces))
        .add(repository::Column::Id.in_subquery(repositories))
}

/// Only the grants of teams that `account` is in; `team` is the column that names a grant's team.
fn of_member(query: &mut SelectStatement, team: Expr, account: Uuid) {
    query
        .inner_join(
            team_member::Entity,
            team.equals((team_member::Entity, team_member::Column::TeamId)),
        )
        .and_where(team_member::Column::AccountId.eq(account));
}
