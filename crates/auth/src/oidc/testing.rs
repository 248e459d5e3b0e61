//! A provider in memory and a client of it, for the tests beside this.

use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use super::{Callback, Discovery, Identity, OidcError, Pending, Provider, begin, finish};
use crate::issuer::testing::{ISSUER, NOW, TestKey, Web};

pub(super) const TOKEN: &str = "https://idp.example/token";
pub(super) const KEYS: &str = "https://idp.example/keys";
pub(super) const USERINFO: &str = "https://idp.example/userinfo";

/// One provider with one key, called `one`, and our view of it.
pub(super) struct Scene {
    pub(super) web: Web,
    pub(super) key: TestKey,
    pub(super) provider: Provider,
    pub(super) discovery: Discovery,
}

impl Scene {
    pub(super) async fn new(key: TestKey) -> Self {
        let web = Web::default();
        web.publish(&[key.jwk("one")]);
        let provider = Provider::new(ISSUER, "plimsoll", Some("s3cret".into()));
        let discovery = Discovery::fetch(ISSUER, &web, NOW)
            .await
            .expect("discovery");
        Self {
            web,
            key,
            provider,
            discovery,
        }
    }

    pub(super) fn begin(&self) -> (Url, Pending) {
        let back = Url::parse("https://registry.example/signin/oidc").expect("url");
        let random = &mut rand::rng();
        begin(&self.provider, &self.discovery, &back, random, NOW).expect("begun")
    }

    pub(super) async fn finish(
        &self,
        pending: Pending,
        callback: &Callback,
        now: OffsetDateTime,
    ) -> Result<Identity, OidcError> {
        let (provider, discovery) = (&self.provider, &self.discovery);
        finish(provider, discovery, pending, callback, &self.web, now).await
    }

    /// Has the token endpoint answer with this ID token, and finishes.
    pub(super) async fn finish_with(
        &self,
        pending: Pending,
        id_token: &str,
        now: OffsetDateTime,
    ) -> Result<Identity, OidcError> {
        let tokens =
            json!({"access_token": "at-s3cret", "token_type": "Bearer", "id_token": id_token});
        self.web.put(TOKEN, 200, &tokens);
        let callback = answer(&pending);
        self.finish(pending, &callback, now).await
    }

    /// Signs in with the usual claims, changed.
    pub(super) async fn sign_in(
        &self,
        change: impl FnOnce(&mut Value),
    ) -> Result<Identity, OidcError> {
        let (_, pending) = self.begin();
        let mut claims = claims(&pending);
        change(&mut claims);
        let token = self.key.sign("one", "ES256", &claims);
        self.finish_with(pending, &token, NOW).await
    }
}

/// What the browser brings back when all is well.
pub(super) fn answer(pending: &Pending) -> Callback {
    let kept = serde_json::to_value(pending).expect("json");
    Callback {
        state: kept["state"].as_str().expect("state").to_owned(),
        code: Some("the-code".to_owned()),
        iss: None,
        error: None,
    }
}

/// The claims of an ID token that says everything.
pub(super) fn claims(pending: &Pending) -> Value {
    let kept = serde_json::to_value(pending).expect("json");
    let now = NOW.unix_timestamp();
    json!({
        "iss": ISSUER, "sub": "248289761001", "aud": "plimsoll", "exp": now + 300, "iat": now,
        "nonce": kept["nonce"], "preferred_username": "ada", "name": "Ada Lovelace",
        "email": "ada@example.org", "email_verified": "true", "groups": ["engines", "admins"],
    })
}
