//! What is known of the images that tags point at, as far as rules ask for it: read for many tags at once, in a constant number of
//! queries for each thing that is asked.

mod scanned;
mod signed;
mod tree;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{entities::repository, manifests::Summary, tags::Tagged};
use oci::{Digest, Tag};
use rules::{
    Facts,
    facts::{Component, Finding, Signature},
};
use time::OffsetDateTime;
use uuid::Uuid;

use self::{
    scanned::{Contents, Named, Scanned},
    signed::Signer,
    tree::{Platforms, Trees},
};
use super::policy::Asked;
use crate::{
    content,
    error::{ApiError, ApiResult},
    image::{config, describe},
    imagescan::short::Shorts,
    state::AppState,
    trust::signers_of_all,
};

/// What is known of some tags of one repository.
#[derive(Debug)]
pub(super) struct Known {
    images: HashMap<String, Image>,
    authors: HashMap<Uuid, String>,
    pub(super) now: OffsetDateTime,
}

/// What is known of what a tag points at: of all its platforms together.
#[derive(Debug)]
struct Image {
    digest: Digest,
    platforms: Vec<String>,
    labels: Option<Vec<(String, String)>>,
    annotations: Vec<(String, String)>,
    size: u64,
    pushed_at: OffsetDateTime,
    scan: Scanned,
    /// Who signed it as which tag, each once; `None` where that was not asked.
    signers: Option<HashMap<String, Vec<Signer>>>,
}

impl Known {
    /// Reads what `asked` needs to be known of these tags.
    pub(super) async fn of(
        state: &AppState,
        repository: &repository::Model,
        tags: &[Tagged],
        asked: Asked,
        now: OffsetDateTime,
    ) -> ApiResult<Self> {
        let rows: BTreeMap<&str, &Summary> = tags
            .iter()
            .map(|row| (row.manifest.digest.as_str(), &row.manifest))
            .collect();
        let trees = Trees::of(state, repository.id, rows.values().copied()).await?;
        let images: HashMap<&str, Platforms<'_>> = rows
            .values()
            .map(|row| (row.digest.as_str(), trees.platforms(row)))
            .collect();
        let images_of = || images.values().flat_map(|platforms| &platforms.images);
        let all = || images_of().map(|row| row.digest.as_str());
        let shorts = Shorts::of(state, repository, all()).await?;
        let ids: BTreeSet<i64> = all().filter_map(|digest| shorts.id(digest)).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let contents = Contents::of(state, repository, &ids, asked, now).await?;
        let mut signed = if asked.signatures {
            let digests = rows.keys().copied();
            Some(signers_of_all(state, repository.id, digests, now).await?)
        } else {
            None
        };
        let mut found = HashMap::with_capacity(rows.len());
        for row in rows.into_values() {
            let Some(platforms) = images.get(row.digest.as_str()) else {
                continue;
            };
            let labels = if asked.labels {
                labels(state, &platforms.images).await?
            } else {
                None
            };
            let image = Image {
                digest: row
                    .digest
                    .parse()
                    .map_err(|error: oci::Error| ApiError::internal(&error.message))?,
                platforms: platforms.images.iter().map(|row| platform(row)).collect(),
                labels,
                annotations: describe::annotations(row).into_iter().collect(),
                size: describe::size(row),
                pushed_at: row.pushed_at,
                scan: contents.scanned(platforms, &shorts, asked),
                signers: signed
                    .as_mut()
                    .map(|signed| Signer::by_tag(&signed.remove(&row.digest).unwrap_or_default())),
            };
            found.insert(row.digest.clone(), image);
        }
        Ok(Self {
            images: found,
            authors: authors(state, tags).await?,
            now,
        })
    }

    /// Gives what is known of a tag to `ask`; `None` where it cannot be a tag, or was not read.
    pub(super) fn ask<T>(&self, row: &Tagged, ask: impl FnOnce(&Facts<'_>) -> T) -> Option<T> {
        let image = self.images.get(&row.manifest.digest)?;
        let tag: Tag = row.tag.name.parse().ok()?;
        let platforms: Vec<&str> = image.platforms.iter().map(String::as_str).collect();
        let labels = image.labels.as_deref().map(pairs);
        let annotations = pairs(&image.annotations);
        let author = row.tag.pushed_by.and_then(|id| self.authors.get(&id));
        let named: Vec<Finding<'_>> = image.scan.named.iter().map(Named::finding).collect();
        let licences: Vec<Vec<&str>> = image
            .scan
            .components
            .iter()
            .flatten()
            .map(|part| part.licences.iter().map(String::as_str).collect())
            .collect();
        let parts = image.scan.components.as_ref();
        let components: Option<Vec<Component<'_>>> = parts.map(|parts| {
            let both = parts.iter().zip(&licences);
            both.map(|(part, licences)| part.component(licences))
                .collect()
        });
        let signers = image.signers.as_ref();
        let signers =
            signers.map(|by_tag| by_tag.get(&row.tag.name).map_or(&[][..], Vec::as_slice));
        let teams: Vec<Vec<&str>> = signers.into_iter().flatten().map(Signer::teams).collect();
        let signatures: Option<Vec<Signature<'_>>> = signers.map(|signers| {
            let both = signers.iter().zip(&teams);
            both.map(|(signer, teams)| signer.signature(teams))
                .collect()
        });
        Some(ask(&Facts {
            now: self.now,
            tag: &tag,
            digest: image.digest,
            // of what is no image nothing is known of platforms
            platforms: (!platforms.is_empty()).then_some(&platforms[..]),
            labels: labels.as_deref(),
            annotations: Some(&annotations),
            size: Some(image.size),
            author: author.map(String::as_str),
            pushed_at: Some(image.pushed_at),
            updated_at: Some(row.tag.updated_at),
            scan: image.scan.scan(&named, components.as_deref()),
            signatures: signatures.as_deref(),
        }))
    }
}

fn pairs(of: &[(String, String)]) -> Vec<(&str, &str)> {
    of.iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect()
}

fn platform(row: &Summary) -> String {
    let parts = [&row.os, &row.architecture, &row.variant];
    let parts: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
    parts.join("/")
}

/// The labels of the image. `None` where they are not known: a configuration cannot be read, or the platforms do not all say the same,
/// since what one of them says must not stand for another.
async fn labels(
    state: &AppState,
    platforms: &[&Summary],
) -> ApiResult<Option<Vec<(String, String)>>> {
    let mut known: Option<BTreeMap<String, String>> = None;
    for row in platforms {
        let digest = row.config_digest.as_deref();
        let Some(digest) = digest.and_then(|text| text.parse().ok()) else {
            return Ok(None);
        };
        let read = content::read(state, &digest, config::MAX_SIZE).await;
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) | Err(content::Error::Damaged(_)) => return Ok(None),
            Err(error) => return Err(ApiError::internal(&error)),
        };
        let Ok(config) = config::parse(&bytes) else {
            return Ok(None);
        };
        let labels = config.start.labels;
        if known.as_ref().is_some_and(|known| *known != labels) {
            return Ok(None);
        }
        known = Some(labels);
    }
    Ok(known.map(|known| known.into_iter().collect()))
}

async fn authors(state: &AppState, tags: &[Tagged]) -> ApiResult<HashMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = tags.iter().filter_map(|row| row.tag.pushed_by).collect();
    let mut names = db::accounts::names(&state.db, ids.iter().copied()).await?;
    let others: Vec<Uuid> = ids
        .into_iter()
        .filter(|id| !names.contains_key(id))
        .collect();
    names.extend(db::workload_trusts::names(&state.db, others).await?);
    Ok(names)
}
