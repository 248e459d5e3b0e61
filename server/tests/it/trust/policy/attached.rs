//! Signatures of cosign: they count for whose key made them, as long as it is theirs, and for the digest that they sign.

use serde_json::{Value, json};

use crate::{
    signatures::{IMAGE, KEYS, Signed, file, key, sig, text},
    util::MANIFEST,
};

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
    let id = form.json()["id"].as_str().unwrap().to_owned();
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 403, "the key is only claimed");
    signed.prove(&id).await;
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 200);
    assert_eq!(manifest(&signed, IMAGE).await, 200);
    assert_eq!(manifest(&signed, "2").await, 403, "it signs another digest");
    assert_eq!(
        manifest(&signed, &sig()).await,
        200,
        "cosign verify reads it"
    );
    let layer = oci::Digest::of(oci::digest::Algorithm::Sha256, &file("tag-sig.layer"));
    let blob = format!("/v2/alice/app/blobs/{layer}");
    let read = signed.0.app.get(&blob).by("alice").send().await;
    assert_eq!(read.status.as_u16(), 200);
    let path = format!("{KEYS}/{id}");
    let revoked = signed.call("DELETE", &path, "alice", &Value::Null);
    revoked.await.expect(204);
    assert_eq!(manifest(&signed, "1").await, 403, "at once");
    assert_eq!(
        manifest(&signed, &sig()).await,
        403,
        "and what it made, with it"
    );
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
    // Of who proves that it is theirs it is, and they are in a team.
    for path in ["members/alice", "teams/release/members/alice"] {
        let path = format!("/enzi/v0/accounts/ci/{path}");
        app.by_admin("PUT", &path, json!({}), 200).await;
    }
    let form = json!({"label": "ci", "publicKey": text("p256.pub"), "kind": "cosign"});
    let form = signed.call("POST", KEYS, "alice", &form).await.expect(201);
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 403, "it is only claimed");
    signed.prove(form.json()["id"].as_str().unwrap()).await;
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 200);
}

#[tokio::test]
async fn a_certificate_of_cosign_counts_by_a_trust_store_and_for_who_registered_it() {
    let signed = Signed::new().await;
    let asks = json!({"mode": "enforce"});
    signed.call("PUT", POLICY, "alice", &asks).await.expect(200);
    signed.attach("tag-certsig", &sig()).await;
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 403, "nobody is trusted");
    let pem = text("cosign-root.crt") + &text("cosign-issuing.crt");
    let store = json!({"kind": "notationStore", "name": "build", "pem": pem, "identities": ["*"]});
    signed.trust(&store).await;
    signed.settle().await;
    assert_eq!(manifest(&signed, "1").await, 200);
    assert_eq!(
        manifest(&signed, &sig()).await,
        200,
        "cosign verify reads it"
    );
}

#[tokio::test]
async fn what_hides_layers_behind_a_signature_is_not_read() {
    let signed = Signed::new().await;
    signed.trust(&key()).await;
    signed.attach("tag-sig", &sig()).await;
    signed.settle().await;
    let asks = json!({"mode": "enforce"});
    signed.call("PUT", POLICY, "alice", &asks).await.expect(200);
    assert_eq!(manifest(&signed, &sig()).await, 200);
    let mut hiding: Value = serde_json::from_slice(&file("tag-sig.manifest.json")).unwrap();
    let layer = file("image.layer");
    let digest = oci::Digest::of(oci::digest::Algorithm::Sha256, &layer);
    hiding["layers"].as_array_mut().unwrap().push(json!({
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest, "size": layer.len(),
    }));
    signed
        .put(&sig(), MANIFEST, hiding.to_string().as_bytes())
        .await;
    signed.settle().await;
    assert_eq!(manifest(&signed, &sig()).await, 403);

    // Nor is it where the signature is there once for each such layer, where they lie elsewhere, or as its configuration.
    let layer = [layer, vec![0; 16 << 10]].concat();
    let digest = signed.0.blob("", &layer).await["digest"].clone();
    let real: Value = serde_json::from_slice(&file("tag-sig.manifest.json")).unwrap();
    let signature = real["layers"][0].clone();
    let hidden =
        |media_type: &str| json!({"mediaType": media_type, "digest": digest, "size": layer.len()});
    let tar = hidden("application/vnd.oci.image.layer.v1.tar+gzip");
    let mut foreign = hidden("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
    foreign["urls"] = json!(["https://elsewhere.example/layer"]);
    let twice = json!([tar, signature, signature]);
    let config = hidden("application/vnd.oci.image.config.v1+json");
    for (field, value) in [
        ("layers", twice),
        ("layers", json!([signature, foreign])),
        ("config", config),
    ] {
        let mut hiding = real.clone();
        hiding[field] = value;
        for tag in [sig(), "latest".to_owned()] {
            signed
                .put(&tag, MANIFEST, hiding.to_string().as_bytes())
                .await;
            signed.settle().await;
            assert_eq!(manifest(&signed, &tag).await, 403, "{field}");
        }
        let path = format!("/v2/alice/app/blobs/{}", digest.as_str().unwrap());
        let blob = signed.0.app.get(&path).by("admin").send().await;
        assert_eq!(blob.status.as_u16(), 403, "{field}");
    }
    // What is read to verify an image is not run for it.
    signed
        .put(&sig(), MANIFEST, &file("tag-sig.manifest.json"))
        .await;
    signed.settle().await;
    assert_eq!(manifest(&signed, &sig()).await, 200);
    let images = json!({"images": [format!("alice/app:{}", sig()), "alice/app:1"]});
    let path = "/api/v0/trust/evaluate";
    let answer = signed.call("POST", path, "alice", &images).await;
    let answer = answer.expect(200).json();
    let admitted = [0, 1].map(|at| answer["images"][at]["admitted"].clone());
    assert_eq!(admitted, [json!(false), json!(true)]);
}
