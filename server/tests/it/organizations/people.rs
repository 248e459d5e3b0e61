//! Members, teams and names: kept, listed, renamed.

use serde_json::{Value, json};

use super::as_;
use crate::util::TestApp;

#[tokio::test]
async fn an_organization_keeps_an_owner() {
    let app = TestApp::company().await;
    let ivan = "/enzi/v0/accounts/acme/members/ivan";
    as_(&app, "olga", "DELETE", ivan, Value::Null)
        .await
        .expect(204);
    let olga = "/enzi/v0/accounts/acme/members/olga";
    for (method, form) in [("PUT", json!({"isAdmin": false})), ("DELETE", Value::Null)] {
        let answer = as_(&app, "olga", method, olga, form).await.expect(409);
        assert_eq!(answer.code(), "LAST_OWNER");
    }
    let gone = as_(
        &app,
        "admin",
        "DELETE",
        "/enzi/v0/accounts/olga",
        Value::Null,
    )
    .await;
    let gone = gone.expect(409);
    assert_eq!(gone.code(), "LAST_OWNER");
    assert!(gone.message().contains("acme"), "{}", gone.message());
    let mia = "/enzi/v0/accounts/acme/members/mia";
    for (member, form, is_owner) in [
        (olga, json!({}), true),
        (mia, json!({}), false),
        (mia, json!({"isAdmin": true}), true),
        (mia, json!({}), true),
    ] {
        let put = as_(&app, "olga", "PUT", member, form.clone()).await;
        assert_eq!(put.expect(200).json()["isAdmin"], is_owner, "{form}");
        let now = as_(&app, "olga", "GET", member, Value::Null).await;
        assert_eq!(now.expect(200).json()["isAdmin"], is_owner, "{form}");
    }
    as_(&app, "olga", "DELETE", olga, Value::Null)
        .await
        .expect(204);
}

#[tokio::test]
async fn members_are_found_by_their_full_names_too() {
    let app = TestApp::company().await;
    for (user, full_name) in [
        ("rob", "Robert R\u{e4}ikk\u{f6}nen"),
        ("olga", "Olga Rask_ova"),
    ] {
        let path = format!("/enzi/v0/accounts/{user}");
        let form = json!({ "fullName": full_name });
        as_(&app, "admin", "PATCH", &path, form).await.expect(200);
    }
    for (list, expected) in [
        ("members?contains=r%C3%84IKK", &["rob"][..]),
        ("members?contains=ra", &["olga", "rae"]),
        ("members?contains=k_o", &["olga"]),
        ("members?filter=admins&contains=RASK", &["olga"]),
        ("members?filter=non-admins&contains=RASK", &[]),
        ("teams/readers/members?contains=BERT", &["rob"]),
        ("teams/writers/members?contains=BERT", &[]),
    ] {
        let path = format!("/enzi/v0/accounts/acme/{list}");
        let answer = as_(&app, "mia", "GET", &path, Value::Null).await;
        let page = answer.expect(200).json();
        let members = page["members"].as_array().unwrap();
        let found: Vec<_> = members
            .iter()
            .map(|member| member["member"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, expected, "{list}");
    }
}

#[tokio::test]
async fn names_are_one_space_and_forms_are_checked() {
    let app = TestApp::company().await;
    for (name, code) in [
        ("bob", 409),
        ("acme", 409),
        ("Acme", 400),
        ("acm\u{435}", 400),
        ("id:1", 400),
        ("", 400),
        ("a/b", 400),
    ] {
        let form = json!({"name": name, "isOrg": true});
        let answer = as_(&app, "admin", "POST", "/enzi/v0/accounts", form).await;
        assert_eq!(answer.status.as_u16(), code, "{name}");
    }
    for (field, value) in [("password", json!("long enough")), ("isAdmin", json!(true))] {
        let mut form = json!({"name": "fresh", "isOrg": true});
        form[field] = value;
        let answer = as_(&app, "admin", "POST", "/enzi/v0/accounts", form).await;
        assert_eq!(
            answer.expect(400).json()["errors"][0]["detail"]["field"],
            field
        );
    }
    let teams = "/enzi/v0/accounts/acme/teams";
    for (form, code) in [
        (json!({"name": "readers"}), 409),
        (json!({"name": "Readers"}), 400),
        (json!({"name": "new", "isAdmin": true}), 400),
        (json!({}), 400),
    ] {
        let answer = as_(&app, "olga", "POST", teams, form.clone()).await;
        assert_eq!(answer.status.as_u16(), code, "{form}");
    }
    let rename = json!({"name": "writers"});
    let answer = as_(&app, "olga", "PATCH", &format!("{teams}/readers"), rename).await;
    assert_eq!(answer.expect(409).code(), "TEAM_EXISTS");
    let user_owned = "/api/v0/repositories/alice/app/teamAccess/readers";
    let answer = as_(
        &app,
        "alice",
        "PUT",
        user_owned,
        json!({"accessLevel": "admin"}),
    )
    .await;
    assert_eq!(answer.expect(400).code(), "NOT_OWNED_BY_ORGANIZATION");
    for member in ["acme", "other", "nobody"] {
        let path = format!("/enzi/v0/accounts/acme/members/{member}");
        let answer = as_(&app, "olga", "PUT", &path, json!({})).await;
        assert_eq!(answer.expect(404).code(), "NO_SUCH_USER", "{member}");
    }
}

#[tokio::test]
async fn a_rename_breaks_nothing_that_refers_to_the_account() {
    let app = TestApp::company().await;
    let token = app.token("wanda", &["repository:acme/app:pull,push"]).await;
    app.push_image(&token, "acme/app", "1", b"layer").await;
    let org = "/enzi/v0/accounts/acme";
    let rename = |name: &str| json!({ "name": name });
    as_(&app, "olga", "PATCH", org, rename("apex"))
        .await
        .expect(403);
    let refused = as_(&app, "admin", "PATCH", org, rename("other")).await;
    assert_eq!(refused.expect(409).code(), "ACCOUNT_EXISTS");
    for bad in ["Apex", "", "a/b", "id:1"] {
        as_(&app, "admin", "PATCH", org, rename(bad))
            .await
            .expect(400);
    }
    let renamed = as_(&app, "admin", "PATCH", org, rename("apex")).await;
    assert_eq!(renamed.expect(200).json()["name"], "apex");
    let gone = app.get("/v2/acme/app/manifests/1").bearer(&token).send();
    assert_ne!(gone.await.status, 200);
    for (who, level) in [
        ("rob", "read-only"),
        ("wanda", "read-write"),
        ("olga", "admin"),
    ] {
        let path = "/api/v0/repositories/apex/app";
        let seen = as_(&app, who, "GET", path, Value::Null).await.expect(200);
        assert_eq!(seen.json()["permission"], level, "{who}");
    }
    let token = app.token("wanda", &["repository:apex/app:pull,push"]).await;
    app.get("/v2/apex/app/manifests/1")
        .bearer(&token)
        .send()
        .await
        .expect(200);
    let long = json!({"name": "n".repeat(200)});
    as_(&app, "olga", "POST", "/api/v0/repositories/apex", long)
        .await
        .expect(201);
    let place = "/enzi/v0/accounts/apex";
    as_(&app, "admin", "PATCH", place, rename(&"a".repeat(64)))
        .await
        .expect(400);
}

#[tokio::test]
async fn lists_are_paged_by_name_and_wildcards_are_letters() {
    let app = TestApp::company().await;
    let mut names = Vec::new();
    let mut start = String::new();
    loop {
        let path = format!("/enzi/v0/accounts/acme/members?limit=3&start={start}");
        let page = as_(&app, "mia", "GET", &path, Value::Null)
            .await
            .expect(200)
            .json();
        let members = page["members"].as_array().unwrap();
        names.extend(
            members
                .iter()
                .map(|m| m["member"]["name"].as_str().unwrap().to_owned()),
        );
        start = page["nextPageStart"].as_str().unwrap().to_owned();
        if start.is_empty() {
            break;
        }
    }
    assert_eq!(
        names,
        ["ivan", "mia", "nina", "olga", "rae", "rob", "wanda"]
    );
    for (query, expected) in [
        ("contains=%25", 0),
        ("contains=_", 0),
        ("contains=AN", 2),
        ("filter=admins", 2),
    ] {
        let path = format!("/enzi/v0/accounts/acme/members?{query}");
        let page = as_(&app, "mia", "GET", &path, Value::Null)
            .await
            .expect(200)
            .json();
        let found = page["members"].as_array().unwrap().len();
        assert_eq!(found, expected, "{query}");
    }
    let teams = as_(
        &app,
        "mia",
        "GET",
        "/enzi/v0/accounts/acme/teams?contains=r",
        Value::Null,
    );
    let teams = teams.await.expect(200).json();
    let names: Vec<_> = teams["teams"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["keepers", "namers", "readers", "writers"]);
    let own = as_(
        &app,
        "rob",
        "GET",
        "/enzi/v0/accounts/rob/organizations",
        Value::Null,
    );
    let own = own.await.expect(200).json();
    assert_eq!(own["memberOrgs"][0]["org"]["name"], "acme");
    assert_eq!(own["memberOrgs"][0]["isAdmin"], false);
    let other = "/enzi/v0/accounts/rob/organizations?contains=x";
    let other = as_(&app, "rob", "GET", other, Value::Null).await;
    assert_eq!(other.expect(200).json()["memberOrgs"], json!([]));
    let of_rob = as_(
        &app,
        "mia",
        "GET",
        "/enzi/v0/accounts/acme/members/rob/teams",
        Value::Null,
    );
    assert_eq!(
        of_rob.await.expect(200).json()["teams"][0]["name"],
        "readers"
    );
}

#[tokio::test]
async fn a_users_teams_are_those_of_all_organizations_page_by_page() {
    let app = TestApp::company().await;
    let other = "/enzi/v0/accounts/other/teams/readers/members/rob";
    as_(&app, "oscar", "PUT", other, json!({}))
        .await
        .expect(200);
    let path = "/enzi/v0/accounts/rob/memberTeams";
    let (mut seen, mut start) = (Vec::new(), String::new());
    loop {
        let page = format!("{path}?limit=1&start={start}");
        let page = as_(&app, "rob", "GET", &page, Value::Null).await;
        let page = page.expect(200).json();
        let found = &page["memberTeams"][0];
        assert_eq!(found["team"]["clientUserIsMember"], true);
        let name = |part: &str| found[part]["name"].as_str().unwrap().to_owned();
        seen.push(format!("{}/{}", name("org"), name("team")));
        page["nextPageStart"]
            .as_str()
            .unwrap()
            .clone_into(&mut start);
        if start.is_empty() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["acme/readers", "other/readers"]);
    for (who, status) in [("admin", 200), ("olga", 404), ("mia", 404)] {
        as_(&app, who, "GET", path, Value::Null)
            .await
            .expect(status);
    }
    let org = "/enzi/v0/accounts/acme/memberTeams";
    let org = as_(&app, "olga", "GET", org, Value::Null).await;
    assert_eq!(org.expect(404).code(), "NO_SUCH_USER");
}
