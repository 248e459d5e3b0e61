//! The bytes of a layer after decompression, counted: this is where size, ratio and time are bounded.

use super::limits::{Limits, Reason};
use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, ErrorKind, Read};
use std::ops::Range;
use std::rc::Rc;

/// 128 MiB, what `zstd --ultra` needs; more is only asked for by `--long`, or to make us allocate.
const ZSTD_WINDOW_LOG: u32 = 27;
const BUFFER: usize = 64 << 10;
/// What is decompressed at a time: with less, decompressors copy their window again and again; with more, it leaves the cache.
const CHUNK: usize = 128 << 10;
/// How many bytes may pass before the caller is asked whether to go on.
const ASK_EVERY: u64 = 256 << 10;

/// What the caller's reader has given, and the error that it met: that one is the caller's, not the layer's.
#[derive(Clone, Default)]
struct Given {
    bytes: Rc<Cell<u64>>,
    error: Rc<RefCell<Option<io::Error>>>,
}

struct Counted<R> {
    inner: R,
    given: Given,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                self.given
                    .bytes
                    .set(self.given.bytes.get().saturating_add(count as u64));
                Ok(count)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                self.given.error.borrow_mut().get_or_insert(error);
                Err(kind.into())
            }
        }
    }
}

/// A layer's uncompressed bytes.
pub(super) struct Source<'a> {
    inner: Box<dyn Read + 'a>,
    given: Given,
    chunk: Vec<u8>,
    /// What of the chunk has not been consumed.
    left: Range<usize>,
    /// All chunks so far.
    read: u64,
    asked: u64,
    limits: &'a Limits,
    stop: &'a mut dyn FnMut() -> bool,
}

impl<'a> Source<'a> {
    /// Tells gzip, zstd and plain tar apart by their first bytes: media types are written by hand too often.
    pub(super) fn open(
        read: impl Read + 'a,
        media_type: &str,
        limits: &'a Limits,
        stop: &'a mut dyn FnMut() -> bool,
    ) -> Result<Self, Opening> {
        if media_type.ends_with("+encrypted") {
            return Err(Opening::Layer(Reason::MediaType));
        }
        let given = Given::default();
        let mut counted = Counted {
            inner: read,
            given: given.clone(),
        };
        let mut head = Vec::with_capacity(4);
        if let Err(error) = counted.by_ref().take(4).read_to_end(&mut head) {
            return Err(Opening::Caller(given.error.take().unwrap_or(error)));
        }
        let is_zstd = matches!(
            *head.as_slice(),
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18]
        );
        let is_gzip = head.starts_with(&[0x1f, 0x8b]);
        let whole = BufReader::with_capacity(BUFFER, io::Cursor::new(head).chain(counted));
        let inner: Box<dyn Read + 'a> = if is_gzip {
            Box::new(flate2::bufread::MultiGzDecoder::new(whole))
        } else if is_zstd {
            let mut decoder = zstd::Decoder::with_buffer(whole).map_err(Opening::Caller)?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG)
                .map_err(Opening::Caller)?;
            Box::new(decoder)
        } else if media_type.ends_with("gzip") || media_type.ends_with("zstd") {
            return Err(Opening::Layer(Reason::Corrupt(
                "it is neither gzip nor zstd".into(),
            )));
        } else {
            Box::new(whole)
        };
        Ok(Self {
            inner,
            given,
            chunk: vec![0; CHUNK],
            left: 0..0,
            read: 0,
            asked: 0,
            limits,
            stop,
        })
    }

    /// The next bytes, as many as are at hand; none only at the end of the layer.
    pub(super) fn peek(&mut self) -> Result<&[u8], Reason> {
        while self.left.is_empty() {
            let count = match self.inner.read(&mut self.chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Err(Reason::Truncated);
                }
                Err(error) => return Err(Reason::Corrupt(error.to_string())),
            };
            self.account(count as u64)?;
            self.left = 0..count;
        }
        Ok(self.chunk.get(self.left.clone()).unwrap_or_default())
    }

    /// Goes on behind so many of the bytes that were peeked at.
    pub(super) fn consume(&mut self, count: usize) {
        self.left.start = self.left.end.min(self.left.start + count);
    }

    /// Reads until `buffer` is full or the layer ends.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Reason> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let mut next = self.peek()?;
            // a slice never fails
            let count = next.read(rest).unwrap_or_default();
            if count == 0 {
                break;
            }
            self.consume(count);
            filled += count;
        }
        Ok(filled)
    }

    /// Whether the caller wants no more.
    pub(super) fn ask(&mut self) -> Result<(), Reason> {
        if (self.stop)() {
            Err(Reason::Stopped)
        } else {
            Ok(())
        }
    }

    fn account(&mut self, count: u64) -> Result<(), Reason> {
        self.read = self.read.saturating_add(count);
        if self.read > self.limits.uncompressed {
            return Err(Reason::Bytes);
        }
        if self.read > self.limits.ratio_from
            && self.read / self.given.bytes.get().max(1) > self.limits.ratio
        {
            return Err(Reason::Ratio);
        }
        if self.read - self.asked >= ASK_EVERY {
            self.asked = self.read;
            self.ask()?;
        }
        Ok(())
    }

    /// Uncompressed bytes that were consumed so far.
    pub(super) fn taken(&self) -> u64 {
        self.read - self.left.len() as u64
    }

    /// The error of the caller's own reader, if it was that which ended the layer.
    pub(super) fn caller_error(&self) -> Option<io::Error> {
        self.given.error.take()
    }
}

/// Why there is nothing to read.
pub(super) enum Opening {
    /// The layer is at fault.
    Layer(Reason),
    /// The caller's reader is.
    Caller(io::Error),
}
