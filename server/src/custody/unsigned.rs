//! Attestations of how an image was built that nobody signed: what its builder put into its index (`BuildKit`'s "Attestation storage"),
//! and statements of in-toto that were attached to it by `subject`. What they say is claimed, and no more.

use std::collections::HashSet;

use api::custody::{Station, StationKind, StationStanding};
use db::manifests::Referring;
use oci::{Descriptor, Digest, Manifest};
use time::OffsetDateTime;
use trust::provenance::{MAX_STATEMENT, Provenance, Unreadable};
use uuid::Uuid;

use super::{
    builds::{self, Attested, MOST},
    station,
};
use crate::{error::ApiResult, state::AppState};

/// What stands where there are more.
const MORE: &str = "More is attested of it that nobody signed than is shown here.";
/// Indexes that have an image in them, and are looked at for what is attested of it.
const INDEXES: u64 = 16;
/// What `BuildKit` calls an attestation in an index, and the manifest that it is about.
const BUILDKIT_TYPE: &str = "vnd.docker.reference.type";
const BUILDKIT_ABOUT: &str = "vnd.docker.reference.digest";
/// What it is then.
const BUILDKIT_ATTESTATION: &str = "attestation-manifest";
/// A statement that is in no envelope.
const IN_TOTO: &str = "application/vnd.in-toto+json";
/// What the types of artifacts have in them that are such statements.
const ARTIFACTS: &str = "vnd.in-toto";
/// What the annotations of a layer may say that its statement is about.
const PREDICATE: &str = "in-toto.io/predicate-type";

/// A manifest that attests something.
struct Attestation {
    digest: String,
    /// The image that it has to be about; none where it says of none that is there that it is.
    about: Option<Digest>,
    /// When it was attached; none where the builder put it into an index.
    attached_at: Option<OffsetDateTime>,
}

/// Whether something in an index is not an image but what its builder attests.
pub(super) fn is_attestation(child: &Descriptor) -> bool {
    child.annotations.contains_key(BUILDKIT_TYPE)
}

/// What is attested of an image, or of those of an index: one station for each attestation, and one that says that there are more. The
/// questions to the database are as many whatever there is.
pub(super) async fn attested(
    state: &AppState,
    repository: Uuid,
    (digest, manifest): (&Digest, &Manifest),
) -> ApiResult<(Vec<Attested>, Option<Station>)> {
    let mut found: Vec<Attestation> = if manifest.is_index() {
        within(manifest).collect()
    } else {
        beside(state, repository, digest).await?
    };
    found.extend(attached(state, repository, digest).await?);
    let mut seen = HashSet::new();
    found.retain(|one| seen.insert(one.digest.clone()));
    let more =
        (found.len() > MOST).then(|| station(StationKind::More, StationStanding::Hidden, MORE));
    found.truncate(MOST);
    let digests = found.iter().map(|one| one.digest.as_str());
    let manifests = builds::manifests(state, repository, digests).await?;
    let mut all = Vec::new();
    for one in found {
        all.extend(read(state, &one, manifests.get(&one.digest)).await?);
    }
    Ok((all, more))
}

/// The attestations in an index.
fn within(index: &Manifest) -> impl Iterator<Item = Attestation> {
    let children = index.manifests.iter().filter(|child| is_attestation(child));
    children.map(|child| Attestation {
        digest: child.digest.to_string(),
        about: about(index, child).copied(),
        attached_at: None,
    })
}

/// The attestations of an image that are beside it in the indexes of its repository.
async fn beside(state: &AppState, repository: Uuid, image: &Digest) -> ApiResult<Vec<Attestation>> {
    let child = image.to_string();
    let listing = db::manifests::parents(&state.db, repository, &child, INDEXES).await?;
    let digests = listing.iter().map(String::as_str);
    let indexes = builds::manifests(state, repository, digests).await?;
    let indexes = listing.iter().filter_map(|digest| indexes.get(digest));
    let of_it = |one: &Attestation| one.about.as_ref() == Some(image);
    Ok(indexes.flat_map(within).filter(of_it).collect())
}

/// What was attached to it by `subject`, as a statement without an envelope.
async fn attached(
    state: &AppState,
    repository: Uuid,
    subject: &Digest,
) -> ApiResult<Vec<Attestation>> {
    let which = Referring {
        contains: Some(ARTIFACTS),
        ..Referring::default()
    };
    let limit = MOST as u64 + 1;
    let rows = db::manifests::referrers(&state.db, repository, subject, which, None, limit);
    let rows = rows.await?.into_iter();
    let all = rows.map(|row| Attestation {
        digest: row.digest,
        about: Some(*subject),
        attached_at: Some(row.pushed_at),
    });
    Ok(all.collect())
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

/// The station of an attestation. What was attached with other tools need not say what it is about before it is read: where it is about
/// something else than how the image was built, there is none.
async fn read(
    state: &AppState,
    attestation: &Attestation,
    manifest: Option<&Manifest>,
) -> ApiResult<Option<Attested>> {
    let is_builders = attestation.attached_at.is_none();
    let what = if is_builders {
        "The builder's own attestation, which nobody signed"
    } else {
        "An attestation that nobody signed"
    };
    let mut station = Station {
        at: attestation.attached_at,
        digest: Some(attestation.digest.clone()),
        ..station(StationKind::Build, StationStanding::Claimed, what)
    };
    let of_build = |layer: &&Descriptor| {
        let predicate = layer.annotations.get(PREDICATE);
        let may_be = predicate.map_or(!is_builders, |kind| builds::is_about_building(kind));
        layer.media_type == IN_TOTO && may_be
    };
    let layer = manifest.and_then(|manifest| manifest.layers.iter().find(of_build));
    let (Some(layer), Some(about)) = (layer, &attestation.about) else {
        let said = None;
        return Ok(is_builders.then_some(Attested {
            station,
            signer: None,
            said,
        }));
    };
    let statement = builds::bytes(state, layer, MAX_STATEMENT as u64).await?;
    let read = statement.map(|statement| Provenance::read(&statement, about));
    if !is_builders && matches!(read, Some(Err(Unreadable::Unknown))) {
        return Ok(None);
    }
    let said = builds::tell(&mut station, read);
    Ok(Some(Attested {
        station,
        signer: None,
        said,
    }))
}
