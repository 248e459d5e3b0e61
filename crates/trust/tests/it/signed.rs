//! What counts as signed, and by whom.

use serde_json::json;
use trust::{Role, View};

use crate::{
    client::{Key, delegating, delegation, file, file_with, message, target, targets},
    server::{Repository, status},
};

fn role(name: &str) -> Role {
    name.parse().expect(name)
}

/// Who signed a tag: the role, and the canonical id of the key.
fn signers(view: &View, tag: &str) -> Vec<(String, String)> {
    let signed = view.signed(tag).expect("signed");
    let signers = signed.signatures.iter();
    signers
        .map(|by| {
            (
                by.role.to_string(),
                by.signer.canonical.expect("readable").to_string(),
            )
        })
        .collect()
}

#[test]
fn releases_come_before_targets() {
    let alice = Key::ecdsa();
    let mut repository = Repository::published();
    let signed = delegating(
        2,
        &[("a", "old"), ("b", "b")],
        &[&alice],
        &[delegation("targets/releases", &[&alice], &[""])],
    );
    let parts = [
        ("targets", file(&signed, &[&repository.targets])),
        (
            "targets/releases",
            file(&targets(1, &[("a", "new")]), &[&alice]),
        ),
    ];
    repository.publish(&parts).expect("published");
    let view = repository.view();
    let a = view.signed("a").expect("signed");
    let new = "sha256:11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437";
    assert_eq!(
        (a.role.clone(), a.digest.to_string()),
        (Role::releases(), new.to_owned())
    );
    assert_eq!(a.target.length, 3);
    // The owner signed another one.
    assert_eq!(
        signers(&view, "a"),
        [("targets/releases".to_owned(), alice.id())]
    );
    assert_eq!(
        signers(&view, "b"),
        [("targets".to_owned(), repository.targets.id())]
    );
    assert_eq!(view.signed("c"), None);
    let mut tags: Vec<_> = view.tags().collect();
    tags.sort_unstable();
    assert_eq!(tags, ["a", "b"]);
    let b = view.signed("b").expect("signed");
    assert_ne!(a.digest, b.digest);
}

#[test]
fn everybody_who_signed_the_same() {
    let (alice, bob, carol) = (Key::ecdsa(), Key::ed25519(), Key::ecdsa());
    let certificate = carol.certified("carol");
    let mut repository = Repository::published();
    let all = [&alice, &bob, &certificate];
    let roles = [
        delegation("targets/releases", &[&alice, &bob], &[""]),
        delegation("targets/alice", &[&alice], &[""]),
        // A role's name proves nothing.
        delegation("targets/admin", &[&certificate], &[""]),
        delegation("targets/other", &[&bob], &[""]),
    ];
    let one = targets(1, &[("v", "1")]);
    let parts = [
        (
            "targets",
            file(&delegating(2, &[], &all, &roles), &[&repository.targets]),
        ),
        ("targets/releases", file(&one, &[&bob, &alice])),
        ("targets/alice", file(&one, &[&alice])),
        ("targets/admin", file(&one, &[&certificate])),
        ("targets/other", file(&targets(1, &[("v", "2")]), &[&bob])),
    ];
    repository.publish(&parts).expect("published");
    let view = repository.view();
    let mut expected = vec![
        ("targets/releases".to_owned(), alice.id()),
        ("targets/releases".to_owned(), bob.id()),
        ("targets/alice".to_owned(), alice.id()),
        ("targets/admin".to_owned(), carol.id()),
    ];
    expected.sort();
    let mut found = signers(&view, "v");
    found.sort();
    assert_eq!(found, expected);
    let admin = status(&view, "targets/admin");
    assert_eq!(admin.keys[0].id.to_string(), certificate.id());
    assert_eq!(
        admin.keys[0].canonical.expect("readable").to_string(),
        carol.id()
    );
    assert_eq!((admin.threshold, admin.paths), (1, vec![String::new()]));
}

#[test]
fn only_within_their_paths() {
    let (alice, carol) = (Key::ecdsa(), Key::ecdsa());
    let mut repository = Repository::published();
    let roles = [
        delegation("targets/releases", &[&alice], &["1.", "2."]),
        delegation("targets/nothing", &[&alice], &[]),
    ];
    let tags = [("1.0", "x"), ("3.0", "x"), ("", "x"), ("1", "x")];
    let below = delegating(
        1,
        &tags,
        &[&carol],
        &[delegation(
            "targets/releases/carol",
            &[&carol],
            &["1.1", "3", ""],
        )],
    );
    let parts = [
        (
            "targets",
            file(
                &delegating(2, &[("3.0", "y")], &[&alice], &roles),
                &[&repository.targets],
            ),
        ),
        ("targets/releases", file(&below, &[&alice])),
        ("targets/nothing", file(&targets(1, &tags), &[&alice])),
        (
            "targets/releases/carol",
            file(
                &targets(1, &[("1.1.1", "x"), ("3.1", "x"), ("2.0", "x")]),
                &[&carol],
            ),
        ),
    ];
    repository
        .publish(&parts)
        .expect("upstream accepts it, and clients leave it out");
    let view = repository.view();
    assert_eq!(
        signers(&view, "1.0"),
        [("targets/releases".to_owned(), alice.id())]
    );
    // What is outside of its paths is as if it were not there: what `targets` says counts.
    assert_eq!(view.signed("3.0").expect("signed").role, Role::Targets);
    assert_eq!(
        signers(&view, "3.0"),
        [("targets".to_owned(), repository.targets.id())]
    );
    assert_eq!((view.signed(""), view.signed("1")), (None, None));
    let names = |name| {
        view.targets(&role(name))
            .map(|(tag, _)| tag)
            .collect::<Vec<_>>()
    };
    assert_eq!(names("targets/releases"), ["1.0"]);
    assert_eq!(names("targets/releases/carol"), ["1.1.1"]);
    assert!(names("targets/nothing").is_empty());
    assert!(names("targets/absent").is_empty());
    assert_eq!(status(&view, "targets/releases/carol").paths, ["1.1"]);
    // Roles below others sign nothing that docker would run.
    assert_eq!(view.signed("1.1.1"), None);
}

#[test]
fn only_the_role_above_may_declare() {
    let (alice, eve) = (Key::ecdsa(), Key::ecdsa());
    let mut repository = Repository::published();
    let roles = [delegation("targets/alice", &[&alice], &[""])];
    // Alice declares what is not hers.
    let forged = delegating(
        1,
        &[],
        &[&eve],
        &[delegation("targets/releases", &[&eve], &[""])],
    );
    let parts = [
        (
            "targets",
            file(
                &delegating(2, &[], &[&alice], &roles),
                &[&repository.targets],
            ),
        ),
        ("targets/alice", file(&forged, &[&alice])),
    ];
    repository.publish(&parts).expect("published");
    let parts = [(
        "targets/releases",
        file(&targets(1, &[("v", "evil")]), &[&eve]),
    )];
    repository.refused(&parts);
    let view = repository.view();
    assert!(
        view.roles()
            .iter()
            .all(|status| status.role != Role::releases())
    );
    assert_eq!(view.signed("v"), None);
}

/// Only what `targets` delegates to directly signs for it.
#[test]
fn who_signs_below_a_delegation_does_not_count() {
    let (alice, carol) = (Key::ecdsa(), Key::ecdsa());
    let mut repository = Repository::published();
    let same = [("v", "1")];
    let below = delegating(
        1,
        &same,
        &[&carol],
        &[delegation("targets/releases/carol", &[&carol], &[""])],
    );
    let roles = [delegation("targets/releases", &[&alice], &[""])];
    let parts = [
        (
            "targets",
            file(
                &delegating(2, &[], &[&alice], &roles),
                &[&repository.targets],
            ),
        ),
        ("targets/releases", file(&below, &[&alice])),
        (
            "targets/releases/carol",
            file(&targets(1, &same), &[&carol]),
        ),
    ];
    repository.publish(&parts).expect("published");
    let view = repository.view();
    assert!(status(&view, "targets/releases/carol").file.is_ok());
    assert_eq!(
        signers(&view, "v"),
        [("targets/releases".to_owned(), alice.id())]
    );
}

#[test]
fn targets_with_strange_hashes() {
    let mut repository = Repository::published();
    let mut signed = targets(2, &[]);
    let mut sha512 = target("x");
    sha512["hashes"] = json!({"sha512": "AAAA"});
    let mut short = target("x");
    short["hashes"]["sha256"] = "AAAA".into();
    let mut custom = target("x");
    custom["custom"] = json!({"b": 1.0, "a": [null, "<"]});
    signed["targets"] =
        json!({"sha512": sha512, "short": short, "none": {"length": 1}, "custom": custom});
    // What is signed has the number as an integer.
    let mut canonical = signed.clone();
    canonical["targets"]["custom"]["custom"]["b"] = 1.into();
    let signature = repository.targets.sign(&message(&canonical));
    repository
        .publish(&[("targets", file_with(&signed, &[signature]))])
        .expect("published");
    let view = repository.view();
    for tag in ["sha512", "short", "none"] {
        assert_eq!(view.signed(tag), None, "{tag}");
    }
    let custom = view.signed("custom").expect("signed").target.custom;
    assert_eq!(custom.as_deref(), Some(r#"{"a":[null,"<"],"b":1}"#));
}
