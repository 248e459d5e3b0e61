//! Tokens of somebody who wants in, and trusts that reach too far.

use serde_json::json;
use time::OffsetDateTime;

use super::{AUDIENCE, SCOPE, TRUST, TRUSTS, job, login, scene};
use crate::{oidc::provider::Provider, util::TestApp};

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
