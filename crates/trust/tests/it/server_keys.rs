//! Keys that the registry holds, and those that it does not.

use serde_json::Value;
use trust::{HeldKey, Role, ServerRole, SigningKey, Upload};

use crate::{
    client::{Key, NOW, file, gun, role},
    server::{NO_SNAPSHOT_KEY, Repository, answer},
};

const NO_TIMESTAMP_KEY: &str =
    "400 INVALID_UPDATE ErrBadRoot: no timestamp keys exist on the server";

#[test]
fn keys_of_the_registry_that_it_does_not_hold() {
    let other = Key::ecdsa();
    let mut repository = Repository::new();
    let real = repository.timestamp.clone();
    let publish = |repository: &mut Repository, root: Value, expected: &str| {
        let parts = [
            ("root", file(&root, &[&repository.root])),
            ("targets", repository.targets_file(1, &[])),
        ];
        assert_eq!(answer(&repository.refused(&parts)), expected);
    };
    let mut root = repository.root_signed(1);
    root["keys"][other.id()] = other.json();
    for (name, expected) in [
        ("timestamp", NO_TIMESTAMP_KEY),
        ("snapshot", NO_SNAPSHOT_KEY),
    ] {
        let mut foreign = root.clone();
        foreign["roles"][name] = role(&[&other], 1);
        publish(&mut repository, foreign, expected);
        // One of two is held, and two have to sign.
        let held = if name == "timestamp" {
            &real
        } else {
            &repository.snapshot.clone()
        };
        let mut two = root.clone();
        two["roles"][name] = role(&[held, &other], 2);
        publish(&mut repository, two, expected);
        let mut one = root.clone();
        one["roles"][name] = role(&[held, &other], 1);
        let mut fresh = Repository::new();
        fresh.root = repository.root.clone();
        fresh.targets = repository.targets.clone();
        fresh.server_keys = std::mem::take(&mut repository.server_keys);
        let parts = [
            ("root", file(&one, &[&fresh.root])),
            ("targets", fresh.targets_file(1, &[])),
        ];
        fresh.publish(&parts).expect("one of two");
        repository.server_keys = fresh.server_keys;
    }
    // The snapshot's key does not sign timestamps.
    let mut swapped = repository.root_signed(1);
    swapped["roles"]["timestamp"] = role(&[&repository.snapshot], 1);
    publish(&mut repository, swapped, NO_TIMESTAMP_KEY);
}

#[test]
fn keys_of_another_collection_sign_nothing_here() {
    let repository = Repository::new();
    let mut upload = Upload::default();
    upload
        .add(Some("root"), repository.root_file(1))
        .expect("read");
    upload
        .add(Some("targets"), repository.targets_file(1, &[]))
        .expect("read");
    let mut held = repository.held();
    for key in &mut held {
        key.gun = "dtr.example.com/dev/other".parse().expect("gun");
    }
    let refusal = upload
        .validate(&gun(), &repository.stored(), &held, NOW)
        .expect_err("foreign");
    assert_eq!(answer(&refusal), NO_SNAPSHOT_KEY);
}

#[test]
fn new_keys_of_the_registry() {
    let mut repository = Repository::published();
    for role in [ServerRole::Snapshot, ServerRole::Timestamp] {
        let key = SigningKey::generate(&aws_lc_rs::rand::SystemRandom::new()).expect("key");
        let name = role.role().to_string();
        let new = Key::server(&key);
        repository.server_keys.push((role, key));
        // It counts when a root names it, and the former one does not any more.
        match role {
            ServerRole::Snapshot => repository.snapshot = new.clone(),
            ServerRole::Timestamp => repository.timestamp = new.clone(),
        }
        let version = repository.version("root") + 1;
        repository
            .publish(&[("root", repository.root_file(version))])
            .expect("rotated");
        let signatures = &repository.json(&name)["signatures"];
        assert_eq!(signatures.as_array().map(Vec::len), Some(1));
        assert_eq!(signatures[0]["keyid"], new.id());
    }
}

#[test]
fn which_key_is_handed_out() {
    let other = "dtr.example.com/dev/other".parse().expect("gun");
    let repository = Repository::published();
    let root = repository.view().root().payload().clone();
    let mut held = repository.held();
    let [snapshot, timestamp] = [held[0].key.id(), held[1].key.id()];
    let current = |held: &[HeldKey], role, root| {
        HeldKey::current(held, &gun(), role, root).map(|key| key.key.id())
    };
    let pending =
        |held: &[HeldKey], role| HeldKey::pending(held, &gun(), role).map(|key| key.key.id());
    assert_eq!(
        current(&held, ServerRole::Snapshot, Some(&root)),
        Some(snapshot)
    );
    assert_eq!(
        current(&held, ServerRole::Timestamp, Some(&root)),
        Some(timestamp)
    );
    // Without a root that names them, they are used keys of a collection that was deleted: new ones are due.
    assert_eq!(current(&held, ServerRole::Timestamp, None), None);
    assert_eq!(pending(&held, ServerRole::Timestamp), None);
    assert_eq!(
        HeldKey::current(&held, &other, ServerRole::Timestamp, Some(&root)),
        None
    );
    let fresh = Key::ecdsa().public_key();
    held.push(HeldKey {
        gun: gun(),
        role: ServerRole::Timestamp,
        key: fresh.clone(),
        used: false,
    });
    // The same pending key as often as it is asked for; the one that counts stays what it is.
    assert_eq!(pending(&held, ServerRole::Timestamp), Some(fresh.id()));
    assert_eq!(
        current(&held, ServerRole::Timestamp, Some(&root)),
        Some(timestamp)
    );
    assert_eq!(
        current(&held, ServerRole::Timestamp, None),
        Some(fresh.id())
    );
    assert_eq!(pending(&held, ServerRole::Snapshot), None);
    assert_eq!(
        ServerRole::try_from(&Role::Timestamp),
        Ok(ServerRole::Timestamp)
    );
    assert_eq!(ServerRole::try_from(&Role::Targets), Err(()));
}
