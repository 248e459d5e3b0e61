//! `/enzi/v0/accounts/{org}/members…`, `…/teams…` and `/enzi/v0/accounts/{user}/organizations`: who is in which organization and
//! team, in the shapes of eNZi.
//!
//! Members see their organization; its owners and site administrators manage it. To everybody else it is not there.

mod members;
mod of_user;
mod team_members;
mod teams;

pub(crate) use teams::TeamPath;

use ::api::organization::Team;
use db::{
    entities::{account, team},
    grants::Standing,
};
use serde::Deserialize;
use std::collections::HashSet;
use utoipa::IntoParams;

use crate::{
    access, accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    operations::Operations,
    paging,
    state::AppState,
};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(members::router())
        .merge(teams::router())
        .merge(team_members::router())
        .merge(of_user::router())
}

/// The part of the query that says which page of an eNZi list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct StartQuery {
    /// Name of the first result on the page: `nextPageStart` of the page before.
    start: Option<String>,
    /// Results per page, from 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    limit: Option<u32>,
    /// Only results whose name contains this, whatever the case; members also by their full name.
    contains: Option<String>,
}

impl StartQuery {
    fn start(&self) -> Option<&str> {
        self.start.as_deref().filter(|start| !start.is_empty())
    }

    fn size(&self) -> ApiResult<usize> {
        paging::size("limit", self.limit)
    }
}

/// Cuts `rows`, of which there may be one too many, to `size`, and names the first one that is left for the next page.
fn cut<T>(rows: &mut Vec<T>, size: usize, name: impl Fn(&T) -> &str) -> String {
    let next = rows.get(size).map(|row| name(row).to_owned());
    rows.truncate(size);
    next.unwrap_or_default()
}

fn limit(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1)
}

/// An organization that the caller may see.
pub(crate) struct Org {
    pub(crate) row: account::Model,
    pub(crate) standing: Standing,
}

impl Org {
    /// The organization, for its members and for site administrators; else 401 or 404.
    pub(crate) async fn visible(
        state: &AppState,
        caller: &Caller,
        name_or_id: &str,
    ) -> ApiResult<Self> {
        caller.account()?;
        let subject = caller.subject();
        let missing = || {
            ApiError::not_found(
                "NO_SUCH_ACCOUNT",
                format!("There is no organization {name_or_id}, or you may not see it."),
            )
        };
        let row = accounts::find(state, name_or_id)
            .await?
            .filter(|row| row.is_org)
            .ok_or_else(missing)?;
        let standing = state.namespace_standing(&subject, &row).await?;
        if subject.is_admin() || standing.is_member {
            Ok(Self { row, standing })
        } else {
            Err(missing())
        }
    }

    /// The organization, for its owners and for site administrators; else 401, 403 or 404.
    pub(crate) async fn managed(
        state: &AppState,
        caller: &Caller,
        name_or_id: &str,
    ) -> ApiResult<Self> {
        let org = Self::visible(state, caller, name_or_id).await?;
        if access::may_manage(&caller.subject(), &org.standing) {
            return Ok(org);
        }
        Err(ApiError::not_authorized(format!(
            "Only an owner of {} or a site administrator may do this.",
            org.row.name
        )))
    }

    /// Why somebody who is no site administrator may manage it, for the record.
    pub(crate) fn reason(&self) -> String {
        if self.standing.is_org_owner {
            format!("an owner of the organization {}", self.row.name)
        } else {
            String::new()
        }
    }

    /// A team of this organization and of no other, by its name or by `id:` and its id.
    pub(crate) async fn team(&self, state: &AppState, name_or_id: &str) -> ApiResult<team::Model> {
        let found = match name_or_id.strip_prefix("id:").map(str::parse) {
            Some(Ok(id)) => db::teams::by_id(&state.db, self.row.id, id).await?,
            Some(Err(_)) => None,
            None => db::teams::find(&state.db, self.row.id, name_or_id).await?,
        };
        found.ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_TEAM",
                format!(
                    "The organization {} has no team {name_or_id}.",
                    self.row.name
                ),
            )
        })
    }
}

/// The user of that name; 404 where there is none, or it is an organization.
async fn user(state: &AppState, name_or_id: &str) -> ApiResult<account::Model> {
    accounts::find(state, name_or_id)
        .await?
        .filter(|row| !row.is_org)
        .ok_or_else(|| {
            ApiError::not_found("NO_SUCH_USER", format!("There is no user {name_or_id}."))
        })
}

/// Teams as the API shows them.
pub(crate) async fn shown_teams(
    state: &AppState,
    caller: &Caller,
    rows: &[team::Model],
) -> ApiResult<Vec<Team>> {
    let ids = || rows.iter().map(|row| row.id);
    let sizes = db::teams::sizes(&state.db, ids()).await?;
    let own = match caller.own() {
        Some(own) => db::teams::with_member(&state.db, own.id, ids()).await?,
        None => HashSet::new(),
    };
    Ok(rows
        .iter()
        .map(|row| Team {
            id: row.id,
            org_id: row.org_id,
            name: row.name.clone(),
            description: row.description.clone(),
            members_count: sizes.get(&row.id).copied().unwrap_or_default(),
            client_user_is_member: own.contains(&row.id),
        })
        .collect())
}

/// One team as the API shows it.
pub(crate) async fn shown_team(
    state: &AppState,
    caller: &Caller,
    row: team::Model,
) -> ApiResult<Team> {
    let mut shown = shown_teams(state, caller, &[row]).await?;
    shown
        .pop()
        .ok_or_else(|| ApiError::internal(&"a team was lost"))
}
