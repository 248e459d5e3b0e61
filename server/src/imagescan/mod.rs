//! `/api/v0/imagescan/…`: what scans found, how far they are, and the vulnerability data they are judged by. DTR's paths and shapes; what
//! is ours is marked so in `api::scan`.

mod aside;
mod attached;
mod base;
mod changed;
mod composed;
mod cves;
mod dashboard;
mod export;
mod image;
mod overrides;
mod question;
mod reverse;
mod scans;
pub(crate) mod short;
mod status;
mod thin;
mod update;
mod vex;
mod whereabouts;

use crate::{
    error::{ApiError, ApiResult},
    operations::Operations,
    settings::Switch,
    state::AppState,
};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(status::router())
        .merge(update::router())
        .merge(scans::router())
        .merge(image::router())
        .merge(overrides::router())
        .merge(export::router())
        .merge(attached::router())
        .merge(vex::router())
        .merge(thin::router())
        .merge(reverse::router())
        .merge(whereabouts::router())
        .merge(changed::router())
        .merge(dashboard::router())
}

/// Fails where an administrator has switched scanning off.
async fn must_be_on(state: &AppState) -> ApiResult<()> {
    if Switch::ScanningEnabled.is_on(state).await? {
        return Ok(());
    }
    Err(ApiError::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "SCANNING_DISABLED",
        "Scanning is switched off. An administrator can switch it on under System, Security.",
    ))
}

fn unsigned(number: impl TryInto<u32>) -> u32 {
    number.try_into().unwrap_or_default()
}
