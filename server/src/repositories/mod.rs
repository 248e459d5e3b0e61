//! `/api/v0/repositories…` and `/api/v0/index…`: repositories, their tags, manifests and README, live changes, and search.
//! Paths, fields and paging are DTR's; what is ours is marked so in `api`.
//!
//! Each handler authorizes with [`Found::visible`] or [`Found::with`] before it reads or changes anything. Who may not see a
//! repository gets the same 404 as where there is none.

mod changes;
mod details;
pub(crate) mod images;
mod list;
mod manifests;
mod pasted;
mod readme;
mod repository;
mod search;
mod tag;
mod tags;

use ::api::repository::{AccessLevel, NamespaceType, Repository, Visibility};
use db::{entities::repository as row, repositories::Figures};
use oci::RepositoryName;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    access::{Decision, Level, Reason},
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    operations::Operations,
    state::AppState,
};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(repository::router())
        .merge(readme::router())
        .merge(tags::router())
        .merge(tag::router())
        .merge(manifests::router())
        .merge(changes::router())
        .merge(search::router())
}

/// The part of a path that names a repository.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct Named {
    /// Name of the account that owns the repository.
    pub(crate) namespace: String,
    /// Name of the repository within the namespace.
    pub(crate) reponame: String,
}

pub(crate) use details::authors;
pub(crate) use tag::Referenced as Tagged;

/// A repository that the caller may see.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) row: row::Model,
    pub(crate) decision: Decision,
}

impl Found {
    /// The repository, if the caller may see it; else 404.
    pub(crate) async fn visible(
        state: &AppState,
        caller: &Caller,
        named: &Named,
    ) -> ApiResult<Self> {
        let full_name = format!("{}/{}", named.namespace, named.reponame);
        let missing = || ApiError::no_such_repository(&full_name);
        let name: RepositoryName = full_name.parse().map_err(|_| missing())?;
        let row = db::repositories::find(&state.db, &name)
            .await?
            .ok_or_else(missing)?;
        let decision = state.decide(&caller.subject(), &row).await?;
        if decision.allows(Level::ReadOnly) {
            Ok(Self { row, decision })
        } else {
            Err(missing())
        }
    }

    /// The repository, if the caller has `level` access to it; else 404, 401 or 403.
    pub(crate) async fn with(
        state: &AppState,
        caller: &Caller,
        named: &Named,
        level: Level,
    ) -> ApiResult<Self> {
        let found = Self::visible(state, caller, named).await?;
        if found.decision.allows(level) {
            return Ok(found);
        }
        caller.signed_in()?;
        let held = found.decision.level.map_or("no", Level::as_str);
        if found.decision.is_limited {
            return Err(ApiError::not_authorized(format!(
                "This needs {} access to {}, and the access token is limited to {held} there. Use one that is good for \
                 more, or come with a password.",
                level.as_str(),
                found.full_name(),
            )));
        }
        Err(ApiError::not_authorized(format!(
            "This needs {} access to {}/{}, and you have {held}. {} or an administrator can do it.",
            level.as_str(),
            named.namespace,
            named.reponame,
            named.namespace,
        )))
    }

    /// What is recorded of what the caller does to something in it.
    fn event(&self, caller: &Caller, kind: Kind, object: ObjectType, name: &str) -> Event {
        Event::new(kind, object, None, name)
            .with(ObjectType::Repository, self.row.id, self.full_name())
            .because(self.reason(caller))
    }

    /// `namespace/name`
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.row.namespace, self.row.name)
    }

    /// Fails unless the caller administers every repository of the namespace, and not this one alone.
    pub(crate) fn must_own_namespace(&self, caller: &Caller) -> ApiResult<()> {
        caller.account()?;
        match self.decision.reason {
            Reason::SiteAdmin
            | Reason::Owner
            | Reason::OrgOwner
            | Reason::Team {
                is_for_namespace: true,
                ..
            } => Ok(()),
            _ => Err(ApiError::not_authorized(format!(
                "You administer this repository, and not all of {}.",
                self.row.namespace
            ))),
        }
    }

    /// Why the caller may do what they do in it, for the record.
    pub(crate) fn reason(&self, caller: &Caller) -> String {
        let who = caller.own().map_or("", |own| own.name.as_str());
        self.decision.reason.words(who, &self.row.namespace)
    }

    /// The repository in full.
    pub(crate) async fn shown(self, state: &AppState) -> ApiResult<Repository> {
        let figures = db::repositories::figures(&state.db, &[self.row.id]).await?;
        let figures = figures.get(&self.row.id).copied().unwrap_or_default();
        let long_description = Some(self.row.long_description.clone());
        let level = self
            .decision
            .level
            .ok_or_else(|| ApiError::no_such_repository(&self.row.name))?;
        let owner = self.row.account_id;
        let is_org = db::accounts::organizations(&state.db, [owner])
            .await?
            .contains(&owner);
        Ok(Repository {
            long_description,
            ..shown(self.row, kind(is_org), level, figures)
        })
    }
}

/// A repository as lists show it.
fn shown(
    row: row::Model,
    namespace_type: NamespaceType,
    level: Level,
    figures: Figures,
) -> Repository {
    Repository {
        id: row.id,
        namespace: row.namespace,
        namespace_type,
        name: row.name,
        short_description: row.short_description,
        long_description: None,
        visibility: if row.is_public {
            Visibility::Public
        } else {
            Visibility::Private
        },
        scan_on_push: row.scan_on_push,
        immutable_tags: row.immutable_tags,
        immutable_tag_patterns: row
            .immutable_patterns
            .and_then(|saved| serde_json::from_value(saved).ok())
            .unwrap_or_default(),
        enable_manifest_lists: false,
        tag_limit: u32::try_from(row.tag_limit).unwrap_or_default(),
        pulls: unsigned(row.pulls),
        pushes: unsigned(row.pushes),
        permission: level_shown(level),
        tag_count: figures.tags,
        size: figures.size,
        created_at: row.created_at,
        last_pushed_at: row.pushed_at,
    }
}

/// Rows that the query already limited to what the caller may see, as lists show them.
pub(crate) async fn shown_all(
    state: &AppState,
    caller: &Caller,
    rows: Vec<row::Model>,
) -> ApiResult<Vec<Repository>> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let figures = db::repositories::figures(&state.db, &ids).await?;
    let decisions = state.decide_all(&caller.subject(), &rows).await?;
    let organizations =
        db::accounts::organizations(&state.db, rows.iter().map(|row| row.account_id)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let level = decisions.get(&row.id)?.level?;
            let figures = figures.get(&row.id).copied().unwrap_or_default();
            let kind = kind(organizations.contains(&row.account_id));
            Some(shown(row, kind, level, figures))
        })
        .collect())
}

fn kind(is_org: bool) -> NamespaceType {
    if is_org {
        NamespaceType::Organization
    } else {
        NamespaceType::User
    }
}

/// A level as the API says it.
pub(crate) fn level_shown(level: Level) -> AccessLevel {
    match level {
        Level::ReadOnly => AccessLevel::ReadOnly,
        Level::ReadWrite => AccessLevel::ReadWrite,
        Level::Admin => AccessLevel::Admin,
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
