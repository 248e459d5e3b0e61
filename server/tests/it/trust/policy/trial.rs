//! What a policy would refuse of what was pulled, before it does.

use serde_json::{Value, json};

use super::super::signers::publish_as_olga;
use super::{GUN, POLICY, Stage, TRUST, events};

const ORGANIZATION: &str = "/api/v0/accounts/acme/trustPolicy";

async fn attempt(stage: &Stage, path: &str, policy: Value) -> Value {
    let path = format!("{path}/test");
    let call = stage.app.call("POST", &path).by("admin").json(&policy);
    call.send().await.expect(200).json()
}

fn images(trial: &Value) -> Vec<&str> {
    let refused = trial["refused"].as_array().unwrap().iter();
    refused.map(|one| one["image"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_would_be_refused_of_what_was_pulled_is_said_before() {
    let stage = Stage::new().await;
    publish_as_olga(&stage.app, GUN, &stage.key, &[("a", &stage.signed)]).await;
    let asks = json!({"mode": "warn", "teams": ["acme/signers"]});
    let nothing = attempt(&stage, TRUST, asks.clone()).await;
    assert_eq!(nothing["pulled"], 0);
    stage.set(POLICY, asks.clone()).await.expect(200);
    for reference in ["a", "b", "b"] {
        assert_eq!(stage.manifest(reference).await, 200, "it only warns");
    }
    assert_eq!(stage.manifest(stage.unsigned).await, 200);
    events(&stage.app, "tag").await;

    let digest = format!("acme/site@{}", stage.unsigned);
    for path in [TRUST, ORGANIZATION, POLICY] {
        let trial = attempt(&stage, path, asks.clone()).await;
        assert_eq!(trial["pulled"], 3, "{path}");
        assert_eq!(trial["isCut"], false);
        let mut refused = images(&trial);
        refused.sort_unstable();
        assert_eq!(refused, ["acme/site:b", digest.as_str()], "{path}");
        let first = &trial["refused"][0];
        assert_eq!(first["pulls"], 1, "the same once in an hour");
        let missing = first["missing"][0].as_str().unwrap();
        assert!(missing.starts_with("no member of acme/signers has signed it"));
    }
    let other = attempt(&stage, "/api/v0/repositories/acme/app/trustPolicy", asks).await;
    assert_eq!(other["pulled"], 0, "it is about another repository");
    let excepting = json!({"mode": "off", "exceptions": [{"pattern": "acme/site:b"}]});
    let trial = attempt(&stage, TRUST, excepting).await;
    assert_eq!(images(&trial), [""; 0], "any signer, and but for that tag");
    assert_eq!(trial["pulled"], 3);
    let saved = stage.app.get(POLICY).by("admin").send().await.expect(200);
    assert_eq!(saved.json()["mode"], "warn", "nothing was saved");
    let wrong = json!({"mode": "warn", "teams": ["acme/none"]});
    let call = stage
        .app
        .call("POST", "/api/v0/trust/policy/test")
        .by("admin");
    call.json(&wrong).send().await.expect(404);
}
