//! The structure of ELF and PE files: build id, soname, package note and version definitions of ELF, and the sections that
//! compilers leave in both for us to read.

use super::{cargo, go, pe};
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::report::{Component, Evidence, ExecutableFile, Format, Kind};
use crate::fingerprint::signature::soname;
use data_encoding::HEXLOWER;
use object::elf::{self, NoteType};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader};
use object::{File, Object, ObjectSection};
use serde::Deserialize;

/// `.note.package`, as systemd's packaging metadata specification defines it.
const NOTE_PACKAGE: NoteType = NoteType(0xcafe_1a7e);
/// Names of one file beyond these say nothing new.
const MAX_NAMES: usize = 4096;
const MAX_NAME: usize = 256;
/// Of all segments: each could claim the whole file for its notes.
const MAX_NOTES: usize = 4096;
/// Linkers write 8 to 32 bytes.
const MAX_BUILD_ID: usize = 64;

/// Reads what there is to read; the rest of the file is still searched for signatures when this fails.
pub(in super::super) fn structure(bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let go = go::whole(bytes, found);
    let file = match File::parse(bytes) {
        Ok(file) => file,
        Err(error) => {
            cargo::panic_paths(bytes, found);
            return Err(error.into());
        }
    };
    let described = match &file {
        File::Elf32(elf) => details(elf, found),
        File::Elf64(elf) => details(elf, found),
        File::Pe32(file) => pe::version(file, found),
        File::Pe64(file) => pe::version(file, found),
        _ => Ok(()),
    };
    if let Some(section) = file.section_by_name(".dep-v0") {
        return described
            .and(go)
            .and(cargo::auditable(section.data()?, found));
    }
    cargo::panic_paths(bytes, found);
    described.and(go)
}

/// Makes the beginning of a long ELF file readable for itself: segments are described there, sections are not.
pub(in super::super) fn forget_sections(start: &mut [u8]) {
    let fields: [std::ops::Range<usize>; 2] = match start {
        [0x7f, b'E', b'L', b'F', 1, ..] => [32..36, 48..52],
        [0x7f, b'E', b'L', b'F', 2, ..] => [40..48, 60..64],
        _ => return,
    };
    for field in fields {
        start.get_mut(field).unwrap_or_default().fill(0);
    }
}

fn details<E: FileHeader>(file: &ElfFile<'_, E>, found: &mut Found) -> Result<(), Fault> {
    let name = own_name(file)?;
    let mut build_id = None;
    let mut left = MAX_NOTES;
    for segment in file.elf_program_headers() {
        let Some(mut notes) = segment.notes(file.endian(), file.data())? else {
            continue;
        };
        while let Some(note) = notes.next()? {
            left = left
                .checked_sub(1)
                .ok_or(Fault::Malformed("too many notes"))?;
            match note.n_type(file.endian()) {
                elf::NT_GNU_BUILD_ID
                    if note.name() == elf::ELF_NOTE_GNU && note.desc().len() <= MAX_BUILD_ID =>
                {
                    build_id = Some(HEXLOWER.encode(note.desc()));
                }
                NOTE_PACKAGE if note.name() == b"FDO" => package_note(note.desc(), found)?,
                _ => {}
            }
        }
    }
    if let Some(name) = &name
        && let Some(component) = soname::component(name, &defined_versions(file)?)
    {
        found.add(component);
    }
    let path = crate::fingerprint::LayerPath::unnamed();
    found.executable = Some(ExecutableFile {
        path,
        format: Format::Elf,
        size: 0,
        digests: None,
        build_id,
        soname: name,
    });
    Ok(())
}

fn own_name<E: FileHeader>(file: &ElfFile<'_, E>) -> Result<Option<String>, Fault> {
    let dynamic = file.elf_dynamic_table()?;
    let Some(entry) = dynamic.iter().find(|entry| entry.tag == elf::DT_SONAME) else {
        return Ok(None);
    };
    Ok(Some(
        String::from_utf8_lossy(dynamic.string(entry)?)
            .chars()
            .take(MAX_NAME)
            .collect(),
    ))
}

/// The names of `.gnu.version_d`: `LIBXML2_2.9.1` …
fn defined_versions<E: FileHeader>(file: &ElfFile<'_, E>) -> Result<Vec<String>, Fault> {
    let (endian, data, sections) = (file.endian(), file.data(), file.elf_section_table());
    let mut names = Vec::new();
    let Some((mut definitions, strings)) = sections.gnu_verdef(endian, data)? else {
        return Ok(names);
    };
    let strings = sections.strings(endian, data, strings)?;
    while let Some((_, mut auxiliary)) = definitions.next()? {
        if let Some(first) = auxiliary.next()? {
            let name = first.name(endian, strings)?;
            names.push(String::from_utf8_lossy(name.get(..MAX_NAME).unwrap_or(name)).into_owned());
        }
        if names.len() >= MAX_NAMES {
            break;
        }
    }
    Ok(names)
}

#[derive(Deserialize)]
struct PackageNote {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: String,
    version: Option<String>,
    architecture: Option<String>,
}

fn package_note(note: &[u8], found: &mut Found) -> Result<(), Fault> {
    let end = note
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(note.len());
    let note: PackageNote = serde_json::from_slice(note.get(..end).unwrap_or_default())?;
    let kind = match note.kind.as_deref() {
        Some("deb") => Kind::Deb,
        Some("rpm") => Kind::Rpm,
        Some("apk") => Kind::Apk,
        _ => Kind::Generic,
    };
    let mut component = Component::new(
        kind,
        &note.name,
        note.version.as_deref(),
        Evidence::BuildInfo,
        "package-note",
    );
    component.architecture = note.architecture;
    found.add(component);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::testing::Layer;

    /// An ELF of one segment with these notes.
    fn elf(notes: &[u8]) -> Vec<u8> {
        let mut file = vec![0; 120];
        file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        file[16..24].copy_from_slice(&[3, 0, 62, 0, 1, 0, 0, 0]);
        file[32] = 64; // the program header follows the header
        file[52..58].copy_from_slice(&[64, 0, 56, 0, 1, 0]);
        file[64..68].copy_from_slice(&4_u32.to_le_bytes());
        file[72..80].copy_from_slice(&120_u64.to_le_bytes());
        file[96..104].copy_from_slice(&(notes.len() as u64).to_le_bytes());
        file[112] = 4;
        file.extend(notes);
        file
    }

    fn note(name: [u8; 4], kind: u32, content: &[u8]) -> Vec<u8> {
        let mut note = [
            4_u32.to_le_bytes(),
            u32::try_from(content.len()).unwrap().to_le_bytes(),
            kind.to_le_bytes(),
            name,
        ]
        .concat();
        note.extend(content);
        note.resize(note.len().next_multiple_of(4), 0);
        note
    }

    #[test]
    fn the_notes_of_an_elf_file_are_read() {
        let package =
            br#"{"type":"rpm","name":"coreutils","version":"9.1-1.fc37","architecture":"x86_64"}"#;
        let notes = [
            note(*b"GNU\0", 3, &[0xab, 0xcd]),
            note(*b"FDO\0", 0xcafe_1a7e, package),
        ]
        .concat();
        let report = Layer::default().file("bin/x", elf(&notes)).scan();
        assert_eq!(report.faults, []);
        assert_eq!(report.executables[0].build_id.as_deref(), Some("abcd"));
        assert_eq!(
            (
                report.components[0].name.as_str(),
                report.components[0].kind
            ),
            ("coreutils", Kind::Rpm)
        );
    }

    #[test]
    fn a_file_longer_than_the_window_keeps_its_build_id() {
        let mut file = elf(&note(*b"GNU\0", 3, &[0xab]));
        file[40..48].copy_from_slice(&90_000_u64.to_le_bytes());
        file[58..64].copy_from_slice(&[64, 0, 3, 0, 2, 0]);
        file.resize(100_000, 0);
        let limits = crate::fingerprint::Limits {
            window: 70_000,
            ..Default::default()
        };
        let report =
            crate::fingerprint::testing::scan(&Layer::default().file("x", &file).bytes(), &limits);
        assert_eq!(report.faults, []);
        assert_eq!(report.executables[0].build_id.as_deref(), Some("ab"));
    }

    #[test]
    fn a_broken_elf_file_is_a_fault_and_still_an_executable() {
        let whole = elf(&note(*b"GNU\0", 3, &[1; 20]));
        for end in 64..whole.len() {
            let report = Layer::default().file("bin/x", &whole[..end]).scan();
            assert_eq!(report.executables.len(), 1, "{end}");
        }
        let mut wild = whole;
        wild[40..48].copy_from_slice(&u64::MAX.to_le_bytes());
        wild[58..64].copy_from_slice(&[64, 0, 255, 255, 254, 255]);
        let report = Layer::default().file("bin/x", wild).scan();
        assert_eq!((report.executables.len(), report.faults.len()), (1, 1));
    }
}
