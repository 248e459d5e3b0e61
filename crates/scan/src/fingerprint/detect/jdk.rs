//! Java itself: the `release` file at the root of each JDK and JRE.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Cpe, Evidence, Kind};

#[expect(clippy::unnecessary_wraps, reason = "all detectors have one form")]
pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(bytes);
    let value = |key: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim().trim_matches('"'))
    };
    // other files are called so too
    let Some(version) = value("JAVA_VERSION") else {
        return Ok(());
    };
    let is_oracles = value("IMPLEMENTOR") == Some("Oracle Corporation")
        && value("BUILD_TYPE") == Some("commercial");
    let name = if is_oracles { "jdk" } else { "openjdk" };
    let mut component = Component::new(
        Kind::Generic,
        name,
        Some(version),
        Evidence::Metadata,
        "jdk",
    );
    component.cpes = vec![Cpe {
        vendor: "oracle".into(),
        product: name.into(),
    }];
    found.add(component);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names, survives_cuts};

    const TEMURIN: &str = "IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_RUNTIME_VERSION=\"17.0.9+9\"\nJAVA_VERSION=\"17.0.9\"\n";

    #[test]
    fn a_jdk_is_found_and_another_release_file_is_not() {
        let layer = Layer::default()
            .file("opt/java/openjdk/release", TEMURIN)
            .file("jre/release", "BUILD_TYPE=\"commercial\"\nIMPLEMENTOR=\"Oracle Corporation\"\nJAVA_VERSION=\"1.8.0_391\"\n")
            .file("etc/release", "Something 1.0\n");
        let report = layer.scan();
        assert_eq!(
            names(&report),
            ["generic jdk 1.8.0_391", "generic openjdk 17.0.9"]
        );
        assert_eq!(report.faults, []);
    }

    #[test]
    fn a_file_cut_anywhere_is_survived() {
        survives_cuts("opt/java/openjdk/release", TEMURIN.as_bytes());
    }
}
