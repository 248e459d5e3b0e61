//! What each right is good for, where it comes from, and what nobody can do.

use serde_json::{Value, json};

use super::{as_, explain};
use crate::{company::ROLES, util::TestApp};

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

/// Everybody administers some repository: what it explains must tell neither which accounts there are, nor who administers the site.
#[tokio::test]
async fn an_explanation_tells_no_stranger_from_nobody() {
    let app = TestApp::company().await;
    for (who, repository) in [
        ("rae", "acme/app"),
        ("alice", "alice/app"),
        ("alice", "alice/site"),
    ] {
        let mut answers = Vec::new();
        for user in ["bob", "nobody", "id:x", "acme", "admin"] {
            let path = format!("/api/v0/repositories/{repository}/access/explain?user={user}");
            let answer = as_(&app, who, "GET", &path, Value::Null).await.expect(200);
            let text = answer.json().to_string();
            answers.push(text.replace(user, "USER").replace("USER/", "acme/"));
        }
        let first = answers[0].replace("acme", "USER");
        for answer in &answers {
            assert_eq!(answer.replace("acme", "USER"), first, "{who}");
        }
    }
    let path = "/api/v0/repositories/alice/app/access/explain?user=ivan";
    let off = as_(&app, "alice", "GET", path, Value::Null).await;
    let off = off.expect(200).json()["reason"].to_string();
    assert!(!off.contains("switched off"), "{off}");
    let path = "/api/v0/repositories/acme/app/access/explain?user=nobody";
    as_(&app, "admin", "GET", path, Value::Null)
        .await
        .expect(404);
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

/// DTR answers a list of teams here (`responses.ListRepoTeamAccess`), and one right in a namespace (`responses.NamespaceTeamAccess`).
#[tokio::test]
async fn a_right_is_answered_as_dtr_answers_it() {
    let app = TestApp::company().await;
    let form = json!({"accessLevel": "read-write"});
    let path = "/api/v0/repositories/acme/app/teamAccess/readers";
    let set = as_(&app, "rae", "PUT", path, form.clone()).await;
    let set = set.expect(200).json();
    assert_eq!(set["repository"]["name"], "app", "{set}");
    let teams = set["teamAccessList"].as_array().unwrap();
    assert_eq!(teams.len(), 1, "{set}");
    assert_eq!(teams[0]["accessLevel"], "read-write", "{set}");
    assert_eq!(teams[0]["team"]["name"], "readers", "{set}");
    let path = "/api/v0/repositoryNamespaces/acme/teamAccess/readers";
    let set = as_(&app, "olga", "PUT", path, form).await;
    let set = set.expect(200).json();
    assert_eq!(set["namespace"], "acme", "{set}");
    assert_eq!(set["accessLevel"], "read-write", "{set}");
    assert_eq!(set["team"]["name"], "readers", "{set}");
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
