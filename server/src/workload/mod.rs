//! Workload identity: an organization trusts the ID tokens that a CI system makes for its jobs, under conditions, and a job shows
//! one instead of a stored secret. What it is given is a registry token of a few minutes, with the rights of the trust and no others.
//!
//! An issuer's address is the word of an organization's owner: it is asked at public addresses only, but for what the
//! configuration allows.

mod list;
mod proof;
mod settings;
mod trust;

use std::net::IpAddr;

use ::api::workload::{WorkloadAccess, WorkloadGrant, WorkloadKind, WorkloadRights, WorkloadTrust};
use auth::workload::Kind;
use db::{Db, entities::workload_trust as row, grants::Level};
use uuid::Uuid;

pub(crate) use proof::{Workload, prove};

use crate::{
    caller::Known, error::ApiResult, events::Event, operations::Operations, state::AppState,
};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(trust::router())
}

fn level(access: WorkloadAccess) -> Level {
    match access {
        WorkloadAccess::ReadOnly => Level::ReadOnly,
        WorkloadAccess::ReadWrite => Level::ReadWrite,
    }
}

fn access(level: Level) -> WorkloadAccess {
    match level {
        Level::ReadOnly => WorkloadAccess::ReadOnly,
        Level::ReadWrite | Level::Admin => WorkloadAccess::ReadWrite,
    }
}

/// The kind by its name in the database.
fn kind(name: &str) -> Kind {
    match name {
        "github" => Kind::GitHub,
        _ => Kind::GitLab,
    }
}

/// The database; what is changed through it is recorded as done by `known`, or else by a job of the trust of that id.
pub(crate) async fn recording(
    state: &AppState,
    known: Option<&Known>,
    id: Option<Uuid>,
    client: IpAddr,
    event: Event,
) -> db::Result<Db> {
    if let (None, Some(id)) = (known, id) {
        let trusts = db::workload_trusts::names(&state.db, [id]).await?;
        if let Some(name) = trusts.get(&id) {
            return Ok(state.recording_by_workload(name, client, event));
        }
    }
    Ok(state.recording_by(known, client, event))
}

/// Trusts of an organization as the API shows them.
async fn shown_all(
    state: &AppState,
    org: Uuid,
    rows: Vec<row::Model>,
) -> ApiResult<Vec<WorkloadTrust>> {
    let grants = db::workload_trusts::grants(&state.db, org, rows.iter().map(|row| row.id)).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let repositories = grants
                .iter()
                .filter(|(trust, ..)| *trust == row.id)
                .map(|(_, repository, level)| WorkloadGrant {
                    repository: repository.clone(),
                    access_level: access(*level),
                })
                .collect();
            WorkloadTrust {
                rights: WorkloadRights {
                    namespace: row.namespace_level.map(access),
                    repositories,
                },
                kind: match kind(&row.kind) {
                    Kind::GitLab => WorkloadKind::GitLab,
                    Kind::GitHub => WorkloadKind::GitHub,
                },
                conditions: serde_json::from_value(row.conditions).unwrap_or_default(),
                name: row.name,
                issuer: row.issuer,
                audience: row.audience,
                is_active: row.is_active,
                created_at: row.created_at,
                last_used: row.used_at,
                last_job: row.used_by,
                last_refused: row.refused_at,
                last_refusal: row.refusal,
            }
        })
        .collect())
}

async fn shown_one(state: &AppState, org: Uuid, row: row::Model) -> ApiResult<WorkloadTrust> {
    let mut shown = shown_all(state, org, vec![row]).await?;
    shown
        .pop()
        .ok_or_else(|| crate::error::ApiError::internal(&"a trust was lost"))
}
