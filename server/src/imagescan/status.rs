//! The state of scanning, and the history of the vulnerability data.

use api::{
    error::Envelope,
    scan::{ScannerStatus, Update},
};
use axum::{Json, extract::State};
use db::{advisories, entities::advisory_generation};

use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::Parameters,
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    scanning,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_status))
        .routes(routes!(list_updates))
}

/// Shows the state of scanning and of the vulnerability data; for everybody with an account.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/status",
    tag = "scanning",
    responses(
        (status = 200, description = "The state.", body = ScannerStatus),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
    )
)]
async fn get_status(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<Json<ScannerStatus>> {
    caller.account()?;
    let last = advisories::history(&state.db, None, 1).await?;
    let last = last.first();
    let current = advisories::current_row(&state.db).await?;
    let counts = db::scans::queue::counts(&state.db).await?;
    let loading = last.filter(|row| row.state == "loading");
    let loading = loading.map(|row| row.id);
    let status = ScannerStatus {
        state: match &current {
            _ if loading.is_some() => 2,
            None => 0,
            Some(row) if row.checked_at.is_none() => 3,
            Some(_) => 1,
        },
        scanner_version: super::unsigned(scanning::detector_version()),
        db_version: current.as_ref().map_or(0, |row| unsigned(row.id)),
        db_updated_at: current.as_ref().and_then(|row| row.finished_at),
        last_db_update_failed: last.is_some_and(|row| row.state == "failed"),
        last_vuln_overrides_db_update_failed: false,
        current: current.map(shown),
        pending: counts.pending,
        running: counts.running,
        online: scanning::online::status(&state, loading).await?,
    };
    Ok(Json(status))
}

/// Ours: lists the updates of the vulnerability data, the newest first; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/updates",
    tag = "scanning",
    params(PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<Update>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_updates(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<Update>>> {
    caller.admin()?;
    let page = page.page()?;
    let before = page.after.as_deref().map(str::parse).transpose();
    let before = before.map_err(|_| {
        ApiError::invalid(
            "INVALID_PARAMETERS",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })?;
    let mut rows = advisories::history(&state.db, before, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(advisories::history_count(&state.db).await?)
    } else {
        None
    };
    Ok(Paged {
        body: rows.into_iter().map(shown).collect(),
        next,
        count,
    })
}

fn shown(row: advisory_generation::Model) -> Update {
    Update {
        generation: unsigned(row.id),
        state: row.state,
        origin: row.origin,
        file: row.file,
        started_by: row.started_by,
        started_at: row.started_at,
        finished_at: row.finished_at,
        checked_at: row.checked_at,
        built_at: row.built_at,
        records: unsigned(row.records),
        changed: unsigned(row.changed),
        refused: unsigned(row.refused),
        images: unsigned(row.images),
        sources: serde_json::from_value(row.sources).unwrap_or_default(),
        error: row.error,
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
