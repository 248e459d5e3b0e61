//! An issuer without a network, for tests: keys, documents, tokens, and a record of what was asked.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aws_lc_rs::{
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaEncoding,
    },
};
use data_encoding::BASE64URL_NOPAD;
use http::{Request, Response};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use super::{Fetch, FetchError, FetchFuture};

pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);
pub(crate) const ISSUER: &str = "https://idp.example";

/// A key that signs, and how it is published.
pub(crate) enum TestKey {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl TestKey {
    pub(crate) fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("key"))
    }

    pub(crate) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("key"))
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        match self {
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig",
                    "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
            Self::Rsa(pair) => {
                let public = pair.public_key();
                json!({"kty": "RSA", "kid": kid, "use": "sig",
                    "n": encode(public.modulus().big_endian_without_leading_zero()),
                    "e": encode(public.exponent().big_endian_without_leading_zero())})
            }
        }
    }

    /// The public key as people have it who try it as an HMAC secret.
    pub(crate) fn public_der(&self) -> Vec<u8> {
        match self {
            Self::Ec(pair) => pair.public_key().as_der().expect("der").as_ref().to_vec(),
            Self::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// The token of `claims`, signed with this key as `alg` says.
    pub(crate) fn sign(&self, kid: &str, alg: &str, claims: &Value) -> String {
        self.sign_with(&json!({"alg": alg, "kid": kid, "typ": "JWT"}), claims)
    }

    pub(crate) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let message = format!("{}.{}", encode(header), encode(claims));
        let random = SystemRandom::new();
        let rsa = |pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &random, message.as_bytes(), &mut signature)
                .expect("signature");
            signature
        };
        let hs256 = |secret: &[u8]| {
            hmac::sign(
                &hmac::Key::new(hmac::HMAC_SHA256, secret),
                message.as_bytes(),
            )
            .as_ref()
            .to_vec()
        };
        let signature = match (self, header["alg"].as_str()) {
            (_, Some("none")) => Vec::new(),
            (_, Some("HS256")) => hs256(&self.public_der()),
            (Self::Ec(pair), _) => pair
                .sign(&random, message.as_bytes())
                .expect("signature")
                .as_ref()
                .to_vec(),
            (Self::Rsa(pair), Some("PS256")) => rsa(pair, &RSA_PSS_SHA256),
            (Self::Rsa(pair), _) => rsa(pair, &RSA_PKCS1_SHA256),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

/// Answers by address, and the requests that came.
#[derive(Default)]
pub(crate) struct Web {
    answers: Mutex<HashMap<String, (u16, Vec<u8>)>>,
    asked: Mutex<Vec<Request<Vec<u8>>>>,
}

impl Web {
    pub(crate) fn put(&self, address: &str, status: u16, body: &Value) {
        let answer = (status, body.to_string().into_bytes());
        lock(&self.answers).insert(address.to_owned(), answer);
    }

    pub(crate) fn remove(&self, address: &str) {
        lock(&self.answers).remove(address);
    }

    /// How many requests for `address` came.
    pub(crate) fn count(&self, address: &str) -> usize {
        lock(&self.asked)
            .iter()
            .filter(|request| request.uri() == address)
            .count()
    }

    /// The last request for `address`.
    pub(crate) fn last(&self, address: &str) -> Request<Vec<u8>> {
        lock(&self.asked)
            .iter()
            .rfind(|request| request.uri() == address)
            .expect("a request")
            .clone()
    }

    /// The documents of an issuer with these keys.
    pub(crate) fn publish(&self, keys: &[Value]) {
        self.put(
            &format!("{ISSUER}/.well-known/openid-configuration"),
            200,
            &json!({
                "issuer": ISSUER,
                "jwks_uri": format!("{ISSUER}/keys"),
                "authorization_endpoint": format!("{ISSUER}/authorize"),
                "token_endpoint": format!("{ISSUER}/token"),
                "userinfo_endpoint": format!("{ISSUER}/userinfo"),
                "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            }),
        );
        self.put(&format!("{ISSUER}/keys"), 200, &json!({"keys": keys}));
    }
}

impl Fetch for Web {
    fn fetch(&self, request: Request<Vec<u8>>) -> FetchFuture<'_> {
        let answer = lock(&self.answers).get(&request.uri().to_string()).cloned();
        lock(&self.asked).push(request);
        Box::pin(async move {
            let (status, body) =
                answer.ok_or_else(|| FetchError::Unreachable("connection refused".to_owned()))?;
            Ok(Response::builder()
                .status(status)
                .header("Content-Type", "application/json")
                .body(body)
                .expect("response"))
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
