//! What every reader of documents must withstand; each calls it with a document that it reads.

use super::DocumentError;

/// Cut everywhere, any byte changed, deep in each other, endless lists, keys that are there twice.
#[track_caller]
pub(crate) fn withstands<T>(document: &str, read: impl Fn(&[u8]) -> Result<T, DocumentError>) {
    let bytes = document.trim_end().as_bytes();
    assert!(read(bytes).is_ok(), "{:?}", read(bytes).err());
    for end in 0..bytes.len() {
        assert!(read(&bytes[..end]).is_err(), "cut at {end}");
        let mut changed = bytes.to_vec();
        changed[end] = [0, b'"', b'[', b'{', 0xff][end % 5];
        let _must_not_panic = read(&changed);
    }
    let inside = document.trim_end().strip_suffix('}').unwrap();
    assert!(read(format!("{inside},\"unknown\":[{{\"a\":null}}]}}").as_bytes()).is_ok());
    let deep = |key: &str| {
        let nested = "[".repeat(100_000);
        let _must_not_overflow = read(format!("{{\"{key}\":{nested}").as_bytes());
        let objects = format!("{{\"{key}\":[").repeat(50_000);
        let _must_not_overflow = read(objects.as_bytes());
    };
    for key in [
        "components",
        "packages",
        "statements",
        "vulnerabilities",
        "predicate",
        "unknown",
    ] {
        deep(key);
    }
    let first = first_member(document).unwrap();
    let twice = format!("{inside},{first}}}");
    assert!(read(twice.as_bytes()).is_err(), "{first} is there twice");
    assert!(read(format!("{document}{document}").as_bytes()).is_err());
    assert!(read(b"[]").is_err() && read(b"null").is_err() && read(b"").is_err());
}

/// Every reader looks at it.
fn first_member(document: &str) -> Option<&str> {
    let first = document.trim_start().strip_prefix('{')?;
    first.split_once(',').map(|(member, _)| member.trim())
}
