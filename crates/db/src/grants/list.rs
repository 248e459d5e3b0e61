//! Pages of grants: which teams have a right somewhere, and where a team has one.

use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    SelectTwo,
};
use uuid::Uuid;

use super::Level;
use crate::{
    Db, Result,
    entities::{namespace_grant, repository, repository_grant, team},
};

/// A page of the teams with a right in a repository, by the team's name, after `after`.
pub async fn teams_of_repository(
    db: &Db,
    repository: Uuid,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(team::Model, Level)>> {
    let to_grant: RelationDef = team::Entity::belongs_to(repository_grant::Entity)
        .from(team::Column::Id)
        .to(repository_grant::Column::TeamId)
        .into();
    let teams = team::Entity::find()
        .join(JoinType::InnerJoin, to_grant)
        .filter(repository_grant::Column::RepositoryId.eq(repository))
        .select_also(repository_grant::Entity);
    let name = team::Column::Name;
    page(db, teams, name, after, limit, |grant| grant.level).await
}

/// A page of the teams with a right in a whole namespace, by the team's name, after `after`.
pub async fn teams_of_namespace(
    db: &Db,
    org: Uuid,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(team::Model, Level)>> {
    let to_grant: RelationDef = team::Entity::belongs_to(namespace_grant::Entity)
        .from(team::Column::Id)
        .to(namespace_grant::Column::TeamId)
        .into();
    let teams = team::Entity::find()
        .join(JoinType::InnerJoin, to_grant)
        .filter(team::Column::OrgId.eq(org))
        .select_also(namespace_grant::Entity);
    let name = team::Column::Name;
    page(db, teams, name, after, limit, |grant| grant.level).await
}

/// A page of the repositories that a team has a right of its own in, by name, after `after`.
pub async fn repositories_of_team(
    db: &Db,
    team: Uuid,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<(repository::Model, Level)>> {
    let to_grant: RelationDef = repository::Entity::belongs_to(repository_grant::Entity)
        .from(repository::Column::Id)
        .to(repository_grant::Column::RepositoryId)
        .into();
    let repositories = repository::Entity::find()
        .join(JoinType::InnerJoin, to_grant)
        .filter(repository_grant::Column::TeamId.eq(team))
        .select_also(repository_grant::Entity);
    let name = repository::Column::Name;
    page(db, repositories, name, after, limit, |grant| grant.level).await
}

/// The rows after `after` by the column `name`, with the level of each row's grant.
async fn page<Thing: EntityTrait, Grant: EntityTrait>(
    db: &Db,
    query: SelectTwo<Thing, Grant>,
    name: Thing::Column,
    after: Option<&str>,
    limit: u64,
    level: impl Fn(Grant::Model) -> Level,
) -> Result<Vec<(Thing::Model, Level)>> {
    let query = match after {
        Some(after) => query.filter(name.gt(after)),
        None => query,
    };
    let rows = query.order_by_asc(name).limit(limit).all(&db.read).await?;
    Ok(rows
        .into_iter()
        .filter_map(|(thing, grant)| Some((thing, level(grant?))))
        .collect())
}
