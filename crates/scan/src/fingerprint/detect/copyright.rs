//! Debian's copyright files: the licences of the machine-readable form (DEP-5), else the common licences that are named.

use super::control::paragraphs;
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use std::collections::BTreeSet;

const COMMON: &str = "/usr/share/common-licenses/";

#[expect(clippy::unnecessary_wraps, reason = "all detectors have one form")]
pub(super) fn detect(path: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let Some(package) = path.parent().map(|directory| directory.name().to_owned()) else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(bytes);
    let mut names = dep5(&text);
    if names.is_empty() {
        names = common(&text);
    }
    let licences: Vec<Licence> = names
        .iter()
        .filter_map(|name| Licence::parse(name))
        .collect();
    if !licences.is_empty() {
        found.copyright = Some((package, licences));
    }
    Ok(())
}

/// Some of them leave out the `Format:` that they begin with.
fn dep5(text: &str) -> BTreeSet<String> {
    paragraphs(text)
        .filter(|paragraph| paragraph.has("Files"))
        .filter_map(|paragraph| paragraph.get("License"))
        .map(str::to_owned)
        .collect()
}

/// `/usr/share/common-licenses/GPL-2` in a sentence. "or any later version" is not looked for, so this is what it names.
fn common(text: &str) -> BTreeSet<String> {
    let after = text.split(COMMON).skip(1);
    let name = |rest: &str| {
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))
            .unwrap_or(rest.len());
        rest.get(..end)
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_owned()
    };
    after.map(name).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licences(text: &str) -> Vec<(String, Option<String>)> {
        let path = LayerPath::parse(b"usr/share/doc/x/copyright", 99, 9)
            .unwrap()
            .unwrap();
        let mut found = Found::default();
        detect(&path, text.as_bytes(), &mut found).unwrap();
        let (package, licences) = found.copyright.unwrap();
        assert_eq!(package, "x");
        licences
            .into_iter()
            .map(|licence| (licence.found, licence.spdx))
            .collect()
    }

    #[test]
    fn prose_names_the_common_licences() {
        let text =
            "see `/usr/share/common-licenses/GPL-2'.\nAlso /usr/share/common-licenses/LGPL-2.1.\n";
        let spdx = |text: &str| Some(text.to_owned());
        assert_eq!(
            licences(text),
            [
                ("GPL-2".into(), spdx("GPL-2.0-only")),
                ("LGPL-2.1".into(), spdx("LGPL-2.1-only"))
            ]
        );
    }

    #[test]
    fn the_machine_readable_form_lists_each_once() {
        let text = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n\n\
            Files:\n a\nLicense: Expat\n text\n\nLicense: GPL-3\n not a file's\n";
        assert_eq!(licences(text), [("Expat".into(), Some("MIT".into()))]);
    }
}
