//! Providers as an administrator sets them.

use serde_json::{Value, json};

use super::provider::Provider;
use crate::util::TestApp;

const PROVIDERS: &str = "/enzi/v0/config/auth/oidc";
const IDP: &str = "/enzi/v0/config/auth/oidc/idp";

fn form() -> Value {
    json!({"name": "idp", "issuer": "https://idp.example", "clientId": "plimsoll", "clientSecret": "s3cret"})
}

#[tokio::test]
async fn a_provider_is_kept_and_its_secret_is_not_shown() {
    let app = TestApp::new().await;
    let made = app
        .call("POST", PROVIDERS)
        .by("admin")
        .json(&form())
        .send()
        .await
        .expect(201);
    let shown = made.json();
    assert_eq!(shown["label"], "idp");
    assert_eq!(shown["hasClientSecret"], true);
    assert_eq!(shown["scopes"], json!(["profile", "email"]));
    assert_eq!(
        shown["redirectUri"],
        "http://127.0.0.1:8080/sign-in/oidc/idp/callback"
    );
    assert_eq!(
        (&shown["createsUsers"], &shown["isActive"]),
        (&json!(false), &json!(true))
    );
    let again = app
        .call("POST", PROVIDERS)
        .by("admin")
        .json(&form())
        .send()
        .await
        .expect(409);
    assert_eq!(again.code(), "IDENTITY_PROVIDER_EXISTS");

    let change = json!({"label": "Company", "scopes": ["groups"], "isActive": false});
    let changed = app
        .call("PATCH", IDP)
        .by("admin")
        .json(&change)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["label"], &changed["scopes"]),
        (&json!("Company"), &json!(["groups"]))
    );
    assert_eq!(changed["hasClientSecret"], true, "what is not sent stays");
    for path in [PROVIDERS, IDP] {
        let text = app.get(path).by("admin").send().await.expect(200).body;
        assert!(!String::from_utf8_lossy(&text).contains("s3cret"), "{path}");
    }
    let row = db::identity_providers::find(&app.state.db, "idp").await;
    let kept = row.unwrap().unwrap().client_secret.unwrap();
    assert!(kept.starts_with("sealed:"), "{kept}");
    let public = json!({"clientSecret": ""});
    let changed = app
        .call("PATCH", IDP)
        .by("admin")
        .json(&public)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(changed["hasClientSecret"], false);
    app.call("DELETE", IDP).by("admin").send().await.expect(204);
    app.get(IDP).by("admin").send().await.expect(404);
}

#[tokio::test]
async fn the_secret_of_one_issuer_is_not_told_to_another() {
    let app = TestApp::new().await;
    app.call("POST", PROVIDERS)
        .by("admin")
        .json(&form())
        .send()
        .await
        .expect(201);
    let moved = json!({"issuer": "https://evil.example"});
    let refused = app
        .call("PATCH", IDP)
        .by("admin")
        .json(&moved)
        .send()
        .await
        .expect(400);
    assert_eq!(
        refused.json()["errors"][0]["detail"]["field"],
        "clientSecret"
    );
    let moved = json!({"issuer": "https://new.example", "clientSecret": "another"});
    app.call("PATCH", IDP)
        .by("admin")
        .json(&moved)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_the_field() {
    let app = TestApp::new().await;
    app.call("POST", PROVIDERS)
        .by("admin")
        .json(&form())
        .send()
        .await
        .expect(201);
    let long = "a".repeat(300);
    for (field, value) in [
        ("issuer", json!("http://idp.example")),
        ("issuer", json!("https://idp.example?a=b")),
        ("issuer", json!("javascript:alert(1)")),
        ("issuer", json!("https://user:password@idp.example")),
        ("clientId", json!("")),
        ("clientId", json!(long)),
        ("label", json!("")),
        ("label", json!("a\u{7}")),
        ("scopes", json!(["a b"])),
        ("scopes", json!(vec!["a"; 33])),
        ("usernameClaim", json!("")),
        ("groupsClaim", json!("")),
        ("caCertificates", json!("not PEM")),
        (
            "caCertificates",
            json!("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ),
        (
            "groupRules",
            json!([{"group": "a", "organization": "alice", "team": "b"}]),
        ),
        (
            "groupRules",
            json!([{"group": "a", "organization": "none", "team": "b"}]),
        ),
    ] {
        let change = json!({ field: value, "clientSecret": "x" });
        let refused = app
            .call("PATCH", IDP)
            .by("admin")
            .json(&change)
            .send()
            .await
            .expect(400);
        assert_eq!(
            refused.json()["errors"][0]["detail"]["field"],
            field,
            "{value}"
        );
    }
    for name in ["", "A", "../x", "a b", "callback/x"] {
        let mut form = form();
        form["name"] = json!(name);
        app.call("POST", PROVIDERS)
            .by("admin")
            .json(&form)
            .send()
            .await
            .expect(400);
    }
    for field in [
        "id",
        "isAdmin",
        "createdAt",
        "hasClientSecret",
        "redirectUri",
        "identitiesCount",
    ] {
        let change = json!({ field: true });
        let refused = app
            .call("PATCH", IDP)
            .by("admin")
            .json(&change)
            .send()
            .await
            .expect(400);
        assert_eq!(refused.code(), "INVALID_JSON", "{field}");
        let mut new = form();
        new[field] = json!(true);
        app.call("POST", PROVIDERS)
            .by("admin")
            .json(&new)
            .send()
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn addresses_inside_of_a_cloud_are_not_asked() {
    let app = TestApp::new().await;
    for issuer in [
        "https://169.254.169.254",
        "https://[fe80::1]",
        "https://[::ffff:169.254.169.254]",
        "https://2852039166",
        "https://0.0.0.0",
        "https://[fd00:ec2::254]",
    ] {
        let mut form = form();
        form["issuer"] = json!(issuer);
        app.call("POST", PROVIDERS)
            .by("admin")
            .json(&form)
            .send()
            .await
            .expect(201);
        let test = app
            .call("POST", &format!("{IDP}/test"))
            .by("admin")
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(test["works"], false);
        assert!(
            test["message"]
                .as_str()
                .unwrap()
                .contains("may not be asked"),
            "{issuer}: {test}"
        );
        app.call("DELETE", IDP).by("admin").send().await.expect(204);
    }
}

#[tokio::test]
async fn lists_have_pages() {
    let app = TestApp::new().await;
    for name in ["c", "a", "b"] {
        Provider::start()
            .await
            .register(&app, name, &json!({}))
            .await;
    }
    let page = app
        .get(&format!("{PROVIDERS}?pageSize=2&count=true"))
        .by("admin")
        .send()
        .await
        .expect(200);
    assert_eq!(
        (
            page.header("x-next-page-start"),
            page.header("x-resource-count")
        ),
        ("b", "3")
    );
    let page = app
        .get(&format!("{PROVIDERS}?pageStart=b"))
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&page[0]["name"], page.as_array().unwrap().len()),
        (&json!("c"), 1)
    );
}
