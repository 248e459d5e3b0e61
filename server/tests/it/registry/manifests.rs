//! Manifests and lists: byte for byte, tagged, referred to, paged.

use oci::digest::{Algorithm, Digest};
use serde_json::json;

use crate::util::{MANIFEST, TestApp};

const ALICE: &[&str] = &[
    "repository:alice/app:pull,push,delete",
    "repository:alice/site:pull,push,delete",
];
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

#[tokio::test]
async fn a_manifest_is_served_byte_for_byte() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let manifest = app
        .image(&token, "alice/app", b"layer")
        .await
        .replace(',', " ,\n\t");
    let put = app
        .call("PUT", "/v2/alice/app/manifests/v1")
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(manifest.clone())
        .send()
        .await
        .expect(201);
    let digest = Digest::of(Algorithm::Sha256, manifest.as_bytes());
    assert_eq!(put.header("docker-content-digest"), digest.to_string());
    for reference in ["v1".to_owned(), digest.to_string()] {
        let got = app
            .get(&format!("/v2/alice/app/manifests/{reference}"))
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(got.body, manifest);
        assert_eq!(got.header("content-type"), MANIFEST);
        let etag = got.header("etag").to_owned();
        let path = format!("/v2/alice/app/manifests/{reference}");
        app.get(&path)
            .bearer(&token)
            .header("if-none-match", &etag)
            .send()
            .await
            .expect(304);
    }
}

#[tokio::test]
async fn a_moved_or_deleted_tag_is_never_served_from_memory() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let get = || {
        app.get("/v2/alice/app/manifests/latest")
            .bearer(&token)
            .send()
    };
    let first = app.push_image(&token, "alice/app", "latest", b"one").await;
    assert_eq!(
        get().await.header("docker-content-digest"),
        first.to_string()
    );
    let second = app.push_image(&token, "alice/app", "latest", b"two").await;
    assert_eq!(
        get().await.header("docker-content-digest"),
        second.to_string()
    );
    app.call("DELETE", "/v2/alice/app/manifests/latest")
        .bearer(&token)
        .send()
        .await
        .expect(202);
    get().await.expect(404);
    let by_digest = format!("/v2/alice/app/manifests/{second}");
    app.get(&by_digest).bearer(&token).send().await.expect(200);
    app.call("DELETE", &by_digest)
        .bearer(&token)
        .send()
        .await
        .expect(202);
    app.get(&by_digest).bearer(&token).send().await.expect(404);
}

#[tokio::test]
async fn missing_content_is_named_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let present = app.image(&token, "alice/app", b"layer").await;
    let elsewhere = app
        .call("PUT", "/v2/alice/site/manifests/v1")
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(present)
        .send()
        .await
        .expect(400);
    assert_eq!(elsewhere.code(), "MANIFEST_BLOB_UNKNOWN");
    let layer = Digest::of(Algorithm::Sha256, b"layer").to_string();
    assert!(
        elsewhere.json()["errors"][0]["detail"]["missing"]
            .as_array()
            .unwrap()
            .contains(&json!(layer))
    );
    let tags = app
        .get("/v2/alice/site/tags/list")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(tags.json()["tags"], json!([]));

    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [
        { "mediaType": MANIFEST, "digest": layer, "size": 5 }
    ]});
    let missing = app
        .call("PUT", "/v2/alice/app/manifests/multi")
        .bearer(&token)
        .header("content-type", INDEX)
        .body(index.to_string())
        .send()
        .await
        .expect(400);
    assert_eq!(missing.code(), "MANIFEST_BLOB_UNKNOWN");
}

#[tokio::test]
async fn several_tags_in_one_push() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let manifest = app.image(&token, "alice/app", b"layer").await;
    let digest = Digest::of(Algorithm::Sha512, manifest.as_bytes());
    let put = app
        .call(
            "PUT",
            &format!("/v2/alice/app/manifests/{digest}?tag=b&tag=a"),
        )
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(manifest)
        .send()
        .await
        .expect(201);
    let tags: Vec<_> = put
        .headers
        .get_all("oci-tag")
        .iter()
        .map(|tag| tag.to_str().unwrap())
        .collect();
    assert_eq!(tags, ["b", "a"]);
    for tag in ["a", "b"] {
        let got = app
            .get(&format!("/v2/alice/app/manifests/{tag}"))
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(got.header("docker-content-digest"), digest.to_string());
    }
    let many: Vec<String> = (0..33).map(|i| format!("tag=t{i}")).collect();
    let many = many.join("&");
    let path = format!("/v2/alice/app/manifests/{digest}?{many}");
    app.call("PUT", &path)
        .bearer(&token)
        .body("{}")
        .send()
        .await
        .expect(414);
}

#[tokio::test]
async fn tags_are_paged_in_the_order_of_bytes() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for tag in ["b", "B", "a", "_x", "10", "9"] {
        app.push_image(&token, "alice/app", tag, b"layer").await;
    }
    let mut path = "/v2/alice/app/tags/list?n=4".to_owned();
    let mut seen = Vec::new();
    while !path.is_empty() {
        let page = app.get(&path).bearer(&token).send().await.expect(200);
        seen.extend(
            page.json()["tags"]
                .as_array()
                .unwrap()
                .iter()
                .map(|tag| tag.as_str().unwrap().to_owned()),
        );
        let link = page.header("link");
        path = link
            .split_once('>')
            .map_or("", |(path, _)| path.trim_start_matches('<'))
            .to_owned();
    }
    assert_eq!(seen, ["10", "9", "B", "_x", "a", "b"]);
    let none = app
        .get("/v2/alice/app/tags/list?n=0")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(none.json()["tags"], json!([]));
}

#[tokio::test]
async fn referrers_are_found_before_and_after_their_subject() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let subject = app.image(&token, "alice/app", b"layer").await;
    let subject_digest = Digest::of(Algorithm::Sha256, subject.as_bytes());
    let empty = app.push_blob(&token, "alice/app", b"{}").await;
    for kind in [
        "application/vnd.example.sbom",
        "application/vnd.example.signature",
    ] {
        let artifact = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind,
            "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2 },
            "layers": [], "annotations": { "kind": kind },
            "subject": { "mediaType": MANIFEST, "digest": subject_digest, "size": subject.len() },
        })
        .to_string();
        let digest = Digest::of(Algorithm::Sha256, artifact.as_bytes());
        let put = app
            .call("PUT", &format!("/v2/alice/app/manifests/{digest}"))
            .bearer(&token)
            .header("content-type", MANIFEST)
            .body(artifact)
            .send()
            .await
            .expect(201);
        assert_eq!(put.header("oci-subject"), subject_digest.to_string());
    }
    let path = format!("/v2/alice/app/referrers/{subject_digest}");
    let all = app.get(&path).bearer(&token).send().await.expect(200);
    assert_eq!(all.header("content-type"), INDEX);
    assert_eq!(all.json()["manifests"].as_array().unwrap().len(), 2);
    let some = app
        .get(&format!("{path}?artifactType=application/vnd.example.sbom"))
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert_eq!(some.header("oci-filters-applied"), "artifactType");
    assert_eq!(
        some.json()["manifests"][0]["annotations"]["kind"],
        "application/vnd.example.sbom"
    );
    assert_eq!(some.json()["manifests"].as_array().unwrap().len(), 1);
    let first = app
        .get(&format!("{path}?n=1"))
        .bearer(&token)
        .send()
        .await
        .expect(200);
    assert!(first.header("link").contains("last=sha256"));
}

/// Makes `alice/app` immutable.
async fn keep_tags(app: &TestApp) {
    let repository = db::repositories::find(&app.state.db, &"alice/app".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    let update = db::repositories::Update {
        immutable_tags: Some(true),
        ..db::repositories::Update::default()
    };
    db::repositories::update(&app.state.db, repository.id, update, |_| Vec::new())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_immutable_repository_keeps_its_tags() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    keep_tags(&app).await;
    app.push_image(&token, "alice/app", "1", b"one").await;
    app.push_image(&token, "alice/app", "1", b"one").await;
    let manifest = app.image(&token, "alice/app", b"two").await;
    let refused = app
        .call("PUT", "/v2/alice/app/manifests/1")
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(manifest)
        .send()
        .await
        .expect(409);
    assert_eq!(
        refused.message(),
        "tag=1 cannot be overwritten because 127.0.0.1:8080/alice/app is an immutable repository"
    );
}

#[tokio::test]
async fn of_two_pushes_at_once_one_has_the_immutable_tag() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    keep_tags(&app).await;
    let one = app.image(&token, "alice/app", b"one").await;
    let two = app.image(&token, "alice/app", b"two").await;
    for tag in 0..20 {
        let path = format!("/v2/alice/app/manifests/{tag}");
        let put = |manifest: &str| {
            let call = app.call("PUT", &path).bearer(&token);
            let call = call.header("content-type", MANIFEST);
            call.body(manifest.to_owned()).send()
        };
        let (first, second) = tokio::join!(put(&one), put(&two));
        let mut said = [first.status.as_u16(), second.status.as_u16()];
        said.sort_unstable();
        assert_eq!(said, [201, 409], "tag {tag}");
    }
}
