//! Workload identity: CI jobs with ID tokens of an issuer on loopback, and tokens of somebody who wants in.

mod hostile;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    oidc::provider::Provider,
    util::{Answer, TestApp},
};

const TRUSTS: &str = "/api/v0/accounts/acme/workloadTrusts";
const TRUST: &str = "/api/v0/accounts/acme/workloadTrusts/gitlab";
const AUDIENCE: &str = "http://127.0.0.1:8080";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const SCOPE: &str = "scope=repository:acme/app:pull,push,delete";

/// A company that trusts the project `acme/app` at an issuer on loopback, to write to `acme/app`.
async fn scene() -> (TestApp, Provider) {
    let app = TestApp::company_with(&[("PLIMSOLL_OUTGOING_NETWORKS", "127.0.0.0/8")]).await;
    let issuer = Provider::start().await;
    let form = json!({"name": "gitlab", "kind": "gitlab", "issuer": issuer.url,
        "conditions": {"project_path": "acme/app", "ref": "main"},
        "rights": {"repositories": [{"repository": "app", "accessLevel": "read-write"}]}});
    let made = app.call("POST", TRUSTS).by("olga").json(&form).send().await;
    assert_eq!(made.expect(201).json()["audience"], AUDIENCE);
    (app, issuer)
}

/// The ID token of a job of `acme/app` on its branch `main`, but for `changes`.
fn job(issuer: &Provider, changes: &Value) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let mut claims = json!({
        "iss": issuer.url, "aud": AUDIENCE, "iat": now, "nbf": now - 5, "exp": now + 600, "jti": "x",
        "sub": "project_path:acme/app:ref_type:branch:ref:main", "project_path": "acme/app", "project_id": "20", "ref": "main",
        "job_id": "302", "pipeline_id": "574", "user_login": "ada",
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    issuer.sign(&claims)
}

/// What `docker login` does, with an ID token for the password.
async fn login(app: &TestApp, name: &str, token: &str, query: &str) -> Answer {
    let path = format!("/auth/token?service=plimsoll&offline_token=true&{query}");
    app.get(&path).basic(name, token).send().await
}

async fn token(app: &TestApp, issuer: &Provider, query: &str) -> String {
    let answer = login(app, "acme/gitlab", &job(issuer, &json!({})), query).await;
    answer.expect(200).json()["token"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_job_pushes_with_its_id_token_and_what_it_did_is_told() {
    let (app, issuer) = scene().await;
    let answer = login(&app, "acme/gitlab", &job(&issuer, &json!({})), SCOPE).await;
    let answer = answer.expect(200).json();
    assert_eq!(answer["expires_in"], 300);
    assert!(
        answer.get("refresh_token").is_none(),
        "nothing that would live on"
    );
    let token = answer["token"].as_str().unwrap();
    app.push_image(token, "acme/app", "1", b"layer").await;

    let tag = app
        .get("/api/v0/repositories/acme/app/tags/1")
        .by("olga")
        .send()
        .await;
    let tag = tag.expect(200).json();
    assert_eq!(tag[0]["author"], "acme/gitlab");
    assert_eq!(tag[0]["job"]["name"], "acme/app main, job 302", "{tag}");
    let url = tag[0]["job"]["url"].as_str().unwrap();
    assert!(url.ends_with("/acme/app/-/jobs/302"), "{url}");
    let list = "/api/v0/repositories/acme/app/tags";
    let list = app.get(list).by("olga").send().await.expect(200).json();
    assert_eq!(list[0]["job"], tag[0]["job"], "{list}");
    let olga = app.token("olga", &["repository:acme/app:pull,push"]).await;
    app.push_image(&olga, "acme/app", "1", b"layer").await;
    let tag = app.get("/api/v0/repositories/acme/app/tags/1").by("olga");
    let tag = tag.send().await.expect(200).json();
    assert_eq!(
        (&tag[0]["author"], tag[0].get("job")),
        (&json!("olga"), None)
    );
    let delete = app.call("DELETE", "/v2/acme/app/manifests/1").bearer(token);
    delete.send().await.expect(202);
    let events = app
        .get("/api/v0/events?objectType=tag&eventType=DELETE")
        .by("admin");
    let event = events.send().await.expect(200).json()["events"][0].clone();
    assert_eq!(
        (&event["actor"], &event["credential"]),
        (&json!("acme/gitlab"), &json!("workload identity"))
    );
    let events = app
        .get("/api/v0/events?objectType=workloadTrust&eventType=GET")
        .by("admin");
    let event = events.send().await.expect(200).json()["events"][0].clone();
    assert_eq!(event["detail"]["project"], "acme/app");
    assert_eq!(
        event["detail"]["url"],
        format!("{}/acme/app/-/jobs/302", issuer.url)
    );
    let shown = app.get(TRUST).by("olga").send().await.expect(200).json();
    assert_eq!(shown["lastJob"], "acme/app main");
}

#[tokio::test]
async fn an_id_token_is_exchanged() {
    let (app, issuer) = scene().await;
    let exchange = async |kind: &str, trust: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            )
            .append_pair("subject_token", &job(&issuer, &json!({})))
            .append_pair("subject_token_type", kind)
            .append_pair("client_id", trust)
            .append_pair("access_type", "offline")
            .append_pair("scope", "repository:acme/app:pull")
            .finish();
        let call = app
            .call("POST", "/auth/token")
            .header("content-type", "application/x-www-form-urlencoded");
        call.body(form).send().await
    };
    let answer = exchange(ID_TOKEN, "acme/gitlab").await.expect(200).json();
    assert_eq!(
        answer["issued_token_type"],
        "urn:ietf:params:oauth:token-type:access_token"
    );
    assert_eq!(answer["token_type"], "Bearer");
    assert!(answer.get("refresh_token").is_none());
    let token = answer["access_token"].as_str().unwrap();
    app.get("/v2/acme/app/tags/list")
        .bearer(token)
        .send()
        .await
        .expect(200);
    exchange("urn:ietf:params:oauth:token-type:saml2", "acme/gitlab")
        .await
        .expect(400);
    exchange(ID_TOKEN, "acme/none").await.expect(401);
}

#[tokio::test]
async fn a_job_has_the_rights_of_the_trust_and_no_others() {
    let (app, issuer) = scene().await;
    let on = json!({"createRepositoryOnPush": true});
    app.by_admin("POST", "/api/v0/meta/settings", on, 202).await;
    let asked = [
        "acme/app",
        "acme/site",
        "acme/new",
        "other/app",
        "other/site",
        "alice/app",
    ];
    let scopes: Vec<String> = asked
        .iter()
        .map(|name| format!("scope=repository:{name}:pull,push,delete,*"))
        .collect();
    let token = token(
        &app,
        &issuer,
        &format!("{}&scope=registry:catalog:*", scopes.join("&")),
    )
    .await;
    for (name, pull, push) in [
        ("acme/app", 200, 202),
        ("acme/site", 200, 403),
        ("acme/new", 404, 404),
        ("other/app", 404, 404),
        ("other/site", 200, 403),
        ("alice/app", 404, 404),
    ] {
        let list = app
            .get(&format!("/v2/{name}/tags/list"))
            .bearer(&token)
            .send()
            .await;
        assert_eq!(list.status.as_u16(), pull, "pull from {name}");
        let start = app
            .call("POST", &format!("/v2/{name}/blobs/uploads/"))
            .bearer(&token)
            .send()
            .await;
        assert_eq!(start.status.as_u16(), push, "push to {name}");
    }
    // A registry token is good for the registry.
    for path in ["/api/v0/repositories/acme/app", "/enzi/v0/id/", TRUST] {
        app.get(path).bearer(&token).send().await.expect(401);
    }
    let id_token = job(&issuer, &json!({}));
    app.get("/enzi/v0/id/")
        .basic("acme/gitlab", &id_token)
        .send()
        .await
        .expect(401);

    // The whole namespace is the organization's, and what is made later is in it; nobody's rights reach further.
    let rights = json!({"rights": {"namespace": "read-only"}});
    app.call("PATCH", TRUST)
        .by("olga")
        .json(&rights)
        .send()
        .await
        .expect(200);
    let token = self::token(&app, &issuer, &scopes.join("&")).await;
    for (name, pull) in [("acme/app", 200), ("other/app", 404), ("alice/app", 404)] {
        let list = app
            .get(&format!("/v2/{name}/tags/list"))
            .bearer(&token)
            .send()
            .await;
        assert_eq!(list.status.as_u16(), pull, "pull from {name}");
        let start = app
            .call("POST", &format!("/v2/{name}/blobs/uploads/"))
            .bearer(&token)
            .send()
            .await;
        assert!(
            matches!(start.status.as_u16(), 403 | 404),
            "push to {name}: {}",
            start.status
        );
    }
}
