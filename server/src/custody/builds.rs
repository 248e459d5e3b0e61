//! How an image was built, as attestations say it that hang on it, or that its builder put into its index: SLSA's provenance
//! (`trust::provenance`). A trusted signature makes it `verified`; what only lies there is `claimed`.

use std::collections::{BTreeMap, HashMap};

use api::custody::{Station, StationKind, StationStanding};
use axum::body::Bytes;
use db::signatures::Listed;
use oci::{Descriptor, Digest, Manifest};
use time::format_description::well_known::Rfc3339;
use trust::{
    attached::{self, MAX_CONTENT},
    provenance::{MAX_STATEMENT, PREDICATES, Provenance, is_same_commit, is_same_source},
};
use uuid::Uuid;

use super::station;
use crate::{content, error::ApiResult, state::AppState};

/// Layers of attestations that are read for one line.
const MOST: usize = 16;
/// What `BuildKit` calls an attestation in an index, and the manifest that it is about.
const BUILDKIT_TYPE: &str = "vnd.docker.reference.type";
const BUILDKIT_ABOUT: &str = "vnd.docker.reference.digest";
/// What it is then.
const BUILDKIT_ATTESTATION: &str = "attestation-manifest";
const IN_TOTO: &str = "application/vnd.in-toto+json";
/// What a layer of `BuildKit`'s says that it is about.
const PREDICATE: &str = "in-toto.io/predicate-type";
/// The longest envelope: Base64 adds a third, and what a bundle brings besides is short.
const LONGEST: u64 = 2 * MAX_STATEMENT as u64;

/// What one attestation says.
pub(super) struct Attested {
    /// It stands in the line.
    pub(super) station: Station,
    /// What was read of it.
    said: Option<Provenance>,
}

/// What is said of the source of an image.
pub(super) struct Said<'a> {
    /// Which commit.
    pub(super) commit: Option<&'a str>,
    /// Of which repository.
    pub(super) source: Option<&'a str>,
}

/// Whether something in an index is not an image but what its builder attests.
pub(super) fn is_attestation(child: &Descriptor) -> bool {
    child.annotations.contains_key(BUILDKIT_TYPE)
}

/// Whether a predicate is about how something was built.
pub(super) fn is_about_building(predicate: &str) -> bool {
    predicate.starts_with(PREDICATES)
}

/// What the builder of an index attests of its images, which nobody signed: one station for each attestation.
pub(super) async fn unsigned(
    state: &AppState,
    repository: Uuid,
    index: &Manifest,
) -> ApiResult<Vec<Attested>> {
    let children = index
        .manifests
        .iter()
        .filter(|child| is_attestation(child))
        .take(MOST);
    let children: Vec<&Descriptor> = children.collect();
    let manifests = manifests(
        state,
        repository,
        children.iter().map(|child| &child.digest),
    );
    let manifests = manifests.await?;
    let (mut all, mut left) = (Vec::new(), MOST);
    for child in children {
        let layers = manifests.get(&child.digest.to_string());
        let layers = layers.map_or(&[][..], |manifest| manifest.layers.as_slice());
        let of_build = |layer: &&Descriptor| {
            let predicate = layer.annotations.get(PREDICATE);
            layer.media_type == IN_TOTO && predicate.is_some_and(|kind| is_about_building(kind))
        };
        let about = about(index, child);
        let mut station = Station {
            digest: Some(child.digest.to_string()),
            ..station(
                StationKind::Build,
                StationStanding::Claimed,
                "The builder's own attestation, which nobody signed",
            )
        };
        let mut said = None;
        if let (Some(layer), Some(about)) = (layers.iter().find(of_build), about)
            && left > 0
        {
            left -= 1;
            let statement = bytes(state, layer, MAX_STATEMENT as u64).await?;
            said = tell(&mut station, statement.as_deref(), about);
        }
        all.push(Attested { station, said });
    }
    Ok(all)
}

/// The image of an index that an attestation says it is about, if it is one.
fn about<'i>(index: &'i Manifest, attestation: &Descriptor) -> Option<&'i Digest> {
    let kind = attestation.annotations.get(BUILDKIT_TYPE);
    let about = attestation.annotations.get(BUILDKIT_ABOUT)?;
    let mut images = index
        .manifests
        .iter()
        .filter(|child| !is_attestation(child));
    let image = images.find(|child| child.digest.to_string() == *about);
    image
        .filter(|_| kind.is_some_and(|kind| kind == BUILDKIT_ATTESTATION))
        .map(|image| &image.digest)
}

/// What attestations say that were attached with cosign: `stations` are those of `rows`, and are told more.
pub(super) async fn signed(
    state: &AppState,
    repository: Uuid,
    image: &Digest,
    rows: &[(&Listed, Station)],
) -> ApiResult<Vec<Attested>> {
    let digests: Vec<Digest> = rows
        .iter()
        .filter_map(|(row, _)| row.manifest.parse().ok())
        .collect();
    let manifests = manifests(state, repository, digests.iter()).await?;
    let (mut all, mut left) = (Vec::new(), MOST);
    for (row, station) in rows {
        let found = manifests.get(&row.manifest).and_then(|manifest| {
            let mut found = attached::found(manifest).into_iter();
            let position = usize::try_from(row.position).ok()?;
            let found = found.find(|found| found.position == position)?;
            Some((manifest.layers.get(position)?, found))
        });
        let (mut station, mut said) = (station.clone(), None);
        if let Some((layer, found)) = found
            && left > 0
        {
            left -= 1;
            let envelope = bytes(state, layer, LONGEST.min(MAX_CONTENT)).await?;
            let statement = envelope.and_then(|content| attached::statement(&found, &content));
            said = tell(&mut station, statement.as_deref(), image);
        }
        all.push(Attested { station, said });
    }
    Ok(all)
}

/// These manifests, as far as they are here: one question.
async fn manifests(
    state: &AppState,
    repository: Uuid,
    digests: impl Iterator<Item = &Digest>,
) -> ApiResult<HashMap<String, Manifest>> {
    let digests: Vec<String> = digests.map(Digest::to_string).collect();
    let digests: Vec<&str> = digests.iter().map(String::as_str).collect();
    let contents = db::manifests::contents(&state.db, repository, &digests).await?;
    let parsed = contents.into_iter().filter_map(|(digest, content)| {
        let manifest = oci::manifest::parse(None, &content).ok()?;
        Some((digest, manifest))
    });
    Ok(parsed.collect())
}

/// The content of a layer; none where there is none, it cannot be read, or it is longer than `max` bytes.
async fn bytes(state: &AppState, layer: &Descriptor, max: u64) -> ApiResult<Option<Bytes>> {
    if layer.size > max {
        return Ok(None);
    }
    match content::read(state, &layer.digest, max).await {
        Ok(bytes) => Ok(bytes),
        Err(content::Error::Database(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "an attestation could not be read");
            Ok(None)
        }
    }
}

/// Says in the station what the statement says, or why it says nothing.
fn tell(station: &mut Station, statement: Option<&[u8]>, image: &Digest) -> Option<Provenance> {
    let Some(statement) = statement else {
        add(station, "what it says is too long, or cannot be read");
        return None;
    };
    let said = match Provenance::read(statement, image) {
        Ok(said) => said,
        Err(unreadable) => {
            add(station, &unreadable.to_string());
            return None;
        }
    };
    if !said.says_something() {
        add(station, "it says neither who built it nor from what");
        return None;
    }
    let from = match (&said.commit, &said.source) {
        (Some(commit), Some(source)) => format!(" from commit {commit} of {source}"),
        (Some(commit), None) => format!(" from commit {commit}"),
        (None, Some(source)) => format!(" from {source}"),
        (None, None) => String::new(),
    };
    let by = said.builder.as_ref();
    let by = by.map_or_else(String::new, |builder| format!(" by {builder}"));
    if !(from.is_empty() && by.is_empty()) {
        station.what = format!("{}: built{from}{by}", station.what);
    }
    station.labels = facts(&said);
    Some(said)
}

/// All that it says, by the names of SLSA's provenance v1 where there is one.
fn facts(said: &Provenance) -> BTreeMap<String, String> {
    let time = |at: Option<time::OffsetDateTime>| at.and_then(|at| at.format(&Rfc3339).ok());
    [
        ("builder", said.builder.clone()),
        ("buildType", said.build_type.clone()),
        ("source", said.source.clone()),
        ("commit", said.commit.clone()),
        ("entryPoint", said.entry_point.clone()),
        ("invocationId", said.invocation.clone()),
        ("startedOn", time(said.started)),
        ("finishedOn", time(said.finished)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// Gives a station one more reason.
fn add(station: &mut Station, reason: &str) {
    station.reason = Some(match station.reason.take() {
        Some(first) => format!("{first}; {reason}"),
        None => reason.to_owned(),
    });
}

impl Attested {
    fn is_verified(&self) -> bool {
        self.station.standing == StationStanding::Verified
    }

    /// What both say and is not the same.
    fn differs(&self, labels: &Said<'_>) -> Option<(String, String)> {
        let said = self.said.as_ref()?;
        if let (Some(one), Some(other)) = (said.commit.as_deref(), labels.commit)
            && !is_same_commit(one, other)
        {
            return Some((format!("commit {one}"), format!("commit {other}")));
        }
        match (said.source.as_deref(), labels.source) {
            (Some(one), Some(other)) if !is_same_source(one, other) => {
                Some((one.to_owned(), other.to_owned()))
            }
            _ => None,
        }
    }
}

fn says_source(one: &Attested) -> bool {
    one.said.as_ref().is_some_and(|said| said.source.is_some())
}

/// Compares what the labels say of the source with what attestations say: where they contradict each other, both stations say so; what
/// the labels leave out, or what a verified attestation says too, is as well known as the attestation is. One that was refused counts
/// for nothing.
pub(super) fn compare(source: &mut Station, labels: &Said<'_>, all: &mut [Attested]) {
    let mut contradicted = false;
    for one in all.iter_mut() {
        let Some((attested, labelled)) = one.differs(labels) else {
            continue;
        };
        add(
            &mut one.station,
            &format!("the image's own labels say {labelled}"),
        );
        if one.station.standing == StationStanding::Refused {
            continue;
        }
        let which = if one.is_verified() {
            "a verified"
        } else {
            "an unsigned or unverified"
        };
        add(source, &format!("{which} attestation says {attested}"));
        contradicted = true;
        if one.is_verified() {
            source.standing = StationStanding::Refused;
        }
    }
    if contradicted {
        return;
    }
    let counts = |one: &&Attested| one.station.standing != StationStanding::Refused;
    let mut commits: Vec<(&Attested, &str)> = all
        .iter()
        .filter(counts)
        .filter_map(|one| Some((one, one.said.as_ref()?.commit.as_deref()?)))
        .collect();
    commits.sort_by_key(|(one, _)| !one.is_verified());
    let Some((best, commit)) = commits.first() else {
        return;
    };
    if labels.commit.is_none() {
        let of = best.said.as_ref().and_then(|said| said.source.as_deref());
        let of = of.or(labels.source);
        let of = of.map_or_else(String::new, |source| format!(" of {source}"));
        source.what = format!("Built from commit {commit}{of}, as an attestation says");
        source.standing = best.station.standing;
    } else if best.is_verified() && (labels.source.is_none() || says_source(best)) {
        source.standing = StationStanding::Verified;
    }
}
