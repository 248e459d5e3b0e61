//! What a client would not believe, or not any more.

use time::{Duration, macros::datetime};
use trust::{Invalid, Role, View, view::Untrusted};

use crate::{
    client::{Key, NOW, delegating, delegation, file, targets},
    server::{Repository, status},
};

fn role(name: &str) -> Role {
    name.parse().expect(name)
}

#[test]
fn delegations_that_do_not_count() {
    let (alice, bob) = (Key::ecdsa(), Key::ecdsa());
    let mut repository = Repository::delegated(&alice);
    let mut short = targets(2, &[("v2", "two")]);
    short["expires"] = "2027-01-01T00:00:00Z".into();
    repository
        .publish(&[("targets/releases", file(&short, &[&alice]))])
        .expect("published");
    let view = repository.view();
    assert_eq!(
        view.signed("v2").expect("signed").expires,
        datetime!(2027-01-01 0:00 UTC)
    );
    assert_eq!(view.signed("v2").expect("signed").signatures.len(), 2);

    // The keys of releases are others now, and nobody has signed with them.
    let roles = [
        delegation("targets/releases", &[&bob], &[""]),
        delegation("targets/alice", &[&alice], &[""]),
        delegation("targets/bob", &[&bob], &[""]),
    ];
    let signed = delegating(3, &[("v1", "one")], &[&alice, &bob], &roles);
    repository
        .publish(&[("targets", file(&signed, &[&repository.targets]))])
        .expect("published");
    let view = repository.view();
    assert_eq!(view.signed("v2"), None);
    assert_eq!(
        status(&view, "targets/releases").file,
        Err(Invalid::Threshold(Role::releases()))
    );
    assert_eq!(
        status(&view, "targets/bob").file,
        Err(Invalid::Absent(role("targets/bob")))
    );
    assert!(status(&view, "targets/alice").file.is_ok());
    assert!(view.signed("v1").is_some());
}

#[test]
fn an_expired_delegation_only_loses_itself() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let mut short = targets(2, &[("v2", "two")]);
    short["expires"] = "2026-12-01T00:00:00Z".into();
    repository
        .publish(&[("targets/releases", file(&short, &[&alice]))])
        .expect("published");
    repository.now = datetime!(2026-12-01 0:00 UTC);
    assert!(
        repository.view().signed("v2").is_some(),
        "good up to and including its expiry"
    );
    repository.now += Duration::seconds(1);
    let view = repository.view();
    assert_eq!(view.signed("v2"), None);
    assert!(matches!(
        status(&view, "targets/releases").file,
        Err(Invalid::Expired { .. })
    ));
    assert!(view.signed("v1").is_some());
}

/// Whoever holds the connection can hold back what is new for as long as a timestamp is good.
#[test]
fn nothing_counts_when_one_of_the_four_is_not_valid() {
    let repository = Repository::published();
    for (role, why) in [
        (
            "timestamp",
            "timestamp: timestamp expired at Fri Dec 11 12:00:00 UTC 2026",
        ),
        (
            "root",
            "root: could not validate the path to a trusted root: unable to retrieve valid leaf certificates",
        ),
    ] {
        let days = if role == "root" { 365 * 20 } else { 15 };
        let view = View::of(
            &repository.gun,
            &repository.stored(),
            NOW + Duration::days(days),
        );
        assert_eq!(view.expect_err(role).to_string(), why);
    }
    let other = Repository::published();
    for name in ["root", "targets", "snapshot", "timestamp"] {
        // Another's valid file, and none.
        let mut swapped = repository.stored();
        swapped.insert(role(name), 1, other.file(name).bytes.clone());
        assert!(View::of(&repository.gun, &swapped, NOW).is_err(), "{name}");
        let mut stored = trust::Collection::default();
        for kept in ["root", "targets", "snapshot", "timestamp"] {
            if kept != name {
                stored.insert(role(kept), 1, repository.file(kept).bytes.clone());
            }
        }
        let untrusted = View::of(&repository.gun, &stored, NOW).expect_err(name);
        let absent = Untrusted::Invalid {
            role: role(name),
            why: Invalid::Absent(role(name)),
        };
        assert_eq!(untrusted, absent);
    }
}

/// Rollback: an old file of the same role, with signatures that are still good.
#[test]
fn an_old_file_is_not_the_newest() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let parts = [
        ("root", repository.root_file(2)),
        (
            "targets/releases",
            file(&targets(2, &[("v2", "fixed")]), &[&alice]),
        ),
    ];
    repository.publish(&parts).expect("published");
    let with_old = |name: &str| {
        let files = &repository.files[&role(name)];
        let old = &files[files.len() - 2];
        let mut stored = repository.stored();
        stored.insert(role(name), old.version, old.bytes.clone());
        View::of(&repository.gun, &stored, NOW)
    };
    for name in ["root", "targets", "snapshot"] {
        let untrusted = with_old(name).expect_err(name);
        assert!(
            untrusted.to_string().contains("did not match"),
            "{untrusted}"
        );
    }
    let view = with_old("targets/releases").expect("the rest");
    assert!(matches!(
        status(&view, "targets/releases").file,
        Err(Invalid::Checksum { .. })
    ));
    assert_eq!(view.signed("v2"), None);
}

/// The certificates of its keys are good for longer.
#[test]
fn an_expired_root() {
    let mut repository = Repository::published();
    let mut short = repository.root_signed(2);
    short["expires"] = "2026-12-01T00:00:00Z".into();
    let root = file(&short, &[&repository.root]);
    repository.publish(&[("root", root)]).expect("published");
    let view = View::of(
        &repository.gun,
        &repository.stored(),
        datetime!(2026-12-01 0:00:01 UTC),
    );
    assert_eq!(
        view.expect_err("expired").to_string(),
        "root: root expired at Tue Dec 1 00:00:00 UTC 2026"
    );
}
