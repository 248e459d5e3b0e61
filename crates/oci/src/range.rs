//! Ranges of bytes: `Content-Range` of an upload's chunk, and `Range` of a download.

use crate::Error;

/// The chunk that a request carries: first and last byte, both inclusive.
///
/// The specification writes `<start>-<end>` (OCI Distribution Specification 1.1, "Pushing a blob in chunks");
/// HTTP's own `bytes <start>-<end>/<total>` is read as well.
///
/// # Errors
/// 416 `RANGE_INVALID` for anything else, and where the end is before the start.
pub fn content_range(header: &str) -> Result<(u64, u64), Error> {
    let malformed = || {
        Error::range_invalid(
            "Content-Range is <first byte>-<last byte>, both counted from 0 and included",
        )
    };
    let text = header.trim();
    let range = match text.strip_prefix("bytes") {
        None => text,
        Some(rest) => {
            let (range, total) = rest.split_once('/').unwrap_or((rest, "*"));
            if total != "*" && number(total).is_none() {
                return Err(malformed());
            }
            range.trim_start_matches([' ', '='])
        }
    };
    let (start, end) = range.split_once('-').ok_or_else(malformed)?;
    match number(start).zip(number(end)) {
        Some((start, end)) if start <= end && end < u64::MAX => Ok((start, end)),
        _ => Err(malformed()),
    }
}

/// What a `Range` header asks of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeRequest {
    /// Everything: answer 200. Also for a header that is malformed, in other units or of several ranges, which a
    /// server may ignore.
    Whole,
    /// Answer 206 with `Content-Range: bytes <start>-<end>/<size>`.
    Part {
        /// The first byte.
        start: u64,
        /// The last byte, inclusive, as HTTP writes it: `end < size`, and the length is `end - start + 1`.
        end: u64,
    },
    /// Nothing of it exists: answer 416 with `Content-Range: bytes */<size>`. Also for a range that ends before it begins,
    /// as the OCI conformance suite wants it.
    Unsatisfiable,
}

/// Reads a `Range` header for a content of `size` bytes (RFC 9110, section 14).
pub fn byte_range(header: &str, size: u64) -> RangeRequest {
    parse_byte_range(header, size).unwrap_or(RangeRequest::Whole)
}

fn parse_byte_range(header: &str, size: u64) -> Option<RangeRequest> {
    let (unit, range) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (start, end) = range.trim().split_once('-')?;
    let part = |start: u64, end: u64| {
        if start < size {
            RangeRequest::Part {
                start,
                end: end.min(size - 1),
            }
        } else {
            RangeRequest::Unsatisfiable
        }
    };
    Some(match (start, end) {
        ("", suffix) => match number(suffix)? {
            0 => RangeRequest::Unsatisfiable,
            length => part(size.saturating_sub(length), u64::MAX),
        },
        (start, "") => part(number(start)?, u64::MAX),
        (start, end) => {
            let (start, end) = (number(start)?, number(end)?);
            if end < start {
                RangeRequest::Unsatisfiable
            } else {
                part(start, end)
            }
        }
    })
}

/// Digits only: `u64::from_str` would take a leading `+`. What is larger than any size counts as the largest number.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use proptest::prelude::*;

    #[test]
    fn chunks() {
        for (header, range) in [
            ("0-0", (0, 0)),
            ("10-19", (10, 19)),
            (" 10-19 ", (10, 19)),
            ("bytes 10-19/*", (10, 19)),
            ("bytes 10-19/20", (10, 19)),
            ("bytes=10-19", (10, 19)),
        ] {
            assert_eq!(content_range(header), Ok(range), "{header:?}");
        }
        for header in [
            "",
            "-",
            "1",
            "5-4",
            "-5",
            "5-",
            "a-b",
            "+1-2",
            "1-2-3",
            "0x1-0x2",
            "1 - 2",
            "bytes */5",
            "bytes 1-2/x",
            "1-2/3",
            "-1--2",
            "0-18446744073709551615",
            "0-99999999999999999999999",
            "\u{661}-\u{662}",
        ] {
            let error = content_range(header).expect_err(header);
            assert_eq!(
                (error.code, error.status),
                (Code::RangeInvalid, 416),
                "{header:?}"
            );
        }
    }

    #[test]
    fn downloads() {
        use RangeRequest::{Part, Unsatisfiable, Whole};
        for (header, size, expected) in [
            ("bytes=0-0", 10, Part { start: 0, end: 0 }),
            ("bytes=0-", 10, Part { start: 0, end: 9 }),
            ("bytes=3-5", 10, Part { start: 3, end: 5 }),
            ("Bytes=3-5", 10, Part { start: 3, end: 5 }),
            ("bytes= 3-5 ", 10, Part { start: 3, end: 5 }),
            ("bytes=3-500", 10, Part { start: 3, end: 9 }),
            (
                "bytes=3-99999999999999999999999999",
                10,
                Part { start: 3, end: 9 },
            ),
            ("bytes=-4", 10, Part { start: 6, end: 9 }),
            ("bytes=-400", 10, Part { start: 0, end: 9 }),
            ("bytes=10-", 10, Unsatisfiable),
            ("bytes=10-11", 10, Unsatisfiable),
            ("bytes=99999999999999999999999999-", 10, Unsatisfiable),
            ("bytes=-0", 10, Unsatisfiable),
            ("bytes=0-", 0, Unsatisfiable),
            ("bytes=-1", 0, Unsatisfiable),
            ("bytes=5-3", 10, Unsatisfiable),
            ("bytes=0-1,3-4", 10, Whole),
            ("bytes=", 10, Whole),
            ("bytes=-", 10, Whole),
            ("bytes=--1", 10, Whole),
            ("bytes=a-b", 10, Whole),
            ("bytes=+1-2", 10, Whole),
            ("items=0-1", 10, Whole),
            ("0-1", 10, Whole),
            ("", 10, Whole),
        ] {
            assert_eq!(byte_range(header, size), expected, "{header:?} of {size}");
        }
    }

    proptest! {
        #[test]
        fn a_part_lies_inside(header in "(bytes=)?[0-9]{0,21}-?[0-9]{0,21}", size: u64) {
            if let RangeRequest::Part { start, end } = byte_range(&header, size) {
                prop_assert!(start <= end && end < size);
            }
        }

        #[test]
        fn a_chunk_is_in_order(header in "(bytes[ =])?[0-9+]{0,21}-?[0-9]{0,21}(/[0-9*]{0,3})?") {
            if let Ok((start, end)) = content_range(&header) {
                prop_assert!(start <= end && end.checked_add(1).is_some());
            }
        }
    }
}
