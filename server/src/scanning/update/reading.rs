//! The side that reads: bundles, and single records, become rows.

use std::{collections::BTreeSet, fs::File, path::Path, sync::Arc};

use db::{
    advisories::New,
    entities::{exploitation, exploited},
};
use scan::vulnerability::{
    bundle::{self, Document, Item, Limits, Manifest},
    osv::Record,
    product::ProductRecord,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::scanning::{Error, judge::PRODUCTS, packed};

/// Records that are written together: each time, the writer waits for the disk.
const LOT: usize = 2_000;
/// Or fewer, where they have so many bytes.
const LOT_BYTES: usize = 4 << 20;

/// What the reading thread hands over.
pub(super) enum Part {
    Manifest(Manifest),
    Records(Vec<New>),
    Exploitations(Vec<exploitation::Model>),
    Exploited(Vec<exploited::Model>),
    Refused,
}

/// Whose records these are, where a bundle does not say it: what was fetched as those of one ecosystem.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    /// The ecosystem.
    pub(super) ecosystem: String,
    /// All that are fetched. A record about several of them lies with each, and counts as of the first.
    pub(super) all: Arc<BTreeSet<String>>,
}

/// The side that reads a bundle.
pub(super) struct Reading {
    generation: i64,
    fetched: Option<Fetched>,
    parts: mpsc::Sender<Part>,
    records: Vec<New>,
    /// Of the bodies of `records`.
    bytes: usize,
    exploitations: Vec<exploitation::Model>,
    exploited: Vec<exploited::Model>,
}

type Taken = Result<(), Box<dyn std::error::Error + Send + Sync>>;

impl Reading {
    pub(super) fn new(
        generation: i64,
        fetched: Option<Fetched>,
        parts: mpsc::Sender<Part>,
    ) -> Self {
        Self {
            generation,
            fetched,
            parts,
            records: Vec::new(),
            bytes: 0,
            exploitations: Vec::new(),
            exploited: Vec::new(),
        }
    }

    pub(super) fn all_of(mut self, path: &Path) -> Result<(), Error> {
        let mut file = File::open(path)?;
        bundle::read(&mut file, Limits::default(), &mut |item| self.item(item))
            .map_err(|error| Error::Unreadable(error.to_string()))?;
        self.flush(0)
            .map_err(|error| Error::Unreadable(error.to_string()))
    }

    fn item(&mut self, item: Item) -> Taken {
        match item {
            Item::Manifest(manifest) => self.parts.blocking_send(Part::Manifest(manifest))?,
            Item::Record(document) => {
                let new = record(*document, self.fetched.as_ref())?;
                self.record(new)?;
            }
            Item::Products(document) => self.record(product(*document)?)?,
            Item::Refused(error) => {
                tracing::warn!(%error, "a record of the bundle cannot be used");
                self.parts.blocking_send(Part::Refused)?;
            }
            Item::Exploitation(row) => self.exploitations.push(exploitation::Model {
                cve: row.cve,
                generation: self.generation,
                probability: row.probability,
                percentile: row.percentile,
            }),
            Item::Exploited(row) => self.exploited.push(exploited::Model {
                cve: row.cve,
                generation: self.generation,
                added: row.added.to_string(),
                ransomware: row.ransomware,
            }),
        }
        self.flush(LOT)
    }

    fn record(&mut self, new: New) -> Taken {
        self.bytes += new.body.len();
        self.records.push(new);
        let is_heavy = self.bytes >= LOT_BYTES;
        self.flush(if is_heavy { 0 } else { LOT })
    }

    /// Hands over what is at least `least` rows.
    fn flush(&mut self, least: usize) -> Taken {
        let is_due = |length: usize| length > 0 && length >= least;
        if is_due(self.records.len()) {
            let lot = std::mem::take(&mut self.records);
            self.bytes = 0;
            self.parts.blocking_send(Part::Records(lot))?;
        }
        if is_due(self.exploitations.len()) {
            let lot = std::mem::take(&mut self.exploitations);
            self.parts.blocking_send(Part::Exploitations(lot))?;
        }
        if is_due(self.exploited.len()) {
            let lot = std::mem::take(&mut self.exploited);
            self.parts.blocking_send(Part::Exploited(lot))?;
        }
        Ok(())
    }
}

/// The row of a record.
pub(super) fn record(
    document: Document<Record>,
    fetched: Option<&Fetched>,
) -> std::io::Result<New> {
    let Document {
        record,
        json,
        source,
    } = document;
    let mut packages: Vec<(String, String)> = record
        .affected
        .iter()
        .map(|affected| {
            (
                affected.ecosystem.name().to_owned(),
                affected.package.clone(),
            )
        })
        .collect();
    packages.sort_unstable();
    packages.dedup();
    let shared = fetched.map(|fetched| {
        let mut bases = packages.iter().map(|(base, _)| base);
        let first = bases.find(|base| fetched.all.contains(*base));
        first.unwrap_or(&fetched.ecosystem).clone()
    });
    // a record that was taken back says nothing about anything
    if record.withdrawn {
        packages.clear();
    }
    let source = shared.or(source).unwrap_or_else(|| match packages.first() {
        Some((base, _)) => base.clone(),
        None => "OSV".to_owned(),
    });
    let mut names = vec![record.id.clone()];
    if !record.withdrawn {
        names.extend(record.aliases);
        names.extend(record.upstream);
    }
    let summary = record
        .summary
        .or(record.details)
        .map(|text| first_line(&text))
        .unwrap_or_default();
    Ok(New {
        name: record.id,
        format: 0,
        source,
        hash: hash(&json),
        modified: record.modified,
        summary,
        body: packed::pack(&json)?,
        packages,
        names,
    })
}

fn product(document: Document<ProductRecord>) -> std::io::Result<New> {
    let Document { record, json, .. } = document;
    let packages = record
        .products
        .iter()
        .map(|product| {
            (
                PRODUCTS.to_owned(),
                format!("{}:{}", product.vendor, product.product),
            )
        })
        .collect();
    Ok(New {
        names: vec![record.cve.clone()],
        name: record.cve,
        format: 1,
        source: "NVD".to_owned(),
        hash: hash(&json),
        modified: None,
        summary: String::new(),
        body: packed::pack(&json)?,
        packages,
    })
}

/// Lists show one line.
fn first_line(text: &str) -> String {
    const LONGEST: usize = 300;
    let line = text.lines().find(|line| !line.trim().is_empty());
    line.unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}

fn hash(json: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(Sha256::digest(json))
}
