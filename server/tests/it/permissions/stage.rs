//! Where the rows are tried: with images, and with a key, an identity, an access token and a session of alice's.

use axum::{body::Body, http::Request};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use tower::ServiceExt as _;

use super::Row;
use crate::util::{PASSWORD, TestApp};

pub(super) struct Stage {
    pub(super) app: TestApp,
    digest: String,
    token: String,
    identity: String,
    session: String,
    webhook: String,
    delivery: String,
}

impl Stage {
    pub(super) async fn new() -> Self {
        Self::of(TestApp::new().await).await
    }

    /// The same, with whoever else is there.
    pub(super) async fn of(app: TestApp) -> Self {
        let mut digest = String::new();
        for repository in ["alice/app", "alice/site"] {
            let token = app
                .token("alice", &[&format!("repository:{repository}:pull,push")])
                .await;
            digest = app
                .push_image(&token, repository, "1", b"layer")
                .await
                .to_string();
        }
        for repository in ["alice/app", "alice/site"] {
            trust_data(&app, repository).await;
        }
        let alice = db::accounts::find(&app.state.db, "alice").await.unwrap();
        let alice = alice.unwrap().id;
        let identity = crate::oidc::provider::linked(&app, alice).await;
        let key = db::public_keys::New {
            account: alice,
            label: String::new(),
            kind: db::public_keys::Kind::PublicKey,
            algorithm: String::new(),
            fingerprint: "key".to_owned(),
            notary_id: String::new(),
            public_key: String::new(),
            certificate: None,
            is_proven: true,
        };
        let new = db::api_tokens::New {
            account: alice,
            hash: "hash".to_owned(),
            label: String::new(),
            creator: String::new(),
            expires_at: None,
            scope: None,
        };
        let now = time::OffsetDateTime::now_utc();
        db::public_keys::register(&app.state.db, key, 1000, now)
            .await
            .unwrap();
        let token = db::api_tokens::create(&app.state.db, new, now).await;
        let session = db::entities::session::Model {
            id: "hash".to_owned(),
            public_id: uuid::Uuid::now_v7(),
            account_id: Some(alice),
            data: serde_json::json!({}),
            address: String::new(),
            device: String::new(),
            signed_in_at: Some(now),
            last_seen_at: now,
            expires_at: now + time::Duration::hours(1),
        };
        let public_id = session.public_id.to_string();
        db::sessions::create(&app.state.db, session).await.unwrap();
        let (webhook, delivery) = webhook(&app, "alice/app").await;
        Self {
            webhook,
            delivery,
            app,
            digest,
            token: token.unwrap().id.to_string(),
            identity,
            session: public_id,
        }
    }

    pub(super) async fn status(&self, row: &Row, role: &str) -> u16 {
        let credentials = STANDARD.encode(format!("{role}:{PASSWORD}"));
        let basic = format!("Basic {credentials}");
        self.answer(row, (!role.is_empty()).then_some(&*basic))
            .await
    }

    /// A row's path with what its words stand for.
    pub(super) fn path(&self, path: &str) -> String {
        path.replace("DIGEST", &self.digest)
            .replace("IDENTITY", &self.identity)
            .replace("TOKEN", &self.token)
            .replace("SESSION", &self.session)
            .replace("WEBHOOK", &self.webhook)
            .replace("DELIVERY", &self.delivery)
    }

    /// Only the head of the answer: a stream of events has no end.
    pub(super) async fn answer(&self, row: &Row, authorization: Option<&str>) -> u16 {
        let mut request = Request::builder()
            .method(row.method)
            .uri(self.path(row.path))
            .header("host", "127.0.0.1:8080");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if !row.body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Body::from(self.path(row.body))).unwrap();
        self.app
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

/// A webhook at a repository that has something to tell: its id, and that of what it has to tell.
pub(super) async fn webhook(app: &TestApp, repository: &str) -> (String, String) {
    let form = json!({"type": "TAG_PUSH", "key": repository, "endpoint": "https://localhost/hook"});
    let made = app.call("POST", "/api/v0/webhooks").by("admin").json(&form);
    let made = made.send().await.expect(200).json();
    let id: uuid::Uuid = made[0]["id"].as_str().unwrap().parse().unwrap();
    let told = db::webhooks::Told {
        webhook: id,
        event: uuid::Uuid::now_v7(),
        kind: "TAG_PUSH",
        subject: repository.to_owned(),
        contents: "{}".into(),
        format: "dtr".to_owned(),
        made_at: time::OffsetDateTime::now_utc(),
    };
    let db = &app.state.db;
    db::webhooks::append(db, &[told]).await.unwrap();
    let waiting = db::webhooks::deliveries::waiting(db, id, 1).await.unwrap();
    (id.to_string(), waiting[0].id.to_string())
}

/// A collection of trust data in which nothing is published yet.
pub(super) async fn trust_data(app: &TestApp, repository: &str) {
    let db = &app.state.db;
    let name = repository.parse().unwrap();
    let found = db::repositories::find(db, &name).await.unwrap().unwrap();
    let gun = format!("127.0.0.1:8080/{repository}");
    let now = time::OffsetDateTime::now_utc();
    let made = db::trust::Locked::open(db, found.id, &gun, now).await;
    made.unwrap().unwrap().commit(db).await.unwrap();
}
