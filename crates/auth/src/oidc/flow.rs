//! The two halves of a sign-in: to the provider, and back.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use openidconnect::{
    AsyncHttpClient, AuthenticationFlow, AuthorizationCode, CsrfToken, HttpRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, TokenResponse as _,
    core::{CoreErrorResponseType, CoreResponseType, CoreTokenResponse},
};
use rand::{CryptoRng, RngExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use time::{Duration, OffsetDateTime};
use url::Url;

use super::{Discovery, Identity, OidcError, Provider, identity::complete};
use crate::issuer::{Expected, Fetch, FetchError, FetchFuture, IdTokenError, clip, send, verify};

/// How long the person may take at the provider.
pub const PENDING_FOR: Duration = Duration::minutes(10);

/// A sign-in that was begun: for the session of the browser that began it, and to be taken out of it when the answer comes, so
/// that it serves once. It prints no secret.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    issuer: String,
    redirect_uri: String,
    state: String,
    nonce: String,
    verifier: String,
    #[serde(with = "time::serde::timestamp")]
    begun: OffsetDateTime,
}

impl Pending {
    /// The issuer that the browser was sent to.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending")
            .field("issuer", &self.issuer)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}

/// What the browser brings back, as the query of the redirect (RFC 6749, sections 4.1.2 and 4.1.2.1; RFC 9207, section 2).
/// It prints no code.
#[derive(Clone, Default, Deserialize)]
pub struct Callback {
    /// The state that it was sent with.
    #[serde(default)]
    pub state: String,
    /// The authorization code.
    pub code: Option<String>,
    /// Who answers.
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("iss", &self.iss)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Begins a sign-in: the address to send the browser to, and what to keep in its session. `redirect_uri` is where it comes back
/// to, the same as the provider was told.
pub fn begin(
    provider: &Provider,
    discovery: &Discovery,
    redirect_uri: &Url,
    rng: &mut impl CryptoRng,
    now: OffsetDateTime,
) -> Result<(Url, Pending), OidcError> {
    let client = discovery
        .client(provider)
        .ok_or(OidcError::Settings)?
        .set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
    // 43 characters of base64url: 256 random bits, and what RFC 7636, section 4.1, asks of a verifier.
    let mut secret = || BASE64URL_NOPAD.encode(&rng.random::<[u8; 32]>());
    let pending = Pending {
        issuer: discovery.issuer.clone(),
        redirect_uri: redirect_uri.to_string(),
        state: secret(),
        nonce: secret(),
        verifier: secret(),
        begun: now,
    };
    let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(
        pending.verifier.clone(),
    ));
    let (address, _, _) = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        )
        .add_scopes(provider.scopes.iter().cloned().map(Scope::new))
        .set_pkce_challenge(challenge)
        .url();
    Ok((address, pending))
}

/// Finishes a sign-in: who it is, or why not. Nothing of `callback` is looked at before its state is known to be ours.
pub async fn finish(
    provider: &Provider,
    discovery: &Discovery,
    pending: Pending,
    callback: &Callback,
    fetch: &dyn Fetch,
    now: OffsetDateTime,
) -> Result<Identity, OidcError> {
    let code = code(discovery, &pending, callback, now)?;
    let answer = exchange(provider, discovery, &pending, code, fetch).await?;
    let id_token = answer.id_token().ok_or(OidcError::NoIdToken)?.to_string();
    let expected = Expected {
        issuer: &discovery.issuer,
        audience: &provider.client_id,
        other_audiences: true,
        nonce: Some(&pending.nonce),
        max_age: None,
        now,
    };
    let claims = verify(&id_token, &discovery.keys, expected, fetch).await?;
    let access_token = answer.access_token().secret();
    let claims = complete(claims, provider, discovery, access_token, fetch).await?;
    Identity::of(provider, &discovery.issuer, &claims)
}

/// The authorization code, if the answer belongs to what was begun here and comes from whom it was begun with. Which provider
/// answers matters where there are several: RFC 9700, section 4.4 (mix-up attacks).
fn code<'a>(
    discovery: &Discovery,
    pending: &Pending,
    callback: &'a Callback,
    now: OffsetDateTime,
) -> Result<&'a str, OidcError> {
    let same_state = pending.state.as_bytes().ct_eq(callback.state.as_bytes());
    if !bool::from(same_state) {
        return Err(OidcError::State);
    }
    if pending.issuer != discovery.issuer {
        return Err(OidcError::OtherProvider);
    }
    if now - pending.begun > PENDING_FOR {
        return Err(OidcError::Stale);
    }
    match &callback.iss {
        Some(found) if *found != pending.issuer => {
            return Err(OidcError::AnsweredBy {
                expected: pending.issuer.clone(),
                found: clip(found),
            });
        }
        None if discovery.says_issuer => return Err(OidcError::Anonymous),
        Some(_) | None => {}
    }
    if let Some(error) = &callback.error {
        return Err(OidcError::Refused(clip(error)));
    }
    callback
        .code
        .as_deref()
        .filter(|code| !code.is_empty())
        .ok_or(OidcError::NoCode)
}

/// The library's way out. A closure would do, but for a future that may not change threads.
struct Ask<'f>(&'f dyn Fetch);

impl<'c> AsyncHttpClient<'c> for Ask<'_> {
    type Error = FetchError;
    type Future = FetchFuture<'c>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(send(self.0, request))
    }
}

/// Exchanges the code for tokens (OIDC Core 1.0, section 3.1.3).
async fn exchange(
    provider: &Provider,
    discovery: &Discovery,
    pending: &Pending,
    code: &str,
    fetch: &dyn Fetch,
) -> Result<CoreTokenResponse, OidcError> {
    let redirect =
        RedirectUrl::new(pending.redirect_uri.clone()).map_err(|_| OidcError::Settings)?;
    let client = discovery
        .client(provider)
        .ok_or(OidcError::Settings)?
        .set_redirect_uri(redirect);
    client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
        .request_async(&Ask(fetch))
        .await
        .map_err(|error: RequestTokenError<FetchError, _>| match error {
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::ServerResponse(answer) => {
                let code: &CoreErrorResponseType = answer.error();
                OidcError::NotExchanged(clip(code.as_ref()))
            }
            RequestTokenError::Parse(_, answer) => unreadable(&answer),
            RequestTokenError::Other(_) => OidcError::TokenAnswer,
        })
}

/// Whether it is the ID token that cannot be read, or all of the answer. What it says is kept to ourselves: it has tokens in it.
fn unreadable(answer: &[u8]) -> OidcError {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let has = |member| answer.get(member).is_some_and(Value::is_string);
    if has("access_token") && has("id_token") {
        IdTokenError::Malformed.into()
    } else {
        OidcError::TokenAnswer
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
