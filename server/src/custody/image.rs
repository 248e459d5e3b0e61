//! What an image says of itself: commit, build and base by its labels and annotations, and the layers that it has. Nobody vouches for
//! what it says; only that it has these layers is certain.

use std::collections::BTreeMap;

use api::{
    custody::{Station, StationKind, StationStanding},
    manifest::Kind,
};
use db::{entities::manifest, manifests::Summary, repositories::Viewer};
use oci::Digest;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    builds::Attested,
    counted,
    source::{self, Said},
    station, unsigned,
};
use crate::{
    content,
    error::{ApiError, ApiResult},
    image::{config, describe},
    state::AppState,
};

/// What the names of these labels begin with (OCI image-spec, annotations).
const LABELS: &str = "org.opencontainers.image.";
/// What the names of GitLab's labels begin with: which pipeline built it.
const PIPELINE: &str = "com.gitlab.ci.";
/// Labels that are told.
const MOST_LABELS: usize = 20;
/// Characters of a label that are told.
const LONGEST: usize = 300;
/// Images of an index that are told.
const PLATFORMS: usize = 16;

/// What was read of an image.
pub(super) struct Image {
    manifest: oci::Manifest,
    /// What a manifest is.
    kind: Kind,
    labels: BTreeMap<String, String>,
    created: Option<OffsetDateTime>,
    size: u64,
    /// The images to be scanned: itself, or those of an index.
    pub(super) images: Vec<String>,
}

impl Image {
    /// Reads it; of an index, what its first image says counts where the index says nothing.
    pub(super) async fn read(state: &AppState, row: &manifest::Model) -> ApiResult<Self> {
        let manifest = parse(row)?;
        let summary = Summary::from(row);
        let kind = describe::kind(&summary);
        let images = listed(&manifest, kind, &row.digest);
        let mut labels = kept(&manifest.annotations);
        let first = match images.first() {
            Some(image) if manifest.is_index() => child(state, row.repository_id, image).await?,
            _ => Some(manifest.clone()),
        };
        let config = match &first {
            Some(image) => configuration(state, image).await?,
            None => None,
        };
        for annotations in first.iter().map(|image| &image.annotations) {
            add(&mut labels, annotations);
        }
        if let Some(config) = &config {
            add(&mut labels, &config.start.labels);
        }
        Ok(Self {
            kind,
            labels,
            created: config.and_then(|config| config.created),
            size: describe::size(&summary),
            images,
            manifest,
        })
    }

    /// Commit, build and content; `signed` are the attestations that hang on it.
    pub(super) async fn stations(
        &self,
        state: &AppState,
        (viewer, repository, digest): (&Viewer, Uuid, &Digest),
        signed: Vec<Attested>,
    ) -> ApiResult<Vec<Station>> {
        let mut attested = signed;
        let own = (digest, &self.manifest);
        let (others, more) = unsigned::attested(state, repository, own).await?;
        attested.extend(others);
        let mut source = self.source();
        let labels = Said {
            commit: self.label("revision"),
            source: self.label("source"),
            page: self.label("url"),
        };
        source::compare(&mut source, labels, &mut attested);
        let mut stations = vec![source];
        stations.extend(more);
        stations.extend(self.pipeline());
        stations.extend(attested.into_iter().map(|one| one.station));
        stations.push(self.content());
        stations.extend(self.base(state, viewer).await?);
        Ok(stations)
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.labels
            .get(&format!("{LABELS}{name}"))
            .map(String::as_str)
    }

    fn source(&self) -> Station {
        let created = self.label("created");
        let created = created.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        let of = self.label("source").or_else(|| self.label("url"));
        let (standing, what) = match (self.label("revision"), of) {
            (Some(revision), Some(source)) => (
                StationStanding::Claimed,
                format!("Built from commit {revision} of {source}"),
            ),
            (Some(revision), None) => (
                StationStanding::Claimed,
                format!("Built from commit {revision}; of which source it does not say"),
            ),
            (None, Some(source)) => (
                StationStanding::Claimed,
                format!("Built from {source}; from which commit it does not say"),
            ),
            (None, None) => (
                StationStanding::Missing,
                format!(
                    "Nothing in it says which commit it was built from. Set the labels {LABELS}source and {LABELS}revision when it is built."
                ),
            ),
        };
        Station {
            at: created.or(self.created),
            labels: self.labels.clone(),
            ..station(StationKind::Source, standing, what)
        }
    }

    /// The pipeline and the job that built it, as GitLab's labels say.
    fn pipeline(&self) -> Option<Station> {
        let label = |name: &str| self.labels.get(&format!("{PIPELINE}{name}"));
        let urls: Vec<&str> = [label("pipelineurl"), label("cijoburl")]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        (!urls.is_empty()).then(|| {
            station(
                StationKind::Build,
                StationStanding::Claimed,
                format!("Built by {}", urls.join(", ")),
            )
        })
    }

    fn content(&self) -> Station {
        let layers = counted(self.manifest.layers.len(), "layer");
        let what = match self.kind {
            Kind::Index => {
                let of = counted(self.images.len(), "platform");
                let more = if self.images.len() == PLATFORMS {
                    " or more"
                } else {
                    ""
                };
                format!("An index of {of}{more}; each image in it has a line of its own")
            }
            _ => format!("{layers}, {} in all", app::format::bytes(self.size)),
        };
        let standing = StationStanding::Recorded;
        station(StationKind::Content, standing, what)
    }

    /// What it is made from: as its layers show, else as it says.
    async fn base(&self, state: &AppState, viewer: &Viewer) -> ApiResult<Option<Station>> {
        let known = match self.images.first() {
            Some(image) if !self.manifest.is_index() => {
                db::scans::base::of(&state.db, viewer, image).await?
            }
            _ => None,
        };
        if let Some(base) = known {
            let name = format!("{}/{}", base.place.namespace, base.place.name);
            let layers = counted(base.layers, "layer");
            let tag = base.place.tags.first().cloned();
            return Ok(Some(Station {
                repository: Some(name.clone()),
                tag,
                digest: Some(base.place.digest),
                ..station(
                    StationKind::Content,
                    StationStanding::Recorded,
                    format!("Made from an image of {name}: it begins with the same {layers}"),
                )
            }));
        }
        let Some(name) = self.label("base.name") else {
            return Ok(None);
        };
        Ok(Some(Station {
            digest: self.label("base.digest").map(str::to_owned),
            ..station(
                StationKind::Content,
                StationStanding::Claimed,
                format!("Made from {name}"),
            )
        }))
    }
}

/// What stands where nobody attested how it was built.
pub(super) fn no_build() -> Station {
    station(
        StationKind::Build,
        StationStanding::Missing,
        "No attestation says how and where it was built. Attach one with cosign attest --type slsaprovenance1, or build with \
         docker buildx build --provenance.",
    )
}

fn parse(row: &manifest::Model) -> ApiResult<oci::Manifest> {
    oci::manifest::parse(Some(&row.media_type), &row.content).map_err(|error| {
        ApiError::internal(&format!(
            "the stored manifest {} is damaged: {}",
            row.digest, error.message
        ))
    })
}

/// The images of an index, without what its builder attests; of an image, itself.
fn listed(manifest: &oci::Manifest, kind: Kind, digest: &str) -> Vec<String> {
    if !manifest.is_index() {
        let own = (kind == Kind::Image).then(|| digest.to_owned());
        return own.into_iter().collect();
    }
    let images = manifest
        .manifests
        .iter()
        .filter(|child| !unsigned::is_attestation(child));
    let digests = images.map(|child| child.digest.to_string());
    digests.take(PLATFORMS).collect()
}

async fn child(
    state: &AppState,
    repository: Uuid,
    digest: &str,
) -> ApiResult<Option<oci::Manifest>> {
    let Ok(digest) = digest.parse() else {
        return Ok(None);
    };
    let row = db::manifests::find(&state.db, repository, &digest).await?;
    row.as_ref().map(parse).transpose()
}

/// The configuration; none where there is none, or it cannot be read.
async fn configuration(
    state: &AppState,
    manifest: &oci::Manifest,
) -> ApiResult<Option<config::Config>> {
    let Some(named) = &manifest.config else {
        return Ok(None);
    };
    match content::read(state, &named.digest, config::MAX_SIZE).await {
        Ok(bytes) => Ok(bytes.and_then(|bytes| config::parse(&bytes).ok())),
        Err(content::Error::Database(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "a configuration could not be read");
            Ok(None)
        }
    }
}

fn kept(from: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    add(&mut labels, from);
    labels
}

/// What is said first counts.
fn add(labels: &mut BTreeMap<String, String>, from: &BTreeMap<String, String>) {
    for (name, text) in from.iter().filter(|(name, text)| {
        let is_told = name.starts_with(LABELS) || name.starts_with(PIPELINE);
        is_told && name.len() <= LONGEST && !text.trim().is_empty()
    }) {
        if labels.len() >= MOST_LABELS {
            return;
        }
        let text = text.chars().filter(|c| !c.is_control()).take(LONGEST);
        labels.entry(name.clone()).or_insert_with(|| text.collect());
    }
}
