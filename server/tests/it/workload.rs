//! Workload identity: CI jobs with ID tokens of an issuer on loopback, and tokens of somebody who wants in.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{
    oidc::provider::Provider,
    util::{Answer, TestApp},
};

const TRUSTS: &str = "/api/v0/accounts/acme/workloadTrusts";
const TRUST: &str = "/api/v0/accounts/acme/workloadTrusts/gitlab";
const AUDIENCE: &str = "http://127.0.0.1:8080";
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
    assert!(String::from_utf8_lossy(&tag.expect(200).body).contains(r#""author":"acme/gitlab""#));
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
    const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
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

#[tokio::test]
async fn tokens_that_do_not_meet_the_trust_are_refused_in_the_same_words() {
    let (app, issuer) = scene().await;
    let evil = Provider::start().await;
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let good = job(&issuer, &json!({}));
    let wrong = [
        ("acme/none", good.clone(), None),
        ("none/gitlab", good.clone(), None),
        ("other/gitlab", good.clone(), None),
        ("acme/ci", good.clone(), None),
        ("alice/gitlab", good.clone(), None),
        ("acme/gitlab", job(&evil, &json!({})), None),
        (
            "acme/gitlab",
            job(&evil, &json!({"iss": issuer.url})),
            Some("signature"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"aud": "https://other.example"})),
            Some("is for"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"aud": [AUDIENCE, "other"]})),
            Some("is for"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"exp": now - 600})),
            Some("expired"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"iat": now - 7200})),
            Some("too long ago"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"ref": "feature"})),
            Some("does not fit \"main\""),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"ref": "main/../evil"})),
            Some("does not fit"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"project_path": "acme/app2"})),
            Some("does not fit"),
        ),
        (
            "acme/gitlab",
            job(&issuer, &json!({"project_path": null})),
            Some("has no claim"),
        ),
        (
            "acme/gitlab",
            good.trim_end_matches(char::is_alphanumeric).to_owned(),
            Some(""),
        ),
        ("acme/gitlab", "nonsense".to_owned(), None),
    ];
    let mut words = std::collections::BTreeSet::new();
    for (name, token, told) in wrong {
        let answer = login(&app, name, &token, SCOPE).await.expect(401);
        words.insert(answer.message());
        let shown = app.get(TRUST).by("olga").send().await.expect(200).json();
        if let Some(told) = told {
            let reason = shown["lastRefusal"].as_str().unwrap();
            assert!(reason.contains(told), "{told:?}: {reason}");
        }
        assert!(shown.get("lastJob").is_none(), "{name} {token}");
    }
    assert_eq!(words.len(), 1, "{words:?}");
    login(&app, "acme/gitlab", &good, SCOPE).await.expect(200);

    let off = json!({"isActive": false});
    app.call("PATCH", TRUST)
        .by("olga")
        .json(&off)
        .send()
        .await
        .expect(200);
    login(&app, "acme/gitlab", &good, SCOPE).await.expect(401);
    app.call("DELETE", TRUST)
        .by("olga")
        .send()
        .await
        .expect(204);
    login(&app, "acme/gitlab", &good, SCOPE).await.expect(401);
}

#[tokio::test]
async fn an_owner_reaches_no_address_inside() {
    let app = TestApp::company().await;
    let issuer = Provider::start().await;
    let form = |issuer: &str| {
        json!({"name": "gitlab", "kind": "gitlab", "issuer": issuer,
        "conditions": {"project_path": "acme/app"}, "rights": {}})
    };
    for bad in [
        issuer.url.as_str(),
        "http://gitlab.example",
        "http://localhost:1",
        "ftp://gitlab.example",
        "gitlab.example",
        "https://user:secret@gitlab.example",
        "https://gitlab.example?a",
        "https://gitlab.example#a",
        "",
    ] {
        let refused = app
            .call("POST", TRUSTS)
            .by("olga")
            .json(&form(bad))
            .send()
            .await
            .expect(400);
        assert_eq!(
            refused.json()["errors"][0]["detail"]["field"],
            "issuer",
            "{bad}"
        );
    }
    for inside in [
        "https://127.0.0.1:1",
        "https://10.0.0.1",
        "https://[::1]",
        "https://169.254.169.254",
        "https://2130706433",
        "https://0x7f.1",
    ] {
        app.call("POST", TRUSTS)
            .by("olga")
            .json(&form(inside))
            .send()
            .await
            .expect(201);
        let token = job(&issuer, &json!({"iss": inside}));
        login(&app, "acme/gitlab", &token, SCOPE).await.expect(401);
        let shown = app.get(TRUST).by("olga").send().await.expect(200).json();
        let reason = shown["lastRefusal"].as_str().unwrap();
        assert!(reason.contains("may not be asked"), "{inside}: {reason}");
        app.call("DELETE", TRUST)
            .by("olga")
            .send()
            .await
            .expect(204);
    }
}

#[tokio::test]
async fn forms_are_held_to_what_a_trust_may_be() {
    let (app, _issuer) = scene().await;
    let rights = |repository: &str, level: &str| json!({"rights": {"repositories": [{"repository": repository, "accessLevel": level}]}});
    for (change, field) in [
        (json!({"conditions": {}}), "conditions"),
        (json!({"conditions": {"ref": "main"}}), "conditions"),
        (json!({"conditions": {"project_path": "*"}}), "conditions"),
        (
            json!({"conditions": {"project_path": "acme*"}}),
            "conditions",
        ),
        (
            json!({"conditions": {"project_path": "acme/***"}}),
            "conditions",
        ),
        (json!({"kind": "github"}), "conditions"),
        (json!({"audience": " "}), "audience"),
        (json!({"issuer": "https://a b"}), "issuer"),
        (rights("none", "read-only"), "rights"),
        (rights("../other/app", "read-only"), "rights"),
        (rights("", "read-only"), "rights"),
        (
            json!({"rights": {"repositories": [{"repository": "app", "accessLevel": "read-only"}, {"repository": "app", "accessLevel": "read-write"}]}}),
            "rights",
        ),
    ] {
        let refused = app
            .call("PATCH", TRUST)
            .by("olga")
            .json(&change)
            .send()
            .await
            .expect(400);
        assert_eq!(
            refused.json()["errors"][0]["detail"]["field"],
            field,
            "{change}"
        );
    }
    // More than writing is not to be had, and nothing that the form does not name.
    for change in [
        rights("app", "admin"),
        json!({"rights": {"namespace": "admin"}}),
        json!({"orgId": "x"}),
        json!({"name": "x"}),
        json!({"rights": {"namespaces": "read-only"}}),
        json!({"lastJob": "x"}),
        json!({"isAdmin": true}),
        json!({"kind": "circle"}),
    ] {
        let refused = app
            .call("PATCH", TRUST)
            .by("olga")
            .json(&change)
            .send()
            .await
            .expect(400);
        assert_eq!(refused.code(), "INVALID_JSON", "{change}");
    }
    // Another organization's, and nobody's.
    let elsewhere = "/api/v0/accounts/other/workloadTrusts/gitlab";
    for (method, body) in [
        ("GET", None),
        ("PATCH", Some(json!({"isActive": false}))),
        ("DELETE", None),
    ] {
        let call = app.call(method, elsewhere).by("oscar");
        let call = match &body {
            Some(body) => call.json(body),
            None => call,
        };
        call.send().await.expect(404);
    }
    app.get("/api/v0/accounts/alice/workloadTrusts")
        .by("alice")
        .send()
        .await
        .expect(404);
    app.get(TRUST).by("olga").send().await.expect(200);
    // A repository that goes takes its right with it; one of that name that is made anew does not have it.
    app.call("DELETE", "/api/v0/repositories/acme/app")
        .by("olga")
        .send()
        .await
        .expect(204);
    app.by_admin(
        "POST",
        "/api/v0/repositories/acme",
        json!({"name": "app"}),
        201,
    )
    .await;
    let shown = app.get(TRUST).by("olga").send().await.expect(200).json();
    assert_eq!(shown["rights"], json!({"repositories": []}));
}
