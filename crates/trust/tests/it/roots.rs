//! Roots of updates, and who may sign them.

use rcgen::{BasicConstraints, IsCa};
use time::{Duration, macros::datetime};

use crate::{
    client::{Key, NOW, file, file_with, gun, message, role, targets},
    server::{Repository, answer},
};

const ROTATION: &str = "400 INVALID_UPDATE ErrBadRoot: could not rotate trust to a new trusted root: failed to validate data with current trusted certificates";
const NO_LEAF: &str = "400 INVALID_UPDATE ErrBadRoot: could not validate the path to a trusted root: unable to retrieve valid leaf certificates";
const INTEGRITY: &str = "400 INVALID_UPDATE ErrBadRoot: could not validate the path to a trusted root: failed to validate integrity of roots";

fn certified(key: &Key) -> Key {
    key.certified(&gun().to_string())
}

#[test]
fn a_root_is_signed_by_the_one_before_and_by_itself() {
    let mut repository = Repository::published();
    let old = repository.root.clone();
    let new = certified(&Key::ecdsa());
    repository.root = new.clone();
    let signed = repository.root_signed(2);
    assert_eq!(
        answer(&repository.refused(&[("root", file(&signed, &[&new]))])),
        ROTATION
    );
    assert_eq!(
        answer(&repository.refused(&[("root", file(&signed, &[&old]))])),
        INTEGRITY
    );
    assert_eq!(
        answer(&repository.refused(&[("root", file(&signed, &[]))])),
        ROTATION
    );
    repository
        .publish(&[("root", file(&signed, &[&old, &new]))])
        .expect("rotated");
    // The former key is worth nothing any more.
    let parts = [("root", file(&repository.root_signed(3), &[&old]))];
    assert_eq!(answer(&repository.refused(&parts)), ROTATION);
    let extra = file(&repository.root_signed(3), &[&new, &old]);
    repository
        .publish(&[("root", extra)])
        .expect("signatures of others do not matter");
}

#[test]
fn thresholds_of_the_root() {
    let mut repository = Repository::new();
    let (a, b, c) = (
        repository.root.clone(),
        certified(&Key::ecdsa()),
        certified(&Key::ecdsa()),
    );
    let with = |repository: &Repository, version, all: &[&Key], threshold| {
        let mut signed = repository.root_signed(version);
        signed["roles"]["root"] = role(all, threshold);
        for key in all {
            signed["keys"][key.id()] = key.json();
        }
        signed
    };
    let first = with(&repository, 1, &[&a, &b, &c], 2);
    let parts = |root: Vec<u8>, repository: &Repository| {
        [("root", root), ("targets", repository.targets_file(1, &[]))]
    };
    let below = parts(file(&first, &[&b]), &repository);
    assert_eq!(answer(&repository.refused(&below)), INTEGRITY);
    // A key counts once, however often it signs.
    let signature = b.sign(&message(&first));
    let twice = parts(
        file_with(
            &first,
            &[signature.clone(), signature, b.sign(&message(&first))],
        ),
        &repository,
    );
    assert_eq!(answer(&repository.refused(&twice)), INTEGRITY);
    let enough = parts(file(&first, &[&b, &c]), &repository);
    repository.publish(&enough).expect("two of three");
    // The threshold before counts, whatever the new one is.
    let lower = with(&repository, 2, &[&a], 1);
    assert_eq!(
        answer(&repository.refused(&[("root", file(&lower, &[&a]))])),
        ROTATION
    );
    repository
        .publish(&[("root", file(&lower, &[&a, &c]))])
        .expect("two of three, then one");
    repository
        .publish(&[("root", file(&with(&repository, 3, &[&a], 1), &[&a]))])
        .expect("one");
    let impossible = with(&repository, 4, &[&a, &b], 3);
    assert_eq!(
        answer(&repository.refused(&[("root", file(&impossible, &[&a, &b]))])),
        "400 INVALID_UPDATE ErrBadRoot: root type metadata invalid: invalid threshold specified for root: 3 "
    );
}

#[test]
fn root_keys_have_a_certificate_in_the_name_of_the_collection() {
    let key = Key::ecdsa();
    let name = gun().to_string();
    let validity = |params: &mut rcgen::CertificateParams| {
        params.not_before = NOW;
        params.not_after = NOW + Duration::days(1);
    };
    let ca = |params: &mut rcgen::CertificateParams| {
        validity(params);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    let authority = Key::ecdsa().certified_with("somebody", ca);
    let chain = |certificates: &[&Key]| {
        let public = certificates.iter().flat_map(|key| key.public.clone());
        certificates[0].with_public(public.collect())
    };
    let leaf = key.certified_with(&name, validity);
    for (root, good) in [
        (leaf.clone(), true),
        (key.certified("dtr.example.com/dev/*"), true),
        (key.certified("dtr.example.com/*"), true),
        (key.certified("*"), true),
        (chain(&[&leaf, &authority]), true),
        // Another GUN's, a prefix's, one that only looks like it.
        (key.certified("dtr.example.com/dev/nginx2"), false),
        (key.certified("dtr.example.com/dev/ngin"), false),
        (key.certified("dtr.example.com/dev/NGINX"), false),
        (key.certified("dtr.example.com/dev/ngin*x"), false),
        (key.certified("evil.example.com/*"), false),
        (key.certified(""), false),
        (key.clone(), false),
        (key.certified_with(&name, ca), false),
        (chain(&[&leaf, &leaf]), false),
        (chain(&[&authority, &leaf]), false),
        (
            key.certified_with(&name, |params| {
                params.not_before = datetime!(2020-01-01 0:00 UTC);
                params.not_after = NOW - Duration::seconds(1);
            }),
            false,
        ),
        (
            key.certified_with(&name, |params| {
                params.not_before = NOW + Duration::hours(23);
                params.not_after = NOW + Duration::days(9);
            }),
            true,
        ),
        (
            key.certified_with(&name, |params| {
                params.not_before = NOW + Duration::hours(25);
                params.not_after = NOW + Duration::days(9);
            }),
            false,
        ),
    ] {
        let mut repository = Repository::new();
        repository.root = root;
        let parts = [
            ("root", repository.root_file(1)),
            ("targets", repository.targets_file(1, &[])),
        ];
        if good {
            repository.publish(&parts).expect("published");
        } else {
            assert_eq!(answer(&repository.refused(&parts)), NO_LEAF);
        }
    }
}

/// Upstream can then never change it again.
#[test]
fn an_expired_root_can_be_replaced() {
    let mut repository = Repository::published();
    let old = repository.root.clone();
    repository.now = datetime!(2040-01-01 0:00 UTC);
    let parts = [("targets", repository.targets_file(2, &[]))];
    assert_eq!(
        answer(&repository.refused(&parts)),
        "400 INVALID_UPDATE ErrBadTargets: targets expired at Tue Nov 27 12:00:00 UTC 2029"
    );
    repository.root = Key::ecdsa().certified_with(&gun().to_string(), |params| {
        params.not_before = datetime!(2039-12-31 0:00 UTC);
        params.not_after = datetime!(2049-12-31 0:00 UTC);
    });
    let mut signed = repository.root_signed(2);
    let root = file(&signed, &[&old, &repository.root]);
    assert_eq!(
        answer(&repository.refused(&[("root", root)])),
        "400 INVALID_UPDATE ErrBadRoot: root expired at Tue Nov 27 12:00:00 UTC 2029"
    );
    signed["expires"] = "2049-01-01T00:00:00Z".into();
    let mut again = targets(2, &[]);
    again["expires"] = "2049-01-01T00:00:00Z".into();
    let parts = [
        ("root", file(&signed, &[&old, &repository.root])),
        ("targets", file(&again, &[&repository.targets])),
    ];
    repository.publish(&parts).expect("replaced");
}
