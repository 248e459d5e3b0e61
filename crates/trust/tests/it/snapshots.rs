//! Snapshots that clients sign.

use serde_json::Value;
use trust::Refusal;

use crate::{
    client::{BEFORE, Key, file, snapshot, targets},
    server::{NO_SNAPSHOT_KEY, Repository, answer},
};

const INVALID: &str = "400 INVALID_UPDATE ErrBadSnapshot: ";

/// A collection whose snapshot is the client's: root, targets and snapshot of the versions 2, 1 and 2.
struct Owner {
    repository: Repository,
    root: Vec<u8>,
    targets: Vec<u8>,
}

impl Owner {
    fn new() -> Self {
        let mut repository = Repository::published();
        repository.snapshot = Key::ecdsa();
        let mut owner = Self {
            root: repository.root_file(2),
            targets: repository.file("targets").bytes.clone(),
            repository,
        };
        let snapshot = owner.snapshot(2);
        let parts = [("root", owner.root.clone()), ("snapshot", snapshot.clone())];
        owner.repository.publish(&parts).expect("published");
        assert_eq!(owner.repository.file("snapshot").bytes, snapshot);
        owner
    }

    /// A snapshot of what there is.
    fn snapshot(&self, version: i64) -> Vec<u8> {
        self.sign(&snapshot(
            version,
            &[("root", &self.root), ("targets", &self.targets)],
        ))
    }

    fn sign(&self, signed: &Value) -> Vec<u8> {
        file(signed, &[&self.repository.snapshot])
    }
}

#[test]
fn whose_key_it_is() {
    let mut repository = Repository::published();
    let server = repository.snapshot.clone();
    repository.snapshot = Key::ecdsa();
    let root = repository.root_file(2);
    let refusal = repository.refused(&[("root", root.clone())]);
    assert_eq!(answer(&refusal), NO_SNAPSHOT_KEY);
    assert!(
        refusal
            .body()
            .contains(r#""Error":{"Missing":"snapshot","Msg":"no snapshot"#)
    );
    let targets = repository.file("targets").bytes.clone();
    let signed = snapshot(2, &[("root", &root), ("targets", &targets)]);
    for (key, what) in [(&server, "a former key"), (&Key::ecdsa(), "a stranger")] {
        let parts = [("root", root.clone()), ("snapshot", file(&signed, &[key]))];
        assert_eq!(
            answer(&repository.refused(&parts)),
            format!("{INVALID}valid signatures did not meet threshold for snapshot"),
            "{what}"
        );
    }
}

#[test]
fn it_is_right_about_every_file() {
    let mut owner = Owner::new();
    let new = owner.repository.targets_file(2, &[("v2", "two")]);
    let refusal = owner.repository.refused(&[("targets", new.clone())]);
    assert_eq!(answer(&refusal), NO_SNAPSHOT_KEY);
    let (root, old) = (owner.root.clone(), owner.targets.clone());
    let of = |version, root: &[u8], targets: &[u8]| {
        snapshot(version, &[("root", root), ("targets", targets)])
    };
    let mut expired = of(3, &root, &new);
    expired["expires"] = BEFORE.into();
    let unknown: [(&str, &[u8]); 3] = [("root", &root), ("targets", &new), ("targets/a", b"x")];
    for (signed, why) in [
        (
            of(3, &root, &old),
            "sha256 checksum for targets did not match: expected ",
        ),
        (
            of(3, &new, &new),
            "sha256 checksum for root did not match: expected ",
        ),
        (
            snapshot(3, &unknown),
            "sha256 checksum for targets/a did not match: expected ",
        ),
        (
            snapshot(3, &unknown[1..]),
            "snapshot type metadata invalid: missing root sha256 checksum information",
        ),
        (
            snapshot(3, &unknown[..1]),
            "snapshot type metadata invalid: missing targets sha256 checksum information",
        ),
        (
            of(0, &root, &new),
            "snapshot type metadata invalid: version cannot be less than one",
        ),
        (
            of(1003, &root, &new),
            "version 1003 of snapshot is too far ahead of current version 2",
        ),
        (expired, "snapshot expired at Wed Jan 1 00:00:00 UTC 2020"),
    ] {
        let parts = [("targets", new.clone()), ("snapshot", owner.sign(&signed))];
        let refusal = answer(&owner.repository.refused(&parts));
        assert!(refusal.starts_with(&format!("{INVALID}{why}")), "{refusal}");
    }
    owner.targets.clone_from(&new);
    let parts = [("targets", new), ("snapshot", owner.snapshot(3))];
    owner.repository.publish(&parts).expect("published");
}

#[test]
fn an_old_version() {
    let mut owner = Owner::new();
    owner.targets = owner.repository.targets_file(2, &[("v2", "two")]);
    for version in [1, 2] {
        let parts = [
            ("targets", owner.targets.clone()),
            ("snapshot", owner.snapshot(version)),
        ];
        assert_eq!(owner.repository.refused(&parts), Refusal::Version);
    }
}

#[test]
fn alone_and_back_to_the_registry() {
    let mut owner = Owner::new();
    let parts = [("snapshot", owner.snapshot(3))];
    owner.repository.publish(&parts).expect("only a snapshot");
    assert_eq!(owner.repository.version("snapshot"), 3);
    let [(_, key), _] = &owner.repository.server_keys[..] else {
        panic!("two keys");
    };
    owner.repository.snapshot = Key::server(key);
    let parts = [("root", owner.repository.root_file(3))];
    owner
        .repository
        .publish(&parts)
        .expect("the registry's again");
    assert_eq!(owner.repository.version("snapshot"), 4);
}

#[test]
fn a_snapshot_that_leaves_out_a_role_of_the_update() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    repository.snapshot = Key::ecdsa();
    let (root, targets_2) = (
        repository.root_file(2),
        repository.file("targets").bytes.clone(),
    );
    let alices = file(&targets(2, &[]), &[&alice]);
    let without = snapshot(3, &[("root", &root), ("targets", &targets_2)]);
    let parts = [
        ("root", root),
        ("targets/alice", alices),
        ("snapshot", file(&without, &[&repository.snapshot])),
    ];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrBadSnapshot: no checksums for supported algorithms were provided for targets/alice"
    );
}
