//! A collection that the real client published at the real server (`testdata/notary`).

use time::{Duration, macros::datetime};
use trust::{
    Collection, Gun, HeldKey, Invalid, KeyId, PublicKey, Role, ServerRole, Upload, View,
    view::Untrusted,
};

use crate::server::answer;

/// Shortly after it was made: the timestamp is good for two weeks.
const NOW: time::OffsetDateTime = datetime!(2026-11-23 04:00 UTC);

fn gun() -> Gun {
    "dtr.example.com:4443/dev/nginx".parse().expect("gun")
}

const FILES: [(&str, i64, &str); 6] = [
    ("root", 4, include_str!("../../testdata/notary/root.json")),
    (
        "targets",
        4,
        include_str!("../../testdata/notary/targets.json"),
    ),
    (
        "targets/alice",
        1,
        include_str!("../../testdata/notary/targets/alice.json"),
    ),
    (
        "targets/releases",
        1,
        include_str!("../../testdata/notary/targets/releases.json"),
    ),
    (
        "snapshot",
        6,
        include_str!("../../testdata/notary/snapshot.json"),
    ),
    (
        "timestamp",
        6,
        include_str!("../../testdata/notary/timestamp.json"),
    ),
];

fn stored() -> Collection {
    let mut stored = Collection::default();
    for (role, version, file) in FILES {
        stored.insert(role.parse().expect(role), version, file.into());
    }
    stored
}

fn id(text: &str) -> KeyId {
    text.parse().expect(text)
}

#[test]
fn all_of_it_is_valid() {
    let view = View::of(&gun(), &stored(), NOW).expect("valid");
    let roles: Vec<_> = view.roles().iter().map(|role| role.role.as_str()).collect();
    assert_eq!(
        roles,
        [
            "root",
            "targets",
            "snapshot",
            "timestamp",
            "targets/releases",
            "targets/alice"
        ]
    );
    for (role, version, _) in FILES {
        let status = view
            .roles()
            .iter()
            .find(|status| status.role.as_str() == role);
        let file = status.expect(role).file.as_ref().expect(role);
        assert_eq!((file.version, file.signers.len()), (version, 1), "{role}");
    }
    assert_eq!(view.root().payload().keys.len(), 5);
}

#[test]
fn what_is_signed_and_by_whom() {
    let view = View::of(&gun(), &stored(), NOW).expect("valid");
    let (first, second) = (
        view.signed("v1").expect("signed"),
        view.signed("v2").expect("signed"),
    );
    let digest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    assert_eq!(
        (first.digest.to_string(), first.target.length),
        (digest.to_owned(), 6)
    );
    assert_eq!((first.role, second.role), (Role::Targets, Role::releases()));
    let targets_key = id("8fc25e79aca1816c1cfba46b4d2dd708cd3e70921e36b077d5e4cea9ce780589");
    assert_eq!(first.signatures.len(), 1);
    assert_eq!(first.signatures[0].signer.canonical, Some(targets_key));
    let alice = "daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f";
    let canonical = "fd628e367589872600c0079fb732cda2875ccfe55203b73d6e514e97397f5ff8";
    let signatures: Vec<_> = second
        .signatures
        .iter()
        .map(|by| (by.role.as_str(), by.signer.id, by.signer.canonical))
        .collect();
    let by = |role| (role, id(alice), Some(id(canonical)));
    assert_eq!(signatures, [by("targets/alice"), by("targets/releases")]);
    assert_eq!(view.signed("v3"), None);
    let mut tags: Vec<_> = view.tags().collect();
    tags.sort_unstable();
    assert_eq!(tags, ["v1", "v2"]);
}

#[test]
fn it_is_of_one_collection_and_one_time() {
    let other = "dtr.example.com:4443/dev/other".parse().expect("gun");
    let untrusted = View::of(&other, &stored(), NOW).expect_err("another's");
    let Untrusted::Invalid {
        role: Role::Root,
        why: Invalid::RootPath(_),
    } = untrusted
    else {
        panic!("{untrusted}");
    };
    let later = NOW + Duration::days(14);
    let untrusted = View::of(&gun(), &stored(), later).expect_err("expired");
    assert_eq!(
        untrusted.to_string(),
        "timestamp: timestamp expired at Mon Dec 7 03:23:32 UTC 2026"
    );
}

#[test]
fn any_changed_byte_is_noticed() {
    for (role, version, file) in FILES {
        for at in (0..file.len()).step_by(7) {
            let mut bytes = file.as_bytes().to_vec();
            bytes[at] ^= 1;
            let mut changed = stored();
            changed.insert(role.parse().expect(role), version, bytes);
            let Ok(view) = View::of(&gun(), &changed, NOW) else {
                continue;
            };
            let signed = view
                .roles()
                .iter()
                .find(|status| status.role.as_str() == role);
            assert!(signed.expect(role).file.is_err(), "{role} {at}");
        }
    }
}

/// The next update, by the real client's bytes: what is stored is read, and what does not fit is refused.
#[test]
fn an_update_of_it() {
    let stored = stored();
    let validate = |role: &str, file: &str| {
        let mut upload = Upload::default();
        upload.add(Some(role), file.into()).expect("read");
        upload.validate(&gun(), &stored, &[], NOW)
    };
    for (role, expected) in [
        ("targets/alice", "ErrBadHierarchy: no snapshot was included"),
        ("targets", "ErrBadHierarchy: no snapshot was included"),
        ("root", "ErrBadHierarchy: no snapshot was included"),
        ("snapshot", "VERSION"),
    ] {
        let file = FILES.iter().find(|file| file.0 == role).expect(role).2;
        let refusal = answer(&validate(role, file).expect_err(role));
        assert!(refusal.contains(expected), "{role}: {refusal}");
    }
    // All that the server holds for it are ed25519 keys, whose public parts are enough to decide.
    let view = View::of(&gun(), &stored, NOW).expect("valid");
    let root = view.root().payload();
    let held = |role, key: &PublicKey| HeldKey {
        gun: gun(),
        role,
        key: key.clone(),
        used: true,
    };
    let snapshot = root
        .snapshot
        .keys
        .values()
        .map(|key| held(ServerRole::Snapshot, key));
    let timestamp = root
        .timestamp
        .keys
        .values()
        .map(|key| held(ServerRole::Timestamp, key));
    let held: Vec<_> = snapshot.chain(timestamp).collect();
    let mut upload = Upload::default();
    upload.add(Some("root"), FILES[0].2.into()).expect("read");
    let refusal = upload
        .validate(&gun(), &stored, &held, NOW)
        .expect_err("no change");
    assert_eq!(answer(&refusal), "400 VERSION {}");
}
