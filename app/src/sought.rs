//! What somebody looks for in all images, told by how it is written. Pure, so that the palette and the page say the same.

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// As the API names it: `cve`, `component`, `license`, `file` or `layer`.
    pub kind: &'static str,
    /// What it is called.
    pub value: String,
    /// Versions of a component; empty for all.
    pub version: String,
}

/// What can be chosen where it is not to be guessed.
pub const KINDS: [(&str, &str); 6] = [
    ("", "Guess what it is"),
    ("cve", "Vulnerability"),
    ("component", "Component"),
    ("license", "Licence"),
    ("file", "File (SHA-256)"),
    ("layer", "Layer (digest)"),
];

/// Beginnings of the names that databases give to flaws.
const DATABASES: [&str; 19] = [
    "ALPINE", "ALSA", "BIT", "DEBIAN", "DLA", "DSA", "ELSA", "GO", "GSD", "MAL", "OSV", "PYSEC",
    "RHSA", "RLSA", "RUSTSEC", "SUSE", "UBUNTU", "USN", "CURL",
];

/// The name of a flaw as databases write it, where the text is one.
#[must_use]
pub fn flaw(text: &str) -> Option<String> {
    let text = text.trim();
    let (database, rest) = text.split_once('-')?;
    let is_name = !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.' | '_'));
    if !is_name {
        return None;
    }
    if database.eq_ignore_ascii_case("cve") && rest.starts_with(|c: char| c.is_ascii_digit()) {
        return Some(text.to_ascii_uppercase());
    }
    if database.eq_ignore_ascii_case("ghsa") {
        return Some(format!("GHSA-{}", rest.to_ascii_lowercase()));
    }
    let is_numbered = rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("CVE-");
    (DATABASES.contains(&database) && is_numbered).then(|| text.to_owned())
}

/// What the text says, where a kind is chosen or none; `None` where it says nothing.
#[must_use]
pub fn read(kind: &str, text: &str) -> Option<Sought> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let one = |kind, value: &str| {
        Some(Sought {
            kind,
            value: value.to_owned(),
            version: String::new(),
        })
    };
    match kind {
        "cve" => return one("cve", text),
        "license" => return one("license", text),
        "file" => return one("file", text),
        "layer" => return one("layer", text),
        "component" => return Some(component(text)),
        _ => {}
    }
    if let Some(name) = flaw(text) {
        return one("cve", &name);
    }
    if text.starts_with("sha256:") {
        return one("layer", text);
    }
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return one("file", text);
    }
    Some(component(text))
}

/// `name`, `name@version`, `name version`, or `name >=1 <2`.
fn component(text: &str) -> Sought {
    let split = if let Some(at) = text.find(['<', '>', '=']) {
        text.split_at(at)
    } else if let Some((name, version)) = text.rsplit_once('@').filter(|(name, _)| !name.is_empty())
    {
        (name, version)
    } else {
        text.rsplit_once(char::is_whitespace)
            .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or((text, ""))
    };
    Sought {
        kind: "component",
        value: split.0.trim().to_owned(),
        version: split.1.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(text: &str) -> (&'static str, String, String) {
        let sought = read("", text).unwrap();
        (sought.kind, sought.value, sought.version)
    }

    #[test]
    fn what_is_looked_for_is_told_by_how_it_is_written() {
        let hash = "a".repeat(64);
        let layer = format!("sha256:{hash}");
        for (text, kind, value, version) in [
            (" cve-2024-5535 ", "cve", "CVE-2024-5535", ""),
            ("GHSA-ABCD-efgh-1234", "cve", "GHSA-abcd-efgh-1234", ""),
            ("DEBIAN-CVE-2024-5535", "cve", "DEBIAN-CVE-2024-5535", ""),
            ("RHSA-2024:1234", "cve", "RHSA-2024:1234", ""),
            (&hash, "file", &hash, ""),
            (&layer, "layer", &layer, ""),
            ("openssl", "component", "openssl", ""),
            ("openssl 3.0.2", "component", "openssl", "3.0.2"),
            ("openssl@3.0.2", "component", "openssl", "3.0.2"),
            ("@babel/core@7.1.0", "component", "@babel/core", "7.1.0"),
            ("@babel/core", "component", "@babel/core", ""),
            ("openssl >=3 <3.0.12", "component", "openssl", ">=3 <3.0.12"),
            ("openssl<2", "component", "openssl", "<2"),
            ("cve-lib", "component", "cve-lib", ""),
            ("go-isatty", "component", "go-isatty", ""),
            ("Visual Basic", "component", "Visual Basic", ""),
        ] {
            assert_eq!(
                guess(text),
                (kind, value.to_owned(), version.to_owned()),
                "{text}"
            );
        }
        assert_eq!(read("", "  "), None);
        assert_eq!(read("license", "MIT").unwrap().kind, "license");
    }
}
