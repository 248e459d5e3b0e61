//! The Notary server, as clients meet it: what is uploaded is made by the client of the tests of `crates/trust`.

#[path = "../../../../crates/trust/tests/it/client.rs"]
#[expect(dead_code, reason = "the tests of the crate need more of it")]
mod client;
mod custody;
mod desk;
mod feed;
mod files;
mod keys;
mod limits;
mod matrix;
mod overview;
mod policy;
mod publishing;
mod removal;
mod renewal;
mod replay;
mod rights;
mod shared;
mod signed;
mod signers;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use time::OffsetDateTime;

use self::client::{Key, LATER, NOW, file, role, targets};
use crate::util::{Answer, TestApp};

/// The collection of `alice/app`, under the host that all requests of tests are for.
const GUN: &str = "127.0.0.1:8080/alice/app";
/// That of `alice/site`, which everybody may pull from.
const SITE: &str = "127.0.0.1:8080/alice/site";

fn tuf(gun: &str, name: &str) -> String {
    format!("/v2/{gun}/_trust/tuf/{name}")
}

/// A form as Notary's client writes it.
fn form(parts: &[(Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, content) in parts {
        body.extend(b"--XYZ\r\nContent-Disposition: form-data; name=\"files\"");
        if let Some(name) = name {
            body.extend(format!("; filename=\"{name}\"").bytes());
        }
        body.extend(b"\r\nContent-Type: application/octet-stream\r\n\r\n");
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--XYZ--\r\n");
    body
}

async fn post(app: &TestApp, who: &str, gun: &str, body: Vec<u8>, now: OffsetDateTime) -> Answer {
    app.call("POST", &tuf(gun, ""))
        .by(who)
        .at(now)
        .header("content-type", "multipart/form-data; boundary=XYZ")
        .body(body)
        .send()
        .await
}

async fn get(app: &TestApp, gun: &str, name: &str) -> Answer {
    app.get(&tuf(gun, name)).by("alice").at(NOW).send().await
}

/// The code, and what an invalid update is told.
fn said(answer: &Answer) -> String {
    let error = &answer.json()["errors"][0];
    let code = error["code"].as_str().unwrap();
    let status = answer.status.as_u16();
    match error.get("detail") {
        None => format!("{status} {code}"),
        Some(detail) => match detail["Error"]["Msg"].as_str() {
            Some(text) => format!(
                "{status} {code} {}: {text}",
                detail["Name"].as_str().unwrap()
            ),
            None => format!("{status} {code} {detail}"),
        },
    }
}

/// Who has the keys of a collection.
struct Owner {
    gun: String,
    root: Key,
    targets: Key,
    snapshot: Key,
    timestamp: Key,
}

/// A key as the registry answers it.
fn key(answer: &Answer) -> Key {
    let key = answer.json();
    assert_eq!(key["keytype"], "ecdsa");
    assert_eq!(key["keyval"]["private"], Value::Null);
    let public = STANDARD
        .decode(key["keyval"]["public"].as_str().unwrap())
        .unwrap();
    Key::ecdsa().with_public(public)
}

async fn server_key(app: &TestApp, method: &str, gun: &str, role: &str) -> Key {
    let path = tuf(gun, &format!("{role}.key"));
    key(&app
        .call(method, &path)
        .by("alice")
        .at(NOW)
        .send()
        .await
        .expect(200))
}

impl Owner {
    /// Nothing is published, but the registry was asked for its keys.
    async fn new(app: &TestApp, gun: &str) -> Self {
        Self {
            gun: gun.to_owned(),
            root: Key::ecdsa().certified(gun),
            targets: Key::ecdsa(),
            snapshot: server_key(app, "GET", gun, "snapshot").await,
            timestamp: server_key(app, "GET", gun, "timestamp").await,
        }
    }

    /// Root and targets are published, both of version 1, with the tag `v1`.
    async fn published(app: &TestApp, gun: &str) -> Self {
        let owner = Self::new(app, gun).await;
        let parts = [
            ("root", owner.root_file(1)),
            ("targets", owner.targets_file(1, &[("v1", "one")])),
        ];
        owner.publish(app, &parts).await.expect(200);
        owner
    }

    /// As [`Self::published`], and `targets/releases` and `targets/alice` are delegated to `alice`, who signed `v2` in both.
    async fn delegated(app: &TestApp, gun: &str, alice: &Key) -> Self {
        let owner = Self::published(app, gun).await;
        let roles = ["targets/releases", "targets/alice"]
            .map(|name| client::delegation(name, &[alice], &[""]));
        let signed = client::delegating(2, &[("v1", "one")], &[alice], &roles);
        let released = file(&targets(1, &[("v2", "two")]), &[alice]);
        let parts = [
            ("targets", file(&signed, &[&owner.targets])),
            ("targets/releases", released.clone()),
            ("targets/alice", released),
        ];
        owner.publish(app, &parts).await.expect(200);
        owner
    }

    fn root_signed(&self, version: i64) -> Value {
        let all = [&self.root, &self.targets, &self.snapshot, &self.timestamp];
        json!({
            "_type": "Root", "consistent_snapshot": false, "expires": LATER, "keys": client::keys(&all), "version": version,
            "roles": {
                "root": role(&[&self.root], 1),
                "targets": role(&[&self.targets], 1),
                "snapshot": role(&[&self.snapshot], 1),
                "timestamp": role(&[&self.timestamp], 1),
            },
        })
    }

    fn root_file(&self, version: i64) -> Vec<u8> {
        file(&self.root_signed(version), &[&self.root])
    }

    fn targets_file(&self, version: i64, tags: &[(&str, &str)]) -> Vec<u8> {
        file(&targets(version, tags), &[&self.targets])
    }

    async fn publish(&self, app: &TestApp, parts: &[(&str, Vec<u8>)]) -> Answer {
        self.publish_at(app, parts, NOW).await
    }

    async fn publish_at(
        &self,
        app: &TestApp,
        parts: &[(&str, Vec<u8>)],
        now: OffsetDateTime,
    ) -> Answer {
        let parts: Vec<_> = parts
            .iter()
            .map(|(name, content)| (Some(*name), content.as_slice()))
            .collect();
        post(app, "alice", &self.gun, form(&parts), now).await
    }

    /// What is answered to these parts, which change nothing.
    async fn refused(&self, app: &TestApp, parts: &[(&str, Vec<u8>)]) -> String {
        let before = get(app, &self.gun, "timestamp.json").await.body;
        let answer = self.publish(app, parts).await;
        assert_eq!(get(app, &self.gun, "timestamp.json").await.body, before);
        said(&answer)
    }
}

/// The version of a role's current file.
async fn version(app: &TestApp, gun: &str, role: &str) -> i64 {
    let answer = get(app, gun, &format!("{role}.json")).await.expect(200);
    answer.json()["signed"]["version"].as_i64().unwrap()
}
