//! The LDAP directory of a company: its people sign in with their password there, and teams and owners of organizations follow its
//! groups.
//!
//! An account is a person of the directory by what the directory knows the person by, never by name: a user who was made here
//! keeps the password that they have here, whoever the directory has under that name. What talks to the directory is in
//! `auth::ldap`.

mod follower;
mod owners;
mod settings;
mod sign_in;
mod sync;
mod team;

use moka::sync::Cache;
use rand::Rng as _;
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

use auth::mac::{self, MacKey};

pub(crate) use sign_in::{import, sign_in};
pub(crate) use sync::hourly;

use crate::{error::ApiResult, operations::Operations, state::AppState};

/// For how long a password that was right is not asked for again: clients send it with each request.
const REMEMBERED: Duration = Duration::from_mins(1);
/// Passwords that are remembered.
const CAPACITY: u64 = 10_000;
/// Sign-ins that are on the way to the directory at once.
const AT_ONCE: usize = 16;

/// `/enzi/v0/config/auth/ldap…` `…/teams/{team}/memberSync…` and `…/adminMemberSync…`
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(settings::router())
        .merge(owners::router())
        .merge(team::router())
}

/// Whether people of a directory may sign in.
pub(crate) async fn is_enabled(state: &AppState) -> ApiResult<bool> {
    Ok(settings::enabled(state).await?.is_some())
}

/// What is remembered of the directory's answers.
#[derive(Debug)]
pub(crate) struct Directory {
    key: MacKey,
    recent: Cache<[u8; mac::LEN], Uuid>,
    slots: Semaphore,
}

impl Default for Directory {
    fn default() -> Self {
        let mut secret = [0; 32];
        rand::rng().fill_bytes(&mut secret);
        Self {
            key: MacKey::new(&secret),
            recent: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(REMEMBERED)
                .build(),
            slots: Semaphore::new(AT_ONCE),
        }
    }
}
