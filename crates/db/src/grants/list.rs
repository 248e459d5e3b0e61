//! Pages of grants: which teams have a right somewhere, and where a team has one. They are read from an index in the order of the
//! names that the grants carry, and searched there.

use sea_orm::{
    ColumnTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select, SelectTwo,
};
use uuid::Uuid;

use super::Level;
use crate::{
    Db, Result,
    entities::{namespace_grant, repository, repository_grant, team},
    search::containing,
};

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part<'a> {
    /// Only where the name contains this, whatever the case.
    pub contains: Option<&'a str>,
    /// Only after this name.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: u64,
}

/// A page of the teams with a right in a repository, by the team's name.
pub async fn teams_of_repository(
    db: &Db,
    repository: Uuid,
    part: Part<'_>,
) -> Result<Vec<(team::Model, Level)>> {
    let rows = repository_page(repository, part).all(&db.read).await?;
    Ok(shown(rows, |grant| grant.level))
}

pub(crate) fn repository_page(
    repository: Uuid,
    part: Part<'_>,
) -> SelectTwo<repository_grant::Entity, team::Entity> {
    use repository_grant::Column::{TeamId, TeamName};
    let of = in_repository(repository, part.contains);
    with(page(of, TeamName, part), TeamId, team::Column::Id)
}

/// How many teams such a list without end would show.
pub async fn count_of_repository(db: &Db, repository: Uuid, contains: Option<&str>) -> Result<u64> {
    Ok(in_repository(repository, contains).count(&db.read).await?)
}

fn in_repository(repository: Uuid, contains: Option<&str>) -> Select<repository_grant::Entity> {
    use repository_grant::Column::{RepositoryId, TeamName};
    repository_grant::Entity::find()
        .filter(RepositoryId.eq(repository))
        .filter(containing(contains, &[TeamName]))
}

/// A page of the teams with a right in a whole namespace, by the team's name.
pub async fn teams_of_namespace(
    db: &Db,
    org: Uuid,
    part: Part<'_>,
) -> Result<Vec<(team::Model, Level)>> {
    let rows = namespace_page(org, part).all(&db.read).await?;
    Ok(shown(rows, |grant| grant.level))
}

pub(crate) fn namespace_page(
    org: Uuid,
    part: Part<'_>,
) -> SelectTwo<namespace_grant::Entity, team::Entity> {
    use namespace_grant::Column::{TeamId, TeamName};
    let of = in_namespace(org, part.contains);
    with(page(of, TeamName, part), TeamId, team::Column::Id)
}

/// How many teams such a list without end would show.
pub async fn count_of_namespace(db: &Db, org: Uuid, contains: Option<&str>) -> Result<u64> {
    Ok(in_namespace(org, contains).count(&db.read).await?)
}

fn in_namespace(org: Uuid, contains: Option<&str>) -> Select<namespace_grant::Entity> {
    use namespace_grant::Column::{OrgId, TeamName};
    namespace_grant::Entity::find()
        .filter(OrgId.eq(org))
        .filter(containing(contains, &[TeamName]))
}

/// A page of the repositories that a team has a right of its own in, by name.
pub async fn repositories_of_team(
    db: &Db,
    team: Uuid,
    part: Part<'_>,
) -> Result<Vec<(repository::Model, Level)>> {
    let rows = team_page(team, part).all(&db.read).await?;
    Ok(shown(rows, |grant| grant.level))
}

pub(crate) fn team_page(
    team: Uuid,
    part: Part<'_>,
) -> SelectTwo<repository_grant::Entity, repository::Entity> {
    use repository_grant::Column::{RepositoryId, RepositoryName};
    let of = of_team(team, part.contains);
    with(
        page(of, RepositoryName, part),
        RepositoryId,
        repository::Column::Id,
    )
}

/// How many repositories such a list without end would show.
pub async fn count_of_team(db: &Db, team: Uuid, contains: Option<&str>) -> Result<u64> {
    Ok(of_team(team, contains).count(&db.read).await?)
}

fn of_team(team: Uuid, contains: Option<&str>) -> Select<repository_grant::Entity> {
    use repository_grant::Column::{RepositoryName, TeamId};
    repository_grant::Entity::find()
        .filter(TeamId.eq(team))
        .filter(containing(contains, &[RepositoryName]))
}

/// The wanted part of some grants, by `name`.
fn page<Grant: EntityTrait>(
    of: Select<Grant>,
    name: Grant::Column,
    part: Part<'_>,
) -> Select<Grant> {
    let mut query = of;
    if let Some(after) = part.after {
        query = query.filter(name.gt(after));
    }
    query.order_by_asc(name).limit(part.limit)
}

/// With what each grant is about.
fn with<Grant: EntityTrait, Thing: EntityTrait>(
    grants: Select<Grant>,
    from: Grant::Column,
    to: Thing::Column,
) -> SelectTwo<Grant, Thing> {
    let relation: RelationDef = Grant::belongs_to(Thing::default()).from(from).to(to).into();
    grants
        .join(JoinType::InnerJoin, relation)
        .select_also(Thing::default())
}

fn shown<Grant, Thing>(
    rows: Vec<(Grant, Option<Thing>)>,
    level: impl Fn(Grant) -> Level,
) -> Vec<(Thing, Level)> {
    rows.into_iter()
        .filter_map(|(grant, thing)| Some((thing?, level(grant))))
        .collect()
}
