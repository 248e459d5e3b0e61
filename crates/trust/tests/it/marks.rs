//! What signed files are known by: the key and what it signed, whatever is around them.

use trust::Role;

use crate::{
    client::{Key, file, targets},
    server::Repository,
};

/// The marks of a role's file.
fn marks(repository: &Repository, role: &str) -> Vec<String> {
    let role: Role = role.parse().expect("role");
    let marks = repository.view().marks().into_iter();
    let marks = marks.filter(|mark| mark.role == role);
    marks.map(|mark| mark.sha256).collect()
}

#[test]
fn the_same_key_and_content_are_the_same_everywhere() {
    let alice = Key::ecdsa();
    let here = Repository::delegated(&alice);
    let there = Repository::delegated(&alice.certified("somebody"));
    let own = marks(&here, "targets/alice");
    assert_eq!(own.len(), 1);
    assert_eq!(marks(&here, "targets/releases"), own);
    assert_eq!(marks(&there, "targets/alice"), own);
    let other = Repository::delegated(&Key::ecdsa());
    assert_ne!(marks(&other, "targets/alice"), own);
    assert_ne!(marks(&other, "targets"), marks(&here, "targets"));
}

#[test]
fn other_content_is_another() {
    let alice = Key::ecdsa();
    let mut repository = Repository::delegated(&alice);
    let before = marks(&repository, "targets/alice");
    let parts = [(
        "targets/alice",
        file(&targets(2, &[("v2", "two")]), &[&alice]),
    )];
    repository.publish(&parts).expect("published");
    assert_ne!(marks(&repository, "targets/alice"), before);
    assert_eq!(marks(&repository, "targets/releases"), before);
}
