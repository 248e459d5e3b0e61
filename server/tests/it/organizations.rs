//! Organizations, teams and grants: what each right is good for, where it comes from, and what nobody can do.

use serde_json::{Value, json};

use crate::{
    company::ROLES,
    util::{Answer, TestApp},
};

async fn as_(app: &TestApp, who: &str, method: &str, path: &str, form: Value) -> Answer {
    let call = app.call(method, path);
    let call = if who.is_empty() { call } else { call.by(who) };
    let call = if form.is_null() {
        call
    } else {
        call.json(&form)
    };
    call.send().await
}

async fn explain(app: &TestApp, user: &str) -> Value {
    let path = format!("/api/v0/repositories/acme/app/access/explain?user={user}");
    as_(app, "olga", "GET", &path, Value::Null)
        .await
        .expect(200)
        .json()
}

#[tokio::test]
async fn every_right_and_where_it_comes_from() {
    let app = TestApp::company().await;
    let expected = [
        ("bob", "", ""),
        ("oscar", "", ""),
        ("mia", "", ""),
        ("rob", "read-only", "team readers"),
        ("wanda", "read-write", "team writers"),
        ("rae", "admin", "team keepers"),
        ("nina", "admin", "namespace-team namers"),
        ("olga", "admin", "org-owner "),
        ("admin", "admin", "site-admin "),
        ("ivan", "", ""),
    ];
    for (user, level, source) in expected {
        let explanation = explain(&app, user).await;
        assert_eq!(
            explanation["accessLevel"].as_str().unwrap_or_default(),
            level,
            "{user}: {explanation}"
        );
        let found = explanation["sources"].get(0).map_or_else(String::new, |s| {
            let team = s["team"].as_str().unwrap_or_default();
            format!("{} {team}", s["kind"].as_str().unwrap())
        });
        assert_eq!(found, source, "{user}: {explanation}");
        assert!(explanation["reason"].as_str().unwrap().contains(user));
    }
}

/// What the explanation says is what `/v2/` and the API do.
#[tokio::test]
async fn a_right_is_worth_the_same_everywhere() {
    let app = TestApp::company().await;
    for who in ROLES.into_iter().filter(|who| *who != "ivan") {
        let level = match who {
            "rob" => 1,
            "wanda" => 2,
            "rae" | "nina" | "olga" | "admin" => 3,
            _ => 0,
        };
        let token = app
            .token(who, &["repository:acme/app:pull,push,delete"])
            .await;
        let pull = app.get("/v2/acme/app/tags/list").bearer(&token).send();
        let pulled = pull.await.status.as_u16();
        let push = app.call("POST", "/v2/acme/app/blobs/uploads/");
        let pushed = push.bearer(&token).send().await.status.as_u16();
        assert_eq!(
            (pulled == 200, pushed == 202),
            (level >= 1, level >= 2),
            "{who}"
        );
        let change = json!({"shortDescription": who});
        let path = "/api/v0/repositories/acme/app";
        let patched = as_(&app, who, "PATCH", path, change).await.status.as_u16();
        assert_eq!(patched == 200, level == 3, "{who}: {patched}");
        let list = as_(
            &app,
            who,
            "GET",
            "/api/v0/repositories?pageSize=100",
            Value::Null,
        )
        .await;
        let list = list.expect(200).json();
        let listed = list["repositories"].as_array().unwrap().iter();
        let shown = listed
            .filter(|row| row["namespace"] == "acme" && row["name"] == "app")
            .map(|row| row["permission"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>();
        let permissions: [&[&str]; 4] = [&[], &["read-only"], &["read-write"], &["admin"]];
        assert_eq!(shown, permissions[level], "{who}");
    }
    as_(
        &app,
        "ivan",
        "GET",
        "/api/v0/repositories/acme/app",
        Value::Null,
    )
    .await
    .expect(401);
}

#[tokio::test]
async fn grants_add_up_and_go_at_once() {
    let app = TestApp::company().await;
    let path = "/enzi/v0/accounts/acme/teams/writers/members/rob";
    as_(&app, "olga", "PUT", path, json!({})).await.expect(200);
    let both = explain(&app, "rob").await;
    assert_eq!(both["accessLevel"], "read-write");
    assert_eq!(both["sources"].as_array().unwrap().len(), 2, "{both}");
    let revoke = "/api/v0/repositories/acme/app/teamAccess/writers";
    as_(&app, "rae", "DELETE", revoke, Value::Null)
        .await
        .expect(204);
    assert_eq!(explain(&app, "rob").await["accessLevel"], "read-only");
    as_(
        &app,
        "wanda",
        "GET",
        "/api/v0/repositories/acme/app",
        Value::Null,
    )
    .await
    .expect(404);
    let team = "/enzi/v0/accounts/acme/teams/readers";
    as_(&app, "olga", "DELETE", team, Value::Null)
        .await
        .expect(204);
    assert_eq!(explain(&app, "rob").await["accessLevel"], Value::Null);
    let path = "/enzi/v0/accounts/acme/members/nina";
    as_(&app, "olga", "DELETE", path, Value::Null)
        .await
        .expect(204);
    assert_eq!(explain(&app, "nina").await["accessLevel"], Value::Null);
}

#[tokio::test]
async fn who_makes_repositories_in_an_organization() {
    let app = TestApp::company().await;
    for who in ROLES {
        let status = match who {
            "" | "ivan" => 401,
            "nina" | "olga" | "admin" => 201,
            _ => 403,
        };
        let form = json!({"name": format!("by-{who}x")});
        let made = as_(&app, who, "POST", "/api/v0/repositories/acme", form).await;
        assert_eq!(made.status.as_u16(), status, "{who}");
        if status == 201 {
            assert_eq!(made.json()["namespaceType"], "organization");
            assert_eq!(made.json()["permission"], "admin");
        }
    }
}

/// Whoever gives a right holds as much there; so no sequence of requests by somebody with less makes more of it.
#[tokio::test]
async fn nobody_gives_more_than_they_hold() {
    let app = TestApp::company().await;
    let targets = [
        "/api/v0/repositories/acme/app/teamAccess/readers",
        "/api/v0/repositories/acme/site/teamAccess/readers",
        "/api/v0/repositoryNamespaces/acme/teamAccess/readers",
    ];
    let members = [
        "/enzi/v0/accounts/acme/members/",
        "/enzi/v0/accounts/acme/teams/namers/members/",
        "/enzi/v0/accounts/acme/teams/keepers/members/",
    ];
    for who in ["bob", "oscar", "mia", "rob", "wanda", "rae"] {
        let before = explain(&app, who).await["accessLevel"].clone();
        for target in targets {
            let is_own = who == "rae" && target.contains("/acme/app/");
            for level in ["read-only", "read-write", "admin"] {
                let form = json!({ "accessLevel": level });
                let status = as_(&app, who, "PUT", target, form).await.status.as_u16();
                assert!(
                    is_own == (status == 200),
                    "{who} {target} {level}: {status}"
                );
            }
        }
        for path in members {
            for form in [json!({}), json!({"isAdmin": true})] {
                let path = format!("{path}{who}");
                let status = as_(&app, who, "PUT", &path, form).await.status.as_u16();
                assert!(matches!(status, 403 | 404), "{who} {path}: {status}");
            }
        }
        assert_eq!(explain(&app, who).await["accessLevel"], before, "{who}");
    }
}

/// A child is looked for below its own parent only: by its name, and by its id.
#[tokio::test]
async fn a_child_of_another_parent_is_not_there() {
    let app = TestApp::company().await;
    let team = as_(
        &app,
        "oscar",
        "GET",
        "/enzi/v0/accounts/other/teams/readers",
        Value::Null,
    );
    let foreign = team.await.expect(200).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let own = as_(
        &app,
        "olga",
        "GET",
        "/enzi/v0/accounts/acme/teams/writers",
        Value::Null,
    );
    let own = own.await.expect(200).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let level = json!({"accessLevel": "admin"});
    for (method, path, form) in [
        (
            "GET",
            format!("/enzi/v0/accounts/acme/teams/id:{foreign}"),
            Value::Null,
        ),
        (
            "PATCH",
            format!("/enzi/v0/accounts/acme/teams/id:{foreign}"),
            json!({}),
        ),
        (
            "DELETE",
            format!("/enzi/v0/accounts/acme/teams/id:{foreign}"),
            Value::Null,
        ),
        (
            "GET",
            format!("/enzi/v0/accounts/acme/teams/id:{foreign}/members"),
            Value::Null,
        ),
        (
            "PUT",
            format!("/enzi/v0/accounts/acme/teams/id:{foreign}/members/olga"),
            json!({}),
        ),
        (
            "DELETE",
            format!("/enzi/v0/accounts/acme/teams/id:{foreign}/members/oscar"),
            Value::Null,
        ),
        (
            "PUT",
            format!("/api/v0/repositories/acme/app/teamAccess/id:{foreign}"),
            level.clone(),
        ),
        (
            "DELETE",
            format!("/api/v0/repositories/acme/app/teamAccess/id:{foreign}"),
            Value::Null,
        ),
        (
            "PUT",
            format!("/api/v0/repositoryNamespaces/acme/teamAccess/id:{foreign}"),
            level.clone(),
        ),
        (
            "GET",
            format!("/api/v0/accounts/acme/teams/id:{foreign}/repositoryAccess"),
            Value::Null,
        ),
        (
            "GET",
            "/enzi/v0/accounts/acme/teams/id:nothing".to_owned(),
            Value::Null,
        ),
    ] {
        let answer = as_(&app, "olga", method, &path, form).await.expect(404);
        assert_eq!(answer.code(), "NO_SUCH_TEAM", "{method} {path}");
    }
    let path = format!("/api/v0/repositories/acme/app/teamAccess/id:{own}");
    as_(&app, "olga", "PUT", &path, level).await.expect(200);
}

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
    as_(&app, "olga", "PUT", mia, json!({"isAdmin": true}))
        .await
        .expect(200);
    as_(&app, "olga", "DELETE", olga, Value::Null)
        .await
        .expect(204);
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
