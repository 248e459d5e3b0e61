//! The registry's numbers of today, noted so that they can be seen over time.

use time::OffsetDateTime;

use crate::state::AppState;

/// The day of a time, as it is kept.
pub(crate) fn day(time: OffsetDateTime) -> String {
    time.date().to_string()
}

/// Notes the numbers of today, in the place of those noted before.
pub(crate) async fn note(state: &AppState) {
    let today = day(OffsetDateTime::now_utc());
    let noted = async {
        let row = db::scans::days::sum_up(&state.db, &today).await?;
        db::scans::days::keep(&state.db, row).await
    };
    if let Err(error) = noted.await {
        tracing::warn!(%error, "the numbers of the day could not be noted; tried again in an hour");
    }
}
