//! The list of events: of the whole registry for its administrators, and of one repository for who sees it; also as one stream of lines.

use std::sync::Arc;

use api::{error::Envelope, event::Events};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use db::{entities::event, events::Filter};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    Event as Recorded, Kind, ObjectType,
    told::{OF_READERS, Sees, shown, told},
};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    repositories::{Found, Named},
    state::AppState,
};

/// Events of an export that are read together.
const LOT: u64 = 1_000;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_events))
        .routes(routes!(export_events))
        .routes(routes!(list_repository_events))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct EventQuery {
    /// Only what happened before this time (RFC 3339).
    published_before: Option<String>,
    /// Only what happened at or after this time (RFC 3339).
    published_after: Option<String>,
    /// Ours: only the event of this id, if it is one of those that the caller is told of.
    event_id: Option<String>,
    /// Only what the account of this id did.
    actor_id: Option<String>,
    /// Only events of this type: `CREATE`, `GET`, `UPDATE`, `DELETE`, `FAIL` or `SCAN`.
    event_type: Option<String>,
    /// Only what was done to things of this type, such as `repository` or `team`.
    object_type: Option<String>,
    /// As in DTR: leave out what was pulled.
    #[param(default = false)]
    exclude_pull: Option<bool>,
    /// Ours: only what was done to the thing of this id.
    object_id: Option<String>,
    /// Ours: only where the name of who did it, or of what it was done to, contains this, whatever the case.
    filter: Option<String>,
}

impl EventQuery {
    fn filter(self) -> ApiResult<Filter> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let id = |text, field, message| {
            let id = given(text).map(|text| text.parse::<Uuid>()).transpose();
            id.map_err(|_| bad_field(field, message))
        };
        let kind = given(self.event_type);
        if let Some(wanted) = &kind
            && !Kind::ALL.iter().any(|kind| kind.as_str() == wanted)
        {
            let message = "eventType is CREATE, GET, UPDATE, DELETE, FAIL or SCAN.";
            return Err(bad_field("eventType", message));
        }
        let object_type = given(self.object_type);
        if let Some(wanted) = &object_type
            && !ObjectType::ALL.iter().any(|kind| kind.as_str() == wanted)
        {
            let known: Vec<&str> = ObjectType::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("objectType is one of {}.", known.join(", "));
            return Err(bad_field("objectType", message));
        }
        let object = id(self.object_id, "objectId", "objectId is an id.")?;
        Ok(Filter {
            id: id(self.event_id, "eventId", "eventId is the id of an event.")?,
            actor: id(self.actor_id, "actorId", "actorId is the id of an account.")?,
            kind,
            object_type,
            object: object.map(|id| id.to_string()),
            contains: self.filter,
            unnamed: None,
            without_pulls: self.exclude_pull.unwrap_or(false),
            repository: None,
            among: None,
            before: time("publishedBefore", given(self.published_before))?,
            after: time("publishedAfter", given(self.published_after))?,
        })
    }
}

fn time(field: &'static str, text: Option<String>) -> ApiResult<Option<OffsetDateTime>> {
    text.map(|text| OffsetDateTime::parse(&text, &Rfc3339))
        .transpose()
        .map_err(|_| {
            bad_field(
                field,
                format!("{field} is a time such as 2026-11-25T12:00:00Z."),
            )
        })
}

/// Lists what happened, the newest first: sign-ins and failed ones, grants, changes of membership, of tokens and of accounts, and
/// their use; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/events",
    tag = "events",
    params(EventQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Events,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_events(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(events): Parameters<EventQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<Events>> {
    caller.admin()?;
    let filter = events.filter()?;
    let (rows, paged) = page(&state, &filter, query).await?;
    let events = rows.into_iter().map(shown).collect();
    Ok(paged(Events { events }))
}

/// A page of events, and what makes an answer of it.
async fn page(
    state: &AppState,
    filter: &Filter,
    query: PageQuery,
) -> ApiResult<(Vec<event::Model>, impl FnOnce(Events) -> Paged<Events>)> {
    let page = query.page()?;
    let last = page
        .after
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| {
            bad_field(
                "pageStart",
                "pageStart is the X-Next-Page-Start of the page before.",
            )
        })?;
    let mut rows = db::events::list(&state.db, filter, last, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(db::events::count(&state.db, filter).await?)
    } else {
        None
    };
    Ok((rows, move |body| Paged { body, next, count }))
}

/// All events that a list without end would show, the newest first, as JSON lines; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/events/export",
    tag = "events",
    params(EventQuery),
    responses(
        (status = 200, description = "One event a line.", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn export_events(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(events): Parameters<EventQuery>,
) -> ApiResult<Response> {
    caller.admin()?;
    let filter = Arc::new(events.filter()?);
    let exported = Recorded::new(Kind::Get, ObjectType::Events, None, "all events");
    state
        .record(caller.known(), caller.client, exported)
        .await?;
    // the export itself is not in it
    let begin = Some(Uuid::now_v7());
    let lines = futures::stream::try_unfold(begin, move |last| {
        let (state, filter) = (state.clone(), Arc::clone(&filter));
        async move {
            let Some(last) = last else {
                return Ok::<_, std::io::Error>(None);
            };
            let rows = db::events::list(&state.db, &filter, Some(last), LOT).await;
            let rows = rows.map_err(std::io::Error::other)?;
            let next = rows.last().map(|row| row.id);
            let mut lines = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut lines, &shown(row))?;
                lines.push(b'\n');
            }
            Ok(next.map(|next| (Bytes::from(lines), Some(next))))
        }
    });
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"events.jsonl\""),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// Lists what happened in a repository, the newest first: for who administers it, everything; for others with an account who see it,
/// what was done to the repository, its tags and its manifests, without pulls and addresses.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/events",
    tag = "events",
    params(Named, EventQuery, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Events,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_repository_events(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(events): Parameters<EventQuery>,
    Parameters(query): Parameters<PageQuery>,
) -> ApiResult<Paged<Events>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let sees = Sees::of(&caller, &found.decision);
    let administers = sees == Sees::All;
    if !administers {
        caller.account()?;
    }
    let filter = events.filter()?;
    let filter = Filter {
        repository: Some(found.row.id),
        // who pulled is for administrators, as in DTR
        without_pulls: filter.without_pulls || !administers,
        among: (!administers).then_some(OF_READERS),
        // it is where an image went
        unnamed: caller
            .admin()
            .is_err()
            .then_some(ObjectType::Promotion.as_str()),
        ..filter
    };
    let (rows, paged) = page(&state, &filter, query).await?;
    let events = told(&state, &caller, |_| sees, rows).await?;
    Ok(paged(Events { events }))
}
