//! The list of accounts.

use api::{account::Accounts, error::Envelope, page::NEXT_PAGE_START};
use axum::{
    Json,
    extract::State,
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use db::{
    accounts::{Kind, Order, Start},
    entities::account,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::shown_all;
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, bad_field},
    operations::{Operations, routes},
    paging,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_accounts))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// `all`, `users`, `orgs`, `admins`, `non-admins`, `active-users` or `inactive-users`; `all` where absent.
    filter: Option<String>,
    /// `name` or `fullName`, with `-` before it from the last to the first; `name` where absent.
    order: Option<String>,
    /// The first account on the page: `nextPageStart` of the page before.
    start: Option<String>,
    /// Accounts per page, from 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    limit: Option<u32>,
    /// Only accounts whose name or full name contains this, whatever the case.
    contains: Option<String>,
}

/// Lists accounts; for site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts",
    tag = "accounts",
    params(ListQuery),
    responses(
        (status = 200, description = "One page.", body = Accounts, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_accounts(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<ListQuery>,
) -> ApiResult<Response> {
    caller.admin()?;
    let kind = kind(query.filter.as_deref())?;
    let order = order(query.order.as_deref())?;
    let size = paging::size("limit", query.limit)?;
    let contains = query.contains.as_deref();
    let start = query.start.filter(|start| !start.is_empty());
    let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    let start = start.map(|start| first(order, start)).transpose()?;
    let start = start
        .as_ref()
        .map(|(name, full_name)| Start { full_name, name });
    let mut rows = db::accounts::page(&state.db, kind, contains, order, start, limit).await?;
    // eNZi's `start` is the first account of the page, not the last one of the page before.
    let next = rows
        .get(size)
        .map(|row| next_page_start(order, row))
        .unwrap_or_default();
    rows.truncate(size);
    let counts = db::accounts::counts(&state.db).await?;
    let body = Accounts {
        users_count: counts.users,
        orgs_count: counts.organizations,
        resource_count: db::accounts::count(&state.db, kind, contains).await?,
        next_page_start: next.clone(),
        accounts: shown_all(&state, &rows).await?,
    };
    let mut response = Json(body).into_response();
    if let Some(next) = HeaderValue::try_from(next)
        .ok()
        .filter(|next| !next.is_empty())
    {
        response
            .headers_mut()
            .insert(HeaderName::from_static(NEXT_PAGE_START), next);
    }
    Ok(response)
}

fn order(order: Option<&str>) -> ApiResult<Order> {
    let order = order.unwrap_or("name");
    // A `+` in a query is a space, unless the client has escaped it.
    let (key, descending) = match order.strip_prefix('-') {
        Some(key) => (key, true),
        None => (order.trim_start_matches(['+', ' ']), false),
    };
    match key {
        "" | "name" => Ok(Order {
            by_full_name: false,
            descending,
        }),
        "fullName" => Ok(Order {
            by_full_name: true,
            descending,
        }),
        _ => Err(bad_field(
            "order",
            "order is name, -name, fullName or -fullName.",
        )),
    }
}

/// `nextPageStart`: the name; in a list by full name both, as text that goes into a header.
fn next_page_start(order: Order, row: &account::Model) -> String {
    if order.by_full_name {
        URL_SAFE_NO_PAD.encode(format!("{}/{}", row.name, row.full_name))
    } else {
        row.name.clone()
    }
}

/// The name and the full name that a page begins with.
fn first(order: Order, start: String) -> ApiResult<(String, String)> {
    if !order.by_full_name {
        return Ok((start, String::new()));
    }
    let bytes = URL_SAFE_NO_PAD.decode(start).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.as_deref()
        .and_then(|text| text.split_once('/'))
        .map(|(name, full_name)| (name.to_owned(), full_name.to_owned()))
        .ok_or_else(|| bad_field("start", "start is the nextPageStart of the page before."))
}

fn kind(filter: Option<&str>) -> ApiResult<Kind> {
    Ok(match filter.unwrap_or_default() {
        "" | "all" => Kind::All,
        "users" => Kind::Users,
        "orgs" => Kind::Organizations,
        "admins" => Kind::Admins,
        "non-admins" => Kind::NonAdmins,
        "active-users" => Kind::ActiveUsers,
        "inactive-users" => Kind::InactiveUsers,
        _ => {
            return Err(bad_field(
                "filter",
                "filter is all, users, orgs, admins, non-admins, active-users or inactive-users.",
            ));
        }
    })
}
