//! A zip reader over bytes in memory: it walks the central directory, allocates nothing for it, and inflates only what it
//! is asked for, within a budget for all archives of a file.

use super::limits::Limits;
use std::io::Read;

const END: [u8; 4] = *b"PK\x05\x06";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END_BYTES: usize = 22;
const CENTRAL_BYTES: usize = 46;
const LOCAL_BYTES: usize = 30;
/// What the end record with the longest comment takes.
const END_SEARCH: usize = END_BYTES + u16::MAX as usize;

/// What one file of the layer, with all archives within it, may still cost.
pub(super) struct Budget {
    pub(super) bytes: u64,
    pub(super) entries: u64,
    pub(super) depth: usize,
    /// Something was left out.
    pub(super) exceeded: bool,
}

impl Budget {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            bytes: limits.nested_bytes,
            entries: limits.nested_entries,
            depth: limits.nested_depth,
            exceeded: false,
        }
    }
}

/// Whether a file of this name is an archive of code.
pub(super) fn has_archive_name(name: &str) -> bool {
    const ENDINGS: [&str; 13] = [
        "jar", "war", "ear", "par", "sar", "jpi", "hpi", "nar", "aar", "jmod", "whl", "egg", "kar",
    ];
    name.rsplit_once('.').is_some_and(|(_, ending)| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(
        bytes.get(at..)?.first_chunk().copied()?,
    )))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..)?.first_chunk().copied()?)).ok()
}

/// An entry of the central directory.
pub(super) struct Member<'b> {
    pub(super) name: &'b [u8],
    archive: &'b [u8],
    method: usize,
    compressed: usize,
    offset: usize,
    base: usize,
}

/// The entries, or `None` where there is no end record. What stands before the archive is skipped: programs may.
pub(super) fn members(archive: &[u8]) -> Option<impl Iterator<Item = Member<'_>>> {
    let from = archive.len().saturating_sub(END_SEARCH);
    let end = from + memchr::memmem::rfind(archive.get(from..)?, &END)?;
    let size = u32_at(archive, end + 12)?;
    let stated = u32_at(archive, end + 16)?;
    // zip64 says so with all ones; its central directory still ends where its own end records begin
    let start = if stated == u32::MAX as usize || size == u32::MAX as usize {
        zip64_start(archive, end)?
    } else {
        end.checked_sub(size)?
    };
    let base = start
        .checked_sub(stated)
        .filter(|_| stated != u32::MAX as usize)
        .unwrap_or_default();
    let mut at = start;
    Some(std::iter::from_fn(move || {
        let (member, next) = member(archive, at, base)?;
        at = next;
        Some(member)
    }))
}

fn zip64_start(archive: &[u8], end: usize) -> Option<usize> {
    let locator = end.checked_sub(20)?;
    let record = usize::try_from(u64::from_le_bytes(
        *archive.get(locator + 8..)?.first_chunk()?,
    ))
    .ok()?;
    let start = archive.get(record.checked_add(48)?..)?.first_chunk()?;
    usize::try_from(u64::from_le_bytes(*start)).ok()
}

fn member(archive: &[u8], at: usize, base: usize) -> Option<(Member<'_>, usize)> {
    let header = archive.get(at..at.checked_add(CENTRAL_BYTES)?)?;
    if !header.starts_with(&CENTRAL) {
        return None;
    }
    let names = at + CENTRAL_BYTES;
    let name = archive.get(names..names.checked_add(u16_at(header, 28)?)?)?;
    let next = names + name.len() + u16_at(header, 30)? + u16_at(header, 32)?;
    let (method, compressed, offset) = (
        u16_at(header, 10)?,
        u32_at(header, 20)?,
        u32_at(header, 42)?,
    );
    Some((
        Member {
            name,
            archive,
            method,
            compressed,
            offset,
            base,
        },
        next,
    ))
}

impl Member<'_> {
    /// The content, at most `most` bytes of it; `None` where it is corrupt, encrypted, of another method, or too much.
    pub(super) fn read(&self, most: usize, budget: &mut Budget) -> Option<Vec<u8>> {
        let local = self.base.checked_add(self.offset)?;
        let header = self.archive.get(local..local.checked_add(LOCAL_BYTES)?)?;
        let start = local.checked_add(LOCAL_BYTES + u16_at(header, 26)? + u16_at(header, 28)?)?;
        let stored = self
            .archive
            .get(start..start.checked_add(self.compressed)?)?;
        let most = most.min(usize::try_from(budget.bytes).unwrap_or(usize::MAX));
        let mut content = Vec::new();
        let limit = most as u64 + 1;
        match self.method {
            0 => stored.take(limit).read_to_end(&mut content).ok()?,
            8 => flate2::read::DeflateDecoder::new(stored)
                .take(limit)
                .read_to_end(&mut content)
                .ok()?,
            _ => return None,
        };
        budget.bytes = budget.bytes.saturating_sub(content.len() as u64);
        if content.len() > most {
            budget.exceeded = true;
            return None;
        }
        Some(content)
    }
}
