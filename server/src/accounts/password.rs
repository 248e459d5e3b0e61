//! Changing passwords.

use api::{
    account::{Account, ChangePassword},
    error::Envelope,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};
use serde_json::json;
use tower_sessions::Session;

use super::{shown, sign_out_everywhere, visible_user};
use crate::{
    caller::{self, Person},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments, bad_field},
    operations::{Operations, routes},
    origin::Origin,
    sessions,
    state::AppState,
};
use time::OffsetDateTime;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(change_password))
}

/// Changes a password: the own one with the old one, anybody's as a site administrator.
///
/// The account is then signed out everywhere, but in the session that made the change.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/changePassword",
    tag = "accounts",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id.")),
    request_body = ChangePassword,
    responses(
        (status = 200, description = "The password is changed.", body = Account),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the old password is wrong, or it was tried with an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
        (status = 409, description = "`PASSWORD_IN_DIRECTORY`: the account is of the LDAP directory.", body = Envelope),
        (status = 429, description = "`TOO_MANY_REQUESTS`: see `Retry-After`.", body = Envelope),
    )
)]
async fn change_password(
    State(state): State<AppState>,
    Person(caller): Person,
    session: Session,
    Segments(name_or_id): Segments<String>,
    parts: Parts,
    Body(form): Body<ChangePassword>,
) -> ApiResult<Json<Account>> {
    let row = visible_user(&state, &caller, &name_or_id).await?;
    let is_own = caller.account()?.id == row.id;
    if !is_own {
        caller.admin()?;
    }
    if row.is_imported {
        let message = format!(
            "{} signs in with the password of the directory; change it there.",
            row.name
        );
        return Err(ApiError::conflict("PASSWORD_IN_DIRECTORY", message));
    }
    if is_own {
        let client = Origin::of(&state.config, &parts).client;
        caller::prove_password(&state, &row, form.old_password, client)
            .await
            .map_err(wrong_old_password)?;
    }
    auth::password::check_strength(&row.name, &form.new_password)
        .map_err(|error| bad_field("newPassword", error.to_string()))?;
    let hash = state.passwords.hash(form.new_password).await?;
    let update = db::accounts::Update {
        password_hash: Some(hash),
        ..db::accounts::Update::default()
    };
    let event = Event::new(Kind::Update, ObjectType::Password, row.id, &row.name)
        .because(if is_own { "their own password" } else { "" });
    let db = state.recording(&caller, event);
    let row = db::accounts::update(&db, row.id, update, OffsetDateTime::now_utc())
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_ACCOUNT",
                format!("There is no account {name_or_id} any more."),
            )
        })?;
    let kept = if is_own {
        sessions::row_id(&session)
    } else {
        None
    };
    sign_out_everywhere(&state, row.id, kept.as_deref()).await?;
    Ok(Json(shown(&row)))
}

/// 403 instead of 401: the caller is signed in, and need not be sent to sign in again.
fn wrong_old_password(error: ApiError) -> ApiError {
    if error.status() == StatusCode::UNAUTHORIZED {
        ApiError::not_authorized("The old password is wrong.")
            .with_detail(json!({ "field": "oldPassword" }))
    } else {
        error
    }
}
