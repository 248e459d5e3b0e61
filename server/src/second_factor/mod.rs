//! `/enzi/v0/accounts/{user}/secondFactor…` (ours): codes of an authenticator app (TOTP) besides the password, and recovery codes
//! for who has lost it.
//!
//! Where a second factor is on, a password alone is good for nothing: signing in asks for a code, and programs use access tokens.
//! Users manage their own; a site administrator may take another's away, and reads no secret. The secret is sealed in the
//! database, bound to its account, with a key that the program made for itself (`state.rs`): a row alone says nothing. Who has
//! copied the whole database has the key too.

mod check;
mod enrol;
mod manage;

use auth::{recovery, totp::TotpSecret};
use db::entities::{account, second_factor};

pub(crate) use check::{PASSWORD, check, is_on, refuse_password_alone};

use crate::{
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    operations::Operations,
    state::AppState,
};

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(enrol::router())
        .merge(manage::router())
}

/// The caller's own account, which `name_or_id` has to mean; else 401, 403 or 404.
async fn own(state: &AppState, caller: &Caller, name_or_id: &str) -> ApiResult<account::Model> {
    let user = accounts::visible_user(state, caller, name_or_id).await?;
    if caller.account()?.id == user.id {
        return Ok(user);
    }
    Err(ApiError::not_authorized(
        "Only its owner may do this to a second factor; a site administrator may take it away.",
    ))
}

/// The secret of a second factor.
fn secret(state: &AppState, factor: &second_factor::Model) -> ApiResult<TotpSecret> {
    let place = factor.account_id.as_bytes();
    let bytes = state
        .seal_key
        .open(place, &factor.secret)
        .map_err(|error| ApiError::internal(&error))?;
    TotpSecret::from_bytes(&bytes)
        .ok_or_else(|| ApiError::internal(&"the secret of a second factor has a wrong length"))
}

/// What happens to the second factor of `user`.
fn event(kind: Kind, user: &account::Model) -> Event {
    Event::new(kind, ObjectType::SecondFactor, user.id, &user.name)
}

/// New recovery codes for people, and their hashes for the database.
fn recovery_codes() -> (Vec<String>, Vec<String>) {
    recovery::generate(&mut rand::rng())
        .iter()
        .map(|code| (code.expose().to_owned(), code.hash()))
        .unzip()
}
