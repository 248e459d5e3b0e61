use db::grants::Grant;

use super::*;

const OWNER: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const REPOSITORY: Uuid = Uuid::from_u128(3);

fn account(id: Uuid, is_admin: bool) -> Subject {
    Subject::Account {
        id,
        is_admin,
        scope: None,
    }
}

fn object(is_public: bool) -> Object {
    Object {
        id: REPOSITORY,
        owner: OWNER,
        is_public,
    }
}

fn grant(team: &str, level: Level, is_for_namespace: bool) -> Grant {
    Grant {
        level,
        team: team.to_owned(),
        is_for_namespace,
    }
}

fn member(grants: Vec<Grant>) -> Standing {
    Standing {
        is_org_owner: false,
        is_member: true,
        grants,
    }
}

#[test]
fn levels_by_subject_and_visibility() {
    use Level::{Admin, ReadOnly};
    let nothing = Standing::default();
    let cases = [
        (Subject::Anonymous, false, None, Reason::NoGrant),
        (Subject::Anonymous, true, Some(ReadOnly), Reason::Public),
        (account(OTHER, false), false, None, Reason::NoGrant),
        (account(OTHER, false), true, Some(ReadOnly), Reason::Public),
        (account(OWNER, false), false, Some(Admin), Reason::Owner),
        (account(OWNER, false), true, Some(Admin), Reason::Owner),
        (account(OTHER, true), false, Some(Admin), Reason::SiteAdmin),
    ];
    for (subject, is_public, level, reason) in cases {
        let decision = decide(&subject, object(is_public), &nothing);
        assert_eq!(
            decision,
            Decision::new(level, reason),
            "{subject:?}, public: {is_public}"
        );
    }
}

#[test]
fn the_highest_grant_counts_and_is_named() {
    let standing = member(vec![
        grant("readers", Level::ReadOnly, true),
        grant("writers", Level::ReadWrite, false),
    ]);
    for is_public in [false, true] {
        let decision = decide(&account(OTHER, false), object(is_public), &standing);
        assert_eq!(decision.level, Some(Level::ReadWrite));
        let team = Reason::Team {
            name: "writers".to_owned(),
            is_for_namespace: false,
        };
        assert_eq!(decision.reason, team);
    }
    let sources = sources(&account(OTHER, false), object(true), &standing);
    assert_eq!(sources.len(), 3, "both teams, and that it is public");
}

#[test]
fn a_member_without_a_grant_has_nothing_and_an_owner_everything() {
    let decision = decide(&account(OTHER, false), object(false), &member(vec![]));
    assert_eq!(decision.level, None);
    let owner = Standing {
        is_org_owner: true,
        ..member(vec![])
    };
    let decision = decide(&account(OTHER, false), object(false), &owner);
    assert_eq!(decision.reason, Reason::OrgOwner);
    assert!(decision.allows(Level::Admin));
}

#[test]
fn a_standing_is_nothing_to_the_public() {
    let standing = Standing {
        is_org_owner: true,
        is_member: true,
        grants: vec![grant("all", Level::Admin, true)],
    };
    let decision = decide(&Subject::Anonymous, object(false), &standing);
    assert_eq!(decision.level, None);
    assert!(!may_create(&Subject::Anonymous, OWNER, &standing));
    assert!(!may_manage(&Subject::Anonymous, &standing));
}

#[test]
fn a_level_holds_those_below_it() {
    let decision = |level| Decision::new(level, Reason::Owner);
    let writer = decision(Some(Level::ReadWrite));
    assert!(writer.allows(Level::ReadOnly) && writer.allows(Level::ReadWrite));
    assert!(!writer.allows(Level::Admin));
    assert!(!decision(None).allows(Level::ReadOnly));
}

#[test]
fn who_makes_repositories() {
    let nothing = Standing::default();
    assert!(may_create(&account(OWNER, false), OWNER, &nothing));
    assert!(may_create(&account(OTHER, true), OWNER, &nothing));
    assert!(!may_create(&account(OTHER, false), OWNER, &nothing));
    assert!(!may_create(&Subject::Anonymous, OWNER, &nothing));
    let by = |grants| may_create(&account(OTHER, false), OWNER, &member(grants));
    assert!(by(vec![grant("all", Level::Admin, true)]));
    assert!(!by(vec![grant("one", Level::Admin, false)]));
    assert!(!by(vec![grant("all", Level::ReadWrite, true)]));
}

#[test]
fn a_limited_credential_has_what_it_names_and_what_is_public() {
    use Action::{Delete, Pull, Push};
    let limited = |is_admin, scope: &[(Uuid, &[Action])]| Subject::Account {
        id: OWNER,
        is_admin,
        scope: Some(Arc::new(
            scope
                .iter()
                .map(|(id, actions)| (*id, actions.iter().copied().collect()))
                .collect(),
        )),
    };
    let nothing = Standing::default();
    let other = Uuid::from_u128(4);
    for (named, actions, is_public, level, permitted) in [
        (
            REPOSITORY,
            &[Pull][..],
            false,
            Some(Level::ReadOnly),
            &[Pull][..],
        ),
        (
            REPOSITORY,
            &[Push],
            false,
            Some(Level::ReadOnly),
            &[Pull, Push],
        ),
        (
            REPOSITORY,
            &[Push, Delete],
            false,
            Some(Level::ReadWrite),
            &[Pull, Push, Delete],
        ),
        (
            REPOSITORY,
            &[Action::Admin],
            false,
            Some(Level::Admin),
            &Action::ALL,
        ),
        (other, &[Action::Admin], false, None, &[]),
        (
            other,
            &[Action::Admin],
            true,
            Some(Level::ReadOnly),
            &[Pull],
        ),
    ] {
        for is_admin in [false, true] {
            let subject = limited(is_admin, &[(named, actions)]);
            let decision = decide(&subject, object(is_public), &nothing);
            assert_eq!(decision.level, level, "{named} {actions:?}");
            for action in Action::ALL {
                let is_permitted = permitted.contains(&action);
                assert_eq!(
                    decision.permits(action),
                    is_permitted,
                    "{actions:?} {action:?}"
                );
            }
            assert!(!subject.is_admin() && !may_create(&subject, OWNER, &nothing));
            let owner = Standing {
                is_org_owner: true,
                ..Standing::default()
            };
            assert!(!may_manage(&subject, &owner) && !may_create(&subject, OTHER, &owner));
        }
    }
}

#[test]
fn a_limited_credential_has_no_more_than_its_account() {
    let scope = [(REPOSITORY, [Action::Admin].into_iter().collect())];
    let subject = Subject::Account {
        id: OTHER,
        is_admin: false,
        scope: Some(Arc::new(scope.into_iter().collect())),
    };
    let reader = member(vec![grant("readers", Level::ReadOnly, false)]);
    let decision = decide(&subject, object(false), &reader);
    assert_eq!(decision.level, Some(Level::ReadOnly));
    assert!(!decision.permits(Action::Push));
    let decision = decide(&subject, object(false), &Standing::default());
    assert_eq!(
        (decision.level, decision.reason),
        (None, Reason::OutOfScope)
    );
}
