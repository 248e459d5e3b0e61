//! Blobs: whole, in part, conditional; visible only through a link of their own repository.

use crate::util::TestApp;

const ALICE: &[&str] = &[
    "repository:alice/app:pull,push,delete",
    "repository:alice/site:pull,push,delete",
];

#[tokio::test]
async fn a_blob_comes_back_as_it_was_sent() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for size in [0usize, 1, 65_536, 65_537, 3_000_000] {
        let content: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let digest = app.push_blob(&token, "alice/app", &content).await;
        let path = format!("/v2/alice/app/blobs/{digest}");
        let head = app
            .call("HEAD", &path)
            .bearer(&token)
            .send()
            .await
            .expect(200);
        assert_eq!(head.header("content-length"), size.to_string());
        assert!(head.body.is_empty());
        let got = app.get(&path).bearer(&token).send().await.expect(200);
        assert_eq!(got.header("docker-content-digest"), digest.to_string());
        assert_eq!(got.header("content-length"), size.to_string());
        assert!(got.body == content, "{size} bytes came back changed");
    }
}

#[tokio::test]
async fn parts_and_conditions() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    for size in [1000usize, 200_000] {
        let content: Vec<u8> = (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let digest = app.push_blob(&token, "alice/app", &content).await;
        let path = format!("/v2/alice/app/blobs/{digest}");
        let get = |range: &str| app.get(&path).bearer(&token).header("range", range).send();
        let part = get("bytes=10-19").await.expect(206);
        assert_eq!(part.header("content-range"), format!("bytes 10-19/{size}"));
        assert_eq!(part.body, content[10..20]);
        let tail = get("bytes=-5").await.expect(206);
        assert_eq!(tail.body, content[size - 5..]);
        let outside = get(&format!("bytes={size}-")).await.expect(416);
        assert_eq!(outside.header("content-range"), format!("bytes */{size}"));
        let whole = get("bytes=0-1,5-6").await.expect(200);
        assert_eq!(whole.body.len(), size);
        let etag = whole.header("etag").to_owned();
        let unchanged = app
            .get(&path)
            .bearer(&token)
            .header("if-none-match", &etag)
            .send()
            .await
            .expect(304);
        assert!(unchanged.body.is_empty());
    }
}

/// RFC 9110, section 13.1.5.
#[tokio::test]
async fn a_part_is_sent_only_of_the_blob_that_if_range_names() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let digest = app.push_blob(&token, "alice/app", b"0123456789").await;
    let path = format!("/v2/alice/app/blobs/{digest}");
    let other = digest.to_string().replace("sha256:", "sha256:0");
    let get = || app.get(&path).bearer(&token).header("range", "bytes=2-4");
    for (tag, status, body) in [
        (format!("\"{digest}\""), 206, "234"),
        (format!("W/\"{digest}\""), 200, "0123456789"),
        (format!("\"{other}\""), 200, "0123456789"),
        (digest.to_string(), 200, "0123456789"),
        (
            "Tue, 24 Nov 2026 10:00:00 GMT".to_owned(),
            200,
            "0123456789",
        ),
        (String::new(), 200, "0123456789"),
    ] {
        let answer = get().header("if-range", &tag).send().await.expect(status);
        assert_eq!(answer.body, body, "{tag}");
        assert_eq!(
            answer.headers.contains_key("content-range"),
            status == 206,
            "{tag}"
        );
    }
    let twice = get()
        .header("if-range", format!("\"{digest}\""))
        .header("if-range", format!("\"{digest}\""));
    assert_eq!(twice.send().await.expect(200).body, "0123456789");
    // What is not there of another blob cannot be said of this one.
    let outside = app
        .get(&path)
        .bearer(&token)
        .header("range", "bytes=100-")
        .header("if-range", format!("\"{other}\""));
    outside.send().await.expect(200);
}

/// RFC 9110, section 14.2: a range is defined for GET, and may be ignored; two are as good as none.
#[tokio::test]
async fn a_range_is_ignored_by_head_and_where_it_comes_twice() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let digest = app.push_blob(&token, "alice/app", b"0123456789").await;
    let path = format!("/v2/alice/app/blobs/{digest}");
    for range in ["bytes=2-4", "bytes=100-"] {
        let head = app
            .call("HEAD", &path)
            .bearer(&token)
            .header("range", range);
        let head = head.send().await.expect(200);
        assert_eq!(head.header("content-length"), "10");
        assert!(!head.headers.contains_key("content-range"), "{range}");
    }
    let twice = app
        .get(&path)
        .bearer(&token)
        .header("range", "bytes=2-4")
        .header("range", "bytes=5-6");
    assert_eq!(twice.send().await.expect(200).body, "0123456789");
}

#[tokio::test]
async fn a_blob_of_another_repository_is_not_there() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let digest = app.push_blob(&token, "alice/app", b"private").await;
    let answer = app
        .get(&format!("/v2/alice/site/blobs/{digest}"))
        .bearer(&token)
        .send()
        .await
        .expect(404);
    assert_eq!(answer.code(), "BLOB_UNKNOWN");
}

#[tokio::test]
async fn a_deleted_blob_is_gone_from_every_cache() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let digest = app.push_blob(&token, "alice/app", b"short-lived").await;
    let path = format!("/v2/alice/app/blobs/{digest}");
    app.get(&path).bearer(&token).send().await.expect(200);
    app.call("DELETE", &path)
        .bearer(&token)
        .send()
        .await
        .expect(202);
    app.get(&path).bearer(&token).send().await.expect(404);
    app.call("HEAD", &path)
        .bearer(&token)
        .send()
        .await
        .expect(404);
    app.call("DELETE", &path)
        .bearer(&token)
        .send()
        .await
        .expect(404);
}

#[tokio::test]
async fn a_blob_that_a_manifest_needs_stays() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let digest = app.push_image(&token, "alice/app", "1", b"layer").await;
    let layer = oci::digest::Digest::of(oci::digest::Algorithm::Sha256, b"layer");
    let path = format!("/v2/alice/app/blobs/{layer}");
    app.call("DELETE", &path)
        .bearer(&token)
        .send()
        .await
        .expect(405);
    app.call("DELETE", &format!("/v2/alice/app/manifests/{digest}"))
        .bearer(&token)
        .send()
        .await
        .expect(202);
    app.call("DELETE", &path)
        .bearer(&token)
        .send()
        .await
        .expect(202);
}

#[tokio::test]
async fn a_flipped_bit_is_not_served_as_good() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let content = b"these bytes will rot".repeat(1000);
    let digest = app.push_blob(&token, "alice/app", &content).await;
    let hex = digest.hex();
    let file = app
        .dir
        .path()
        .join("store/blobs/sha256")
        .join(&hex[..2])
        .join(&hex);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[0] ^= 1;
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, bytes).unwrap();
    let answer = app
        .get(&format!("/v2/alice/app/blobs/{digest}"))
        .bearer(&token)
        .send()
        .await
        .expect(500);
    assert_eq!(answer.code(), "UNKNOWN");
    assert!(matches!(
        app.state.blobs.verify(&digest).await.unwrap(),
        blobs::Verification::Corrupt { .. }
    ));
}

#[tokio::test]
async fn a_lost_blob_is_unknown_until_it_is_pushed_again() {
    let app = TestApp::new().await;
    let token = app.token("alice", ALICE).await;
    let content = vec![7; 100_000];
    let digest = app.push_blob(&token, "alice/app", &content).await;
    let path = format!("/v2/alice/app/blobs/{digest}");
    let hex = digest.hex();
    let file = app
        .dir
        .path()
        .join("store/blobs/sha256")
        .join(&hex[..2])
        .join(&hex);
    std::fs::write(&file, &content[..5000]).unwrap();
    for method in ["HEAD", "GET"] {
        let cut = app.call(method, &path).bearer(&token).send().await;
        cut.expect(404);
    }
    std::fs::remove_file(&file).unwrap();
    let lost = app.get(&path).bearer(&token).send().await.expect(404);
    assert_eq!(lost.code(), "BLOB_UNKNOWN");
    app.push_blob(&token, "alice/app", &content).await;
    let healed = app.get(&path).bearer(&token).send().await.expect(200);
    assert!(healed.body == content);
}
