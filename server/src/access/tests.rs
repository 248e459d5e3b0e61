use db::grants::Grant;

use super::*;

const OWNER: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

fn account(id: Uuid, is_admin: bool) -> Subject {
    Subject::Account { id, is_admin }
}

fn object(is_public: bool) -> Object {
    Object {
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
        let decision = decide(subject, object(is_public), &nothing);
        assert_eq!(
            decision,
            Decision { level, reason },
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
        let decision = decide(account(OTHER, false), object(is_public), &standing);
        assert_eq!(decision.level, Some(Level::ReadWrite));
        let team = Reason::Team {
            name: "writers".to_owned(),
            is_for_namespace: false,
        };
        assert_eq!(decision.reason, team);
    }
    let sources = sources(account(OTHER, false), object(true), &standing);
    assert_eq!(sources.len(), 3, "both teams, and that it is public");
}

#[test]
fn a_member_without_a_grant_has_nothing_and_an_owner_everything() {
    let decision = decide(account(OTHER, false), object(false), &member(vec![]));
    assert_eq!(decision.level, None);
    let owner = Standing {
        is_org_owner: true,
        ..member(vec![])
    };
    let decision = decide(account(OTHER, false), object(false), &owner);
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
    let decision = decide(Subject::Anonymous, object(false), &standing);
    assert_eq!(decision.level, None);
    assert!(!may_create(Subject::Anonymous, OWNER, &standing));
    assert!(!may_manage(Subject::Anonymous, &standing));
}

#[test]
fn a_level_holds_those_below_it() {
    let decision = |level| Decision {
        level,
        reason: Reason::Owner,
    };
    let writer = decision(Some(Level::ReadWrite));
    assert!(writer.allows(Level::ReadOnly) && writer.allows(Level::ReadWrite));
    assert!(!writer.allows(Level::Admin));
    assert!(!decision(None).allows(Level::ReadOnly));
}

#[test]
fn who_makes_repositories() {
    let nothing = Standing::default();
    assert!(may_create(account(OWNER, false), OWNER, &nothing));
    assert!(may_create(account(OTHER, true), OWNER, &nothing));
    assert!(!may_create(account(OTHER, false), OWNER, &nothing));
    assert!(!may_create(Subject::Anonymous, OWNER, &nothing));
    let by = |grants| may_create(account(OTHER, false), OWNER, &member(grants));
    assert!(by(vec![grant("all", Level::Admin, true)]));
    assert!(!by(vec![grant("one", Level::Admin, false)]));
    assert!(!by(vec![grant("all", Level::ReadWrite, true)]));
}
