//! One provider: shown, changed, tried, deleted.

use api::{
    error::Envelope,
    identity::{IdentityProvider, ProviderTest, UpdateIdentityProvider},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, request::Parts},
};
use db::identity_providers::Settings;

use super::{client, discovery, find, recorded, settings, shown_one};
use crate::{
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::Kind,
    input::{Body, Segments},
    operations::{Operations, routes},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_provider, update_provider, delete_provider))
        .routes(routes!(test_provider))
}

/// Ours: shows an identity provider, without its client secret; for site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/config/auth/oidc/{provider}",
    tag = "settings",
    params(("provider" = String, Path, description = "The provider's name.")),
    responses(
        (status = 200, description = "The provider.", body = IdentityProvider),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_IDENTITY_PROVIDER`", body = Envelope),
    )
)]
async fn get_provider(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name): Segments<String>,
    parts: Parts,
) -> ApiResult<Json<IdentityProvider>> {
    caller.admin()?;
    let row = find(&state, &name).await?;
    Ok(Json(shown_one(&state, &parts, row).await?))
}

/// Ours: changes what the body names of an identity provider; for site administrators.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    patch,
    path = "/enzi/v0/config/auth/oidc/{provider}",
    tag = "settings",
    params(("provider" = String, Path, description = "The provider's name.")),
    request_body = UpdateIdentityProvider,
    responses(
        (status = 200, description = "The provider as it is now.", body = IdentityProvider),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_IDENTITY_PROVIDER`", body = Envelope),
    )
)]
async fn update_provider(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(name): Segments<String>,
    parts: Parts,
    Body(form): Body<UpdateIdentityProvider>,
) -> ApiResult<Json<IdentityProvider>> {
    caller.admin()?;
    let row = find(&state, &name).await?;
    let rules = match form.group_rules.as_deref() {
        Some(rules) => Some(settings::rules(&state, rules).await?),
        None => None,
    };
    let id = row.id;
    let event = recorded(Kind::Update, Some(id), &name).changes(&settings::secret_masked(&form));
    let db = state.recording(&caller, event);
    let change = |before: Settings| -> ApiResult<Settings> {
        if form == UpdateIdentityProvider::default() {
            return Ok(before);
        }
        let mut changed = settings::opened(&state, before);
        settings::set(&mut changed, form)?;
        settings::closed(&state, changed)
    };
    let row = db::identity_providers::update(&db, id, change, rules.as_deref())
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_IDENTITY_PROVIDER",
                format!("There is no identity provider {name} any more."),
            )
        })?;
    Ok(Json(shown_one(&state, &parts, row).await?))
}

/// Ours: deletes an identity provider; for site administrators. Nobody can sign in with it any more; who has no password cannot
/// sign in until an administrator sets one. The team memberships that its rules made go.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    delete,
    path = "/enzi/v0/config/auth/oidc/{provider}",
    tag = "settings",
    params(("provider" = String, Path, description = "The provider's name.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_IDENTITY_PROVIDER`", body = Envelope),
    )
)]
async fn delete_provider(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(name): Segments<String>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    let row = find(&state, &name).await?;
    let event = recorded(Kind::Delete, Some(row.id), &name);
    let db = state.recording(&caller, event);
    db::identity_providers::delete(&db, row.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ours: asks an identity provider for its discovery document and its keys, and says what came of it; for site administrators.
/// Whether it knows our client id and secret shows when somebody signs in.
#[utoipa::path(
    post,
    path = "/enzi/v0/config/auth/oidc/{provider}/test",
    tag = "settings",
    params(("provider" = String, Path, description = "The provider's name.")),
    responses(
        (status = 200, description = "Whether it works.", body = ProviderTest),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_IDENTITY_PROVIDER`", body = Envelope),
    )
)]
async fn test_provider(
    State(state): State<AppState>,
    caller: Caller,
    Segments(name): Segments<String>,
) -> ApiResult<Json<ProviderTest>> {
    caller.admin()?;
    let row = find(&state, &name).await?;
    state
        .providers
        .forget(&row.issuer, row.ca_certificates.as_deref());
    let found = match client(&state, &row) {
        Ok(client) => discovery(&state, &row, &client).await,
        Err(error) => Err(error),
    };
    Ok(Json(match found {
        Ok(_) => ProviderTest {
            works: true,
            message: "Its discovery document and its keys can be read.".to_owned(),
        },
        Err(error) => ProviderTest {
            works: false,
            message: error.to_string(),
        },
    }))
}
