//! rpm's header: an index of tags into a store of values, both big-endian.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::report::{Component, Evidence, Kind, Recorded, SourcePackage};

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const LICENSE: u32 = 1014;
const ARCH: u32 = 1022;
const FILE_DIGESTS: u32 = 1035;
const SOURCE_RPM: u32 = 1044;
const DIRECTORY_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIRECTORY_NAMES: u32 = 1118;
const DIGEST_ALGORITHM: u32 = 5011;

/// Of one package; real ones have thousands.
const MAX_DIRECTORIES: usize = 1 << 18;
/// An index entry.
const ENTRY: usize = 16;

struct Header<'b> {
    index: &'b [u8],
    store: &'b [u8],
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn size(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(word(bytes, at)?).ok()
}

impl<'b> Header<'b> {
    fn parse(blob: &'b [u8]) -> Option<Self> {
        let (entries, stored) = (size(blob, 0)?, size(blob, 4)?);
        let (index, rest) = blob
            .get(8..)?
            .split_at_checked(entries.checked_mul(ENTRY)?)?;
        Some(Self {
            index,
            store: rest.get(..stored)?,
        })
    }

    /// Where the values of a tag begin, and how many there are.
    fn values(&self, tag: u32) -> Option<(&'b [u8], usize)> {
        let entry = self
            .index
            .chunks_exact(ENTRY)
            .find(|entry| word(entry, 0) == Some(tag))?;
        Some((self.store.get(size(entry, 8)?..)?, size(entry, 12)?))
    }

    fn strings(&self, tag: u32) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        let (values, count) = self.values(tag).unwrap_or_default();
        values.split(|byte| *byte == 0).take(count)
    }

    fn string(&self, tag: u32) -> Option<String> {
        let text = String::from_utf8_lossy(self.strings(tag).next()?).into_owned();
        (!text.is_empty() && text != "(none)").then_some(text)
    }

    fn numbers(&self, tag: u32) -> impl Iterator<Item = u32> + use<'b> {
        let (values, count) = self.values(tag).unwrap_or_default();
        values
            .chunks_exact(4)
            .take(count)
            .filter_map(|bytes| word(bytes, 0))
    }
}

/// Adds the package that a header describes.
pub(super) fn package(blob: &[u8], found: &mut Found) -> Result<(), Fault> {
    let header = Header::parse(blob).ok_or(Fault::Malformed("an rpm header"))?;
    let name = header
        .string(NAME)
        .ok_or(Fault::Malformed("an rpm header without a name"))?;
    // the keys that signatures are checked with are kept as packages
    if name == "gpg-pubkey" {
        return Ok(());
    }
    let version = header.string(VERSION).unwrap_or_default();
    let release = header
        .string(RELEASE)
        .map(|release| format!("-{release}"))
        .unwrap_or_default();
    let epoch = header
        .numbers(EPOCH)
        .next()
        .filter(|epoch| *epoch > 0)
        .map(|epoch| format!("{epoch}:"))
        .unwrap_or_default();
    let full = format!("{epoch}{version}{release}");
    let mut component = Component::new(Kind::Rpm, &name, Some(&full), Evidence::Database, "rpm");
    component.architecture = header.string(ARCH);
    component.licences = header
        .string(LICENSE)
        .and_then(|name| Licence::parse(&name))
        .into_iter()
        .collect();
    component.source = header.string(SOURCE_RPM).and_then(|file| source(&file));
    files(&header, &name, found);
    found.add(component);
    Ok(())
}

/// `openssl-1.1.1k-7.el8_6.src.rpm`
fn source(file: &str) -> Option<SourcePackage> {
    let stem = file.strip_suffix(".rpm")?.rsplit_once('.')?.0;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some(SourcePackage {
        name: name.to_owned(),
        version: Some(format!("{version}-{release}")),
    })
}

fn files(header: &Header<'_>, package: &str, found: &mut Found) {
    let directories: Vec<&[u8]> = header
        .strings(DIRECTORY_NAMES)
        .take(MAX_DIRECTORIES)
        .collect();
    let algorithm = header.numbers(DIGEST_ALGORITHM).next().unwrap_or(1);
    let mut digests = header.strings(FILE_DIGESTS);
    for (name, directory) in header
        .strings(BASE_NAMES)
        .zip(header.numbers(DIRECTORY_INDEXES))
    {
        let digest = digests
            .next()
            .map(|digest| String::from_utf8_lossy(digest).to_ascii_lowercase());
        let directory = usize::try_from(directory)
            .ok()
            .and_then(|at| directories.get(at));
        let Some(directory) = directory else { continue };
        let recorded =
            digest
                .filter(|digest| !digest.is_empty())
                .and_then(|digest| match algorithm {
                    1 => Some(Recorded::Md5(digest)),
                    2 => Some(Recorded::Sha1(digest)),
                    8 => Some(Recorded::Sha256(digest)),
                    _ => None,
                });
        found.own(&[directory, name].concat(), Kind::Rpm, package, recorded);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A header of a package with one file.
    pub(in super::super) fn blob(name: &str, directory: &str, file: &str) -> Vec<u8> {
        let digest = "ab".repeat(32);
        let text = |text: &str| [text.as_bytes(), b"\0"].concat();
        let values: [(u32, u32, Vec<u8>); 12] = [
            (NAME, 6, text(name)),
            (VERSION, 6, text("1.1.1k")),
            (RELEASE, 6, text("7.el8_6")),
            (EPOCH, 4, 1_u32.to_be_bytes().to_vec()),
            (LICENSE, 6, text("MIT")),
            (ARCH, 6, text("x86_64")),
            (FILE_DIGESTS, 8, text(&digest)),
            (SOURCE_RPM, 6, text("openssl-1.1.1k-7.el8_6.src.rpm")),
            (DIRECTORY_INDEXES, 4, vec![0; 4]),
            (BASE_NAMES, 8, text(file)),
            (DIRECTORY_NAMES, 8, text(directory)),
            (DIGEST_ALGORITHM, 4, 8_u32.to_be_bytes().to_vec()),
        ];
        let (mut index, mut store) = (Vec::new(), Vec::new());
        for (tag, kind, value) in values {
            let offset = u32::try_from(store.len()).unwrap();
            index.extend([tag, kind, offset, 1].map(u32::to_be_bytes).concat());
            store.extend(value);
        }
        let counts = [index.len() / ENTRY, store.len()]
            .map(|count| u32::try_from(count).unwrap().to_be_bytes());
        [&counts.concat()[..], &index, &store].concat()
    }

    #[test]
    fn a_header_cut_anywhere_is_survived() {
        let blob = blob("a", "/", "b");
        for end in 0..blob.len() {
            assert!(package(&blob[..end], &mut Found::default()).is_err());
            let mut changed = blob.clone();
            changed[end] ^= 0xff;
            drop(package(&changed, &mut Found::default()));
        }
    }

    #[test]
    fn the_key_of_a_signer_is_no_package() {
        let mut found = Found::default();
        package(&blob("gpg-pubkey", "/", "b"), &mut found).unwrap();
        assert!(found.components.is_empty());
    }
}
