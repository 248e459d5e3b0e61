//! What an upload may be: so large, of so many parts, and not silent for long.

use std::{sync::Arc, time::Duration};

use axum::body::{Body, Bytes};
use futures::StreamExt as _;
use tokio::sync::Notify;

use super::{GUN, Owner, client::NOW, form, get, post, said, tuf};
use crate::util::{Call, TestApp};

/// A form with one part of so many bytes, made while it is sent.
fn long(mebibytes: usize) -> Body {
    let head =
        b"--XYZ\r\nContent-Disposition: form-data; name=\"files\"; filename=\"targets\"\r\n\r\n";
    let chunk = Bytes::from(vec![b' '; 1 << 20]);
    let chunks = std::iter::once(Bytes::from_static(head))
        .chain(std::iter::repeat_n(chunk, mebibytes))
        .chain(std::iter::once(Bytes::from_static(b"\r\n--XYZ--\r\n")));
    Body::from_stream(futures::stream::iter(chunks).map(Ok::<_, std::io::Error>))
}

#[tokio::test]
async fn a_large_upload() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    let upload = |body: Body| {
        app.call("POST", &tuf(GUN, ""))
            .by("alice")
            .at(NOW)
            .header("content-type", "multipart/form-data; boundary=XYZ")
            .body(body)
    };
    // It is all read, and is no JSON.
    assert_eq!(said(&upload(long(3)).send().await), "400 MALFORMED_JSON");
    assert_eq!(
        said(&upload(long(101)).send().await),
        "400 MALFORMED_UPLOAD"
    );
    // Said to be too large, it is not even read.
    let announced = upload(Body::empty()).header("content-length", "200000000");
    assert_eq!(said(&announced.send().await), "400 MALFORMED_UPLOAD");
}

#[tokio::test]
async fn ten_thousand_tags() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    let names: Vec<String> = (0..10_000)
        .map(|number| format!("a-tag-of-some-length-{number}"))
        .collect();
    let tags: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "one")).collect();
    let targets = owner.targets_file(2, &tags);
    assert!(targets.len() > 1 << 20, "it is large");
    owner
        .publish(&app, &[("targets", targets.clone())])
        .await
        .expect(200);
    assert_eq!(
        get(&app, GUN, "targets.json").await.expect(200).body,
        targets
    );
}

#[tokio::test]
async fn many_parts() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    let parts = vec![(Some("timestamp"), &b"{}"[..]); 1001];
    let answer = post(&app, "alice", GUN, form(&parts), NOW).await;
    assert_eq!(said(&answer), "400 MALFORMED_UPLOAD");
}

#[tokio::test]
async fn an_upload_that_says_nothing_any_more() {
    let app = TestApp::with(&[("PLIMSOLL_LIMITS_UPLOAD_IDLE", "1")]).await;
    Owner::published(&app, GUN).await;
    for begin in [
        &b"--XYZ\r\n"[..],
        b"--XYZ\r\nContent-Disposition: form-data; name=\"files\"; filename=\"root\"\r\n\r\n{",
    ] {
        let begin = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(begin))]);
        let body = Body::from_stream(begin.chain(futures::stream::pending()));
        let answer = app
            .call("POST", &tuf(GUN, ""))
            .by("alice")
            .header("content-type", "multipart/form-data; boundary=XYZ")
            .body(body)
            .send()
            .await;
        assert_eq!(said(&answer), "408 MALFORMED_UPLOAD");
        assert_eq!(answer.header("connection"), "close");
    }
}

fn upload<'a>(app: &'a TestApp, who: &str, announced: Option<usize>, body: Body) -> Call<'a> {
    let call = app.call("POST", &tuf(GUN, "")).by(who).at(NOW);
    let call = call.header("content-type", "multipart/form-data; boundary=XYZ");
    match announced {
        Some(bytes) => call.header("content-length", bytes.to_string()),
        None => call,
    }
    .body(body)
}

/// A body of these pieces, before each of which so many seconds pass. Nothing else goes on meanwhile that looks at the clock.
fn late(pieces: Vec<(u64, Bytes)>) -> Body {
    let pieces = futures::stream::iter(pieces).then(|(seconds, piece)| async move {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
        Ok::<_, std::io::Error>(piece)
    });
    Body::from_stream(pieces)
}

#[tokio::test]
async fn an_upload_that_trickles() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    let head =
        "--XYZ\r\nContent-Disposition: form-data; name=\"files\"; filename=\"root\"\r\nX-More: ";
    let begun = || (0, Bytes::from_static(head.as_bytes()));
    let file = || (0, Bytes::from_static(b"\r\n\r\n"));
    let byte = || (21, Bytes::from_static(b"x"));
    let end = || (0, Bytes::from_static(b"\r\n--XYZ--\r\n"));
    // in the file, in what stands above it, and before all of it
    for pieces in [
        vec![begun(), file(), byte(), end()],
        vec![begun(), byte(), file(), end()],
        vec![byte(), begun(), file(), end()],
    ] {
        let answer = upload(&app, "alice", None, late(pieces)).send().await;
        assert_eq!(said(&answer), "408 MALFORMED_UPLOAD");
        assert_eq!(answer.header("connection"), "close");
    }
    // As slow as it may be, it is all read, and is no JSON.
    let much = (21, Bytes::from(vec![b' '; 1 << 20]));
    let pieces = vec![begun(), file(), much, end()];
    let answer = upload(&app, "alice", None, late(pieces)).send().await;
    assert_eq!(said(&answer), "400 MALFORMED_JSON");
}

#[tokio::test]
async fn one_large_upload_of_an_account_at_once() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    let (comes, goes_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let whole = || Body::from(form(&[(Some("targets"), b"no JSON")]));
    let held = {
        let (comes, goes_on) = (Arc::clone(&comes), Arc::clone(&goes_on));
        let held = futures::stream::once(async move {
            comes.notify_one();
            goes_on.notified().await;
            Ok::<_, std::io::Error>(form(&[(Some("targets"), b"no JSON")]))
        });
        Body::from_stream(held)
    };
    let large = Some(32 << 20);
    let others = async {
        comes.notified().await;
        // What it announces is large, and so may be what announces nothing.
        for announced in [Some(2 << 20), None] {
            let answer = upload(&app, "alice", announced, whole()).send().await;
            assert_eq!(said(&answer), "503 UPDATING", "{announced:?}");
            assert_eq!(answer.header("connection"), "close");
        }
        // Small ones need no room, and others have room of their own.
        for (who, announced) in [("alice", Some(1 << 20)), ("admin", Some(2 << 20))] {
            let answer = upload(&app, who, announced, whole()).send().await;
            assert_eq!(said(&answer), "400 MALFORMED_JSON", "{who}");
        }
        goes_on.notify_one();
    };
    let (first, ()) = tokio::join!(upload(&app, "alice", large, held).send(), others);
    assert_eq!(said(&first), "400 MALFORMED_JSON");
    let again = upload(&app, "alice", large, whole()).send().await;
    assert_eq!(said(&again), "400 MALFORMED_JSON");
}

#[tokio::test]
async fn a_repository_is_known_by_few_hosts() {
    let app = TestApp::new().await;
    for number in 1..=16 {
        let gun = format!("127.0.0.{number}:8080/alice/app");
        get(&app, &gun, "timestamp.key").await.expect(200);
    }
    let refused = said(&get(&app, "127.0.0.17:8080/alice/app", "timestamp.key").await);
    assert!(
        refused.starts_with(
            "400 INVALID_UPDATE ErrValidation: the repository has trust data under 16 hosts"
        ),
        "{refused}"
    );
}
