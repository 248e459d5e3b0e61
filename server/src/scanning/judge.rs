//! What is wrong with components, by the vulnerability data of one generation.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use db::{
    advisories::Body,
    scans::components::{Fix, NewFinding, Subject},
};
use scan::vulnerability::{
    database::Database,
    ecosystem::Ecosystem,
    finding::{self, Finding},
    osv::Record,
    product::ProductRecord,
    products::Products,
    severity::{Severity, Thresholds},
};

use super::{Error, packed};
use crate::state::AppState;

/// The ecosystem under which records of NVD are found, by `vendor:product`.
pub(super) const PRODUCTS: &str = "cpe";
/// Components that are judged together, so that memory is bounded.
const LOT: usize = 1_000;

/// Records, ready to be asked.
#[derive(Default)]
pub(super) struct Data {
    records: Database,
    products: Products,
}

impl Data {
    /// Reads rows. What cannot be read any more was readable when it came: it says the same as nothing, and is logged.
    pub(super) fn read(rows: &[Body]) -> Self {
        let mut records = Vec::new();
        let mut products = Vec::new();
        for row in rows {
            let Ok(json) = packed::unpack(&row.body) else {
                tracing::error!(record = row.name, "a stored record cannot be unpacked");
                continue;
            };
            if row.format == 0 {
                match Record::read(&json, &row.name) {
                    Ok(record) => records.push(record),
                    Err(error) => tracing::error!(%error, "a stored record cannot be read"),
                }
            } else {
                match ProductRecord::read(&json) {
                    Ok(record) => products.push(record),
                    Err(error) => {
                        tracing::error!(record = row.name, %error, "a stored record cannot be read");
                    }
                }
            }
        }
        Self {
            records: records.into_iter().collect(),
            products: products.into_iter().collect(),
        }
    }

    /// The findings of one component. Where the sources name the same flaw, what is said of packages goes before what is said of products.
    pub(super) fn of(&self, row: &Subject, thresholds: Thresholds) -> Vec<NewFinding> {
        let mut found = match Ecosystem::parse(&row.ecosystem) {
            Ok(ecosystem) => self.records.matches(&finding::Component {
                ecosystem: &ecosystem,
                name: &row.package,
                version: row.package_version.as_deref(),
                owner: None,
            }),
            Err(_) => Vec::new(),
        };
        let known: HashSet<String> = found
            .iter()
            .flat_map(|finding| finding.aliases.iter().chain([&finding.identity]))
            .cloned()
            .collect();
        let mut by_product: HashMap<String, Finding> = HashMap::new();
        for (vendor, product) in &row.products {
            let version = row.version.as_deref();
            for finding in self.products.matches(vendor, product, version) {
                if !known.contains(&finding.identity) {
                    by_product.insert(finding.identity.clone(), finding);
                }
            }
        }
        found.extend(by_product.into_values());
        found
            .into_iter()
            .map(|finding| new(finding, row.exact, thresholds))
            .collect()
    }
}

/// The packages under which records speak of a component.
pub(super) fn packages(row: &Subject) -> impl Iterator<Item = (String, String)> {
    let by_product = row
        .products
        .iter()
        .map(|(vendor, product)| (PRODUCTS.to_owned(), format!("{vendor}:{product}")));
    std::iter::once((row.base.clone(), row.package.clone())).chain(by_product)
}

fn new(finding: Finding, is_exact: bool, thresholds: Thresholds) -> NewFinding {
    let score = finding.rating.as_ref().map(|rating| rating.score);
    let severity = match thresholds.severity(score) {
        Severity::Critical => 3,
        Severity::Major => 2,
        Severity::Minor => 1,
        Severity::None | Severity::Unspecified => 0,
    };
    NewFinding {
        identity: finding.identity,
        score: score.map(|score| i16::from(score.tenths())),
        vector: finding
            .rating
            .and_then(|rating| rating.vector)
            .map(|(_, vector)| vector),
        severity,
        exact: finding.exact && is_exact,
        fix: match finding.fix {
            finding::Fix::In(versions) => Fix::In(versions),
            finding::Fix::Refused => Fix::Refused,
            finding::Fix::Unknown => Fix::Unknown,
        },
        aliases: finding.aliases,
        records: finding.records,
    }
}

/// The records of `generation` that can speak of these packages, with those that only say more of the same flaws.
pub(super) async fn data_about(
    state: &AppState,
    generation: i64,
    packages: &[(String, String)],
) -> Result<Data, Error> {
    let mut rows = db::advisories::about(&state.db, generation, packages).await?;
    let names = db::advisories::names_of(&state.db, rows.iter().map(|row| row.id)).await?;
    let names = db::advisories::closure(&state.db, generation, names).await?;
    let names: Vec<String> = names.into_iter().collect();
    let known: HashSet<i64> = rows.iter().map(|row| row.id).collect();
    let others = db::advisories::named(&state.db, generation, &names).await?;
    rows.extend(others.into_iter().filter(|row| !known.contains(&row.id)));
    read(rows).await
}

/// Reads rows on a thread that may take its time.
pub(super) async fn read(rows: Vec<Body>) -> Result<Data, Error> {
    let data = tokio::task::spawn_blocking(move || Data::read(&rows)).await;
    Ok(data.map_err(std::io::Error::other)?)
}

/// Judges components by the data of `generation`.
pub(super) async fn components(
    state: &AppState,
    generation: i64,
    rows: &[Subject],
) -> Result<HashMap<i64, Vec<NewFinding>>, Error> {
    let mut judged = HashMap::with_capacity(rows.len());
    let thresholds = thresholds(state).await?;
    for lot in rows.chunks(LOT) {
        let asked: BTreeSet<(String, String)> = lot.iter().flat_map(packages).collect();
        let asked: Vec<_> = asked.into_iter().collect();
        let data = data_about(state, generation, &asked).await?;
        judged.extend(all(&data.into(), lot.to_vec(), thresholds).await?);
    }
    Ok(judged)
}

/// Judges rows on a thread that may take its time.
pub(super) async fn all(
    data: &Arc<Data>,
    rows: Vec<Subject>,
    thresholds: Thresholds,
) -> Result<HashMap<i64, Vec<NewFinding>>, Error> {
    let data = Arc::clone(data);
    let judge = move || {
        let judge = |row: &Subject| (row.id, data.of(row, thresholds));
        rows.iter().map(judge).collect()
    };
    Ok(tokio::task::spawn_blocking(judge)
        .await
        .map_err(std::io::Error::other)?)
}

/// Key of the setting that says where the lines between severities are.
pub(crate) const THRESHOLDS: &str = "severityThresholds";

/// Where the lines between minor, major and critical are: DTR's, or NVD's.
pub(super) async fn thresholds(state: &AppState) -> Result<Thresholds, Error> {
    let chosen: Option<String> = db::settings::get(&state.db, THRESHOLDS).await?;
    Ok(match chosen.as_deref() {
        Some("nvd") => Thresholds::NVD,
        _ => Thresholds::DTR,
    })
}
