//! When nothing is sent for a webhook any more, and how it goes on.

use axum::http::header;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{HOOKS, Receiver, hook, hurry, log, of, pusher, send_all};
use crate::{promotion::by_alice, pusher::config};

#[tokio::test]
async fn who_wants_no_more_and_who_takes_nothing_is_paused_and_nothing_is_lost() {
    let (pusher, receiver) = pusher().await;
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    receiver.answers(410, "gone");
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    let paused = pusher.json(&of(&made)).await;
    assert!(
        paused["paused"].as_str().unwrap().contains("410"),
        "{paused}"
    );
    pusher.image("2", &config("amd64")).await;
    hurry(&pusher, &made).await;
    send_all(&pusher).await;
    assert_eq!(receiver.take().len(), 1, "nothing more is sent");
    let activity = pusher
        .json("/api/v0/repositories/alice/app/events?eventType=FAIL")
        .await;
    assert_eq!(
        activity["events"][0]["object"]["type"], "webhook",
        "{activity}"
    );

    let form = json!({"id": made["id"], "tagPatterns": ["*"]});
    let changed = by_alice(&pusher, "POST", "/api/v0/webhooks/update", &form).await;
    let changed = changed.expect(200).json();
    assert!(
        changed[0]["paused"].is_string(),
        "a change of something else does not end it"
    );
    let form = json!({"id": made["id"], "inactive": false});
    let on = by_alice(&pusher, "POST", "/api/v0/webhooks/update", &form)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&on[0]["paused"], &on[0]["failures"]),
        (&Value::Null, &json!(0))
    );
    send_all(&pusher).await;
    let tags: Vec<Value> = receiver
        .take()
        .iter()
        .map(|it| it.json()["contents"]["tag"].clone())
        .collect();
    assert_eq!(tags, ["1", "2"]);

    let form = json!({"id": made["id"], "inactive": true});
    by_alice(&pusher, "POST", "/api/v0/webhooks/update", &form)
        .await
        .expect(200);
    pusher.image("3", &config("amd64")).await;
    send_all(&pusher).await;
    assert!(
        receiver.take().is_empty(),
        "who is switched off is told nothing"
    );
    assert_eq!(pusher.json(&of(&made)).await["waiting"], 0);
}

#[tokio::test]
async fn another_address_is_tried_at_once() {
    let (pusher, receiver) = pusher().await;
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    receiver.answers_with(500, header::RETRY_AFTER, "1800");
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    send_all(&pusher).await;
    assert_eq!(receiver.take().len(), 1, "it asked to be left alone");
    let better = Receiver::new().await;
    let form = json!({"id": made["id"], "endpoint": better.url});
    let changed = by_alice(&pusher, "POST", "/api/v0/webhooks/update", &form).await;
    changed.expect(200);
    send_all(&pusher).await;
    assert_eq!(better.take().len(), 1);
    assert!(receiver.take().is_empty());
}

#[tokio::test]
async fn what_a_receiver_never_takes_is_given_up_by_hand_and_the_rest_is_told() {
    let (pusher, receiver) = pusher().await;
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    receiver.answers_with(500, header::RETRY_AFTER, "1800");
    for tag in ["1", "2"] {
        pusher.image(tag, &config("amd64")).await;
    }
    send_all(&pusher).await;
    assert_eq!(receiver.take().len(), 1, "the second waits for the first");
    let all = log(&pusher, &made).await;
    let first = all[1]["id"].as_str().unwrap();
    let path = format!("{}/deliveries/{first}", of(&made));
    by_alice(&pusher, "DELETE", &path, &json!({}))
        .await
        .expect(204);
    send_all(&pusher).await;
    let sent = receiver.take();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].json()["contents"]["tag"], "2");
    let given_up = pusher.json(&path).await;
    assert_eq!(
        (&given_up["state"], &given_up["error"]),
        (&json!("dead"), &json!("given up by hand"))
    );
    let twice = by_alice(&pusher, "DELETE", &path, &json!({})).await;
    assert_eq!(twice.expect(409).json()["errors"][0]["code"], "NOT_WAITING");
}

#[tokio::test]
async fn who_may_not_manage_a_webhook_any_more_is_told_nothing() {
    let (pusher, receiver) = pusher().await;
    let app = &pusher.app;
    let bob = async |is_admin: bool| {
        let form = json!({"isAdmin": is_admin});
        let set = app.call("PATCH", "/enzi/v0/accounts/bob").by("admin");
        set.json(&form).send().await.expect(200);
    };
    bob(true).await;
    let mut made = Vec::new();
    for key in ["alice/app", "alice", ""] {
        let form = json!({"type": "TAG_PUSH", "key": key, "endpoint": receiver.url});
        let hook = app.call("POST", HOOKS).by("bob").json(&form).send().await;
        made.push(hook.expect(200).json()[0].clone());
    }
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    assert_eq!(receiver.take().len(), made.len());

    bob(false).await;
    pusher.image("2", &config("amd64")).await;
    send_all(&pusher).await;
    assert!(receiver.take().is_empty());
    for (hook, place) in made.iter().zip(["alice/app", "alice", "the registry"]) {
        let shown = app.get(&of(hook)).by("admin").send().await.expect(200);
        let why = format!("bob, who made it, may not manage the webhooks of {place} any more");
        assert_eq!(shown.json()["paused"], why);
    }

    let form = json!({"id": made[0]["id"], "inactive": false});
    let on = by_alice(&pusher, "POST", "/api/v0/webhooks/update", &form).await;
    assert_eq!(on.expect(200).json()[0]["author"], "alice");
    send_all(&pusher).await;
    assert_eq!(
        receiver.take().len(),
        1,
        "who switched it on answers for it"
    );
}

#[tokio::test]
async fn twenty_failures_in_an_hour_pause_it() {
    let (pusher, receiver) = pusher().await;
    let made = hook(&pusher, "TAG_PUSH", &receiver.url, json!({})).await;
    let id = made["id"].as_str().unwrap().parse().unwrap();
    let before = OffsetDateTime::now_utc() - Duration::hours(2);
    let long_ago = |row| db::entities::webhook::Model {
        healthy_at: before,
        failures: 19,
        ..row
    };
    db::webhooks::update(&pusher.app.state.db, id, long_ago)
        .await
        .unwrap();
    receiver.answers_with(500, header::RETRY_AFTER, "1800");
    pusher.image("1", &config("amd64")).await;
    send_all(&pusher).await;
    let paused = pusher.json(&of(&made)).await;
    assert!(
        paused["paused"]
            .as_str()
            .unwrap()
            .contains("20 attempts failed"),
        "{paused}"
    );
    let next = log(&pusher, &made).await[0]["nextAt"]
        .as_str()
        .unwrap()
        .to_owned();
    let next =
        OffsetDateTime::parse(&next, &time::format_description::well_known::Rfc3339).unwrap();
    assert!(
        next > OffsetDateTime::now_utc() + Duration::minutes(29),
        "as it asked"
    );
}
