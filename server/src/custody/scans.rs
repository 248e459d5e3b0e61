//! What is known of an image's findings: how new vulnerability data changed them, and how they are now.

use api::{
    custody::{Station, StationKind, StationStanding},
    scan::{ShortSummary, status},
};
use db::entities::repository;
use time::OffsetDateTime;

use super::station;
use crate::{error::ApiResult, imagescan::short::Shorts, state::AppState};

/// The stations of these images, of which the first may be the one that is asked about itself; `digest` is that one.
pub(super) async fn stations(
    state: &AppState,
    repository: &repository::Model,
    images: &[String],
    digest: &str,
) -> ApiResult<Vec<Station>> {
    let shorts = Shorts::of(state, repository, images.iter().map(String::as_str)).await?;
    let judged = db::custody::judged_since(&state.db).await?;
    let mut stations = Vec::new();
    for image in images {
        let about = (image != digest).then(|| image.clone());
        let now = Station {
            digest: about.clone(),
            ..now(&shorts.image(image), judged)
        };
        // of the images of an index only how they are now
        if let (None, Some(id)) = (&about, shorts.id(image)) {
            let updates = db::custody::updates(&state.db, id).await?;
            stations.extend(updates.iter().map(|(generation, change)| Station {
                at: generation.checked_at,
                generation: Some(generation.id),
                ..station(
                    StationKind::Scan,
                    StationStanding::Recorded,
                    format!(
                        "New vulnerability data: {}",
                        changed([
                            change.critical,
                            change.major,
                            change.minor,
                            change.unspecified
                        ])
                    ),
                )
            }));
        }
        stations.push(now);
    }
    Ok(stations)
}

/// How the findings are now. It stands behind the newest vulnerability data, by which it was `judged` since it was scanned.
fn now(short: &ShortSummary, judged: Option<OffsetDateTime>) -> Station {
    let open = [short.critical, short.major, short.minor, short.unspecified].map(u64::from);
    let (standing, what) = match short.last_scan_status {
        status::COMPLETED => {
            let aside = match short.set_aside {
                0 => String::new(),
                number => format!(", {number} set aside"),
            };
            let doubt = if short.incomplete || short.has_foreign_layers {
                "; not all of it could be read"
            } else {
                ""
            };
            let found = found(open);
            (
                StationStanding::Recorded,
                format!("Judged last: {found}{aside}{doubt}"),
            )
        }
        status::SCANNED => (
            StationStanding::Missing,
            "It was scanned, and there is no vulnerability data to judge it by.".to_owned(),
        ),
        status::UNSCANNED => (
            StationStanding::Missing,
            "It was never scanned. Scan it, or switch on scanning on push for the repository."
                .to_owned(),
        ),
        status::FAILED => (
            StationStanding::Refused,
            "The last scan came to nothing".to_owned(),
        ),
        _ => (
            StationStanding::Missing,
            "It is being scanned; what is found stands here then.".to_owned(),
        ),
    };
    let is_judged = short.last_scan_status == status::COMPLETED;
    Station {
        at: short.check_completed_at.max(judged).filter(|_| is_judged),
        reason: short.error.clone(),
        ..station(StationKind::Scan, standing, what)
    }
}

const SEVERITIES: [&str; 4] = ["critical", "major", "minor", "of unknown severity"];

/// How many findings there are of each severity, in words.
pub(super) fn found(numbers: [u64; 4]) -> String {
    let some = numbers
        .iter()
        .zip(SEVERITIES)
        .filter(|(number, _)| **number > 0);
    let words: Vec<String> = some.map(|(number, of)| format!("{number} {of}")).collect();
    if words.is_empty() {
        "nothing found".to_owned()
    } else {
        words.join(", ")
    }
}

fn changed(numbers: [i32; 4]) -> String {
    let some = numbers
        .iter()
        .zip(SEVERITIES)
        .filter(|(number, _)| **number != 0);
    let words: Vec<String> = some
        .map(|(number, of)| format!("{number:+} {of}"))
        .collect();
    words.join(", ")
}
