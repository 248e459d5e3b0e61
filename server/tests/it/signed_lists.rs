//! Who signed with cosign and notation, as lists of tags and single tags say it.

use serde_json::{Value, json};

use crate::signatures::{KEYS, Signed, key, sig, text};

const TAGS: &str = "/api/v0/repositories/alice/app/tags";

/// What is said of the tag `1`, in the list and by itself, which is the same.
async fn said(signed: &Signed, who: Option<&str>) -> Value {
    let app = &signed.0.app;
    let get = async |path: &str| {
        let call = app.get(path);
        let call = match who {
            Some(who) => call.by(who),
            None => call,
        };
        call.send().await.expect(200).json()
    };
    let list = get(TAGS).await;
    let rows = list.as_array().expect("a list");
    let named = |name: &str| rows.iter().find(|row| row["name"] == name).expect(name);
    assert_eq!(named("other")["attachedSigners"], Value::Null);
    assert_eq!(named("1")["inNotary"], false);
    let one = get(&format!("{TAGS}/1")).await;
    assert_eq!(one[0]["attachedSigners"], named("1")["attachedSigners"]);
    let digest = named("1")["digest"].as_str().expect("a digest");
    let by_digest = get(&format!("{TAGS}/{digest}")).await;
    assert_eq!(by_digest[0]["attachedSigners"], one[0]["attachedSigners"]);
    one[0]["attachedSigners"].clone()
}

#[tokio::test]
async fn rows_say_who_signed_with_cosign_and_notation() {
    let signed = Signed::new().await;
    signed.0.image("other", &json!({"os": "linux"})).await;
    let public = json!({"visibility": "public"});
    let path = "/api/v0/repositories/alice/app";
    signed
        .call("PATCH", path, "alice", &public)
        .await
        .expect(200);
    signed.attach("tag-sig", &sig()).await;
    signed.attach("notation-p256-jws", "").await;
    signed.attach("bundle-attestation", "").await;
    signed.settle().await;
    assert_eq!(said(&signed, Some("alice")).await, Value::Null);

    let form = json!({"label": "laptop", "publicKey": text("p256.pub"), "kind": "cosign"});
    let made = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    signed.prove(&id).await;
    let store = json!({"kind": "notationStore", "name": "build", "pem": text("notep256-ca.crt"), "identities": ["*"]});
    signed.trust(&store).await;
    signed.settle().await;
    let notation = json!({"tool": "notation", "trust": "build"});
    let by_alice = json!([{"tool": "cosign", "user": "alice"}, notation]);
    for who in ["alice", "bob"] {
        assert_eq!(said(&signed, Some(who)).await, by_alice);
    }
    // Users are named to who has an account.
    let unnamed = json!([{"tool": "cosign"}, notation]);
    assert_eq!(said(&signed, None).await, unnamed);

    // Revoked, it counts no more at once; the same signature counts by the registry's trust when it was looked at again.
    let path = format!("{KEYS}/{id}");
    signed
        .call("DELETE", &path, "alice", &Value::Null)
        .await
        .expect(204);
    assert_eq!(said(&signed, Some("alice")).await, json!([notation]));
    signed.trust(&key()).await;
    signed.settle().await;
    let by_ci = json!([{"tool": "cosign", "trust": "ci"}, notation]);
    assert_eq!(said(&signed, None).await, by_ci);
}
