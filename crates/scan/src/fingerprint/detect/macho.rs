//! Mach-O: what a library calls itself and its build's identifier. The version beside the name follows the interface and
//! not the release, so it tells nothing.

use super::{cargo, go};
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{ExecutableFile, Format};
use crate::fingerprint::signature::soname;
use data_encoding::HEXLOWER;

const FAT: u32 = 0xcafe_babe;
const LC_ID_DYLIB: usize = 0xd;
const LC_UUID: usize = 0x1b;
/// Real files have some dozens.
const MAX_COMMANDS: usize = 4096;
const MAX_NAME: usize = 256;

pub(in super::super) fn structure(bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    cargo::panic_paths(bytes, found);
    let described = commands(bytes, found);
    go::whole(bytes, found).and(described.ok_or(Fault::Malformed("its load commands are cut")))
}

fn commands(bytes: &[u8], found: &mut Found) -> Option<()> {
    let (mut name, mut build_id) = (None, None);
    let file = slice(bytes)?;
    let order = Order::of(file)?;
    let mut at = if order.is_64 { 32 } else { 28 };
    for _ in 0..order.word(file, 16)?.min(MAX_COMMANDS) {
        let command = file.get(at..)?;
        let size = order.word(command, 4)?;
        let content = command.get(..size)?;
        match order.word(command, 0)? {
            LC_ID_DYLIB => name = Some(text(content.get(order.word(content, 8)?..)?)),
            LC_UUID => build_id = Some(HEXLOWER.encode(content.get(8..24)?)),
            _ => {}
        }
        // a command that is shorter than its own head leads nowhere
        at = at.checked_add(size.max(8))?;
    }
    if let Some(component) = name
        .as_deref()
        .and_then(|name| soname::component(&linux_name(name)?, &[]))
    {
        found.add(component);
    }
    found.executable = Some(ExecutableFile {
        path: LayerPath::unnamed(),
        format: Format::MachO,
        size: 0,
        digests: None,
        build_id,
        soname: name,
    });
    Some(())
}

/// The file itself, or the first of those for several processors.
fn slice(bytes: &[u8]) -> Option<&[u8]> {
    let word = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
    if word(0)? != FAT {
        return Some(bytes);
    }
    let (start, size) = (
        usize::try_from(word(16)?).ok()?,
        usize::try_from(word(20)?).ok()?,
    );
    bytes.get(start..start.checked_add(size)?)
}

struct Order {
    is_64: bool,
    is_big: bool,
}

impl Order {
    fn of(file: &[u8]) -> Option<Self> {
        let (is_64, is_big) = match file.first_chunk()? {
            [0xfe, 0xed, 0xfa, 0xce] => (false, true),
            [0xfe, 0xed, 0xfa, 0xcf] => (true, true),
            [0xce, 0xfa, 0xed, 0xfe] => (false, false),
            [0xcf, 0xfa, 0xed, 0xfe] => (true, false),
            _ => return None,
        };
        Some(Self { is_64, is_big })
    }

    fn word(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let word = *bytes.get(at..)?.first_chunk()?;
        let number = if self.is_big {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        };
        usize::try_from(number).ok()
    }
}

fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes)
        .chars()
        .take(MAX_NAME)
        .collect()
}

/// `@rpath/libxml2.2.dylib` is called `libxml2.so.2` elsewhere.
fn linux_name(name: &str) -> Option<String> {
    let file = name.rsplit('/').next()?.strip_suffix(".dylib")?;
    let (stem, version) = file.split_once('.').unwrap_or((file, ""));
    Some(format!("{stem}.so.{version}"))
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names, survives_cuts};

    fn library(name: &str) -> Vec<u8> {
        let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let size = (24 + name.len() + 1).next_multiple_of(8);
        let mut file = [0xcf, 0xfa, 0xed, 0xfe].to_vec();
        file.extend([7, 3, 6, 2, size + 24, 0, 0].map(word).concat());
        file.extend(
            [0xd, size, 24, 2, 0x00a0_0900, 0x00a0_0000]
                .map(word)
                .concat(),
        );
        file.extend(name.as_bytes());
        file.resize(32 + size, 0);
        file.extend([0x1b, 24].map(word).concat());
        file.extend([0xab; 16]);
        file
    }

    #[test]
    fn a_library_is_known_by_its_name() {
        let report = Layer::default()
            .file("x", library("@rpath/libxml2.2.dylib"))
            .scan();
        assert_eq!(report.faults, []);
        assert_eq!(names(&report), ["generic libxml2 ?"]);
        let file = &report.executables[0];
        assert_eq!(file.soname.as_deref(), Some("@rpath/libxml2.2.dylib"));
        assert_eq!(file.build_id, Some("ab".repeat(16)));
    }

    #[test]
    fn the_first_of_several_is_read() {
        let library = library("libmine.dylib");
        let word = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
        let mut fat = [0xcafe_babe, 1, 7, 3, 64, library.len(), 0]
            .map(word)
            .concat();
        fat.resize(64, 0);
        fat.extend(library);
        let report = Layer::default().file("x", fat).scan();
        assert_eq!(
            report.executables[0].soname.as_deref(),
            Some("libmine.dylib")
        );
    }

    #[test]
    fn a_file_cut_anywhere_is_a_fault_at_most() {
        survives_cuts("x", &library("libxml2.2.dylib"));
    }
}
