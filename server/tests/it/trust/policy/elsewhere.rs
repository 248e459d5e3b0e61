//! What may not be pulled does not get out another way: by a promotion to where nothing is asked, or by the API. And who was refused is
//! not for readers.

use serde_json::{Value, json};

use super::{POLICY, Stage, events};

const COPY: &str = "/api/v0/repositories/bob/copy/trustPolicy";

async fn promote(stage: &Stage, tag: &str, by: &str, target: &str) -> crate::util::Answer {
    let path = format!("/api/v0/repositories/acme/site/tags/{tag}/promotion");
    let form = json!({"targetRepository": target, "targetTag": tag});
    let call = stage.app.call("POST", &path).by(by);
    call.json(&form).send().await
}

#[tokio::test]
async fn an_image_is_not_promoted_to_where_less_is_asked() {
    let stage = Stage::enforced().await;
    let made = stage.app.call("POST", "/api/v0/repositories/bob").by("bob");
    let made = made.json(&json!({"name": "copy"})).send();
    made.await.expect(201);
    let refused = promote(&stage, "b", "bob", "bob/copy").await.expect(409);
    assert_eq!(refused.code(), "PROMOTION_REFUSED");
    let message = refused.message();
    assert!(message.contains("signature of 1 more team"), "{message}");
    promote(&stage, "a", "bob", "bob/copy").await.expect(201);
    // what the registry asks is asked at the target, too
    stage.set(POLICY, json!({"mode": "off"})).await.expect(200);
    let asks = json!({"mode": "enforce"});
    stage.set(super::TRUST, asks).await.expect(200);
    promote(&stage, "b", "bob", "bob/copy").await.expect(201);
    let token = stage.app.token("bob", &["repository:bob/copy:pull"]).await;
    let path = "/v2/bob/copy/manifests/b";
    let pull = stage.app.get(path).bearer(&token).send().await;
    pull.expect(403);
    stage.app.get(COPY).by("bob").send().await.expect(200);
}

#[tokio::test]
async fn an_image_is_not_promoted_to_where_it_is_excepted() {
    let stage = Stage::new().await;
    let asks = json!({"mode": "enforce", "exceptions": [{"pattern": "olga/*:free*"}]});
    stage.set(super::TRUST, asks).await.expect(200);
    let olga = "/api/v0/repositories/olga";
    let made = stage.app.call("POST", olga).by("olga");
    made.json(&json!({"name": "x"})).send().await.expect(201);
    for (tag, status) in [("free", 409), ("held", 201)] {
        let form = json!({"targetRepository": "olga/x", "targetTag": tag});
        let path = "/api/v0/repositories/acme/site/tags/b/promotion";
        let promoted = stage.app.call("POST", path).by("olga");
        let promoted = promoted.json(&form).send().await;
        assert_eq!(promoted.status.as_u16(), status, "{}", promoted.message());
    }
}

#[tokio::test]
async fn the_api_gives_no_manifest_that_may_not_be_pulled() {
    let stage = Stage::enforced().await;
    let get = async |digest: &oci::Digest| {
        let path = format!("/api/v0/repositories/acme/site/manifests/{digest}");
        stage.app.get(&path).by("bob").send().await
    };
    get(&stage.signed).await.expect(200);
    let refused = get(&stage.unsigned).await.expect(403);
    let message = refused.message();
    assert!(message.contains("signature of 1 more team"), "{message}");
}

#[tokio::test]
async fn evidence_has_no_manifest_that_may_not_be_pulled() {
    let stage = Stage::enforced().await;
    let later = time::OffsetDateTime::now_utc() + time::Duration::minutes(1);
    server::custody::seal(&stage.app.state, later).await;
    let key = stage.app.get("/api/v0/events/key").send().await;
    let key = key.expect(200).json();
    let key = evidence::PublicKey::from_pem(key["publicKey"].as_str().unwrap()).unwrap();
    for (digest, is_there) in [(&stage.signed, true), (&stage.unsigned, false)] {
        let path = format!("/api/v0/repositories/acme/site/manifests/{digest}/custody/bundle");
        let answer = stage.app.get(&path).by("olga").send().await.expect(200);
        let bundle = evidence::Bundle::read(&answer.body).unwrap();
        assert_eq!(bundle.digest, digest.to_string());
        assert_eq!(bundle.manifest.is_some(), is_there, "{digest}");
        // and all else is there, and is proved
        let report = bundle.verify(&key, None);
        assert_eq!(report.problems, []);
        assert!(report.proved > 0, "its push: {report:?}");
    }
}

#[tokio::test]
async fn who_was_refused_is_for_administrators() {
    let stage = Stage::enforced().await;
    assert_eq!(stage.manifest("b").await, 403);
    let layer = oci::Digest::of(oci::digest::Algorithm::Sha256, b"two");
    stage.pull(&format!("blobs/{layer}")).await.expect(403);
    assert!(!events(&stage.app, "tag").await.is_empty());
    let list = async |who: &str| -> Vec<Value> {
        let path = "/api/v0/repositories/acme/site/events?pageSize=100";
        let list = stage.app.get(path).by(who).send().await.expect(200);
        let list = list.json()["events"].as_array().unwrap().clone();
        list.into_iter()
            .filter(|event| event["type"] == "FAIL")
            .collect()
    };
    assert_eq!(list("rob").await, [Value::Null; 0]);
    let seen = list("olga").await;
    let of: Vec<&Value> = seen.iter().map(|event| &event["object"]["name"]).collect();
    assert_eq!(of, [&json!(layer.to_string()), &json!("b")]);
}
