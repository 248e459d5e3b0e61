//! The `Authorization` header: the schemes `Basic` (RFC 7617), `Bearer` (RFC 6750, section 2.1) and eNZi's `SessionToken`, bounded
//! and strict.

use data_encoding::BASE64;

/// The longest header value that is looked at. Registry tokens with many scopes are the largest thing that comes here.
pub const MAX_HEADER: usize = 16 * 1024;

/// The name and password of an `Authorization: Basic` header.
///
/// `None` where the scheme is another one, the value is too long, is not base64 of UTF-8, or has no colon or no name.
/// The password may be empty and may itself contain colons.
pub fn basic(header: &str) -> Option<(String, String)> {
    let decoded = BASE64
        .decode(credentials(header, "basic")?.as_bytes())
        .ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    let clean = |part: &str| !part.contains(|c: char| c.is_control());
    (!user.is_empty() && clean(user) && clean(password))
        .then(|| (user.to_owned(), password.to_owned()))
}

/// The token of an `Authorization: Bearer` header, unverified.
pub fn bearer(header: &str) -> Option<&str> {
    credentials(header, "bearer").filter(|token| token.bytes().all(|b| b.is_ascii_graphic()))
}

/// The token of an `Authorization: SessionToken` header, unverified.
pub fn session_token(header: &str) -> Option<&str> {
    credentials(header, "sessiontoken").filter(|token| token.bytes().all(|b| b.is_ascii_graphic()))
}

/// What follows the scheme, which is compared without regard to case (RFC 9110, section 11.1).
fn credentials<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    if header.len() > MAX_HEADER {
        return None;
    }
    let (found, rest) = header.split_once(' ')?;
    let rest = rest.trim_matches(' ');
    (found.eq_ignore_ascii_case(scheme) && !rest.is_empty()).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_basic_credentials() {
        let cases = [
            ("Basic YWxpY2U6czNjcmV0", Some(("alice", "s3cret"))),
            ("basic YWxpY2U6czNjcmV0", Some(("alice", "s3cret"))),
            ("BASIC   YWxpY2U6czNjcmV0 ", Some(("alice", "s3cret"))),
            // alice:a:b:c
            ("Basic YWxpY2U6YTpiOmM=", Some(("alice", "a:b:c"))),
            // alice: (no password)
            ("Basic YWxpY2U6", Some(("alice", ""))),
            // :secret (no name)
            ("Basic OnNlY3JldA==", None),
            // no colon
            ("Basic YWxpY2U=", None),
            // bytes ff fe 3a
            ("Basic //46", None),
            // a NUL in the name
            ("Basic YQBiOmM=", None),
            ("Basic !!!!", None),
            ("Basic ", None),
            ("Basic", None),
            ("", None),
            ("Bearer YWxpY2U6czNjcmV0", None),
        ];
        for (header, expected) in cases {
            let expected = expected.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(basic(header), expected, "{header:?}");
        }
    }

    #[test]
    fn reads_bearer_tokens() {
        assert_eq!(bearer("Bearer a.b.c"), Some("a.b.c"));
        assert_eq!(bearer("bearer a.b.c"), Some("a.b.c"));
        assert_eq!(bearer("Bearer a b"), None);
        assert_eq!(bearer("Bearer "), None);
        assert_eq!(bearer("Basic a.b.c"), None);
    }

    #[test]
    fn refuses_what_is_too_long() {
        let header = format!("Bearer {}", "a".repeat(MAX_HEADER));
        assert_eq!(bearer(&header), None);
        let header = format!(
            "Basic {}",
            BASE64.encode(format!("a:{}", "b".repeat(MAX_HEADER)).as_bytes())
        );
        assert_eq!(basic(&header), None);
    }
}
