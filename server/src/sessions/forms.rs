//! `POST /sign-in` and `POST /sign-out`: the forms of the pages. They answer with a redirect (303), so that reloading the next
//! page sends nothing twice; a refusal leads back to the form, with the name but not the password.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;
use url::form_urlencoded::Serializer;

use super::{begin, end, next};
use crate::{
    caller::{self, Caller},
    error::{ApiError, ApiResult},
    origin::Origin,
    state::AppState,
};

/// Fields of the sign-in form.
#[derive(Deserialize)]
pub(super) struct SignIn {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs in and goes on to `next`.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    session: Session,
    parts: Parts,
    form: Result<Form<SignIn>, FormRejection>,
) -> ApiResult<Response> {
    let Form(form) =
        form.map_err(|rejection| ApiError::invalid("INVALID_PARAMETERS", rejection.body_text()))?;
    let client = Origin::of(&state.config, &parts).client;
    match caller::sign_in(&state, &form.username, form.password, client).await {
        Ok(account) => {
            begin(&state, &session, account, client, "the password was right").await?;
            Ok(Redirect::to(next::safe(Some(&form.next))).into_response())
        }
        Err(error) => {
            let reason = match error.status() {
                StatusCode::UNAUTHORIZED => "wrong",
                StatusCode::TOO_MANY_REQUESTS => "slow",
                StatusCode::SERVICE_UNAVAILABLE => "directory",
                _ => return Err(error),
            };
            Ok(Redirect::to(&again(reason, &form.username, &form.next)).into_response())
        }
    }
}

/// Signs out and goes to the sign-in page.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    caller: Option<Caller>,
    session: Session,
) -> ApiResult<Redirect> {
    end(&state, &session, caller).await?;
    Ok(Redirect::to("/sign-in"))
}

/// The sign-in page, with why it is shown again.
fn again(reason: &str, username: &str, wanted: &str) -> String {
    let username: String = username.chars().take(255).collect();
    let path = "/sign-in?".to_owned();
    let start = path.len();
    let mut query = Serializer::for_suffix(path, start);
    query
        .append_pair("error", reason)
        .append_pair("username", &username);
    if next::safe(Some(wanted)) == wanted {
        query.append_pair("next", wanted);
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_comes_back_with_the_name_and_a_safe_next() {
        assert_eq!(
            again("wrong", "a&b", "/users"),
            "/sign-in?error=wrong&username=a%26b&next=%2Fusers"
        );
        assert_eq!(
            again("slow", "a\r\nb", "//evil.example"),
            "/sign-in?error=slow&username=a%0D%0Ab"
        );
    }
}
