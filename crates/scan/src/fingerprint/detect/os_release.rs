//! `os-release`: which release of which distribution the layer states.

use super::utf8;
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::OsRelease;

pub(super) fn detect(path: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let text = utf8(bytes)?;
    let value = |key: &str| {
        let line = text
            .lines()
            .rev()
            .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
        let value = line.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    found.os = Some(OsRelease {
        id: value("ID").ok_or(Fault::Malformed("no ID"))?,
        id_like: value("ID_LIKE")
            .map(|like| like.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default(),
        version_id: value("VERSION_ID"),
        codename: value("VERSION_CODENAME"),
        pretty_name: value("PRETTY_NAME"),
        path: path.clone(),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::Layer;

    const DEBIAN: &str = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n";

    #[test]
    fn the_release_is_read() {
        let os = Layer::default()
            .file("usr/lib/os-release", DEBIAN)
            .scan()
            .os
            .unwrap();
        assert_eq!(
            (
                os.id.as_str(),
                os.version_id.as_deref(),
                os.codename.as_deref()
            ),
            ("debian", Some("12"), Some("bookworm"))
        );
        assert!(os.id_like.is_empty());
    }

    #[test]
    fn the_administrators_copy_counts_before_the_vendors() {
        let layer = Layer::default()
            .file("etc/os-release", "ID=mine\nID_LIKE='debian linux'\n")
            .file("usr/lib/os-release", DEBIAN);
        let os = layer.scan().os.unwrap();
        assert_eq!((os.id.as_str(), os.id_like.len()), ("mine", 2));
    }

    #[test]
    fn a_release_without_a_name_is_a_fault() {
        let report = Layer::default()
            .file("etc/os-release", "VERSION_ID=1\n")
            .scan();
        assert_eq!((report.os, report.faults.len()), (None, 1));
    }
}
