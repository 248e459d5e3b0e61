//! What must be refused in good order: names, digests, paths, numbers and manifests that are not what they should be.

use oci::digest::{Algorithm, Digest};
use serde_json::json;

use crate::util::{MANIFEST, TestApp};

const ALICE: &[&str] = &["repository:alice/app:pull,push,delete"];
const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[tokio::test]
async fn paths() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for (path, status, code) in [
        ("/v2/alice/APP/manifests/v1", 400, "NAME_INVALID"),
        ("/v2/app/manifests/v1", 400, "NAME_INVALID"),
        ("/v2/a/b/c/manifests/v1", 400, "NAME_INVALID"),
        ("/v2/alice/-app/tags/list", 400, "NAME_INVALID"),
        ("/v2/alice/app/blobs/sha256:abc", 400, "DIGEST_INVALID"),
        (
            "/v2/alice/app/blobs/md5:d41d8cd98f00b204e9800998ecf8427e",
            400,
            "DIGEST_INVALID",
        ),
        ("/v2/alice/../alice/app/manifests/v1", 404, "UNSUPPORTED"),
        ("/v2/alice//app/manifests/v1", 404, "UNSUPPORTED"),
        ("/v2/alice%2fapp/manifests/v1", 404, "UNSUPPORTED"),
        ("/v2/alice/app%00/manifests/v1", 404, "UNSUPPORTED"),
        ("/v2/alice/app/nothing", 404, "UNSUPPORTED"),
        (
            "/v2/alice/app/blobs/uploads/..%2f..%2fx",
            404,
            "UNSUPPORTED",
        ),
    ] {
        let answer = app.get(path).bearer(&token).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (status, code),
            "{path}"
        );
        assert!(!answer.message().is_empty(), "{path}");
    }
    let long = format!("/v2/alice/{}/tags/list", "a".repeat(5000));
    app.get(&long).bearer(&token).send().await.expect(414);
}

#[tokio::test]
async fn numbers_of_entries() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for n in ["-1", "x", "", "1.5", "+1"] {
        let path = format!("/v2/alice/app/tags/list?n={n}");
        assert_eq!(
            app.get(&path)
                .bearer(&token)
                .send()
                .await
                .expect(400)
                .code(),
            "PAGINATION_NUMBER_INVALID",
            "{n}"
        );
    }
    for n in ["1000000000", "99999999999999999999999999"] {
        app.get(&format!("/v2/alice/app/tags/list?n={n}"))
            .bearer(&token)
            .send()
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn manifests() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let config = json!({ "mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST, "size": 0 });
    let both = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [], "manifests": [] });
    for (body, what) in [
        (String::new(), "nothing"),
        ("{".to_owned(), "cut"),
        ("[]".to_owned(), "no object"),
        (deep, "deep"),
        (format!("{{\"schemaVersion\":2,\"schemaVersion\":2,\"config\":{config},\"layers\":[]}}"), "a key twice"),
        (both.to_string(), "layers and manifests"),
        (json!({ "schemaVersion": 1, "fsLayers": [] }).to_string(), "schema 1"),
        (json!({ "schemaVersion": 2, "config": { "mediaType": "x/y", "digest": "x", "size": 0 }, "layers": [] }).to_string(), "a digest that is none"),
        (json!({ "schemaVersion": 2, "config": { "mediaType": "x/y", "digest": DIGEST, "size": -1 }, "layers": [] }).to_string(), "a negative size"),
    ] {
        let put = app.call("PUT", "/v2/alice/app/manifests/bad").bearer(&token).header("content-type", MANIFEST);
        let answer = put.body(body).send().await;
        assert_eq!(answer.status, 400, "{what}: {answer:?}");
        assert!(["MANIFEST_INVALID", "DIGEST_INVALID"].contains(&answer.code().as_str()), "{what}: {answer:?}");
    }
    let huge = app
        .call("PUT", "/v2/alice/app/manifests/bad")
        .bearer(&token)
        .body(vec![b' '; (4 << 20) + 1])
        .send()
        .await;
    assert_eq!(
        (huge.status.as_u16(), huge.code().as_str()),
        (413, "SIZE_INVALID")
    );
    let mismatch = app
        .call("PUT", &format!("/v2/alice/app/manifests/{DIGEST}"))
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(json!({ "schemaVersion": 2, "config": config, "layers": [] }).to_string())
        .send()
        .await
        .expect(400);
    assert_eq!(mismatch.code(), "DIGEST_INVALID");
    app.get("/v2/alice/app/manifests/bad")
        .bearer(&token)
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn chunks() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let open = app
        .call("POST", "/v2/alice/app/blobs/uploads/")
        .bearer(&token)
        .send()
        .await
        .expect(202);
    let location = open.header("location");
    for range in ["x", "5-1", "0", "bytes */5", "-1-2"] {
        let patch = app
            .call("PATCH", location)
            .bearer(&token)
            .header("content-range", range)
            .body("hello");
        assert_eq!(
            patch.send().await.expect(416).code(),
            "RANGE_INVALID",
            "{range}"
        );
    }
    let disagree = app
        .call("PATCH", location)
        .bearer(&token)
        .header("content-range", "0-9")
        .header("content-length", "5")
        .body("hello");
    assert_eq!(disagree.send().await.expect(400).code(), "SIZE_INVALID");
    app.call("PUT", location)
        .bearer(&token)
        .send()
        .await
        .expect(400);
    app.call("PUT", &format!("{location}?digest=sha256:x"))
        .bearer(&token)
        .send()
        .await
        .expect(400);
    app.call("POST", "/v2/alice/app/blobs/uploads/?digest=x")
        .bearer(&token)
        .send()
        .await
        .expect(400);
    app.call("POST", "/v2/alice/app/blobs/uploads/?digest-algorithm=md5")
        .bearer(&token)
        .send()
        .await
        .expect(400);
}

#[tokio::test]
async fn methods() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for (method, path) in [
        ("POST", "/v2/"),
        ("PUT", "/v2/alice/app/tags/list"),
        ("DELETE", "/v2/_catalog"),
    ] {
        assert_eq!(
            app.call(method, path)
                .bearer(&token)
                .send()
                .await
                .expect(405)
                .code(),
            "UNSUPPORTED",
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_spoofed_host_appears_nowhere() {
    let app = TestApp::new().await;
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example"),
    ] {
        let answer = app.get("/v2/").header(name, value).send().await.expect(401);
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains("http://127.0.0.1:8080/auth/token"),
            "{name}: {challenge}"
        );
    }
    // The target's own authority, which HTTP/1.1 writes in absolute form and HTTP/2 as `:authority`.
    let answer = app.get("http://evil.example/v2/").send().await.expect(401);
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("http://127.0.0.1:8080/auth/token"),
        "{challenge}"
    );
    let app = TestApp::with(&[
        ("PLIMSOLL_EXTERNAL_URL", "https://registry.example"),
        ("PLIMSOLL_TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let answer = app
        .get("/v2/")
        .header("x-forwarded-host", "evil.example")
        .send()
        .await
        .expect(401);
    assert!(
        answer
            .header("www-authenticate")
            .contains("https://registry.example/auth/token")
    );
}

/// On `PostgreSQL` a NUL character that gets through to the database is an error inside.
#[tokio::test]
async fn nul_characters() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let digest = Digest::of(Algorithm::Sha256, b"");
    for path in [
        "/v2/alice/app/tags/list?last=a%00b".to_owned(),
        "/v2/_catalog?last=%00".to_owned(),
        format!("/v2/alice/app/referrers/{digest}?last=%00"),
        format!("/v2/alice/app/referrers/{digest}?artifactType=%00"),
    ] {
        app.get(&path).bearer(&token).send().await.expect(400);
    }
    app.get("/auth/token?service=plimsoll&offline_token=true&client_id=%00docker")
        .by("alice")
        .send()
        .await
        .expect(200);
    let config = br#"{"os":"a\u0000b","architecture":"amd64"}"#;
    let config_digest = app.push_blob(&token, "alice/app", config).await;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": config_digest,
            "size": config.len(),
        },
        "layers": [],
        "annotations": {"a\0": "b", "c": "d\0", "e": "f"},
    })
    .to_string();
    app.call("PUT", "/v2/alice/app/manifests/nul")
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(manifest.clone())
        .send()
        .await
        .expect(201);
    let back = app
        .get("/v2/alice/app/manifests/nul")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(back.expect(200).body, manifest);
}
