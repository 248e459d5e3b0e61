//! A tar reader for archives of strangers: ustar, PAX and GNU long names, sparse headers. It reads entries as the runtimes
//! that unpack layers do (Go's archive/tar), so that nothing is unpacked that was not seen here.

use super::limits::Reason;
use super::source::Source;

const BLOCK: usize = 512;
/// What PAX records and long names may take; Go stops at the same size.
const MAX_EXTENSION: u64 = 1 << 20;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    File,
    HardLink,
    Symlink,
    Directory,
    /// A device or pipe.
    Special,
}

/// One header, with its extensions applied.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) kind: EntryKind,
    pub(super) executable: bool,
    /// Bytes that are stored in the archive.
    pub(super) size: u64,
    /// Its holes are not stored, so the stored bytes are not the file.
    pub(super) sparse: bool,
}

/// A key and its value.
type Record = (Vec<u8>, Vec<u8>);

#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
}

pub(super) struct Tar<'a> {
    source: Source<'a>,
    /// Of the current entry's content, then of its padding.
    remaining: u64,
    padding: u64,
}

fn corrupt(what: &str) -> Reason {
    Reason::Corrupt(what.into())
}

impl<'a> Tar<'a> {
    pub(super) fn new(source: Source<'a>) -> Self {
        Self {
            source,
            remaining: 0,
            padding: 0,
        }
    }

    pub(super) fn source(&mut self) -> &mut Source<'a> {
        &mut self.source
    }

    /// The next entry, after skipping what is left of the current one.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Reason> {
        let mut extensions = Extensions::default();
        loop {
            self.source.ask()?;
            self.skip()?;
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let size = number(header.get(124..136))?;
            match header.get(156).copied().unwrap_or_default() {
                b'x' => self
                    .records(size)?
                    .iter()
                    .try_for_each(|(key, value)| extensions.apply(key, value))?,
                // the runtimes do not apply it either
                b'g' => self.set_content(size),
                b'L' => extensions.path = Some(self.long_name(size)?),
                b'K' => extensions.link = Some(self.long_name(size)?),
                flag => return self.entry(&header, flag, size, extensions).map(Some),
            }
        }
    }

    /// Reads on in the current entry's content until `buffer` holds `limit` bytes or the content ends. The buffer grows with
    /// what comes, not with what a header states.
    pub(super) fn read_up_to(&mut self, buffer: &mut Vec<u8>, limit: usize) -> Result<(), Reason> {
        while buffer.len() < limit {
            let room = limit - buffer.len();
            let taken = self.take(room, |bytes| buffer.extend_from_slice(bytes))?;
            if taken == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Hands over what comes next of the content, at most `most` bytes of it; none only at its end.
    fn take(&mut self, most: usize, with: impl FnOnce(&[u8])) -> Result<usize, Reason> {
        let want = usize::try_from(self.remaining)
            .unwrap_or(usize::MAX)
            .min(most);
        if want == 0 {
            return Ok(0);
        }
        let next = self.source.peek()?;
        let next = next.get(..want).unwrap_or(next);
        let count = next.len();
        if count == 0 {
            return Err(Reason::Truncated);
        }
        with(next);
        self.source.consume(count);
        self.remaining -= count as u64;
        Ok(count)
    }

    fn skip(&mut self) -> Result<(), Reason> {
        self.remaining = self
            .remaining
            .saturating_add(std::mem::take(&mut self.padding));
        while self.take(usize::MAX, |_| ())? > 0 {}
        Ok(())
    }

    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, Reason> {
        let mut block = [0; BLOCK];
        match self.source.fill(&mut block)? {
            0 => Ok(None),
            BLOCK => Ok(Some(block)),
            _ => Err(Reason::Truncated),
        }
    }

    /// A checked header; `None` at the end, which is two blocks of zeros or, for the runtimes too, no more bytes.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>, Reason> {
        let Some(block) = self.block()? else {
            return Ok(None);
        };
        if block == [0; BLOCK] {
            return match self.block()? {
                Some(second) if second != [0; BLOCK] => {
                    Err(corrupt("one empty block and then another header"))
                }
                _ => Ok(None),
            };
        }
        let stated = number(block.get(148..156))?;
        let outside = |at: usize| !(148..156).contains(&at);
        let sum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, byte)| if outside(at) { u64::from(*byte) } else { 32 })
            .sum();
        if sum == stated {
            Ok(Some(block))
        } else {
            Err(corrupt("a header's checksum is wrong"))
        }
    }

    fn content(&mut self, size: u64) -> Result<Vec<u8>, Reason> {
        if size > MAX_EXTENSION {
            return Err(corrupt("an extended header is too large"));
        }
        self.set_content(size);
        let mut content = Vec::new();
        self.read_up_to(&mut content, usize::MAX)?;
        Ok(content)
    }

    fn set_content(&mut self, size: u64) {
        self.remaining = size;
        self.padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
    }

    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, Reason> {
        let mut name = self.content(size)?;
        let end = name
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(name.len());
        name.truncate(end);
        Ok(name)
    }

    fn records(&mut self, size: u64) -> Result<Vec<Record>, Reason> {
        let content = self.content(size)?;
        pax_records(&content).ok_or_else(|| corrupt("a PAX record is malformed"))
    }

    fn entry(
        &mut self,
        header: &[u8; BLOCK],
        flag: u8,
        stated: u64,
        extensions: Extensions,
    ) -> Result<Entry, Reason> {
        let path = extensions.path.unwrap_or_else(|| name(header));
        let kind = match flag {
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::Symlink,
            b'3' | b'4' | b'6' => EntryKind::Special,
            b'5' => EntryKind::Directory,
            // as V7 wrote directories
            b'\0' if path.ends_with(b"/") => EntryKind::Directory,
            _ => EntryKind::File,
        };
        let size = match extensions.size {
            Some(size) if stated != 0 && stated != size => {
                return Err(corrupt("two sizes of one entry disagree"));
            }
            Some(size) => size,
            None => stated,
        };
        let sparse = flag == b'S' || extensions.sparse;
        if flag == b'S' {
            self.skip_sparse_map(header)?;
        }
        // whatever size the header of a link or directory states, no content follows
        let size = if kind == EntryKind::File { size } else { 0 };
        self.set_content(size);
        let executable = number(header.get(100..108)).unwrap_or_default() & 0o111 != 0;
        let link = extensions
            .link
            .unwrap_or_else(|| text(header.get(157..257)));
        Ok(Entry {
            path,
            link,
            kind,
            executable,
            size,
            sparse,
        })
    }

    fn skip_sparse_map(&mut self, header: &[u8; BLOCK]) -> Result<(), Reason> {
        let mut more = header.get(482).is_some_and(|flag| *flag != 0);
        while more {
            let block = self.block()?.ok_or(Reason::Truncated)?;
            more = block.get(504).is_some_and(|flag| *flag != 0);
        }
        Ok(())
    }
}

impl Extensions {
    fn apply(&mut self, key: &[u8], value: &[u8]) -> Result<(), Reason> {
        match key {
            b"path" | b"GNU.sparse.name" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value)
                    .ok()
                    .and_then(|text| text.parse().ok());
                self.size = Some(size.ok_or_else(|| corrupt("a PAX size is no number"))?);
            }
            _ => {}
        }
        self.sparse |= key.starts_with(b"GNU.sparse.");
        Ok(())
    }
}

fn text(field: Option<&[u8]>) -> Vec<u8> {
    let field = field.unwrap_or_default();
    field
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default()
        .to_vec()
}

/// The name, with the prefix of those formats that have one.
fn name(header: &[u8; BLOCK]) -> Vec<u8> {
    let name = text(header.get(0..100));
    if header.get(257..263) != Some(b"ustar\0") {
        return name;
    }
    let is_star = header.get(508..512) == Some(b"tar\0");
    let mut full = text(header.get(345..if is_star { 476 } else { 500 }));
    if full.is_empty() {
        return name;
    }
    full.push(b'/');
    full.extend(name);
    full
}

/// Octal text, or base-256 where the first bit is set.
fn number(field: Option<&[u8]>) -> Result<u64, Reason> {
    let field = field.unwrap_or_default();
    let wrong = || corrupt("a number in a header is malformed");
    if let Some((first, rest)) = field.split_first().filter(|(first, _)| **first & 0x80 != 0) {
        if *first & 0x40 != 0 {
            return Err(corrupt("a number in a header is negative"));
        }
        return rest
            .iter()
            .try_fold(u64::from(*first & 0x3f), |sum, byte| {
                sum.checked_mul(256)?.checked_add(u64::from(*byte))
            })
            .ok_or_else(wrong);
    }
    let digits = field
        .split(|byte| *byte == 0)
        .next()
        .unwrap_or_default()
        .trim_ascii();
    digits
        .iter()
        .try_fold(0_u64, |sum, byte| match byte {
            b'0'..=b'7' => sum.checked_mul(8)?.checked_add(u64::from(byte - b'0')),
            _ => None,
        })
        .ok_or_else(wrong)
}

/// `LENGTH KEY=VALUE\n`, again and again.
fn pax_records(mut content: &[u8]) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    while !content.is_empty() {
        let space = content.iter().take(20).position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(content.get(..space)?)
            .ok()?
            .parse()
            .ok()?;
        let (record, rest) = content.split_at_checked(length)?;
        let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
        let equals = record.iter().position(|byte| *byte == b'=')?;
        records.push((
            record.get(..equals)?.to_vec(),
            record.get(equals + 1..)?.to_vec(),
        ));
        content = rest;
    }
    Some(records)
}
