//! The list of events.

use api::{
    error::Envelope,
    event::{Event, Events, Object},
};
use axum::extract::State;
use db::{entities::event, events::Filter};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{Kind, ObjectType};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_events))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
struct EventQuery {
    /// Only what happened before this time (RFC 3339).
    published_before: Option<String>,
    /// Only what happened at or after this time (RFC 3339).
    published_after: Option<String>,
    /// Only what the account of this id did.
    actor_id: Option<String>,
    /// Only events of this type: `CREATE`, `GET`, `UPDATE`, `DELETE` or `FAIL`.
    event_type: Option<String>,
    /// Only what was done to things of this type, such as `repository` or `team`.
    object_type: Option<String>,
    /// Ours: only what was done to the thing of this id.
    object_id: Option<String>,
    /// Ours: only where the name of who did it, or of what it was done to, contains this, whatever the case.
    filter: Option<String>,
}

impl EventQuery {
    fn filter(self) -> ApiResult<Filter> {
        let given = |text: Option<String>| text.filter(|text| !text.is_empty());
        let actor = given(self.actor_id)
            .map(|id| id.parse::<Uuid>())
            .transpose()
            .map_err(|_| bad_field("actorId", "actorId is the id of an account."))?;
        let kind = given(self.event_type);
        if let Some(wanted) = &kind
            && !Kind::ALL.iter().any(|kind| kind.as_str() == wanted)
        {
            let message = "eventType is CREATE, GET, UPDATE, DELETE or FAIL.";
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
        let object = given(self.object_id)
            .map(|id| id.parse::<Uuid>())
            .transpose()
            .map_err(|_| bad_field("objectId", "objectId is an id."))?;
        Ok(Filter {
            actor,
            kind,
            object_type,
            object: object.map(|id| id.to_string()),
            contains: self.filter,
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
    let mut rows = db::events::list(&state.db, &filter, last, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(db::events::count(&state.db, &filter).await?)
    } else {
        None
    };
    Ok(Paged {
        body: Events {
            events: rows.into_iter().map(shown).collect(),
        },
        next,
        count,
    })
}

fn shown(row: event::Model) -> Event {
    let actor_type = match (row.actor_id, row.credential.as_str()) {
        (Some(_), _) => "user",
        (None, "") => "anonymous",
        (None, _) => "system",
    };
    Event {
        id: row.id,
        published_at: db::events::time(row.id),
        actor: row.actor,
        actor_id: row.actor_id,
        actor_type: actor_type.to_owned(),
        credential: row.credential,
        r#type: row.kind,
        object: Object {
            id: row.object_id,
            r#type: row.object_type,
            name: row.object,
        },
        target: row.target_type.map(|kind| Object {
            id: row.target_id,
            r#type: kind,
            name: row.target.unwrap_or_default(),
        }),
        address: row.address,
        reason: row.reason,
        detail: row.detail,
    }
}
