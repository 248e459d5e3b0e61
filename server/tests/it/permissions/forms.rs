//! Mass assignment: forms take the fields that they have, and no privileged ones besides.

use crate::util::TestApp;

/// Fields that would give power if a form took them.
const PRIVILEGED: &[&str] = &[
    "isAdmin",
    "is_admin",
    "isadmin",
    "IsAdmin",
    "admin",
    "role",
    "isActive",
    "isOrg",
    "id",
    "owner",
    "accountId",
    "account_id",
    "namespace",
    "namespaceType",
    "permission",
    "accessLevel",
    "pulls",
    "pushes",
    "createdAt",
    "passwordHash",
    "password_hash",
    "password",
    "isPublic",
    "is_public",
    "visibility",
    "createRepositoryOnPush",
    "__proto__",
];

/// Forms: method, path, a body, and those of the privileged fields that are its own.
const FORMS: &[(&str, &str, &str, &[&str])] = &[
    (
        "POST",
        "/api/v0/repositories/alice",
        r#"{"name":"new"}"#,
        &["visibility"],
    ),
    (
        "PATCH",
        "/api/v0/repositories/alice/app",
        "{}",
        &["visibility"],
    ),
    (
        "PATCH",
        "/enzi/v0/accounts/alice",
        "{}",
        &["isAdmin", "isActive"],
    ),
    (
        "POST",
        "/enzi/v0/accounts/alice/changePassword",
        r#"{"newPassword":"long enough"}"#,
        &[],
    ),
    (
        "POST",
        "/enzi/v0/id/login",
        r#"{"username":"alice","password":"x"}"#,
        &["password"],
    ),
    (
        "POST",
        "/enzi/v0/accounts",
        r#"{"name":"carol"}"#,
        &["isAdmin", "isActive", "isOrg", "password"],
    ),
    (
        "POST",
        "/enzi/v0/accounts/admin/secondFactor",
        r#"{"password":"x"}"#,
        &["password"],
    ),
    (
        "POST",
        "/enzi/v0/accounts/admin/secondFactor/confirm",
        r#"{"code":"x"}"#,
        &[],
    ),
    (
        "POST",
        "/enzi/v0/accounts/admin/secondFactor/recoveryCodes",
        "{}",
        &["password"],
    ),
    (
        "DELETE",
        "/enzi/v0/accounts/admin/secondFactor",
        "{}",
        &["password"],
    ),
    (
        "POST",
        "/api/v0/meta/settings",
        "{}",
        &["createRepositoryOnPush"],
    ),
];

#[tokio::test]
async fn forms_take_their_own_fields_and_no_others() {
    let app = TestApp::new().await;
    for (method, path, body, own) in FORMS {
        for field in PRIVILEGED.iter().filter(|field| !own.contains(field)) {
            let mut form: serde_json::Value = serde_json::from_str(body).unwrap();
            form[*field] = true.into();
            // As an administrator, whom no right stops: the form itself has to.
            let answer = app
                .call(method, path)
                .by("admin")
                .json(&form)
                .send()
                .await
                .expect(400);
            assert_eq!(answer.code(), "INVALID_JSON", "{method} {path} {field}");
            assert!(
                answer.message().contains(field),
                "{method} {path} {field}: {}",
                answer.message()
            );
        }
    }
    let answer = app
        .call("PATCH", "/enzi/v0/accounts/alice")
        .by("alice")
        .json(&serde_json::json!({"isAdmin": true}));
    answer.send().await.expect(403);
    let twice = app
        .call("PATCH", "/enzi/v0/accounts/alice")
        .by("alice")
        .header("content-type", "application/json");
    twice
        .body(r#"{"fullName":"a","fullName":"b"}"#)
        .send()
        .await
        .expect(400);
    let alice = app
        .get("/enzi/v0/accounts/alice")
        .by("alice")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&alice["isAdmin"], &alice["fullName"]),
        (&false.into(), &"".into())
    );
}
