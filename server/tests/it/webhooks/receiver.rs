//! A receiver on loopback, that answers as a test wants it to and remembers what it was sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

/// What was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Sent {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// An answer: its status, a `Location` or `Retry-After`, and its body.
type Script = (u16, Option<(header::HeaderName, String)>, String);

/// Says that a request came, and waits until it may be answered.
type Held = (oneshot::Sender<()>, oneshot::Receiver<()>);

#[derive(Clone, Default)]
struct Shared {
    sent: Arc<Mutex<Vec<Sent>>>,
    answers: Arc<Mutex<VecDeque<Script>>>,
    held: Arc<Mutex<Option<Held>>>,
}

pub(super) struct Receiver {
    /// `http://127.0.0.1:port`
    pub(super) url: String,
    shared: Shared,
    _serving: AbortOnDropHandle<()>,
}

impl Receiver {
    pub(super) async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared::default();
        let router = Router::new().fallback(take).with_state(shared.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            shared,
            _serving: AbortOnDropHandle::new(serving),
        }
    }

    /// What comes next is answered like this, once; what is not said is answered 200.
    pub(super) fn answers(&self, status: u16, body: &str) {
        let script = (status, None, body.to_owned());
        self.shared.answers.lock().unwrap().push_back(script);
    }

    pub(super) fn answers_with(&self, status: u16, name: header::HeaderName, value: &str) {
        let script = (status, Some((name, value.to_owned())), String::new());
        self.shared.answers.lock().unwrap().push_back(script);
    }

    /// What comes next is answered when the second is sent to; the first says that it came.
    pub(super) fn holds(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let ((came, comes), (go, goes)) = (oneshot::channel(), oneshot::channel());
        *self.shared.held.lock().unwrap() = Some((came, goes));
        (comes, go)
    }

    /// What was sent since the last time.
    pub(super) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.shared.sent.lock().unwrap())
    }
}

async fn take(State(shared): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let uri = uri.to_string();
    shared
        .sent
        .lock()
        .unwrap()
        .push(Sent { uri, headers, body });
    let held = shared.held.lock().unwrap().take();
    if let Some((came, goes)) = held {
        came.send(()).unwrap();
        goes.await.unwrap();
    }
    let script = shared.answers.lock().unwrap().pop_front();
    let (status, header, body) = script.unwrap_or((200, None, "thanks".to_owned()));
    let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
    if let Some((name, value)) = header {
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    answer
}
