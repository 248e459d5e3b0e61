//! The head of a request: what is refused before anybody looks at the rest, on every listener alike.

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header, request::Parts,
        uri::Authority,
    },
    response::{IntoResponse as _, Response},
};

use super::MAX_HEADERS;

/// The answer to a head that is not taken.
pub(crate) fn refusal(parts: &Parts) -> Option<Response> {
    if weight(&parts.headers) > MAX_HEADERS {
        return Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response());
    }
    let reason = host(parts).err()?;
    Some((StatusCode::BAD_REQUEST, reason).into_response())
}

/// What headers weigh: names and values with what stands between them in HTTP/1.
fn weight(headers: &HeaderMap) -> usize {
    let weight = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    headers.iter().map(weight).sum()
}

/// RFC 9112, section 3.2: one `Host` in HTTP/1.1, never two, and nothing but a host and a port in it. A proxy in front of us
/// may have read another one of two. HTTP/2 has `:authority`, and HTTP/1.0 need not say either.
fn host(parts: &Parts) -> Result<(), &'static str> {
    let mut values = parts.headers.get_all(header::HOST).iter();
    let Some(value) = values.next() else {
        return if parts.version == Version::HTTP_11 {
            Err("The request has no Host header, which HTTP/1.1 requires.\n")
        } else {
            Ok(())
        };
    };
    if values.next().is_some() {
        return Err("The request has more than one Host header.\n");
    }
    let is_host = |text: &str| {
        text.is_empty()
            || (!text.contains('@') && text.parse::<Authority>().is_ok_and(|host| is_port(&host)))
    };
    if value.to_str().is_ok_and(is_host) {
        Ok(())
    } else {
        Err("The request's Host header is not a host name or address, with or without a port.\n")
    }
}

/// Whether what follows the host is a port, or nothing: the parser takes any digits for one.
fn is_port(authority: &Authority) -> bool {
    let rest = authority.as_str().strip_prefix(authority.host());
    matches!(rest, Some("" | ":")) || authority.port_u16().is_some()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn head(version: Version, hosts: &[&str]) -> Parts {
        let mut request = Request::get("/v2/").version(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        request.body(()).expect("request").into_parts().0
    }

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for host in [
            "",
            "localhost",
            "LOCALHOST:8080",
            "registry.example.com:443",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "a_b.example",
            "example.com:",
        ] {
            assert!(
                refusal(&head(Version::HTTP_11, &[host])).is_none(),
                "{host:?}"
            );
        }
        for host in [
            "a b",
            "user@host",
            "host/path",
            "http://host",
            "host:port",
            "host:99999",
            "host:80:80",
            "::1",
            "[::1",
            "a?b",
            "a#b",
        ] {
            let refused = refusal(&head(Version::HTTP_11, &[host]));
            assert_eq!(
                refused.map(|answer| answer.status()),
                Some(StatusCode::BAD_REQUEST),
                "{host:?}"
            );
        }
    }

    #[test]
    fn one_host_is_required_of_http_1_1_and_two_are_never_taken() {
        for (version, hosts, is_taken) in [
            (Version::HTTP_11, &[][..], false),
            (Version::HTTP_11, &["a"], true),
            (Version::HTTP_11, &["a", "a"], false),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_10, &["a"], true),
            (Version::HTTP_10, &["a", "b"], false),
            (Version::HTTP_2, &[], true),
            (Version::HTTP_2, &["a"], true),
            (Version::HTTP_2, &["a", "b"], false),
        ] {
            assert_eq!(
                refusal(&head(version, hosts)).is_none(),
                is_taken,
                "{version:?} {hosts:?}"
            );
        }
    }
}
