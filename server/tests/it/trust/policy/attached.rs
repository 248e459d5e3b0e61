//! Signatures of cosign: they count for whose key made them, as long as it is theirs, and for the digest that they sign.

use serde_json::{Value, json};

use crate::signatures::{IMAGE, KEYS, Signed, key, sig, text};

const POLICY: &str = "/api/v0/repositories/alice/app/trustPolicy";

async fn manifest(signed: &Signed, reference: &str) -> u16 {
    let path = format!("/v2/alice/app/manifests/{reference}");
    let answer = signed.0.app.get(&path).by("alice").send().await;
    answer.status.as_u16()
}

#[tokio::test]
async fn a_signature_of_cosign_counts_for_its_digest_and_while_the_key_is_a_users() {
    let signed = Signed::new().await;
    signed.0.image("2", &json!({"os": "linux"})).await;
    let asks = json!({"mode": "enforce"});
    signed.call("PUT", POLICY, "alice", &asks).await.expect(200);
    assert_eq!(manifest(&signed, "1").await, 403);
    signed.attach("tag-sig", &sig()).await;
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 403, "the key is nobody's");
    let form = json!({"label": "laptop", "publicKey": text("p256.pub"), "kind": "cosign"});
    let form = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 200);
    assert_eq!(manifest(&signed, IMAGE).await, 200);
    assert_eq!(manifest(&signed, "2").await, 403, "it signs another digest");
    assert_eq!(manifest(&signed, &sig()).await, 403, "a signature is none");
    let id = form.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{KEYS}/{id}");
    let revoked = signed.call("DELETE", &path, "alice", &Value::Null);
    revoked.await.expect(204);
    assert_eq!(manifest(&signed, "1").await, 403, "at once");
}

#[tokio::test]
async fn a_key_that_the_registry_trusts_is_a_registered_signer_and_in_no_team() {
    let signed = Signed::new().await;
    signed.trust(&key()).await;
    signed.attach("tag-sig", &sig()).await;
    signed.settle().await;
    let asks = json!({"mode": "enforce"});
    signed.call("PUT", POLICY, "alice", &asks).await.expect(200);
    assert_eq!(manifest(&signed, "1").await, 200);
    let org = json!({"name": "ci", "isOrg": true});
    let app = &signed.0.app;
    app.by_admin("POST", "/enzi/v0/accounts", org, 201).await;
    let teams = "/enzi/v0/accounts/ci/teams";
    app.by_admin("POST", teams, json!({"name": "release"}), 201)
        .await;
    let asks = json!({"mode": "enforce", "teams": ["ci/release"]});
    signed.call("PUT", POLICY, "admin", &asks).await.expect(200);
    assert_eq!(manifest(&signed, "1").await, 403);
}
