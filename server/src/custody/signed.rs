//! Who signed an image, and what attestations say how it was built: Notary's signatures, and those of cosign and notation.

use std::collections::HashMap;

use api::custody::{Station, StationKind, StationStanding};
use db::{
    custody::{End, Which},
    entities::{event, repository},
    signatures::{By, Kind, Listed, Standing},
};
use oci::Digest;
use time::OffsetDateTime;

use super::{
    builds::{self, Attested},
    places::Places,
    station,
};
use crate::{
    caller::Caller,
    error::ApiResult,
    events::{ObjectType, Sees},
    state::AppState,
    trust::Signatures,
};

/// Signatures that are told.
const MOST: u64 = 50;
/// Releases in Notary that are told, each with its event.
const RELEASES: usize = 8;

/// The stations, and apart from them the attestations of how it was built.
pub(super) async fn stations(
    state: &AppState,
    caller: &Caller,
    (repository, image): (&repository::Model, &Digest),
    places: &Places,
) -> ApiResult<(Vec<Station>, Vec<Attested>)> {
    let now = OffsetDateTime::now_utc();
    let digest = &image.to_string();
    let at = crate::signatures::at(state, now).await?;
    let listed = db::signatures::list(&state.db, repository.id, digest, None, MOST, at).await?;
    let manifests: Vec<String> = listed.iter().map(|row| row.manifest.clone()).collect();
    let here = [repository.id];
    let oldest = (End::Oldest, MOST * 4);
    let deeds = db::custody::events(&state.db, &here, &manifests, Which::Deeds, oldest).await?;
    let mut pushed: HashMap<&str, &event::Model> = HashMap::new();
    for row in deeds.iter().filter(|row| row.kind == "CREATE") {
        pushed
            .entry(row.digest.as_deref().unwrap_or_default())
            .or_insert(row);
    }
    let with_people = caller.own().is_some();
    let all = listed.iter().map(|row| {
        let push = pushed.get(row.manifest.as_str());
        let told = push.filter(|push| places.sees(push) != Sees::Nothing);
        let station = Station {
            at: push
                .map(|push| db::events::time(push.id))
                .or(row.checked_at),
            event: told.map(|push| push.id),
            digest: Some(row.manifest.clone()),
            ..attached(row, with_people)
        };
        (row, station)
    });
    let (of_builds, others): (Vec<_>, Vec<_>) =
        all.partition(|(_, station)| station.kind == StationKind::Build);
    let attested = builds::signed(state, repository.id, image, &of_builds).await?;
    let mut stations: Vec<Station> = others.into_iter().map(|(_, station)| station).collect();
    stations.extend(notary(state, caller, (repository, digest), places).await?);
    let is_signed = |station: &Station| station.kind == StationKind::Signature;
    if !stations.iter().any(is_signed) {
        let none = "Nobody signed it: there is no signature of Notary, cosign or notation here.";
        stations.push(station(
            StationKind::Signature,
            StationStanding::Missing,
            none,
        ));
    }
    Ok((stations, attested))
}

fn attached(row: &Listed, with_people: bool) -> Station {
    let predicate = row.predicate_type.as_deref();
    let is_build = predicate.is_some_and(builds::is_about_building);
    let kind = if is_build {
        StationKind::Build
    } else {
        StationKind::Signature
    };
    let what = match row.kind {
        Kind::Cosign => "Signed with cosign".to_owned(),
        Kind::Notation => "Signed with notation".to_owned(),
        Kind::Attestation => {
            let of = predicate.unwrap_or("an unknown predicate");
            format!("Attestation of {of}")
        }
        Kind::Unknown => "Something that calls itself a signature".to_owned(),
    };
    let (standing, reason, by) = match &row.standing {
        Standing::Verified(by) => (StationStanding::Verified, None, Some(by)),
        Standing::Refused(reason) => (StationStanding::Refused, Some(reason.clone()), None),
        Standing::Pending => (
            StationStanding::Claimed,
            Some("it has not been looked at yet".to_owned()),
            None,
        ),
    };
    let (actor, by) = match by {
        Some(By::User { name, .. }) if with_people => (Some(name.clone()), String::new()),
        Some(By::User { .. }) => (None, ", by a user's key".to_owned()),
        Some(By::Trust { name, .. }) => (None, format!(", by the trusted key or store {name}")),
        None => (None, String::new()),
    };
    Station {
        actor,
        reason,
        ..station(kind, standing, format!("{what}{by}"))
    }
}

async fn notary(
    state: &AppState,
    caller: &Caller,
    (repository, digest): (&repository::Model, &str),
    places: &Places,
) -> ApiResult<Vec<Station>> {
    let releases = Signatures::of_digest(state, caller, repository.id, digest).await?;
    let mut stations = Vec::new();
    for (tag, signed_at, release) in releases.into_iter().take(RELEASES) {
        let event = match signed_at.filter(|_| places.sees_here() == Sees::All) {
            Some(at) => {
                let of = ObjectType::TrustData.as_str();
                db::custody::first_since(&state.db, repository.id, of, at).await?
            }
            None => None,
        };
        let known = release.signers.iter().filter(|signer| !signer.is_unknown);
        let (users, count) = (
            known.clone().filter_map(|signer| signer.user.clone()),
            known.clone().count(),
        );
        let mut users: Vec<String> = users.collect();
        users.sort();
        users.dedup();
        let teams: Vec<&str> = known
            .flat_map(|signer| &signer.teams)
            .map(String::as_str)
            .collect();
        let standing = if count > 0 {
            StationStanding::Verified
        } else {
            StationStanding::Claimed
        };
        let whose = match (count, teams.is_empty()) {
            (0, _) => ", by nobody's signing key".to_owned(),
            (_, true) => String::new(),
            (_, false) => format!(", for {}", teams.join(", ")),
        };
        stations.push(Station {
            at: signed_at,
            actor: (!users.is_empty()).then(|| users.join(", ")),
            event: event.map(|event| event.id),
            tag: Some(tag.clone()),
            ..station(
                StationKind::Signature,
                standing,
                format!("Signed in Notary as {tag} in {}{whose}", release.gun),
            )
        });
    }
    Ok(stations)
}
