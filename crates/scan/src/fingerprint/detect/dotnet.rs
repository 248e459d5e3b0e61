//! .NET: `*.deps.json`, which lists the packages that a program was published with.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Deps {
    #[serde(default)]
    libraries: BTreeMap<String, Library>,
}

#[derive(Deserialize)]
struct Library {
    #[serde(rename = "type", default)]
    kind: String,
}

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let deps: Deps = serde_json::from_slice(bytes)?;
    for (key, library) in &deps.libraries {
        let Some((name, version)) = key.split_once('/') else {
            continue;
        };
        // "project" is the program itself; runtimes are written as runtimepack.Name
        let name = match library.kind.as_str() {
            "package" => name,
            "runtimepack" => name.strip_prefix("runtimepack.").unwrap_or(name),
            _ => continue,
        };
        found.add(Component::new(
            Kind::Nuget,
            name,
            Some(version),
            Evidence::Metadata,
            "dotnet",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names};

    #[test]
    fn packages_and_the_runtime_are_found_and_the_program_is_not() {
        let deps = r#"{"libraries":{"app/1.0.0":{"type":"project"},"Newtonsoft.Json/12.0.1":{"type":"package"},
            "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1":{"type":"runtimepack"}}}"#;
        let report = Layer::default().file("app/app.deps.json", deps).scan();
        assert_eq!(
            names(&report),
            [
                "nuget Microsoft.NETCore.App.Runtime.linux-x64 6.0.1",
                "nuget Newtonsoft.Json 12.0.1"
            ]
        );
    }
}
