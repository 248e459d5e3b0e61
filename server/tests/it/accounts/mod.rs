//! Accounts: create, list, change, delete, passwords; and that power neither leaks nor runs out.

mod names;
mod whole;

use serde_json::{Value, json};

use crate::util::{PASSWORD, TestApp};

const ACCOUNTS: &str = "/enzi/v0/accounts";

fn names(list: &Value) -> Vec<&str> {
    list["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["name"].as_str().unwrap())
        .collect()
}

async fn create(app: &TestApp, form: Value) -> crate::util::Answer {
    app.call("POST", ACCOUNTS)
        .by("admin")
        .json(&form)
        .send()
        .await
}

#[tokio::test]
async fn a_user_is_created_and_signs_in() {
    let app = TestApp::new().await;
    let form = json!({"name": "carol", "fullName": "Carol C.", "password": "carol's password",
                      "isOrg": false, "isAdmin": false, "isActive": true, "searchLDAP": false});
    let made = create(&app, form).await.expect(201).json();
    for (field, expected) in [
        ("name", json!("carol")),
        ("fullName", json!("Carol C.")),
        ("isOrg", json!(false)),
        ("isAdmin", json!(false)),
        ("isActive", json!(true)),
        ("isImported", json!(false)),
    ] {
        assert_eq!(made[field], expected, "{field}");
    }
    assert_eq!(
        made.as_object().unwrap().len(),
        7,
        "an account shows nothing else: {made}"
    );
    let own = app
        .get("/enzi/v0/id/")
        .basic("carol", "carol's password")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(own, made);
    let by_id = format!("{ACCOUNTS}/id:{}", made["id"].as_str().unwrap());
    assert_eq!(
        app.get(&by_id).by("admin").send().await.expect(200).json(),
        made
    );
    app.get(&by_id).by("bob").send().await.expect(404);
    let again = create(&app, json!({"name": "carol", "password": "long enough"}))
        .await
        .expect(409);
    assert_eq!(again.code(), "ACCOUNT_EXISTS");

    create(
        &app,
        json!({"name": "dave", "password": "long enough", "isActive": false}),
    )
    .await
    .expect(201);
    app.get("/enzi/v0/id/")
        .basic("dave", "long enough")
        .send()
        .await
        .expect(401);
    let on = app
        .call("PATCH", &format!("{ACCOUNTS}/dave"))
        .by("admin")
        .json(&json!({"isActive": true}));
    on.send().await.expect(200);
    app.get("/enzi/v0/id/")
        .basic("dave", "long enough")
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn a_form_with_a_fault_is_refused_with_its_field() {
    let app = TestApp::new().await;
    for (form, field) in [
        (json!({"name": "", "password": "long enough"}), "name"),
        (json!({"name": "Carol", "password": "long enough"}), "name"),
        (json!({"name": "a/b", "password": "long enough"}), "name"),
        (json!({"name": "id:x", "password": "long enough"}), "name"),
        (
            json!({"name": "a".repeat(65), "password": "long enough"}),
            "name",
        ),
        (json!({"name": "carol"}), "password"),
        (json!({"name": "carol", "password": "short"}), "password"),
        (
            json!({"name": "carol-carol", "password": "Carol-Carol"}),
            "password",
        ),
        (
            json!({"name": "carol", "password": "long enough", "fullName": "a\nb"}),
            "fullName",
        ),
        (
            json!({"name": "carol", "password": "long enough", "fullName": "a".repeat(101)}),
            "fullName",
        ),
        (
            json!({"name": "carol", "password": "long enough", "isOrg": true}),
            "password",
        ),
        (json!({"name": "carol", "searchLDAP": true}), "searchLDAP"),
    ] {
        let answer = create(&app, form).await.expect(400);
        assert_eq!(
            answer.json()["errors"][0]["detail"]["field"],
            field,
            "{}",
            answer.message()
        );
        assert!(
            !answer.message().contains("long enough"),
            "a password is not repeated"
        );
    }
    assert_eq!(
        app.get(ACCOUNTS)
            .by("admin")
            .send()
            .await
            .expect(200)
            .json()["resourceCount"],
        3
    );
}

#[tokio::test]
async fn accounts_are_listed_filtered_and_paged() {
    let app = TestApp::new().await;
    create(&app, json!({"name": "carol", "fullName": "Alicia", "password": "long enough", "isActive": false})).await.expect(201);
    let alice = app.call("PATCH", &format!("{ACCOUNTS}/alice")).by("admin");
    let full_name = json!({"fullName": "Ältere Alice"});
    alice.json(&full_name).send().await.expect(200);
    for (query, expected) in [
        ("", &["admin", "alice", "bob", "carol"][..]),
        ("?filter=admins", &["admin"]),
        ("?filter=non-admins", &["alice", "bob", "carol"]),
        ("?filter=orgs", &[]),
        ("?filter=active-users", &["admin", "alice", "bob"]),
        ("?filter=inactive-users", &["carol"]),
        ("?contains=ALI", &["alice", "carol"]),
        ("?contains=%25", &[]),
        ("?start=b", &["bob", "carol"]),
        ("?limit=2", &["admin", "alice"]),
        ("?order=%2Bname", &["admin", "alice", "bob", "carol"]),
        ("?order=-name&start=bob", &["bob", "alice", "admin"]),
        ("?order=fullName", &["admin", "bob", "carol", "alice"]),
        ("?order=-fullName", &["alice", "carol", "bob", "admin"]),
    ] {
        let list = app
            .get(&format!("{ACCOUNTS}{query}"))
            .by("admin")
            .send()
            .await
            .expect(200)
            .json();
        assert_eq!(names(&list), expected, "{query}");
    }
    let first = app
        .get(&format!("{ACCOUNTS}?limit=2"))
        .by("admin")
        .send()
        .await
        .expect(200);
    assert_eq!(
        (
            first.header("x-next-page-start"),
            &first.json()["nextPageStart"]
        ),
        ("bob", &json!("bob"))
    );
    let counts = first.json();
    assert_eq!(
        (
            &counts["usersCount"],
            &counts["orgsCount"],
            &counts["resourceCount"]
        ),
        (&json!(4), &json!(0), &json!(4))
    );
    for order in ["name", "-name", "fullName", "-fullName"] {
        let page = async |query: String| {
            let list = app.get(&format!("{ACCOUNTS}?order={order}{query}"));
            list.by("admin").send().await.expect(200)
        };
        let mut paged = Vec::new();
        let mut start = String::new();
        loop {
            let answer = page(format!("&limit=1&start={start}")).await;
            let list = answer.json();
            paged.extend(names(&list).into_iter().map(str::to_owned));
            list["nextPageStart"]
                .as_str()
                .unwrap()
                .clone_into(&mut start);
            if start.is_empty() {
                break;
            }
            assert_eq!(answer.header("x-next-page-start"), start);
        }
        assert_eq!(paged, names(&page(String::new()).await.json()), "{order}");
    }
    for query in [
        "?filter=x",
        "?order=fullname",
        "?order=isAdmin",
        "?order=fullName&start=bob",
        "?limit=0",
        "?limit=1001",
    ] {
        app.get(&format!("{ACCOUNTS}{query}"))
            .by("admin")
            .send()
            .await
            .expect(400);
    }
}

#[tokio::test]
async fn an_account_goes_with_what_it_owns_where_that_is_asked_for() {
    let app = TestApp::company().await;
    let acme = format!("{ACCOUNTS}/acme");
    let kept = app.call("DELETE", &acme).by("admin").send().await;
    assert_eq!(kept.expect(409).code(), "ACCOUNT_OWNS_REPOSITORIES");
    let gone = app.call("DELETE", "/api/v0/accounts/acme").by("admin");
    gone.send().await.expect(204);
    for path in [acme.as_str(), "/api/v0/repositories/acme/app"] {
        app.get(path).by("admin").send().await.expect(404);
    }
    let events = app.get("/api/v0/events?objectType=repository&eventType=DELETE");
    let events = events.by("admin").send().await.expect(200).json();
    let told = &events["events"][0];
    assert_eq!(told["reason"], "with its account acme", "{events}");
    let others = app.get("/api/v0/repositories/alice").by("admin");
    let others = others.send().await.expect(200).json();
    assert!(!others["repositories"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn there_is_always_an_administrator() {
    let app = TestApp::new().await;
    let admin = format!("{ACCOUNTS}/admin");
    for form in [json!({"isAdmin": false}), json!({"isActive": false})] {
        let answer = app
            .call("PATCH", &admin)
            .by("admin")
            .json(&form)
            .send()
            .await
            .expect(409);
        assert_eq!(answer.code(), "LAST_ADMIN");
    }
    let with_all = app.call("DELETE", "/api/v0/accounts/admin").by("admin");
    assert_eq!(with_all.send().await.expect(409).code(), "LAST_ADMIN");
    assert_eq!(
        app.call("DELETE", &admin)
            .by("admin")
            .send()
            .await
            .expect(409)
            .code(),
        "LAST_ADMIN"
    );
    // An administrator who may not sign in is none.
    let second =
        json!({"name": "second", "password": "long enough", "isAdmin": true, "isActive": false});
    create(&app, second).await.expect(201);
    app.call("PATCH", &admin)
        .by("admin")
        .json(&json!({"isAdmin": false}))
        .send()
        .await
        .expect(409);
    let on = app
        .call("PATCH", &format!("{ACCOUNTS}/second"))
        .by("admin")
        .json(&json!({"isActive": true}));
    on.send().await.expect(200);
    app.call("PATCH", &admin)
        .by("admin")
        .json(&json!({"isAdmin": false}))
        .send()
        .await
        .expect(200);
    app.get(ACCOUNTS).by("admin").send().await.expect(403);
}

#[tokio::test]
async fn an_account_that_owns_repositories_stays() {
    let app = TestApp::new().await;
    let alice = format!("{ACCOUNTS}/alice");
    let answer = app
        .call("DELETE", &alice)
        .by("admin")
        .send()
        .await
        .expect(409);
    assert_eq!(answer.code(), "ACCOUNT_OWNS_REPOSITORIES");
    let detail = &answer.json()["errors"][0]["detail"];
    assert_eq!(
        *detail,
        json!({"count": 2, "repositories": ["alice/app", "alice/site"]})
    );
    for name in ["app", "site"] {
        app.call("DELETE", &format!("/api/v0/repositories/alice/{name}"))
            .by("alice")
            .send()
            .await
            .expect(204);
    }
    app.call("DELETE", &alice)
        .by("admin")
        .send()
        .await
        .expect(204);
    app.get(&alice).by("admin").send().await.expect(404);
    app.get("/enzi/v0/id/").by("alice").send().await.expect(401);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let app = TestApp::new().await;
    let path = format!("{ACCOUNTS}/alice/changePassword");
    let change = |who: &str, form: Value| app.call("POST", &path).by(who).json(&form).send();
    for (form, status, field) in [
        (
            json!({"oldPassword": "wrong", "newPassword": "another password"}),
            403,
            "oldPassword",
        ),
        (
            json!({"newPassword": "another password"}),
            403,
            "oldPassword",
        ),
        (
            json!({"oldPassword": PASSWORD, "newPassword": "short"}),
            400,
            "newPassword",
        ),
        (
            json!({"oldPassword": PASSWORD, "newPassword": "alice"}),
            400,
            "newPassword",
        ),
    ] {
        let answer = change("alice", form).await.expect(status);
        assert_eq!(answer.json()["errors"][0]["detail"]["field"], field);
    }
    change(
        "alice",
        json!({"oldPassword": PASSWORD, "newPassword": "another password"}),
    )
    .await
    .expect(200);
    app.get("/enzi/v0/id/").by("alice").send().await.expect(401);
    app.get("/enzi/v0/id/")
        .basic("alice", "another password")
        .send()
        .await
        .expect(200);
    change("admin", json!({"newPassword": "a third password"}))
        .await
        .expect(200);
    app.get("/enzi/v0/id/")
        .basic("alice", "another password")
        .send()
        .await
        .expect(401);
    app.get("/enzi/v0/id/")
        .basic("alice", "a third password")
        .send()
        .await
        .expect(200);
}
