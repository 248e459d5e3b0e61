//! Node: the `package.json` of installed packages. One with a name and a version is a package, wherever it lies.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Package {
    name: Option<Value>,
    version: Option<Value>,
    license: Option<Value>,
    licenses: Option<Value>,
}

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let package: Package = serde_json::from_slice(bytes)?;
    // without both it marks a directory as a module and is no package
    let (Some(Value::String(name)), Some(Value::String(version))) =
        (&package.name, &package.version)
    else {
        return Ok(());
    };
    if version.is_empty() {
        return Ok(());
    }
    let mut component = Component::new(Kind::Npm, name, Some(version), Evidence::Metadata, "node");
    component.licences = [&package.license, &package.licenses]
        .into_iter()
        .flatten()
        .flat_map(licences)
        .collect();
    found.add(component);
    Ok(())
}

/// A string, `{"type": …}`, or a list of them.
fn licences(value: &Value) -> Vec<Licence> {
    match value {
        Value::String(name) => Licence::parse(name).into_iter().collect(),
        Value::Object(object) => object
            .get("type")
            .and_then(Value::as_str)
            .and_then(Licence::parse)
            .into_iter()
            .collect(),
        Value::Array(list) => list
            .iter()
            .filter(|item| !item.is_array())
            .flat_map(licences)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names};

    #[test]
    fn packages_are_found_and_markers_are_not() {
        let layer = Layer::default()
            .file(
                "app/node_modules/lodash/package.json",
                r#"{"name":"lodash","version":"4.17.4","license":"MIT"}"#,
            )
            .file(
                "app/node_modules/@scope/x/package.json",
                r#"{"name":"@scope/x","version":"1.0.0","licenses":[{"type":"ISC"}]}"#,
            )
            .file(
                "app/node_modules/x/esm/package.json",
                r#"{"type":"module"}"#,
            )
            .file("app/package.json", r#"{"name":{"odd":1},"version":"1"}"#);
        let report = layer.scan();
        assert_eq!(names(&report), ["npm @scope/x 1.0.0", "npm lodash 4.17.4"]);
        assert!(
            report
                .components
                .iter()
                .all(|found| found.licences[0].spdx.is_some())
        );
        assert_eq!(report.plain.len(), 2);
    }

    #[test]
    fn broken_and_deep_json_is_a_fault_and_nothing_else() {
        let deep = format!("{}{}", r#"{"name":"#, "[".repeat(100_000));
        let layer = Layer::default()
            .file("a/package.json", "{")
            .file("b/package.json", deep)
            .file("c/package.json", b"\xff");
        let report = layer.scan();
        assert_eq!((report.components.len(), report.faults.len()), (0, 3));
    }
}
