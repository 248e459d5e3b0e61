//! What teams may do where: `…/teamAccess…` and `…/repositoryAccess…` (DTR's paths and shapes), and why somebody may do something
//! or may not: `…/access/explain` (ours).
//!
//! A team has rights in repositories of its own organization only. Who gives a right holds admin access there, so nobody can give
//! more than they hold.

mod explain;
mod namespace;
mod repository;
mod team;
mod user;

use ::api::{access::TeamAccess, repository::AccessLevel};
use db::{
    entities::team as row,
    grants::{Level, Part},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    caller::Caller, error::ApiResult, operations::Operations, organizations::shown_teams,
    paging::Page, repositories::level_shown, state::AppState,
};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(repository::router())
        .merge(namespace::router())
        .merge(team::router())
        .merge(user::router())
        .merge(explain::router())
}

/// The part of the query that says what to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Ours: only those whose name contains this, whatever the case.
    filter: Option<String>,
}

/// The part of a list that was asked for.
fn part<'a>(wanted: &'a FilterQuery, page: &'a Page) -> Part<'a> {
    Part {
        contains: wanted.filter.as_deref(),
        after: page.after.as_deref(),
        limit: page.limit(),
    }
}

/// A level as it is kept.
fn level(wanted: AccessLevel) -> Level {
    match wanted {
        AccessLevel::ReadOnly => Level::ReadOnly,
        AccessLevel::ReadWrite => Level::ReadWrite,
        AccessLevel::Admin => Level::Admin,
    }
}

/// Teams with their rights, as the API shows them.
async fn shown(
    state: &AppState,
    caller: &Caller,
    rows: Vec<(row::Model, Level)>,
) -> ApiResult<Vec<TeamAccess>> {
    let (teams, levels): (Vec<row::Model>, Vec<Level>) = rows.into_iter().unzip();
    let teams = shown_teams(state, caller, &teams).await?;
    Ok(teams
        .into_iter()
        .zip(levels)
        .map(|(team, level)| TeamAccess {
            access_level: level_shown(level),
            team,
        })
        .collect())
}
