//! An image from the reports of its layers: which components it has, which layer brings each, and what is asked about them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{
    entities::component,
    scans::{
        components::New,
        store::{Chain, Image},
    },
};
use scan::{
    fingerprint::{DETECTOR_VERSION, ImageReport, LayerReport, OsRelease, Placed, compose},
    question,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::{Error, packed};
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

/// Puts the image of these layers together. Fails where one of them has no report.
pub(crate) async fn of_layers(state: &AppState, layers: Vec<String>) -> Result<Composed, Error> {
    let rows = db::scans::layers::reports(&state.db, &layers).await?;
    let read_at = rows.values().map(|(_, at)| *at).max();
    let compose = move || {
        let read = unpack(&rows)?;
        let of_layer = |digest: &String| {
            let missing = || Error::Unreadable(format!("the layer {digest} was never read"));
            read.get(digest.as_str()).ok_or_else(missing)
        };
        let stack = layers.iter().map(of_layer).collect::<Result<Vec<_>, _>>()?;
        let report = compose(&stack);
        let keys = report
            .components
            .iter()
            .map(|placed| key(placed, report.os.as_ref()))
            .collect();
        Ok(Composed {
            report,
            keys,
            layers,
            read_at: read_at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
        })
    };
    tokio::task::spawn_blocking(compose)
        .await
        .map_err(std::io::Error::other)?
}

/// The reports of these layers, by digest.
pub(crate) async fn reports(
    state: &AppState,
    layers: &[String],
) -> Result<HashMap<String, LayerReport>, Error> {
    let rows = db::scans::layers::reports(&state.db, layers).await?;
    let unpack = move || unpack(&rows);
    Ok(tokio::task::spawn_blocking(unpack)
        .await
        .map_err(std::io::Error::other)??)
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
    let products: Vec<_> = component
        .cpes
        .iter()
        .map(|cpe| (&cpe.vendor, &cpe.product))
        .collect();
    let parts = serde_json::json!([
        component.kind.purl_type(),
        component.name,
        component.version,
        component.exact,
        asked.ecosystem,
        asked.package,
        asked.version,
        products,
    ]);
    hex(&Sha256::digest(parts.to_string()))
}

fn hex(bytes: &[u8]) -> String {
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
                    products: component
                        .cpes
                        .iter()
                        .map(|cpe| (cpe.vendor.clone(), cpe.product.clone()))
                        .collect(),
                    licences: Vec::new(),
                }
            });
            row.licences.extend(licences);
            row.licences.sort_unstable();
            row.licences.dedup();
        }
        rows.into_values().collect()
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
            let lowest = placed.places.iter().map(|place| place.layer).min();
            let lowest = lowest.unwrap_or(placed.introduced);
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
        let chains = self.layers.iter().zip(brings).map(|(layer, brings)| {
            chain.update(layer);
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

fn os_name(os: &OsRelease) -> String {
    os.pretty_name.clone().unwrap_or_else(|| {
        let version = os.version_id.as_deref().unwrap_or_default();
        format!("{} {version}", os.id).trim_end().to_owned()
    })
}
