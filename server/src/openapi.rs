//! The OpenAPI 3.1 document of `/api/v0` and `/enzi/v0`, made from the same declarations as the routes, so that the two cannot
//! part. It is checked in as `docs/openapi.json`, which is what is served and what the page `/api` shows.

mod common;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::{
    accounts, api_tokens, custody, directory, error::ApiError, events, grants, imagescan, keys,
    oidc, operations::Operations, organizations, promotion, repositories, settings, signatures,
    signing, state::AppState, token, trust, webhooks, workload,
};

/// Where the document is served.
const PATH: &str = "/api/v0/openapi.json";
/// The document as it is checked in; a test says when it is not [`document`].
const SERVED: &str = include_str!("../../docs/openapi.json");
/// The most bytes of a request's body; the largest form has a README of 100 000 bytes.
const MAX_BODY: usize = 1 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plimsoll",
        description = "Docker Trusted Registry's API and eNZi's accounts, and additions, which are marked \"ours\". \
                       Errors have a code that never changes its meaning. Lists are paged by the headers \
                       `X-Next-Page-Start` and `X-Resource-Count`. Send JSON with `Content-Type: application/json`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    security((), ("password" = []), ("token" = []), ("session" = []), ("sessionToken" = []), ("certificate" = [])),
    modifiers(&Schemes),
    tags(
        (name = "repositories", description = "Repositories and their README."),
        (name = "tags", description = "Tags, and what they point at."),
        (name = "manifests", description = "Manifests, tagged or not."),
        (name = "search", description = "Finding repositories and accounts."),
        (name = "scanning", description = "What is in images, and what is wrong with it."),
        (name = "promotion", description = "Images go from one repository to another by rule, and why."),
        (name = "webhooks", description = "Others are told of what happens."),
        (name = "admission", description = "Clusters ask what they may run."),
        (name = "access", description = "Who may do what in which repository, and why."),
        (name = "accounts", description = "Users and organizations."),
        (name = "organizations", description = "Members and teams of organizations."),
        (name = "tokens", description = "Access tokens of people and machines."),
        (name = "keys", description = "Public keys of users, and client bundles."),
        (name = "sessions", description = "Signing in and out, and where one is signed in."),
        (name = "second factors", description = "Codes of an app besides the password."),
        (name = "events", description = "What happened."),
        (name = "settings", description = "Settings of the whole registry."),
    )
)]
struct Document;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "password",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
        );
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        );
        components.add_security_scheme(
            "certificate",
            SecurityScheme::MutualTls {
                description: Some("The certificate of a client bundle.".to_owned()),
                deprecated: None,
                extensions: None,
            },
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "plimsoll",
                "Set by `POST /enzi/v0/id/login`.",
            ))),
        );
        components.add_security_scheme(
            "sessionToken",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
                "Authorization",
                "`SessionToken` and the `sessionToken` that `POST /enzi/v0/id/login` answered.",
            ))),
        );
    }
}

/// Every route of the API, with its description.
fn operations() -> Operations {
    Operations::default()
        .merge(repositories::router())
        .merge(custody::router())
        .merge(imagescan::router())
        .merge(promotion::router())
        .merge(trust::router())
        .merge(signatures::router())
        .merge(signing::router())
        .merge(webhooks::router())
        .merge(grants::router())
        .merge(accounts::router())
        .merge(organizations::router())
        .merge(api_tokens::router())
        .merge(events::router())
        .merge(directory::router())
        .merge(keys::router())
        .merge(oidc::api())
        .merge(workload::router())
        .merge(settings::router())
        .merge(token::admin::router())
}

/// The routes, the document that describes them, and refusals in the API's words.
pub fn routes() -> Router<AppState> {
    operations()
        .into_router()
        .route(
            PATH,
            get(async || {
                (
                    [(
                        header::CONTENT_TYPE,
                        HeaderValue::from_static("application/json"),
                    )],
                    SERVED,
                )
            }),
        )
        .method_not_allowed_fallback(not_allowed)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(unless_said(header::CACHE_CONTROL, "no-store"))
        .layer(unless_said(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// Answers depend on who asks, and change: no cache keeps them, and no browser guesses what they are.
fn unless_said(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// The whole API's document, made anew.
pub fn document() -> openapi::OpenApi {
    let mut document = Document::openapi();
    operations().describe(&mut document);
    common::add(&mut document);
    document
}

/// A document as it is served and checked in.
pub fn text(document: &openapi::OpenApi) -> String {
    // Strings and maps with string keys: there is nothing in it that JSON could not say.
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

async fn not_allowed() -> impl IntoResponse {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "NOT_ALLOWED",
        "This path does not take this method; /api/v0/openapi.json has those it takes.",
    )
}
