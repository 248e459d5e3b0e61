//! The registry in numbers: findings by severity over time, and where most of them are.

use api::{
    error::Envelope,
    security::{Dashboard, Day, WorstRepository},
};
use axum::{Json, extract::State};
use db::{
    entities::security_day,
    scans::days::{self, OfRepository},
};
use time::OffsetDateTime;

use crate::{
    caller::Caller,
    error::ApiResult,
    operations::{Operations, routes},
    scanning,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_dashboard))
}

/// Days that are shown before today.
const DAYS: u64 = 90;
/// Repositories that are shown.
const WORST: u64 = 10;

/// Ours: shows the registry in numbers; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/imagescan/dashboard",
    tag = "scanning",
    responses(
        (status = 200, description = "The numbers.", body = Dashboard),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn get_dashboard(
    State(state): State<AppState>,
    caller: Caller,
) -> ApiResult<Json<Dashboard>> {
    caller.admin()?;
    let today = scanning::day(OffsetDateTime::now_utc());
    let days = days::before(&state.db, &today, DAYS).await?;
    let worst = days::worst(&state.db, WORST).await?;
    let current = db::advisories::current_row(&state.db).await?;
    Ok(Json(Dashboard {
        today: shown(days::sum_up(&state.db, &today).await?),
        days: days.into_iter().map(shown).collect(),
        worst: worst.into_iter().map(repository).collect(),
        data_updated_at: current.and_then(|row| row.finished_at),
    }))
}

fn shown(row: security_day::Model) -> Day {
    Day {
        day: row.day,
        images: unsigned(row.images),
        clean: unsigned(row.clean),
        critical: unsigned(row.critical),
        major: unsigned(row.major),
        minor: unsigned(row.minor),
        unspecified: unsigned(row.unspecified),
        fixable: unsigned(row.fixable),
    }
}

fn repository(row: OfRepository) -> WorstRepository {
    WorstRepository {
        namespace: row.namespace,
        repository: row.name,
        images: unsigned(row.images),
        critical: unsigned(row.critical),
        major: unsigned(row.major),
        minor: unsigned(row.minor),
        unspecified: unsigned(row.unspecified),
        fixable: unsigned(row.fixable),
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
