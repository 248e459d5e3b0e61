//! Who reads in order to sign: the right is said in the policy, and each read is recorded.

use serde_json::{Value, json};

use super::{POLICY, Stage, TEAM, TRUST, events};

const PATH: &str = "/v2/acme/site/manifests/b";

#[tokio::test]
async fn signers_read_in_order_to_sign_where_each_level_that_refuses_says_so() {
    let stage = Stage::enforced().await;
    let asks = json!({"mode": "enforce", "signerTeams": ["acme/signers"]});
    stage.set(POLICY, asks.clone()).await.expect(200);
    let pull = stage
        .app
        .token("olga", &["repository:acme/site:pull"])
        .await;
    stage.app.get(PATH).bearer(&pull).send().await.expect(200);
    stage.app.get(PATH).by("olga").send().await.expect(200);
    stage.app.get(PATH).by("bob").send().await.expect(403);
    stage
        .set(TRUST, json!({"mode": "enforce"}))
        .await
        .expect(200);
    stage.app.get(PATH).bearer(&pull).send().await.expect(403);
    stage.set(TRUST, asks).await.expect(200);
    stage.app.get(PATH).bearer(&pull).send().await.expect(200);
    stage.app.by_admin("DELETE", TEAM, json!({}), 204).await;
    stage.app.get(PATH).bearer(&pull).send().await.expect(403);
}

#[tokio::test]
async fn no_other_right_reads_in_order_to_sign() {
    let stage = Stage::enforced().await;
    let app = &stage.app;
    app.by_admin("PUT", "/enzi/v0/accounts/acme/members/mia", json!({}), 200)
        .await;
    let team = "/enzi/v0/accounts/acme/teams/signers/members/mia";
    app.by_admin("PUT", team, json!({}), 200).await;
    let asks = json!({"mode": "enforce", "signerTeams": ["acme/signers"]});
    stage.set(POLICY, asks).await.expect(200);
    // A signer who may not push signs nothing.
    app.get(PATH).by("mia").send().await.expect(403);
    // An administrator, and who may push, are no signers.
    app.get(PATH).by("admin").send().await.expect(403);
    let push = app
        .token("admin", &["repository:acme/site:pull,push"])
        .await;
    app.get(PATH).bearer(&push).send().await.expect(403);
    // A signer's access token, as far as it may push there.
    for (actions, status) in [(json!(["pull"]), 403), (json!(["pull", "push"]), 200)] {
        let scope = json!([{"repository": "acme/site", "actions": actions}]);
        let made = app.call("POST", "/api/v0/api_tokens").by("olga");
        let made = made
            .json(&json!({ "scope": scope }))
            .send()
            .await
            .expect(200);
        let secret = made.json()["token"].as_str().unwrap().to_owned();
        let basic = app.get(PATH).basic("olga", &secret).send().await;
        assert_eq!(basic.status, status, "{actions}");
        let path = "/auth/token?service=plimsoll&scope=repository:acme/site:pull";
        let token = app
            .get(path)
            .basic("olga", &secret)
            .send()
            .await
            .expect(200);
        let token = token.json()["token"].as_str().unwrap().to_owned();
        let bearer = app.get(PATH).bearer(&token).send().await;
        assert_eq!(bearer.status, status, "{actions}");
    }
}

#[tokio::test]
async fn each_read_in_order_to_sign_is_recorded() {
    let stage = Stage::enforced().await;
    let asks = json!({"mode": "enforce", "signerTeams": ["acme/signers"]});
    stage.set(POLICY, asks).await.expect(200);
    for _ in 0..3 {
        stage.app.get(PATH).by("olga").send().await.expect(200);
    }
    let all = events(&stage.app, "tag").await;
    let read = |event: &&Value| event["detail"]["decision"] == "toSign";
    let read: Vec<&Value> = all.iter().filter(read).collect();
    assert_eq!(read.len(), 3);
    assert_eq!(read[0]["detail"]["digest"], json!(stage.unsigned));
    let reason = read[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("read in order to sign it"), "{reason}");
    assert!(!reason.contains("acme/signers"), "{reason}");
}
