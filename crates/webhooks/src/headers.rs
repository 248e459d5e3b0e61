//! Headers that a receiver wants to be sent along, such as `Authorization`. Their values are secrets.

use std::{collections::HashSet, fmt};

use http::{HeaderName, HeaderValue};

/// The most headers of a hook.
pub const MAX_HEADERS: usize = 16;
/// The longest name, in bytes.
pub const MAX_NAME: usize = 128;
/// The longest value, in bytes: a large JWT fits.
pub const MAX_VALUE: usize = 4096;
/// The most bytes of all names and values together: many servers take 8 KiB of headers, and ours need room too.
pub const MAX_TOTAL: usize = 6144;

/// Of one hop (RFC 9110 section 7.6.1, RFC 9113 section 8.2.2), or about what is ours to say: the host, the length, whom we speak for.
const REFUSED: [&str; 11] = [
    "connection",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "max-forwards",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];
/// The body is ours (`content-type`, `content-length`, …), what proxies need is configured elsewhere, and signatures are no one else's.
const REFUSED_PREFIXES: [&str; 3] = ["content-", "proxy-", "webhook-"];

/// The headers that a hook sends along, each name once, in the order in which they were given. They print without their values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CustomHeaders(Vec<(HeaderName, HeaderValue)>);

/// Why headers cannot be sent along. It never says a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum HeadersError {
    #[error("there are {0} headers, and may be {MAX_HEADERS}")]
    TooMany(usize),
    #[error(
        "a name of a header has 1 to {MAX_NAME} letters, digits and !#$%&'*+-.^_`|~, and no spaces"
    )]
    Name,
    #[error(
        "the value of {0} has at most {MAX_VALUE} visible ASCII characters, and spaces only between them"
    )]
    Value(HeaderName),
    #[error("{0} is set by the registry or by the connection, and cannot be chosen")]
    Refused(HeaderName),
    #[error("{0} is there twice")]
    Twice(HeaderName),
    #[error("the headers have {0} bytes together, and may have {MAX_TOTAL}")]
    TooLong(usize),
}

impl CustomHeaders {
    /// Reads names and values.
    pub fn new<N: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, HeadersError> {
        let pairs: Vec<(N, V)> = pairs.into_iter().collect();
        if pairs.len() > MAX_HEADERS {
            return Err(HeadersError::TooMany(pairs.len()));
        }
        let mut headers = Vec::with_capacity(pairs.len());
        let mut names = HashSet::new();
        for (name, value) in pairs {
            let name = read_name(name.as_ref())?;
            let Some(value) = read_value(value.as_ref()) else {
                return Err(HeadersError::Value(name));
            };
            if !names.insert(name.clone()) {
                return Err(HeadersError::Twice(name));
            }
            headers.push((name, value));
        }
        let total = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        if total > MAX_TOTAL {
            return Err(HeadersError::TooLong(total));
        }
        Ok(Self(headers))
    }

    /// The names, in lower case: what may be shown.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Names and values for a request. The values are marked as sensitive, so that HTTP/2 keeps them out of its tables.
    pub fn expose(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn read_name(text: &str) -> Result<HeaderName, HeadersError> {
    if text.len() > MAX_NAME {
        return Err(HeadersError::Name);
    }
    let name: HeaderName = text.parse().map_err(|_| HeadersError::Name)?;
    let lower = name.as_str();
    let prefixed = REFUSED_PREFIXES
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    if prefixed || REFUSED.contains(&lower) {
        return Err(HeadersError::Refused(name));
    }
    Ok(name)
}

fn read_value(text: &str) -> Option<HeaderValue> {
    let fits = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if text.len() > MAX_VALUE || text.trim() != text || !text.bytes().all(fits) {
        return None;
    }
    let mut value: HeaderValue = text.parse().ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Debug for CustomHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = self.names().map(|name| (name, crate::mask::MASK));
        f.debug_map().entries(masked).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(name: &str, value: &str) -> Result<CustomHeaders, HeadersError> {
        CustomHeaders::new([(name, value)])
    }

    #[test]
    fn what_was_given_is_sent() {
        let given = [
            ("Authorization", "Bearer a b"),
            ("X-Empty", ""),
            ("x-gitlab-token", "s3cr3t"),
        ];
        let headers = CustomHeaders::new(given).unwrap();
        let sent: Vec<_> = headers
            .expose()
            .map(|(name, value)| {
                assert!(value.is_sensitive());
                (name.as_str(), value.to_str().unwrap())
            })
            .collect();
        assert_eq!(
            sent,
            given
                .map(|(name, value)| (name.to_lowercase(), value))
                .each_ref()
                .map(|(name, value)| (name.as_str(), *value))
        );
        assert!(
            headers
                .names()
                .eq(["authorization", "x-empty", "x-gitlab-token"])
        );
        assert!(!headers.is_empty() && CustomHeaders::default().is_empty());
    }

    #[test]
    fn what_is_ours_is_refused() {
        let refused = [
            "Host",
            "Connection",
            "Keep-Alive",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Proxy-Authorization",
            "Proxy-Connection",
            "HTTP2-Settings",
            "Expect",
            "Content-Length",
            "content-type",
            "CONTENT-ENCODING",
            "webhook-id",
            "Webhook-Signature",
            "WEBHOOK-X",
        ];
        for name in refused {
            let error = one(name, "x").expect_err(name);
            assert!(matches!(error, HeadersError::Refused(_)), "{name}");
            assert!(error.to_string().contains(&name.to_lowercase()));
        }
        assert!(one("X-Content-Type", "x").is_ok() && one("Hosted", "x").is_ok());
    }

    #[test]
    fn nothing_gets_between_the_lines() {
        let long = "x".repeat(MAX_NAME + 1);
        for name in [
            "", " x", "x ", "x y", "x:", ":path", "é", "x\r\ny", "x\0", &long,
        ] {
            assert_eq!(one(name, "v"), Err(HeadersError::Name), "{name:?}");
        }
        let long = "x".repeat(MAX_VALUE + 1);
        for value in [
            "a\r\nB: c",
            "a\n",
            "\r",
            "a\0",
            "a\tb",
            "é",
            " a",
            "a ",
            "a\u{7f}",
            &long,
        ] {
            let error = one("x", value).unwrap_err();
            assert!(matches!(error, HeadersError::Value(_)), "{value:?}");
        }
        assert!(one("x", &"x".repeat(MAX_VALUE)).is_ok());
    }

    #[test]
    fn number_and_size_are_bounded() {
        let named = |count: usize, size: usize| {
            CustomHeaders::new((0..count).map(|at| (format!("x{at:03}"), "v".repeat(size))))
        };
        assert!(named(MAX_HEADERS, 10).is_ok());
        assert_eq!(named(17, 10), Err(HeadersError::TooMany(17)));
        assert!(named(2, 3068).is_ok());
        assert_eq!(named(2, 3069), Err(HeadersError::TooLong(6146)));
        let twice = CustomHeaders::new([("X-A", "1"), ("x-a", "2")]);
        assert_eq!(
            twice,
            Err(HeadersError::Twice(HeaderName::from_static("x-a")))
        );
    }

    proptest! {
        #[test]
        fn values_never_show(value in "7Z[!-~]{4,40}") {
            let headers = one("Authorization", &value).unwrap();
            let shown = format!("{headers:?} {headers:#?} {:?}", headers.expose().collect::<Vec<_>>());
            prop_assert!(!shown.contains(&value), "{}", shown);
            prop_assert!(shown.starts_with(r#"{"authorization": "•••"}"#), "{}", shown);
            let error = CustomHeaders::new([("x", value.as_str()), ("x", &value)]).unwrap_err();
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains(&value), "{}", shown);
        }

        #[test]
        fn what_is_taken_is_one_line(name in ".{0,12}", value in ".{0,12}") {
            if let Ok(headers) = one(&name, &value) {
                for (sent_name, sent_value) in headers.expose() {
                    prop_assert_eq!(sent_name.as_str(), name.to_ascii_lowercase());
                    prop_assert_eq!(sent_value.as_bytes(), value.as_bytes());
                    prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
                }
            }
        }
    }
}
