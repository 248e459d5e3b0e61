//! Looks up what the decisions of `access.rs` need to know. A constant number of queries, whatever the number of teams, grants
//! and repositories.

use std::collections::HashMap;

use db::{
    entities::{account, repository},
    grants::Standing,
};
use uuid::Uuid;

use crate::{
    access::{self, Decision, Subject},
    state::AppState,
};

impl AppState {
    /// What `subject` may do in a repository.
    pub(crate) async fn decide(
        &self,
        subject: &Subject,
        repository: &repository::Model,
    ) -> Result<Decision, db::Error> {
        let standing = self.standing(subject, repository).await?;
        Ok(access::decide(subject, repository.into(), &standing))
    }

    /// What `subject` may do in each of these repositories, by their ids.
    pub(crate) async fn decide_all(
        &self,
        subject: &Subject,
        repositories: &[repository::Model],
    ) -> Result<HashMap<Uuid, Decision>, db::Error> {
        let asked: Vec<&repository::Model> = repositories
            .iter()
            .filter(|repository| needs_standing(subject, repository.account_id))
            .collect();
        let standings = match subject {
            Subject::Account { id, .. } if !asked.is_empty() => {
                db::grants::standings(&self.db, *id, &asked).await?
            }
            _ => HashMap::new(),
        };
        let nothing = Standing::default();
        Ok(repositories
            .iter()
            .map(|repository| {
                let standing = standings.get(&repository.id).unwrap_or(&nothing);
                let decision = access::decide(subject, repository.into(), standing);
                (repository.id, decision)
            })
            .collect())
    }

    /// What `subject` has in a repository through its organization.
    pub(crate) async fn standing(
        &self,
        subject: &Subject,
        repository: &repository::Model,
    ) -> Result<Standing, db::Error> {
        match subject {
            Subject::Account { id, .. } if needs_standing(subject, repository.account_id) => {
                let mut standings = db::grants::standings(&self.db, *id, &[repository]).await?;
                Ok(standings.remove(&repository.id).unwrap_or_default())
            }
            _ => Ok(Standing::default()),
        }
    }

    /// What `subject` has in the namespace of `owner`.
    pub(crate) async fn namespace_standing(
        &self,
        subject: &Subject,
        owner: &account::Model,
    ) -> Result<Standing, db::Error> {
        match subject {
            Subject::Account { id, .. } if owner.is_org => {
                db::grants::namespace_standing(&self.db, *id, owner.id).await
            }
            _ => Ok(Standing::default()),
        }
    }

    /// Whether `subject` may make repositories in the namespace of `owner`.
    pub(crate) async fn may_create(
        &self,
        subject: &Subject,
        owner: &account::Model,
    ) -> Result<bool, db::Error> {
        let standing = self.namespace_standing(subject, owner).await?;
        Ok(access::may_create(subject, owner.id, &standing))
    }
}

/// Administrators and the owner of a namespace may do everything there by what they are.
fn needs_standing(subject: &Subject, owner: Uuid) -> bool {
    match subject {
        Subject::Anonymous => false,
        Subject::Account { id, is_admin, .. } => !is_admin && *id != owner,
    }
}
