//! An issuer's discovery document: where its endpoints and its keys are.

use serde::Deserialize;
use url::Url;

use super::{
    Fetch, FetchError,
    fetch::{check_url, get},
};

/// What we use of the document (OIDC Discovery 1.0, section 3; RFC 8414, section 2). Only a provider for sign-in
/// needs the endpoints: the document of GitHub Actions has none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) jwks_uri: Url,
    pub(crate) authorization_endpoint: Option<Url>,
    pub(crate) token_endpoint: Option<Url>,
    pub(crate) userinfo_endpoint: Option<Url>,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9207, section 3: answers of the authorization endpoint always have `iss`.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Fetches `<issuer>/.well-known/openid-configuration`. The document must say the same issuer, to the letter (OIDC
    /// Discovery 1.0, section 4.3), and its endpoints must be https.
    pub(crate) async fn discover(issuer: &str, fetch: &dyn Fetch) -> Result<Self, FetchError> {
        let address = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let address = Url::parse(&address).map_err(|_| FetchError::Request)?;
        let metadata: Self = get(fetch, &address, None).await?;
        if metadata.issuer != issuer {
            return Err(FetchError::OtherIssuer {
                expected: issuer.to_owned(),
                found: super::clip(&metadata.issuer),
            });
        }
        let endpoints = [
            Some(&metadata.jwks_uri),
            metadata.authorization_endpoint.as_ref(),
            metadata.token_endpoint.as_ref(),
            metadata.userinfo_endpoint.as_ref(),
        ];
        for endpoint in endpoints.into_iter().flatten() {
            check_url(endpoint)?;
        }
        Ok(metadata)
    }
}
