//! `/auth/token`: Docker's token endpoint by GET (Basic credentials, a client certificate, or none for the public) and OAuth2
//! by POST (password, refresh token, or the ID token of a CI job in exchange). Distribution project, "Token Authentication
//! Specification" and "OAuth2 Token Authentication"; RFC 8693.

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
    caller::{self, Credential, Known, NOTED},
    error::{ApiError, ApiResult},
    events, keys,
    origin::Origin,
    state::AppState,
    workload::{self, Workload},
};

/// RFC 8693, sections 2.1 and 3.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
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
    #[serde(default)]
    subject_token: Option<String>,
    #[serde(default)]
    subject_token_type: Option<String>,
}

/// Who asks for a token.
enum Holder {
    /// Nobody in particular.
    Public,
    /// An account.
    Account(Known),
    /// A CI job, with its ID token.
    Workload(Workload),
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
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

/// GET: credentials by Basic. Without any, the answer is a token for what the public may do.
pub(crate) async fn get_token(
    State(state): State<AppState>,
    Query(parameters): Query<Parameters>,
    request: Request<axum::body::Body>,
) -> Result<Response, Refused> {
    let (parts, _) = request.into_parts();
    let client = Origin::of(&state.config, &parts).client;
    let holder = match by_basic(&state, &parts.headers, client).await? {
        Holder::Public => keys::visitor::find(&state, &parts)
            .await?
            .map_or(Holder::Public, Holder::Account),
        holder => holder,
    };
    let scopes = parse(&parameters.scope.join(" "))?;
    let wants_refresh = parameters.offline_token.as_deref() == Some("true");
    let refresh = match &holder {
        Holder::Account(known) if wants_refresh => {
            refresh_token(&state, known, parameters.client_id).await?
        }
        _ => None,
    };
    answer(&state, holder, scopes, refresh, None).await
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
    let holder = by_form(&state, &form, client).await?;
    let scopes = parse(&form.scope)?;
    let wants_refresh = form.access_type.as_deref() == Some("offline");
    let refresh = match (form.refresh_token, &holder) {
        (Some(token), _) => Some(token),
        (None, Holder::Account(known)) if wants_refresh => {
            refresh_token(&state, known, form.client_id).await?
        }
        _ => None,
    };
    answer(&state, holder, scopes, refresh, Some(form.scope)).await
}

async fn by_form(state: &AppState, form: &Grant, client: IpAddr) -> ApiResult<Holder> {
    let needed =
        |what: &str| ApiError::invalid("INVALID_PARAMETERS", format!("{what} are needed."));
    match form.kind.as_str() {
        "password" => {
            let (Some(name), Some(password)) = (&form.username, &form.password) else {
                return Err(needed("username and password"));
            };
            by_password(state, name, password.clone(), client).await
        }
        "refresh_token" => {
            let token = form.refresh_token.as_deref().unwrap_or_default();
            by_refresh_token(state, token, client)
                .await
                .map(Holder::Account)
        }
        TOKEN_EXCHANGE => {
            let (Some(trust), Some(token)) = (&form.client_id, &form.subject_token) else {
                return Err(needed("client_id (organization/trust) and subject_token"));
            };
            let kind = form.subject_token_type.as_deref().unwrap_or_default();
            if ![ID_TOKEN, JWT].contains(&kind) {
                let message = format!("subject_token_type has to be {ID_TOKEN}, or {JWT}.");
                return Err(ApiError::invalid("INVALID_PARAMETERS", message));
            }
            let workload = workload::prove(state, trust, token, client).await?;
            Ok(Holder::Workload(workload))
        }
        other => {
            let message = format!(
                "grant_type {other:?} is not offered: use password, refresh_token or {TOKEN_EXCHANGE}."
            );
            Err(ApiError::invalid("UNSUPPORTED_GRANT_TYPE", message))
        }
    }
}

/// By a name with a password or an access token; `organization/trust` is no account's name, but a trust's, and the password the ID
/// token of a CI job.
async fn by_password(
    state: &AppState,
    name: &str,
    password: String,
    client: IpAddr,
) -> ApiResult<Holder> {
    if name.contains('/') {
        let workload = workload::prove(state, name, &password, client).await?;
        return Ok(Holder::Workload(workload));
    }
    let known = caller::authenticate(state, name, password, client).await?;
    Ok(Holder::Account(known))
}

async fn answer(
    state: &AppState,
    holder: Holder,
    scopes: Vec<Scope>,
    refresh_token: Option<String>,
    scope: Option<String>,
) -> Result<Response, Refused> {
    let now = OffsetDateTime::now_utc();
    let is_exchange = matches!(holder, Holder::Workload(_));
    let (id, access, limited, named) = match holder {
        Holder::Public => {
            let access = grant(state, &Subject::Anonymous, scopes).await?;
            (None, access, false, (None, None))
        }
        Holder::Account(known) => {
            let subject = known.subject();
            let access = grant(state, &subject, scopes).await?;
            let named = (Some(known.account.name.clone()), None);
            (Some(known.account.id), access, subject.is_limited(), named)
        }
        Holder::Workload(workload) => {
            let access = workload.grant(state, scopes).await?;
            (Some(workload.id), access, true, (None, Some(workload.job)))
        }
    };
    let token = state
        .tokens
        .issue(id, access, limited, named, now)
        .map_err(|error| ApiError::internal(&error))?;
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
        token_type: is_exchange.then_some("Bearer"),
        issued_token_type: is_exchange.then_some(ACCESS_TOKEN),
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

async fn by_basic(state: &AppState, headers: &HeaderMap, client: IpAddr) -> ApiResult<Holder> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(Holder::Public);
    };
    let Some((name, password)) = value.to_str().ok().and_then(authorization::basic) else {
        return Err(ApiError::not_authenticated(
            "The Authorization header is not Basic with a user name and a password.",
        ));
    };
    by_password(state, &name, password, client).await
}

async fn by_refresh_token(state: &AppState, token: &str, client: IpAddr) -> ApiResult<Known> {
    let wrong = || {
        ApiError::not_authenticated("The refresh token is not valid. Sign in again: docker login.")
    };
    if !secret::check("refresh", token) {
        return Err(wrong());
    }
    let now = OffsetDateTime::now_utc();
    let found = db::tokens::refresh_token(&state.db, &secret::hash_hex(token), now)
        .await?
        .ok_or_else(wrong)?;
    let account = caller::active(state, found.account_id).await?;
    let known = Known {
        account: account.ok_or_else(wrong)?,
        credential: Credential::RefreshToken,
    };
    if now - found.used_at >= NOTED {
        db::tokens::refresh_token_used(&state.db, found.id, now).await?;
    }
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
