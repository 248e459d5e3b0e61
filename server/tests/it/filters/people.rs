//! In the lists of what one person has.

use serde_json::json;

use super::{List, refused};
use crate::util::{PASSWORD, TestApp};

#[tokio::test]
async fn access_tokens() {
    let app = TestApp::new().await;
    for (who, label) in [
        ("alice", "CI of web"),
        ("alice", "Büro, 100% _sure_"),
        ("alice", "laptop"),
        ("alice", "ci of docs"),
        ("bob", "ci of bob"),
    ] {
        let call = app.call("POST", "/api/v0/api_tokens").by(who);
        let call = call.json(&json!({ "tokenLabel": label }));
        call.send().await.expect(200);
    }
    let list = |path| List {
        app: &app,
        path,
        parameter: "filter",
        results: "",
        name: "/tokenLabel",
    };
    let own = list("/api/v0/api_tokens");
    own.finds(
        "alice",
        &[
            ("cI", &["CI of web", "ci of docs"]),
            ("BÜRO", &["Büro, 100% _sure_"]),
            ("0% _s", &["Büro, 100% _sure_"]),
            ("%", &["Büro, 100% _sure_"]),
            ("l_ptop", &[]),
            ("\\", &[]),
            ("bob", &[]),
        ],
    )
    .await;
    assert_eq!(
        own.pages("alice", "ci", 1).await,
        [["CI of web"], ["ci of docs"]]
    );
    own.knows_no_wildcards("bob").await;
    let everybodys = &["CI of web", "ci of docs", "ci of bob"][..];
    own.finds("admin", &[("CI", everybodys)]).await;
    let of_alice = list("/api/v0/api_tokens?username=alice");
    of_alice.finds("admin", &[("bob", &[])]).await;
    let counted = app.get("/api/v0/api_tokens?filter=CI&count=true&pageSize=1");
    let counted = counted.by("alice").send().await.expect(200);
    assert_eq!(counted.header("x-resource-count"), "2");
    let theirs = "/api/v0/api_tokens?username=alice&filter=ci";
    refused(&app, "bob", theirs, 404).await;
    refused(&app, "", "/api/v0/api_tokens?filter=ci", 401).await;
}

#[tokio::test]
async fn keys() {
    let app = TestApp::new().await;
    for (who, label) in [
        ("alice", "CI one"),
        ("alice", "ci two"),
        ("alice", "laptop"),
        ("bob", "ci of bob"),
    ] {
        let path = format!("/api/v0/accounts/{who}/clientBundles");
        let call = app.call("POST", &path).by(who);
        call.json(&json!({ "label": label }))
            .send()
            .await
            .expect(201);
    }
    let path = "/enzi/v0/accounts/alice/publicKeys";
    let list = |path| List {
        app: &app,
        path,
        parameter: "contains",
        results: "/accountPublicKeys",
        name: "/label",
    };
    let keys = list(path);
    let expected = [("Ci", &["CI one", "ci two"][..]), ("of bob", &[])];
    keys.finds("alice", &expected).await;
    assert_eq!(keys.pages("admin", "ci", 1).await, [["CI one"], ["ci two"]]);
    keys.knows_no_wildcards("alice").await;
    let all = app.get(path).by("alice").send().await.expect(200).json();
    let first = &all["accountPublicKeys"][0];
    for id in ["id", "notaryKeyID"] {
        let id = first[id].as_str().unwrap()[..20].to_uppercase();
        keys.finds("alice", &[(&id, &["CI one"])]).await;
    }
    let revoked = format!("{path}/{}", first["id"].as_str().unwrap());
    let revoked = app.call("DELETE", &revoked).by("alice").send().await;
    revoked.expect(204);
    keys.finds("alice", &[("CI", &["ci two"])]).await;
    let gone = list("/enzi/v0/accounts/alice/publicKeys?filter=revoked");
    let expected = [("ONE", &["CI one"][..]), ("two", &[])];
    gone.finds("alice", &expected).await;
    for (who, status) in [("", 401), ("bob", 404)] {
        refused(&app, who, &format!("{path}?contains=ci"), status).await;
    }
}

#[tokio::test]
async fn sessions() {
    let app = TestApp::new().await;
    for (who, agent) in [
        ("alice", "Curl/1"),
        ("alice", "wget"),
        ("alice", "cURL/2"),
        ("bob", "curl/3"),
    ] {
        let form = json!({"username": who, "password": PASSWORD});
        let call = app.call("POST", "/enzi/v0/id/login").json(&form);
        call.header("user-agent", agent).send().await.expect(200);
    }
    let path = "/enzi/v0/accounts/alice/sessions";
    let list = List {
        app: &app,
        path,
        parameter: "contains",
        results: "/sessions",
        name: "/device",
    };
    list.finds(
        "alice",
        &[
            ("CUrl", &["cURL/2", "Curl/1"]),
            ("127.0.0", &["cURL/2", "wget", "Curl/1"]),
            ("curl/3", &[]),
        ],
    )
    .await;
    assert_eq!(
        list.pages("admin", "curl", 1).await,
        [["cURL/2"], ["Curl/1"]]
    );
    list.knows_no_wildcards("alice").await;
    for (who, status) in [("", 401), ("bob", 404)] {
        refused(&app, who, &format!("{path}?contains=curl"), status).await;
    }
}
