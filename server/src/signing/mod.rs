//! `/api/v0/signing/…`: the desk of a signer. The keys are those of the Keys page; where they may sign is what was verified of trust data
//! when it was published.
//!
//! It is about all repositories, so access tokens that are limited to some are not good for it. Names of repositories are told as far as
//! the caller sees them: anybody may put anybody's key into a role of their own.

mod asked;
mod keys;
mod signed;
mod waiting;

use db::entities::public_key;

use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    operations::Operations,
    state::AppState,
};

/// Roles that are looked at for all keys of a caller together.
const MOST_ROLES: u64 = 1000;

pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(keys::router())
        .merge(waiting::router())
        .merge(signed::router())
}

/// A key of the caller's, revoked or not; any user's to site administrators; else 404.
async fn key(state: &AppState, caller: &Caller, id: &str) -> ApiResult<public_key::Model> {
    let account = caller.account()?;
    db::public_keys::by_fingerprint(&state.db, id)
        .await?
        .filter(|row| row.account_id == account.id || account.is_admin)
        .ok_or_else(|| no_key(id))
}

fn no_key(id: &str) -> ApiError {
    let message = format!("You have no key {id}, and had none.");
    ApiError::not_found("NO_SUCH_PUBLIC_KEY", message)
}
