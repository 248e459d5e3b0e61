//! A provider as an administrator sets it up, and what its discovery document says.

use openidconnect::{
    AuthType, AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, IssuerUrl,
    JsonWebKeySet, TokenUrl, core::CoreClient,
};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use url::Url;

use crate::issuer::{Fetch, FetchError, Keys, Metadata, check_url};

/// What an administrator says of a provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// The issuer's URL, to the letter as the provider writes it: `https://idp.example/realms/a`.
    pub issuer: String,
    /// The name under which the provider knows us.
    pub client_id: String,
    /// Our secret there; none for a public client, which PKCE alone protects.
    pub client_secret: Option<SecretString>,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim with the user's name.
    pub username_claim: String,
    /// The claim with the user's groups.
    pub groups_claim: String,
}

/// Why a provider's settings do not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum ProviderError {
    #[error("the issuer is not a URL without query and fragment")]
    Issuer,
    #[error("the issuer: {0}")]
    Insecure(FetchError),
    #[error("the client id is empty")]
    ClientId,
    #[error("the client secret is empty; leave it out for a public client")]
    ClientSecret,
    #[error("{0:?} is not a scope")]
    Scope(String),
    #[error("the name of a claim is empty")]
    Claim,
}

impl Provider {
    /// A provider with the usual scopes (`profile`, `email`) and claims (`preferred_username`, `groups`).
    pub fn new(issuer: &str, client_id: &str, client_secret: Option<SecretString>) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret,
            scopes: vec!["profile".to_owned(), "email".to_owned()],
            username_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
        }
    }

    /// Whether the settings can be saved. A scope is as RFC 6749, appendix A.4, has it.
    pub fn check(&self) -> Result<(), ProviderError> {
        let issuer = Url::parse(&self.issuer).map_err(|_| ProviderError::Issuer)?;
        check_url(&issuer).map_err(ProviderError::Insecure)?;
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(ProviderError::Issuer);
        }
        if self.client_id.is_empty() {
            return Err(ProviderError::ClientId);
        }
        let secret = self.client_secret.as_ref();
        if secret.is_some_and(|secret| secret.expose_secret().is_empty()) {
            return Err(ProviderError::ClientSecret);
        }
        let is_scope = |scope: &str| {
            let fits = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
            !scope.is_empty() && scope.bytes().all(fits)
        };
        if let Some(scope) = self.scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(ProviderError::Scope(scope.clone()));
        }
        if self.username_claim.is_empty() || self.groups_claim.is_empty() {
            return Err(ProviderError::Claim);
        }
        Ok(())
    }
}

/// Where a provider's endpoints and keys are. Keep one for each provider and share it: it refreshes its keys by itself; make it
/// anew when the provider's settings change, and now and then.
#[derive(Debug)]
pub struct Discovery {
    pub(super) issuer: String,
    pub(super) authorization: Url,
    pub(super) token: Url,
    pub(super) userinfo: Option<Url>,
    /// Answers always say who answers (RFC 9207, section 3).
    pub(super) says_issuer: bool,
    pub(super) keys: Keys,
    auth_type: AuthType,
    fetched: OffsetDateTime,
}

/// openidconnect's client with the endpoints that the code flow needs.
pub(super) type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
>;

impl Discovery {
    /// Fetches the discovery document of the provider `issuer`, and its keys.
    pub async fn fetch(
        issuer: &str,
        fetch: &dyn Fetch,
        now: OffsetDateTime,
    ) -> Result<Self, FetchError> {
        let metadata = Metadata::discover(issuer, fetch).await?;
        let missing = FetchError::Incomplete;
        Ok(Self {
            authorization: metadata
                .authorization_endpoint
                .ok_or(missing("authorization_endpoint"))?,
            token: metadata.token_endpoint.ok_or(missing("token_endpoint"))?,
            userinfo: metadata.userinfo_endpoint,
            says_issuer: metadata.authorization_response_iss_parameter_supported,
            auth_type: auth_type(metadata.token_endpoint_auth_methods_supported.as_deref()),
            keys: Keys::fetch(metadata.jwks_uri, fetch, now).await?,
            issuer: metadata.issuer,
            fetched: now,
        })
    }

    /// When it was fetched.
    pub fn fetched(&self) -> OffsetDateTime {
        self.fetched
    }

    /// The client that speaks for us there. `None` only where the issuer is not a URL.
    pub(super) fn client(&self, provider: &Provider) -> Option<Client> {
        let issuer = IssuerUrl::new(self.issuer.clone()).ok()?;
        // Tokens are verified with our own keys, in `issuer::verify`.
        let keys = JsonWebKeySet::default();
        let mut client = CoreClient::new(ClientId::new(provider.client_id.clone()), issuer, keys)
            .set_auth_uri(AuthUrl::from_url(self.authorization.clone()))
            .set_token_uri(TokenUrl::from_url(self.token.clone()))
            .set_auth_type(self.auth_type.clone());
        if let Some(secret) = &provider.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        Some(client)
    }
}

/// How we show our secret: in the header, which is also the default (OIDC Discovery 1.0, section 3), unless the
/// provider only takes it in the body.
fn auth_type(supported: Option<&[String]>) -> AuthType {
    let has =
        |method: &str| supported.is_none_or(|methods| methods.iter().any(|found| found == method));
    if !has("client_secret_basic") && has("client_secret_post") {
        AuthType::RequestBody
    } else {
        AuthType::BasicAuth
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::issuer::testing::{ISSUER, NOW, Web};

    #[test]
    fn settings_are_checked() {
        let good = Provider::new("https://idp.example", "plimsoll", Some("s3cret".into()));
        assert_eq!(good.check(), Ok(()));
        let with = |change: fn(&mut Provider)| {
            let mut provider = good.clone();
            change(&mut provider);
            provider.check()
        };
        assert!(matches!(
            with(|p| p.issuer = "http://idp.example".to_owned()),
            Err(ProviderError::Insecure(_))
        ));
        for issuer in [
            "",
            "idp.example",
            "https://idp.example/?a=b",
            "https://idp.example/#a",
        ] {
            let mut provider = good.clone();
            provider.issuer = issuer.to_owned();
            assert_eq!(provider.check(), Err(ProviderError::Issuer), "{issuer}");
        }
        assert_eq!(with(|p| p.client_id.clear()), Err(ProviderError::ClientId));
        assert_eq!(
            with(|p| p.client_secret = Some("".into())),
            Err(ProviderError::ClientSecret)
        );
        assert_eq!(with(|p| p.client_secret = None), Ok(()));
        assert!(matches!(
            with(|p| p.scopes.push("a b".to_owned())),
            Err(ProviderError::Scope(_))
        ));
        assert_eq!(with(|p| p.groups_claim.clear()), Err(ProviderError::Claim));
    }

    #[test]
    fn prints_no_secret() {
        let provider = Provider::new("https://idp.example", "plimsoll", Some("s3cret".into()));
        assert!(!format!("{provider:?}").contains("s3cret"));
    }

    #[test]
    fn shows_its_secret_as_the_provider_takes_it() {
        let of = |methods: &[&str]| {
            let methods: Vec<_> = methods.iter().map(|&m| m.to_owned()).collect();
            matches!(auth_type(Some(&methods)), AuthType::RequestBody)
        };
        assert!(!of(&["client_secret_basic", "client_secret_post"]));
        assert!(of(&["client_secret_post"]));
        assert!(!of(&["private_key_jwt"]));
        assert!(matches!(auth_type(None), AuthType::BasicAuth));
    }

    #[tokio::test]
    async fn discovery_is_not_taken_on_trust() {
        let web = Web::default();
        let document = "https://idp.example/.well-known/openid-configuration";
        let keys = "https://idp.example/keys";
        let fetch = async || Discovery::fetch(ISSUER, &web, NOW).await.map(|_| ());
        assert!(matches!(fetch().await, Err(FetchError::Unreachable(_))));
        web.put(document, 404, &json!({}));
        assert!(matches!(
            fetch().await,
            Err(FetchError::Status { status: 404, .. })
        ));
        web.put(document, 200, &json!({"issuer": ISSUER}));
        assert!(matches!(fetch().await, Err(FetchError::Json { .. })));
        web.put(
            document,
            200,
            &json!({"issuer": "https://idp.example/", "jwks_uri": keys}),
        );
        assert!(matches!(fetch().await, Err(FetchError::OtherIssuer { .. })));
        web.put(
            document,
            200,
            &json!({"issuer": ISSUER, "jwks_uri": "http://idp.example/keys"}),
        );
        assert!(matches!(fetch().await, Err(FetchError::Insecure(_))));
        web.put(document, 200, &json!({"issuer": ISSUER, "jwks_uri": keys}));
        assert_eq!(
            fetch().await,
            Err(FetchError::Incomplete("authorization_endpoint"))
        );
        web.put(
            document,
            200,
            &json!({"issuer": ISSUER, "x": "y".repeat(crate::issuer::MAX_ANSWER)}),
        );
        assert!(matches!(fetch().await, Err(FetchError::TooLarge(_))));
        assert!(
            Discovery::fetch("http://idp.example", &web, NOW)
                .await
                .is_err(),
            "not over http"
        );
    }
}
