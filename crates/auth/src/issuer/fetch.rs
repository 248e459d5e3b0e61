//! The way out: the requests of this crate go through one function that the server hands in, so that it has one place for
//! outgoing HTTP (proxies, extra certificate authorities, addresses that may not be asked) and tests need no network.

use std::pin::Pin;

use http::{
    Request, Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
};
use serde::de::DeserializeOwned;
use url::{Host, Url};

/// The largest answer that is read, in bytes. Discovery documents and key sets take some 10 KiB.
pub const MAX_ANSWER: usize = 1024 * 1024;

/// What [`Fetch::fetch`] answers.
pub type FetchFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, FetchError>> + Send + 'a>>;

/// An HTTP client: one request, one answer.
///
/// It must not follow redirects (an issuer could send us to an address inside), must stop reading after [`MAX_ANSWER`]
/// bytes, and must have a time limit.
pub trait Fetch: Send + Sync {
    /// Sends `request`; answers whatever came back, whatever its status. Errors are [`FetchError::Unreachable`].
    fn fetch(&self, request: Request<Vec<u8>>) -> FetchFuture<'_>;
}

/// An issuer could not be asked, or its answer is not to be used. No message repeats a body or a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum FetchError {
    #[error("the request did not get through: {0}")]
    Unreachable(String),
    #[error("{0} is not an https address (http is only for this machine)")]
    Insecure(String),
    #[error("{url} answered with status {status}")]
    Status { url: String, status: u16 },
    #[error("{0} answered with more than {MAX_ANSWER} bytes")]
    TooLarge(String),
    #[error(
        "the answer of {url} is not the JSON that was expected, at line {line}, column {column}"
    )]
    Json {
        url: String,
        line: usize,
        column: usize,
    },
    #[error("the discovery document is for the issuer {found:?}, not for {expected:?}")]
    OtherIssuer { expected: String, found: String },
    #[error("the discovery document names no {0}")]
    Incomplete(&'static str),
    #[error("the request could not be put together")]
    Request,
}

/// Whether secrets may travel to `url`: https, or http on this machine itself. An issuer's URL must be https (OIDC
/// Discovery 1.0, section 3; RFC 8414, section 2); the exception is for trying things out.
pub(crate) fn check_url(url: &Url) -> Result<(), FetchError> {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let bare = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        "https" if bare && url.has_host() => Ok(()),
        "http" if bare && here => Ok(()),
        _ => Err(FetchError::Insecure(shown(url))),
    }
}

/// Sends a request and bounds the answer.
pub(crate) async fn send(
    fetch: &dyn Fetch,
    request: Request<Vec<u8>>,
) -> Result<Response<Vec<u8>>, FetchError> {
    let url = Url::parse(&request.uri().to_string()).map_err(|_| FetchError::Request)?;
    check_url(&url)?;
    let response = fetch.fetch(request).await?;
    if response.body().len() > MAX_ANSWER {
        return Err(FetchError::TooLarge(shown(&url)));
    }
    Ok(response)
}

/// The JSON at `url`, asked for with an access token where there is one (RFC 6750, section 2.1).
pub(crate) async fn get<T: DeserializeOwned>(
    fetch: &dyn Fetch,
    url: &Url,
    bearer: Option<&str>,
) -> Result<T, FetchError> {
    let mut request = Request::get(url.as_str()).header(ACCEPT, "application/json");
    if let Some(token) = bearer {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Vec::new()).map_err(|_| FetchError::Request)?;
    let response = send(fetch, request).await?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status {
            url: shown(url),
            status: response.status().as_u16(),
        });
    }
    serde_json::from_slice(response.body()).map_err(|e| FetchError::Json {
        url: shown(url),
        line: e.line(),
        column: e.column(),
    })
}

/// A URL for a message: without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    // These fail only for URLs that cannot have credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_over_https_or_this_machine_only() {
        let check = |url: &str| check_url(&Url::parse(url).expect("url"));
        for good in [
            "https://idp.example",
            "https://idp.example:8443/realms/a",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "http://idp.example",
            "http://localhost.evil.example",
            "http://10.0.0.1",
            "ftp://idp.example",
            "file:///etc/passwd",
            "https://user@idp.example",
            "data:text/plain,a",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        let error = check("https://user:s3cret@idp.example/a?token=s3cret").expect_err("refused");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}
