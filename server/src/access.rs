//! Who may do what. One pure decision, with its reason, for the registry, the API and the pages alike. What it needs to know is
//! looked up in `rights.rs`.
//!
//! Unknown means no. What a caller may not even see is, for that caller, not there: handlers answer 404 for it, in the
//! words they use where there is nothing.

pub use db::grants::Level;
use db::{grants::Standing, repositories::Viewer};
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

/// Where a right comes from, or why there is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The subject is a site administrator.
    SiteAdmin,
    /// The subject owns the namespace.
    Owner,
    /// The subject owns the organization that the namespace belongs to.
    OrgOwner,
    /// The subject is in a team of the organization.
    Team {
        /// The team's name.
        name: String,
        /// The team's right is for the whole namespace.
        is_for_namespace: bool,
    },
    /// The repository is public.
    Public,
    /// Nothing gives a right.
    NoGrant,
}

/// What somebody may do in a repository, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// The highest level; `None` is nothing at all, not even to see it.
    pub level: Option<Level>,
    /// Where it comes from.
    pub reason: Reason,
}

impl Decision {
    /// At least `level`.
    pub fn allows(&self, level: Level) -> bool {
        self.level.is_some_and(|held| held >= level)
    }
}

/// What `subject` may do in a repository: rights add up, and the highest counts (DTR, "Permission levels").
pub fn decide(subject: Subject, object: Object, standing: &Standing) -> Decision {
    let mut decision = Decision {
        level: None,
        reason: Reason::NoGrant,
    };
    for (level, reason) in sources(subject, object, standing) {
        if !decision.allows(level) {
            decision = Decision {
                level: Some(level),
                reason,
            };
        }
    }
    decision
}

/// Every right that `subject` has in a repository, with where it comes from.
pub fn sources(subject: Subject, object: Object, standing: &Standing) -> Vec<(Level, Reason)> {
    let mut sources = Vec::new();
    if let Subject::Account { id, is_admin } = subject {
        if is_admin {
            sources.push((Level::Admin, Reason::SiteAdmin));
        }
        if id == object.owner {
            sources.push((Level::Admin, Reason::Owner));
        }
        if standing.is_org_owner {
            sources.push((Level::Admin, Reason::OrgOwner));
        }
        sources.extend(standing.grants.iter().map(|grant| {
            let reason = Reason::Team {
                name: grant.team.clone(),
                is_for_namespace: grant.is_for_namespace,
            };
            (grant.level, reason)
        }));
    }
    if object.is_public {
        sources.push((Level::ReadOnly, Reason::Public));
    }
    sources
}

/// May `subject` make repositories in the namespace of the account `owner`? By the own name, as an owner of the organization, or
/// through a team with admin access to the whole namespace.
pub fn may_create(subject: Subject, owner: Uuid, standing: &Standing) -> bool {
    let Subject::Account { id, is_admin } = subject else {
        return false;
    };
    let by_team = || {
        standing
            .grants
            .iter()
            .any(|grant| grant.is_for_namespace && grant.level == Level::Admin)
    };
    is_admin || id == owner || standing.is_org_owner || by_team()
}

/// May `subject` manage an organization: its members, its teams, and the organization itself?
pub fn may_manage(subject: Subject, standing: &Standing) -> bool {
    subject.is_admin() || (subject != Subject::Anonymous && standing.is_org_owner)
}

#[cfg(test)]
mod tests;
