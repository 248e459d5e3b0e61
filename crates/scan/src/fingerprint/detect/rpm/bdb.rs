//! Berkeley DB's hash format, `Packages` of RHEL 8 and older: each header is a value that begins on a page of its own.

use crate::fingerprint::found::Fault;

const HASH_MAGIC: u32 = 0x0006_1561;
const PAGE_HEADER: usize = 26;
const HASH_PAGES: [u8; 2] = [2, 13];
const OVERFLOW_PAGE: u8 = 7;
/// A value that is on overflow pages.
const OFF_PAGE: u8 = 3;

const MALFORMED: Fault = Fault::Malformed("a Berkeley DB database");

struct Database<'f> {
    file: &'f [u8],
    page: usize,
    big_endian: bool,
}

/// Gives each header to `take`.
pub(super) fn blobs(
    file: &[u8],
    mut take: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let database = Database::open(file).ok_or(MALFORMED)?;
    // all values together are no longer than the file, unless pages are told twice
    let mut budget = file.len();
    for page in file.chunks_exact(database.page) {
        if !page.get(25).is_some_and(|kind| HASH_PAGES.contains(kind)) {
            continue;
        }
        let entries = database.u16_at(page, 20).ok_or(MALFORMED)?;
        // keys and values in turn
        for index in (1..entries).step_by(2) {
            let offset = database
                .u16_at(page, PAGE_HEADER + index * 2)
                .ok_or(MALFORMED)?;
            let value = page.get(offset..).ok_or(MALFORMED)?;
            if value.first() == Some(&OFF_PAGE) {
                let blob = database.value(value, budget).ok_or(MALFORMED)?;
                budget -= blob.len();
                take(&blob)?;
            }
        }
    }
    Ok(())
}

impl<'f> Database<'f> {
    fn open(file: &'f [u8]) -> Option<Self> {
        let magic: [u8; 4] = *file.get(12..)?.first_chunk()?;
        let big_endian = u32::from_be_bytes(magic) == HASH_MAGIC;
        if !big_endian && u32::from_le_bytes(magic) != HASH_MAGIC {
            return None;
        }
        let mut database = Self {
            file,
            page: 0,
            big_endian,
        };
        database.page = database.u32_at(file, 20)?;
        (512..=65536).contains(&database.page).then_some(database)
    }

    fn u16_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let word = *bytes.get(at..)?.first_chunk()?;
        Some(usize::from(if self.big_endian {
            u16::from_be_bytes(word)
        } else {
            u16::from_le_bytes(word)
        }))
    }

    fn u32_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let word = *bytes.get(at..)?.first_chunk()?;
        usize::try_from(if self.big_endian {
            u32::from_be_bytes(word)
        } else {
            u32::from_le_bytes(word)
        })
        .ok()
    }

    /// Follows the pages from one to the next. Each must bring bytes, so that circles end.
    fn value(&self, entry: &[u8], most: usize) -> Option<Vec<u8>> {
        let (mut number, length) = (self.u32_at(entry, 4)?, self.u32_at(entry, 8)?);
        let mut value = Vec::new();
        while value.len() < length {
            let start = number.checked_mul(self.page)?;
            let page = self.file.get(start..start.checked_add(self.page)?)?;
            let used = self.u16_at(page, 22)?;
            if *page.get(25)? != OVERFLOW_PAGE || used == 0 || value.len() + used > most {
                return None;
            }
            value.extend(page.get(PAGE_HEADER..PAGE_HEADER + used)?);
            number = self.u32_at(page, 16)?;
        }
        value.truncate(length);
        Some(value)
    }
}
