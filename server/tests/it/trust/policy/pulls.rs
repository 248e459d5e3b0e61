//! Who asks, and how: what a client says of itself lets nothing through, and what is signed is this tag of this repository.

use std::collections::BTreeSet;

use oci::digest::{Algorithm, Digest};
use serde_json::{Value, json};

use super::{POLICY, Stage, admissions, events};
use crate::trust::signers::publish_as_olga;

#[tokio::test]
async fn what_is_signed_is_pulled_and_nothing_else_whoever_asks_however() {
    let stage = Stage::enforced().await;
    let (app, unsigned) = (&stage.app, stage.unsigned);
    assert_eq!(stage.manifest("a").await, 200);
    assert_eq!(stage.manifest(stage.signed).await, 200);
    let refused = stage.pull("manifests/b").await.expect(403);
    assert_eq!(refused.code(), "DENIED");
    let counted =
        "acme/site:b may not be pulled: the repository's policy needs a signature of 1 more team";
    assert_eq!(refused.message(), counted);
    assert_eq!(stage.manifest(unsigned).await, 403);

    let path = "/v2/acme/site/manifests/b";
    let pull = app.token("olga", &["repository:acme/site:pull"]).await;
    for (call, status) in [
        (app.call("HEAD", path).by("bob"), 403),
        (app.get(path).by("bob"), 403),
        (
            app.get(path)
                .bearer(&app.token("", &["repository:acme/site:pull"]).await),
            403,
        ),
        // Who may write says nothing by that: not by a password, not by a token to pull, not by a name.
        (app.get(path).by("olga"), 403),
        (app.get(path).bearer(&pull), 403),
        (app.get(path).by("admin"), 403),
        (
            app.get(path)
                .by("bob")
                .header("user-agent", "cosign/v2.4.1"),
            403,
        ),
        (
            app.get(path)
                .bearer(&pull)
                .header("user-agent", "docker/27 notary"),
            403,
        ),
        (
            app.get(path)
                .bearer(&pull)
                .header("if-none-match", format!("\"{unsigned}\"")),
            403,
        ),
        (app.call("HEAD", path).bearer(&pull), 403),
        // Who pushes asks first what is there, and is told no content.
        (app.call("HEAD", path).bearer(&stage.push), 200),
        // Nor does the right to push, and a token that grants it.
        (app.get(path).bearer(&stage.push), 403),
    ] {
        assert_eq!(call.send().await.status.as_u16(), status);
    }
    // The answer to a HEAD has no body; clients show what warns (OCI Distribution Specification, "Warnings").
    let head = app.call("HEAD", path).by("bob").send().await.expect(403);
    assert_eq!(head.header("warning"), format!("299 - \"{counted}\""));
    // Names are for those who may see them.
    let public = app.token("", &["repository:acme/site:pull"]).await;
    let refused = app.get(path).bearer(&public).send().await.expect(403);
    assert_eq!(refused.message(), counted);
    let refused = app.get(path).bearer(&pull).send().await.expect(403);
    assert_eq!(
        refused.message(),
        "acme/site:b may not be pulled: no member of acme/signers has signed it, which the repository's policy asks"
    );
}

#[tokio::test]
async fn a_tag_is_not_signed_by_what_another_tag_of_its_digest_is() {
    let stage = Stage::enforced().await;
    let same = stage
        .app
        .push_image(&stage.push, "acme/site", "latest", b"one");
    assert_eq!(same.await, stage.signed);
    assert_eq!(stage.manifest("a").await, 200);
    assert_eq!(stage.manifest("latest").await, 403, "`a` is signed");
    assert_eq!(
        stage.manifest(stage.signed).await,
        200,
        "it is signed as `a`"
    );
}

#[tokio::test]
async fn what_is_signed_in_another_repository_is_not_signed_here() {
    let stage = Stage::enforced().await;
    let token = stage
        .app
        .token("olga", &["repository:acme/app:pull,push"])
        .await;
    let there = stage.app.push_image(&token, "acme/app", "b", b"two").await;
    assert_eq!(there, stage.unsigned);
    let gun = "127.0.0.1:8080/acme/app";
    publish_as_olga(&stage.app, gun, &stage.key, &[("b", &there)]).await;
    assert_eq!(stage.manifest("b").await, 403);
    assert_eq!(stage.manifest(stage.unsigned).await, 403);
}

#[tokio::test]
async fn a_tag_that_moves_takes_no_signature_along() {
    let stage = Stage::enforced().await;
    assert_eq!(stage.manifest("a").await, 200);
    let moved = stage
        .app
        .push_image(&stage.push, "acme/site", "a", b"other")
        .await;
    assert_eq!(
        stage.manifest("a").await,
        403,
        "the signature is for another digest"
    );
    assert_eq!(stage.manifest(moved).await, 403);
    assert_eq!(
        stage.manifest(stage.signed).await,
        200,
        "what is signed is the manifest"
    );
}

#[tokio::test]
async fn each_decision_is_recorded_once_and_a_warning_refuses_nothing() {
    let stage = Stage::enforced().await;
    for _ in 0..3 {
        assert_eq!(stage.manifest("b").await, 403);
    }
    stage.set(POLICY, json!({"mode": "warn"})).await.expect(200);
    for _ in 0..3 {
        let warned = stage.pull("manifests/b").await.expect(200);
        assert_eq!(
            warned.header("warning"),
            "299 - \"acme/site:b will be refused when its policy is enforced: no registered signer has signed it, which the \
             repository's policy asks\""
        );
    }
    let signed = stage.pull("manifests/a").await.expect(200);
    assert!(!signed.headers.contains_key("warning"));
    let all = events(&stage.app, "tag").await;
    let told: Vec<(&str, &str)> = all
        .iter()
        .filter(|event| event["object"]["name"] == "b" && !event["detail"]["trustPolicy"].is_null())
        .map(|event| {
            (
                event["type"].as_str().unwrap(),
                event["detail"]["trustPolicy"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("GET", "warn"), ("FAIL", "enforce")]);
    let changed = events(&stage.app, "trustPolicy").await;
    assert_eq!(changed[0]["detail"]["before"]["mode"], "enforce");
    assert_eq!(
        changed[0]["detail"]["before"]["teams"],
        json!(["acme/signers"])
    );
    assert_eq!(changed[0]["detail"]["after"]["mode"], "warn");
}

#[tokio::test]
async fn a_pull_that_is_admitted_says_by_what() {
    let stage = Stage::enforced().await;
    let digest = stage.signed.to_string();
    stage.pull(&format!("manifests/{digest}")).await.expect(200);
    let excepts = json!({"mode": "enforce", "teams": ["acme/signers"], "exceptions": [{"pattern": "acme/site:b"}]});
    stage.set(POLICY, excepts).await.expect(200);
    stage.pull("manifests/b").await.expect(200);
    stage.set(POLICY, json!({"mode": "off"})).await.expect(200);
    stage.pull("manifests/a").await.expect(200);
    let said = async |kind: &str, name: &str| {
        let all = events(&stage.app, kind).await;
        let pull = |event: &&Value| event["type"] == "GET" && event["object"]["name"] == name;
        let event = all.iter().find(pull).expect("a pull");
        let detail = &event["detail"];
        assert!(detail["digest"].is_string(), "{detail}");
        (detail["decision"].clone(), detail["reasons"][0].clone())
    };
    let by_team = "signed by a team that the repository's policy asks for";
    assert_eq!(
        said("manifest", &digest).await,
        (json!("admitted"), json!(by_team))
    );
    let excepted = "the repository's policy excepts it";
    assert_eq!(said("tag", "b").await, (json!("excepted"), json!(excepted)));
    assert_eq!(said("tag", "a").await, (Value::Null, Value::Null));
}

#[tokio::test]
async fn ci_is_told_what_is_missing() {
    let stage = Stage::enforced().await;
    let images = json!({"images": ["acme/site:a", "127.0.0.1:8080/acme/site:b", "acme/app:1"]});
    let call = stage.app.call("POST", "/api/v0/trust/evaluate").by("bob");
    let answer = call.json(&images).send().await.expect(200).json();
    assert_eq!(answer["admitted"], false);
    let [a, b, hidden] = [0, 1, 2].map(|at| &answer["images"][at]);
    assert_eq!(
        (&a["admitted"], &a["digest"]),
        (&json!(true), &json!(stage.signed))
    );
    assert_eq!(a["reasons"][0]["holds"], true);
    assert_eq!(b["admitted"], false);
    assert_eq!(
        b["reasons"][0]["reason"],
        "a team that has to sign it has not, which the repository's policy asks"
    );
    assert_eq!(
        (&hidden["admitted"], &hidden["digest"]),
        (&json!(false), &Value::Null)
    );
    let call = stage.app.call("POST", "/api/v0/trust/evaluate").by("olga");
    let answer = call.json(&images).send().await.expect(200).json();
    assert_eq!(
        answer["images"][1]["reasons"][0]["reason"],
        "no member of acme/signers has signed it, which the repository's policy asks"
    );
    // Each answer is on record once, with what CI asked about and which digest it was.
    let call = stage.app.call("POST", "/api/v0/trust/evaluate").by("bob");
    call.json(&images).send().await.expect(200);
    let all = events(&stage.app, "admission").await;
    let said: BTreeSet<_> = all
        .iter()
        .map(|event| {
            let [kind, actor] = ["type", "actor"].map(|name| event[name].as_str().unwrap());
            let name = event["object"]["name"].as_str().unwrap();
            (
                actor,
                kind,
                name,
                event["detail"]["digest"].clone().to_string(),
            )
        })
        .collect();
    let [a, b] = [stage.signed, stage.unsigned].map(|digest| json!(digest).to_string());
    let expected = ["bob", "olga"].map(|who| {
        [
            (who, "GET", "acme/site:a", a.clone()),
            (who, "FAIL", "acme/site:b", b.clone()),
        ]
    });
    assert_eq!(said, expected.concat().into_iter().collect());
    assert_eq!(all.len(), 4);
    for (tag, told) in [
        ("a", "Who asked was told that it may be pulled"),
        ("b", "Refused: who asked was told that it may not be pulled"),
    ] {
        let told = BTreeSet::from([told.to_owned()]);
        assert_eq!(admissions(&stage.app, tag).await, told);
    }
}

#[tokio::test]
async fn what_is_no_reference_leaves_nothing_in_the_record() {
    let stage = Stage::enforced().await;
    let digest = stage.signed;
    let long = "a".repeat(100_000);
    let images = [
        format!("acme/site:\0@{digest}"),
        format!("acme/site:{long}@{digest}"),
        format!("acme/site@{digest}"),
    ];
    let call = stage.app.call("POST", "/api/v0/trust/evaluate").by("bob");
    let answer = call.json(&json!({ "images": images })).send().await;
    let answer = answer.expect(200).json();
    // The same image however it is written: of tags beside a digest there is no end.
    for tag in ["", ":1", ":2", "127.0.0.1:8080/"] {
        let image = match tag.split_once('/') {
            Some((host, _)) => format!("{host}/acme/site@{digest}"),
            None => format!("acme/site{tag}@{digest}"),
        };
        let call = stage.app.call("POST", "/api/v0/trust/evaluate").by("bob");
        let call = call.json(&json!({ "images": [image] })).send().await;
        assert_eq!(call.expect(200).json()["admitted"], true);
    }
    let admitted = [0, 1, 2].map(|at| answer["images"][at]["admitted"].clone());
    assert_eq!(admitted, [json!(false), json!(false), json!(true)]);
    // What is not there is told as that, and is on no record either.
    let none = Digest::of(Algorithm::Sha256, b"none");
    let blob = stage.pull(&format!("blobs/{none}")).await.expect(404);
    assert_eq!(blob.code(), "BLOB_UNKNOWN");
    let all = events(&stage.app, "admission").await;
    let names: Vec<_> = all.iter().map(|event| &event["object"]["name"]).collect();
    assert_eq!(names, [&json!(images[2])]);
    let manifests = events(&stage.app, "manifest").await;
    assert!(manifests.iter().all(|event| event["type"] != "FAIL"));
}
