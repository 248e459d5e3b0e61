//! Rust: the list that `cargo auditable` puts into a binary; without it, the crates whose panics name their source.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::report::{Component, Evidence, Kind};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read;

/// Real lists take a few hundred kilobytes.
const MAX_LIST: u64 = 8 << 20;
const SOURCES: &[u8] = b"/registry/src/";
/// Of an index's directory, a crate's and a version's name.
const MAX_PATH: usize = 300;

#[derive(Deserialize)]
struct List {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    kind: String,
}

/// `.dep-v0`: JSON, compressed with zlib.
pub(super) fn auditable(section: &[u8], found: &mut Found) -> Result<(), Fault> {
    let mut json = Vec::new();
    let decoder = flate2::read::ZlibDecoder::new(section);
    decoder
        .take(MAX_LIST + 1)
        .read_to_end(&mut json)
        .map_err(|_| Fault::Malformed("the list of crates is not zlib"))?;
    if json.len() as u64 > MAX_LIST {
        return Err(Fault::TooLarge);
    }
    let list: List = serde_json::from_slice(&json)?;
    // what only ran at build time is not in the program
    for package in list
        .packages
        .iter()
        .filter(|package| package.kind != "build")
    {
        found.add(Component::new(
            Kind::Cargo,
            &package.name,
            Some(&package.version),
            Evidence::BuildInfo,
            "cargo-auditable",
        ));
    }
    Ok(())
}

/// `/registry/src/index.crates.io-6f17d22bba15001f/serde-1.0.200/src/…`
pub(super) fn panic_paths(bytes: &[u8], found: &mut Found) {
    let mut seen = BTreeSet::new();
    for at in memchr::memmem::find_iter(bytes, SOURCES) {
        let start = at + SOURCES.len();
        let path = bytes
            .get(start..bytes.len().min(start + MAX_PATH))
            .unwrap_or_default();
        let mut parts = path.split(|byte| *byte == b'/');
        if let (Some(_index), Some(source), Some(_rest)) =
            (parts.next(), parts.next(), parts.next())
        {
            seen.extend(std::str::from_utf8(source).ok().and_then(split));
        }
    }
    for (name, version) in seen {
        found.add(Component::new(
            Kind::Cargo,
            name,
            Some(version),
            Evidence::BuildInfo,
            "rust-paths",
        ));
    }
}

/// `rand_core-0.6.4`: the version begins after the first dash that a digit follows and that makes it one.
fn split(directory: &str) -> Option<(&str, &str)> {
    let dash = directory.match_indices('-').map(|(at, _)| at).find(|at| {
        let version = directory.get(at + 1..).unwrap_or_default();
        version
            .split('.')
            .take(3)
            .filter(|part| part.starts_with(|c: char| c.is_ascii_digit()))
            .count()
            == 3
    })?;
    let (name, version) = directory.split_at_checked(dash)?;
    let plain = |text: &str, more: &[char]| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || more.contains(&c))
    };
    let version = version.strip_prefix('-')?;
    (plain(name, &['-', '_']) && plain(version, &['.', '-', '+']) && !name.is_empty())
        .then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::testing;
    use std::io::Write as _;

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_auditable_list_is_read_without_what_only_built() {
        let json = br#"{"packages":[{"name":"serde","version":"1.0.1","source":"crates.io"},{"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"}]}"#;
        let mut found = Found::default();
        auditable(&zlib(json), &mut found).unwrap();
        assert_eq!(found.components.len(), 1);
        assert_eq!(found.components[0].name, "serde");
    }

    #[test]
    fn a_bomb_is_too_large_and_garbage_is_a_fault() {
        let bomb = zlib(&vec![b' '; 9 << 20]);
        assert!(matches!(
            auditable(&bomb, &mut Found::default()),
            Err(Fault::TooLarge)
        ));
        assert!(auditable(&testing::deflate(b"x"), &mut Found::default()).is_err());
    }

    #[test]
    fn crates_are_named_by_their_panics() {
        let text = b"\0/build/cargo/registry/src/index.crates.io-6f17d22bba15001f/rand_core-0.6.4/src/lib.rs\0/registry/src/i/wasi-0.11.0+wasi-snapshot-preview1/x/registry/src/i/bad";
        let mut found = Found::default();
        panic_paths(text, &mut found);
        let names: Vec<_> = found
            .components
            .iter()
            .map(|c| format!("{} {}", c.name, c.version.as_deref().unwrap()))
            .collect();
        assert_eq!(
            names,
            ["rand_core 0.6.4", "wasi 0.11.0+wasi-snapshot-preview1"]
        );
    }
}
