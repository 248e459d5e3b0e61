//! Python: the `METADATA` of wheels and the `PKG-INFO` of eggs, as installers leave them.

use super::control::{Paragraph, paragraphs};
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind};

/// Whether the directory is one that an installer makes.
pub(super) fn is_metadata(path: &LayerPath) -> bool {
    path.parent().is_some_and(|directory| {
        let name = directory.name();
        name.ends_with(".dist-info") || name.ends_with(".egg-info") || name == "EGG-INFO"
    })
}

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    found.add(parse(bytes)?);
    Ok(())
}

/// The component that a metadata file describes.
pub(super) fn parse(bytes: &[u8]) -> Result<Component, Fault> {
    let text = String::from_utf8_lossy(bytes);
    let paragraph = paragraphs(&text)
        .next()
        .ok_or(Fault::Malformed("it is empty"))?;
    let name = paragraph.get("Name").ok_or(Fault::Malformed("no Name"))?;
    let mut component = Component::new(
        Kind::Pypi,
        name,
        paragraph.get("Version"),
        Evidence::Metadata,
        "python",
    );
    component.licences = licences(&paragraph);
    Ok(component)
}

/// The expression of PEP 639, else the classifiers, else whatever the field says.
fn licences(paragraph: &Paragraph<'_>) -> Vec<Licence> {
    if let Some(licence) = paragraph.get("License-Expression").and_then(Licence::parse) {
        return vec![licence];
    }
    let classified: Vec<Licence> = paragraph
        .all("Classifier")
        .filter_map(|classifier| classifier.strip_prefix("License ::"))
        .filter_map(|rest| rest.rsplit("::").next())
        .filter(|name| name.trim() != "OSI Approved")
        .filter_map(Licence::parse)
        .collect();
    if classified.is_empty() {
        paragraph
            .get("License")
            .and_then(Licence::parse)
            .into_iter()
            .collect()
    } else {
        classified
    }
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names};

    #[test]
    fn wheels_and_eggs_are_found() {
        let layer = Layer::default()
            .file(
                "usr/lib/python3/dist-packages/Django-3.2.0.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: Django\nVersion: 3.2\n\nName: body\n",
            )
            .file(
                "usr/lib/python3/dist-packages/yaml.egg-info",
                "Name: PyYAML\nVersion: 6.0\n",
            )
            .file("opt/x.egg-info/PKG-INFO", "Name: x\nVersion: 1\n")
            .file("opt/METADATA", "Name: elsewhere\nVersion: 1\n");
        assert_eq!(
            names(&layer.scan()),
            ["pypi Django 3.2", "pypi PyYAML 6.0", "pypi x 1"]
        );
    }

    #[test]
    fn the_licence_is_the_expression_then_the_classifiers_then_the_field() {
        let spdx = |text: &str| {
            super::parse(text.as_bytes())
                .unwrap()
                .licences
                .into_iter()
                .filter_map(|l| l.spdx)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            spdx("Name: a\nLicense: BSD\nLicense-Expression: MIT OR ISC\n"),
            ["MIT OR ISC"]
        );
        assert_eq!(
            spdx("Name: a\nLicense: x\nClassifier: License :: OSI Approved :: MIT License\n"),
            ["MIT"]
        );
        assert_eq!(spdx("Name: a\nLicense: Apache 2.0\n"), ["Apache-2.0"]);
    }

    #[test]
    fn a_record_without_a_name_is_a_fault() {
        let report = Layer::default()
            .file("a.dist-info/METADATA", "Version: 1\n")
            .scan();
        assert_eq!((report.components.len(), report.faults.len()), (0, 1));
    }
}
