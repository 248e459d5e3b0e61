//! An image tells which image it is made from, to who may see that one.

use serde_json::{Value, json};

use super::{SUMMARY, base, dpkg, push, scanned, tar};
use crate::{pusher::Pusher, util::MANIFEST};

/// On top of `base`: one package more.
fn above() -> Vec<u8> {
    let status = dpkg(&[("libssl3", "3.0.11-1~deb12u1"), ("zlib1g", "1.2.13")]);
    tar(&[("var/lib/dpkg/status", &status)])
}

/// Pushes the lowest layer alone into `alice/base`, which is private.
pub(crate) async fn push_base(pusher: &Pusher) {
    let (app, name) = (&pusher.app, "alice/base");
    app.call("POST", "/api/v0/repositories/alice")
        .by("alice")
        .json(&json!({"name": "base"}))
        .send()
        .await
        .expect(201);
    let token = app
        .token("alice", &["repository:alice/base:pull,push"])
        .await;
    let configuration = crate::pusher::config("amd64").to_string();
    let config = app.push_blob(&token, name, configuration.as_bytes()).await;
    let layer = app.push_blob(&token, name, &base()).await;
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": super::CONFIG, "digest": config, "size": configuration.len()},
        "layers": [{"mediaType": super::LAYER, "digest": layer, "size": base().len()}],
    });
    app.call("PUT", "/v2/alice/base/manifests/12")
        .bearer(&token)
        .header("content-type", MANIFEST)
        .body(manifest.to_string())
        .send()
        .await
        .expect(201);
    server::scanning::settle(&app.state).await;
}

async fn base_of(pusher: &Pusher, who: Option<&str>) -> Value {
    let call = pusher.app.get(SUMMARY);
    let call = match who {
        Some(who) => call.by(who),
        None => call,
    };
    let summary: Value = call.send().await.expect(200).json();
    summary[0]["scannedImage"]["base"].clone()
}

#[tokio::test]
async fn the_largest_image_below_is_the_base_for_who_may_see_it() {
    let pusher = scanned(&[base(), above()]).await;
    assert_eq!(
        base_of(&pusher, Some("alice")).await,
        Value::Null,
        "not its own base"
    );
    push_base(&pusher).await;
    let found = base_of(&pusher, Some("alice")).await;
    assert_eq!(
        (
            &found["namespace"],
            &found["repository"],
            &found["tags"],
            &found["layers"]
        ),
        (&json!("alice"), &json!("base"), &json!(["12"]), &json!(1))
    );
    pusher
        .app
        .call("PATCH", "/api/v0/repositories/alice/app")
        .by("alice")
        .json(&json!({"visibility": "public"}))
        .send()
        .await
        .expect(200);
    assert_eq!(
        base_of(&pusher, None).await,
        Value::Null,
        "alice/base is private"
    );
}

#[tokio::test]
async fn an_image_with_the_same_layers_is_no_base() {
    let pusher = scanned(&[base(), above()]).await;
    push(&pusher, "v2", &[base(), above()]).await;
    push(&pusher, "v3", &[above()]).await;
    server::scanning::settle(&pusher.app.state).await;
    assert_eq!(base_of(&pusher, Some("alice")).await, Value::Null);
}
