//! Go: the build information that the linker writes into every binary, inline since Go 1.18 and by pointers before.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::report::{Component, Evidence, Kind};
use object::{File, Object, ObjectSegment};

const MAGIC: &[u8] = b"\xff Go buildinf:";
const HEADER: usize = 32;
/// Larger than any real list of modules.
const MAX_STRING: usize = 4 << 20;

/// Reads the build information of a file that is in memory.
pub(super) fn whole(bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    search(bytes, true, found)
}

/// Reads it in a window of a longer file, where pointers lead nowhere.
pub(in super::super) fn window(bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    search(bytes, false, found)
}

/// Programs that read build information hold the magic as well, so the first that makes sense counts.
fn search(bytes: &[u8], pointers: bool, found: &mut Found) -> Result<(), Fault> {
    for at in memchr::memmem::find_iter(bytes, MAGIC).take(64) {
        let Some(start) = bytes.get(at..) else { break };
        let flags = start.get(15).copied().unwrap_or_default();
        let strings = if flags & 2 != 0 {
            inline(start)
        } else if pointers {
            pointed(bytes, start, flags)?
        } else {
            None
        };
        if let Some((version, modules)) = strings.filter(|(version, _)| is_version(version)) {
            report(&version, &modules, found);
            return Ok(());
        }
    }
    Ok(())
}

fn is_version(text: &str) -> bool {
    text.starts_with("go1") || text.starts_with("devel ")
}

fn inline(start: &[u8]) -> Option<(String, String)> {
    let (version, rest) = sized(start.get(HEADER..)?)?;
    let (modules, _) = sized(rest).unwrap_or_default();
    Some((text(version), text(between_sentinels(modules))))
}

/// A string after its length as a varint.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_usize;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        length |= usize::from(byte & 0x7f).checked_shl(u32::try_from(at * 7).ok()?)?;
        if byte & 0x80 == 0 {
            return (length <= MAX_STRING)
                .then(|| bytes.get(at + 1..)?.split_at_checked(length))
                .flatten();
        }
    }
    None
}

/// Two pointers to string headers, each a pointer and a length.
fn pointed(file: &[u8], start: &[u8], flags: u8) -> Result<Option<(String, String)>, Fault> {
    let size = usize::from(start.get(14).copied().unwrap_or_default());
    if !matches!(size, 4 | 8) {
        return Ok(None);
    }
    let memory = Memory {
        file: File::parse(file)?,
        size,
        big_endian: flags & 1 != 0,
    };
    let string = |at: usize| memory.string(memory.word(start.get(at..)?)?);
    let Some(version) = string(16) else {
        return Ok(None);
    };
    let modules = string(16 + size).unwrap_or_default();
    Ok(Some((text(version), text(between_sentinels(modules)))))
}

struct Memory<'d> {
    file: File<'d>,
    size: usize,
    big_endian: bool,
}

impl<'d> Memory<'d> {
    fn word(&self, bytes: &[u8]) -> Option<u64> {
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let word = bytes.get(..self.size)?.iter();
        Some(if self.big_endian {
            word.fold(0, add)
        } else {
            word.rev().fold(0, add)
        })
    }

    fn at(&self, address: u64, size: u64) -> Option<&'d [u8]> {
        self.file
            .segments()
            .find_map(|segment| segment.data_range(address, size).ok()?)
    }

    fn string(&self, header: u64) -> Option<&'d [u8]> {
        let words = self.at(header, self.size as u64 * 2)?;
        let length = self.word(words.get(self.size..)?)?;
        if length > MAX_STRING as u64 {
            None
        } else {
            self.at(self.word(words)?, length)
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The linker puts 16 bytes before and after the list, so that it is found in memory.
fn between_sentinels(modules: &[u8]) -> &[u8] {
    modules
        .get(16..modules.len().saturating_sub(16))
        .unwrap_or_default()
}

fn report(version: &str, modules: &str, found: &mut Found) {
    // "go1.21.5 X:boringcrypto"
    let release = version
        .split_whitespace()
        .next()
        .and_then(|word| word.strip_prefix("go"));
    found.add(component("stdlib", release));
    let mut dependency: Option<Component> = None;
    for line in modules.lines() {
        let mut fields = line.split('\t');
        let (kind, name, version) = (
            fields.next(),
            fields.next().unwrap_or_default(),
            fields.next(),
        );
        match kind {
            // it was built from this in the place of the one before
            Some("=>") => dependency = Some(component(name, version)),
            Some("mod" | "dep") => {
                if let Some(complete) = dependency.replace(component(name, version)) {
                    found.add(complete);
                }
            }
            _ => {}
        }
    }
    if let Some(complete) = dependency {
        found.add(complete);
    }
}

fn component(name: &str, version: Option<&str>) -> Component {
    let version = version.filter(|version| *version != "(devel)");
    Component::new(Kind::Golang, name, version, Evidence::BuildInfo, "go")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::testing::{Layer, names};

    const MODULES: &str = "path\texample.com/app\nmod\texample.com/app\t(devel)\t\ndep\tgolang.org/x/net\tv0.7.0\th1:abc=\n\
        dep\tgithub.com/old/x\tv1.0.0\n=>\tgithub.com/new/x\tv1.1.0\th1:d=\nbuild\t-compiler=gc\n";

    fn build_info(version: &str) -> Vec<u8> {
        let mut bytes = b"\x7fELF".to_vec();
        bytes.resize(256, 0);
        bytes.extend(MAGIC);
        bytes.extend([8, 2]);
        bytes.resize(256 + HEADER, 0);
        bytes.push(u8::try_from(version.len()).unwrap());
        bytes.extend(version.as_bytes());
        let modules = [&[b'<'; 16], MODULES.as_bytes(), &[b'>'; 16]].concat();
        bytes.extend([
            u8::try_from(modules.len() & 0x7f).unwrap() | 0x80,
            u8::try_from(modules.len() >> 7).unwrap(),
        ]);
        bytes.extend(modules);
        bytes
    }

    const EXPECTED: [&str; 4] = [
        "golang example.com/app ?",
        "golang github.com/new/x v1.1.0",
        "golang golang.org/x/net v0.7.0",
        "golang stdlib 1.20.1",
    ];

    #[test]
    fn inline_build_information_is_read() {
        let report = Layer::default()
            .file("any-name", build_info("go1.20.1"))
            .scan();
        assert_eq!(names(&report), EXPECTED);
        assert!(
            report
                .components
                .iter()
                .all(|found| found.exact == found.version.is_some())
        );
    }

    #[test]
    fn the_magic_alone_is_no_program_of_go() {
        assert!(
            Layer::default()
                .file("x", build_info("no version"))
                .scan()
                .components
                .is_empty()
        );
    }

    #[test]
    fn pointers_are_followed_through_the_segments() {
        // one segment that maps the file at 0x10000
        let mut file = vec![0; 120];
        file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        file[16..24].copy_from_slice(&[2, 0, 62, 0, 1, 0, 0, 0]);
        file[32] = 64;
        file[52..58].copy_from_slice(&[64, 0, 56, 0, 1, 0]);
        file[64] = 1;
        file[80..88].copy_from_slice(&0x10000_u64.to_le_bytes());
        file.extend([0; 8]);
        let at = |offset: usize| (0x10000 + offset as u64).to_le_bytes();
        let info = file.len();
        file.extend([MAGIC, &[8, 0], &at(info + 32), &at(info + 48)].concat());
        let modules = [&[b'<'; 16], MODULES.as_bytes(), &[b'>'; 16]].concat();
        file.extend(
            [
                at(info + 64),
                8_u64.to_le_bytes(),
                at(info + 72),
                (modules.len() as u64).to_le_bytes(),
            ]
            .concat(),
        );
        file.extend([b"go1.20.1", modules.as_slice()].concat());
        let size = (file.len() as u64).to_le_bytes();
        file[96..104].copy_from_slice(&size);
        let report = Layer::default().file("any-name", &file).scan();
        assert_eq!(names(&report), EXPECTED);
        for end in 64..file.len() {
            Layer::default().file("x", &file[..end]).scan();
        }
    }
}
