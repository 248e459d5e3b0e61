//! The owners of an organization follow the directory.

use serde_json::{Value, json};

use super::ENGINES;
use crate::util::TestApp;

/// Who the directory makes an owner and no longer knows as one is a plain member; who was made one here stays, and somebody does.
pub(super) async fn follow(app: &TestApp) {
    let acme = "/enzi/v0/accounts/acme";
    let follow = async |config: Value| {
        let put = app.call("PUT", &format!("{acme}/adminMemberSyncConfig"));
        let is_group = config["selectGroupMembers"] == true;
        let who = if is_group { "olga" } else { "admin" };
        let config = put.by(who).json(&config);
        config.send().await.expect(200);
        let sync = app.call("POST", &format!("{acme}/adminMemberSync"));
        sync.by("admin").send().await.expect(200).json()
    };
    let owners = async || {
        let list = app.get(&format!("{acme}/members?filter=admins"));
        let list = list.by("admin").send().await.expect(200).json();
        let owners = list["members"].as_array().unwrap().iter();
        owners
            .map(|owner| owner["member"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let engines = json!({
        "enableSync": true, "selectGroupMembers": true, "groupDN": ENGINES, "groupMemberAttr": "member",
    });
    let done = follow(engines.clone()).await;
    assert_eq!(done["added"], json!(["ada", "eve"]), "{done}");
    assert_eq!(owners().await, ["ada", "eve", "ivan", "olga"]);
    let told = app.get("/api/v0/events?objectType=membership&pageSize=1");
    let told = told.by("admin").send().await.expect(200).json();
    assert_eq!(told["events"][0]["reason"], "the directory is followed");
    let only_ada =
        json!({"enableSync": true, "searchFilter": "(uid=ada)", "searchScopeSubtree": true});
    assert_eq!(follow(only_ada.clone()).await["removed"], json!(["eve"]));
    let eve = app.get(&format!("{acme}/members/eve")).by("admin");
    assert_eq!(eve.send().await.expect(200).json()["isAdmin"], false);

    let by_hand = async |is_admin: bool| {
        let put = app.call("PUT", &format!("{acme}/members/eve"));
        let put = put.by("admin").json(&json!({"isAdmin": is_admin}));
        put.send().await.expect(200);
    };
    by_hand(true).await;
    assert_eq!(follow(only_ada).await["removed"], json!([]));
    assert_eq!(owners().await, ["ada", "eve", "ivan", "olga"]);
    by_hand(false).await;

    let olga = app
        .call("DELETE", &format!("{acme}/members/olga"))
        .by("admin");
    olga.send().await.expect(204);
    let nobody =
        json!({"enableSync": true, "searchFilter": "(uid=nobody)", "searchScopeSubtree": true});
    let put = app.call("PUT", &format!("{acme}/adminMemberSyncConfig"));
    put.by("admin").json(&nobody).send().await.expect(200);
    let sync = app.call("POST", &format!("{acme}/adminMemberSync"));
    let refused = sync.by("admin").send().await.expect(200).json();
    assert!(
        refused["error"].as_str().unwrap().contains("everybody"),
        "{refused}"
    );
    assert_eq!(owners().await, ["ada", "ivan"]);
    for (name, is_admin) in [("olga", true), ("ada", false)] {
        let put = app.call("PUT", &format!("{acme}/members/{name}"));
        let put = put.by("admin").json(&json!({"isAdmin": is_admin}));
        put.send().await.expect(200);
    }
    let put = app.call("PUT", &format!("{acme}/adminMemberSyncConfig"));
    put.by("admin").json(&json!({})).send().await.expect(200);
}
