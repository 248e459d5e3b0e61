//! What both formats write: the components that count, in one order, each with an identifier that follows from what it is.

use super::identifier::{short, uuid};
use super::purl::Purl;
use crate::fingerprint::{
    Component, Digests, Evidence, ExecutableFile, ImageReport, LayerPath, Place, Placed,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// Both formats allow more; this one is what SPDX demands.
const SECONDS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// What a bill of materials says of the image beside its report. The document follows from these and the report alone.
#[derive(Clone, Copy, Debug)]
pub struct ImageFacts<'f> {
    /// With the registry: `registry.example/team/app`.
    pub repository: &'f str,
    /// The tag under which it was asked for, if it was.
    pub tag: Option<&'f str>,
    /// `sha256:…`
    pub manifest_digest: &'f str,
    /// `linux/amd64`, `linux/arm64/v8`.
    pub platform: Option<&'f str>,
    /// From the bottom, as in the report.
    pub layers: &'f [ImageLayer<'f>],
    /// When the image was taken apart: not when the document was asked for, or it would never be the same twice.
    pub created: OffsetDateTime,
    /// The version of this program.
    pub tool_version: &'f str,
}

/// A layer of the image.
#[derive(Clone, Copy, Debug)]
pub struct ImageLayer<'f> {
    /// `sha256:…`
    pub digest: &'f str,
    /// The files of its report that are code; they give the digests of the files.
    pub files: &'f [ExecutableFile],
}

impl ImageFacts<'_> {
    /// What people call the image.
    pub(super) fn name(&self) -> String {
        match self.tag {
            Some(tag) => format!("{}:{tag}", self.repository),
            None => format!("{}@{}", self.repository, self.manifest_digest),
        }
    }

    pub(super) fn created(&self) -> String {
        let utc = self.created.to_offset(UtcOffset::UTC);
        utc.format(SECONDS).unwrap_or_default()
    }

    /// One for each format and whatever the document depends on.
    pub(super) fn uuid(&self, format: &str) -> String {
        let created = self.created();
        uuid(
            &[
                format,
                &self.name(),
                self.manifest_digest,
                &created,
                self.tool_version,
            ]
            .join("\n"),
        )
    }

    /// The image's own package URL, which names it by its digest.
    pub(super) fn purl(&self) -> Purl {
        let name = self.repository.rsplit('/').next();
        let mut purl = Purl {
            package_type: "oci".into(),
            namespace: String::new(),
            name: name.unwrap_or(self.repository).to_lowercase(),
            version: Some(self.manifest_digest.to_owned()),
            qualifiers: BTreeMap::new(),
            subpath: String::new(),
        };
        let architecture = self
            .platform
            .and_then(|platform| platform.split('/').nth(1));
        purl.qualify("arch", architecture.unwrap_or_default());
        purl.qualify("repository_url", self.repository);
        purl.qualify("tag", self.tag.unwrap_or_default());
        purl
    }

    /// Algorithm and hex of a digest as the registry writes it.
    pub(super) fn digest_parts(&self) -> Option<(&str, &str)> {
        self.manifest_digest.split_once(':')
    }

    /// `layer 2 of 3 (sha256:…)`, counted from one.
    pub(super) fn layer(&self, index: usize) -> String {
        let digest = self
            .layers
            .get(index)
            .map_or("unknown", |layer| layer.digest);
        format!("layer {} of {} ({digest})", index + 1, self.layers.len())
    }
}

/// A component that counts, and its identifier.
pub(super) struct Entry<'b> {
    /// Letters, digits, dots and dashes; no other entry has it.
    pub(super) id: String,
    pub(super) placed: &'b Placed,
}

/// The content of a document.
pub(super) struct Bill<'b> {
    pub(super) facts: &'b ImageFacts<'b>,
    pub(super) report: &'b ImageReport,
    pub(super) entries: Vec<Entry<'b>>,
    files: HashMap<(usize, &'b LayerPath), &'b ExecutableFile>,
}

impl<'b> Bill<'b> {
    pub(super) fn new(facts: &'b ImageFacts<'b>, report: &'b ImageReport) -> Self {
        let mut counted: Vec<&Placed> = report.counted().collect();
        counted.sort_by_cached_key(|placed| {
            let component = &placed.component;
            (
                component.kind,
                component.name.as_str(),
                component.version.as_deref(),
                component.architecture.as_deref(),
                component.paths.as_slice(),
                component.nested.as_slice(),
                placed.introduced,
            )
        });
        let mut taken = HashSet::new();
        let entries = counted
            .into_iter()
            .map(|placed| Entry {
                id: identifier(&placed.component, &mut taken),
                placed,
            })
            .collect();
        let layers = facts.layers.iter().enumerate();
        let files = layers.flat_map(|(layer, known)| {
            known
                .files
                .iter()
                .map(move |file| ((layer, &file.path), file))
        });
        Self {
            facts,
            report,
            entries,
            files: files.collect(),
        }
    }

    /// Where the component is, and the file there if its digests are known.
    pub(super) fn places(
        &self,
        entry: &Entry<'b>,
    ) -> impl Iterator<Item = (&'b Place, Option<(&'b ExecutableFile, &'b Digests)>)> {
        let standing = entry
            .placed
            .places
            .iter()
            .filter(|place| place.removed.is_none());
        standing.map(|place| {
            let file = self.files.get(&(place.layer, &place.path)).copied();
            let known = file.and_then(|file| Some((file, file.digests.as_ref()?)));
            (place, known)
        })
    }

    /// What the reader must know when layers could not be read to their end.
    pub(super) fn incomplete(&self) -> Option<String> {
        let layers = self.report.incomplete.iter().map(|(layer, reasons)| {
            let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            format!("{}: {}", self.facts.layer(*layer), reasons.join("; "))
        });
        let layers: Vec<String> = layers.collect();
        (!layers.is_empty()).then(|| {
            format!(
                "INCOMPLETE: not all of the image could be read, so what is not listed here may still be in it. {}",
                layers.join(". ")
            )
        })
    }
}

/// `deb-libssl3-0123456789abcdef`. Reports that `compose` made hold no component twice; others get a number.
fn identifier(component: &Component, taken: &mut HashSet<String>) -> String {
    let kind = component.kind.purl_type();
    let allowed = |character: char| character.is_ascii_alphanumeric() || character == '.';
    let name: String = component.name.chars().take(40).collect();
    let name = name.replace(|character| !allowed(character), "-");
    let hash = short(&[
        kind,
        &component.name,
        component.version.as_deref().unwrap_or("?"),
        component.architecture.as_deref().unwrap_or("?"),
    ]);
    let plain = format!("{kind}-{name}-{hash}");
    let mut id = plain.clone();
    let mut count = 1_usize;
    while !taken.insert(id.clone()) {
        count += 1;
        id = format!("{plain}-{count}");
    }
    id
}

/// How we know, for people.
pub(super) fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Database => "a package database",
        Evidence::Metadata => "the component's own metadata",
        Evidence::BuildInfo => "build information in a binary",
        Evidence::KnownFile => "a file that is byte for byte a package's",
        Evidence::Signature => "the content of a binary",
        Evidence::Soname => "the name of a shared library",
        Evidence::FileName => "the name of a file",
        Evidence::AttachedSbom => "an attached bill of materials",
    }
}
