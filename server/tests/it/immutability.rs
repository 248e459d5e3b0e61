//! Tags that cannot change, by patterns with exceptions: on every path that sets or deletes one.

use serde_json::{Value, json};

use crate::{
    pusher::Pusher,
    util::{Answer, MANIFEST},
};

const REPOSITORY: &str = "/api/v0/repositories/alice/app";

async fn with(form: Value) -> Pusher {
    let pusher = Pusher::new().await;
    let patch = pusher.app.call("PATCH", REPOSITORY).by("alice");
    patch.json(&form).send().await.expect(200);
    pusher
}

/// An image that says this, pushed under the path's last segments.
async fn push(pusher: &Pusher, reference: &str, says: &str) -> Answer {
    let token = pusher
        .app
        .token("alice", &["repository:alice/app:pull,push,delete"])
        .await;
    let config = pusher
        .blob("application/vnd.oci.image.config.v1+json", b"{}")
        .await;
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [],
        "annotations": {"says": says}});
    let put = pusher
        .app
        .call("PUT", &format!("/v2/alice/app/manifests/{reference}"));
    let put = put.bearer(&token).header("content-type", MANIFEST);
    put.body(manifest.to_string()).send().await
}

async fn delete(pusher: &Pusher, path: &str) -> Answer {
    let token = pusher
        .app
        .token("alice", &["repository:alice/app:pull,push,delete"])
        .await;
    let call = pusher.app.call("DELETE", path);
    let call = if path.starts_with("/v2/") {
        call.bearer(&token)
    } else {
        call.by("alice")
    };
    call.send().await
}

#[tokio::test]
async fn tags_that_fit_a_pattern_are_neither_set_again_nor_deleted() {
    let pusher = with(json!({"immutableTagPatterns": ["v*", "!v0.*"]})).await;
    let shown = pusher.json(REPOSITORY).await;
    assert_eq!(shown["immutableTagPatterns"], json!(["v*", "!v0.*"]));
    for tag in ["v1.0", "v0.1", "latest"] {
        push(&pusher, tag, "first").await.expect(201);
        push(&pusher, tag, "first").await.expect(201);
    }
    let digest = pusher.json(&format!("{REPOSITORY}/tags/v1.0")).await[0]["digest"].clone();
    let digest = digest.as_str().unwrap();
    for tag in ["v0.1", "latest"] {
        push(&pusher, tag, "second").await.expect(201);
    }
    let refused = push(&pusher, "v1.0", "second").await.expect(409);
    let said = refused.message();
    assert!(
        said.starts_with("tag=v1.0 cannot be overwritten because ")
            && said.ends_with("/alice/app is an immutable repository for tags like v*"),
        "{said}"
    );
    push(&pusher, "new?tag=v1.0", "second").await.expect(409);
    let tags = pusher.json(&format!("{REPOSITORY}/tags")).await;
    assert_eq!(tags.as_array().unwrap().len(), 3, "nothing of it is there");

    for path in [
        "/v2/alice/app/manifests/v1.0".to_owned(),
        format!("/v2/alice/app/manifests/{digest}"),
        format!("{REPOSITORY}/tags/v1.0"),
        format!("{REPOSITORY}/manifests/{digest}"),
    ] {
        let refused = delete(&pusher, &path).await.expect(409).message();
        assert!(refused.contains("tag=v1.0 cannot be deleted"), "{refused}");
    }
    delete(&pusher, &format!("{REPOSITORY}/tags/latest"))
        .await
        .expect(204);
    let patch = pusher.app.call("PATCH", REPOSITORY).by("alice");
    let none = json!({"immutableTagPatterns": []});
    patch.json(&none).send().await.expect(200);
    push(&pusher, "v1.0", "second").await.expect(201);
    delete(&pusher, "/v2/alice/app/manifests/v1.0")
        .await
        .expect(202);
}

#[tokio::test]
async fn nothing_is_taken_out_of_an_immutable_index() {
    let pusher = with(json!({"immutableTagPatterns": ["v*"]})).await;
    push(&pusher, "child", "first").await.expect(201);
    let child = pusher.json(&format!("{REPOSITORY}/tags/child")).await[0]["digest"].clone();
    let index = "application/vnd.oci.image.index.v1+json";
    let entry = json!({"mediaType": MANIFEST, "digest": child, "size": 1});
    let content = json!({"schemaVersion": 2, "mediaType": index, "manifests": [entry]});
    pusher.put("v1", index, &content).await;
    let path = format!("/v2/alice/app/manifests/{}", child.as_str().unwrap());
    let said = delete(&pusher, &path).await.expect(409).message();
    assert!(said.contains("tag=v1 cannot be deleted"), "{said}");
    delete(&pusher, "/v2/alice/app/manifests/child")
        .await
        .expect(202);
}

#[tokio::test]
async fn exceptions_alone_mean_all_other_tags() {
    let pusher = with(json!({"immutableTagPatterns": ["!latest"]})).await;
    for says in ["first", "second"] {
        push(&pusher, "latest", says).await.expect(201);
    }
    push(&pusher, "66", "first").await.expect(201);
    push(&pusher, "66", "second").await.expect(409);
}

#[tokio::test]
async fn what_is_attached_to_an_image_stays_writable() {
    let signature = format!("sha256-{}.sig", "a".repeat(64));
    for form in [
        json!({"immutableTags": true}),
        json!({"immutableTagPatterns": ["*"]}),
    ] {
        let pusher = with(form).await;
        for says in ["first", "second"] {
            push(&pusher, &signature, says).await.expect(201);
        }
        push(&pusher, "66", "first").await.expect(201);
        let said = push(&pusher, "66", "second").await.expect(409).message();
        assert!(
            said.contains("/alice/app is an immutable repository"),
            "{said}"
        );
        delete(&pusher, &format!("{REPOSITORY}/tags/{signature}"))
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn a_promotion_honours_the_patterns_of_its_target() {
    let pusher = with(json!({"immutableTagPatterns": ["66"]})).await;
    push(&pusher, "66", "first").await.expect(201);
    push(&pusher, "67", "second").await.expect(201);
    let make = pusher
        .app
        .call("POST", "/api/v0/repositories/alice")
        .by("alice");
    make.json(&json!({"name": "back"})).send().await.expect(201);
    let promote = async |from: &str, tag: &str, to: &str| {
        let path = format!("/api/v0/repositories/alice/{from}/tags/{tag}/promotion");
        let form = json!({"targetRepository": to, "targetTag": "66"});
        let call = pusher.app.call("POST", &path).by("alice");
        call.json(&form).send().await
    };
    promote("app", "67", "alice/back").await.expect(201);
    let refused = promote("back", "66", "alice/app").await.expect(409);
    assert_eq!(
        refused.message(),
        "tag=66 cannot be overwritten because alice/app is an immutable repository for tags like 66."
    );
}

#[tokio::test]
async fn a_pattern_that_no_tag_can_fit_is_refused() {
    let pusher = with(json!({})).await;
    let many: Vec<String> = (0..1000).map(|number| format!("v{number}")).collect();
    for patterns in [json!(["a b"]), json!(["-x"]), json!([""]), json!(many)] {
        let patch = pusher.app.call("PATCH", REPOSITORY).by("alice");
        let form = json!({"immutableTagPatterns": patterns});
        let refused = patch.json(&form).send().await.expect(400);
        assert_eq!(
            refused.code(),
            "INVALID_PARAMETERS",
            "{}",
            refused.message()
        );
    }
}
