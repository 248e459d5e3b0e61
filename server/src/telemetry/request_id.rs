//! The id of a request: the client's own where it sent a sane one in `x-request-id`, or else a fresh one.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it, in both directions.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const MAX_LEN: usize = 64;

tokio::task_local! {
    /// The request that is being served.
    static CURRENT: RequestId;
}

/// The id of the request that is being served, if one is.
pub(crate) fn current() -> Option<String> {
    CURRENT.try_with(|id| id.as_str().to_owned()).ok()
}

/// Does a part of what `id` asks for.
pub(super) fn within<T>(id: RequestId, part: impl FnOnce() -> T) -> T {
    CURRENT.sync_scope(id, part)
}

/// Names one request in logs and answers. Handlers find it in the request's extensions.
#[derive(Clone, Copy)]
pub struct RequestId {
    text: [u8; MAX_LEN],
    len: usize,
}

impl RequestId {
    /// The id for a request with these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        headers
            .get(HEADER)
            .and_then(|value| Self::accept(value.as_bytes()))
            .unwrap_or_else(Self::fresh)
    }

    /// A client's id: letters, digits, `-`, `_` and `.`, so that it means nothing in a log or a page.
    fn accept(given: &[u8]) -> Option<Self> {
        let sane = |&b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let mut text = [0; MAX_LEN];
        text.get_mut(..given.len())?.copy_from_slice(given);
        (!given.is_empty() && given.iter().all(sane)).then_some(Self {
            text,
            len: given.len(),
        })
    }

    /// 16 hexadecimal digits, different for every request of this process, and by chance for every process.
    fn fresh() -> Self {
        static SEED: LazyLock<u64> = LazyLock::new(rand::random);
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let mut rest = scramble(SEED.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)));
        let mut text = [0; MAX_LEN];
        for digit in text.iter_mut().take(16) {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        Self { text, len: 16 }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.text.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(self.as_str()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The finalizer of `SplitMix64`: another number for every number, with no order left in it.
fn scramble(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &[u8]) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(
            HEADER,
            HeaderValue::from_bytes(value).expect("a header value"),
        );
        RequestId::of(&headers)
    }

    #[test]
    fn keeps_a_sane_id() {
        for id in [
            "a",
            "0198f0a0-0000-7000-8000-000000000001",
            "A.b_c-9",
            &"x".repeat(64),
        ] {
            assert_eq!(of(id.as_bytes()).as_str(), id);
            assert_eq!(of(id.as_bytes()).header(), id);
        }
    }

    #[test]
    fn replaces_any_other() {
        for id in [
            &b""[..],
            b"a b",
            b"<script>",
            b"a\tb",
            b"\xff",
            b"a;b=c",
            "x".repeat(65).as_bytes(),
        ] {
            let found = of(id);
            assert_eq!(found.as_str().len(), 16, "{id:?} {found}");
            assert!(found.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn fresh_ids_differ() {
        let ids: std::collections::HashSet<_> = (0..1000)
            .map(|_| RequestId::of(&HeaderMap::new()).to_string())
            .collect();
        assert_eq!(ids.len(), 1000);
    }
}
