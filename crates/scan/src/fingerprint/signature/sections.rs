//! Which bytes of an executable can hold a signature: code, symbols and unwinding tables cannot, and are half of it.

use object::elf;
use object::read::elf::{FileHeader, SectionHeader};
use std::ops::Range;

/// Fewer bytes than this are searched rather than left out.
const LEAST: u64 = 4096;

/// The ranges of the file that are worth a search, in order: all of it where the section table does not hold together.
pub(super) fn searched(bytes: &[u8]) -> Vec<Range<usize>> {
    let left_out = match bytes {
        [0x7f, b'E', b'L', b'F', 1, ..] => left_out::<elf::FileHeader32<object::Endianness>>(bytes),
        [0x7f, b'E', b'L', b'F', 2, ..] => left_out::<elf::FileHeader64<object::Endianness>>(bytes),
        _ => None,
    };
    let mut searched = Vec::new();
    let mut at = 0;
    for Range { start, end } in left_out.unwrap_or_default() {
        if at < start {
            searched.push(at..start);
        }
        at = end;
    }
    if at < bytes.len() {
        searched.push(at..bytes.len());
    }
    searched
}

/// What holds no text, in order; `None` when sections overlap or leave the file.
fn left_out<E: FileHeader<Endian = object::Endianness>>(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let header = E::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let table = header.sections(endian, bytes).ok()?;
    let mut sections = Vec::new();
    for section in table.iter() {
        let Some((start, size)) = section.file_range(endian).filter(|(_, size)| *size > 0) else {
            continue;
        };
        let end = start
            .checked_add(size)
            .filter(|end| *end <= bytes.len() as u64)?;
        let name = table.section_name(endian, section).ok()?;
        let is_code = section.sh_flags(endian).0 & elf::SHF_EXECINSTR.0 != 0;
        let is_table = matches!(
            section.sh_type(endian),
            elf::SHT_SYMTAB | elf::SHT_DYNSYM | elf::SHT_RELA | elf::SHT_REL | elf::SHT_GNU_HASH
        );
        let is_debug = name.starts_with(b".debug_") || name == b".strtab";
        let is_unwinding = matches!(name, b".eh_frame" | b".eh_frame_hdr" | b".gopclntab");
        let leave = size >= LEAST && (is_code || is_table || is_debug || is_unwinding);
        sections.push((
            usize::try_from(start).ok()?,
            usize::try_from(end).ok()?,
            leave,
        ));
    }
    sections.sort_unstable();
    let overlap = sections
        .windows(2)
        .any(|pair| matches!(pair, [(_, end, _), (start, ..)] if start < end));
    (!overlap).then(|| {
        sections
            .into_iter()
            .filter(|(.., leave)| *leave)
            .map(|(start, end, _)| start..end)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The program of these tests is an ELF file with much code, and holds this string among its constants.
    #[test]
    fn constants_are_searched_and_code_is_not() {
        const CONSTANT: &str = "a constant that is looked for";
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let searched = searched(&file);
        let bytes: usize = searched.iter().map(Range::len).sum();
        assert!(bytes < file.len() * 3 / 4, "{bytes} of {}", file.len());
        assert!(searched.is_sorted_by_key(|range| range.start));
        let mut parts = searched.iter().map(|range| &file[range.clone()]);
        assert!(parts.any(|part| memchr::memmem::find(part, CONSTANT.as_bytes()).is_some()));
    }

    #[test]
    fn what_has_no_sound_sections_is_searched_whole() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let cut = &file[..file.len() / 2];
        assert_eq!(searched(cut), std::slice::from_ref(&(0..cut.len())));
        let mut overlapping = file.clone();
        let table = u64::from_le_bytes(*overlapping[40..].first_chunk().unwrap());
        let third = usize::try_from(table).unwrap() + 3 * 64;
        // the third section begins where the second does
        overlapping.copy_within(third - 40..third - 32, third + 24);
        assert_eq!(
            searched(&overlapping),
            std::slice::from_ref(&(0..file.len()))
        );
        assert_eq!(searched(b"MZ"), std::slice::from_ref(&(0..2)));
    }
}
