//! Uploads that are made to break something.

use serde_json::{Value, json};
use trust::Refusal;

use crate::{
    client::{self, Key, delegation, file, file_with, keys, message, role, targets},
    server::{Repository, TARGETS_THRESHOLD, answer},
};

#[test]
fn rollback() {
    let mut repository = Repository::published();
    let old = [(
        "targets",
        repository.targets_file(2, &[("v1", "vulnerable")]),
    )];
    repository.publish(&old).expect("published");
    let new = [("targets", repository.targets_file(3, &[("v1", "fixed")]))];
    repository.publish(&new).expect("published");
    for parts in [&old, &new] {
        assert_eq!(repository.refused(parts), Refusal::Version);
    }
    // Beside something that is new.
    let root = [("root", repository.root_file(2)), old[0].clone()];
    assert_eq!(repository.refused(&root), Refusal::Version);
}

/// Nobody is kept on what has expired: it is not taken, and what the registry signs itself is not taken from others.
#[test]
fn freeze() {
    let mut repository = Repository::published();
    let expired = |mut signed: Value, key: &Key| {
        signed["expires"] = "2020-01-01T00:00:00Z".into();
        file(&signed, &[key])
    };
    let root = expired(repository.root_signed(2), &repository.root);
    let targets = expired(targets(2, &[]), &repository.targets);
    let current = ["root", "targets"].map(|role| (role, repository.file(role).bytes.clone()));
    let files = [0, 1].map(|at: usize| (current[at].0, current[at].1.as_slice()));
    let snapshot = expired(client::snapshot(2, &files), &repository.snapshot);
    for (role, code, bytes) in [
        ("root", "ErrBadRoot", root),
        ("targets", "ErrBadTargets", targets),
        ("snapshot", "ErrBadSnapshot", snapshot),
    ] {
        let refusal = answer(&repository.refused(&[(role, bytes)]));
        let is_said = refusal.contains(code) && refusal.contains("expired");
        assert!(is_said, "{role}: {refusal}");
    }
}

/// Whoever has the snapshot's key only must not bring an old file back, also not one that is not part of the update.
#[test]
fn a_snapshot_of_an_old_file() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let old = repository.file("targets/alice").bytes.clone();
    repository
        .publish(&[("targets/alice", file(&targets(2, &[]), &[&alice]))])
        .expect("published");
    repository.snapshot = Key::ecdsa();
    let root = repository.root_file(2);
    let current = |name: &str| repository.file(name).bytes.clone();
    let (first, releases) = (current("targets"), current("targets/releases"));
    let with = |alices: &[u8]| {
        let files: [(&str, &[u8]); 4] = [
            ("root", &root),
            ("targets", &first),
            ("targets/releases", &releases),
            ("targets/alice", alices),
        ];
        file(&crate::client::snapshot(4, &files), &[&repository.snapshot])
    };
    let (bad, good) = (with(&old), with(&current("targets/alice")));
    let refusal = answer(&repository.refused(&[("root", root.clone()), ("snapshot", bad)]));
    assert!(
        refusal.starts_with(
            "400 INVALID_UPDATE ErrBadSnapshot: sha256 checksum for targets/alice did not match"
        ),
        "{refusal}"
    );
    repository
        .publish(&[("root", root), ("snapshot", good)])
        .expect("published");
}

#[test]
fn keys_that_may_not() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let stranger = Key::ecdsa();
    let signed = targets(3, &[("v1", "evil")]);
    let mut as_owner = stranger.sign(&message(&signed));
    as_owner["keyid"] = repository.targets.id().into();
    let mut garbage = as_owner.clone();
    garbage["sig"] = "AAAA".into();
    for signatures in [
        vec![stranger.sign(&message(&signed))],
        vec![alice.sign(&message(&signed))],
        vec![repository.snapshot.sign(&message(&signed))],
        vec![repository.root.sign(&message(&signed))],
        vec![as_owner],
        vec![garbage],
        // The owner's, over something else.
        vec![repository.targets.sign(&message(&targets(3, &[])))],
        vec![json!({})],
    ] {
        let parts = [("targets", file_with(&signed, &signatures))];
        assert_eq!(answer(&repository.refused(&parts)), TARGETS_THRESHOLD);
    }
    // A good signature after bad ones is good.
    let signatures = [
        stranger.sign(&message(&signed)),
        repository.targets.sign(&message(&signed)),
    ];
    repository
        .publish(&[("targets", file_with(&signed, &signatures))])
        .expect("published");
}

#[test]
fn below_a_threshold_of_delegation() {
    let (alice, bob) = (Key::ecdsa(), Key::ed25519());
    let mut repository = Repository::published();
    let mut both = delegation("targets/both", &[&alice, &bob], &[""]);
    both["threshold"] = 2.into();
    let mut signed = targets(2, &[]);
    signed["delegations"] = json!({"keys": keys(&[&alice, &bob]), "roles": [both]});
    repository
        .publish(&[("targets", file(&signed, &[&repository.targets]))])
        .expect("published");
    let one = targets(1, &[]);
    for signers in [vec![&alice], vec![&alice, &alice], vec![&bob, &bob, &bob]] {
        let refusal = answer(&repository.refused(&[("targets/both", file(&one, &signers))]));
        assert!(refusal.ends_with("threshold for targets/both"), "{refusal}");
    }
    repository
        .publish(&[("targets/both", file(&one, &[&alice, &bob]))])
        .expect("both");
}

/// One key under two ids would count twice.
#[test]
fn a_key_under_another_id() {
    let mut repository = Repository::new();
    let owner = repository.targets.clone();
    let other = "ab".repeat(32);
    let mut root = repository.root_signed(1);
    root["keys"][&other] = owner.json();
    root["roles"]["targets"] = json!({"keyids": [owner.id(), other], "threshold": 2});
    let signed = targets(1, &[]);
    let mut again = owner.sign(&message(&signed));
    again["keyid"] = other.into();
    let parts = [
        ("root", file(&root, &[&repository.root])),
        (
            "targets",
            file_with(&signed, &[owner.sign(&message(&signed)), again]),
        ),
    ];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrBadTargets: key ID is not valid for key content"
    );
    // Nor does it help to list an id twice.
    root["roles"]["targets"] = json!({"keyids": [owner.id(), owner.id()], "threshold": 2});
    let parts = [("root", file(&root, &[&repository.root]))];
    assert!(
        answer(&repository.refused(&parts)).contains("invalid threshold specified for targets: 2")
    );
}

/// Metadata does not say which collection it is of, except for the root: its certificate does.
#[test]
fn a_replay_from_another_collection() {
    let other = Repository::published();
    let mut repository = Repository::new();
    repository.gun = "dtr.example.com/dev/other".parse().expect("gun");
    let parts = [
        ("root", other.file("root").bytes.clone()),
        ("targets", other.file("targets").bytes.clone()),
    ];
    let refusal = answer(&repository.refused(&parts));
    assert!(
        refusal.ends_with("unable to retrieve valid leaf certificates"),
        "{refusal}"
    );
    // Into a collection that has a root of its own.
    let mut repository = Repository::published();
    let next = Repository::published().targets_file(2, &[]);
    assert_eq!(
        answer(&repository.refused(&[("targets", next)])),
        TARGETS_THRESHOLD
    );
}

/// A file of one role is none of another, whoever signed it.
#[test]
fn a_file_of_another_role() {
    let mut repository = Repository::published();
    let one = Key::ecdsa();
    let mut root = repository.root_signed(2);
    root["keys"][one.id()] = one.json();
    for name in ["targets", "snapshot"] {
        root["roles"][name] = role(&[&one], 1);
    }
    let root = file(&root, &[&repository.root]);
    let snapshot = {
        let files: [(&str, &[u8]); 2] = [("root", &root), ("targets", &root)];
        file(&crate::client::snapshot(2, &files), &[&one])
    };
    let parts = [("root", root), ("targets", snapshot)];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrBadTargets: targets type metadata invalid: expected type Targets, not Snapshot"
    );
}

#[test]
fn weak_certificates_of_delegations() {
    for (pem, why) in [
        (
            include_bytes!("../../testdata/weak/rsa-1024.crt").to_vec(),
            "RSA bit length is too short",
        ),
        (
            include_bytes!("../../testdata/weak/rsa-sha1.crt").to_vec(),
            "certificate with CN weak uses invalid SHA1 signature algorithm",
        ),
    ] {
        let good = Key::ecdsa();
        let mut weak = good.with_public(pem);
        weak.keytype = "rsa-x509";
        let mut repository = Repository::published();
        let mut signed = targets(2, &[]);
        signed["delegations"] = json!({"keys": keys(&[&good, &weak]), "roles": [delegation("targets/a", &[&good, &weak], &[""])]});
        repository
            .publish(&[("targets", file(&signed, &[&repository.targets]))])
            .expect("published");
        let parts = [("targets/a", file(&targets(1, &[]), &[&good]))];
        assert_eq!(
            answer(&repository.refused(&parts)),
            format!("400 INVALID_UPDATE ErrBadTargets: {why}")
        );
    }
}

/// Bundles expire long before what was signed with them does.
#[test]
fn an_expired_certificate_of_a_delegation_still_signs() {
    let key = Key::ecdsa().certified_with("alice", |params| {
        params.not_before = time::macros::datetime!(2019-01-01 0:00 UTC);
        params.not_after = time::macros::datetime!(2020-01-01 0:00 UTC);
    });
    let repository = Repository::delegated(&key);
    assert!(repository.view().signed("v2").is_some());
}

#[test]
fn two_readings_of_one_file() {
    let mut repository = Repository::published();
    let signed = targets(2, &[("v1", "one")]);
    let text = String::from_utf8(file(&signed, &[&repository.targets])).expect("text");
    for (from, to) in [
        // Go takes the last, and in whatever case.
        ("\"version\":2", "\"version\":2,\"version\":3"),
        ("\"version\":2", "\"Version\":3,\"version\":2"),
        ("\"targets\":{\"v1\"", "\"TARGETS\":{},\"targets\":{\"v1\""),
        ("\"_type\"", "\"_type\":\"Root\",\"_type\""),
        (",\"signed\"", ",\"Signed\":{},\"signed\""),
        ("\"length\":3", "\"Length\":4,\"length\":3"),
    ] {
        assert!(text.contains(from), "{from}");
        let refusal =
            answer(&repository.refused(&[("targets", text.replacen(from, to, 1).into())]));
        assert!(
            refusal == "400 MALFORMED_JSON" || refusal.contains("ErrBadTargets"),
            "{refusal}"
        );
    }
    repository
        .publish(&[("targets", text.into())])
        .expect("as it was");
}

/// Whichever byte of an upload is changed: it is refused, or it says the same.
#[test]
fn any_changed_byte() {
    let mut repository = Repository::published();
    let good = repository.targets_file(2, &[("v1", "one"), ("v2", "two")]);
    let said = |file: &[u8]| serde_json::from_slice::<Value>(file).expect("json")["signed"].clone();
    let signed = said(&good);
    let mut accepted = 0;
    for at in 0..good.len() {
        for with in [b'"', b'}', good[at] ^ 1, good[at] ^ 0x20] {
            let mut changed = good.clone();
            changed[at] = with;
            if changed == good {
                continue;
            }
            let before = repository.files.clone();
            if repository.publish(&[("targets", changed.clone())]).is_ok() {
                assert_eq!(said(&changed), signed, "{at} {with}");
                accepted += 1;
                repository.files = before;
            }
        }
    }
    // The method in capitals.
    assert_eq!(accepted, "ecdsa".len());
}
