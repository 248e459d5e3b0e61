//! Keys whose private half is shown, and keys that are only claimed.

use aws_lc_rs::{
    encoding::AsDer as _,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    key_of,
    uploads::{id, upload, uploaded},
};
use crate::util::{Answer, TestApp};

/// A key whose private half is here.
pub(crate) enum Held {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl Held {
    pub(crate) fn new() -> Self {
        Self::on(&ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    fn on(curve: &'static EcdsaSigningAlgorithm) -> Self {
        Self::Ecdsa(EcdsaKeyPair::generate(curve).expect("a key"))
    }

    pub(crate) fn pem(&self) -> String {
        let der = match self {
            Self::Ecdsa(pair) => pair.public_key().as_der().expect("DER").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.public_key().as_der().expect("DER").as_ref().to_vec(),
            Self::Rsa(pair) => {
                let key = pair.public_key();
                aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::PublicKeyX509Der>::as_der(key)
                    .expect("DER")
                    .as_ref()
                    .to_vec()
            }
        };
        let text = STANDARD.encode(der);
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    pub(crate) fn proof(&self, statement: &str) -> String {
        let (rng, message) = (SystemRandom::new(), statement.as_bytes());
        STANDARD.encode(match self {
            Self::Ecdsa(pair) => pair
                .sign(&rng, message)
                .expect("a signature")
                .as_ref()
                .to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &rng, message, &mut signature)
                    .expect("a signature");
                signature
            }
        })
    }
}

pub(super) async fn change(app: &TestApp, who: &str, id: &str, form: Value) -> Answer {
    let call = app.call("PATCH", &key_of(who, id)).by(who);
    call.json(&form).send().await
}

pub(super) fn statement(key: &Value) -> &str {
    key["proofStatement"].as_str().expect("a statement")
}

#[tokio::test]
async fn only_a_proven_key_is_designated() {
    let app = TestApp::new().await;
    let held = [
        Held::new(),
        Held::on(&ECDSA_P384_SHA384_ASN1_SIGNING),
        Held::Ed25519(Ed25519KeyPair::generate().expect("a key")),
        Held::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")),
    ];
    for held in held {
        let key = uploaded(&app, "alice", &held.pem()).await;
        let refused = change(&app, "alice", id(&key), json!({"isSigningKey": true})).await;
        let refused = refused.expect(409);
        assert_eq!(refused.code(), "PUBLIC_KEY_NOT_PROVEN");
        assert!(refused.message().contains(statement(&key)));
        let spoiled = [
            held.proof(&statement(&key).replace("account ", "account 0")),
            Held::new().proof(statement(&key)),
            "AAAA".to_owned(),
            "ä".repeat(1_000),
            String::new(),
        ];
        for proof in spoiled {
            let refused = change(&app, "alice", id(&key), json!({"proof": proof})).await;
            let refused = refused.expect(400);
            assert!(refused.message().contains("openssl dgst -sha256 -sign"));
        }
        let proof = held.proof(statement(&key));
        let broken = format!("{}\n{}\n", &proof[..40], &proof[40..]);
        let form = json!({"isSigningKey": true, "proof": broken});
        let proven = change(&app, "alice", id(&key), form)
            .await
            .expect(200)
            .json();
        assert_eq!(proven["isSigningKey"], true);
        assert_eq!(proven["proofStatement"], Value::Null);
    }
}

#[tokio::test]
async fn a_key_goes_to_who_proves_it() {
    let app = TestApp::new().await;
    let held = Held::new();
    let claimed = uploaded(&app, "bob", &held.pem()).await;
    let form = |proof: &str| json!({"publicKey": held.pem(), "label": "mine", "proof": proof});
    let bobs = held.proof(statement(&claimed));
    let replayed = upload(&app, "alice", form(&bobs)).await.expect(400);
    assert!(replayed.message().contains("plimsoll key "));
    let path = "/enzi/v0/accounts/alice";
    let alice = app.get(path).by("alice").send().await.expect(200).json();
    let account = alice["id"].as_str().unwrap();
    let proof = held.proof(&format!(
        "plimsoll key {} of account {account}",
        id(&claimed)
    ));
    let taken = upload(&app, "alice", json!({"publicKey": held.pem()})).await;
    let taken = taken.expect(409);
    assert_eq!(taken.code(), "PUBLIC_KEY_TAKEN");
    assert!(taken.message().contains("proof"), "{}", taken.message());
    let key = upload(&app, "alice", form(&proof)).await.expect(201).json();
    assert_eq!(key["proofStatement"], Value::Null);
    let gone = app.get(&key_of("bob", id(&claimed))).by("bob").send().await;
    assert_eq!(gone.expect(404).code(), "NO_SUCH_PUBLIC_KEY");
    let again = json!({"publicKey": held.pem(), "proof": bobs});
    let again = upload(&app, "bob", again).await.expect(409);
    assert_eq!(again.code(), "PUBLIC_KEY_TAKEN");
}

#[tokio::test]
async fn a_bundle_for_a_bare_key_proves_nothing_until_somebody_comes_with_it() {
    let app = TestApp::new().await;
    let held = Held::new();
    let form = json!({"publicKey": held.pem()});
    let bundle = app.bundle_for("alice", &form).await;
    let refused = change(
        &app,
        "alice",
        &bundle.key_id(),
        json!({"isSigningKey": true}),
    )
    .await;
    assert_eq!(refused.expect(409).code(), "PUBLIC_KEY_NOT_PROVEN");
    app.get("/enzi/v0/id/")
        .certificate(bundle.certificate().der())
        .send()
        .await;
    let designated = change(
        &app,
        "alice",
        &bundle.key_id(),
        json!({"isSigningKey": true}),
    )
    .await;
    designated.expect(200);
}
