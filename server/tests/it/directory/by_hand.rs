//! Who was put into a team by hand stays in it, whatever the directory says.

use serde_json::{Value, json};

use crate::util::TestApp;

pub(super) async fn stays(app: &TestApp) {
    let team = "/enzi/v0/accounts/acme/teams/writers";
    let put = async |path: &str, form: Value| {
        let call = app.call("PUT", &format!("{team}/{path}")).by("admin");
        call.json(&form).send().await.expect(200);
    };
    let follow = async |uid: &str| {
        let config = json!({"enableSync": true, "searchFilter": format!("(uid={uid})"), "searchScopeSubtree": true});
        put("memberSyncConfig", config).await;
        let sync = app.call("POST", &format!("{team}/memberSync")).by("olga");
        let done = sync.send().await.expect(200).json();
        (done["added"].clone(), done["removed"].clone())
    };
    put("members/ada", json!({})).await;
    assert_eq!(follow("eve").await, (json!(["eve"]), json!([])));
    assert_eq!(follow("ada").await, (json!([]), json!(["eve"])));
    assert_eq!(follow("eve").await, (json!(["eve"]), json!([])));
    put("members/eve", json!({})).await;
    assert_eq!(follow("ada").await, (json!([]), json!([])));
    let members = app.get(&format!("{team}/members")).by("olga");
    let members = members.send().await.expect(200).json();
    assert_eq!(members["members"].as_array().unwrap().len(), 3, "{members}");
    put("memberSyncConfig", json!({})).await;
}
