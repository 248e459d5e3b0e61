//! `/enzi/v0/accounts…` and `/enzi/v0/id/…`, and DTR's `/api/v0/accounts/{account}`: users, in the shapes of eNZi, the account service of Docker's products.
//!
//! Site administrators see and manage all accounts; everybody else sees the own one. That another account exists is not told:
//! it is answered like one that does not.

mod account;
mod create;
mod list;
mod password;
mod removal;

pub(crate) use create::{check_name, check_new_name};

use ::api::account::Account;
use db::entities::account as row;
use uuid::Uuid;

use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    operations::Operations,
    second_factor, sessions,
    state::AppState,
};

/// Characters of a full name.
pub(crate) const MAX_FULL_NAME: usize = 100;

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(create::router())
        .merge(account::router())
        .merge(password::router())
        .merge(removal::router())
        .merge(sessions::api())
        .merge(second_factor::router())
}

/// An account as the API shows it.
pub fn shown(row: &row::Model) -> Account {
    Account {
        id: row.id,
        name: row.name.clone(),
        full_name: row.full_name.clone(),
        is_org: row.is_org,
        is_admin: row.is_admin,
        is_active: row.is_active,
        is_imported: row.is_imported,
        members_count: None,
        teams_count: None,
    }
}

/// Accounts as the API shows them, and of organizations how large they are.
pub(crate) async fn shown_all<'r>(
    state: &AppState,
    rows: impl IntoIterator<Item = &'r row::Model>,
) -> ApiResult<Vec<Account>> {
    let mut accounts: Vec<Account> = rows.into_iter().map(shown).collect();
    let orgs = accounts.iter().filter(|one| one.is_org).map(|org| org.id);
    let sizes = db::organizations::sizes(&state.db, orgs).await?;
    for org in accounts.iter_mut().filter(|one| one.is_org) {
        let size = sizes.get(&org.id).copied().unwrap_or_default();
        org.members_count = Some(size.members);
        org.teams_count = Some(size.teams);
    }
    Ok(accounts)
}

/// One account as the API shows it, and of an organization how large it is.
pub(crate) async fn shown_one(state: &AppState, row: &row::Model) -> ApiResult<Account> {
    let mut shown = shown_all(state, [row]).await?;
    shown
        .pop()
        .ok_or_else(|| ApiError::internal(&"an account was lost"))
}

/// The account that `name_or_id` (a name, or `id:` and the id) means, if it is the caller's own or an organization that the
/// caller is in, or the caller is an administrator; else 401 or 404.
pub(crate) async fn visible(
    state: &AppState,
    caller: &Caller,
    name_or_id: &str,
) -> ApiResult<row::Model> {
    let own = caller.account()?;
    let missing = || {
        ApiError::not_found(
            "NO_SUCH_ACCOUNT",
            format!("There is no account {name_or_id}, or you may not see it."),
        )
    };
    let found = find(state, name_or_id).await?.ok_or_else(missing)?;
    let is_visible = own.is_admin
        || found.id == own.id
        || (found.is_org
            && db::organizations::membership(&state.db, found.id, own.id)
                .await?
                .is_some());
    if is_visible {
        Ok(found)
    } else {
        Err(missing())
    }
}

/// As [`visible`], for what only users have: 404 for an organization.
pub(crate) async fn visible_user(
    state: &AppState,
    caller: &Caller,
    name_or_id: &str,
) -> ApiResult<row::Model> {
    let row = visible(state, caller, name_or_id).await?;
    if row.is_org {
        return Err(ApiError::not_found(
            "NO_SUCH_USER",
            format!("{name_or_id} is an organization; only users have this."),
        ));
    }
    Ok(row)
}

/// The account that `name_or_id` (a name, or `id:` and the id) means. Whether the caller may know of it is asked elsewhere.
pub(crate) async fn find(state: &AppState, name_or_id: &str) -> ApiResult<Option<row::Model>> {
    Ok(match name_or_id.strip_prefix("id:").map(str::parse) {
        Some(Ok(id)) => db::accounts::by_id(&state.db, id).await?,
        Some(Err(_)) => None,
        None => db::accounts::find(&state.db, name_or_id).await?,
    })
}

/// Ends what an account is signed in with, but the session `except`.
pub(crate) async fn sign_out_everywhere(
    state: &AppState,
    account: Uuid,
    except: Option<&str>,
) -> ApiResult<()> {
    db::sessions::delete_of(&state.db, account, except).await?;
    db::tokens::delete_refresh_tokens_of(&state.db, account).await?;
    Ok(())
}
