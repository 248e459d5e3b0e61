//! What was recorded of a digest: pushes, scans, refusals, deletions, and who pulled it.

use std::collections::BTreeMap;

use api::{
    custody::{Station, StationKind, StationStanding},
    event::Event,
};
use db::{
    custody::{End, Which},
    entities::event,
};
use serde_json::Value;

use super::{
    admissions,
    places::{Places, is_came},
    said, station,
};
use crate::{
    caller::Caller,
    error::ApiResult,
    events::{self, Kind, ObjectType, Sees},
    state::AppState,
};

/// Events from each end that are told.
const EACH: usize = 100;
/// Uses that are looked at, the last ones.
const USES: u64 = 1_000;
/// Groups of uses that are told.
const GROUPS: usize = 20;
/// What a cluster was told that asked.
const ADMITTED: &str = "Admitted to run in a cluster";

/// What was recorded, as rows and as the caller is told of it.
pub(super) struct Deeds {
    /// Rows, the oldest first. To find what belongs together, never to be shown.
    pub(super) rows: Vec<event::Model>,
    told: Vec<Event>,
    /// There are more between the first and the last.
    has_more: bool,
}

impl Deeds {
    /// Reads the first and the last events of these digests.
    pub(super) async fn of(
        state: &AppState,
        caller: &Caller,
        places: &Places,
        digests: &[String],
    ) -> ApiResult<Self> {
        let ids = places.ids();
        let deeds =
            |end| db::custody::events(&state.db, &ids, digests, Which::Deeds, (end, EACH as u64));
        let mut rows = deeds(End::Oldest).await?;
        let mut has_more = false;
        if let (Some(last), true) = (rows.last().map(|row| row.id), rows.len() >= EACH) {
            let mut newest = deeds(End::Newest).await?;
            newest.reverse();
            has_more = newest.first().is_some_and(|row| row.id > last);
            rows.extend(newest.into_iter().filter(|row| row.id > last));
        }
        let told = events::told(state, caller, |row| places.sees(row), rows.clone()).await?;
        Ok(Self {
            rows,
            told,
            has_more,
        })
    }

    /// Whether a push, or what came by promotion, is on record in this repository; also where the caller is not told of it.
    pub(super) fn has_arrived(&self, repository: uuid::Uuid) -> bool {
        let id = repository.to_string();
        self.rows
            .iter()
            .any(|row| row.kind == "CREATE" && row.repository_id.as_deref() == Some(id.as_str()))
    }

    /// The stations of what the caller is told, but for promotions, which tell of themselves; `digest` is the one that is asked about.
    pub(super) fn stations(&self, places: &Places, digest: &str) -> Vec<Station> {
        let came: Vec<_> = self.rows.iter().filter(|row| is_came(row)).collect();
        let told = self.told.iter();
        let told = told.filter(|event| came.iter().all(|row| row.id != event.id));
        let mut stations: Vec<Station> = told
            .filter_map(|event| deed(event, places, digest))
            .collect();
        if self.has_more {
            let more = "More happened in between than is shown here: it is in the list of what happened in the repository.";
            let middle = self.rows.get(EACH);
            stations.push(Station {
                at: middle.map(|row| db::events::time(row.id)),
                ..station(StationKind::More, StationStanding::Hidden, more)
            });
        }
        stations
    }
}

fn deed(event: &Event, places: &Places, digest: &str) -> Option<Station> {
    let kind = event.object.r#type.as_str();
    let is_image = kind == ObjectType::Tag.as_str() || kind == ObjectType::Manifest.as_str();
    let name = event.object.name.as_str();
    let (kind, standing, what) = match event.r#type.as_str() {
        "CREATE" if kind == ObjectType::Tag.as_str() => (
            StationKind::Push,
            StationStanding::Recorded,
            format!("Pushed as {name}"),
        ),
        "CREATE" if is_image => (
            StationKind::Push,
            StationStanding::Recorded,
            "Pushed by its digest, without a tag".to_owned(),
        ),
        "DELETE" if is_image => (
            StationKind::Deletion,
            StationStanding::Recorded,
            "Deleted, with the tags that pointed to it".to_owned(),
        ),
        "SCAN" => (
            StationKind::Scan,
            StationStanding::Recorded,
            format!("Scanned: {}", findings(event.detail.as_ref())),
        ),
        "FAIL" if kind == ObjectType::Scan.as_str() => (
            StationKind::Scan,
            StationStanding::Refused,
            "The scan came to nothing".to_owned(),
        ),
        "FAIL" if is_image => (
            StationKind::Admission,
            StationStanding::Refused,
            "Refused: a policy did not let it be pulled".to_owned(),
        ),
        "FAIL" if kind == ObjectType::Admission.as_str() => (
            StationKind::Admission,
            StationStanding::Refused,
            if decision(event) == "evaluated" {
                "Refused: who asked was told that it may not be pulled".to_owned()
            } else {
                let asked = admissions::asked(&[event]);
                format!("Refused: a cluster was told not to run it{asked}")
            },
        ),
        _ => return None,
    };
    let of = event
        .detail
        .as_ref()
        .and_then(|detail| detail.get("digest"));
    let of = of.and_then(Value::as_str).unwrap_or(name);
    let is_of_another = kind == StationKind::Scan && of != digest;
    let is_tag = event.object.r#type == ObjectType::Tag.as_str();
    Some(Station {
        at: Some(event.published_at),
        digest: is_of_another.then(|| of.to_owned()),
        tag: is_tag.then(|| name.to_owned()),
        ..recorded(event, places, station(kind, standing, what))
    })
}

/// Who did it, where, and why, as far as the caller is told.
fn recorded(event: &Event, places: &Places, station: Station) -> Station {
    Station {
        actor: said(&event.actor),
        credential: said(&event.credential),
        address: event.address.clone(),
        reason: said(&event.reason),
        repository: places.name(event.repository.as_deref()),
        event: Some(event.id),
        ..station
    }
}

/// What a scan found, as its event says it.
fn findings(detail: Option<&Value>) -> String {
    let number = |name: &str| detail.and_then(|detail| detail.get(name)?.as_u64());
    super::scans::found(
        ["critical", "major", "minor", "unspecified"].map(|name| number(name).unwrap_or_default()),
    )
}

/// Who pulled it, and of which pulls a policy warned: each account once for each repository that the caller administers.
pub(super) async fn uses(
    state: &AppState,
    caller: &Caller,
    places: &Places,
    digest: &str,
) -> ApiResult<Vec<Station>> {
    let administered: Vec<_> = places
        .sees
        .iter()
        .filter(|(_, sees)| **sees == Sees::All)
        .map(|(id, _)| *id)
        .collect();
    let digests = [digest.to_owned()];
    let newest = (End::Newest, USES);
    let rows = db::custody::events(&state.db, &administered, &digests, Which::Uses, newest).await?;
    let is_cut = rows.len() as u64 >= USES;
    let told = events::told(state, caller, |_| Sees::All, rows).await?;
    let mut stations = grouped(&told, places, is_cut);
    if places.sees_here() != Sees::All {
        let who = "Who pulled it is told to who administers the repository.";
        stations.push(station(StationKind::Pull, StationStanding::Hidden, who));
    } else if stations.is_empty() {
        let none = "No pull is on record.";
        stations.push(station(StationKind::Pull, StationStanding::Missing, none));
    }
    Ok(stations)
}

/// What was decided, as events of admissions and of policies say it.
fn decision(event: &Event) -> &str {
    let decision = event
        .detail
        .as_ref()
        .and_then(|detail| detail.get("decision")?.as_str());
    decision.unwrap_or_default()
}

/// What sort of use it is, in words.
fn used(event: &Event) -> (StationKind, &'static str) {
    let is_admission = event.object.r#type == ObjectType::Admission.as_str();
    match (decision(event), is_admission) {
        ("evaluated", _) => (
            StationKind::Admission,
            "Who asked was told that it may be pulled",
        ),
        (_, true) => (StationKind::Admission, ADMITTED),
        ("warned", _) => (StationKind::Admission, "Pulled, and a policy warned of it"),
        ("toSign", _) => (StationKind::Admission, "Read in order to sign it"),
        _ => (StationKind::Pull, "Pulled"),
    }
}

/// `told` has the newest first.
fn grouped(told: &[Event], places: &Places, is_cut: bool) -> Vec<Station> {
    let mut groups: BTreeMap<_, Vec<&Event>> = BTreeMap::new();
    for event in told
        .iter()
        .filter(|event| event.r#type == Kind::Get.as_str())
    {
        let place = event.repository.as_deref().unwrap_or_default();
        let group = (used(event).1, place, event.actor.as_str(), event.actor_id);
        groups.entry(group).or_default().push(event);
    }
    let mut stations: Vec<Station> = groups
        .into_values()
        .filter_map(|events| {
            let (newest, oldest) = (*events.first()?, *events.last()?);
            let (kind, what) = used(newest);
            let who = if what == ADMITTED {
                admissions::asked(&events)
            } else if newest.actor.is_empty() {
                " without an account".to_owned()
            } else {
                String::new()
            };
            let of = station(kind, StationStanding::Recorded, format!("{what}{who}"));
            Some(Station {
                at: Some(oldest.published_at),
                until: (events.len() > 1).then_some(newest.published_at),
                times: Some(events.len() as u64),
                ..recorded(newest, places, of)
            })
        })
        .collect();
    stations.sort_by_key(|station| std::cmp::Reverse(station.until.or(station.at)));
    let left_out = stations.len().saturating_sub(GROUPS);
    stations.truncate(GROUPS);
    if left_out > 0 || is_cut {
        let more = "More pulled it than is shown here: they are in the list of what happened in the repository.";
        stations.push(station(StationKind::More, StationStanding::Hidden, more));
    }
    stations
}
