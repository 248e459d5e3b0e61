//! Removing trust data: Notary's `DELETE …/_trust/tuf/` for one collection, and, for who administers a repository and may not have the
//! keys any more, all of a repository. Signed tags and repositories with trust data cannot be deleted before (DTR).

use ::trust::Gun;
use api::error::Envelope;
use axum::{extract::State, http::StatusCode};
use db::{entities::repository, trust::Locked};
use time::OffsetDateTime;

use super::failure::Outcome;
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult, without_trust_data},
    events::{Event, Kind, ObjectType},
    input::Segments,
    operations::{Operations, routes},
    registry::identity::Visitor,
    repositories::{Found, Named},
    state::AppState,
};

/// Repositories that a refusal names.
const MAX_NAMED: u64 = 20;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(delete_trust_data))
}

/// Removes a collection. There need not be one: then nothing is done, and it is a success.
pub(super) async fn remove(
    visitor: &Visitor<'_>,
    gun: &Gun,
    repository: &repository::Model,
    now: OffsetDateTime,
) -> Outcome<()> {
    let state = visitor.state;
    let found = db::trust::find(&state.db, repository.id, &gun.to_string()).await?;
    let Some(found) = found else {
        return Ok(());
    };
    let db = visitor
        .recording(event(repository, &gun.to_string()))
        .await?;
    if let Some(mut locked) = Locked::by_id(&state.db, found.id).await? {
        locked.remove(now).await?;
        locked.commit(&db).await?;
    }
    Ok(())
}

fn event(repository: &repository::Model, gun: &str) -> Event {
    let name = format!("{}/{}", repository.namespace, repository.name);
    Event::new(Kind::Delete, ObjectType::TrustData, None, gun).with(
        ObjectType::Repository,
        repository.id,
        name,
    )
}

/// Ours: deletes all trust data of a repository, under whichever host it was published, as `notary delete --remote` does for one; needs
/// admin access. Its tags are not signed any more, and can be deleted.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}/trust",
    tag = "repositories",
    params(Named),
    responses(
        (status = 204, description = "It is gone, or there was none."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn delete_trust_data(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<StatusCode> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let now = OffsetDateTime::now_utc();
    for collection in db::trust::of_repository(&state.db, found.row.id).await? {
        let event = event(&found.row, &collection.gun).because(found.reason(&caller));
        let db = state.recording(&caller, event);
        if let Some(mut locked) = Locked::by_id(&state.db, collection.id).await? {
            locked.remove(now).await?;
            locked.commit(&db).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// 405 where an account's repositories have trust data: nothing of them is deleted.
pub(crate) async fn refuse_signed(
    state: &AppState,
    account: &db::entities::account::Model,
) -> ApiResult<()> {
    let names = db::trust::owned_with_data(&state.db, account.id, MAX_NAMED).await?;
    let way = match names.as_slice() {
        [one] => without_trust_data(one),
        [first, ..] => format!("each {}, and so on", without_trust_data(first)),
        [] => return Ok(()),
    };
    Err(ApiError::contains_signed(&names.join(", "), &way)
        .with_detail(serde_json::json!({ "repositories": names })))
}
