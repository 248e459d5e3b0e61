//! `/auth/token`: Docker's token endpoint by GET (Basic credentials, a client certificate, or none for the public) and OAuth2
//! by POST (password or refresh token). Distribution project, "Token Authentication Specification" and "OAuth2 Token Authentication".

use std::net::IpAddr;

use auth::{
    authorization,
    secret::{self, Secret},
};
use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::Query;
use oci::scope::Scope;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{LIFETIME, grant::grant};
use crate::{
    access::Subject,
    caller::{self, Credential, Known},
    error::{ApiError, ApiResult},
    events, keys,
    origin::Origin,
    state::AppState,
};

/// How long a refresh token lives; `docker login` stores it.
const REFRESH_LIFETIME: Duration = Duration::days(90);
/// Characters kept of what a client calls itself.
const MAX_CLIENT: usize = 100;

/// Parameters of GET.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    scope: Vec<String>,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    offline_token: Option<String>,
}

/// The form of POST (RFC 6749, sections 4.3 and 6).
#[derive(Deserialize)]
pub(crate) struct Grant {
    #[serde(rename = "grant_type")]
    kind: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    access_type: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password: Option<String>,
    #[serde(default)]
    refresh_token: Option<String>,
}

/// The answer to both.
#[derive(Debug, Serialize)]
struct Answer {
    token: String,
    access_token: String,
    expires_in: i64,
    issued_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

/// GET: credentials by Basic. Without any, the answer is a token for what the public may do.
pub(crate) async fn get_token(
    State(state): State<AppState>,
    Query(parameters): Query<Parameters>,
    request: Request<axum::body::Body>,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let client = Origin::of(&state.config, &parts).client;
    let known = match by_basic(&state, &parts.headers, client).await? {
        None => keys::visitor::find(&state, &parts).await?,
        known => known,
    };
    let scopes = parse(&parameters.scope.join(" "))?;
    let wants_refresh = parameters.offline_token.as_deref() == Some("true");
    let refresh = match &known {
        Some(known) if wants_refresh => refresh_token(&state, known, parameters.client_id).await?,
        _ => None,
    };
    answer(&state, known.as_ref(), scopes, refresh, None).await
}

/// POST: credentials in the form, which need not say how long it is.
pub(crate) async fn post_token(
    State(state): State<AppState>,
    headers: HeaderMap,
    extensions: axum::http::Extensions,
    form: Result<Form<Grant>, axum::extract::rejection::FormRejection>,
) -> Result<Response, Refused> {
    let Form(form) = form.map_err(|error| {
        let status = match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        ApiError::new(status, "INVALID_PARAMETERS", error.body_text())
    })?;
    let client = Origin::find(&state.config, &headers, &extensions).client;
    let known = match form.kind.as_str() {
        "password" => {
            let (Some(name), Some(password)) = (form.username, form.password) else {
                return Err(ApiError::invalid(
                    "INVALID_PARAMETERS",
                    "username and password are needed.",
                )
                .into());
            };
            caller::authenticate(&state, &name, password, client).await?
        }
        "refresh_token" => {
            let token = form.refresh_token.as_deref().unwrap_or_default();
            by_refresh_token(&state, token, client).await?
        }
        other => {
            let message =
                format!("grant_type {other:?} is not offered: use password or refresh_token.");
            return Err(ApiError::invalid("UNSUPPORTED_GRANT_TYPE", message).into());
        }
    };
    let scopes = parse(&form.scope)?;
    let refresh = match form.refresh_token {
        Some(token) => Some(token),
        None if form.access_type.as_deref() == Some("offline") => {
            refresh_token(&state, &known, form.client_id).await?
        }
        None => None,
    };
    answer(&state, Some(&known), scopes, refresh, Some(form.scope)).await
}

async fn answer(
    state: &AppState,
    known: Option<&Known>,
    scopes: Vec<Scope>,
    refresh_token: Option<String>,
    scope: Option<String>,
) -> Result<Response, Refused> {
    let now = OffsetDateTime::now_utc();
    let subject = known.map_or(Subject::Anonymous, Known::subject);
    let access = grant(state, &subject, scopes).await?;
    let token = state.tokens.issue(&subject, access, now).map_err(|error| {
        ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            error.to_string(),
        )
    })?;
    let body = Answer {
        access_token: token.clone(),
        token,
        expires_in: LIFETIME.whole_seconds(),
        issued_at: now
            .replace_nanosecond(0)
            .unwrap_or(now)
            .format(&Rfc3339)
            .unwrap_or_default(),
        refresh_token,
        scope,
    };
    Ok((
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        Json(body),
    )
        .into_response())
}

fn parse(scopes: &str) -> ApiResult<Vec<Scope>> {
    Scope::parse_many(scopes)
        .map_err(|error| ApiError::invalid("INVALID_PARAMETERS", error.message))
}

async fn by_basic(
    state: &AppState,
    headers: &HeaderMap,
    client: IpAddr,
) -> ApiResult<Option<Known>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let Some((name, password)) = value.to_str().ok().and_then(authorization::basic) else {
        return Err(ApiError::not_authenticated(
            "The Authorization header is not Basic with a user name and a password.",
        ));
    };
    caller::authenticate(state, &name, password, client)
        .await
        .map(Some)
}

async fn by_refresh_token(state: &AppState, token: &str, client: IpAddr) -> ApiResult<Known> {
    let wrong = || {
        ApiError::not_authenticated("The refresh token is not valid. Sign in again: docker login.")
    };
    if !secret::check("refresh", token) {
        return Err(wrong());
    }
    let owner = db::tokens::refresh_token_owner(
        &state.db,
        &secret::hash_hex(token),
        OffsetDateTime::now_utc(),
    )
    .await?;
    let account = match owner {
        Some(id) => caller::active(state, id).await?,
        None => None,
    };
    let known = Known {
        account: account.ok_or_else(wrong)?,
        credential: Credential::RefreshToken,
    };
    events::note_use(state, &known, client).await?;
    Ok(known)
}

/// A new refresh token; none for who came with an access token or a client certificate, because it would live on when that has
/// ended. Clients keep what they came with then.
async fn refresh_token(
    state: &AppState,
    known: &Known,
    client: Option<String>,
) -> ApiResult<Option<String>> {
    if known.credential.is_given_out() {
        return Ok(None);
    }
    let now = OffsetDateTime::now_utc();
    let token = Secret::generate("refresh", &mut rand::rng());
    let new = db::tokens::NewRefreshToken {
        account: known.account.id,
        hash: secret::hash_hex(token.expose()),
        client: client
            .unwrap_or_default()
            .chars()
            // a note for people; and PostgreSQL has no room for NUL
            .filter(|c| !c.is_control())
            .take(MAX_CLIENT)
            .collect(),
        expires_at: now + REFRESH_LIFETIME,
    };
    db::tokens::add_refresh_token(&state.db, new, now).await?;
    Ok(Some(token.expose().to_owned()))
}

/// A refusal in the words of the registry's protocol, which is what docker reads here, and asks for Basic.
#[derive(Debug)]
pub(crate) struct Refused(ApiError);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        if self.0.status() != StatusCode::UNAUTHORIZED {
            return self.0.into_response();
        }
        let body = oci::Error::unauthorized(self.0.message());
        let mut response = crate::registry::error::respond(body);
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"plimsoll\""),
        );
        response
    }
}
