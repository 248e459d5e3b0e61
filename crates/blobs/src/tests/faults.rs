//! Uploads that go wrong: nothing is half-visible, nothing that counts is lost.

use super::*;
use futures::{FutureExt, future};
use std::time::Duration;

const NOTHING: [&str; 0] = [];

#[tokio::test]
async fn a_wrong_digest_leaves_nothing() {
    let place = Place::new();
    let expected = Digest::of(SHA256, b"announced");
    for size in [0, 1000, 3_000_000] {
        let content = content(size);
        let actual = Digest::of(SHA256, &content);
        let put = place
            .store
            .put(body(&content), &expected, Uuid::nil(), Limits::default())
            .await;
        let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
        upload
            .append(body(&content), Limits::default())
            .await
            .unwrap();
        for error in [
            put.unwrap_err(),
            upload.finish(&expected).await.unwrap_err(),
        ] {
            let Error::DigestMismatch {
                expected: e,
                actual: a,
            } = error
            else {
                panic!("{error}")
            };
            assert_eq!((*e, *a), (expected, actual));
        }
        assert_eq!(place.files(), NOTHING, "{size}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_goes_on_later() {
    let mut place = Place::new();
    let content = content(2_600_000);
    for (from, to) in [(0, 40_000), (40_000, 1_900_000), (1_900_000, 1_950_000)] {
        let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
        let error = upload
            .append(broken_body(&content[from..to]), Limits::default())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Interrupted(_)), "{error}");
        assert_eq!(upload.offset(), to as u64);
        drop(upload);
        place = place.restart();
        assert_eq!(place.store.status(key(1)).await.unwrap(), Some(to as u64));
    }
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    upload
        .append(body(&content[1_950_000..]), Limits::default())
        .await
        .unwrap();
    let digest = Digest::of(SHA256, &content);
    upload.finish(&digest).await.unwrap();
    assert_eq!(place.read(&digest).await.unwrap(), content);
}

#[tokio::test]
async fn a_put_that_breaks_off_or_is_dropped_leaves_nothing() {
    let place = Place::new();
    let content = content(3_000_000);
    let digest = Digest::of(SHA256, &content);
    for size in [1000, 3_000_000] {
        let put = place.store.put(
            broken_body(&content[..size]),
            &digest,
            Uuid::nil(),
            Limits::default(),
        );
        assert!(matches!(put.await, Err(Error::Interrupted(_))));
        assert_eq!(place.files(), NOTHING);
    }
    let silent = body(&content).chain(stream::pending());
    let mut put = Box::pin(
        place
            .store
            .put(silent, &digest, Uuid::nil(), Limits::default()),
    );
    until(|| {
        assert!(put.as_mut().now_or_never().is_none());
        !place.files().is_empty()
    })
    .await;
    drop(put);
    until(|| place.files().is_empty()).await;
}

#[tokio::test]
async fn a_request_that_is_dropped_goes_on_where_the_disk_is() {
    let place = Place::new();
    let content = content(5_000_000);
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    let silent = body(&content).chain(stream::pending());
    let mut append = Box::pin(upload.append(silent, Limits::default()));
    // Until a first batch is handed over: there is a file, and a write may be running.
    until(|| {
        assert!(append.as_mut().now_or_never().is_none());
        !place.files().is_empty()
    })
    .await;
    drop(append);
    drop(upload);
    // Not busy: it is waited for.
    let status = place.store.status(key(1)).await.unwrap().unwrap();
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    assert_eq!(upload.offset(), status);
    assert!(status > 0 && status <= 5_000_000, "{status}");
    upload
        .append(
            body(&content[usize::try_from(status).unwrap()..]),
            Limits::default(),
        )
        .await
        .unwrap();
    assert_eq!(
        upload
            .finish(&Digest::of(SHA256, &content))
            .await
            .unwrap()
            .size(),
        5_000_000
    );
}

#[tokio::test]
async fn a_state_that_is_gone_torn_or_behind_is_made_anew() {
    let content = content(4_000_000);
    let digest = Digest::of(SHA512, &content);
    for damage in [
        "gone",
        "torn",
        "empty",
        "behind",
        "ahead",
        "of another upload",
    ] {
        let place = Place::new();
        let file = place.store.disk.upload(key(1).owner, key(1).id);
        let state = place.store.disk.state(key(1).owner, key(1).id);
        let append = async |id: u128, content: &[u8]| {
            let mut upload = place.store.upload(key(id), SHA512).await.unwrap();
            upload
                .append(body(content), Limits::default())
                .await
                .unwrap()
        };
        append(1, &content[..1_000_000]).await;
        let before = fs::read(&state).unwrap();
        append(1, &content[1_000_000..3_000_000]).await;
        let mut kept = 3_000_000;
        match damage {
            "gone" => fs::remove_file(&state).unwrap(),
            "torn" => fs::write(&state, &fs::read(&state).unwrap()[..50]).unwrap(),
            "empty" => fs::write(&state, "").unwrap(),
            "behind" => fs::write(&state, before).unwrap(),
            "ahead" => {
                fs::File::options()
                    .write(true)
                    .open(&file)
                    .unwrap()
                    .set_len(2_500_000)
                    .unwrap();
                kept = 2_500_000;
            }
            _ => {
                append(2, &content[500_000..1_500_000]).await;
                let other = place.store.disk.state(key(2).owner, key(2).id);
                // Whole and of this run, so it is believed; but then the digest says what it must.
                fs::copy(other, &state).unwrap();
            }
        }
        let mut upload = place.store.upload(key(1), SHA512).await.unwrap();
        assert_eq!(upload.offset(), kept as u64, "{damage}");
        upload
            .append(body(&content[kept..]), Limits::default())
            .await
            .unwrap();
        let finished = upload.finish(&digest).await;
        if damage == "of another upload" {
            assert!(matches!(finished, Err(Error::DigestMismatch { .. })));
            assert_eq!(place.read(&digest).await, None);
        } else {
            assert_eq!(finished.unwrap().size(), 4_000_000, "{damage}");
            assert_eq!(place.read(&digest).await.unwrap(), content);
        }
    }
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_half_visible() {
    let place = Place::new();
    let content = content(4_000_000);
    let digest = Digest::of(SHA256, &content);
    for room in [0, 1_000_000, 3_990_000] {
        place.room(room);
        let put = place
            .store
            .put(body(&content), &digest, Uuid::nil(), Limits::default())
            .await;
        assert!(matches!(put, Err(Error::Full { .. })), "{room}");
        assert_eq!(place.files(), NOTHING, "{room}");
    }
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    place.room(2_000_000);
    assert!(matches!(
        upload.append(body(&content), Limits::default()).await,
        Err(Error::Full { .. })
    ));
    let offset = usize::try_from(upload.offset()).unwrap();
    assert!(offset > 0 && offset <= 2_000_000);
    assert_eq!(place.read(&digest).await, None);
    // There is room again.
    place.room(i64::MAX);
    upload
        .append(body(&content[offset..]), Limits::default())
        .await
        .unwrap();
    assert_eq!(upload.finish(&digest).await.unwrap().size(), 4_000_000);
    assert_eq!(place.read(&digest).await.unwrap(), content);
}

#[tokio::test]
async fn the_systems_own_full_device_is_told_apart() {
    let place = Place::new();
    let path = place.store.disk.upload(key(1).owner, key(1).id);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/dev/full", path).unwrap();
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    let error = upload
        .append(body(b"abc"), Limits::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert_eq!(upload.offset(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_silent_body_is_given_up() {
    let place = Place::new();
    let limits = Limits {
        stall: Duration::from_secs(30),
        ..Limits::default()
    };
    let digest = Digest::of(SHA256, b"abc");
    let put = place
        .store
        .put(
            body(b"abc").chain(stream::pending()),
            &digest,
            Uuid::nil(),
            limits,
        )
        .await;
    assert!(matches!(put, Err(Error::Stalled(_))));
    assert_eq!(place.files(), NOTHING);
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    let slow = body(b"abc")
        .chain(stream::once(tokio::time::sleep(Duration::from_secs(29))).map(|()| Ok("d".into())));
    assert_eq!(upload.append(slow, limits).await.unwrap(), 4);
    let silent = body(b"efg").chain(stream::pending());
    assert!(matches!(
        upload.append(silent, limits).await,
        Err(Error::Stalled(_))
    ));
    assert_eq!(upload.offset(), 7);
}

#[tokio::test]
async fn too_much_is_refused() {
    let place = Place::new();
    let content = content(200_001);
    let limits = Limits {
        max_size: 200_000,
        ..Limits::default()
    };
    let digest = Digest::of(SHA256, &content);
    let put = place
        .store
        .put(body(&content), &digest, Uuid::nil(), limits)
        .await;
    assert!(matches!(put, Err(Error::TooLarge { limit: 200_000 })));
    assert_eq!(place.files(), NOTHING);
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    upload
        .append(body(&content[..150_000]), limits)
        .await
        .unwrap();
    assert!(matches!(
        upload.append(body(&content[..60_000]), limits).await,
        Err(Error::TooLarge { .. })
    ));
    assert!(upload.offset() <= 200_000);
    let endless = stream::repeat_with(|| io::Result::Ok(Bytes::from_static(&[0; 4096])));
    let put = place.store.put(endless, &digest, Uuid::nil(), limits).await;
    assert!(matches!(put, Err(Error::TooLarge { .. })));
}

#[tokio::test]
async fn a_damaged_copy_is_healed_by_the_next_push() {
    let place = Place::new();
    let digest = place.put(b"content").await;
    for damage in ["conTent", "cont", ""] {
        fs::write(place.store.disk.blob(&digest), damage).unwrap();
        place.put(b"content").await;
        assert_eq!(place.read(&digest).await.unwrap(), "content");
    }
}

/// Lets other tasks and threads run until something holds.
async fn until(mut holds: impl FnMut() -> bool) {
    let turn = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::pin::pin!(tokio::time::sleep(Duration::from_mins(1)));
    assert!(
        matches!(
            future::select(std::pin::pin!(turn), patience).await,
            future::Either::Left(_)
        ),
        "never held"
    );
}
