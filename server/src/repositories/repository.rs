//! One repository: create, view, change, delete.

use api::{
    error::Envelope,
    repository::{CreateRepository, Repository, UpdateRepository, Visibility},
};
use axum::{Json, extract::State, http::StatusCode};
use db::entities::account;
use oci::RepositoryName;
use serde_json::json;
use time::OffsetDateTime;

use super::{Found, Named};
use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Segments, bad_field, one_line},
    operations::{Operations, routes},
    reserved,
    state::AppState,
    webhooks::tell::{RepositoryChange, Telling},
};

/// Characters of a short description.
const MAX_SHORT: usize = 140;
/// Bytes of a README.
const MAX_LONG: usize = 100_000;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(create_repository))
        .routes(routes!(
            get_repository,
            update_repository,
            delete_repository
        ))
}

/// Creates a repository. Users create in their own namespace, site administrators in any.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}",
    tag = "repositories",
    params(("namespace" = String, Path, description = "Name of the account that will own it.")),
    request_body = CreateRepository,
    responses(
        (status = 201, description = "Created.", body = Repository),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`: said only to site administrators.", body = Envelope),
        (status = 409, description = "`REPOSITORY_EXISTS`", body = Envelope),
    )
)]
async fn create_repository(
    State(state): State<AppState>,
    caller: Caller,
    Segments(namespace): Segments<String>,
    Body(form): Body<CreateRepository>,
) -> ApiResult<(StatusCode, Json<Repository>)> {
    let owner = owner(&state, &caller, &namespace).await?;
    let new = new(owner, form)?;
    let name = format!("{}/{}", new.owner.name, new.name);
    let event = Event::new(Kind::Create, ObjectType::Repository, None, name)
        .detail(json!({ "isPublic": new.is_public }));
    let db = state.recording(&caller, event);
    let author = caller.name();
    let telling = Telling::of(
        &state,
        new.owner.id,
        None,
        RepositoryChange::Created,
        author,
    )
    .await?;
    let now = OffsetDateTime::now_utc();
    let row = db::repositories::create_and_tell(&db, new, now, |row| telling.of_repository(row))
        .await
        .map_err(|error| match error {
            db::Error::Exists(what) => {
                ApiError::conflict("REPOSITORY_EXISTS", format!("{what} exists already."))
            }
            error => error.into(),
        })?;
    let decision = state.decide(&caller.subject(), &row).await?;
    state.webhooks.wake();
    Ok((
        StatusCode::CREATED,
        Json(Found { row, decision }.shown(&state).await?),
    ))
}

/// The account of the namespace, if the caller may create there. Only an administrator learns that there is no such account.
async fn owner(state: &AppState, caller: &Caller, namespace: &str) -> ApiResult<account::Model> {
    caller.account()?;
    let found = db::accounts::find(&state.db, namespace).await?;
    let subject = caller.subject();
    let may_create = match &found {
        Some(owner) => state.may_create(&subject, owner).await?,
        None => false,
    };
    match found {
        Some(owner) if may_create => Ok(owner),
        None if caller.subject().is_admin() => Err(ApiError::not_found(
            "NO_SUCH_ACCOUNT",
            format!("There is no account {namespace}."),
        )),
        _ => Err(ApiError::not_authorized(format!(
            "You may not create repositories in the namespace {namespace}."
        ))),
    }
}

/// Patterns of tags that cannot change, if they can be read.
fn patterns(texts: Vec<String>) -> ApiResult<Vec<String>> {
    let texts: Vec<String> = texts.iter().map(|text| text.trim().to_owned()).collect();
    rules::TagPatterns::new(&texts)
        .map_err(|error| bad_field("immutableTagPatterns", format!("{error}.")))?;
    Ok(texts)
}

fn new(owner: account::Model, form: CreateRepository) -> ApiResult<db::repositories::New> {
    let full_name: RepositoryName = format!("{}/{}", owner.name, form.name)
        .parse()
        .map_err(|error: oci::Error| bad_field("name", error.message))?;
    if let Some(reason) = reserved::repository(&full_name) {
        return Err(bad_field("name", format!("{reason}.")));
    }
    offered(Some(form.enable_manifest_lists), Some(form.tag_limit))?;
    Ok(db::repositories::New {
        name: full_name.name().to_owned(),
        owner,
        is_public: form.visibility == Visibility::Public,
        short_description: one_line("shortDescription", form.short_description, MAX_SHORT)?,
        long_description: readme(form.long_description)?,
        scan_on_push: form.scan_on_push,
        immutable_tags: form.immutable_tags,
        immutable_patterns: patterns(form.immutable_tag_patterns)?,
        tag_limit: 0,
    })
}

/// Shows a repository.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}",
    tag = "repositories",
    params(Named),
    responses(
        (status = 200, description = "The repository, with its README.", body = Repository),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn get_repository(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<Repository>> {
    let found = Found::visible(&state, &caller, &named).await?;
    Ok(Json(found.shown(&state).await?))
}

/// Changes a repository's description and settings; needs admin access.
#[utoipa::path(
    patch,
    path = "/api/v0/repositories/{namespace}/{reponame}",
    tag = "repositories",
    params(Named),
    request_body = UpdateRepository,
    responses(
        (status = 200, description = "The repository as it is now.", body = Repository),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn update_repository(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Body(form): Body<UpdateRepository>,
) -> ApiResult<Json<Repository>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    offered(form.enable_manifest_lists, form.tag_limit)?;
    let recorded = UpdateRepository {
        long_description: form
            .long_description
            .as_ref()
            .map(|_| "(changed)".to_owned()),
        ..form.clone()
    };
    let event = Event::of_repository(Kind::Update, &found.row)
        .because(found.reason(&caller))
        .changes(&recorded);
    let update = db::repositories::Update {
        is_public: form
            .visibility
            .map(|visibility| visibility == Visibility::Public),
        short_description: form
            .short_description
            .map(|text| one_line("shortDescription", text, MAX_SHORT))
            .transpose()?,
        long_description: form.long_description.map(readme).transpose()?,
        scan_on_push: form.scan_on_push,
        immutable_tags: form.immutable_tags,
        immutable_patterns: form.immutable_tag_patterns.map(patterns).transpose()?,
        tag_limit: None,
    };
    let db = state.recording(&caller, event);
    let telling = Telling::of_change(&state, &found.row, RepositoryChange::Updated, caller.name());
    let telling = telling.await?;
    let tell = |row: &_| telling.of_repository(row);
    let row = db::repositories::update(&db, found.row.id, update, tell)
        .await?
        .ok_or_else(|| {
            ApiError::no_such_repository(&format!("{}/{}", named.namespace, named.reponame))
        })?;
    state.promotion.wake();
    state.webhooks.wake();
    let decision = state.decide(&caller.subject(), &row).await?;
    Ok(Json(Found { row, decision }.shown(&state).await?))
}

/// Deletes a repository with all its tags and manifests; needs admin access.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}",
    tag = "repositories",
    params(Named, ("domain" = Option<String>, Query, description = "As in DTR; nothing depends on it.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
        (status = 405, description = "`REPOSITORY_CONTAINS_TAGS_IN_NOTARY`: delete its trust data first.", body = Envelope),
    )
)]
async fn delete_repository(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<StatusCode> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let event = Event::of_repository(Kind::Delete, &found.row).because(found.reason(&caller));
    let telling = Telling::of_change(&state, &found.row, RepositoryChange::Deleted, caller.name());
    let told = telling.await?.of_repository(&found.row);
    let db = state.recording(&caller, event).telling(told);
    db::repositories::delete(&db, &found.row).await?;
    state.webhooks.wake();
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses what DTR had and this version has not, rather than to pretend.
fn offered(enable_manifest_lists: Option<bool>, tag_limit: Option<u32>) -> ApiResult<()> {
    if enable_manifest_lists == Some(true) {
        return Err(bad_field(
            "enableManifestLists",
            "A push never extends an index here: push an index instead, and leave enableManifestLists false.",
        ));
    }
    if tag_limit.is_some_and(|limit| limit > 0) {
        return Err(bad_field(
            "tagLimit",
            "Tag limits are not available in this version: leave tagLimit 0.",
        ));
    }
    Ok(())
}

fn readme(text: String) -> ApiResult<String> {
    if text.len() > MAX_LONG {
        return Err(bad_field(
            "longDescription",
            format!("The README has more than {MAX_LONG} bytes; shorten it."),
        ));
    }
    // PostgreSQL's text cannot hold it.
    if text.contains('\0') {
        return Err(bad_field(
            "longDescription",
            "The README holds a NUL character; remove it.",
        ));
    }
    Ok(text)
}
