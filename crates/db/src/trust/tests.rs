//! Collections are changed as a whole or not at all, and the record of changes is read in both directions.

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    File, Locked, MOST_COLLECTIONS, Stored,
    changes::{self, Part},
    signed,
};
use crate::{
    Db, Error, Options, accounts,
    entities::{repository, trust_key, trust_target},
    repositories, tags,
};

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-27 12:00 UTC);
const GUN: &str = "dtr.example.com/ada/app";

struct World {
    db: Db,
    _folder: tempfile::TempDir,
    app: repository::Model,
}

async fn world() -> World {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::Sqlite(folder.path().join("test.db"));
    let db = Db::open(&options).await.expect("a database");
    let new = accounts::New {
        name: "ada".to_owned(),
        ..accounts::New::default()
    };
    let ada = accounts::create(&db, new, NOW).await.expect("made");
    let new = repositories::New::private(ada, "app".to_owned());
    let app = repositories::create(&db, new, NOW).await.expect("made");
    World {
        db,
        _folder: folder,
        app,
    }
}

fn file(role: &str, version: i64) -> File {
    File {
        role: role.to_owned(),
        version,
        sha256: format!("{role}{version}"),
        content: vec![7; 10],
    }
}

impl World {
    async fn lock(&self, gun: &str) -> Locked {
        let locked = Locked::open(&self.db, self.app.id, gun, NOW).await;
        locked.expect("read").expect("room")
    }

    async fn publish(&self, version: i64, roles: &[&str], listed: &[&str]) {
        let mut locked = self.lock(GUN).await;
        let stored = Stored {
            files: roles.iter().map(|role| file(role, version)).collect(),
            listed: listed.iter().map(|role| (*role).to_owned()).collect(),
            signed_with: vec!["key".to_owned()],
            renew_at: NOW + Duration::days(10),
            now: NOW,
        };
        locked.store(stored).await.expect("stored");
        locked.commit(&self.db).await.expect("done");
    }

    async fn sign(&self, names: &[&str], digest: &str) {
        let mut locked = self.lock(GUN).await;
        let row = |name: &&str| trust_target::Model {
            collection_id: locked.row().id,
            name: (*name).to_owned(),
            role: "targets".to_owned(),
            digest: digest.to_owned(),
            expires_at: NOW,
            signed_in: "targets".to_owned(),
        };
        let verified = signed::Verified {
            targets: names.iter().map(row).collect(),
            ..signed::Verified::default()
        };
        locked.set_signed(verified, NOW).await.expect("signed");
        locked.commit(&self.db).await.expect("done");
    }

    async fn id(&self) -> Uuid {
        let found = super::find(&self.db, self.app.id, GUN).await.expect("read");
        found.expect("a collection").id
    }

    async fn feed(&self, from: Option<i64>, backwards: bool, limit: u64) -> Vec<i64> {
        let part = Part {
            of: Some((self.app.id, GUN.to_owned())),
            from,
            backwards,
            limit,
        };
        let rows = changes::list(&self.db, &part).await.expect("read");
        rows.into_iter().map(|row| row.version).collect()
    }
}

#[tokio::test]
async fn what_is_not_committed_never_was() {
    let world = world().await;
    drop(world.lock(GUN).await);
    assert_eq!(
        super::find(&world.db, world.app.id, GUN)
            .await
            .expect("read"),
        None
    );
    world
        .publish(1, &["root", "timestamp"], &["root", "timestamp"])
        .await;
    let mut locked = world.lock(GUN).await;
    let stored = Stored {
        files: vec![file("root", 2), file("root", 1)],
        listed: vec!["root".to_owned()],
        signed_with: Vec::new(),
        renew_at: NOW,
        now: NOW,
    };
    assert!(locked.store(stored).await.is_err(), "that version is there");
    drop(locked);
    let id = world.id().await;
    let root = super::current(&world.db, id, "root").await.expect("read");
    assert_eq!(root.map(|file| file.version), Some(1));
}

#[tokio::test]
async fn old_versions_stay_and_what_no_snapshot_names_is_not_current() {
    let world = world().await;
    world
        .publish(1, &["targets", "targets/a"], &["targets", "targets/a"])
        .await;
    world.publish(2, &["targets"], &["targets"]).await;
    let (db, id) = (&world.db, world.id().await);
    for version in [1, 2] {
        let found = super::by_version(db, id, "targets", version)
            .await
            .expect("read");
        assert!(found.is_some(), "{version}");
        let hash = format!("targets{version}");
        let found = super::by_hash(db, id, "targets", &hash)
            .await
            .expect("read");
        assert_eq!(found.map(|file| file.version), Some(version));
    }
    assert_eq!(
        super::current(db, id, "targets/a").await.expect("read"),
        None
    );
    assert_eq!(
        super::by_hash(db, id, "root", "targets1")
            .await
            .expect("read"),
        None
    );
    assert_eq!(world.lock(GUN).await.row().bytes, 30);
}

#[tokio::test]
async fn a_repository_has_few_collections() {
    let world = world().await;
    for number in 0..MOST_COLLECTIONS {
        let gun = format!("{number}.example.com/ada/app");
        world
            .lock(&gun)
            .await
            .commit(&world.db)
            .await
            .expect("made");
    }
    let more = Locked::open(&world.db, world.app.id, GUN, NOW)
        .await
        .expect("read");
    assert!(more.is_none());
    let gone = Locked::open(&world.db, Uuid::nil(), GUN, NOW).await;
    assert!(matches!(gone, Err(Error::Missing(_))), "{gone:?}");
}

#[tokio::test]
async fn the_record_is_read_in_both_directions_and_outlives_the_collection() {
    let world = world().await;
    for version in 1..=4 {
        world.publish(version, &["timestamp"], &["timestamp"]).await;
    }
    let mut locked = world.lock(GUN).await;
    locked.remove(NOW).await.expect("removed");
    locked.commit(&world.db).await.expect("done");
    assert_eq!(world.feed(Some(0), false, 10).await, [1, 2, 3, 4, 0]);
    assert_eq!(world.feed(Some(2), false, 2).await, [3, 4]);
    assert_eq!(world.feed(Some(4), true, 2).await, [2, 3]);
    assert_eq!(world.feed(None, true, 2).await, [4, 0]);
    assert_eq!(world.feed(Some(9), false, 2).await, [0; 0]);
    changes::forget(&world.db).await.expect("forgotten");
    assert_eq!(world.feed(Some(0), false, 10).await.len(), 5);
    assert!(
        !super::has_data(&world.db, world.app.id)
            .await
            .expect("read")
    );
}

#[tokio::test]
async fn signed_tags_are_replaced_and_protected() {
    let world = world().await;
    let many: Vec<String> = (0..2345).map(|number| format!("t{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    world.publish(1, &["timestamp"], &[]).await;
    world.sign(&many, "sha256:a").await;
    world.sign(&many[1..], "sha256:a").await;
    world.sign(&["t1", "t2", "x"], "sha256:b").await;
    let names = many.iter().copied().chain(["x"]);
    let found = signed::of_tags(&world.db, world.app.id, names)
        .await
        .expect("read");
    let mut names: Vec<_> = found.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["t1", "t2", "x"]);
    assert!(
        found
            .values()
            .flatten()
            .all(|signed| signed.digest == "sha256:b" && signed.gun == GUN)
    );
    let rule = signed::Rule {
        now: NOW,
        is_ours: &|host| host == "dtr.example.com",
    };
    let kept = tags::delete(&world.db, world.app.id, "x", rule).await;
    let Err(Error::SignedTag { tag, gun }) = kept else {
        panic!("{kept:?}");
    };
    assert_eq!((tag.as_str(), gun.as_str()), ("x", GUN));
    // expired, or of a host that is not ours, it keeps no tag
    let expired = signed::Rule {
        now: NOW + time::Duration::seconds(1),
        ..rule
    };
    let foreign = signed::Rule {
        is_ours: &|_| false,
        ..rule
    };
    for rule in [expired, foreign] {
        let gone = tags::delete(&world.db, world.app.id, "x", rule).await;
        assert!(!gone.expect("there is no such tag"));
    }
    let kept = repositories::delete(&world.db, &world.app).await;
    let Err(Error::SignedRepository { gun, .. }) = kept else {
        panic!("{kept:?}");
    };
    assert_eq!(gun, GUN);
}

#[tokio::test]
async fn a_key_is_used_once_it_signed_and_goes_with_the_repository() {
    let world = world().await;
    let locked = world.lock(GUN).await;
    let key = trust_key::Model {
        collection_id: locked.row().id,
        id: "key".to_owned(),
        role: "timestamp".to_owned(),
        public: vec![1],
        sealed: "sealed".to_owned(),
        sealed_with: "database".to_owned(),
        created_at: NOW,
        used_at: None,
    };
    locked.add_key(key.clone()).await.expect("added");
    locked.commit(&world.db).await.expect("done");
    assert_eq!(
        world.lock(GUN).await.keys().await.expect("read"),
        std::slice::from_ref(&key)
    );
    world.publish(1, &["timestamp"], &["timestamp"]).await;
    let used = world.lock(GUN).await.keys().await.expect("read");
    assert_eq!(used.first().and_then(|key| key.used_at), Some(NOW));
    super::seal(&world.db, &key, "anew".to_owned(), "other")
        .await
        .expect("sealed");
    let left = super::sealed_otherwise(&world.db, "other", None, 9)
        .await
        .expect("read");
    assert!(left.is_empty());
    let due = super::due(&world.db, NOW + Duration::days(10), 9)
        .await
        .expect("read");
    assert_eq!(due.len(), 1);
    assert!(
        super::due(&world.db, NOW, 9)
            .await
            .expect("read")
            .is_empty()
    );
    let mut locked = world.lock(GUN).await;
    locked.remove(NOW).await.expect("removed");
    locked.commit(&world.db).await.expect("done");
    repositories::delete(&world.db, &world.app)
        .await
        .expect("deleted");
}
