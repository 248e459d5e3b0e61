//! The list of providers: for administrators, and for the sign-in page.

use api::{
    error::Envelope,
    identity::{CreateIdentityProvider, IdentityProvider, SignInProvider},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{recorded, settings, shown_all, shown_one};
use crate::{
    accounts,
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Parameters},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

/// The most providers that there may be, and so the most buttons of the sign-in page.
const MAX_PROVIDERS: u64 = 50;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_providers, create_provider))
        .routes(routes!(sign_in_providers))
}

/// The part of the query that says what to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Ours: only providers whose name, label or issuer contains this, whatever the case.
    filter: Option<String>,
}

/// Ours: lists the identity providers, by name; for site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/config/auth/oidc",
    tag = "settings",
    params(FilterQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<IdentityProvider>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_providers(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(wanted): Parameters<FilterQuery>,
    Parameters(query): Parameters<PageQuery>,
    parts: Parts,
) -> ApiResult<Paged<Vec<IdentityProvider>>> {
    caller.admin()?;
    let page = query.page()?;
    let wanted = wanted.filter.as_deref();
    let after = page.after.as_deref();
    let mut rows =
        db::identity_providers::list(&state.db, false, wanted, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.name.clone());
    let count = if page.count {
        Some(db::identity_providers::count(&state.db, wanted).await?)
    } else {
        None
    };
    Ok(Paged {
        body: shown_all(&state, &parts, rows).await?,
        next,
        count,
    })
}

/// Ours: adds an identity provider; for site administrators. Nothing is asked of it yet: see its test.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/enzi/v0/config/auth/oidc",
    tag = "settings",
    request_body = CreateIdentityProvider,
    responses(
        (status = 201, description = "Added.", body = IdentityProvider),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 409, description = "`IDENTITY_PROVIDER_EXISTS`, `TOO_MANY_IDENTITY_PROVIDERS`", body = Envelope),
    )
)]
async fn create_provider(
    State(state): State<AppState>,
    Person(caller): Person,
    parts: Parts,
    Body(form): Body<CreateIdentityProvider>,
) -> ApiResult<(StatusCode, Json<IdentityProvider>)> {
    caller.admin()?;
    accounts::check_name(&form.name)?;
    if db::identity_providers::count(&state.db, None).await? >= MAX_PROVIDERS {
        return Err(ApiError::conflict(
            "TOO_MANY_IDENTITY_PROVIDERS",
            format!("There are {MAX_PROVIDERS} identity providers already, which is the most."),
        ));
    }
    let name = form.name.clone();
    let rules = form.group_rules.as_deref().unwrap_or_default();
    let rules = settings::rules(&state, rules).await?;
    let event = recorded(Kind::Create, None, &name).changes(&settings::without_secret(&form));
    let db = state.recording(&caller, event);
    let mut settings = settings::begin(&form);
    settings::set(&mut settings, settings::rest(form))?;
    let settings = settings::closed(&state, settings)?;
    let now = OffsetDateTime::now_utc();
    let row = db::identity_providers::create(&db, name, settings, &rules, now)
        .await
        .map_err(|error| match error {
            db::Error::Exists(what) => ApiError::conflict(
                "IDENTITY_PROVIDER_EXISTS",
                format!("{what} exists already."),
            ),
            error => error.into(),
        })?;
    let shown = shown_one(&state, &parts, row).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// Ours: the identity providers that one may sign in with: what the sign-in page shows, to everybody.
#[utoipa::path(
    get,
    path = "/enzi/v0/id/providers",
    tag = "sessions",
    responses((status = 200, description = "By name; at most 50.", body = Vec<SignInProvider>))
)]
async fn sign_in_providers(State(state): State<AppState>) -> ApiResult<Json<Vec<SignInProvider>>> {
    let rows = db::identity_providers::list(&state.db, true, None, None, MAX_PROVIDERS).await?;
    Ok(Json(
        rows.into_iter()
            .map(|row| SignInProvider {
                name: row.name,
                label: row.label,
            })
            .collect(),
    ))
}
