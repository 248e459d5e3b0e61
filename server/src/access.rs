//! Who may do what. One pure decision, with its reason, for the registry, the API and the pages alike.
//!
//! Unknown means no. What a caller may not even see is, for that caller, not there: handlers answer 404 for it, in the
//! words they use where there is nothing.

use db::repositories::Viewer;
use uuid::Uuid;

/// Who asks, as far as rights go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Subject {
    /// Somebody without an account.
    Anonymous,
    /// An account that may sign in.
    Account {
        /// Its id.
        id: Uuid,
        /// It may do everything.
        is_admin: bool,
    },
}

impl Subject {
    /// Through whose eyes lists are made.
    pub fn viewer(self) -> Viewer {
        match self {
            Self::Anonymous => Viewer::Anonymous,
            Self::Account { is_admin: true, .. } => Viewer::Admin,
            Self::Account { id, .. } => Viewer::Account(id),
        }
    }

    /// May do everything.
    pub fn is_admin(self) -> bool {
        matches!(self, Self::Account { is_admin: true, .. })
    }
}

/// What a decision needs to know of a repository.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// The account that owns it.
    pub owner: Uuid,
    /// Everybody may pull.
    pub is_public: bool,
}

impl From<&db::entities::repository::Model> for Object {
    fn from(row: &db::entities::repository::Model) -> Self {
        Self {
            owner: row.account_id,
            is_public: row.is_public,
        }
    }
}

/// How much somebody may do in a repository (DTR, "Permission levels"); each level holds the ones before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// View and pull.
    ReadOnly,
    /// Push, start a scan, delete tags.
    ReadWrite,
    /// Edit the description and the settings, manage access, delete the repository.
    Admin,
}

impl Level {
    /// The level's name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::ReadWrite => "read-write",
            Self::Admin => "admin",
        }
    }
}

/// Where a right comes from, or why there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The subject is a site administrator.
    SiteAdmin,
    /// The subject owns the namespace.
    Owner,
    /// The repository is public.
    Public,
    /// Nothing gives a right.
    NoGrant,
}

/// What somebody may do in a repository, and why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decision {
    /// The highest level; `None` is nothing at all, not even to see it.
    pub level: Option<Level>,
    /// Where it comes from.
    pub reason: Reason,
}

impl Decision {
    /// At least `level`.
    pub fn allows(self, level: Level) -> bool {
        self.level.is_some_and(|held| held >= level)
    }
}

/// What `subject` may do in a repository.
pub fn decide(subject: Subject, object: Object) -> Decision {
    match subject {
        Subject::Account { is_admin: true, .. } => Decision {
            level: Some(Level::Admin),
            reason: Reason::SiteAdmin,
        },
        Subject::Account { id, .. } if id == object.owner => Decision {
            level: Some(Level::Admin),
            reason: Reason::Owner,
        },
        _ if object.is_public => Decision {
            level: Some(Level::ReadOnly),
            reason: Reason::Public,
        },
        _ => Decision {
            level: None,
            reason: Reason::NoGrant,
        },
    }
}

/// May `subject` make repositories in the namespace of the account `owner`?
pub fn may_create(subject: Subject, owner: Uuid) -> bool {
    match subject {
        Subject::Anonymous => false,
        Subject::Account { id, is_admin } => is_admin || id == owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn account(id: Uuid, is_admin: bool) -> Subject {
        Subject::Account { id, is_admin }
    }

    #[test]
    fn levels_by_subject_and_visibility() {
        let cases = [
            (Subject::Anonymous, false, None, Reason::NoGrant),
            (
                Subject::Anonymous,
                true,
                Some(Level::ReadOnly),
                Reason::Public,
            ),
            (account(OTHER, false), false, None, Reason::NoGrant),
            (
                account(OTHER, false),
                true,
                Some(Level::ReadOnly),
                Reason::Public,
            ),
            (
                account(OWNER, false),
                false,
                Some(Level::Admin),
                Reason::Owner,
            ),
            (
                account(OWNER, false),
                true,
                Some(Level::Admin),
                Reason::Owner,
            ),
            (
                account(OTHER, true),
                false,
                Some(Level::Admin),
                Reason::SiteAdmin,
            ),
        ];
        for (subject, is_public, level, reason) in cases {
            let decision = decide(
                subject,
                Object {
                    owner: OWNER,
                    is_public,
                },
            );
            assert_eq!(
                decision,
                Decision { level, reason },
                "{subject:?}, public: {is_public}"
            );
        }
    }

    #[test]
    fn a_level_holds_those_below_it() {
        let decision = Decision {
            level: Some(Level::ReadWrite),
            reason: Reason::Owner,
        };
        assert!(decision.allows(Level::ReadOnly) && decision.allows(Level::ReadWrite));
        assert!(!decision.allows(Level::Admin));
        assert!(
            !Decision {
                level: None,
                reason: Reason::NoGrant
            }
            .allows(Level::ReadOnly)
        );
    }

    #[test]
    fn repositories_are_made_by_the_owner_and_by_administrators() {
        assert!(may_create(account(OWNER, false), OWNER));
        assert!(may_create(account(OTHER, true), OWNER));
        assert!(!may_create(account(OTHER, false), OWNER));
        assert!(!may_create(Subject::Anonymous, OWNER));
    }
}
