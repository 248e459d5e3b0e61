//! How an image was built, as attestations say it that hang on it, or that its builder put into its index: SLSA's provenance
//! (`trust::provenance`). Only a signature by a key or store that the image's organization or the registry trusts makes it `verified`; what
//! a user's own key signed, and what only lies there (`unsigned`), is `claimed`.

use std::collections::{BTreeMap, HashMap};

use api::custody::Station;
use axum::body::Bytes;
use db::signatures::Listed;
use oci::{Descriptor, Digest, Manifest};
use time::format_description::well_known::Rfc3339;
use trust::{
    attached::{self, MAX_CONTENT},
    provenance::{MAX_STATEMENT, PREDICATES, Provenance, Unreadable},
};
use uuid::Uuid;

use crate::{content, error::ApiResult, state::AppState};

/// Layers of attestations that are read for one line.
pub(super) const MOST: usize = 16;
/// The longest envelope: Base64 adds a third, and what a bundle brings besides is short.
const LONGEST: u64 = 2 * MAX_STATEMENT as u64;

/// What is attached and says that it is signed.
pub(super) struct Attachment<'r> {
    /// What is known of it.
    pub(super) row: &'r Listed,
    /// It stands in the line.
    pub(super) station: Station,
    /// Who signed it, for people; none where no signature counts.
    pub(super) signer: Option<String>,
}

/// What one attestation says.
pub(super) struct Attested {
    /// It stands in the line.
    pub(super) station: Station,
    /// Who signed it, for people; none where no signature counts.
    pub(super) signer: Option<String>,
    /// What was read of it.
    pub(super) said: Option<Provenance>,
}

/// Whether a predicate is about how something was built.
pub(super) fn is_about_building(predicate: &str) -> bool {
    predicate.starts_with(PREDICATES)
}

/// What attestations say that were attached with cosign: their stations are told more. The first are read, as they come.
pub(super) async fn signed(
    state: &AppState,
    repository: Uuid,
    image: &Digest,
    attachments: Vec<Attachment<'_>>,
) -> ApiResult<Vec<Attested>> {
    let digests = attachments.iter().map(|one| one.row.manifest.as_str());
    let manifests = manifests(state, repository, digests).await?;
    let (mut all, mut left) = (Vec::new(), MOST);
    for Attachment {
        row,
        mut station,
        signer,
    } in attachments
    {
        let found = manifests.get(&row.manifest).and_then(|manifest| {
            let mut found = attached::found(manifest).into_iter();
            let position = usize::try_from(row.position).ok()?;
            let found = found.find(|found| found.position == position)?;
            Some((manifest.layers.get(position)?, found))
        });
        let mut said = None;
        if left == 0 {
            add(
                &mut station,
                "what it says was not read: others count, or came before it",
            );
        } else if let Some((layer, found)) = found {
            left -= 1;
            let envelope = bytes(state, layer, LONGEST.min(MAX_CONTENT)).await?;
            let statement = envelope.and_then(|content| attached::statement(&found, &content));
            let read = statement.map(|statement| Provenance::read(&statement, image));
            said = tell(&mut station, read);
        }
        all.push(Attested {
            station,
            signer,
            said,
        });
    }
    Ok(all)
}

/// These manifests, as far as they are here: one question.
pub(super) async fn manifests(
    state: &AppState,
    repository: Uuid,
    digests: impl Iterator<Item = &str>,
) -> ApiResult<HashMap<String, Manifest>> {
    let digests: Vec<&str> = digests.collect();
    let contents = db::manifests::contents(&state.db, repository, &digests).await?;
    let parsed = contents.into_iter().filter_map(|(digest, content)| {
        let manifest = oci::manifest::parse(None, &content).ok()?;
        Some((digest, manifest))
    });
    Ok(parsed.collect())
}

/// The content of a layer; none where there is none, it cannot be read, or it is longer than `max` bytes.
pub(super) async fn bytes(
    state: &AppState,
    layer: &Descriptor,
    max: u64,
) -> ApiResult<Option<Bytes>> {
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
pub(super) fn tell(
    station: &mut Station,
    read: Option<Result<Provenance, Unreadable>>,
) -> Option<Provenance> {
    let said = match read {
        Some(Ok(said)) => said,
        None => {
            add(station, "what it says is too long, or cannot be read");
            return None;
        }
        Some(Err(unreadable)) => {
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
pub(super) fn add(station: &mut Station, reason: &str) {
    station.reason = Some(match station.reason.take() {
        Some(first) => format!("{first}; {reason}"),
        None => reason.to_owned(),
    });
}
