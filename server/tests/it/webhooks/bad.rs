//! What may not be: addresses inside, redirects, answers without end, somebody else's webhooks, and forms that make no sense.

use axum::http::header;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::{HOOKS, Receiver, allow, allow_loopback, by_alice, hook, log, of, pusher, send_all};
use crate::pusher::{Pusher, config};

/// Addresses that nobody's webhook may be sent to, in the ways that they can be written.
const INSIDE: [&str; 40] = [
    "http://127.0.0.1/",
    "http://127.0.0.1:8080/v2/",
    "http://127.9.9.9/",
    "http://[::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://10.255.255.255/",
    "http://172.16.0.1/",
    "http://172.31.255.254/",
    "http://192.168.0.1/",
    "http://192.168.255.254/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fd12:3456::1]/",
    "http://[ff02::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[2002:7f00:1::]/",
    "http://[2002:a00:1::]/",
    "http://[2001:db8::1]/",
    "http://[::127.0.0.1]/",
    "http://[2001::1]/",
];

#[tokio::test]
async fn nothing_is_sent_inside_unless_an_administrator_allows_it() {
    let pusher = Pusher::new().await;
    for endpoint in INSIDE {
        let form = json!({"type": "TAG_PUSH", "key": "alice/app", "endpoint": endpoint});
        let refused = by_alice(&pusher, "POST", HOOKS, &form).await;
        let refused = refused.expect(400);
        assert!(
            refused.message().contains("outgoingAllowedNetworks"),
            "{endpoint}: {}",
            refused.message()
        );
        let form = json!({"type": "TAG_PUSH", "endpoint": endpoint});
        by_alice(&pusher, "POST", "/api/v0/webhooks/test", &form)
            .await
            .expect(400);
    }
    // numbers that are no dotted address are names, and what a name leads to is judged when it is connected to
    let receiver = Receiver::new().await;
    let port = receiver.url.rsplit(':').next().unwrap();
    for host in [
        "localhost",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "0",
    ] {
        let made = hook(
            &pusher,
            "TAG_PUSH",
            &format!("http://{host}:{port}/"),
            json!({}),
        )
        .await;
        pusher.image(&format!("of-{host}"), &config("amd64")).await;
        send_all(&pusher).await;
        assert!(receiver.take().is_empty(), "{host}");
        let waits = &log(&pusher, &made).await[0];
        assert_eq!(
            (&waits["state"], waits["error"].is_string()),
            (&json!("waiting"), true),
            "{waits}"
        );
        by_alice(&pusher, "DELETE", &of(&made), &json!({}))
            .await
            .expect(200);
    }
    // a proxy would look them up itself
    let settings = async |form: Value| {
        let set = pusher.app.call("POST", "/api/v0/meta/settings").by("admin");
        set.json(&form).send().await.expect(202);
    };
    settings(json!({"outgoingProxy": receiver.url})).await;
    for host in ["2130706433", "127.1", "LOCALHOST.", "169.254.169.254."] {
        let form = json!({"type": "TAG_PUSH", "endpoint": format!("http://{host}:{port}/")});
        let tried = by_alice(&pusher, "POST", "/api/v0/webhooks/test", &form).await;
        let tried = tried.expect(200).json();
        let error = tried["error"].as_str().unwrap();
        assert!(error.contains("a proxy is not asked"), "{host}: {error}");
    }
    assert!(receiver.take().is_empty(), "nor is it connected to");
    settings(json!({"outgoingProxy": ""})).await;
    allow_loopback(&pusher.app).await;
    hook(
        &pusher,
        "TAG_PUSH",
        &format!("http://localhost:{port}/"),
        json!({}),
    )
    .await;
    pusher.image("now", &config("amd64")).await;
    send_all(&pusher).await;
    assert_eq!(receiver.take().len(), 1);
    let form = json!({"outgoingAllowedNetworks": ["127.0.0.1/8"]});
    let wrong = pusher
        .app
        .call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&form);
    wrong.send().await.expect(400);
}

#[tokio::test]
async fn an_open_connection_is_not_used_when_its_address_may_not_be_sent_to_any_more() {
    let (pusher, receiver) = pusher().await;
    let hook = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    pusher.image("1", &config("amd64")).await;
    pusher.image("2", &config("amd64")).await;
    let (came, go) = receiver.holds();
    let forbid = async {
        came.await.unwrap();
        allow(&pusher.app, &[]).await;
        go.send(()).unwrap();
    };
    tokio::join!(send_all(&pusher), forbid);
    assert_eq!(receiver.take().len(), 1, "one was on its way");
    let log = log(&pusher, &hook).await;
    let states: Vec<&str> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["waiting", "delivered"], "{log}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let pusher = Pusher::new().await;
    allow_loopback(&pusher.app).await;
    let (receiver, elsewhere) = (Receiver::new().await, Receiver::new().await);
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    receiver.answers_with(307, header::LOCATION, &elsewhere.url);
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    assert!(elsewhere.take().is_empty());
    let waits = &log(&pusher, &made).await[0];
    assert!(
        waits["error"]
            .as_str()
            .unwrap()
            .contains("redirects are not followed"),
        "{waits}"
    );
}

#[tokio::test]
async fn an_answer_without_end_is_read_as_far_as_it_is_kept() {
    let pusher = Pusher::new().await;
    allow_loopback(&pusher.app).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sending = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut sent = 0;
        while stream.write_all(&[b'x'; 8192]).await.is_ok() {
            sent += 8192;
        }
        sent
    });
    let made = hook(&pusher, "TAG_PUSH", &url, json!({})).await;
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    let one = format!(
        "{}/deliveries/{}",
        of(&made),
        log(&pusher, &made).await[0]["id"].as_str().unwrap()
    );
    let shown = pusher
        .app
        .get(&one)
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(shown["state"], "delivered");
    assert_eq!(shown["answer"].as_str().unwrap().len(), 4096);
    let sent = sending.await.unwrap();
    assert!(sent < 64 << 20, "{sent} bytes of it were taken");
}

#[tokio::test]
async fn headers_without_end_are_no_answer() {
    let pusher = Pusher::new().await;
    allow_loopback(&pusher.app).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sending = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        let mut sent = 0;
        while stream
            .write_all(b"x-more: and more and more\r\n")
            .await
            .is_ok()
        {
            sent += 27;
        }
        sent
    });
    let made = hook(&pusher, "TAG_PUSH", &url, json!({})).await;
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    let waits = &log(&pusher, &made).await[0];
    assert_eq!(
        (
            &waits["state"],
            &waits["status"],
            waits["error"].is_string()
        ),
        (&json!("waiting"), &json!(null), true),
        "{waits}"
    );
    let sent = sending.await.unwrap();
    assert!(sent < 64 << 20, "{sent} bytes of them were taken");
}

#[tokio::test]
async fn forms_that_make_no_sense_are_refused_with_what_to_do() {
    let pusher = Pusher::new().await;
    let form = |extra: serde_json::Value| {
        let mut form = json!({"key": "alice/app", "endpoint": "https://receiver.example/"});
        form.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        form
    };
    for (extra, says) in [
        (json!({}), "at least one type"),
        (json!({"type": "TAG_PUSHED"}), "TAG_PUSH, TAG_PULL"),
        (json!({"type": "REPO_EVENT"}), "for a namespace"),
        (json!({"type": "SCANNER_UPDATE_COMPLETED"}), "administrator"),
        (
            json!({"type": "TAG_PUSH", "endpoint": "ftp://receiver.example/"}),
            "https://",
        ),
        (
            json!({"type": "TAG_PUSH", "endpoint": "https://ada:hush@receiver.example/"}),
            "Authorization",
        ),
        (json!({"type": "TAG_PUSH", "tagPatterns": ["!"]}), "pattern"),
        (
            json!({"type": "TAG_PUSH", "headers": {"host": "elsewhere"}}),
            "host",
        ),
        (
            json!({"type": "TAG_PUSH", "headers": {"x": "a\r\nb: c"}}),
            "x",
        ),
        (json!({"type": "TAG_PUSH", "secret": "hush"}), "whsec_"),
        (
            json!({"type": "TAG_PUSH", "tlsCert": "no certificate"}),
            "tlsCert",
        ),
    ] {
        let refused = by_alice(&pusher, "POST", HOOKS, &form(extra.clone()))
            .await
            .expect(400);
        assert!(
            refused.message().contains(says),
            "{extra}: {}",
            refused.message()
        );
        assert!(!refused.message().contains("hush"), "{}", refused.message());
    }
    for key in ["bob", "nobody", "alice/none", "bob/app"] {
        let form = json!({"type": "TAG_PUSH", "key": key, "endpoint": "https://receiver.example/"});
        by_alice(&pusher, "POST", HOOKS, &form).await.expect(404);
    }
    for number in 0..50 {
        let form = form(
            json!({"type": "TAG_PUSH", "endpoint": format!("https://receiver.example/{number}")}),
        );
        by_alice(&pusher, "POST", HOOKS, &form).await.expect(200);
    }
    let many = by_alice(&pusher, "POST", HOOKS, &form(json!({"type": "TAG_PUSH"}))).await;
    assert_eq!(many.expect(409).code(), "TOO_MANY_WEBHOOKS");
}

#[tokio::test]
async fn a_row_that_somebody_changed_sends_nothing_elsewhere() {
    let pusher = Pusher::new().await;
    allow_loopback(&pusher.app).await;
    let (mine, theirs) = (Receiver::new().await, Receiver::new().await);
    let one = hook(&pusher, "TAG_PUSH", &mine.url, json!({})).await;
    let other = hook(&pusher, "TAG_DELETE", &theirs.url, json!({})).await;
    let db = &pusher.app.state.db;
    let id = |hook: &serde_json::Value| hook["id"].as_str().unwrap().parse().unwrap();
    let from = db::webhooks::find(db, id(&other)).await.unwrap().unwrap();
    let moved = |row| db::entities::webhook::Model {
        endpoint: from.endpoint,
        ..row
    };
    db::webhooks::update(db, id(&one), moved).await.unwrap();
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    assert!(mine.take().is_empty() && theirs.take().is_empty());
    let paused = pusher.json(&of(&one)).await;
    assert!(
        paused["paused"]
            .as_str()
            .unwrap()
            .contains("set its address"),
        "{paused}"
    );
}
