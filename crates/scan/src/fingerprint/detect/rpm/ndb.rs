//! rpm's own database, `Packages.db` of SUSE: slots that point to blobs, little-endian.

use crate::fingerprint::found::Fault;

const SLOT: usize = 16;
const PAGE: usize = 4096;
/// What the file's header takes of the first page of slots.
const HEADER: usize = 32;
/// The unit of offsets, and what a blob's own header takes.
const BLOCK: usize = 16;

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

/// Gives each blob to `take`.
pub(super) fn blobs(
    file: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    const MALFORMED: Fault = Fault::Malformed("an ndb database");
    if !file.starts_with(b"RpmP") {
        return Err(MALFORMED);
    }
    let end = word(file, 12)
        .and_then(|pages| pages.checked_mul(PAGE))
        .ok_or(MALFORMED)?;
    let slots = file.get(HEADER..end).ok_or(MALFORMED)?;
    for slot in slots
        .chunks_exact(SLOT)
        .filter(|slot| slot.starts_with(b"Slot"))
    {
        // no package, no blob
        if word(slot, 4) == Some(0) || word(slot, 8) == Some(0) {
            continue;
        }
        take(blob(file, slot).ok_or(MALFORMED)?)?;
    }
    Ok(())
}

fn blob<'f>(file: &'f [u8], slot: &[u8]) -> Option<&'f [u8]> {
    let start = file.get(word(slot, 8)?.checked_mul(BLOCK)?..)?;
    if !start.starts_with(b"BlbS") || word(start, 4) != word(slot, 4) {
        return None;
    }
    start.get(BLOCK..)?.get(..word(start, 12)?)
}
