//! `POST /sign-in`, `/sign-in/code` and `/sign-out`: the forms of the pages. They answer with a redirect (303), so that reloading the next
//! page sends nothing twice; a refusal leads back to the form, with the name but not the password.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{StatusCode, request::Parts},
    response::Redirect,
};
use serde::Deserialize;
use tower_sessions::Session;
use url::form_urlencoded::Serializer;

use super::{begin, begin_half, end, half, next};
use crate::{
    caller::{self, Caller},
    error::{ApiError, ApiResult},
    origin::Origin,
    second_factor,
    state::AppState,
};

/// The pages of the forms.
const SIGN_IN: &str = "/sign-in";
const CODE: &str = "/sign-in/code";

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

/// Signs in and goes on to `next`; by way of the form for a code, where the account has a second factor.
pub(super) async fn sign_in(
    State(state): State<AppState>,
    session: Session,
    parts: Parts,
    form: Result<Form<SignIn>, FormRejection>,
) -> ApiResult<Redirect> {
    let Form(form) =
        form.map_err(|rejection| ApiError::invalid("INVALID_PARAMETERS", rejection.body_text()))?;
    let client = Origin::of(&state.config, &parts).client;
    let checked = caller::check_password(&state, &form.username, form.password, client).await;
    let account = match checked {
        Ok(account) => account,
        Err(error) => {
            let asked = [("error", reason(error)?), ("username", &form.username)];
            return Ok(Redirect::to(&form_at(SIGN_IN, &asked, &form.next)));
        }
    };
    if second_factor::is_on(&state, account.id).await? {
        begin_half(&session, &account).await?;
        return Ok(Redirect::to(&form_at(CODE, &[], &form.next)));
    }
    state.throttle.succeeded(&account.name);
    begin(&state, &session, account, client, second_factor::PASSWORD).await?;
    Ok(Redirect::to(next::safe(Some(&form.next))))
}

/// Fields of the form that asks for a code.
#[derive(Deserialize)]
pub(super) struct Code {
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// Signs in who has given the password, and goes on to `next`.
pub(super) async fn code(
    State(state): State<AppState>,
    session: Session,
    parts: Parts,
    form: Result<Form<Code>, FormRejection>,
) -> ApiResult<Redirect> {
    let Form(form) =
        form.map_err(|rejection| ApiError::invalid("INVALID_PARAMETERS", rejection.body_text()))?;
    let client = Origin::of(&state.config, &parts).client;
    let account = match half(&session).await? {
        Some(id) => caller::active(&state, id).await?,
        None => None,
    };
    let Some(account) = account else {
        let path = form_at(SIGN_IN, &[("error", "late")], &form.next);
        return Ok(Redirect::to(&path));
    };
    let because = match second_factor::check(&state, &account, &form.code, client).await {
        Ok(because) => because,
        Err(error) => {
            let path = form_at(CODE, &[("error", reason(error)?)], &form.next);
            return Ok(Redirect::to(&path));
        }
    };
    state.throttle.succeeded(&account.name);
    begin(&state, &session, account, client, because).await?;
    Ok(Redirect::to(next::safe(Some(&form.next))))
}

/// Why a form is shown again; what the visitor can do nothing about is an error.
fn reason(error: ApiError) -> ApiResult<&'static str> {
    match error.status() {
        StatusCode::UNAUTHORIZED => Ok("wrong"),
        StatusCode::TOO_MANY_REQUESTS => Ok("slow"),
        StatusCode::SERVICE_UNAVAILABLE => Ok("directory"),
        _ => Err(error),
    }
}

/// Signs out and goes to the sign-in page.
pub(super) async fn sign_out(
    State(state): State<AppState>,
    caller: Option<Caller>,
    session: Session,
) -> ApiResult<Redirect> {
    end(&state, &session, caller).await?;
    Ok(Redirect::to(SIGN_IN))
}

/// A form's page with what it is to show, and where its visitor wanted to go.
fn form_at(path: &str, pairs: &[(&str, &str)], wanted: &str) -> String {
    let mut query = Serializer::new(String::new());
    for (key, value) in pairs {
        let value: String = value.chars().take(255).collect();
        query.append_pair(key, &value);
    }
    if next::safe(Some(wanted)) == wanted {
        query.append_pair("next", wanted);
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_comes_back_with_the_name_and_a_safe_next() {
        assert_eq!(
            form_at(
                SIGN_IN,
                &[("error", "wrong"), ("username", "a&b")],
                "/users"
            ),
            "/sign-in?error=wrong&username=a%26b&next=%2Fusers"
        );
        assert_eq!(
            form_at(
                SIGN_IN,
                &[("error", "slow"), ("username", "a\r\nb")],
                "//evil.example"
            ),
            "/sign-in?error=slow&username=a%0D%0Ab"
        );
        assert_eq!(form_at(CODE, &[], "/users"), "/sign-in/code?next=%2Fusers");
        assert_eq!(form_at(CODE, &[], "https://evil.example"), CODE);
    }
}
