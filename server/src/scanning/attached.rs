//! Bills of materials that are attached to an image: as its referrers, as cosign tags them, and as `BuildKit` puts them into the index
//! beside it. Whoever may push to a repository can attach one, so they are evidence there and nowhere else, and never the only truth:
//! they are read when somebody asks, and add nothing to what a scan found.

use std::{collections::BTreeSet, sync::Arc};

use db::{
    manifests::Referring,
    scans::components::{NewFinding, Subject},
};
use oci::{Descriptor, Digest, Manifest};
use scan::{
    fingerprint::Component,
    sbom::{self, AttachedSbom, DocumentError, SbomFormat},
};
use uuid::Uuid;

use super::{Composed, Error, composition, judge};
use crate::{content, state::AppState};

/// Documents that are read for one image.
const BILLS: usize = 16;
/// Manifests of each kind that are looked at for one image.
const MANIFESTS: u64 = 16;
/// Bytes that all documents of one image may have. That of an image with ten thousand packages has some ten megabytes.
const ROOM: u64 = 32 << 20;
/// Components that are judged for one image.
const JUDGED: usize = 2_000;

/// Artifact types of referrers that are, or may hold, a bill of materials.
const ARTIFACTS: [&str; 5] = [
    "application/spdx+json",
    "application/vnd.cyclonedx+json",
    IN_TOTO,
    DSSE,
    // what cosign and oras attach without a type of its own
    oci::manifest::OCI_CONFIG,
];
const IN_TOTO: &str = "application/vnd.in-toto+json";
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";

/// A bill of materials that is attached to an image.
pub(crate) struct Bill {
    /// The manifest that holds it.
    pub(crate) manifest: Digest,
    /// The document.
    pub(crate) document: Digest,
    /// What it says; or why it proves nothing about the image.
    pub(crate) said: Result<Said, String>,
}

/// What a bill of materials says of an image that was scanned.
pub(crate) struct Said {
    /// In which format.
    pub(crate) format: SbomFormat,
    /// How many components it lists.
    pub(crate) listed: usize,
    /// How many more it lists that nothing can be matched with.
    pub(crate) passed_over: usize,
    /// How many of those listed the scan did not find.
    pub(crate) unseen: usize,
    /// Of these as many as are judged, and what is wrong with each.
    pub(crate) judged: Vec<(Component, Vec<NewFinding>)>,
}

/// What is attached to the image of that digest in a repository.
pub(crate) async fn of(
    state: &AppState,
    repository: Uuid,
    image: &Digest,
    composed: Composed,
) -> Result<Vec<Bill>, Error> {
    let composed = Arc::new(composed);
    let (mut left, mut room) = (JUDGED, ROOM);
    let mut bills = Vec::new();
    for (manifest, document) in documents(state, repository, image).await? {
        let size = db::blob_links::size(&state.db, repository, &document.digest).await?;
        let read = match size {
            None => Err("The document is not in this repository.".to_owned()),
            Some(size) if size > room => Err(format!(
                "It was not read: what is attached to one image may have {} MiB together.",
                ROOM >> 20
            )),
            Some(size) => {
                room -= size;
                read(state, image, &document, &composed).await?
            }
        };
        let said = match read {
            Ok(None) => continue,
            Err(problem) => Err(problem),
            Ok(Some((bill, unseen))) => {
                let count = unseen.len();
                let judged = unseen.into_iter().take(left).collect();
                let judged = judge(state, judged, &composed).await?;
                left -= judged.len();
                Ok(Said {
                    format: bill.format,
                    listed: bill.components.len(),
                    passed_over: bill.passed_over,
                    unseen: count,
                    judged,
                })
            }
        };
        bills.push(Bill {
            manifest,
            document: document.digest,
            said,
        });
    }
    Ok(bills)
}

/// The documents that may be bills of materials of the image, with the manifests that hold them.
async fn documents(
    state: &AppState,
    repository: Uuid,
    image: &Digest,
) -> Result<Vec<(Digest, Descriptor)>, Error> {
    let mut seen = BTreeSet::new();
    let mut documents = Vec::new();
    for digest in manifests(state, repository, image).await? {
        let Some(manifest) = manifest(state, repository, &digest).await? else {
            continue;
        };
        for layer in manifest.layers.into_iter().filter(may_be_bill) {
            if documents.len() < BILLS && seen.insert(layer.digest) {
                documents.push((digest, layer));
            }
        }
    }
    Ok(documents)
}

/// The manifests that are attached to the image.
async fn manifests(
    state: &AppState,
    repository: Uuid,
    image: &Digest,
) -> Result<Vec<Digest>, Error> {
    let mut found: Vec<String> = Vec::new();
    for artifact_type in ARTIFACTS {
        let which = Referring {
            artifact_type: Some(artifact_type),
            contains: None,
        };
        let rows = db::manifests::referrers(&state.db, repository, image, which, None, MANIFESTS);
        found.extend(rows.await?.into_iter().map(|row| row.digest));
    }
    let about = image.to_string();
    let named = about.replace(':', "-");
    for suffix in ["sbom", "att"] {
        let tag = format!("{named}.{suffix}");
        let tag = db::tags::find(&state.db, repository, &tag).await?;
        found.extend(tag.map(|tag| tag.digest));
    }
    let mut found: Vec<Digest> = found.iter().filter_map(|one| one.parse().ok()).collect();
    let listing = db::manifests::parents(&state.db, repository, &about, MANIFESTS);
    for index in listing.await? {
        let index = index.parse().ok();
        let Some(index) = index.as_ref() else {
            continue;
        };
        if let Some(index) = manifest(state, repository, index).await? {
            let about = index.children().filter(|child| attests(child, image));
            found.extend(about.map(|child| child.digest));
        }
    }
    Ok(found)
}

/// Whether a member of an index is what `BuildKit` attests about the image (its documentation: "Image attestation storage").
fn attests(child: &Descriptor, image: &Digest) -> bool {
    let says =
        |key: &str, value: &str| child.annotations.get(key).is_some_and(|said| said == value);
    says("vnd.docker.reference.type", "attestation-manifest")
        && says("vnd.docker.reference.digest", &image.to_string())
}

/// A manifest of the repository; `None` where it is not there, or cannot be read any more.
async fn manifest(
    state: &AppState,
    repository: Uuid,
    digest: &Digest,
) -> Result<Option<Manifest>, Error> {
    let row = db::manifests::find(&state.db, repository, digest).await?;
    Ok(row.and_then(|row| oci::manifest::parse(Some(&row.media_type), &row.content).ok()))
}

/// By its media type, and of a statement by its predicate where that is said outside.
fn may_be_bill(layer: &Descriptor) -> bool {
    let kind = layer.media_type.as_str();
    let predicate = layer.annotations.get("in-toto.io/predicate-type");
    let predicate = predicate.or_else(|| layer.annotations.get("predicateType"));
    let is_other = predicate.is_some_and(|said| !is_bill(said));
    is_bill(kind) && kind.ends_with("json") || matches!(kind, IN_TOTO | DSSE) && !is_other
}

fn is_bill(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("spdx") || name.contains("cyclonedx")
}

/// A bill, and those of its components that the scan did not find; or why it proves nothing. `None` where it is a statement of another
/// kind.
async fn read(
    state: &AppState,
    image: &Digest,
    document: &Descriptor,
    composed: &Arc<Composed>,
) -> Result<Result<Option<(AttachedSbom, Vec<Component>)>, String>, Error> {
    let bytes = match content::read(state, &document.digest, ROOM).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Err("The document is gone.".to_owned())),
        Err(error @ content::Error::Damaged(_)) => {
            return Ok(Err(format!("It cannot be read: {error}.")));
        }
        Err(error) => return Err(error.into()),
    };
    let is_statement = matches!(document.media_type.as_str(), IN_TOTO | DSSE);
    let composed = Arc::clone(composed);
    let parse = move || {
        sbom::read(&bytes[..]).map(|bill| {
            let unseen = bill.unseen(&composed.report).cloned().collect();
            (bill, unseen)
        })
    };
    Ok(match composition::blocking(parse).await? {
        Err(DocumentError::Unknown { .. }) if is_statement => Ok(None),
        Err(error) => Err(format!("It cannot be read: {error}.")),
        Ok((bill, _)) if !is_about(&bill, image) => {
            Err("The statement around it is about another image.".to_owned())
        }
        Ok(read) => Ok(Some(read)),
    })
}

fn is_about(bill: &AttachedSbom, image: &Digest) -> bool {
    let image = image.to_string();
    bill.subjects.is_empty() || bill.subjects.contains(&image)
}

/// Judges components by the data that counts.
async fn judge(
    state: &AppState,
    components: Vec<Component>,
    composed: &Composed,
) -> Result<Vec<(Component, Vec<NewFinding>)>, Error> {
    let os = composed.report.os.as_ref();
    let subjects: Vec<Subject> = components
        .iter()
        .zip(0..)
        .map(|(component, number)| composition::subject(component, os, number))
        .collect();
    let mut judged = judge::components(state, state.generation().await?, &subjects).await?;
    Ok(components
        .into_iter()
        .zip(0..)
        .map(|(component, number)| (component, judged.remove(&number).unwrap_or_default()))
        .collect())
}
