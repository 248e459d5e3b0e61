//! The note's matrix of raw requests (section 7.5): what upstream was observed to answer, and where we differ (section 7.2).

use serde_json::json;
use trust::{Collection, Refusal, Role, Upload};

use crate::{
    client::{BEFORE, Key, file, gun, targets},
    server::{Repository, TARGETS_THRESHOLD, answer},
};

fn add(filename: Option<&str>, bytes: &[u8]) -> Result<(), Refusal> {
    Upload::default().add(filename, bytes.to_vec())
}

#[test]
fn a_replay_is_an_old_version() {
    let mut repository = Repository::published();
    for role in ["targets", "root"] {
        let same = repository.file(role).bytes.clone();
        let refusal = repository.refused(&[(role, same)]);
        assert_eq!(answer(&refusal), "400 VERSION {}", "{role}");
    }
    // Signed anew, with the same version.
    let parts = [("root", repository.root_file(1))];
    assert_eq!(answer(&repository.refused(&parts)), "400 VERSION {}");
    let parts = [("targets", repository.targets_file(1, &[("v1", "other")]))];
    assert_eq!(answer(&repository.refused(&parts)), "400 VERSION {}");
}

#[test]
fn an_altered_version_breaks_the_signature() {
    let mut repository = Repository::published();
    let text = String::from_utf8(repository.file("targets").bytes.clone()).expect("text");
    let altered = text.replace("\"version\":1", "\"version\":2");
    assert_ne!(altered, text);
    assert_eq!(
        answer(&repository.refused(&[("targets", altered.into())])),
        TARGETS_THRESHOLD
    );
}

#[test]
fn an_empty_object_has_no_signatures() {
    let mut repository = Repository::published();
    for (role, expected) in [
        (
            "targets",
            "400 INVALID_UPDATE ErrBadTargets: tuf: data has no signatures",
        ),
        (
            "snapshot",
            "400 INVALID_UPDATE ErrBadSnapshot: tuf: data has no signatures",
        ),
        (
            "root",
            "400 INVALID_UPDATE ErrBadRoot: Root modifications must increment the version. Current 1, new 0",
        ),
    ] {
        assert_eq!(
            answer(&repository.refused(&[(role, b"{}".to_vec())])),
            expected
        );
    }
}

#[test]
fn what_is_malformed() {
    let repository = Repository::published();
    let good = String::from_utf8(repository.file("targets").bytes.clone()).expect("text");
    for bad in [
        &good[..good.len() - 5],
        &good.replace("\"version\":1", "\"version\":\"1\""),
        &good.replace("\"version\":1", "\"version\":1.5"),
        "",
        "[]",
        "7",
        "<html>",
        r#"{"signed":7}"#,
        r#"{"signatures":{}}"#,
        r#"{"signed":{"_type":7}}"#,
        r#"{"signed":{"expires":"tomorrow"}}"#,
        r#"{"signatures":[{"sig":"?"}]}"#,
    ] {
        for role in ["targets", "root", "snapshot", "timestamp", "targets/alice"] {
            assert_eq!(
                add(Some(role), bad.as_bytes()),
                Err(Refusal::MalformedJson),
                "{role}: {bad}"
            );
        }
    }
}

#[test]
fn a_second_value_is_named() {
    let mut repository = Repository::published();
    let mut twice = repository.targets_file(2, &[]);
    twice.extend(repository.targets_file(3, &[]));
    for twice in [twice, b"{}{}".to_vec()] {
        assert_eq!(
            answer(&repository.refused(&[("targets", twice)])),
            "400 INVALID_UPDATE ErrBadTargets: invalid character '{' after top-level value"
        );
    }
}

#[test]
fn forged_names_of_roles() {
    for name in [
        "targets/../x",
        "Foo",
        "targets/Alice",
        "targets/",
        "targets//a",
        "targets/a/",
        "../root",
        "/root",
        "roots",
        "targets/a.json/b",
        "targets/\u{212a}",
        "mirrors",
    ] {
        let refused = Err(Refusal::InvalidRole(name.to_owned()));
        assert_eq!(add(Some(name), b"{}"), refused);
        assert_eq!(add(Some(&format!("{name}.json")), b"{}"), refused);
    }
    assert_eq!(
        answer(&add(Some("targets/Alice"), b"{}").expect_err("name")),
        "400 INVALID_ROLE \"targets/Alice\""
    );
    for good in [
        "root",
        "root.json",
        "targets/releases",
        "targets/releases.json",
        "targets/a/b/c.json",
    ] {
        assert_eq!(add(Some(good), b"{}"), Ok(()), "{good}");
    }
}

#[test]
fn a_part_without_a_name() {
    for name in [None, Some(""), Some(".json")] {
        assert_eq!(
            answer(&add(name, b"{}").expect_err("no name")),
            "400 NO_FILENAME"
        );
    }
}

#[test]
fn a_delegation_that_nobody_declared() {
    let bob = Key::ecdsa();
    let mut repository = Repository::delegated(&bob);
    let parts = [("targets/bob", file(&targets(1, &[]), &[&bob]))];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrBadTargets: tuf: invalid role targets/bob. delegation does not exist"
    );
    // Nor below one that is not declared, or that has no file.
    for role in ["targets/bob/x", "targets/alice/x"] {
        let parts = [(role, file(&targets(1, &[]), &[&bob]))];
        let refusal = answer(&repository.refused(&parts));
        assert!(refusal.ends_with("delegation does not exist"), "{refusal}");
    }
}

#[test]
fn targets_without_a_root() {
    let mut repository = Repository::new();
    for parts in [vec![("targets", repository.targets_file(1, &[]))], vec![]] {
        assert_eq!(
            answer(&repository.refused(&parts)),
            "400 INVALID_UPDATE ErrValidation: no pre-existing root and no root provided in update."
        );
    }
}

#[test]
fn a_first_root_of_a_high_version() {
    let mut repository = Repository::new();
    let real = include_bytes!("../../testdata/notary/root.json").to_vec();
    assert_eq!(
        answer(&repository.refused(&[("root", real)])),
        "400 INVALID_UPDATE ErrBadRoot: Root modifications must increment the version. Current 1, new 4"
    );
}

#[test]
fn an_expired_delegation() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let mut signed = targets(2, &[]);
    signed["expires"] = BEFORE.into();
    assert_eq!(
        answer(&repository.refused(&[("targets/alice", file(&signed, &[&alice]))])),
        "400 INVALID_UPDATE ErrBadTargets: targets/alice expired at Wed Jan 1 00:00:00 UTC 2020"
    );
    signed["expires"] = json!("2020-01-01T01:00:00+01:00");
    let refusal = repository.refused(&[("targets/alice", file(&signed, &[&alice]))]);
    assert!(answer(&refusal).ends_with("expired at Wed Jan 1 00:00:00 UTC 2020"));
}

#[test]
fn a_delegation_may_skip_versions() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let parts = [("targets/alice", file(&targets(11, &[]), &[&alice]))];
    repository.publish(&parts).expect("published");
    assert_eq!(repository.version("targets/alice"), 11);
}

/// Upstream signs snapshot and timestamp again; here nothing changes.
#[test]
fn an_empty_upload_changes_nothing() {
    let mut repository = Repository::published();
    let timestamp = repository.file("timestamp").bytes.clone();
    let before = repository.files.clone();
    for parts in [
        vec![],
        vec![("timestamp", timestamp)],
        vec![("timestamp", b"{}".to_vec())],
    ] {
        repository.publish(&parts).expect("nothing to do");
        assert_eq!(repository.files, before);
    }
}

/// Upstream keeps the last.
#[test]
fn a_role_comes_once() {
    let mut upload = Upload::default();
    for role in ["root", "snapshot", "timestamp", "targets", "targets/a"] {
        upload.add(Some(role), b"{}".to_vec()).expect(role);
        let refusal = upload.add(Some(&format!("{role}.json")), b"{}".to_vec());
        assert_eq!(
            answer(&refusal.expect_err("twice")),
            format!("400 INVALID_UPDATE ErrValidation: role {role} was uploaded more than once")
        );
    }
}

/// What is broken in the registry is not told to the client, whose error has no detail.
#[test]
fn a_broken_store() {
    let repository = Repository::published();
    let other = Repository::published();
    for bytes in [
        b"{}".to_vec(),
        b"x".to_vec(),
        other.file("targets").bytes.clone(),
        {
            // Another collection's root, or one that was tampered with.
            String::from_utf8(repository.file("root").bytes.clone())
                .expect("text")
                .replace("2029", "2030")
                .into_bytes()
        },
    ] {
        let mut stored = repository.stored();
        stored.insert(Role::Root, 1, bytes);
        let mut upload = Upload::default();
        upload
            .add(Some("targets"), repository.targets_file(2, &[]))
            .expect("read");
        let refusal = upload.validate(&gun(), &stored, &repository.held(), repository.now);
        let refusal = refusal.expect_err("broken");
        assert_eq!(answer(&refusal), "400 INVALID_UPDATE");
        assert!(matches!(refusal, Refusal::Stored(_)), "{refusal:?}");
    }
    let empty = Collection::default();
    assert!(
        Upload::default()
            .validate(&gun(), &empty, &[], repository.now)
            .is_err()
    );
}
