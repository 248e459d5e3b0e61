//! An image from the reports of its layers: which components it has, which layer brings each, and what is asked about them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use db::{
    entities::component,
    scans::{
        components::{New, Subject},
        store::{Chain, Image},
    },
};
use scan::{
    fingerprint::{
        Component, DETECTOR_VERSION, Evidence, ImageReport, KnownFiles, LayerReport, OsRelease,
        Placed, compose_knowing,
    },
    question,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{Error, known, packed};
use crate::state::AppState;

/// As rows keep it.
pub(crate) fn detector_version() -> i32 {
    i32::try_from(DETECTOR_VERSION).unwrap_or(i32::MAX)
}

/// An image whose layers are all read.
#[derive(Debug)]
pub(crate) struct Composed {
    /// What its layers make of it.
    pub(crate) report: ImageReport,
    /// The key of each of the report's components.
    pub(crate) keys: Vec<String>,
    /// The digests of the layers that were read, bottom first.
    pub(crate) layers: Vec<String>,
    /// When the last of them was read.
    pub(crate) read_at: OffsetDateTime,
}

/// The reports of an image's layers.
#[derive(Debug)]
pub(crate) struct Stack {
    /// The digests of the layers, bottom first.
    layers: Vec<String>,
    reports: HashMap<String, LayerReport>,
    read_at: OffsetDateTime,
}

impl Stack {
    /// Fails where one of the layers has no report.
    pub(super) async fn of(state: &AppState, layers: Vec<String>) -> Result<Arc<Self>, Error> {
        let rows = db::scans::layers::reports(&state.db, &layers).await?;
        if let Some(digest) = layers.iter().find(|digest| !rows.contains_key(*digest)) {
            let words = format!("the layer {digest} was never read");
            return Err(Error::Unreadable(words));
        }
        let read_at = rows.values().map(|(_, at)| *at).max();
        let reports = blocking(move || unpack(&rows)).await??;
        Ok(Arc::new(Self {
            layers,
            reports,
            read_at: read_at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }))
    }

    /// The reports, bottom first.
    pub(super) fn bottom_up(&self) -> Vec<&LayerReport> {
        let reports = self.layers.iter();
        reports
            .filter_map(|digest| self.reports.get(digest))
            .collect()
    }

    /// Puts the image together, where these files are known.
    pub(super) async fn compose(self: &Arc<Self>, known: KnownFiles) -> Result<Composed, Error> {
        let stack = Arc::clone(self);
        let compose = move || {
            let report = compose_knowing(&stack.bottom_up(), &known);
            let keys = report
                .components
                .iter()
                .map(|placed| key(placed, report.os.as_ref()))
                .collect();
            Composed {
                report,
                keys,
                layers: stack.layers.clone(),
                read_at: stack.read_at,
            }
        };
        blocking(compose).await
    }
}

/// Does what takes long on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(std::io::Error::other)?)
}

/// Puts the image of these layers together as the scan of that number found it.
pub(crate) async fn as_scanned(
    state: &AppState,
    scan: i64,
    layers: Vec<String>,
) -> Result<Composed, Error> {
    let stack = Stack::of(state, layers).await?;
    let mut composed = stack.compose(known::of(state, &stack).await?).await?;
    let keys = composed.by_content();
    if !keys.is_empty() {
        let found = db::scans::known::found_by(&state.db, scan, &keys).await?;
        composed.forget(|key| !found.contains(key));
    }
    Ok(composed)
}

/// The reports of these layers, by digest.
pub(crate) async fn reports(
    state: &AppState,
    layers: &[String],
) -> Result<HashMap<String, LayerReport>, Error> {
    let rows = db::scans::layers::reports(&state.db, layers).await?;
    let unpack = move || unpack(&rows);
    Ok(blocking(unpack).await??)
}

fn unpack(
    rows: &HashMap<String, (Vec<u8>, OffsetDateTime)>,
) -> std::io::Result<HashMap<String, LayerReport>> {
    let unpacked = rows
        .iter()
        .map(|(digest, (report, _))| Ok((digest.clone(), packed::read(report)?)));
    unpacked.collect()
}

/// Everything by which one component is told from another, and nothing that differs from image to image.
fn key(placed: &Placed, os: Option<&OsRelease>) -> String {
    let component = &placed.component;
    let asked = question::of(component, os);
    let parts = serde_json::json!([
        component.kind.purl_type(),
        component.name,
        component.version,
        component.exact,
        asked.ecosystem,
        asked.package,
        asked.version,
        products(component),
    ]);
    hex(&Sha256::digest(parts.to_string()))
}

/// Vendor and product, by which CPE-keyed data knows it.
fn products(component: &Component) -> Vec<(String, String)> {
    let cpes = component.cpes.iter();
    cpes.map(|cpe| (cpe.vendor.clone(), cpe.product.clone()))
        .collect()
}

/// What has to be known of a component to judge it, under a number of the caller's choice.
pub(super) fn subject(component: &Component, os: Option<&OsRelease>, id: i64) -> Subject {
    let asked = question::of(component, os);
    Subject {
        id,
        version: component.version.clone(),
        exact: component.exact,
        ecosystem: asked.ecosystem,
        base: asked.base,
        package: asked.package,
        package_version: asked.version,
        products: products(component),
    }
}

/// Half of a digest, in hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().take(16).fold(String::new(), |mut text, byte| {
        // writing into a string does not fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Composed {
    /// Components as rows want them; a package's own files are not components of their own.
    pub(super) fn components(&self) -> Vec<New> {
        let mut rows: BTreeMap<&String, New> = BTreeMap::new();
        for (placed, key) in self.own() {
            let component = &placed.component;
            let licences = component
                .licences
                .iter()
                .map(|licence| licence.name().to_owned());
            let row = rows.entry(key).or_insert_with(|| {
                let asked = question::of(component, self.report.os.as_ref());
                New {
                    key: key.clone(),
                    kind: component.kind.purl_type().to_owned(),
                    name: component.name.clone(),
                    version: component.version.clone(),
                    exact: component.exact,
                    ecosystem: asked.ecosystem,
                    base: asked.base,
                    package: asked.package,
                    package_version: asked.version,
                    products: products(component),
                    licences: Vec::new(),
                }
            });
            row.licences.extend(licences);
            row.licences.sort_unstable();
            row.licences.dedup();
        }
        rows.into_values().collect()
    }

    /// The keys of what is known by the content of its files alone.
    fn by_content(&self) -> Vec<String> {
        let keys = self.own().filter(|(placed, _)| is_by_content(placed));
        keys.map(|(_, key)| key.clone()).collect()
    }

    /// Without what is known by the content of its files alone and was not known to the scan.
    fn forget(&mut self, is_new: impl Fn(&String) -> bool) {
        let keys = std::mem::take(&mut self.keys);
        let all = std::mem::take(&mut self.report.components);
        let kept = all
            .into_iter()
            .zip(keys)
            .filter(|(placed, key)| !(is_by_content(placed) && is_new(key)));
        (self.report.components, self.keys) = kept.unzip();
    }

    fn own(&self) -> impl Iterator<Item = (&Placed, &String)> {
        let all = self.report.components.iter().zip(&self.keys);
        all.filter(|(placed, _)| placed.part_of.is_none())
    }

    /// The image as rows want it, when its components have numbers.
    pub(super) fn image(
        &self,
        rows: &HashMap<String, component::Model>,
        foreign_layers: bool,
    ) -> Image {
        let mut brings: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); self.layers.len()];
        let mut first: HashMap<i64, usize> = HashMap::new();
        let mut present = BTreeSet::new();
        for (placed, key) in self.own() {
            let Some(row) = rows.get(key) else { continue };
            if placed.removed.is_none() {
                present.insert(row.id);
            }
            let lowest = lowest(placed);
            let known = first.entry(row.id).or_insert(lowest);
            *known = (*known).min(lowest);
        }
        for (component, layer) in first {
            if let Some(of_layer) = brings.get_mut(layer) {
                of_layer.insert(component);
            }
        }
        let os = self.report.os.as_ref();
        let mut chain = Sha256::new();
        chain.update(format!(
            "{DETECTOR_VERSION} {:?} {:?} {:?}",
            os.map(|os| &os.id),
            os.and_then(|os| os.version_id.as_ref()),
            os.map(|os| &os.id_like),
        ));
        let layers = self.layers.iter().zip(brings).zip(self.knowledge());
        let chains = layers.map(|((layer, brings), knowledge)| {
            chain.update(layer);
            // what was not known yet made another chain of the same layers
            for key in knowledge {
                chain.update(key);
            }
            let key = hex(&chain.clone().finalize());
            Chain {
                key,
                layer: layer.clone(),
                brings: brings.into_iter().collect(),
            }
        });
        Image {
            os: os.map(os_name),
            foreign_layers,
            incomplete: self.incomplete(),
            chains: chains.collect(),
            present,
            detector_version: detector_version(),
        }
    }

    /// Of each layer, the keys of what is known by the content of its files alone.
    fn knowledge(&self) -> Vec<BTreeSet<&String>> {
        let mut knowledge = vec![BTreeSet::new(); self.layers.len()];
        for (placed, key) in self.own().filter(|(placed, _)| is_by_content(placed)) {
            if let Some(of_layer) = knowledge.get_mut(lowest(placed)) {
                of_layer.insert(key);
            }
        }
        knowledge
    }

    /// Layers that were not read to their end, by digest, and why.
    fn incomplete(&self) -> Option<serde_json::Value> {
        let reasons: BTreeMap<&String, _> = self
            .report
            .incomplete
            .iter()
            .filter_map(|(layer, reasons)| Some((self.layers.get(*layer)?, reasons)))
            .collect();
        (!reasons.is_empty()).then(|| serde_json::json!(reasons))
    }
}

/// The first layer that had it.
fn lowest(placed: &Placed) -> usize {
    let layers = placed.places.iter().map(|place| place.layer);
    layers.min().unwrap_or(placed.introduced)
}

fn is_by_content(placed: &Placed) -> bool {
    placed.component.evidence == Evidence::KnownFile
}

fn os_name(os: &OsRelease) -> String {
    os.pretty_name.clone().unwrap_or_else(|| {
        let version = os.version_id.as_deref().unwrap_or_default();
        format!("{} {version}", os.id).trim_end().to_owned()
    })
}
