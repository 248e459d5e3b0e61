//! CPE names, as advisories of NVD key them.
//!
//! Rules: NIST IR 7695, 6.2 (formatted strings, `cpe:2.3:…`) and 6.1 (URIs, `cpe:/a:…`, which are only read).

use crate::fingerprint::Cpe;

/// Longer ones are not read.
const LONGEST: usize = 1_024;

/// The formatted string; `None` for what CPE cannot spell, which is all but ASCII.
pub(super) fn formatted(cpe: &Cpe, version: Option<&str>) -> Option<String> {
    let version = match version {
        Some(version) => quote(version)?,
        None => "*".to_owned(),
    };
    let (vendor, product) = (quote(&cpe.vendor)?, quote(&cpe.product)?);
    Some(format!(
        "cpe:2.3:a:{vendor}:{product}:{version}:*:*:*:*:*:*:*"
    ))
}

/// Lower case, with a backslash before all that is no letter and no digit of CPE.
fn quote(text: &str) -> Option<String> {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'a'..='z' | '0'..='9' | '_' | '.' => quoted.push(character),
            'A'..='Z' => quoted.push(character.to_ascii_lowercase()),
            // alone it would mean "not applicable"
            '-' if text.len() > 1 => quoted.push('-'),
            ' ' => quoted.push('_'),
            other if other.is_ascii_graphic() => quoted.extend(['\\', other]),
            _ => return None,
        }
    }
    (!quoted.is_empty()).then_some(quoted)
}

/// Vendor, product and, where it says one, the version.
pub(super) fn read(text: &str) -> Option<(Cpe, Option<String>)> {
    if text.len() > LONGEST || text.chars().any(char::is_control) {
        return None;
    }
    let mut parts = match text.strip_prefix("cpe:2.3:") {
        Some(rest) => split(rest),
        None => split(text.strip_prefix("cpe:/")?),
    }
    .into_iter();
    let (part, vendor, product) = (parts.next()?, parts.next()?, parts.next()?);
    let says = |text: &str| !matches!(text, "" | "*" | "-");
    if !matches!(part.as_str(), "a" | "o") || !says(&vendor) || !says(&product) {
        return None;
    }
    let version = parts.next().filter(|version| says(version));
    Some((Cpe { vendor, product }, version))
}

/// Splits at colons that no backslash quotes, and takes the quotes away.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match (quoted, character) {
            (false, '\\') => quoted = true,
            (false, ':') => parts.push(String::new()),
            (_, other) => {
                quoted = false;
                if let Some(last) = parts.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpe(vendor: &str, product: &str) -> Cpe {
        Cpe {
            vendor: vendor.into(),
            product: product.into(),
        }
    }

    #[test]
    fn a_name_is_quoted_and_read_back() {
        let text = formatted(&cpe("g++", "a:b-c"), Some("1.0+x*")).unwrap();
        assert_eq!(text, r"cpe:2.3:a:g\+\+:a\:b-c:1.0\+x\*:*:*:*:*:*:*:*");
        assert_eq!(
            read(&text),
            Some((cpe("g++", "a:b-c"), Some("1.0+x*".into())))
        );
        assert_eq!(
            formatted(&cpe("openssl", "openssl"), None).unwrap(),
            "cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*"
        );
        assert_eq!(
            formatted(&cpe("a", "b"), Some("-")).unwrap(),
            r"cpe:2.3:a:a:b:\-:*:*:*:*:*:*:*"
        );
        assert_eq!(
            read("cpe:/a:openssl:openssl:1.0.2k"),
            Some((cpe("openssl", "openssl"), Some("1.0.2k".into())))
        );
    }

    #[test]
    fn what_cannot_be_a_name_is_none() {
        assert_eq!(formatted(&cpe("größe", "x"), None), None);
        assert_eq!(formatted(&cpe("", "x"), None), None);
        assert_eq!(read("cpe:2.3:h:acme:box:1:*:*:*:*:*:*:*"), None);
        assert_eq!(read("cpe:2.3:a:*:box:1"), None);
        assert_eq!(read("cpe:2.3:a"), None);
        assert_eq!(read("openssl"), None);
    }
}
