//! Whether a visitor came to push, or could: clients ask what is there before they push, and pull what they are about to sign.

use ::auth::jwt::Access;
use db::entities::repository;
use oci::name::RepositoryName;

use super::{
    error::Outcome,
    granted::{grants, is_older},
    identity::{Identity, Visitor},
};
use crate::access::{Action, Subject};

impl Visitor<'_> {
    /// Whether it came with a token that was asked for in order to push there, and grants it.
    pub(crate) async fn comes_to_push(&self, repository: &repository::Model) -> Outcome<bool> {
        let Identity::Token(claims) = &self.identity else {
            return Ok(false);
        };
        let name = format!("{}/{}", repository.namespace, repository.name);
        let Ok(name) = name.parse::<RepositoryName>() else {
            return Ok(false);
        };
        if grants(claims, &name, repository.id, Action::Push) {
            return Ok(true);
        }
        Ok(is_older(claims, &name, Action::Push) && self.may_push(repository).await?)
    }

    /// Whether who asks may push there, with the credential that they came with, or that their token was given for. Costs questions to
    /// the database.
    pub(crate) async fn may_push(&self, repository: &repository::Model) -> Outcome<bool> {
        let subject = self.subject().await?;
        let Identity::Token(claims) = &self.identity else {
            let decision = self.state.decide(&subject, repository).await?;
            return Ok(decision.permits(Action::Push));
        };
        let Subject::Account { id, is_admin, .. } = subject else {
            return Ok(false);
        };
        let named = |entry: &Access| entry.id == Some(repository.id) && entry.may_push;
        if claims.limited && !claims.access.iter().any(named) {
            return Ok(false);
        }
        // What the account holds now: the token is minutes old.
        let whole = Subject::Account {
            id,
            is_admin,
            scope: None,
        };
        let decision = self.state.decide(&whole, repository).await?;
        Ok(decision.permits(Action::Push))
    }
}
