//! Care of the store.

use super::*;
use std::{
    collections::BTreeSet,
    fs::FileTimes,
    time::{Duration, SystemTime},
};

#[tokio::test]
async fn a_flipped_bit_is_found() {
    let place = Place::new();
    let content = content(1_000_000);
    let digest = place.put(&content).await;
    assert_eq!(
        place.store.verify(&digest).await.unwrap(),
        Verification::Good { size: 1_000_000 }
    );
    let mut damaged = content.clone();
    damaged[765_432] ^= 1;
    fs::write(place.store.disk.blob(&digest), &damaged).unwrap();
    let actual = Digest::of(SHA256, &damaged);
    assert_eq!(
        place.store.verify(&digest).await.unwrap(),
        Verification::Corrupt {
            actual,
            size: 1_000_000
        }
    );
    assert!(place.store.remove(&digest).await.unwrap());
    assert_eq!(
        place.store.verify(&digest).await.unwrap(),
        Verification::Missing
    );
}

#[tokio::test]
async fn all_blobs_are_listed_and_nothing_else() {
    let place = Place::new();
    let mut expected = BTreeSet::new();
    for i in 0..20u8 {
        expected.insert(place.put(&[i]).await);
    }
    let long = Digest::of(Algorithm::Sha512, b"x");
    place
        .store
        .put(body(b"x"), &long, Uuid::nil(), Limits::default())
        .await
        .unwrap();
    expected.insert(long);
    fs::write(place.folder.path().join("store/blobs/sha256/readme"), "x").unwrap();
    let shard = place.store.disk.blob(&long);
    fs::write(shard.parent().unwrap().join("readme"), "x").unwrap();
    let listed: BTreeSet<_> = place.store.digests().map(Result::unwrap).collect();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn the_check_leaves_nothing_and_fails_where_it_must() {
    let place = Place::new();
    place.store.check().await.unwrap();
    assert_eq!(place.files(), [""; 0]);
    fs::remove_dir_all(place.folder.path().join("store")).unwrap();
    assert!(place.store.check().await.is_err());
    fs::write(place.folder.path().join("store"), "a file, not a folder").unwrap();
    assert!(place.store.check().await.is_err());
}

#[tokio::test]
async fn old_uploads_are_removed_and_others_are_not() {
    /// Enough for a state beside it.
    const SIZE: usize = 300_000;
    let place = Place::new();
    let start = |id| {
        let store = place.store.clone();
        async move {
            let mut upload = store.upload(key(id), SHA512).await.unwrap();
            upload
                .append(body(&content(SIZE)), Limits::default())
                .await
                .unwrap();
            upload
        }
    };
    drop(start(1).await);
    drop(start(2).await);
    let open = start(3).await;
    let part = place.store.disk.owner(Uuid::nil()).join("0123.part");
    fs::create_dir_all(part.parent().unwrap()).unwrap();
    fs::write(&part, "left by a process that was killed").unwrap();
    let digest = place.put(b"a blob").await;
    let now = SystemTime::now();
    let old = now - Duration::from_hours(1);
    let age = |path: PathBuf| {
        let times = FileTimes::new().set_modified(old);
        fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_times(times)
            .unwrap();
    };
    age(part);
    for id in [1, 3] {
        age(place.store.disk.upload(key(id).owner, key(id).id));
        age(place.store.disk.state(key(id).owner, key(id).id));
    }
    assert_eq!(
        place
            .store
            .expire_uploads(now - Duration::from_hours(2))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        place
            .store
            .expire_uploads(now - Duration::from_mins(1))
            .await
            .unwrap(),
        2
    );
    assert_eq!(place.store.status(key(1)).await.unwrap(), None);
    assert_eq!(place.store.status(key(2)).await.unwrap(), Some(SIZE as u64));
    assert_eq!(
        open.finish(&Digest::of(SHA512, &content(SIZE)))
            .await
            .unwrap()
            .size(),
        SIZE as u64
    );
    assert_eq!(place.read(&digest).await.unwrap(), "a blob");
    assert_eq!(
        place
            .files()
            .iter()
            .filter(|file| file.starts_with("uploads/"))
            .count(),
        2
    );
    let later = now + Duration::from_mins(1);
    assert_eq!(place.store.expire_uploads(later).await.unwrap(), 1);
    assert_eq!(fs::read_dir(place.store.disk.uploads()).unwrap().count(), 0);
    drop(start(1).await);
    assert_eq!(place.store.status(key(1)).await.unwrap(), Some(SIZE as u64));
}

#[tokio::test]
async fn the_store_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let digest = place.put(b"x").await;
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(place.store.disk.blob(&digest)), 0o600);
    assert_eq!(mode(place.folder.path().join("store")), 0o700);
}
