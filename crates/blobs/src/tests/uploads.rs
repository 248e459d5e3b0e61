//! Uploads that go well, in one request or in many.

use super::*;
use proptest::prelude::*;

#[tokio::test]
async fn what_is_put_is_there() {
    let place = Place::new();
    for size in [0, 1, 1000, 64 << 10, (64 << 10) + 1, 5 << 20] {
        let content = content(size);
        let digest = place.put(&content).await;
        assert_eq!(place.read(&digest).await.unwrap(), content, "{size}");
    }
    assert!(
        place
            .files()
            .iter()
            .all(|file| file.starts_with("blobs/sha256/")),
        "{:?}",
        place.files()
    );
}

#[tokio::test]
async fn the_layout_is_as_documented() {
    let place = Place::new();
    let digest = place.put(b"abc").await;
    let hex = digest.hex();
    assert_eq!(place.files(), [format!("blobs/sha256/{}/{hex}", &hex[..2])]);
    let mut upload = place.store.upload(key(1), SHA512).await.unwrap();
    upload
        .append(body(&content(300_000)), Limits::default())
        .await
        .unwrap();
    let (owner, id) = (key(1).owner.simple(), key(1).id.simple());
    assert_eq!(
        place.files()[1..],
        [
            format!("uploads/{owner}/{id}"),
            format!("uploads/{owner}/{id}.state")
        ]
    );
}

#[tokio::test]
async fn chunks_in_requests_and_processes_of_their_own() {
    let mut place = Place::new();
    let content = content(3_000_000);
    let digest = Digest::of(SHA256, &content);
    for (i, chunk) in content.chunks(700_000).enumerate() {
        place = place.restart();
        assert_eq!(
            place.store.status(key(1)).await.unwrap().unwrap_or(0),
            i as u64 * 700_000
        );
        let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
        assert_eq!(upload.offset(), i as u64 * 700_000);
        let offset = upload.append(body(chunk), Limits::default()).await.unwrap();
        assert_eq!(
            (offset, upload.offset()),
            (i as u64 * 700_000 + chunk.len() as u64, offset)
        );
    }
    let upload = place.restart();
    let place = upload;
    let upload = place.store.upload(key(1), SHA256).await.unwrap();
    assert_eq!(upload.finish(&digest).await.unwrap().size(), 3_000_000);
    assert_eq!(place.read(&digest).await.unwrap(), content);
    assert_eq!(place.files(), [place_of(&digest)]);
}

#[tokio::test]
async fn a_running_digest_goes_on_where_the_last_request_left_it() {
    let place = Place::new();
    let content = content(3_000_000);
    for chunk in content.chunks(1_000_000) {
        let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
        upload.append(body(chunk), Limits::default()).await.unwrap();
    }
    let (disk, key) = (&place.store.disk, key(1));
    let state = disk.state(key.owner, key.id);
    let (offset, hasher) = disk.digests.load(&state, SHA256).unwrap();
    assert_eq!(
        (offset, hasher.finish()),
        (3_000_000, Digest::of(SHA256, &content))
    );
    assert!(place.store.cancel(key).await.unwrap());
    assert!(disk.digests.load(&state, SHA256).is_none());
}

#[tokio::test]
async fn an_upload_may_be_empty() {
    let place = Place::new();
    let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
    upload.append(body(b""), Limits::default()).await.unwrap();
    assert_eq!(place.files(), [""; 0]);
    let digest = Digest::of(SHA256, b"");
    assert_eq!(upload.finish(&digest).await.unwrap().size(), 0);
    assert_eq!(place.read(&digest).await.unwrap(), "");
}

#[tokio::test]
async fn the_other_algorithm_may_be_asked_for_at_the_end() {
    let place = Place::new();
    let content = content(1_500_000);
    for algorithm in Algorithm::ALL {
        let digest = Digest::of(Algorithm::Sha512, &content);
        let mut upload = place.store.upload(key(1), algorithm).await.unwrap();
        upload
            .append(body(&content[..900_000]), Limits::default())
            .await
            .unwrap();
        drop(upload);
        let mut upload = place.store.upload(key(1), algorithm).await.unwrap();
        upload
            .append(body(&content[900_000..]), Limits::default())
            .await
            .unwrap();
        assert_eq!(upload.finish(&digest).await.unwrap().size(), 1_500_000);
        assert_eq!(place.read(&digest).await.unwrap(), content);
        assert!(place.store.remove(&digest).await.unwrap());
    }
}

#[tokio::test]
async fn an_upload_may_change_its_algorithm_on_the_way() {
    let place = Place::new();
    for algorithm in Algorithm::ALL {
        let mut upload = place.store.upload(key(1), algorithm).await.unwrap();
        upload
            .append(body(b"abc"), Limits::default())
            .await
            .unwrap();
    }
    let upload = place.store.upload(key(1), Algorithm::Sha512).await.unwrap();
    let digest = Digest::of(Algorithm::Sha512, b"abcabc");
    assert_eq!(upload.finish(&digest).await.unwrap().size(), 6);
}

#[tokio::test]
async fn many_writers_of_one_content() {
    let place = Place::new();
    let content = content(2_000_000);
    let digest = Digest::of(SHA256, &content);
    let writers = (0..8).map(|i| {
        let (store, content) = (place.store.clone(), content.clone());
        tokio::spawn(async move {
            if i % 2 == 0 {
                return store
                    .put(
                        body(&content),
                        &digest,
                        Uuid::from_u128(i),
                        Limits::default(),
                    )
                    .await;
            }
            let mut upload = store.upload(key(i), SHA256).await?;
            upload.append(body(&content), Limits::default()).await?;
            upload.finish(&digest).await
        })
    });
    for size in futures::future::join_all(writers).await {
        assert_eq!(size.unwrap().unwrap().size(), 2_000_000);
    }
    assert_eq!(place.read(&digest).await.unwrap(), content);
    assert_eq!(place.files(), [place_of(&digest)]);
}

#[tokio::test]
async fn one_request_at_a_time() {
    let place = Place::new();
    let first = place.store.upload(key(1), SHA256).await.unwrap();
    assert!(matches!(
        place.store.upload(key(1), SHA256).await,
        Err(Error::Busy)
    ));
    assert!(matches!(place.store.cancel(key(1)).await, Err(Error::Busy)));
    assert!(place.store.upload(key(2), SHA256).await.is_ok());
    drop(first);
    assert!(place.store.upload(key(1), SHA256).await.is_ok());
}

#[tokio::test]
async fn cancel_status_and_count() {
    let place = Place::new();
    assert_eq!(place.store.open_uploads(key(1).owner).await.unwrap(), 0);
    assert_eq!(place.store.status(key(1)).await.unwrap(), None);
    assert!(!place.store.cancel(key(1)).await.unwrap());
    for id in [1, 2] {
        let mut upload = place.store.upload(key(id), SHA256).await.unwrap();
        upload
            .append(body(b"abc"), Limits::default())
            .await
            .unwrap();
    }
    assert_eq!(place.store.open_uploads(key(1).owner).await.unwrap(), 2);
    assert_eq!(place.store.open_uploads(Uuid::nil()).await.unwrap(), 0);
    assert_eq!(place.store.status(key(1)).await.unwrap(), Some(3));
    assert!(place.store.cancel(key(1)).await.unwrap());
    assert_eq!(place.store.open_uploads(key(1).owner).await.unwrap(), 1);
    assert_eq!(place.store.status(key(1)).await.unwrap(), None);
    assert_eq!(
        place.store.upload(key(1), SHA256).await.unwrap().offset(),
        0
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn however_it_is_cut(requests in prop::collection::vec(prop::collection::vec(0usize..400_000, 0..6), 1..4)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let whole = content(requests.iter().flatten().sum());
            let mut rest = Bytes::copy_from_slice(&whole);
            for request in &requests {
                let parts: Vec<_> = request.iter().map(|size| io::Result::Ok(rest.split_to(*size))).collect();
                let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
                upload.append(stream::iter(parts), Limits::default()).await.unwrap();
            }
            let digest = Digest::of(SHA256, &whole);
            let upload = place.store.upload(key(1), SHA256).await.unwrap();
            assert_eq!(upload.finish(&digest).await.unwrap().size(), whole.len() as u64);
            assert_eq!(place.read(&digest).await.unwrap(), whole);
        });
    }
}

#[tokio::test]
async fn what_is_short_is_handed_back_and_leaves_nothing() {
    let mut place = Place::new();
    place.store = place.store.handing_back(100);
    for size in [0, 1, 99] {
        let content = content(size);
        let digest = Digest::of(SHA256, &content);
        let put = place
            .store
            .put(body(&content), &digest, Uuid::nil(), Limits::default());
        let small = Arrived::Small(content.clone().into());
        assert_eq!(put.await.unwrap(), small);
        let mut upload = place.store.upload(key(1), SHA256).await.unwrap();
        upload
            .append(body(&content), Limits::default())
            .await
            .unwrap();
        assert_eq!(upload.finish(&digest).await.unwrap(), small);
        assert_eq!(place.files(), [""; 0]);
        let other = Digest::of(SHA256, b"something else");
        let put = place
            .store
            .put(body(&content), &other, Uuid::nil(), Limits::default());
        assert!(matches!(
            put.await.unwrap_err(),
            Error::DigestMismatch { .. }
        ));
    }
    let long = content(100);
    let digest = place.put(&long).await;
    assert_eq!(place.files(), [place_of(&digest)]);
}

#[tokio::test]
async fn the_last_place_goes_to_one_of_many() {
    let place = Place::new();
    let limits = Limits {
        open_uploads: 3,
        ..Limits::default()
    };
    let content = content(200_000);
    let starts = (0..8).map(|id| {
        let (store, content) = (place.store.clone(), content.clone());
        tokio::spawn(async move {
            let mut upload = store.upload(key(id), SHA256).await?;
            upload.append(body(&content), limits).await
        })
    });
    let ended = futures::future::join_all(starts).await;
    let started = ended
        .iter()
        .filter(|ended| ended.as_ref().unwrap().is_ok())
        .count();
    assert!((1..=3).contains(&started), "{started} of 3 places");
    assert_eq!(
        place.store.open_uploads(key(0).owner).await.unwrap(),
        started
    );
    let digest = Digest::of(SHA256, &content);
    let whole = place.store.put(
        body(&content),
        &digest,
        key(0).owner,
        Limits {
            open_uploads: started,
            ..limits
        },
    );
    assert!(matches!(
        whole.await.unwrap_err(),
        Error::TooMany { limit } if limit == started
    ));
}
