//! `/api/v0/api_tokens…`: access tokens of people and machines, in DTR's shapes. A token stands for its account wherever a
//! password or a session would, but for signing in at the interface and for making tokens and passwords.
//!
//! Users manage their own tokens. Site administrators list and revoke everybody's, and make some for others; nobody reads a secret
//! again.

mod list;
mod one;
mod scope;

use ::api::api_token::{ApiToken, NewApiToken, TokenScope};
use auth::secret::{self, Secret};
use axum::http::{HeaderMap, header};
use db::entities::{account, api_token};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    accounts,
    caller::{self, Caller},
    error::{ApiError, ApiResult},
    operations::Operations,
    state::AppState,
};

/// Characters of a label, and of what is kept of a client's name for itself.
const MAX_LABEL: usize = 100;
/// The most tokens of one account.
const MAX_TOKENS: u64 = 1_000;

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(one::router())
}

/// The account whose tokens are meant: the caller's, or, for site administrators, any.
async fn owner(
    state: &AppState,
    caller: &Caller,
    username: Option<&str>,
) -> ApiResult<account::Model> {
    let own = caller.account()?;
    match username.filter(|name| !name.is_empty()) {
        None => Ok(own.clone()),
        Some(name) => accounts::visible_user(state, caller, name).await,
    }
}

/// A token of the caller, or, for site administrators, anybody's; else 404.
async fn visible(state: &AppState, caller: &Caller, id: &str) -> ApiResult<api_token::Model> {
    let own = caller.account()?;
    let found = match id.parse::<Uuid>() {
        Ok(id) => db::api_tokens::by_id(&state.db, id).await?,
        Err(_) => None,
    };
    found
        .filter(|token| own.is_admin || token.account_id == own.id)
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_API_TOKEN",
                format!("There is no access token {id}, or it is not yours."),
            )
        })
}

/// Tokens as the API shows them.
async fn shown_all(state: &AppState, rows: Vec<api_token::Model>) -> ApiResult<Vec<ApiToken>> {
    let names = db::accounts::names(&state.db, rows.iter().map(|row| row.account_id)).await?;
    let limited = rows.iter().filter(|row| row.is_limited).map(|row| row.id);
    let mut scopes: HashMap<Uuid, Vec<TokenScope>> = HashMap::new();
    for scope in db::api_tokens::scopes(&state.db, limited).await? {
        let token = scopes.entry(scope.token).or_default();
        token.push(scope::shown(scope));
    }
    let scope = |row: &api_token::Model| {
        row.is_limited
            .then(|| scopes.get(&row.id).cloned().unwrap_or_default())
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let scope = scope(&row);
            shown(row, &names, scope)
        })
        .collect())
}

async fn shown_one(state: &AppState, row: api_token::Model) -> ApiResult<ApiToken> {
    let mut shown = shown_all(state, vec![row]).await?;
    shown
        .pop()
        .ok_or_else(|| ApiError::internal(&"a token was lost"))
}

fn shown(
    row: api_token::Model,
    names: &HashMap<Uuid, String>,
    scope: Option<Vec<TokenScope>>,
) -> ApiToken {
    ApiToken {
        hashed_token: row.id.to_string(),
        token_label: row.label,
        is_active: row.is_active,
        created_at: row.created_at,
        last_used: row.used_at,
        last_used_from: row.used_from,
        expires_at: row.expires_at,
        creator_ua: row.creator,
        scope,
        generated_by: "manual".to_owned(),
        username: names.get(&row.account_id).cloned().unwrap_or_default(),
    }
}

/// A new secret, and its hash for the database.
fn new_secret() -> (Secret, String) {
    let secret = Secret::generate(secret::ACCESS_TOKEN, &mut rand::rng());
    let hash = secret::hash_hex(secret.expose());
    (secret, hash)
}

fn new_token(secret: &Secret, about: ApiToken) -> NewApiToken {
    NewApiToken {
        token: secret.expose().to_owned(),
        about,
    }
}

/// What the client calls itself, as far as it can be kept.
fn user_agent(headers: &HeaderMap) -> String {
    caller::text(headers, header::USER_AGENT)
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_LABEL)
        .collect()
}
