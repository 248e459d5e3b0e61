//! Organizations, teams and grants.

mod counts;
mod people;
mod rights;

use serde_json::Value;

use crate::util::{Answer, TestApp};

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
    as_(app, "admin", "GET", &path, Value::Null)
        .await
        .expect(200)
        .json()
}
