//! Other paths to the same bytes: blobs, indexes and what is in them, what calls itself a signature, and mounts.

use oci::digest::Digest;
use serde_json::{Value, json};

use super::{GUN, POLICY, Stage};
use crate::{trust::signers::publish_as_olga, util::MANIFEST};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn layer(content: &[u8]) -> Digest {
    Digest::of(oci::digest::Algorithm::Sha256, content)
}

#[tokio::test]
async fn a_blob_is_reached_through_an_image_that_may_be_pulled() {
    let stage = Stage::enforced().await;
    stage
        .pull(&format!("blobs/{}", layer(b"one")))
        .await
        .expect(200);
    stage
        .pull(&format!("blobs/{}", layer(b"two")))
        .await
        .expect(403);
    let alone = stage
        .app
        .push_blob(&stage.push, "acme/site", b"alone")
        .await;
    stage.pull(&format!("blobs/{alone}")).await.expect(403);
    let path = format!("/v2/acme/site/blobs/{alone}");
    let head = stage.app.call("HEAD", &path).bearer(&stage.push);
    head.send().await.expect(200);
}

#[tokio::test]
async fn an_index_is_signed_for_what_is_in_it_and_what_is_in_it_not_for_the_index() {
    let stage = Stage::new().await;
    let index = |children: &[Digest]| {
        let child = |digest: &Digest| json!({"mediaType": MANIFEST, "digest": digest, "size": 500});
        let children: Vec<Value> = children.iter().map(child).collect();
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children})
    };
    let child = stage
        .app
        .push_image(&stage.push, "acme/site", "c", b"three")
        .await;
    let whole = stage.push("i", INDEX, &index(&[child])).await;
    let other = stage
        .push("j", INDEX, &index(&[stage.signed, stage.unsigned]))
        .await;
    publish_as_olga(
        &stage.app,
        GUN,
        &stage.key,
        &[("i", &whole), ("a", &stage.signed)],
    )
    .await;
    stage
        .set(POLICY, json!({"mode": "enforce"}))
        .await
        .expect(200);
    assert_eq!(stage.manifest(whole).await, 200);
    assert_eq!(stage.manifest(child).await, 200, "it is in a signed index");
    let three = layer(b"three");
    stage.pull(&format!("blobs/{three}")).await.expect(200);
    assert_eq!(stage.manifest(other).await, 403, "what is in it is signed");
    assert_eq!(stage.manifest(stage.signed).await, 200);
    assert_eq!(stage.manifest(stage.unsigned).await, 403);
}

#[tokio::test]
async fn a_tag_that_was_signed_as_an_index_and_moved_to_what_is_in_it_is_not_signed() {
    let stage = Stage::new().await;
    let image = stage.app.image(&stage.push, "acme/site", b"three").await;
    let image: Value = serde_json::from_str(&image).unwrap();
    let child = stage.push("c", MANIFEST, &image).await;
    let size = image.to_string().len();
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [{"mediaType": MANIFEST, "digest": child, "size": size}],
    });
    let whole = stage.push("i", INDEX, &index).await;
    publish_as_olga(&stage.app, GUN, &stage.key, &[("i", &whole)]).await;
    let asks = json!({"mode": "enforce"});
    stage.set(POLICY, asks).await.expect(200);
    assert_eq!(stage.manifest("i").await, 200);
    stage.push("i", MANIFEST, &image).await;
    assert_eq!(stage.manifest("i").await, 403, "it is signed as the index");
    assert_eq!(stage.manifest(child).await, 200, "it is in a signed index");
}

#[tokio::test]
async fn an_image_that_says_it_is_a_signature_passes_no_gate() {
    let stage = Stage::enforced().await;
    let image = stage.app.image(&stage.push, "acme/site", b"evil").await;
    let mut image: Value = serde_json::from_str(&image).unwrap();
    image["artifactType"] = json!("application/vnd.dev.cosign.artifact.sig.v1+json");
    image["subject"] = json!({"mediaType": MANIFEST, "digest": stage.signed, "size": 500});
    let tag = format!("sha256-{}.sig", "a".repeat(64));
    let evil = stage.push(&tag, MANIFEST, &image).await;
    assert_eq!(stage.manifest(evil).await, 403);
    assert_eq!(stage.manifest(&tag).await, 403);
}

#[tokio::test]
async fn a_blob_is_not_mounted_from_where_it_may_not_be_pulled() {
    let stage = Stage::enforced().await;
    let app = &stage.app;
    let made = app.call("POST", "/api/v0/repositories/bob").by("bob");
    let made = made.json(&json!({"name": "copy"})).send();
    made.await.expect(201);
    let scopes = ["repository:bob/copy:pull,push", "repository:acme/site:pull"];
    let token = app.token("bob", &scopes).await;
    let mount = async |digest: Digest, from: &str| {
        let path = format!("/v2/bob/copy/blobs/uploads/?mount={digest}{from}");
        let call = app.call("POST", &path).bearer(&token);
        call.send().await.status.as_u16()
    };
    for from in ["&from=acme/site", ""] {
        assert_eq!(mount(layer(b"two"), from).await, 202, "{from}");
        assert_eq!(mount(layer(b"one"), from).await, 201, "{from}");
    }
    let path = format!("/v2/bob/copy/blobs/{}", layer(b"two"));
    app.get(&path).bearer(&token).send().await.expect(404);
}
