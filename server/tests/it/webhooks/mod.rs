//! Others are told of what happens: what, in which words, in which order, and that nothing is lost and nothing secret shown.

mod bad;
mod kinds;
mod pauses;
mod receiver;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    promotion::{by_alice, clean, none_wrong, policy, stage},
    pusher::{Pusher, config},
    scanning::{base, push},
    util::{Answer, TestApp},
};
use receiver::{Receiver, Sent};

const HOOKS: &str = "/api/v0/webhooks";

/// Receivers may be on this machine.
async fn allow_loopback(app: &TestApp) {
    allow(app, &["127.0.0.0/8"]).await;
}

/// Receivers may be in these networks, beside what is outside.
async fn allow(app: &TestApp, networks: &[&str]) {
    let form = json!({"outgoingAllowedNetworks": networks});
    let set = app
        .call("POST", "/api/v0/meta/settings")
        .by("admin")
        .json(&form);
    set.send().await.expect(202);
}

/// `alice/app`, and a receiver that may be sent to.
async fn pusher() -> (Pusher, Receiver) {
    let pusher = Pusher::new().await;
    allow_loopback(&pusher.app).await;
    (pusher, Receiver::new().await)
}

/// A webhook of `alice/app` for one type of event, with what else a form says.
async fn hook(pusher: &Pusher, kind: &str, endpoint: &str, extra: Value) -> Value {
    let mut form = json!({"type": kind, "key": "alice/app", "endpoint": endpoint});
    form.as_object_mut()
        .unwrap()
        .extend(extra.as_object().unwrap().clone());
    let made = by_alice(pusher, "POST", HOOKS, &form)
        .await
        .expect(200)
        .json();
    made[0].clone()
}

async fn send_all(pusher: &Pusher) {
    server::webhooks::settle(&pusher.app.state).await.unwrap();
}

fn of(hook: &Value) -> String {
    format!("{HOOKS}/{}", hook["id"].as_str().unwrap())
}

async fn log(pusher: &Pusher, hook: &Value) -> Value {
    pusher
        .json(&format!("{}/deliveries?pageSize=100", of(hook)))
        .await
}

/// Makes what waits due now.
async fn hurry(pusher: &Pusher, hook: &Value) {
    let db = &pusher.app.state.db;
    let id = hook["id"].as_str().unwrap().parse().unwrap();
    let now = OffsetDateTime::now_utc();
    for row in db::webhooks::deliveries::waiting(db, id, 100)
        .await
        .unwrap()
    {
        let attempt = db::webhooks::deliveries::Attempt {
            delivery: row.id,
            at: now,
            status: None,
            took_ms: 0,
            error: None,
            answer: None,
            answer_is_internal: false,
            state: db::webhooks::State::Waiting,
            next_at: Some(now - Duration::SECOND),
        };
        let sender = uuid::Uuid::nil();
        let noted = db::webhooks::deliveries::record(db, id, sender, &[attempt], now).await;
        noted.unwrap();
    }
}

fn kinds(sent: &[Sent]) -> Vec<String> {
    let kind = |sent: &Sent| sent.json()["type"].as_str().unwrap().to_owned();
    sent.iter().map(kind).collect()
}

#[tokio::test]
async fn the_pipeline_hears_of_what_is_promoted_once_for_each_tag() {
    let pusher = stage(&["flask"]).await;
    allow_loopback(&pusher.app).await;
    let gitlab = Receiver::new().await;
    let trigger = format!(
        "{}/api/v4/projects/7/trigger/pipeline?token=glptt-0123456789abcdef&ref=main",
        gitlab.url
    );
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;
    let made = hook(&pusher, "PROMOTION", &trigger, json!({})).await;
    assert!(!made.to_string().contains("glptt"), "{made}");
    let shown = made["endpoint"].as_str().unwrap();
    assert!(
        shown.ends_with("/trigger/pipeline?token=•••&ref=main"),
        "{shown}"
    );

    push(&pusher, "66", &[clean("66")]).await;
    push(&pusher, "67", &[base()]).await;
    crate::promotion::settle(&pusher).await;
    send_all(&pusher).await;
    let sent = gitlab.take();
    assert_eq!(kinds(&sent), ["PROMOTION", "PROMOTION"]);
    let mut targets: Vec<Value> = sent
        .iter()
        .map(|it| it.json()["contents"]["targetTag"].clone())
        .collect();
    targets.sort_by_key(Value::to_string);
    assert_eq!(targets, ["66", "latest"]);
    for it in &sent {
        assert!(
            it.uri.ends_with("?token=glptt-0123456789abcdef&ref=main"),
            "{}",
            it.uri
        );
        let body = it.json();
        let contents = &body["contents"];
        assert_eq!(contents["sourceRepository"], "alice/app");
        assert_eq!(
            (&contents["namespace"], &contents["repository"]),
            (&json!("alice"), &json!("flask"))
        );
        assert_eq!(contents["sourceTag"], "66");
        assert_eq!(
            body["location"],
            format!(
                "/repositories/alice/flask/tags/{}",
                contents["tag"].as_str().unwrap()
            )
        );
    }
    // and it is in no list, no log and no event
    for path in [
        &of(&made),
        "/api/v0/repositories/alice/app/webhooks",
        &format!("{}/deliveries", of(&made)),
    ] {
        let text = pusher.json(path).await.to_string();
        assert!(!text.contains("glptt"), "{path}: {text}");
    }
    let first = log(&pusher, &made).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = pusher
        .json(&format!("{}/deliveries/{first}", of(&made)))
        .await;
    assert!(!one.to_string().contains("glptt"), "{one}");
    assert_eq!(
        one["request"]["headers"]["content-type"],
        "application/json"
    );
    let events = pusher
        .app
        .get("/api/v0/events?pageSize=1000")
        .by("admin")
        .send()
        .await;
    let events = events.expect(200).json().to_string();
    assert!(
        events.contains("webhook") && !events.contains("glptt"),
        "{events}"
    );
    let raw = format!(
        "{:?}",
        db::webhooks::list(&pusher.app.state.db, None, None, 10)
            .await
            .unwrap()
    );
    assert!(!raw.contains("glptt"), "it is sealed in the database");
}

#[tokio::test]
async fn a_delivery_that_fails_is_tried_again_and_what_comes_after_it_waits() {
    let (pusher, receiver) = pusher().await;
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    receiver.answers(503, "not now");
    for tag in ["1", "2", "3"] {
        pusher.image(tag, &config("amd64")).await;
    }
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(sent.len(), 1, "the others wait behind it");
    let first = sent[0].header("webhook-id").to_owned();
    let waits = &log(&pusher, &made).await[2];
    assert_eq!(
        (&waits["state"], &waits["attempts"], &waits["status"]),
        (&json!("waiting"), &json!(1), &json!(503))
    );
    let hook_now = pusher.json(&of(&made)).await;
    assert_eq!(
        (&hook_now["waiting"], &hook_now["failures"]),
        (&json!(3), &json!(1))
    );
    send_all(&pusher).await;
    assert!(receiver.take().is_empty(), "it is not due");

    hurry(&pusher, &made).await;
    send_all(&pusher).await;
    let sent = receiver.take();
    let tags: Vec<Value> = sent
        .iter()
        .map(|it| it.json()["contents"]["tag"].clone())
        .collect();
    assert_eq!(tags, ["1", "2", "3"]);
    assert_eq!(
        sent[0].header("webhook-id"),
        first,
        "the same event has the same id"
    );
    let all = log(&pusher, &made).await;
    assert!(
        all.as_array()
            .unwrap()
            .iter()
            .all(|it| it["state"] == "delivered"),
        "{all}"
    );
    let hook_now = pusher.json(&of(&made)).await;
    assert_eq!(
        (&hook_now["waiting"], &hook_now["failures"]),
        (&json!(0), &json!(0))
    );
    assert!(
        hook_now["lastSuccessfulAt"]
            .as_str()
            .unwrap()
            .starts_with("20")
    );

    let one = format!(
        "{}/deliveries/{}",
        of(&made),
        all[2]["id"].as_str().unwrap()
    );
    let again = by_alice(&pusher, "POST", &format!("{one}/redeliver"), &json!({})).await;
    let again = again.expect(200).json();
    assert_eq!(
        (&again["event"], &again["byHand"]),
        (&json!(first), &json!(true))
    );
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(
        (sent.len(), sent[0].header("webhook-id")),
        (1, first.as_str())
    );
}

#[tokio::test]
async fn a_request_is_signed_with_both_secrets_while_one_replaces_the_other() {
    let (pusher, receiver) = pusher().await;
    let extra = json!({"signed": true, "format": "cloudevents", "headers": {"x-from": "plimsoll", "authorization": "Bearer hush-hush"}});
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, extra).await;
    let first: ::webhooks::Secret = made["secret"].as_str().unwrap().parse().unwrap();
    assert!(
        pusher.json(&of(&made)).await["secret"].is_null(),
        "it is said once"
    );
    assert_eq!(made["headers"], json!(["authorization", "x-from"]));
    let verified = async |secret: &::webhooks::Secret| {
        pusher.image("1", &config("amd64")).await;
        send_all(&pusher).await;
        let sent = receiver.take().pop().unwrap();
        assert_eq!(sent.header("authorization"), "Bearer hush-hush");
        assert_eq!(sent.header("content-type"), "application/cloudevents+json");
        assert_eq!(sent.json()["type"], "io.plimsoll.tag.push");
        let headers = (
            sent.header("webhook-id"),
            sent.header("webhook-timestamp"),
            sent.header("webhook-signature"),
        );
        let now = OffsetDateTime::now_utc();
        ::webhooks::signature::verify(secret, headers, &sent.body, now).is_ok()
    };
    assert!(verified(&first).await);
    let path = format!("{}/secret", of(&made));
    let rotated = by_alice(&pusher, "POST", &path, &json!({}))
        .await
        .expect(200)
        .json();
    let second: ::webhooks::Secret = rotated["secret"].as_str().unwrap().parse().unwrap();
    assert_eq!(rotated["hasPreviousSecret"], true);
    assert!(verified(&first).await && verified(&second).await);
    by_alice(&pusher, "DELETE", &format!("{path}/previous"), &json!({}))
        .await
        .expect(200);
    assert!(!verified(&first).await);
    assert!(verified(&second).await);
    by_alice(&pusher, "DELETE", &path, &json!({}))
        .await
        .expect(200);
    assert!(!verified(&second).await);
}

#[tokio::test]
async fn another_address_gets_no_headers_of_the_one_before() {
    let (pusher, receiver) = pusher().await;
    let extra = json!({"headers": {"authorization": "Bearer hush-hush"}});
    let made = hook(&pusher, "TAG_PUSH", "https://receiver.example/", extra).await;
    let form = json!({"id": made["id"], "endpoint": receiver.url});
    let changed = by_alice(&pusher, "POST", "/api/v0/webhooks/update", &form).await;
    assert_eq!(changed.expect(200).json()[0]["headers"], json!([]));
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    assert_eq!(receiver.take()[0].header("authorization"), "");
}

#[tokio::test]
async fn trying_says_what_the_receiver_makes_of_it_and_answers_from_inside_are_for_administrators()
{
    let (pusher, receiver) = pusher().await;
    let made = hook(&pusher, "SCAN_COMPLETED", &receiver.url, json!({})).await;
    let path = format!("{}/test", of(&made));
    receiver.answers(418, "I am inside of your network");
    let tested = by_alice(&pusher, "POST", &path, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&tested["delivered"], &tested["status"]),
        (&json!(false), &json!(418))
    );
    assert!(!tested.to_string().contains("inside"), "{tested}");
    receiver.answers(200, "I am inside of your network");
    let tested = pusher
        .app
        .call("POST", &path)
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&tested["delivered"], &tested["answer"]),
        (&json!(true), &json!("I am inside of your network"))
    );
    assert_eq!(
        kinds(&receiver.take()),
        ["SCAN_COMPLETED", "SCAN_COMPLETED"]
    );

    let extra = json!({"type": "PROMOTION", "endpoint": receiver.url, "tlsCert": "", "skipTLSVerification": true});
    let tested = by_alice(&pusher, "POST", "/api/v0/webhooks/test", &extra).await;
    assert_eq!(tested.expect(200).json()["delivered"], true);
    assert_eq!(kinds(&receiver.take()), ["PROMOTION"]);
    let mut last: Option<Answer> = None;
    for _ in 0..10 {
        last = Some(by_alice(&pusher, "POST", "/api/v0/webhooks/test", &extra).await);
    }
    assert_eq!(last.unwrap().expect(429).code(), "TOO_MANY_REQUESTS");

    let push = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    receiver.take();
    receiver.answers(200, "I am inside of your network");
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    let one = format!(
        "{}/deliveries/{}",
        of(&push),
        log(&pusher, &push).await[0]["id"].as_str().unwrap()
    );
    assert!(pusher.json(&one).await["answer"].is_null());
    let shown = pusher
        .app
        .get(&one)
        .by("admin")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(shown["answer"], "I am inside of your network");
}
