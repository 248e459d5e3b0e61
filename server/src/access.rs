//! Who may do what. One pure decision, with its reason, for the registry, the API and the pages alike. What it needs to know is
//! looked up in `rights.rs`.
//!
//! Unknown means no. What a caller may not even see is, for that caller, not there: handlers answer 404 for it, in the
//! words they use where there is nothing.

pub use db::{Action, grants::Level};
use db::{Actions, entities::account, grants::Standing, repositories::Viewer};
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// The repositories that a credential is limited to, by their ids, and what it is good for in each.
pub type Scope = HashMap<Uuid, Actions>;

/// Who asks, as far as rights go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// Somebody without an account.
    Anonymous,
    /// An account that may sign in.
    Account {
        /// Its id.
        id: Uuid,
        /// It may do everything.
        is_admin: bool,
        /// It came with a credential that is good for some repositories only, and for nothing else.
        scope: Option<Arc<Scope>>,
    },
}

impl Subject {
    /// The account with all its rights.
    pub fn of(account: &account::Model) -> Self {
        Self::Account {
            id: account.id,
            is_admin: account.is_admin,
            scope: None,
        }
    }

    /// Through whose eyes lists are made.
    pub fn viewer(&self) -> Viewer {
        match self {
            Self::Anonymous => Viewer::Anonymous,
            Self::Account {
                id,
                is_admin,
                scope,
            } => {
                let viewer = if *is_admin {
                    Viewer::Admin
                } else {
                    Viewer::Account(*id)
                };
                match scope {
                    None => viewer,
                    Some(scope) => {
                        Viewer::Limited(Box::new(viewer), scope.keys().copied().collect())
                    }
                }
            }
        }
    }

    /// May do everything.
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Account { is_admin: true, .. }) && !self.is_limited()
    }

    /// Came with a credential that is good for some repositories only.
    pub fn is_limited(&self) -> bool {
        matches!(self, Self::Account { scope: Some(_), .. })
    }
}

/// What a decision needs to know of a repository.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Its id.
    pub id: Uuid,
    /// The account that owns it.
    pub owner: Uuid,
    /// Everybody may pull.
    pub is_public: bool,
}

impl From<&db::entities::repository::Model> for Object {
    fn from(row: &db::entities::repository::Model) -> Self {
        Self {
            id: row.id,
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
    /// The credential is not good for this repository.
    OutOfScope,
}

impl Reason {
    /// In words: why `who` has a right in a repository of the namespace `org`.
    pub fn words(&self, who: &str, org: &str) -> String {
        match self {
            Self::SiteAdmin => format!("{who} is a site administrator"),
            Self::Owner => format!("the namespace {org} is {who}'s own"),
            Self::OrgOwner => format!("{who} is an owner of the organization {org}"),
            Self::Team {
                name,
                is_for_namespace: true,
            } => format!("the team {name} has it in every repository of {org}"),
            Self::Team { name, .. } => format!("the team {name} has it in this repository"),
            Self::Public => "the repository is public".to_owned(),
            Self::NoGrant => "nothing gives a right".to_owned(),
            Self::OutOfScope => "the access token is not good for this repository".to_owned(),
        }
    }
}

/// What somebody may do in a repository, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Decision {
    /// The highest level; `None` is nothing at all, not even to see it.
    pub level: Option<Level>,
    /// Where it comes from.
    pub reason: Reason,
    /// The credential takes away some of what the account may do.
    pub is_limited: bool,
    actions: Actions,
}

impl Decision {
    fn new(level: Option<Level>, reason: Reason) -> Self {
        Self {
            level,
            reason,
            is_limited: false,
            actions: Action::ALL
                .into_iter()
                .filter(|action| level.is_some_and(|held| held >= action.level()))
                .collect(),
        }
    }

    /// At least `level`.
    pub fn allows(&self, level: Level) -> bool {
        self.level.is_some_and(|held| held >= level)
    }

    /// Whether `action` may be done: what the level holds, and what the credential is good for.
    pub fn permits(&self, action: Action) -> bool {
        self.actions.has(action)
    }

    /// What may be done.
    pub fn actions(&self) -> impl Iterator<Item = Action> {
        self.actions.iter()
    }

    /// What is left of it for a credential that is good for `actions` only. What is public stays public.
    fn limited_to(self, actions: Actions, is_public: bool) -> Self {
        let left: Actions = self
            .actions
            .iter()
            .filter(|action| actions.has(*action) || (is_public && *action == Action::Pull))
            .collect();
        let level = left.level();
        let reason = match level {
            None => Reason::OutOfScope,
            Some(_) if actions == Actions::default() => Reason::Public,
            Some(_) => self.reason,
        };
        Self {
            level,
            reason,
            is_limited: left != self.actions,
            actions: left,
        }
    }
}

/// What `subject` may do in a repository: rights add up, and the highest counts (DTR, "Permission levels").
pub fn decide(subject: &Subject, object: Object, standing: &Standing) -> Decision {
    let mut decision = Decision::new(None, Reason::NoGrant);
    for (level, reason) in sources(subject, object, standing) {
        if !decision.allows(level) {
            decision = Decision::new(Some(level), reason);
        }
    }
    match subject {
        Subject::Account {
            scope: Some(scope), ..
        } => {
            let actions = scope.get(&object.id).copied().unwrap_or_default();
            decision.limited_to(actions, object.is_public)
        }
        _ => decision,
    }
}

/// Every right that `subject` has in a repository, with where it comes from.
pub fn sources(subject: &Subject, object: Object, standing: &Standing) -> Vec<(Level, Reason)> {
    let mut sources = Vec::new();
    if let Subject::Account { id, is_admin, .. } = subject {
        if *is_admin {
            sources.push((Level::Admin, Reason::SiteAdmin));
        }
        if *id == object.owner {
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
pub fn may_create(subject: &Subject, owner: Uuid, standing: &Standing) -> bool {
    let Subject::Account {
        id,
        is_admin,
        scope: None,
    } = subject
    else {
        return false;
    };
    let by_team = || {
        standing
            .grants
            .iter()
            .any(|grant| grant.is_for_namespace && grant.level == Level::Admin)
    };
    *is_admin || *id == owner || standing.is_org_owner || by_team()
}

/// May `subject` manage an organization: its members, its teams, and the organization itself?
pub fn may_manage(subject: &Subject, standing: &Standing) -> bool {
    let has_account = *subject != Subject::Anonymous && !subject.is_limited();
    subject.is_admin() || (has_account && standing.is_org_owner)
}

#[cfg(test)]
mod tests;
