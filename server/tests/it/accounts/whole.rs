//! Changes of accounts happen as a whole or not at all, whatever else happens at the same time.

use serde_json::json;

use super::ACCOUNTS;
use crate::util::TestApp;

#[tokio::test]
async fn a_change_that_is_refused_changes_nothing() {
    let app = TestApp::new().await;
    let admin = format!("{ACCOUNTS}/admin");
    let long = "x".repeat(101);
    for (form, status) in [
        (json!({"name": "boss", "fullName": long}), 400),
        (json!({"name": "boss", "isAdmin": false}), 409),
        (json!({"name": "alice", "fullName": "Boss"}), 409),
    ] {
        let change = app.call("PATCH", &admin).by("admin").json(&form);
        change.send().await.expect(status);
        let still = app.get(&admin).by("admin").send().await.expect(200).json();
        assert_eq!(still["name"], "admin", "{form}");
        assert_eq!(still["fullName"], "", "{form}");
    }
}
