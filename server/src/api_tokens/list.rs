//! The list of access tokens: shown, added to, swept.

use api::{
    api_token::{ApiToken, CreateApiToken, NewApiToken},
    error::Envelope,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use serde_json::json;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::{IntoParams, ToSchema};

use super::{
    MAX_LABEL, MAX_TOKENS, new_secret, new_token, owner, scope, shown_all, shown_one, user_agent,
};
use crate::{
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, bad_field, one_line},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_tokens, create_token, delete_tokens))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnerQuery {
    /// Whose tokens: a user's name. Where absent, the caller's; in the list, everybody's to site administrators.
    username: Option<String>,
}

/// The part of the query that says what to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FilterQuery {
    /// Ours: only tokens whose label contains this, whatever the case.
    filter: Option<String>,
}

/// Lists access tokens, the oldest first: the own ones; a user's, or everybody's, to site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/api_tokens",
    tag = "tokens",
    params(OwnerQuery, FilterQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<ApiToken>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn list_tokens(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(whose): Parameters<OwnerQuery>,
    Parameters(wanted): Parameters<FilterQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ApiToken>>> {
    let own = caller.account()?;
    let account = if own.is_admin && whose.username.is_none() {
        None
    } else {
        let owner = owner(&state, &caller, whose.username.as_deref()).await?;
        Some(owner.id)
    };
    let page = query.page()?;
    let after = match &page.after {
        None => None,
        Some(after) => Some(after.parse().map_err(|_| {
            bad_field(
                "pageStart",
                "pageStart is the X-Next-Page-Start of the page before.",
            )
        })?),
    };
    let wanted = wanted.filter.as_deref();
    let mut rows = db::api_tokens::list(&state.db, account, wanted, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(db::api_tokens::count(&state.db, account, wanted).await?)
    } else {
        None
    };
    Ok(Paged {
        body: shown_all(&state, rows).await?,
        next,
        count,
    })
}

/// Makes an access token, for the caller or, by a site administrator, for any user. Its secret is in this answer and nowhere else.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/api/v0/api_tokens",
    tag = "tokens",
    params(OwnerQuery),
    request_body = CreateApiToken,
    responses(
        (status = 200, description = "The token and its secret.", body = NewApiToken),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: by an access token.", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
        (status = 409, description = "`TOO_MANY_TOKENS`", body = Envelope),
    )
)]
async fn create_token(
    State(state): State<AppState>,
    Person(caller): Person,
    Parameters(whose): Parameters<OwnerQuery>,
    headers: HeaderMap,
    Body(form): Body<CreateApiToken>,
) -> ApiResult<Json<NewApiToken>> {
    let owner = owner(&state, &caller, whose.username.as_deref()).await?;
    let now = OffsetDateTime::now_utc();
    if form.expires_at.is_some_and(|end| end <= now) {
        return Err(bad_field("expiresAt", "expiresAt lies in the past."));
    }
    let label = one_line("tokenLabel", form.token_label.clone(), MAX_LABEL)?;
    if db::api_tokens::count(&state.db, Some(owner.id), None).await? >= MAX_TOKENS {
        return Err(ApiError::conflict(
            "TOO_MANY_TOKENS",
            format!(
                "There are {MAX_TOKENS} access tokens already, which is the most. Delete those that are not used."
            ),
        ));
    }
    let event = Event::new(Kind::Create, ObjectType::ApiToken, None, &label)
        .with(ObjectType::User, owner.id, &owner.name)
        .changes(&form);
    let (secret, hash) = new_secret();
    let new = db::api_tokens::New {
        account: owner.id,
        hash,
        label,
        creator: user_agent(&headers),
        expires_at: form.expires_at,
        scope: scope::chosen(&state, &owner, form.scope).await?,
    };
    let db = state.recording(&caller, event);
    let row = db::api_tokens::create(&db, new, now).await?;
    Ok(Json(new_token(&secret, shown_one(&state, row).await?)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SweepQuery {
    /// Whose tokens: a user's name; the caller's where absent.
    username: Option<String>,
    /// Only tokens that were not used since this time (RFC 3339); all of them where absent.
    usedbefore: Option<String>,
    /// Only tokens that were made so: `manual` are all of ours; `auto`, which DTR made for itself, are none.
    #[param(inline)]
    generatedby: Option<GeneratedBy>,
}

/// How tokens were made, in DTR's words.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, ToSchema)]
#[serde(rename_all = "lowercase")]
enum GeneratedBy {
    Auto,
    #[serde(alias = "user")]
    Manual,
}

/// Deletes many access tokens: the own ones, or a user's by a site administrator.
#[utoipa::path(
    delete,
    path = "/api/v0/api_tokens",
    tag = "tokens",
    params(SweepQuery),
    responses(
        (status = 200, description = "They are gone."),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn delete_tokens(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<SweepQuery>,
) -> ApiResult<StatusCode> {
    let owner = owner(&state, &caller, query.username.as_deref()).await?;
    let before = query
        .usedbefore
        .map(|text| OffsetDateTime::parse(&text, &Rfc3339))
        .transpose()
        .map_err(|_| {
            bad_field(
                "usedbefore",
                "usedbefore is a time such as 2026-11-25T12:00:00Z.",
            )
        })?;
    if query.generatedby == Some(GeneratedBy::Auto) {
        return Ok(StatusCode::OK);
    }
    let event = Event::new(Kind::Delete, ObjectType::ApiToken, None, "")
        .with(ObjectType::User, owner.id, &owner.name)
        .because("all of them, or all that were not used since then")
        .detail(json!({ "usedBefore": before.map(|before| before.to_string()) }));
    let db = state.recording(&caller, event);
    db::api_tokens::delete_many(&db, Some(owner.id), before).await?;
    Ok(StatusCode::OK)
}
