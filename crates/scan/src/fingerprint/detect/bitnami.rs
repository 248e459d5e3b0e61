//! Bitnami: applications that it builds itself come with an SPDX document, `.spdx-NAME.spdx`, as JSON.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Cpe, Evidence, Kind};
use serde::Deserialize;

/// The detector's name. Bitnami has advisories of its own, under the names that its documents say.
pub(crate) const NAME: &str = "bitnami";
/// A product has one or two names, and they are short.
const MAX_CPES: usize = 8;
const MAX_NAME: usize = 128;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    name: String,
    version_info: Option<String>,
    license_concluded: Option<String>,
    license_declared: Option<String>,
    #[serde(default)]
    external_refs: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_locator: String,
}

pub(super) fn is_document(name: &str) -> bool {
    name.starts_with(".spdx-")
        && name
            .rsplit_once('.')
            .is_some_and(|(_, ending)| ending == "spdx")
}

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let document: Document = serde_json::from_slice(bytes)?;
    for package in &document.packages {
        let version = package.version_info.as_deref().map(upstream);
        let mut component = Component::new(
            Kind::Generic,
            &package.name,
            version,
            Evidence::Metadata,
            NAME,
        );
        component.cpes = package
            .external_refs
            .iter()
            .filter_map(|reference| cpe(&reference.reference_locator))
            .take(MAX_CPES)
            .collect();
        component.licences = [&package.license_concluded, &package.license_declared]
            .into_iter()
            .flatten()
            .filter(|licence| !matches!(licence.as_str(), "NOASSERTION" | "NONE"))
            .find_map(|licence| Licence::parse(licence))
            .into_iter()
            .collect();
        found.add(component);
    }
    Ok(())
}

/// `1.25.3-4` is the fourth build of 1.25.3.
fn upstream(version: &str) -> &str {
    match version.rsplit_once('-') {
        Some((upstream, build)) if build.bytes().all(|byte| byte.is_ascii_digit()) => upstream,
        _ => version,
    }
}

/// `cpe:2.3:a:nginx:nginx:1.25.3:*:…`
fn cpe(locator: &str) -> Option<Cpe> {
    let mut parts = locator.strip_prefix("cpe:2.3:")?.split(':').skip(1);
    let (vendor, product) = (parts.next()?, parts.next()?);
    (vendor.len() <= MAX_NAME && product.len() <= MAX_NAME).then(|| Cpe {
        vendor: vendor.to_owned(),
        product: product.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names, survives_cuts};

    const PATH: &str = "opt/bitnami/nginx/.spdx-nginx.spdx";
    const NGINX: &str = r#"{"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-1","name":"nginx","versionInfo":"1.25.3-4",
        "licenseConcluded":"BSD-2-Clause","licenseDeclared":"NOASSERTION","externalRefs":[
        {"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:f5:nginx:1.25.3:*:*:*:*:*:*:*"},
        {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:bitnami/nginx@1.25.3-4"}]}]}"#;

    #[test]
    fn an_application_is_found_with_its_cpe_and_licence() {
        let report = Layer::default().file(PATH, NGINX).scan();
        assert_eq!(names(&report), ["generic nginx 1.25.3"]);
        let nginx = &report.components[0];
        assert_eq!(nginx.cpes[0].vendor, "f5");
        let asked = crate::question::of(nginx, None);
        assert_eq!((&*asked.ecosystem, &*asked.package), ("Bitnami", "nginx"));
        assert_eq!(nginx.licences[0].spdx.as_deref(), Some("BSD-2-Clause"));
    }

    #[test]
    fn a_package_has_few_names() {
        let reference = r#"{"referenceLocator":"cpe:2.3:a:f5:nginx:1:*"}"#;
        let references = vec![reference; 99].join(",");
        let json = format!(r#"{{"packages":[{{"name":"nginx","externalRefs":[{references}]}}]}}"#);
        assert_eq!(
            Layer::default().file(PATH, json).scan().components[0]
                .cpes
                .len(),
            8
        );
    }

    #[test]
    fn a_document_cut_anywhere_is_a_fault_at_most() {
        survives_cuts(PATH, NGINX.as_bytes());
    }
}
