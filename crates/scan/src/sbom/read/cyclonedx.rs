//! CycloneDX 1.3 to 1.6 JSON, as far as it names components, also those within others. The subject of the document is none of them.

use super::component::{Entries, Entry, Gathered, Said};
use crate::fingerprint::{LayerPath, SourcePackage};
use crate::vulnerability::osv::List;
use serde::Deserialize;

const LONGEST_PATH: usize = 4_096;
const DEEPEST_PATH: usize = 255;

#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) components: Entries<Component>,
}

#[derive(Deserialize)]
pub(super) struct Component {
    group: Option<String>,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    #[serde(default)]
    licenses: List<LicenceChoice, 1_000>,
    #[serde(default)]
    evidence: Evidence,
    #[serde(default)]
    properties: List<Property, 10_000>,
    #[serde(default)]
    components: Entries<Component>,
}

#[derive(Deserialize)]
struct LicenceChoice {
    license: Option<Licence>,
    expression: Option<String>,
}

#[derive(Deserialize)]
struct Licence {
    id: Option<String>,
    name: Option<String>,
}

#[derive(Default, Deserialize)]
struct Evidence {
    #[serde(default)]
    occurrences: List<Occurrence, 10_000>,
}

#[derive(Deserialize)]
struct Occurrence {
    location: Option<String>,
}

#[derive(Deserialize)]
struct Property {
    name: Option<String>,
    value: Option<String>,
}

impl Component {
    /// Ours, and Trivy's.
    fn property(&self, names: [&str; 2]) -> Option<&str> {
        let properties = self.properties.0.iter();
        let of_name = |property: &&Property| {
            let name = property.name.as_deref();
            name.is_some_and(|name| names.contains(&name))
        };
        properties
            .filter(of_name)
            .find_map(|one| one.value.as_deref())
    }

    fn source(&self) -> Option<SourcePackage> {
        let name = self.property(["plimsoll:source:name", "aquasecurity:trivy:SrcName"])?;
        Some(SourcePackage {
            name: name.to_owned(),
            version: self
                .property(["plimsoll:source:version", ""])
                .map(str::to_owned),
        })
    }

    fn paths(&self) -> Vec<LayerPath> {
        let locations = self.evidence.occurrences.0.iter();
        let locations = locations.filter_map(|occurrence| occurrence.location.as_deref());
        let mut paths: Vec<LayerPath> = locations
            .filter_map(|location| {
                LayerPath::parse(location.as_bytes(), LONGEST_PATH, DEEPEST_PATH).ok()?
            })
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

impl Entry for Component {
    fn give(mut self, gathered: &mut Gathered) {
        gathered.append(std::mem::take(&mut self.components).into());
        let separator = match self.purl.as_deref() {
            Some(purl) if purl.starts_with("pkg:maven/") => ":",
            _ => "/",
        };
        let name = match self.group.as_deref().filter(|group| !group.is_empty()) {
            Some(group) => format!("{group}{separator}{}", self.name),
            None => self.name.clone(),
        };
        let licences = self.licenses.0.iter().filter_map(|choice| {
            let licence = choice.license.as_ref();
            let named = licence.and_then(|licence| licence.id.as_ref().or(licence.name.as_ref()));
            choice.expression.as_ref().or(named).map(String::as_str)
        });
        let said = Said {
            name: Some(&name),
            version: self.version.as_deref(),
            purl: self.purl.as_deref(),
            cpes: self.cpe.as_deref().into_iter().collect(),
            licences: licences.collect(),
            source: self.source(),
        };
        let mut component = said.component();
        if let Some(component) = &mut component {
            component.paths = self.paths();
        }
        gathered.add(component);
    }
}
