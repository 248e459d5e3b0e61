//! The way of images over repositories, what a policy would have done with what was pushed, and the verdict on the badge.

use serde_json::{Value, json};

use super::{POLICIES, by_alice, clean, none_wrong, policy, settle, stage, tags};
use crate::{
    pusher::Pusher,
    scanning::{base, push},
};

const GRAPH: &str = "/api/v0/repositories/alice/app/promotionGraph";

/// A policy from one of alice's repositories to another.
async fn leads(pusher: &Pusher, from: &str, to: &str) -> Value {
    let path = format!("/api/v0/repositories/alice/{from}/promotionPolicies");
    let form = none_wrong(&format!("alice/{to}"), "%n");
    let made = by_alice(pusher, "POST", &path, &form).await;
    made.expect(201).json()
}

/// The names and steps of the repositories.
fn steps(graph: &Value) -> Vec<(&str, i64)> {
    let all = graph["repositories"].as_array().unwrap().iter();
    all.map(|one| (one["name"].as_str().unwrap(), one["step"].as_i64().unwrap()))
        .collect()
}

#[tokio::test]
async fn the_way_of_images_is_told_in_both_directions_and_in_circles() {
    let pusher = stage(&["before", "two", "three", "beside"]).await;
    assert_eq!(pusher.json(GRAPH).await["policies"], json!([]));
    for (from, to) in [
        ("before", "app"),
        ("app", "two"),
        ("two", "three"),
        ("three", "before"),
        ("beside", "two"),
    ] {
        leads(&pusher, from, to).await;
    }
    let graph = pusher.json(GRAPH).await;
    assert_eq!(
        steps(&graph),
        [
            ("alice/before", -1),
            ("alice/app", 0),
            ("alice/beside", 0),
            ("alice/two", 1),
            ("alice/three", 2),
        ]
    );
    assert_eq!(graph["policies"].as_array().unwrap().len(), 5);
    assert_eq!(graph["isWhole"], true);
}

#[tokio::test]
async fn what_lies_behind_a_repository_that_is_not_seen_is_not_told() {
    let pusher = stage(&["secret", "behind"]).await;
    let public = json!({"visibility": "public"});
    for name in ["app", "behind"] {
        let path = format!("/api/v0/repositories/alice/{name}");
        let changed = by_alice(&pusher, "PATCH", &path, &public).await;
        changed.expect(200);
    }
    leads(&pusher, "app", "secret").await;
    leads(&pusher, "secret", "behind").await;
    for who in ["", "bob"] {
        let call = pusher.app.get(GRAPH);
        let call = if who.is_empty() { call } else { call.by(who) };
        let graph = call.send().await.expect(200).json();
        assert_eq!(steps(&graph), [("alice/app", 0)], "{who} {graph}");
        let policies = graph["policies"].as_array().unwrap();
        assert_eq!(policies.len(), 1, "{who} {graph}");
        assert_eq!(policies[0]["sourceRepository"], "alice/app");
        assert_eq!(policies[0]["targetRepository"], "");
    }
    let whole = pusher.json(GRAPH).await;
    assert_eq!(steps(&whole).len(), 3, "alice sees all of it");
}

#[tokio::test]
async fn more_repositories_than_can_be_shown_are_said_to_be_more() {
    let pusher = stage(&[]).await;
    for number in 0..65 {
        let name = format!("target{number:02}");
        super::make(&pusher.app, &name).await;
        leads(&pusher, "app", &name).await;
    }
    let graph = pusher.json(GRAPH).await;
    assert_eq!(steps(&graph).len(), 60);
    assert_eq!(graph["policies"].as_array().unwrap().len(), 59);
    assert_eq!(graph["isWhole"], false);
}

#[tokio::test]
async fn a_policy_is_tried_on_what_was_pushed_under_tags_that_moved_or_are_gone() {
    let pusher = stage(&["flask"]).await;
    push(&pusher, "moved", &[base()]).await;
    push(&pusher, "moved", &[clean("new")]).await;
    push(&pusher, "gone", &[clean("gone")]).await;
    push(&pusher, "swept", &[clean("swept")]).await;
    settle(&pusher).await;
    let app = "/api/v0/repositories/alice/app";
    let swept = pusher.json(&format!("{app}/tags/swept")).await;
    for tag in ["gone", "swept"] {
        let path = format!("{app}/tags/{tag}");
        by_alice(&pusher, "DELETE", &path, &json!({}))
            .await
            .expect(204);
    }
    let swept = format!("{app}/manifests/{}", swept[0]["digest"].as_str().unwrap());
    by_alice(&pusher, "DELETE", &swept, &json!({}))
        .await
        .expect(204);
    let form = none_wrong("alice/flask", "%n");
    let tried = async |query: &str| {
        let path = format!("{POLICIES}/test{query}");
        let said = by_alice(&pusher, "POST", &path, &form).await;
        said.expect(200).json()
    };
    let now = tried("").await;
    assert_eq!(
        (&now["wouldPromote"], &now["wouldNot"]),
        (&json!(1), &json!(0))
    );
    let lately = tried("?days=30").await;
    let counts = ["wouldPromote", "wouldNot", "gone"].map(|name| lately[name].clone());
    assert_eq!(counts, [json!(2), json!(1), json!(1)], "{lately}");
    policy(&pusher, &form).await;
    policy(&pusher, &none_wrong("alice/flask", "latest")).await;
    let all = pusher.json(&format!("{POLICIES}/test")).await;
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
    for tally in all.as_array().unwrap() {
        let counts = ["wouldPromote", "wouldNot", "unknown"].map(|name| tally[name].clone());
        assert_eq!(counts, [json!(1), json!(0), json!(0)], "{all}");
    }
    let named = lately["tags"].as_array().unwrap().iter();
    let named: Vec<&str> = named.map(|tag| tag["tag"].as_str().unwrap()).collect();
    assert_eq!(named, ["gone", "moved", "moved"], "the newest first");
}

#[tokio::test]
async fn a_promoted_tag_says_what_the_policy_said_of_it_then() {
    let pusher = stage(&["flask"]).await;
    policy(&pusher, &none_wrong("alice/flask", "%n")).await;
    push(&pusher, "1", &[clean("1")]).await;
    settle(&pusher).await;
    assert_eq!(tags(&pusher, "flask").await, ["1"]);
    let promoted = "/api/v0/repositories/alice/flask/tags";
    let one = pusher.json(&format!("{promoted}/1")).await;
    let of = &one[0]["promotion"];
    assert_eq!(of["lines"][0]["verdict"], "holds", "{of}");
    assert_eq!(of["lines"][0]["rule"]["field"], "vulnerability_all", "{of}");
    assert_eq!(of["revision"], 1);
    let list = pusher.json(promoted).await;
    assert!(list[0]["promotion"].get("lines").is_none(), "not in lists");
    // who may not see where it comes from is not told what was asked
    let path = "/api/v0/repositories/alice/flask";
    let public = json!({"visibility": "public"});
    by_alice(&pusher, "PATCH", path, &public).await.expect(200);
    let call = pusher.app.get(&format!("{promoted}/1")).by("bob");
    let seen = call.send().await.expect(200).json();
    assert!(seen[0]["promotion"].get("lines").is_none(), "{seen}");
}
