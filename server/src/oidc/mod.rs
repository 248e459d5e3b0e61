//! Signing in with `OpenID` Connect providers: their settings, the way there and back, and who accounts are at them.
//!
//! An account and an identity are linked on purpose only: by their owner, signed in here, or because the account was made for the
//! identity. That two have the same name or the same address links nothing.

mod arrival;
mod flow;
mod identities;
mod list;
mod provider;
mod settings;

use std::sync::Arc;

use ::api::identity::{GroupRule, IdentityProvider};
use auth::{
    issuer::FetchError,
    oidc::{Discovery, Provider},
};
use axum::{Router, http::request::Parts, routing::get};
use db::entities::identity_provider as row;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    operations::Operations,
    origin::Origin,
    outgoing::{Client, Reach},
    state::AppState,
};

/// The API.
pub(crate) fn api() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(provider::router())
        .merge(identities::router())
}

/// The way to a provider and back, for browsers.
pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/sign-in/oidc/{provider}", get(flow::sign_in))
        .route("/sign-in/oidc/{provider}/callback", get(flow::come_back))
}

/// The provider of that name, or 404.
async fn find(state: &AppState, name: &str) -> ApiResult<row::Model> {
    db::identity_providers::find(&state.db, name)
        .await?
        .ok_or_else(|| {
            ApiError::not_found(
                "NO_SUCH_IDENTITY_PROVIDER",
                format!("There is no identity provider {name}."),
            )
        })
}

/// What is recorded of a provider.
fn recorded(kind: Kind, id: Option<Uuid>, name: &str) -> Event {
    Event::new(kind, ObjectType::IdentityProvider, id, name)
}

/// Where a provider sends people back to. Each has an address of its own, so that no answer is taken for another's (RFC 9700,
/// section 4.4).
fn redirect_uri(state: &AppState, parts: &Parts, provider: &str) -> String {
    let base = Origin::of(&state.config, parts).base;
    format!("{base}/sign-in/oidc/{provider}/callback")
}

/// A provider as the protocol needs it.
fn as_provider(state: &AppState, row: &row::Model) -> Provider {
    settings::provider(settings::opened(state, row.clone().into()))
}

/// The client that asks this provider.
fn client(state: &AppState, row: &row::Model) -> Result<Client, FetchError> {
    let extra = row.ca_certificates.as_deref();
    state.outgoing.client(Reach::Administrator, extra)
}

/// Where the provider's endpoints and keys are.
async fn discovery(
    state: &AppState,
    row: &row::Model,
    client: &Client,
) -> Result<Arc<Discovery>, FetchError> {
    let fetch = Discovery::fetch(&row.issuer, client, OffsetDateTime::now_utc());
    let extra = row.ca_certificates.as_deref();
    state.providers.get(&row.issuer, extra, fetch).await
}

/// Providers as the API shows them.
async fn shown_all(
    state: &AppState,
    parts: &Parts,
    rows: Vec<row::Model>,
) -> ApiResult<Vec<IdentityProvider>> {
    let ids = || rows.iter().map(|row| row.id);
    let counts = db::identity_providers::identities(&state.db, ids()).await?;
    let rules = db::group_rules::of_providers(&state.db, ids()).await?;
    Ok(rows
        .into_iter()
        .map(|row| IdentityProvider {
            identities_count: counts.get(&row.id).copied().unwrap_or_default(),
            group_rules: rules
                .iter()
                .filter(|rule| rule.provider == row.id)
                .map(|rule| GroupRule {
                    group: rule.group.clone(),
                    organization: rule.organization.clone(),
                    team: rule.team.clone(),
                })
                .collect(),
            redirect_uri: redirect_uri(state, parts, &row.name),
            has_client_secret: row.client_secret.is_some(),
            scopes: serde_json::from_value(row.scopes).unwrap_or_default(),
            ca_certificates: row.ca_certificates.unwrap_or_default(),
            name: row.name,
            label: row.label,
            issuer: row.issuer,
            client_id: row.client_id,
            username_claim: row.username_claim,
            groups_claim: row.groups_claim,
            creates_users: row.creates_users,
            is_active: row.is_active,
            created_at: row.created_at,
        })
        .collect())
}

async fn shown_one(
    state: &AppState,
    parts: &Parts,
    row: row::Model,
) -> ApiResult<IdentityProvider> {
    let mut shown = shown_all(state, parts, vec![row]).await?;
    shown
        .pop()
        .ok_or_else(|| ApiError::internal(&"a provider was lost"))
}
