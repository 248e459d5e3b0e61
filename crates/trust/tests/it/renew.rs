//! Signing snapshot and timestamp again.

use time::{Duration, OffsetDateTime};
use trust::{
    MakeError, Pending, Role, SigningKey,
    make::{SNAPSHOT_LIFE, TIMESTAMP_LIFE},
    renew,
};

use crate::{
    client::{Key, NOW, file, snapshot},
    server::Repository,
};

fn due(repository: &Repository, now: OffsetDateTime) -> Option<Pending> {
    renew(
        &repository.gun,
        &repository.stored(),
        &repository.held(),
        now,
    )
    .expect("readable")
}

#[test]
fn nothing_is_due_before_the_last_quarter() {
    let repository = Repository::published();
    let quarter = NOW + TIMESTAMP_LIFE * 3 / 4;
    assert_eq!(due(&repository, NOW), None);
    assert_eq!(due(&repository, quarter), None);
    assert!(due(&repository, quarter + Duration::seconds(1)).is_some());
}

#[test]
fn a_timestamp_again_and_again() {
    let mut repository = Repository::published();
    for version in 2..40 {
        repository.now += Duration::days(12);
        let pending = due(&repository, repository.now).expect("due");
        let keys: Vec<_> = pending.keys().map(|id| id.to_string()).collect();
        assert_eq!(keys, [repository.timestamp.id()]);
        let before = repository.json("timestamp");
        repository.store(pending);
        assert_eq!(repository.version("timestamp"), version);
        let after = repository.json("timestamp");
        assert_eq!(after["signed"]["meta"], before["signed"]["meta"]);
        assert_eq!(repository.version("snapshot"), 1);
        assert_eq!(due(&repository, repository.now), None);
    }
}

#[test]
fn a_snapshot_too_and_then_the_timestamp_with_it() {
    let mut repository = Repository::published();
    // The owner's files expire on the same day as the snapshot.
    repository.now = NOW + SNAPSHOT_LIFE * 3 / 4 + Duration::seconds(1);
    let before = repository.json("snapshot");
    repository.store(due(&repository, repository.now).expect("due"));
    assert_eq!(
        (
            repository.version("snapshot"),
            repository.version("timestamp")
        ),
        (2, 2)
    );
    let after = repository.json("snapshot");
    assert_eq!(after["signed"]["meta"], before["signed"]["meta"]);
    assert_ne!(after["signed"]["expires"], before["signed"]["expires"]);
    // After its expiry as well.
    let mut repository = Repository::published();
    repository.now = NOW + SNAPSHOT_LIFE + Duration::hours(1);
    let files = due(&repository, repository.now)
        .expect("due")
        .sign(&keys_of(&repository))
        .expect("signed");
    let roles: Vec<_> = files
        .iter()
        .map(|file| (file.role.clone(), file.version))
        .collect();
    assert_eq!(roles, [(Role::Snapshot, 2), (Role::Timestamp, 2)]);
}

fn keys_of(repository: &Repository) -> Vec<SigningKey> {
    let keys = repository.server_keys.iter();
    keys.map(|(_, key)| SigningKey::from_pkcs8(key.pkcs8_der()).expect("key"))
        .collect()
}

#[test]
fn what_cannot_be_signed_again_stays() {
    let mut repository = Repository::published();
    // The client's snapshot is the client's to sign; the timestamp is still ours.
    repository.snapshot = Key::ecdsa();
    let root = repository.root_file(2);
    let targets = repository.file("targets").bytes.clone();
    let signed = snapshot(2, &[("root", &root), ("targets", &targets)]);
    let uploaded = file(&signed, &[&repository.snapshot]);
    repository
        .publish(&[("root", root), ("snapshot", uploaded)])
        .expect("published");
    let late = NOW + SNAPSHOT_LIFE - Duration::days(1);
    let pending = due(&repository, late).expect("the timestamp");
    let files = pending.sign(&keys_of(&repository)).expect("signed");
    assert_eq!(
        files
            .iter()
            .map(|file| file.role.clone())
            .collect::<Vec<_>>(),
        [Role::Timestamp]
    );
    // Nothing without the key, without a root that is good, or without anything.
    assert_eq!(
        renew(&repository.gun, &repository.stored(), &[], late),
        Ok(None)
    );
    let other = "dtr.example.com/dev/other".parse().expect("gun");
    assert_eq!(
        renew(&other, &repository.stored(), &repository.held(), late),
        Ok(None)
    );
    assert_eq!(due(&repository, NOW + Duration::days(365 * 4)), None);
    assert_eq!(due(&Repository::new(), NOW), None);
}

#[test]
fn without_the_private_key_nothing_is_made() {
    let repository = Repository::published();
    let late = NOW + TIMESTAMP_LIFE;
    let pending = due(&repository, late).expect("due");
    let id = pending.keys().next().expect("a key");
    assert_eq!(pending.sign(&[]), Err(MakeError::MissingKey(id)));
}
