//! Who signed what an attestation says, and what that is worth: a user's own key claims, one that the registry trusts verifies, and
//! neither what somebody made up nor any number of things beside it changes that.

use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use oci::digest::{Algorithm, Digest};
use serde_json::{Value, json};

use super::{IN_TOTO, SHA, SOURCE, V02, attach, predicate, reason, statement};
use crate::{
    custody::{line, of, words},
    pusher::{Pusher, config},
    signatures::{IMAGE, KEYS, Signed, file, key},
    util::MANIFEST,
};

const DSSE: &str = "application/vnd.dsse.envelope.v1+json";
const RUNNER: &str = "a verified attestation, signed by the trusted key or store runner,";
const OTHER: &str = "0000000000000000000000000000000000000000";

fn pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
}

fn pem(key: &EcdsaKeyPair) -> String {
    let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
    let der = STANDARD.encode(der.as_ref());
    format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
}

/// What `key` signed, under the tag that `cosign attest` attaches it by.
async fn attest(signed: &Signed, key: &EcdsaKeyPair, statement: &Value) {
    let layer = envelope(&signed.0, key, statement).await;
    let empty = signed
        .0
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [layer]});
    let tag = format!("{}.att", IMAGE.replace(':', "-"));
    signed.0.put(&tag, MANIFEST, &manifest).await;
    signed.settle().await;
}

/// An envelope of DSSE that `key` signed.
async fn envelope(pusher: &Pusher, key: &EcdsaKeyPair, statement: &Value) -> Value {
    let payload = statement.to_string();
    let mut message = format!("DSSEv1 {} {IN_TOTO} {} ", IN_TOTO.len(), payload.len()).into_bytes();
    message.extend_from_slice(payload.as_bytes());
    let random = SystemRandom::new();
    let signature = key.sign(&random, &message).unwrap();
    let envelope = json!({
        "payloadType": IN_TOTO, "payload": STANDARD.encode(payload), "signatures": [{"sig": STANDARD.encode(signature)}],
    });
    let envelope = envelope.to_string();
    let mut layer = pusher.blob(DSSE, envelope.as_bytes()).await;
    layer["annotations"] = json!({"predicateType": V02});
    layer
}

/// The manifest that hangs it on an image by `subject`.
async fn manifest(pusher: &Pusher, about: &Digest, layer: &Value, note: &str) -> Value {
    let empty = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [layer], "annotations": {"note": note},
        "subject": {"mediaType": MANIFEST, "digest": about, "size": 500},
    })
}

/// Says of an image, beside what else is said, that it was built from this commit.
async fn says(signed: &Signed, key: &EcdsaKeyPair, image: &Digest, commit: &str) -> Digest {
    let said = statement(image, V02, &predicate(SOURCE, commit));
    let layer = envelope(&signed.0, key, &said).await;
    let manifest = manifest(&signed.0, image, &layer, "").await;
    let digest = signed.0.put("", MANIFEST, &manifest).await;
    signed.settle().await;
    digest
}

/// A key that is alice's own.
async fn own(signed: &Signed) -> EcdsaKeyPair {
    let own = pair();
    let form = json!({"label": "laptop", "publicKey": pem(&own), "kind": "cosign"});
    let made = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    signed.prove(made.json()["id"].as_str().unwrap()).await;
    own
}

/// A key that the registry trusts.
async fn trusted(signed: &Signed, name: &str) -> EcdsaKeyPair {
    let key = pair();
    let form = json!({"kind": "cosignKey", "name": name, "pem": pem(&key)});
    signed.trust(&form).await;
    key
}

/// The station of this attestation.
fn attested<'l>(line: &'l Value, manifest: &Digest) -> &'l Value {
    let mut all = of(line, "build").into_iter();
    all.find(|station| station["digest"] == json!(manifest))
        .unwrap_or_else(|| panic!("{manifest} is not in {line}"))
}

fn labelled(source: &str, revision: &str) -> Value {
    let mut config = config("amd64");
    config["config"]["Labels"] = json!({"org.opencontainers.image.source": source, "org.opencontainers.image.revision": revision});
    config
}

#[tokio::test]
async fn a_users_own_key_claims_and_one_that_is_trusted_verifies() {
    let signed = Signed::new().await;
    let app = &signed.0.app;
    let image: Digest = IMAGE.parse().unwrap();
    let by_alice = says(&signed, &own(&signed).await, &image, SHA).await;
    let told = line(app, "alice", "app", "1").await;
    let said = format!("built from commit {SHA} of {SOURCE}.git by https://git.example/runners/3");
    let build = attested(&told, &by_alice);
    let what = format!("Attestation signed by alice, of {V02}: {said}");
    assert_eq!(
        (&build["standing"], &build["what"], &build["actor"]),
        (&json!("claimed"), &json!(what), &json!("alice"))
    );
    let what =
        format!("Built from commit {SHA} of {SOURCE}.git, as an attestation signed by alice says");
    assert_eq!(words(&told, "source"), [("claimed", what.as_str())]);
    // who sees no people is told that it is a user's, and not whose
    let open = json!({"visibility": "public"});
    let path = "/api/v0/repositories/alice/app";
    signed.call("PATCH", path, "alice", &open).await.expect(200);
    let told = line(app, "", "app", "1").await;
    let build = attested(&told, &by_alice);
    let what = format!("Attestation signed by a user's own key, of {V02}: {said}");
    assert_eq!(
        (&build["what"], &build["actor"]),
        (&json!(what), &Value::Null)
    );
    let what = format!(
        "Built from commit {SHA} of {SOURCE}.git, as an attestation signed by a user's own key says"
    );
    assert_eq!(words(&told, "source"), [("claimed", what.as_str())]);

    let runner = trusted(&signed, "runner").await;
    let by_runner = says(&signed, &runner, &image, SHA).await;
    let told = line(app, "alice", "app", "1").await;
    assert_eq!(attested(&told, &by_runner)["standing"], "verified");
    assert_eq!(attested(&told, &by_alice)["standing"], "claimed");
    let what = format!("Built from commit {SHA} of {SOURCE}.git, as {RUNNER} says");
    assert_eq!(words(&told, "source"), [("verified", what.as_str())]);
}

#[tokio::test]
async fn what_is_only_claimed_decides_nothing_that_is_verified() {
    let signed = Signed::new().await;
    let app = &signed.0.app;
    let (own, runner) = (own(&signed).await, trusted(&signed, "runner").await);
    for (tag, config) in [("none", config("amd64")), ("labels", labelled(SOURCE, SHA))] {
        let image = signed.0.image(tag, &config).await;
        let forged = says(&signed, &own, &image, OTHER).await;
        let said = statement(&image, V02, &predicate(SOURCE, OTHER)).to_string();
        let layer = signed.0.blob(IN_TOTO, said.as_bytes()).await;
        let unsigned = attach(&signed.0, &image, &layer).await;
        let before = line(app, "alice", "app", tag).await;
        let standing = &of(&before, "source")[0]["standing"];
        assert_eq!(standing, "claimed", "{before}");
        let noted = reason(&before, "source").contains("attestation signed by alice says commit 0");
        assert_eq!(noted, tag == "labels", "{before}");
        says(&signed, &runner, &image, SHA).await;
        let told = line(app, "alice", "app", tag).await;
        let what = if tag == "none" {
            format!("Built from commit {SHA} of {SOURCE}.git, as {RUNNER} says")
        } else {
            format!("Built from commit {SHA} of {SOURCE}; {RUNNER} says so too")
        };
        assert_eq!(words(&told, "source"), [("verified", what.as_str())]);
        assert_eq!(reason(&told, "source"), "", "{told}");
        // it is told beside it
        let beside = if tag == "none" {
            format!("{RUNNER} says commit {SHA}")
        } else {
            format!("the image's own labels say commit {SHA}")
        };
        for one in [&forged, &unsigned] {
            let build = attested(&told, one);
            assert_eq!(
                (&build["standing"], &build["reason"]),
                (&json!("claimed"), &json!(beside))
            );
        }
    }
}

#[tokio::test]
async fn what_is_verified_refuses_what_contradicts_it() {
    let signed = Signed::new().await;
    let app = &signed.0.app;
    let runner = trusted(&signed, "runner").await;
    let image = signed.0.image("1", &labelled(SOURCE, OTHER)).await;
    says(&signed, &runner, &image, SHA).await;
    let told = line(app, "alice", "app", "1").await;
    let refused = format!("{RUNNER} says commit {SHA}");
    assert_eq!(of(&told, "source")[0]["standing"], "refused", "{told}");
    assert_eq!(reason(&told, "source"), refused);
    // two that are both trusted
    let image = signed.0.image("2", &config("arm64")).await;
    says(&signed, &runner, &image, SHA).await;
    let second = trusted(&signed, "second").await;
    says(&signed, &second, &image, OTHER).await;
    let told = line(app, "alice", "app", "2").await;
    let other = "a verified attestation, signed by the trusted key or store second, says commit";
    assert_eq!(of(&told, "source")[0]["standing"], "refused", "{told}");
    assert_eq!(reason(&told, "source"), format!("{other} {OTHER}"));
}

#[tokio::test]
async fn a_commit_that_is_verified_does_not_verify_a_source_that_only_labels_name() {
    let signed = Signed::new().await;
    let runner = trusted(&signed, "runner").await;
    let mut config = config("amd64");
    config["config"]["Labels"] = json!({"org.opencontainers.image.url": "https://evil.example"});
    let image = signed.0.image("1", &config).await;
    let mut said = predicate(SOURCE, SHA);
    said["invocation"]["configSource"]["uri"].take();
    let said = statement(&image, V02, &said);
    let layer = envelope(&signed.0, &runner, &said).await;
    let manifest = manifest(&signed.0, &image, &layer, "").await;
    signed.0.put("", MANIFEST, &manifest).await;
    signed.settle().await;
    let told = line(&signed.0.app, "alice", "app", "1").await;
    let what = format!("Built from commit {SHA} of https://evil.example, as {RUNNER} says");
    assert_eq!(words(&told, "source"), [("claimed", what.as_str())]);
}

/// Hangs something on the image whose digest comes before `than`.
async fn junk(signed: &Signed, layer: &Value, than: &Digest, number: u32) {
    let image: Digest = IMAGE.parse().unwrap();
    let mut junk = manifest(&signed.0, &image, layer, "").await;
    for at in 0.. {
        junk["annotations"]["note"] = json!(format!("{number}-{at}"));
        let digest = Digest::of(Algorithm::Sha256, junk.to_string().as_bytes());
        if digest.to_string() < than.to_string() {
            break;
        }
    }
    signed.0.put("", MANIFEST, &junk).await;
}

#[tokio::test]
async fn nothing_that_is_hung_beside_a_signature_hides_it() {
    let signed = Signed::new().await;
    let app = &signed.0.app;
    signed.trust(&key()).await;
    let genuine = ["bundle-p256", "bundle-attestation"].map(|name| {
        let manifest = file(&format!("{name}.manifest.json"));
        Digest::of(Algorithm::Sha256, &manifest)
    });
    let first = genuine.iter().min_by_key(ToString::to_string);
    let first = first.unwrap();
    let image: Digest = IMAGE.parse().unwrap();
    let said = statement(&image, V02, &predicate(SOURCE, OTHER));
    let by_nobody = envelope(&signed.0, &pair(), &said).await;
    let by_alice = envelope(&signed.0, &own(&signed).await, &said).await;
    for number in 0..100 {
        if number == 60 {
            signed.attach("bundle-p256", "").await;
            signed.attach("bundle-attestation", "").await;
        }
        let layer = if number % 2 == 0 {
            &by_alice
        } else {
            &by_nobody
        };
        junk(&signed, layer, first, number).await;
    }
    signed.settle().await;
    let told = line(app, "alice", "app", "1").await;
    let station = |kind: &str, digest: &Digest| {
        let all = of(&told, kind).into_iter();
        let mut those = all.filter(|station| station["digest"] == json!(digest));
        those.next().cloned().unwrap_or_default()
    };
    let signature = station("signature", &genuine[0]);
    assert_eq!(signature["standing"], "verified", "{told}");
    assert!(signature["event"].is_string(), "{signature}");
    let build = station("build", &genuine[1]);
    assert_eq!(build["standing"], "verified", "{told}");
    assert_eq!(build["labels"]["builder"], "x", "it was read: {build}");
    let more = words(&told, "more");
    assert_eq!(more.len(), 1, "{more:?}");
    assert!(
        more[0].1.starts_with("More signatures and attestations "),
        "{more:?}"
    );
    let builds = of(&told, "build");
    assert_eq!(builds.len(), 49, "with the signature the first 50");
    let unread = "what it says was not read: others count, or came before it";
    let unread = builds.iter().filter(|build| build["reason"] == unread);
    assert_eq!(unread.count(), 49 - 16);
}

#[tokio::test]
async fn of_what_nobody_signed_it_is_said_that_there_is_more() {
    let pusher = Pusher::new().await;
    let image = pusher.image("1", &config("amd64")).await;
    for number in 0..17 {
        let told = line(&pusher.app, "alice", "app", "1").await;
        assert_eq!(words(&told, "more"), []);
        let said = predicate(SOURCE, &format!("{number:040x}"));
        let said = statement(&image, V02, &said).to_string();
        let layer = pusher.blob(IN_TOTO, said.as_bytes()).await;
        attach(&pusher, &image, &layer).await;
    }
    let told = line(&pusher.app, "alice", "app", "1").await;
    let more = "More is attested of it that nobody signed than is shown here.";
    assert_eq!(words(&told, "more"), [("hidden", more)]);
    assert_eq!(of(&told, "build").len(), 16);
    // of the many that contradict it, the source tells some
    let reason = reason(&told, "source");
    assert!(reason.ends_with("; 12 more say something else"), "{reason}");
}

#[tokio::test]
async fn what_a_trusted_signature_covers_is_verified_and_outweighs_the_labels() {
    let signed = Signed::new().await;
    let app = &signed.0.app;
    let own = pair();
    let image: Digest = IMAGE.parse().unwrap();
    let said = statement(&image, V02, &predicate(SOURCE, SHA));
    attest(&signed, &own, &said).await;
    // a key that nobody registered: it says so, and counts for nothing
    let unknown = line(app, "alice", "app", "1").await;
    assert_eq!(of(&unknown, "build")[0]["standing"], "refused", "{unknown}");
    assert_eq!(
        of(&unknown, "source")[0]["standing"],
        "missing",
        "{unknown}"
    );
    signed
        .trust(&json!({"kind": "cosignKey", "name": "runner", "pem": pem(&own)}))
        .await;
    signed.settle().await;
    let known = line(app, "alice", "app", "1").await;
    assert_eq!(of(&known, "build")[0]["standing"], "verified", "{known}");
    assert_eq!(of(&known, "build")[0]["labels"]["commit"], SHA);
    let what = format!("Built from commit {SHA} of {SOURCE}.git, as {RUNNER} says");
    assert_eq!(words(&known, "source"), [("verified", what.as_str())]);
    // the same signature for another image, and something else in a good envelope
    let other = Digest::of(Algorithm::Sha256, b"other");
    attest(
        &signed,
        &own,
        &statement(&other, V02, &predicate(SOURCE, SHA)),
    )
    .await;
    let moved = line(app, "alice", "app", "1").await;
    assert_eq!(of(&moved, "build")[0]["standing"], "refused", "{moved}");
    assert!(of(&moved, "build")[0].get("labels").is_none(), "{moved}");
    assert_eq!(of(&moved, "source")[0]["standing"], "missing", "{moved}");
}

#[tokio::test]
async fn what_cosign_itself_attested_is_read() {
    let signed = Signed::new().await;
    signed.attach("bundle-attestation", "").await;
    signed.trust(&key()).await;
    signed.settle().await;
    let line = line(&signed.0.app, "alice", "app", "1").await;
    let what = format!("Attestation signed by the trusted key or store ci, of {V02}: built by x");
    assert_eq!(words(&line, "build"), [("verified", what.as_str())]);
    let event = of(&line, "build")[0]["event"].as_str().expect("its push");
    let path = format!("/api/v0/repositories/alice/app/events?eventId={event}");
    let events = signed.0.json(&path).await;
    assert_eq!(events["events"][0]["id"], event, "{events}");
}
