//! Chain of custody: what is known of one digest, from the commit to who pulls it, as a line of stations, each with the event that
//! recorded it; and where something is not known, a station that says so.
//!
//! `line` puts it together: where the image came from by promotion (`places`), what the image says of itself (`image`), what
//! attestations say of how it was built (`builds`, and `unsigned` those that nobody signed) and whether both agree (`source`), what was recorded of it (`deeds`, `admissions`), what was
//! found in it (`scans`), and who signed it (`signed`). Nothing is told here that the pages of events, promotions and signatures would
//! not tell the same caller.
//!
//! `audit` seals what happened in checkpoints, and `bundle` gives the line out with the proofs (`crates/evidence`).

mod admissions;
mod audit;
mod builds;
mod bundle;
mod deeds;
mod image;
mod line;
mod places;
mod scans;
mod signed;
mod source;
mod unsigned;

pub(crate) use audit::Audit;
pub use audit::seal;

use api::{
    custody::{Custody, Station, StationKind, StationStanding},
    error::Envelope,
};
use axum::{Json, extract::State};

use crate::{
    caller::Caller,
    error::ApiResult,
    input::Segments,
    operations::{Operations, routes},
    repositories::{Found, Named, Tagged},
    state::AppState,
};

/// `…/manifests/{reference}/custody`, and what is verified of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_custody))
        .merge(bundle::router())
}

/// Ours: shows the chain of custody of an image: what is known of it, from the commit to who pulled it, station by station.
///
/// What the image says of itself is `claimed`, and so is what a user's own key says of how it was built; what the registry saw is
/// `recorded`, what a signature says that the organization or the registry trusts is `verified`; a gap is a station too, `missing`, or
/// `hidden` where it is known and not told to the caller. Where the image came by promotion from repositories that the caller may see,
/// what happened there is part of the line.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/custody",
    tag = "manifests",
    params(Named, ("reference" = String, Path, description = "Tag, or digest of the manifest.")),
    responses(
        (status = 200, description = "The line of stations.", body = Custody),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn get_custody(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<Tagged>,
) -> ApiResult<Json<Custody>> {
    let (named, reference) = path.split();
    let found = Found::visible(&state, &caller, &named).await?;
    let line = line::of(&state, &caller, &found, &reference).await?;
    Ok(Json(line.custody))
}

/// A station of which nothing else is known yet.
fn station(kind: StationKind, standing: StationStanding, what: impl Into<String>) -> Station {
    Station {
        kind,
        standing,
        at: None,
        until: None,
        what: what.into(),
        actor: None,
        credential: None,
        address: None,
        reason: None,
        repository: None,
        tag: None,
        digest: None,
        policy: None,
        revision: None,
        generation: None,
        times: None,
        event: None,
        event_repository: None,
        labels: std::collections::BTreeMap::new(),
    }
}

/// `text`, unless it is empty.
fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `1 layer`, `2 layers`.
fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
