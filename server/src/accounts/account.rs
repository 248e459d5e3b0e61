//! One account: view, change.

use api::{
    account::{Account, UpdateAccount},
    error::Envelope,
};
use axum::{Json, extract::State};
use db::entities::account;

use super::{
    MAX_FULL_NAME,
    create::{check_new_name, taken},
    shown_one, sign_out_everywhere, visible,
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind},
    input::{Body, Segments, bad_field, one_line},
    operations::{Operations, routes},
    organizations::Org,
    state::AppState,
};
use time::OffsetDateTime;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_account, update_account))
}

/// Shows an account: the own one, or any to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}",
    tag = "accounts",
    params(("nameOrId" = String, Path, description = "Its name, or `id:` and its id.")),
    responses(
        (status = 200, description = "The account.", body = Account),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn get_account(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
) -> ApiResult<Json<Account>> {
    let row = visible(&state, &caller, &name_or_id).await?;
    shown_one(&state, &row).await.map(Json)
}

/// Changes an account. Users change their own full name; site administrators change everything of everybody.
///
/// Who is switched off is signed out everywhere at once. An administrator is not made with an access token: come with a password,
/// or signed in.
#[utoipa::path(
    patch,
    path = "/enzi/v0/accounts/{nameOrId}",
    tag = "accounts",
    params(("nameOrId" = String, Path, description = "Its name, or `id:` and its id.")),
    request_body = UpdateAccount,
    responses(
        (status = 200, description = "The account as it is now.", body = Account),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 409, description = "`LAST_ADMIN`, `ACCOUNT_EXISTS`; `NAME_IN_DIRECTORY`: the account is of the LDAP directory; `ACCOUNT_IN_NOTARY`: a repository has trust data under the old name.", body = Envelope),
    )
)]
async fn update_account(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name_or_id): Segments<String>,
    Body(form): Body<UpdateAccount>,
) -> ApiResult<Json<Account>> {
    let row = visible(&state, &caller, &name_or_id).await?;
    if form.is_admin.is_some() || form.is_active.is_some() {
        caller.admin()?;
        if form.is_admin == Some(true) {
            caller.person()?;
        }
        if row.is_org {
            return Err(bad_field(
                "isActive",
                "An organization does not sign in, and so is neither active nor an administrator.",
            ));
        }
    }
    let form = UpdateAccount {
        name: form.name.filter(|name| *name != row.name),
        ..form
    };
    let mut event = Event::of_account(Kind::Update, &row).changes(&form);
    if row.is_org {
        let org = Org::managed(&state, &caller, &name_or_id).await?;
        event = event.because(org.reason());
    } else if caller.account()?.id == row.id {
        event = event.because("their own account");
    }
    if let Some(name) = &form.name {
        caller.admin()?;
        if row.is_imported {
            let message = format!(
                "{} signs in with the name that the directory knows, and so keeps it here.",
                row.name
            );
            return Err(ApiError::conflict("NAME_IN_DIRECTORY", message));
        }
        may_be_called(&state, &row, name).await?;
    }
    let update = db::accounts::Update {
        name: form.name,
        full_name: form
            .full_name
            .map(|text| one_line("fullName", text, MAX_FULL_NAME))
            .transpose()?,
        is_admin: form.is_admin,
        is_active: form.is_active,
        password_hash: None,
    };
    let db = state.recording(&caller, event);
    let row = db::accounts::update(&db, row.id, update, OffsetDateTime::now_utc())
        .await
        .map_err(taken)?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_ACCOUNT",
                format!("There is no account {name_or_id} any more."),
            )
        })?;
    if !row.is_active {
        sign_out_everywhere(&state, row.id, None).await?;
    }
    shown_one(&state, &row).await.map(Json)
}

/// Whether an account may have that name: none of its repositories may then have too long a one.
async fn may_be_called(state: &AppState, row: &account::Model, name: &str) -> ApiResult<()> {
    check_new_name(name)?;
    let longest = db::repositories::longest_name(&state.db, row.id).await?;
    if name.len() + 1 + longest > oci::name::MAX_LENGTH {
        return Err(bad_field(
            "name",
            "With this name, a repository's whole name would be too long; choose a shorter one.",
        ));
    }
    Ok(())
}
