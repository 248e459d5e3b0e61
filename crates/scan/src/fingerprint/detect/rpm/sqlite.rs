//! Enough of SQLite's file format to read the blobs of one table: a stranger's database must not meet C code. Format:
//! <https://www.sqlite.org/fileformat2.html>.

use crate::fingerprint::found::Fault;

const MAGIC: &[u8] = b"SQLite format 3\0";
const FILE_HEADER: usize = 100;
const INTERIOR: u8 = 5;
const LEAF: u8 = 13;
/// Real trees have four levels at most.
const MAX_DEPTH: usize = 16;

const MALFORMED: Fault = Fault::Malformed("an SQLite database");

/// Gives the last column of each row of a table to `take`, a row at a time.
pub(super) fn blobs(
    file: &[u8],
    table: &str,
    mut take: impl FnMut(Vec<u8>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let database = Database::open(file).ok_or(MALFORMED)?;
    let mut root = None;
    let mut schema = Walk {
        database: &database,
        pages: database.pages(),
    };
    schema.rows(1, 0, &mut |record| {
        // type, name, tbl_name, rootpage, sql
        let columns = columns(&record).ok_or(MALFORMED)?;
        let is = |at: usize, text: &str| {
            columns
                .get(at)
                .is_some_and(|column| *column == text.as_bytes())
        };
        if is(0, "table") && is(1, table) {
            root = columns.get(3).map(|number| {
                number
                    .iter()
                    .fold(0, |sum: usize, byte| sum << 8 | usize::from(*byte))
            });
        }
        Ok(())
    })?;
    let mut rows = Walk {
        database: &database,
        pages: database.pages(),
    };
    rows.rows(root.ok_or(MALFORMED)?, 0, &mut |record| {
        let columns = columns(&record).ok_or(MALFORMED)?;
        take(columns.last().ok_or(MALFORMED)?.to_vec())
    })
}

struct Database<'f> {
    file: &'f [u8],
    page: usize,
    /// Bytes of a page that the format may use.
    usable: usize,
}

impl<'f> Database<'f> {
    fn open(file: &'f [u8]) -> Option<Self> {
        if !file.starts_with(MAGIC) {
            return None;
        }
        let page = match u16_at(file, 16)? {
            1 => 65536,
            size if size >= 512 && size.is_power_of_two() => size,
            _ => return None,
        };
        let usable = page
            .checked_sub(usize::from(*file.get(20)?))
            .filter(|usable| *usable >= 480)?;
        Some(Self { file, page, usable })
    }

    /// No walk visits more pages than there are: trees have no circles.
    fn pages(&self) -> usize {
        self.file.len() / self.page
    }

    fn page(&self, number: usize) -> Option<&'f [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        self.file.get(start..start.checked_add(self.usable)?)
    }

    /// A leaf's cell: the length, the row's number, and what does not fit is on overflow pages.
    fn record(&self, page: &[u8], cell: usize) -> Option<Vec<u8>> {
        let (length, rest) = varint(page.get(cell..)?)?;
        let (_row, rest) = varint(rest)?;
        let length = usize::try_from(length)
            .ok()
            .filter(|length| *length <= self.file.len())?;
        let most = self.usable - 35;
        if length <= most {
            return Some(rest.get(..length)?.to_vec());
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let wanted = least + (length - least) % (self.usable - 4);
        let local = if wanted <= most { wanted } else { least };
        let mut record = rest.get(..local)?.to_vec();
        let mut next = u32_at(rest, local)?;
        // each page brings bytes, so the length bounds a circle too
        while record.len() < length {
            let overflow = self.page(next)?;
            next = u32_at(overflow, 0)?;
            let content = overflow.get(4..)?;
            record.extend(content.get(..content.len().min(length - record.len()))?);
        }
        Some(record)
    }
}

struct Walk<'d> {
    database: &'d Database<'d>,
    /// How many may still be visited.
    pages: usize,
}

impl Walk<'_> {
    fn rows(
        &mut self,
        number: usize,
        depth: usize,
        take: &mut dyn FnMut(Vec<u8>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.pages = self
            .pages
            .checked_sub(1)
            .filter(|_| depth < MAX_DEPTH)
            .ok_or(MALFORMED)?;
        let page = self.database.page(number).ok_or(MALFORMED)?;
        let start = if number == 1 { FILE_HEADER } else { 0 };
        let kind = *page.get(start).ok_or(MALFORMED)?;
        let count = u16_at(page, start + 3).ok_or(MALFORMED)?;
        let cells = start + if kind == INTERIOR { 12 } else { 8 };
        for index in 0..count {
            let cell = u16_at(page, cells + index * 2).ok_or(MALFORMED)?;
            match kind {
                LEAF => take(self.database.record(page, cell).ok_or(MALFORMED)?)?,
                INTERIOR => self.rows(u32_at(page, cell).ok_or(MALFORMED)?, depth + 1, take)?,
                _ => return Err(MALFORMED),
            }
        }
        match kind {
            INTERIOR => self.rows(u32_at(page, start + 8).ok_or(MALFORMED)?, depth + 1, take),
            LEAF => Ok(()),
            _ => Err(MALFORMED),
        }
    }
}

/// A record: the header's length, the types of the columns, and the columns.
fn columns(record: &[u8]) -> Option<Vec<&[u8]>> {
    let (length, _) = varint(record)?;
    let (header, mut body) = record.split_at_checked(usize::try_from(length).ok()?)?;
    let (_, mut types) = varint(header)?;
    let mut columns = Vec::new();
    while !types.is_empty() {
        let (kind, rest) = varint(types)?;
        types = rest;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let (column, rest) = body.split_at_checked(usize::try_from(size).ok()?)?;
        columns.push(column);
        body = rest;
    }
    Some(columns)
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((value << 8 | u64::from(*byte), bytes.get(9..)?));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(
        *bytes.get(at..)?.first_chunk()?,
    )))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}
