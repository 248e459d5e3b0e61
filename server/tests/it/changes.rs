//! Changes by PATCH: what was not sent stays, also where two come at once, and a change of nothing is none.

use serde_json::{Value, json};

use crate::util::TestApp;

const TRUST: &str = "/api/v0/accounts/acme/workloadTrusts/ci";
const IDP: &str = "/enzi/v0/config/auth/oidc/idp";

/// A company with an identity provider.
async fn scene() -> TestApp {
    let app = TestApp::company().await;
    let idp = json!({"name": "idp", "issuer": "https://idp.example", "clientId": "plimsoll", "clientSecret": "s3cret"});
    let path = "/enzi/v0/config/auth/oidc";
    app.by_admin("POST", path, idp, 201).await;
    app
}

async fn patch(app: &TestApp, path: &str, form: &Value) -> Value {
    let change = app.call("PATCH", path).by("admin").json(form).send().await;
    change.expect(200).json()
}

/// In every round both change something, and each something else.
#[tokio::test]
async fn two_changes_at_once_both_count() {
    let app = scene().await;
    for round in 0..8 {
        let text = format!("https://a{round}.example");
        for (path, [one, other]) in [
            (TRUST, ["issuer", "audience"]),
            (IDP, ["label", "usernameClaim"]),
        ] {
            let (first, second) = (json!({ one: text }), json!({ other: text }));
            tokio::join!(patch(&app, path, &first), patch(&app, path, &second));
            let now = app.get(path).by("admin").send().await.expect(200).json();
            assert_eq!((&now[one], &now[other]), (&json!(text), &json!(text)));
        }
    }
}

async fn updates(app: &TestApp) -> u64 {
    let filter = db::events::Filter {
        kind: Some("UPDATE".to_owned()),
        ..db::events::Filter::default()
    };
    db::events::count(&app.state.db, &filter).await.unwrap()
}

#[tokio::test]
async fn a_change_of_nothing_is_not_recorded() {
    let app = scene().await;
    let token = app.call("POST", "/api/v0/api_tokens").by("admin");
    let token = token.json(&json!({})).send().await.expect(200).json();
    let token = token["hashedToken"].as_str().unwrap();
    let upload: Value = serde_json::from_str(crate::permissions::UPLOAD).unwrap();
    let key = app.call("POST", "/enzi/v0/accounts/admin/publicKeys");
    let key = key.by("admin").json(&upload).send().await.expect(201);
    let key = key.json()["id"].as_str().unwrap().to_owned();
    for (path, change) in [
        (
            "/enzi/v0/accounts/alice".to_owned(),
            json!({"fullName": "A"}),
        ),
        (
            "/enzi/v0/accounts/acme/teams/readers".to_owned(),
            json!({"description": "A"}),
        ),
        (
            "/api/v0/repositories/acme/app".to_owned(),
            json!({"shortDescription": "A"}),
        ),
        (
            format!("/api/v0/api_tokens/{token}"),
            json!({"tokenLabel": "A"}),
        ),
        (
            format!("/enzi/v0/accounts/admin/publicKeys/{key}"),
            json!({"label": "A"}),
        ),
        (TRUST.to_owned(), json!({"isActive": false})),
        (IDP.to_owned(), json!({"label": "A"})),
    ] {
        let before = updates(&app).await;
        patch(&app, &path, &json!({})).await;
        assert_eq!(updates(&app).await, before, "{path}");
        patch(&app, &path, &change).await;
        assert_eq!(updates(&app).await, before + 1, "{path}");
    }
}
