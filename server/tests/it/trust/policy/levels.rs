//! The registry, the organization and the repository, and what each excepts.

use serde_json::json;

use super::{POLICY, Stage, TRUST};

#[tokio::test]
async fn no_level_loosens_another_and_what_is_excepted_is_excepted_there() {
    let stage = Stage::enforced().await;
    let all = json!({"mode": "enforce", "exceptions": [{"pattern": "acme/site:b"}]});
    stage.set(TRUST, all).await.expect(200);
    assert_eq!(stage.manifest("b").await, 403, "the repository asks");
    stage.set(POLICY, json!({"mode": "off"})).await.expect(200);
    assert_eq!(stage.manifest("b").await, 200);
    assert_eq!(
        stage.manifest(stage.unsigned).await,
        200,
        "as Docker pulls it"
    );
    let other = stage
        .app
        .push_image(&stage.push, "acme/site", "d", b"four")
        .await;
    assert_eq!(stage.manifest(other).await, 403, "the registry asks");
    let org = "/api/v0/accounts/acme/trustPolicy";
    stage
        .set(
            org,
            json!({"mode": "enforce", "exceptions": [{"pattern": "*:d"}]}),
        )
        .await
        .expect(200);
    assert_eq!(
        stage.manifest("d").await,
        403,
        "the registry does not except it"
    );
    assert_eq!(
        stage.manifest("b").await,
        403,
        "the organization does not except it"
    );
    let wrong = json!({"mode": "enforce", "exceptions": [{"pattern": "!acme/site:b"}]});
    stage.set(org, wrong).await.expect(400);
    let wrong = json!({"mode": "enforce", "teams": ["acme/none"]});
    stage.set(org, wrong).await.expect(404);
}

#[tokio::test]
async fn an_exception_ends_and_covers_every_tag_of_a_digest() {
    let stage = Stage::enforced().await;
    let excepts = async |pattern: &str, until: &str| {
        let exception = json!({"pattern": pattern, "until": until, "reason": "moved soon"});
        let asks = json!({"mode": "enforce", "exceptions": [exception]});
        let set = stage.set(POLICY, asks).await.expect(200).json();
        assert_eq!(set["exceptions"], json!([exception]));
    };
    excepts("acme/site:b*", "2001-01-01T00:00:00Z").await;
    assert_eq!(stage.manifest("b").await, 403, "it has ended");
    excepts("acme/site:b*", "2999-01-01T00:00:00Z").await;
    assert_eq!(stage.manifest("b").await, 200);
    assert_eq!(stage.manifest(stage.unsigned).await, 200);
    let more = ["b2", "prod"];
    for (tag, status) in more.into_iter().zip([200, 403]) {
        let same = stage.app.push_image(&stage.push, "acme/site", tag, b"two");
        assert_eq!(same.await, stage.unsigned);
        assert_eq!(stage.manifest(stage.unsigned).await, status, "{tag}");
    }
    assert_eq!(stage.manifest("b").await, 200);
    assert_eq!(stage.manifest("prod").await, 403);
    // A layer of an excepted image is not refused because another image has it too; one of nothing but refused images is.
    let layer = |content: &[u8]| oci::Digest::of(oci::Algorithm::Sha256, content);
    let shared = stage.app.push_blob(&stage.push, "acme/site", b"two").await;
    assert_eq!(shared, layer(b"two"));
    let delete = stage
        .app
        .call("DELETE", "/api/v0/repositories/acme/site/tags/prod");
    delete.by("olga").send().await.expect(204);
    stage.pull(&format!("blobs/{shared}")).await.expect(200);
    let other = stage
        .app
        .push_image(&stage.push, "acme/site", "c", b"three");
    other.await;
    let three = format!("blobs/{}", layer(b"three"));
    stage.pull(&three).await.expect(403);
    // What has no tag is excepted by none.
    let untagged = stage.app.image(&stage.push, "acme/site", b"four").await;
    let untagged: serde_json::Value = serde_json::from_str(&untagged).unwrap();
    let digest = oci::Digest::of(oci::Algorithm::Sha256, untagged.to_string().as_bytes());
    stage
        .push(&digest.to_string(), crate::util::MANIFEST, &untagged)
        .await;
    excepts("*", "2999-01-01T00:00:00Z").await;
    assert_eq!(stage.manifest(digest).await, 403);
    assert_eq!(stage.manifest("c").await, 200);
}

#[tokio::test]
async fn what_cannot_be_meant_is_not_saved() {
    let stage = Stage::new().await;
    for exceptions in [
        json!([{"pattern": ""}]),
        json!([{"pattern": "*", "until": "tomorrow"}]),
        json!([{"pattern": "*", "reason": "x".repeat(501)}]),
        json!(["acme/site:b"]),
        json!(vec![json!({"pattern": "*"}); 101]),
    ] {
        let asks = json!({"mode": "enforce", "exceptions": exceptions});
        stage.set(POLICY, asks).await.expect(400);
    }
    let answer = stage.app.get(POLICY).by("admin").send().await.expect(200);
    assert_eq!(answer.json()["mode"], "off");
}
