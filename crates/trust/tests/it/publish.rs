//! Publishing: what upstream's own tests of validation do (note, section 7.3), and what they do not.

use serde_json::{Value, json};
use trust::{Refusal, Role};

use crate::{
    client::{Key, file, file_with, message, meta, targets},
    server::{Repository, answer},
};

#[test]
fn the_first_time() {
    let repository = Repository::published();
    for role in ["root", "targets", "snapshot", "timestamp"] {
        assert_eq!(repository.version(role), 1, "{role}");
    }
    let snapshot = &repository.json("snapshot")["signed"];
    assert_eq!(snapshot["_type"], "Snapshot");
    assert_eq!(snapshot["expires"], "2029-11-26T12:00:00Z");
    assert_eq!(
        snapshot["meta"]["root"],
        meta(&repository.file("root").bytes)
    );
    assert_eq!(
        snapshot["meta"]["targets"],
        meta(&repository.file("targets").bytes)
    );
    assert_eq!(
        snapshot["meta"].as_object().map(serde_json::Map::len),
        Some(2)
    );
    let timestamp = &repository.json("timestamp")["signed"];
    assert_eq!(timestamp["expires"], "2026-12-11T12:00:00Z");
    assert_eq!(
        timestamp["meta"],
        json!({"snapshot": meta(&repository.file("snapshot").bytes)})
    );
    let text = String::from_utf8(repository.file("timestamp").bytes.clone()).expect("text");
    assert!(text.starts_with(r#"{"signed":{"_type":"Timestamp","expires":"2026-12-11T12:00:00Z","meta":{"snapshot":{"hashes":{"sha256":""#), "{text}");
    assert!(
        text.contains(r#""version":1},"signatures":[{"keyid":""#),
        "{text}"
    );
    assert!(text.contains(r#"","method":"ecdsa","sig":""#), "{text}");
}

#[test]
fn a_first_root_may_be_the_second() {
    let mut repository = Repository::new();
    let parts = [
        ("root", repository.root_file(2)),
        ("targets", repository.targets_file(1, &[])),
    ];
    repository.publish(&parts).expect("published");
    assert_eq!(repository.version("root"), 2);
    let parts = [("root", repository.root_file(4))];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrBadRoot: Root modifications must increment the version. Current 2, new 4"
    );
}

#[test]
fn the_first_time_targets_have_to_be_there() {
    let mut repository = Repository::new();
    let parts = [("root", repository.root_file(1))];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrValidation: targets must be loaded first"
    );
}

#[test]
fn again_and_again() {
    let mut repository = Repository::published();
    for version in 2..5 {
        let parts = [(
            "targets",
            repository.targets_file(version, &[("v2", "two")]),
        )];
        repository.publish(&parts).expect("published");
        assert_eq!(repository.version("snapshot"), version);
        assert_eq!(repository.version("timestamp"), version);
    }
    let parts = [("root", repository.root_file(2))];
    repository.publish(&parts).expect("published");
    let meta_of = &repository.json("snapshot")["signed"]["meta"];
    assert_eq!(meta_of["root"], meta(&repository.file("root").bytes));
    assert_eq!(meta_of["targets"], meta(&repository.file("targets").bytes));
}

#[test]
fn two_publishers_at_once() {
    let mut repository = Repository::published();
    let mine = [("targets", repository.targets_file(2, &[("v2", "mine")]))];
    let theirs = [("targets", repository.targets_file(2, &[("v2", "theirs")]))];
    repository.publish(&mine).expect("the first wins");
    assert_eq!(repository.refused(&theirs), Refusal::Version);
}

#[test]
fn new_keys_for_targets() {
    let mut repository = Repository::published();
    repository.targets = Key::ecdsa();
    let root = repository.root_file(2);
    // Upstream accepts this, and no client accepts the collection afterwards.
    assert_eq!(
        answer(&repository.refused(&[("root", root.clone())])),
        "400 INVALID_UPDATE ErrBadTargets: valid signatures did not meet threshold for targets"
    );
    let parts = [
        ("root", root),
        ("targets", repository.targets_file(2, &[("v1", "one")])),
    ];
    repository.publish(&parts).expect("rotated");
}

#[test]
fn keys_of_every_kind() {
    use aws_lc_rs::rsa::KeySize;
    for key in [
        Key::ed25519(),
        Key::p521(),
        Key::rsa(KeySize::Rsa2048, "rsapss"),
        Key::rsa(KeySize::Rsa3072, "rsapkcs1v15"),
        Key::rsa(KeySize::Rsa2048, "rsapss").certified("somebody"),
        Key::p521().certified("somebody"),
    ] {
        let mut repository = Repository::new();
        repository.targets = key.clone();
        let parts = [
            ("root", repository.root_file(1)),
            ("targets", repository.targets_file(1, &[])),
        ];
        repository.publish(&parts).expect("published");
        // Nor does the same key with another method's name, or another kind's.
        let signed = targets(2, &[]);
        for method in [
            "ecdsa",
            "eddsa",
            "rsapss",
            "rsapkcs1v15",
            "pycrypto-pkcs#1 pss",
            "",
        ] {
            let mut signature = key.sign(&message(&signed));
            if signature["method"] == method {
                continue;
            }
            signature["method"] = method.into();
            let refusal = repository.refused(&[("targets", file_with(&signed, &[signature]))]);
            assert!(
                answer(&refusal).ends_with("threshold for targets"),
                "{method}"
            );
        }
    }
}

/// Cure53's TUF-01-001: upstream hashes what it writes anew, and the collection cannot be read any more.
#[test]
fn stored_bytes_are_what_is_hashed() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let mut signed = targets(2, &[("v2", "two")]);
    signed["more"] = json!({"of": [1, "é", null]});
    let pretty = {
        let signature = alice.sign(&message(&signed));
        serde_json::to_string_pretty(&json!({"signatures": [signature], "signed": signed}))
            .expect("json")
    };
    repository
        .publish(&[("targets/alice", pretty.clone().into())])
        .expect("published");
    assert_eq!(repository.file("targets/alice").bytes, pretty.as_bytes());
    let mut shouted = alice.sign(&message(&targets(3, &[])));
    shouted["method"] = "ECDSA".into();
    repository
        .publish(&[("targets/alice", file_with(&targets(3, &[]), &[shouted]))])
        .expect("published");
    // As Go escapes it.
    let mut signed = targets(4, &[]);
    signed["more"] = "<&>".into();
    let escaped = String::from_utf8(file(&signed, &[&alice]))
        .expect("text")
        .replace("<&>", "\\u003c\\u0026\\u003e");
    repository
        .publish(&[("targets/alice", escaped.into())])
        .expect("published");
    let unsigned = {
        let mut file: Value =
            serde_json::from_slice(&file(&targets(5, &[]), &[&alice])).expect("json");
        file["more"] = 1.into();
        serde_json::to_vec(&file).expect("json")
    };
    assert_eq!(
        answer(&repository.refused(&[("targets/alice", unsigned)])),
        "400 INVALID_UPDATE ErrBadTargets: targets/alice type metadata invalid: unknown field \"more\" beside signed and signatures"
    );
}

#[test]
fn versions_may_not_run_away() {
    let mut repository = Repository::published();
    for (version, good) in [
        (1 << 53, false),
        (i64::from(i32::MAX), false),
        (1002, false),
        (1001, true),
        (2001, true),
    ] {
        let parts = [("targets", repository.targets_file(version, &[]))];
        if good {
            repository.publish(&parts).expect("published");
        } else {
            assert_eq!(
                answer(&repository.refused(&parts)),
                format!(
                    "400 INVALID_UPDATE ErrBadTargets: version {version} of targets is too far ahead of current version 1"
                )
            );
        }
    }
}

/// A collection whose snapshot names a file that nobody has, as upstream leaves some, is whole again after the next update.
#[test]
fn a_broken_collection_is_mended() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let role: Role = "targets/alice".parse().expect("role");
    let files = repository.files.get_mut(&role).expect("files");
    let last = files.last_mut().expect("a file");
    last.bytes.push(b'\n');
    repository
        .publish(&[("targets", {
            let mut signed = repository.json("targets")["signed"].clone();
            signed["version"] = 3.into();
            file(&signed, &[&repository.targets])
        })])
        .expect("published");
    assert!(
        repository.json("snapshot")["signed"]["meta"]
            .get("targets/alice")
            .is_none()
    );
}
