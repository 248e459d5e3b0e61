//! Making accounts.

use api::{
    account::{Account, CreateAccount},
    error::Envelope,
};
use axum::{Json, extract::State, http::StatusCode};
use oci::name::Namespace;
use serde_json::json;
use time::OffsetDateTime;

use super::{MAX_FULL_NAME, shown, shown_one};
use crate::{
    caller::Caller,
    directory,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, bad_field, one_line},
    operations::{Operations, routes},
    reserved,
    state::AppState,
};

/// Characters of a name: room enough for a person, and for a repository's name behind it.
const MAX_NAME: usize = 64;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(create_account))
}

/// Creates a user, who may then push to a namespace of the same name, or an organization; for site administrators.
///
/// An administrator is not made with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts",
    tag = "accounts",
    request_body = CreateAccount,
    responses(
        (status = 201, description = "Created.", body = Account),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 409, description = "`ACCOUNT_EXISTS`", body = Envelope),
    )
)]
async fn create_account(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<CreateAccount>,
) -> ApiResult<(StatusCode, Json<Account>)> {
    caller.admin()?;
    if form.is_admin {
        caller.person()?;
    }
    if form.search_ldap {
        only_a_name(&form)?;
        let row = directory::import(&state, &form.name).await?;
        return Ok((StatusCode::CREATED, Json(shown(&row))));
    }
    check(&form)?;
    let object = if form.is_org {
        ObjectType::Organization
    } else {
        ObjectType::User
    };
    let event = Event::new(Kind::Create, object, None, &form.name)
        .detail(json!({ "isAdmin": form.is_admin }));
    let db = state.recording(&caller, event);
    if form.is_org {
        let org = db::accounts::New {
            name: form.name,
            full_name: one_line("fullName", form.full_name, MAX_FULL_NAME)?,
            is_org: true,
            ..db::accounts::New::default()
        };
        let row = db::accounts::create(&db, org, OffsetDateTime::now_utc())
            .await
            .map_err(taken)?;
        let shown = shown_one(&state, &row).await?;
        return Ok((StatusCode::CREATED, Json(shown)));
    }
    let hash = state.passwords.hash(form.password).await?;
    let new = db::accounts::New {
        name: form.name,
        full_name: one_line("fullName", form.full_name, MAX_FULL_NAME)?,
        is_org: false,
        is_admin: form.is_admin,
        // An account that begins switched off has no password until it is.
        password_hash: form.is_active.then(|| hash.clone()),
    };
    let mut row = db::accounts::create(&db, new, OffsetDateTime::now_utc())
        .await
        .map_err(taken)?;
    if !form.is_active {
        let update = db::accounts::Update {
            is_active: Some(false),
            password_hash: Some(hash),
            ..db::accounts::Update::default()
        };
        row = db::accounts::update(&state.db, row.id, update, OffsetDateTime::now_utc())
            .await?
            .unwrap_or(row);
    }
    Ok((StatusCode::CREATED, Json(shown(&row))))
}

/// A name that a new account may have, or one that is renamed.
pub(crate) fn check_new_name(name: &str) -> ApiResult<()> {
    check_name(name)?;
    match reserved::account(name) {
        Some(reason) => Err(bad_field("name", format!("{reason}."))),
        None => Ok(()),
    }
}

/// A name as accounts have them.
pub(crate) fn check_name(name: &str) -> ApiResult<()> {
    name.parse::<Namespace>()
        .map_err(|error| bad_field("name", error.message))?;
    if name.len() > MAX_NAME {
        return Err(bad_field(
            "name",
            format!("name has more than {MAX_NAME} characters; shorten it."),
        ));
    }
    Ok(())
}

pub(super) fn taken(error: db::Error) -> ApiError {
    match error {
        db::Error::Exists(what) => {
            ApiError::conflict("ACCOUNT_EXISTS", format!("{what} exists already."))
        }
        error => error.into(),
    }
}

/// Who comes from the directory is as the directory says.
fn only_a_name(form: &CreateAccount) -> ApiResult<()> {
    for (field, is_set) in [
        ("password", !form.password.is_empty()),
        ("isAdmin", form.is_admin),
        ("isOrg", form.is_org),
        ("isActive", !form.is_active),
        ("fullName", !form.full_name.is_empty()),
    ] {
        if is_set {
            let message =
                format!("With searchLDAP, leave {field} away: the user is as the directory says.");
            return Err(bad_field(field, message));
        }
    }
    Ok(())
}

/// What only users have, an organization is not given.
fn org_form(form: &CreateAccount) -> ApiResult<()> {
    for (field, is_set) in [
        ("password", !form.password.is_empty()),
        ("isAdmin", form.is_admin),
        ("isActive", !form.is_active),
    ] {
        if is_set {
            return Err(bad_field(
                field,
                format!("An organization has no {field}: leave it away."),
            ));
        }
    }
    Ok(())
}

fn check(form: &CreateAccount) -> ApiResult<()> {
    check_new_name(&form.name)?;
    if form.is_org {
        return org_form(form);
    }
    auth::password::check_strength(&form.name, &form.password)
        .map_err(|error| bad_field("password", error.to_string()))
}
