//! Tags and manifests: lists, paging, deletion, and the bytes themselves.

use oci::digest::{Algorithm, Digest};
use serde_json::{Value, json};

use crate::{
    pusher::{MANIFESTS, Pusher, TAGS, config},
    util::{MANIFEST, TestApp},
};

#[tokio::test]
async fn tags_are_paged_filtered_and_deleted() {
    let pusher = Pusher::new().await;
    for tag in ["v1", "v2", "v2-rc", "latest"] {
        pusher.image(tag, &config("amd64")).await;
    }
    let names = |list: &Value| -> Vec<String> {
        list.as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = pusher
        .app
        .get(&format!("{TAGS}?pageSize=3&count=true"))
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(names(&first.json()), ["latest", "v1", "v2"]);
    assert_eq!(
        (
            first.header("x-next-page-start"),
            first.header("x-resource-count")
        ),
        ("v2", "4")
    );
    assert_eq!(
        names(&pusher.json(&format!("{TAGS}?pageStart=v2")).await),
        ["v2-rc"]
    );
    assert_eq!(
        names(&pusher.json(&format!("{TAGS}?filter=V2")).await),
        ["v2", "v2-rc"]
    );
    let short = pusher.json(&format!("{TAGS}?filter=v1")).await;
    assert_eq!(short[0]["manifest"].get("dockerfile"), None);
    let full = pusher
        .json(&format!("{TAGS}?filter=v1&includeManifests=true"))
        .await;
    assert_eq!(
        full[0]["manifest"]["dockerfile"].as_array().unwrap().len(),
        3
    );

    let delete = |path: String| pusher.app.call("DELETE", &path).by("alice").send();
    delete(format!("{TAGS}/v1")).await.expect(204);
    assert_eq!(
        delete(format!("{TAGS}/v1")).await.expect(404).code(),
        "NO_SUCH_TAG"
    );
    let all = pusher.json(MANIFESTS).await;
    assert_eq!(all.as_array().unwrap().len(), 1);
    let digest = all[0]["digest"].as_str().unwrap();
    assert_eq!(
        delete(format!("{TAGS}/{digest}")).await.expect(400).code(),
        "INVALID_TAG_NAME"
    );
    delete(format!("{MANIFESTS}/{digest}")).await.expect(204);
    assert_eq!(
        delete(format!("{MANIFESTS}/{digest}"))
            .await
            .expect(404)
            .code(),
        "NO_SUCH_REF"
    );
    assert_eq!(pusher.json(TAGS).await, json!([]));
}

#[tokio::test]
async fn a_manifest_is_answered_byte_for_byte() {
    let pusher = Pusher::new().await;
    let digest = pusher.image("1", &config("amd64")).await;
    let raw = pusher
        .app
        .get(&format!("{MANIFESTS}/{digest}"))
        .by("alice")
        .send()
        .await
        .expect(200);
    assert_eq!(Digest::of(Algorithm::Sha256, &raw.body), digest);
    assert_eq!(
        (
            raw.header("content-type"),
            raw.header("x-content-type-options")
        ),
        (MANIFEST, "nosniff")
    );
    let other = format!("/api/v0/repositories/alice/site/manifests/{digest}");
    assert_eq!(
        pusher
            .app
            .get(&other)
            .by("alice")
            .send()
            .await
            .expect(404)
            .code(),
        "NO_SUCH_REF"
    );
    let other = format!("/api/v0/repositories/alice/site/tags/{digest}");
    assert_eq!(
        pusher
            .app
            .get(&other)
            .by("alice")
            .send()
            .await
            .expect(404)
            .code(),
        "NO_SUCH_REF"
    );
}

#[tokio::test]
async fn strangers_do_not_learn_who_pushed() {
    let app = TestApp::new().await;
    let token = app
        .token("admin", &["repository:alice/site:pull,push"])
        .await;
    app.push_image(&token, "alice/site", "1", b"layer").await;
    let path = "/api/v0/repositories/alice/site/tags";
    assert_eq!(
        app.get(path).send().await.expect(200).json()[0]["author"],
        ""
    );
    assert_eq!(
        app.get(path).by("bob").send().await.expect(200).json()[0]["author"],
        "admin"
    );
}
