//! In the lists of teams and of what they may do.

use serde_json::json;

use super::{List, refused};
use crate::util::TestApp;

#[tokio::test]
async fn repositories_of_a_team() {
    let app = TestApp::company().await;
    for name in ["web-1", "web-2", "web-3", "docs"] {
        let path = "/api/v0/repositories/acme";
        app.by_admin("POST", path, json!({ "name": name }), 201)
            .await;
        let path = format!("/api/v0/repositories/acme/{name}/teamAccess/readers");
        let level = json!({"accessLevel": "read-only"});
        app.by_admin("PUT", &path, level, 200).await;
    }
    let other = "/api/v0/repositories/other/app/teamAccess/readers";
    let level = json!({"accessLevel": "read-only"});
    app.by_admin("PUT", other, level, 200).await;
    let path = "/api/v0/accounts/acme/teams/readers/repositoryAccess";
    let list = List {
        app: &app,
        path,
        parameter: "filter",
        results: "/repositoryAccessList",
        name: "/repository/name",
    };
    list.finds(
        "rob",
        &[
            ("", &["app", "docs", "web-1", "web-2", "web-3"]),
            ("WEB", &["web-1", "web-2", "web-3"]),
            ("b-2", &["web-2"]),
            ("app", &["app"]),
            // The team has no right in it.
            ("site", &[]),
        ],
    )
    .await;
    let pages = list.pages("olga", "Web", 2).await;
    assert_eq!(pages, [vec!["web-1", "web-2"], vec!["web-3"]]);
    list.knows_no_wildcards("rob").await;
    for (who, status) in [("", 401), ("bob", 404), ("mia", 403), ("oscar", 404)] {
        refused(&app, who, &format!("{path}?filter=web"), status).await;
    }
}

#[tokio::test]
async fn teams_of_a_repository_and_of_a_namespace() {
    let app = TestApp::company().await;
    let level = json!({"accessLevel": "read-only"});
    let everywhere = "/api/v0/repositoryNamespaces/acme/teamAccess";
    let here = "/api/v0/repositories/acme/app/teamAccess";
    for name in ["qa-1", "qa-2", "qa-3"] {
        let teams = "/enzi/v0/accounts/acme/teams";
        app.by_admin("POST", teams, json!({ "name": name }), 201)
            .await;
        for grants in [here, everywhere] {
            let path = format!("{grants}/{name}");
            app.by_admin("PUT", &path, level.clone(), 200).await;
        }
    }
    let list = |path| List {
        app: &app,
        path,
        parameter: "filter",
        results: "/teamAccessList",
        name: "/team/name",
    };
    for (path, who, all) in [
        (
            here,
            "rae",
            &["keepers", "qa-1", "qa-2", "qa-3", "readers", "writers"][..],
        ),
        (everywhere, "mia", &["namers", "qa-1", "qa-2", "qa-3"]),
    ] {
        let expected = [("", all), ("A-", &["qa-1", "qa-2", "qa-3"])];
        list(path).finds(who, &expected).await;
        let pages = list(path).pages(who, "QA", 2).await;
        assert_eq!(pages, [vec!["qa-1", "qa-2"], vec!["qa-3"]]);
        list(path).knows_no_wildcards(who).await;
    }
    // Nobody finds a team elsewhere, or by the name that it had.
    list(here).finds("rae", &[("namers", &[])]).await;
    let team = "/enzi/v0/accounts/acme/teams/qa-2";
    app.by_admin("PATCH", team, json!({"name": "testers"}), 200)
        .await;
    for (path, who) in [(here, "rae"), (everywhere, "mia")] {
        let expected = [("QA", &["qa-1", "qa-3"][..]), ("TEST", &["testers"])];
        list(path).finds(who, &expected).await;
        let pages = list(path).pages(who, "", 1).await.concat();
        assert!(pages.is_sorted(), "in the order of the names: {pages:?}");
    }
    for (path, who, status) in [
        (here, "", 404),
        (here, "bob", 404),
        (here, "wanda", 403),
        (everywhere, "", 401),
        (everywhere, "bob", 404),
    ] {
        refused(&app, who, &format!("{path}?filter=qa"), status).await;
    }
}

#[tokio::test]
async fn teams_of_a_user() {
    let app = TestApp::company().await;
    for (org, team) in [("acme", "writers"), ("other", "readers")] {
        let path = format!("/enzi/v0/accounts/{org}/teams/{team}/members/rob");
        app.by_admin("PUT", &path, json!({}), 200).await;
    }
    let path = "/enzi/v0/accounts/rob/memberTeams";
    let list = List {
        app: &app,
        path,
        parameter: "contains",
        results: "/memberTeams",
        name: "/team/name",
    };
    list.finds(
        "rob",
        &[
            ("EADER", &["readers", "readers"]),
            ("oTHer", &["readers"]),
            ("acme", &["readers", "writers"]),
            // There is one, and rob is not in it.
            ("keepers", &[]),
        ],
    )
    .await;
    assert_eq!(
        list.pages("admin", "ACME", 1).await,
        [["readers"], ["writers"]]
    );
    list.knows_no_wildcards("rob").await;
    for (who, status) in [("", 401), ("olga", 404), ("mia", 404)] {
        refused(&app, who, &format!("{path}?contains=a"), status).await;
    }
}
