//! Signatures of cosign and notation, as the real programs made them (crates/trust/testdata/signatures), from the push to the verdict.

mod certified;
mod layouts;

use oci::Digest;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, sea_query::Expr};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    pusher::Pusher,
    util::{Answer, MANIFEST, TestApp},
};

pub(crate) const IMAGE: &str =
    "sha256:043256713922d6ba5fae429c8d13b781a45128c6914ba5b006c8f980c04ddec9";
const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
const SETTINGS: &str = "/api/v0/meta/settings";
const TRUSTS: &str = "/api/v0/signatureTrusts";
pub(crate) const KEYS: &str = "/enzi/v0/accounts/alice/publicKeys";

pub(crate) fn file(name: &str) -> Vec<u8> {
    let path = format!("../crates/trust/testdata/signatures/{name}");
    std::fs::read(&path).expect(&path)
}

pub(crate) fn text(name: &str) -> String {
    String::from_utf8(file(name)).expect("text")
}

pub(crate) struct Signed(pub(crate) Pusher);

impl Signed {
    /// `alice/app` with the image that was signed, under `1`.
    pub(crate) async fn new() -> Self {
        let signed = Self(Pusher::new().await);
        for blob in ["image.config", "image.layer"] {
            signed.0.blob("", &file(blob)).await;
        }
        signed.put("1", DOCKER, &file("image.json")).await;
        signed
    }

    pub(crate) async fn put(&self, reference: &str, media_type: &str, manifest: &[u8]) {
        let token = self
            .0
            .app
            .token("alice", &["repository:alice/app:pull,push"])
            .await;
        let put = self
            .0
            .app
            .call("PUT", &format!("/v2/alice/app/manifests/{reference}"));
        let put = put.bearer(&token).header("content-type", media_type);
        put.body(manifest.to_vec()).send().await.expect(201);
    }

    /// Pushes a recorded signature as its client does.
    pub(crate) async fn attach(&self, name: &str, reference: &str) {
        let config = std::fs::read(format!("../crates/trust/testdata/signatures/{name}.config"));
        self.0
            .blob("", &config.unwrap_or_else(|_| b"{}".to_vec()))
            .await;
        self.0.blob("", &file(&format!("{name}.layer"))).await;
        let manifest = file(&format!("{name}.manifest.json"));
        let digest = Digest::of(oci::Algorithm::Sha256, &manifest).to_string();
        let reference = if reference.is_empty() {
            &digest
        } else {
            reference
        };
        self.put(reference, MANIFEST, &manifest).await;
    }

    pub(crate) async fn settle(&self) {
        let settled = server::signatures::settle(&self.0.app.state).await;
        settled.expect("verified");
    }

    async fn list(&self, reference: &str) -> Vec<Value> {
        let path =
            format!("/api/v0/repositories/alice/app/manifests/{reference}/signatures?pageSize=100");
        // who is not one of those whose accounts are switched off
        let list = self.call("GET", &path, "admin", &Value::Null).await;
        list.expect(200).json().as_array().expect("a list").clone()
    }

    /// What is said of each signature, by its kind: `verdict`, and by whom or why not.
    async fn said(&self, reference: &str) -> Vec<String> {
        let word = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rows = self.list(reference).await;
        let mut said: Vec<String> = rows
            .iter()
            .map(|row| {
                let who = ["user", "trust", "reason"]
                    .map(|name| word(row, name))
                    .concat();
                format!("{} {} {who}", word(row, "kind"), word(row, "verdict"))
            })
            .collect();
        said.sort();
        said
    }

    pub(crate) async fn call(&self, method: &str, path: &str, who: &str, form: &Value) -> Answer {
        let call = self.0.app.call(method, path).by(who);
        if form.is_null() {
            call.send().await
        } else {
            call.json(form).send().await
        }
    }

    /// The key is proven to be alice's; its private half is gone, so the proof is left out.
    pub(crate) async fn prove(&self, id: &str) {
        let db = &self.0.app.state.db;
        let alice = db::accounts::find(db, "alice").await.expect("an answer");
        let proven = db::public_keys::Update {
            is_proven: true,
            ..db::public_keys::Update::default()
        };
        let now = OffsetDateTime::now_utc();
        let done = db::public_keys::update(db, alice.expect("alice").id, id, proven, now).await;
        assert!(matches!(done, Ok(db::public_keys::Updated::Done(_))));
    }

    pub(crate) async fn trust(&self, form: &Value) -> String {
        let made = self.call("POST", TRUSTS, "admin", form).await.expect(201);
        made.json()["id"].as_str().expect("an id").to_owned()
    }
}

/// The certificate of a user's key ends then.
pub(crate) async fn end_key(app: &TestApp, id: &str, at: OffsetDateTime) {
    use db::entities::public_key::{Column, Entity};
    let connection = app.connection().await;
    let update = Entity::update_many().col_expr(Column::ExpiresAt, Expr::val(at));
    let update = update.filter(Column::Fingerprint.eq(id)).exec(&connection);
    assert_eq!(update.await.expect("changed").rows_affected, 1);
}

pub(crate) fn sig() -> String {
    format!("{}.sig", IMAGE.replace(':', "-"))
}

pub(crate) fn key() -> Value {
    json!({"kind": "cosignKey", "name": "ci", "pem": text("p256.pub")})
}

const NO_KEY: &str = "no registered key has made this signature, or what it signs was changed";

#[tokio::test]
async fn cosigns_layouts_are_found_and_verified() {
    let signed = Signed::new().await;
    signed.attach("tag-sig", &sig()).await;
    signed.attach("bundle-p256", "").await;
    signed.attach("bundle-attestation", "").await;
    let pending = ["unknown pending "; 3];
    assert_eq!(signed.said("1").await, pending);
    signed.settle().await;
    let refused = [
        format!("attestation refused {NO_KEY}"),
        format!("cosign refused {NO_KEY}"),
        format!("cosign refused {NO_KEY}"),
    ];
    assert_eq!(signed.said("1").await, refused);
    // the user's own key
    let form = json!({"label": "laptop", "publicKey": text("p256.pub"), "kind": "cosign"});
    let form = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    let id = form.json()["id"].as_str().expect("an id").to_owned();
    signed.settle().await;
    assert_eq!(signed.said("1").await, refused, "it is only claimed");
    signed.prove(&id).await;
    signed.settle().await;
    let verified = [
        "attestation verified alice",
        "cosign verified alice",
        "cosign verified alice",
    ];
    assert_eq!(signed.said(IMAGE).await, verified);
    let rows = signed.list("1").await;
    let about = rows.iter().find(|row| row["kind"] == "attestation");
    let about = &about.expect("an attestation")["predicateType"];
    assert_eq!(about, "https://slsa.dev/provenance/v0.2");
    assert!(rows.iter().all(|row| row["signer"] == id), "{rows:?}");
    // who may not come any more signs no more, until they may again
    let alice = "/enzi/v0/accounts/alice";
    for (is_active, expected) in [(false, &refused[..]), (true, &verified.map(str::to_owned))] {
        let form = json!({"isActive": is_active});
        signed
            .call("PATCH", alice, "admin", &form)
            .await
            .expect(200);
        signed.settle().await;
        assert_eq!(signed.said("1").await, expected);
    }
    // revoked, it counts no more, at once and when it was looked at again
    let path = format!("{KEYS}/{id}");
    signed
        .call("DELETE", &path, "alice", &Value::Null)
        .await
        .expect(204);
    let revoked = signed.said("1").await;
    assert!(
        revoked
            .iter()
            .all(|said| said.contains(" refused whoever made it")),
        "{revoked:?}"
    );
    signed.settle().await;
    assert_eq!(signed.said("1").await, refused);
    // and what it signed is known still
    let path = format!("/api/v0/signing/keys/{id}/signed");
    let rows = signed.0.json(&path).await;
    let what: Vec<_> = rows.as_array().expect("a list").iter().collect();
    assert_eq!(what.len(), 1, "{what:?}");
    assert_eq!(
        (&what[0]["tag"], &what[0]["by"], &what[0]["digest"]),
        (&json!("1"), &json!("cosign"), &json!(IMAGE))
    );
}

#[tokio::test]
async fn notation_is_verified_by_a_users_own_certificate() {
    let signed = Signed::new().await;
    signed.attach("notation-p256-jws", "").await;
    signed.attach("notation-rsa-jws", "").await;
    let untrusted = "notation refused none of its certificates is in a registered trust store";
    for (certificate, expected) in [
        ("notep256-ca.crt", untrusted),
        ("notep256.crt", "notation verified alice"),
    ] {
        let form = json!({"label": certificate, "publicKey": text(certificate)});
        let key = signed.call("POST", KEYS, "alice", &form).await.expect(201);
        let id = key.json()["id"].as_str().expect("an id").to_owned();
        signed.prove(&id).await;
        let sign = json!({"isSigningKey": true});
        let path = format!("{KEYS}/{id}");
        signed
            .call("PATCH", &path, "alice", &sign)
            .await
            .expect(200);
        signed.settle().await;
        let mut said = signed.said("1").await;
        said.sort_unstable();
        assert_eq!(said, [untrusted, expected]);
    }
}

#[tokio::test]
async fn a_key_that_has_ended_counts_by_choice_for_what_came_before() {
    let signed = Signed::new().await;
    let form = json!({"label": "laptop", "publicKey": text("p256.pub"), "kind": "cosign"});
    let made = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    signed.prove(&id).await;
    signed.attach("tag-sig", &sig()).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, ["cosign verified alice"]);
    end_key(&signed.0.app, &id, OffsetDateTime::now_utc()).await;
    let ended = "cosign refused whoever made it is not trusted any more: the key was revoked or has ended, or its user is not active";
    assert_eq!(signed.said("1").await, [ended]);
    signed.attach("bundle-p256", "").await;
    for (asks_now, before) in [(false, "cosign verified alice"), (true, ended)] {
        let form = json!({"signatureCertificatesValidNow": asks_now});
        let set = signed.call("POST", SETTINGS, "admin", &form).await;
        set.expect(202);
        signed.settle().await;
        let after = format!("cosign refused {NO_KEY}");
        let mut expected = [before.to_owned(), after];
        expected.sort_unstable();
        assert_eq!(signed.said("1").await, expected);
    }
}

#[tokio::test]
async fn notation_is_verified_by_trust_stores() {
    let signed = Signed::new().await;
    for name in [
        "notation-p256-jws",
        "notation-p256-cose",
        "notation-rsa-jws",
    ] {
        signed.attach(name, "").await;
    }
    signed.settle().await;
    let untrusted = "notation refused none of its certificates is in a registered trust store";
    assert_eq!(signed.said("1").await, [untrusted; 3]);
    let store = |identity: &str| json!({"kind": "notationStore", "name": "build", "pem": text("notep256-ca.crt"), "identities": [identity]});
    let other = signed
        .trust(&store("x509.subject: C=US, ST=WA, O=Other"))
        .await;
    signed.settle().await;
    let said = signed.said("1").await;
    assert!(
        said[0].contains("who is not among the trusted identities"),
        "{said:?}"
    );
    let good = signed
        .trust(&store("x509.subject: C=US, ST=WA, O=Plimsoll"))
        .await;
    signed.settle().await;
    let verified = "notation verified build";
    assert_eq!(signed.said("1").await, [untrusted, verified, verified]);
    for id in [other, good] {
        let path = format!("{TRUSTS}/{id}");
        signed
            .call("DELETE", &path, "admin", &Value::Null)
            .await
            .expect(204);
    }
    let gone = signed.said("1").await;
    assert!(
        gone.iter().all(|said| said.contains(" refused ")),
        "{gone:?}"
    );
    signed.settle().await;
    assert_eq!(signed.said("1").await, [untrusted; 3]);
}

#[tokio::test]
async fn a_signature_counts_for_its_own_image_and_while_its_tag_says_so() {
    let signed = Signed::new().await;
    signed.trust(&key()).await;
    let other = signed
        .0
        .image("2", &json!({"os": "linux"}))
        .await
        .to_string();
    let other_sig = format!("{}.sig", other.replace(':', "-"));
    signed.attach("tag-sig", &sig()).await;
    signed.attach("tag-sig", &other_sig).await;
    signed.settle().await;
    assert_eq!(signed.said("1").await, ["cosign verified ci"]);
    let wrong = format!("cosign refused it signs {IMAGE}, not this image");
    assert_eq!(signed.said("2").await, [wrong]);
    // the tag is moved to something that is no signature
    let image = file("image.json");
    signed.put(&sig(), DOCKER, &image).await;
    signed.settle().await;
    let nothing = "unknown refused nothing in this manifest is a signature of cosign or notation, whatever it calls itself";
    assert_eq!(signed.said("1").await, [nothing]);
    let path = format!("/api/v0/repositories/alice/app/tags/{}", sig());
    signed
        .call("DELETE", &path, "alice", &Value::Null)
        .await
        .expect(204);
    assert_eq!(signed.said("1").await, [""; 0]);
}

#[tokio::test]
async fn an_image_that_is_typed_as_a_signature_is_none() {
    let signed = Signed::new().await;
    signed.trust(&key()).await;
    for kind in [
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        "application/vnd.cncf.notary.signature",
        "application/vnd.dev.cosign.artifact.sig.v1+json",
    ] {
        let config = signed
            .0
            .blob("application/vnd.oci.image.config.v1+json", b"{}")
            .await;
        let layer = signed
            .0
            .blob("application/vnd.oci.image.layer.v1.tar", b"layer")
            .await;
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "config": config, "layers": [layer],
            "subject": {"mediaType": DOCKER, "digest": IMAGE, "size": 423},
        });
        signed.0.put("", MANIFEST, &manifest).await;
    }
    signed.settle().await;
    let said = signed.said("1").await;
    assert_eq!(said.len(), 3);
    assert!(
        said.iter()
            .all(|said| said.starts_with("unknown refused nothing in this")),
        "{said:?}"
    );
    let db = &signed.0.app.state.db;
    let name = "alice/app".parse().expect("a name");
    let app = db::repositories::find(db, &name).await.expect("asked");
    let app = app.expect("a repository").id;
    let at = db::signatures::At {
        now: OffsetDateTime::now_utc(),
        are_certificates_good: true,
    };
    let found = db::signatures::signers_of_all(db, app, [IMAGE], at).await;
    assert_eq!(found.expect("asked").len(), 0);
}

#[tokio::test]
async fn what_is_no_trust_is_refused() {
    let signed = Signed::new().await;
    let store = |pem: &str, identities: &[&str]| json!({"kind": "notationStore", "name": "x", "pem": pem, "identities": identities});
    let certificate = text("notep256-ca.crt");
    for (form, field) in [
        (
            json!({"kind": "cosignKey", "name": "", "pem": text("p256.pub")}),
            "name",
        ),
        (
            json!({"kind": "cosignKey", "name": "x", "pem": certificate}),
            "pem",
        ),
        (
            json!({"kind": "cosignKey", "name": "x", "pem": "x".repeat(70_000)}),
            "pem",
        ),
        (
            json!({"kind": "cosignKey", "name": "x", "pem": text("p256.pub"), "identities": ["*"]}),
            "identities",
        ),
        (store(&certificate, &[]), "identities"),
        (store(&certificate, &["C=US"]), "identities"),
        (store(&text("p256.pub"), &["*"]), "pem"),
        (store(&certificate.repeat(21), &["*"]), "pem"),
    ] {
        let answer = signed
            .call("POST", TRUSTS, "admin", &form)
            .await
            .expect(400);
        assert_eq!(
            answer.json()["errors"][0]["detail"]["field"],
            field,
            "{form}"
        );
    }
    let listed = signed
        .call("GET", TRUSTS, "admin", &Value::Null)
        .await
        .expect(200);
    assert_eq!(listed.json(), json!([]));
}
