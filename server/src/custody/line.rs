//! The line of stations, put together and put in order.

use api::custody::{Custody, Station, StationKind, StationStanding};
use db::entities::{event, manifest};
use oci::Digest;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    deeds::{self, Deeds},
    image::{self, Image},
    places::Places,
    scans, signed, station,
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::Sees,
    repositories::Found,
    state::AppState,
};

/// Tags that are told.
const TAGS: usize = 20;

/// A line, with what it was made from.
pub(super) struct Line {
    /// As the API says it.
    pub(super) custody: Custody,
    /// The manifest, if it is there.
    pub(super) manifest: Option<manifest::Model>,
    /// What was recorded of the digest, but for uses; whether the caller may see it is to be asked of each.
    pub(super) events: Vec<Uuid>,
    places: Places,
}

impl Line {
    /// How much of an event the caller is told.
    pub(super) fn sees(&self, row: &event::Model) -> Sees {
        self.places.sees(row)
    }
}

/// The line of what a tag or a digest names in a repository. A digest that is not there any more still has what was recorded of it.
pub(super) async fn of(
    state: &AppState,
    caller: &Caller,
    found: &Found,
    reference: &str,
) -> ApiResult<Line> {
    let parsed = digest(state, found, reference).await?;
    let row = db::manifests::find(&state.db, found.row.id, &parsed).await?;
    let digest = parsed.to_string();
    let image = match &row {
        Some(row) => Some(Image::read(state, row).await?),
        None => None,
    };
    let places = Places::of(state, caller, found, &digest).await?;
    let images = image.as_ref().map(|image| image.images.clone());
    let images = images.unwrap_or_default();
    let deeds = Deeds::of(state, caller, &places, std::slice::from_ref(&digest)).await?;
    let mut stations = deeds.stations(&places, &digest);
    if row.is_none() && stations.is_empty() {
        return Err(missing(reference));
    }
    stations.extend(places.stations(&deeds.rows));
    stations.extend(arrival(found, &places, &deeds, row.as_ref()));
    let (signatures, attested) =
        signed::stations(state, caller, (&found.row, &parsed), &places).await?;
    stations.extend(signatures);
    if let Some(image) = &image {
        let viewer = caller.subject().viewer();
        let whose = (&viewer, found.row.id, &parsed);
        stations.extend(image.stations(state, whose, attested).await?);
    } else {
        stations.extend(attested.into_iter().map(|one| one.station));
        stations.push(station(
            StationKind::Content,
            StationStanding::Missing,
            "The manifest is not in this repository any more: what it had is not known.",
        ));
    }
    // what only a label says is no attestation
    let is_attested =
        |station: &Station| station.kind == StationKind::Build && station.digest.is_some();
    if !stations.iter().any(is_attested) {
        stations.push(image::no_build());
    }
    stations.extend(scans::stations(state, &found.row, &images, &digest).await?);
    stations.extend(deeds::uses(state, caller, &places, &digest).await?);
    stations.sort_by_key(place);
    let tags = db::tags::of_manifest(&state.db, found.row.id, &digest).await?;
    Ok(Line {
        custody: Custody {
            repository: found.full_name(),
            tags: tags.into_iter().take(TAGS).collect(),
            may_download: places.sees_here() == Sees::All,
            digest,
            stations,
        },
        manifest: row,
        events: deeds.rows.iter().map(|row| row.id).collect(),
        places,
    })
}

fn missing(reference: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_REF",
        format!("There is no tag and no digest {reference} in this repository."),
    )
}

async fn digest(state: &AppState, found: &Found, reference: &str) -> ApiResult<Digest> {
    if let Ok(digest) = reference.parse() {
        return Ok(digest);
    }
    let tag = db::tags::find(&state.db, found.row.id, reference).await?;
    let tag = tag.ok_or_else(|| missing(reference))?;
    tag.digest
        .parse()
        .map_err(|error: oci::Error| ApiError::internal(&error.message))
}

/// What stands where nothing says how the image came here, or where that is not told to the caller.
fn arrival(
    found: &Found,
    places: &Places,
    deeds: &Deeds,
    row: Option<&manifest::Model>,
) -> Option<Station> {
    let row = row?;
    let is_told = places.sees_here() != Sees::Nothing;
    let has_arrived = deeds.has_arrived(found.row.id) || places.is_promoted();
    if has_arrived && is_told {
        return None;
    }
    let (standing, what) = if has_arrived {
        (
            StationStanding::Hidden,
            "Pushed: by whom, and what else was recorded, is told to those who are signed in.",
        )
    } else {
        (
            StationStanding::Missing,
            "Nobody recorded who pushed it: it is older than the record, or the record is not whole.",
        )
    };
    Some(Station {
        at: Some(row.pushed_at),
        ..station(StationKind::Push, standing, what)
    })
}

/// Where a station stands: what was before the registry saw anything, then all by its time, then what has none.
fn place(station: &Station) -> (u8, u8, Option<OffsetDateTime>) {
    let before = match station.kind {
        StationKind::Source => Some(0),
        StationKind::Build => Some(1),
        StationKind::Content => Some(2),
        _ => None,
    };
    match (before, station.at) {
        (Some(order), _) => (0, order, None),
        (None, Some(at)) => (1, 0, Some(at)),
        (None, None) => {
            let order = match station.kind {
                StationKind::Push => 0,
                StationKind::Scan => 1,
                StationKind::Promotion => 2,
                StationKind::Signature => 3,
                StationKind::Admission => 4,
                _ => 5,
            };
            (2, order, None)
        }
    }
}
