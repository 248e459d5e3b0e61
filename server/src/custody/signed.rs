//! Who signed an image, and what attestations say how it was built: Notary's signatures, and those of cosign and notation.

use std::collections::{BTreeSet, HashMap};

use api::custody::{Station, StationKind, StationStanding};
use db::{
    custody::{End, Which},
    entities::{event, repository},
    signatures::{By, Kind, Listed, Standing},
};
use oci::Digest;
use time::OffsetDateTime;

use super::{
    builds::{self, Attachment, Attested},
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
/// What stands where there are more.
const MORE: &str = "More signatures and attestations hang on it than are shown here: those that count and came first are; all are in the list \
                    of its signatures.";
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
    let (db, id) = (&state.db, repository.id);
    let mut listed = db::signatures::counting_first(db, id, digest, MOST + 1, at).await?;
    let is_cut = listed.len() as u64 > MOST;
    listed.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let pushed = pushes(state, repository, &listed).await?;
    let with_people = caller.own().is_some();
    let all = listed.iter().map(|row| {
        let push = pushed.get(&row.manifest);
        let told = push.filter(|push| places.sees(push) != Sees::Nothing);
        let (station, signer) = attached(row, with_people);
        let station = Station {
            at: push
                .map(|push| db::events::time(push.id))
                .or(row.checked_at),
            event: told.map(|push| push.id),
            digest: Some(row.manifest.clone()),
            ..station
        };
        Attachment {
            row,
            station,
            signer,
        }
    });
    let (of_builds, others): (Vec<_>, Vec<_>) =
        all.partition(|one| one.station.kind == StationKind::Build);
    let attested = builds::signed(state, repository.id, image, of_builds).await?;
    let mut stations: Vec<Station> = others.into_iter().map(|one| one.station).collect();
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
    if is_cut {
        stations.push(station(StationKind::More, StationStanding::Hidden, MORE));
    }
    Ok((stations, attested))
}

/// The first push of each manifest. Those with signatures that count are looked for by themselves, so that no number of pushes of others
/// leaves them out.
async fn pushes(
    state: &AppState,
    repository: &repository::Model,
    listed: &[Listed],
) -> ApiResult<HashMap<String, event::Model>> {
    let (counting, others): (Vec<&Listed>, Vec<&Listed>) = listed
        .iter()
        .partition(|row| matches!(row.standing, Standing::Verified(_)));
    let mut first = HashMap::new();
    for rows in [counting, others] {
        let manifests: Vec<String> = rows.into_iter().map(|row| row.manifest.clone()).collect();
        let here = [repository.id];
        let oldest = (End::Oldest, MOST * 4);
        let deeds = db::custody::events(&state.db, &here, &manifests, Which::Deeds, oldest).await?;
        for row in deeds.into_iter().filter(|row| row.kind == "CREATE") {
            let manifest = row.digest.clone().unwrap_or_default();
            first.entry(manifest).or_insert(row);
        }
    }
    Ok(first)
}

/// Its station, and who signed it, for people. What a user's own key says of how an image was built is claimed: anybody may have one.
fn attached(row: &Listed, with_people: bool) -> (Station, Option<String>) {
    let predicate = row.predicate_type.as_deref();
    let is_build = predicate.is_some_and(builds::is_about_building);
    let kind = if is_build {
        StationKind::Build
    } else {
        StationKind::Signature
    };
    let (standing, reason, by) = match &row.standing {
        // what a user says of an image is their word, whatever it is about
        Standing::Verified(by @ By::User { .. }) if row.kind == Kind::Attestation => {
            (StationStanding::Claimed, None, Some(by))
        }
        Standing::Verified(by) => (StationStanding::Verified, None, Some(by)),
        Standing::Refused(reason) => (StationStanding::Refused, Some(reason.clone()), None),
        Standing::Pending => (
            StationStanding::Claimed,
            Some("it has not been looked at yet".to_owned()),
            None,
        ),
    };
    let (actor, signer) = match by {
        Some(By::User { name, .. }) if with_people => (Some(name.clone()), Some(name.clone())),
        Some(By::User { .. }) => (None, Some("a user's own key".to_owned())),
        Some(By::Trust { name, .. }) => (None, Some(format!("the trusted key or store {name}"))),
        None => (None, None),
    };
    let of = predicate.unwrap_or("an unknown predicate");
    let what = match row.kind {
        Kind::Cosign => "Signed with cosign".to_owned(),
        Kind::Notation => "Signed with notation".to_owned(),
        // who signed is said before what they wrote
        Kind::Attestation => match signer.as_ref().filter(|_| is_build) {
            Some(signer) => format!("Attestation signed by {signer}, of {of}"),
            None => format!("Attestation of {of}"),
        },
        Kind::Unknown => "Something that calls itself a signature".to_owned(),
    };
    let by = match (&signer, &actor) {
        (Some(signer), None) if !is_build => format!(", by {signer}"),
        _ => String::new(),
    };
    let station = Station {
        actor,
        reason,
        ..station(kind, standing, format!("{what}{by}"))
    };
    (station, signer)
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
        let teams: BTreeSet<&str> = known
            .flat_map(|signer| &signer.teams)
            .map(String::as_str)
            .collect();
        let teams: Vec<&str> = teams.into_iter().collect();
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
