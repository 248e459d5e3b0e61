//! SPDX 2.2 and 2.3 JSON, as far as it names packages. Files, relationships and extracted licences are passed over.

use super::component::{Entries, Entry, Gathered, Said};
use crate::fingerprint::SourcePackage;
use crate::sbom::spdx::BUILT_FROM;
use crate::vulnerability::osv::List;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) packages: Entries<Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package {
    name: String,
    version_info: Option<String>,
    #[serde(default)]
    external_refs: List<Reference, 1_000>,
    license_declared: Option<String>,
    license_concluded: Option<String>,
    source_info: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_type: String,
    reference_locator: String,
}

impl Entry for Package {
    fn give(self, gathered: &mut Gathered) {
        let locators = |types: &'static [&'static str]| {
            let references = self.external_refs.0.iter();
            let of_type = references.filter(|one| types.contains(&one.reference_type.as_str()));
            of_type.map(|one| one.reference_locator.as_str())
        };
        let licence = [&self.license_declared, &self.license_concluded];
        let licence = licence.into_iter().flatten().map(String::as_str);
        let said = Said {
            name: Some(&self.name),
            version: self.version_info.as_deref(),
            purl: locators(&["purl"]).next(),
            cpes: locators(&["cpe23Type", "cpe22Type"]).collect(),
            licences: licence
                .filter(|text| !matches!(*text, "NOASSERTION" | "NONE"))
                .take(1)
                .collect(),
            source: self.source_info.as_deref().and_then(source),
        };
        gathered.add(said.component());
    }
}

/// `built package from: openssl 3.0.11-1`
fn source(info: &str) -> Option<SourcePackage> {
    let mut words = info.strip_prefix(BUILT_FROM)?.split_whitespace();
    Some(SourcePackage {
        name: words.next()?.to_owned(),
        version: words.next().map(str::to_owned),
    })
}
