//! PHP: Composer's `installed.json`, a list of packages or, since Composer 2, an object with one.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum Installed {
    Two { packages: Vec<Package> },
    One(Vec<Package>),
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    #[serde(default)]
    license: Vec<String>,
}

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let (Installed::Two { packages } | Installed::One(packages)) = serde_json::from_slice(bytes)?;
    for package in packages {
        // tags are written with a v as often as not; the version is without it
        let version = package
            .version
            .as_deref()
            .map(|version| version.strip_prefix('v').unwrap_or(version));
        let mut component = Component::new(
            Kind::Composer,
            &package.name,
            version,
            Evidence::Metadata,
            "composer",
        );
        component.licences = package
            .license
            .iter()
            .filter_map(|name| Licence::parse(name))
            .collect();
        found.add(component);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names};

    #[test]
    fn both_forms_are_read() {
        let layer = Layer::default()
            .file(
                "a/vendor/composer/installed.json",
                r#"{"packages":[{"name":"monolog/monolog","version":"v2.3.0","license":["MIT"]}]}"#,
            )
            .file(
                "b/vendor/composer/installed.json",
                r#"[{"name":"psr/log","version":"1.1.4"}]"#,
            );
        assert_eq!(
            names(&layer.scan()),
            ["composer monolog/monolog 2.3.0", "composer psr/log 1.1.4"]
        );
    }
}
