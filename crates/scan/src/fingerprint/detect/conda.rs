//! conda: a record per package in `conda-meta`. Its packages are of all languages; what is Python's is found by its own
//! record as well.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
}

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let package: Package = serde_json::from_slice(bytes)?;
    let mut component = Component::new(
        Kind::Generic,
        &package.name,
        Some(&package.version),
        Evidence::Metadata,
        "conda",
    );
    component.licences = package
        .license
        .as_deref()
        .and_then(Licence::parse)
        .into_iter()
        .collect();
    found.add(component);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names, survives_cuts};

    const PATH: &str = "opt/conda/conda-meta/openssl-3.0.13-hd590300_0.json";
    const OPENSSL: &str = r#"{"name":"openssl","version":"3.0.13","build":"hd590300_0","license":"Apache-2.0","files":["bin/openssl"]}"#;

    #[test]
    fn a_package_is_found_with_its_licence() {
        let layer = Layer::default()
            .file(PATH, OPENSSL)
            .file("opt/conda/conda-meta/history", "");
        let report = layer.scan();
        assert_eq!(names(&report), ["generic openssl 3.0.13"]);
        assert_eq!(
            report.components[0].licences[0].spdx.as_deref(),
            Some("Apache-2.0")
        );
    }

    #[test]
    fn a_record_cut_anywhere_is_a_fault_at_most() {
        survives_cuts(PATH, OPENSSL.as_bytes());
    }
}
