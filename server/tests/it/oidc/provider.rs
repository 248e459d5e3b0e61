//! An `OpenID` Connect provider on loopback that says what a test wants it to, and signs it; and a browser that goes there.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use axum::{
    Form, Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::util::{Answer, TestApp};

/// What the discovery document's address answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Document {
    Right,
    OtherIssuer,
    Redirect,
    Huge,
    Missing,
}

/// See the module.
pub(crate) struct Provider {
    pub(crate) url: String,
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    key: EcdsaKeyPair,
    codes: Mutex<HashMap<String, Value>>,
    document: Mutex<Document>,
    made: AtomicUsize,
    discovered: AtomicUsize,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            url: url.clone(),
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
            codes: Mutex::default(),
            document: Mutex::new(Document::Right),
            made: AtomicUsize::new(0),
            discovered: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(crate) fn answers(&self, document: Document) {
        *self.shared.document.lock().unwrap() = document;
    }

    /// How often it was discovered.
    pub(crate) fn discovered(&self) -> usize {
        self.shared.discovered.load(Ordering::Relaxed)
    }

    /// A code for who was sent here by `location`: somebody whose subject is `subject`, with these claims besides.
    pub(crate) fn code(&self, location: &str, subject: &str, more: &Value) -> String {
        let sent = query(location);
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let mut claims = json!({
            "iss": self.url, "aud": sent["client_id"], "sub": subject, "nonce": sent["nonce"], "iat": now, "exp": now + 300,
            "name": "Ada Lovelace", "groups": null,
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let code = format!("code-{}", self.shared.made.fetch_add(1, Ordering::Relaxed));
        self.shared
            .codes
            .lock()
            .unwrap()
            .insert(code.clone(), claims);
        code
    }

    /// A token of these claims, signed.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.shared.sign(claims)
    }

    /// Adds it to the registry, under the name `name`.
    pub(crate) async fn register(&self, app: &TestApp, name: &str, more: &Value) {
        let mut form = json!({"name": name, "issuer": self.url, "clientId": "plimsoll", "clientSecret": "s3cret"});
        for (name, value) in more.as_object().unwrap() {
            form[name] = value.clone();
        }
        let call = app.call("POST", "/enzi/v0/config/auth/oidc").by("admin");
        call.json(&form).send().await.expect(201);
    }
}

impl Shared {
    fn sign(&self, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"alg": "ES256", "kid": "one", "typ": "JWT"});
        let message = format!("{}.{}", encode(&header), encode(claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), message.as_bytes())
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    shared.discovered.fetch_add(1, Ordering::Relaxed);
    let url = &shared.url;
    let mut document = json!({
        "issuer": url, "jwks_uri": format!("{url}/keys"), "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
    });
    let wanted = *shared.document.lock().unwrap();
    match wanted {
        Document::Right => {}
        Document::OtherIssuer => document["issuer"] = json!("https://evil.example"),
        Document::Redirect => return Redirect::temporary(&format!("{url}/keys")).into_response(),
        Document::Huge => document["x"] = json!("x".repeat(2 * 1024 * 1024)),
        Document::Missing => return StatusCode::NOT_FOUND.into_response(),
    }
    Json(document).into_response()
}

async fn keys(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let point = shared.key.public_key().as_ref();
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    Json(
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one", "use": "sig",
        "x": encode(&point[1..33]), "y": encode(&point[33..])}]}),
    )
}

async fn token(
    State(shared): State<Arc<Shared>>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    // A code serves once.
    let claims = shared.codes.lock().unwrap().remove(&form["code"]);
    match claims {
        Some(claims) if form["code_verifier"].len() >= 43 => Json(json!({
            "access_token": "at-s3cret", "token_type": "Bearer", "id_token": shared.sign(&claims),
        }))
        .into_response(),
        _ => (
            StatusCode::BAD_REQUEST,
            Json(json!({"error": "invalid_grant"})),
        )
            .into_response(),
    }
}

/// The pairs of an address's query.
pub(crate) fn query(location: &str) -> HashMap<String, String> {
    Url::parse(location)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

/// A browser: it keeps its cookie.
pub(crate) struct Browser<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) cookie: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(app: &'a TestApp) -> Self {
        Self {
            app,
            cookie: String::new(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self
            .app
            .get(path)
            .header("cookie", &self.cookie)
            .send()
            .await;
        self.keep(&answer);
        answer
    }

    pub(crate) async fn post(&mut self, path: &str, form: &Value) -> Answer {
        let call = self.app.call("POST", path).header("cookie", &self.cookie);
        let answer = call.json(form).send().await;
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        if let Some(cookie) = answer.header("set-cookie").split(';').next()
            && !cookie.is_empty()
        {
            cookie.clone_into(&mut self.cookie);
        }
    }

    /// Signs in by password.
    pub(crate) async fn sign_in(&mut self, name: &str) {
        let form = json!({"username": name, "password": crate::util::PASSWORD});
        self.post("/enzi/v0/id/login", &form).await.expect(200);
    }

    /// Goes to the provider: the address it was sent to.
    pub(crate) async fn leave(&mut self, name: &str) -> String {
        let answer = self
            .get(&format!("/sign-in/oidc/{name}?next=/users"))
            .await
            .expect(303);
        answer.header("location").to_owned()
    }

    /// Comes back with a code, and with the state it was sent with: the address it is sent to then.
    pub(crate) async fn come_back(&mut self, name: &str, location: &str, code: &str) -> String {
        let state = &query(location)["state"];
        let path = format!("/sign-in/oidc/{name}/callback?code={code}&state={state}");
        self.get(&path)
            .await
            .expect(303)
            .header("location")
            .to_owned()
    }

    /// There and back, as `subject`: the address it is sent to then.
    pub(crate) async fn by(
        &mut self,
        provider: &Provider,
        name: &str,
        subject: &str,
        more: &Value,
    ) -> String {
        let location = self.leave(name).await;
        assert!(location.starts_with(&provider.url), "{location}");
        let code = provider.code(&location, subject, more);
        self.come_back(name, &location, &code).await
    }

    /// Who is signed in.
    pub(crate) async fn who(&mut self) -> Option<String> {
        let answer = self.get("/enzi/v0/id/").await;
        (answer.status == 200).then(|| answer.json()["name"].as_str().unwrap().to_owned())
    }
}

/// A provider `idp`, which nobody can ask, and who `account` is there: the identity's id.
pub(crate) async fn linked(app: &TestApp, account: uuid::Uuid) -> String {
    let form = r#"{"name":"idp","issuer":"https://127.0.0.1:1","clientId":"a"}"#;
    let call = app.call("POST", "/enzi/v0/config/auth/oidc").by("admin");
    let form: serde_json::Value = serde_json::from_str(form).unwrap();
    call.json(&form).send().await.expect(201);
    let db = &app.state.db;
    let provider = db::identity_providers::find(db, "idp").await.unwrap();
    let known = db::identities::Known {
        provider: provider.unwrap().id,
        issuer: "https://127.0.0.1:1".to_owned(),
        subject: "1".to_owned(),
        username: String::new(),
    };
    let now = time::OffsetDateTime::now_utc();
    db::identities::link(db, account, known, now).await.unwrap();
    let all = db::identities::of_account(db, account).await.unwrap();
    all.first().unwrap().0.id.to_string()
}
