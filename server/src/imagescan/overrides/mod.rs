//! Findings that are set aside: for a repository or all repositories of an account, by who administers them, which is ours; and as DTR
//! does it (`layer`).

mod layer;

use api::{
    error::Envelope,
    scan::{LayerOverride, OverrideForm, OverrideScope, ScopedOverrideForm},
};
use axum::{Json, extract::State, http::StatusCode};
use db::{entities::finding_override, scans::overrides};
use serde::Deserialize;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    access::Level,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    repositories::{Found, Named},
    state::AppState,
};

/// Characters of a name or a note.
const LONGEST: usize = 2_000;

pub(super) fn router() -> Operations {
    Operations::default()
        .merge(layer::router())
        .routes(routes!(list_overrides, set_aside))
        .routes(routes!(delete_override))
}

/// What is to be set aside.
pub(super) struct Wanted {
    pub(super) component: String,
    pub(super) component_version: String,
    pub(super) cve: String,
    pub(super) notes: String,
    pub(super) justification: &'static str,
    pub(super) expires_at: Option<OffsetDateTime>,
}

impl From<OverrideForm> for Wanted {
    fn from(form: OverrideForm) -> Self {
        Self {
            component: form.component,
            component_version: form.component_version,
            cve: form.cve,
            notes: form.notes,
            justification: form
                .justification
                .map_or("", |justification| justification.as_str()),
            expires_at: form.expires_at,
        }
    }
}

impl Wanted {
    /// The row that sets it aside, everywhere; the caller narrows it down.
    pub(super) async fn row(
        self,
        state: &AppState,
        author: &str,
    ) -> ApiResult<finding_override::Model> {
        let now = OffsetDateTime::now_utc();
        for (field, text) in [("component", &self.component), ("cve", &self.cve)] {
            if text.trim().is_empty() {
                return Err(bad_field(field, format!("Say which {field}.")));
            }
        }
        for (field, text) in [
            ("component", &self.component),
            ("componentVersion", &self.component_version),
            ("cve", &self.cve),
            ("notes", &self.notes),
        ] {
            if text.chars().count() > LONGEST || text.contains('\0') {
                return Err(bad_field(
                    field,
                    format!("{field} has at most {LONGEST} characters, and no NUL."),
                ));
            }
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(bad_field("expiresAt", "expiresAt lies in the past."));
        }
        Ok(finding_override::Model {
            id: Uuid::now_v7(),
            layer: None,
            repository_id: None,
            account_id: None,
            component: self.component,
            component_version: Some(self.component_version).filter(|version| !version.is_empty()),
            cve: shown_under(state, self.cve.trim()).await?,
            justification: self.justification.to_owned(),
            note: self.notes,
            author: author.to_owned(),
            created_at: now,
            expires_at: self.expires_at,
        })
    }
}

/// The name that a flaw is shown under. Of one that no component has yet, the name that was given.
async fn shown_under(state: &AppState, name: &str) -> ApiResult<String> {
    let shown = db::scans::sought::identities(&state.db, name).await?;
    Ok(shown.into_iter().next().unwrap_or_else(|| name.to_owned()))
}

async fn listed(
    state: &AppState,
    scope: Option<&Found>,
    page: PageQuery,
) -> ApiResult<Paged<Vec<LayerOverride>>> {
    let page = page.page()?;
    let after = page.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })?;
    let repository = scope.map(|found| &found.row);
    let mut rows = overrides::list(&state.db, repository, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(overrides::count(&state.db, repository).await?)
    } else {
        None
    };
    Ok(Paged {
        body: shown(state, rows).await?,
        next,
        count,
    })
}

/// Rows as the API says them.
pub(super) async fn shown(
    state: &AppState,
    rows: Vec<finding_override::Model>,
) -> ApiResult<Vec<LayerOverride>> {
    let repositories: Vec<Uuid> = rows.iter().filter_map(|row| row.repository_id).collect();
    let repositories = db::repositories::names(&state.db, &repositories).await?;
    let accounts = rows.iter().filter_map(|row| row.account_id);
    let accounts = db::accounts::names(&state.db, accounts).await?;
    Ok(rows
        .into_iter()
        .map(|row| LayerOverride {
            pk: row.id.to_string(),
            digest: row.layer.unwrap_or_default(),
            component: row.component,
            component_version: row.component_version.unwrap_or_default(),
            cve: row.cve,
            notes: row.note,
            justification: row.justification,
            repository: row
                .repository_id
                .and_then(|id| repositories.get(&id).cloned())
                .unwrap_or_default(),
            namespace: row
                .account_id
                .and_then(|id| accounts.get(&id).cloned())
                .unwrap_or_default(),
            author: row.author,
            created_at: Some(row.created_at),
            expires_at: row.expires_at,
        })
        .collect())
}

async fn one(state: &AppState, row: finding_override::Model) -> ApiResult<Json<LayerOverride>> {
    let mut shown = shown(state, vec![row]).await?;
    shown.pop().map(Json).ok_or_else(|| no_such_override(""))
}

fn event(kind: Kind, cve: &str, component: &str) -> Event {
    Event::new(
        kind,
        ObjectType::Override,
        None,
        format!("{cve} in {component}"),
    )
}

async fn find(state: &AppState, id: &str) -> ApiResult<finding_override::Model> {
    let missing = || no_such_override(id);
    let parsed = id.parse().map_err(|_| missing())?;
    overrides::find(&state.db, parsed)
        .await?
        .ok_or_else(missing)
}

fn no_such_override(id: &str) -> ApiError {
    ApiError::not_found("NO_SUCH_OVERRIDE", format!("There is no override {id}."))
}

/// Ours: lists the findings that are set aside in a repository: for it, for all of its owner's, and for layers.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/overrides",
    tag = "scanning",
    params(Named, PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<LayerOverride>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn list_overrides(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<LayerOverride>>> {
    let found = Found::visible(&state, &caller, &named).await?;
    listed(&state, Some(&found), page).await
}

/// Ours: sets a finding aside in a repository, or in all repositories of its owner. Needs admin access to the repository; for all of the
/// owner's, to be the owner, an owner of the organization, or a site administrator.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}/{reponame}/overrides",
    tag = "scanning",
    params(Named),
    request_body = ScopedOverrideForm,
    responses(
        (status = 201, description = "It is set aside.", body = LayerOverride),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn set_aside(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Body(form): Body<ScopedOverrideForm>,
) -> ApiResult<(StatusCode, Json<LayerOverride>)> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let author = caller.signed_in()?.name.clone();
    if form.scope == OverrideScope::Namespace {
        found.must_own_namespace(&caller)?;
    }
    let event = event(Kind::Create, &form.cve, &form.component)
        .with(ObjectType::Repository, found.row.id, found.full_name())
        .because(found.reason(&caller))
        .changes(&form);
    let scope = form.scope;
    let wanted = Wanted {
        component: form.component,
        component_version: form.component_version,
        cve: form.cve,
        notes: form.notes,
        justification: form
            .justification
            .map_or("", |justification| justification.as_str()),
        expires_at: form.expires_at,
    };
    let row = wanted.row(&state, &author).await?;
    let row = narrowed(row, &found, scope);
    overrides::create(&state.recording(&caller, event), row.clone()).await?;
    state.promotion.wake();
    Ok((StatusCode::CREATED, one(&state, row).await?))
}

/// The row, for a repository or for all of its owner's.
pub(super) fn narrowed(
    row: finding_override::Model,
    found: &Found,
    scope: OverrideScope,
) -> finding_override::Model {
    match scope {
        OverrideScope::Repository => finding_override::Model {
            repository_id: Some(found.row.id),
            ..row
        },
        OverrideScope::Namespace => finding_override::Model {
            account_id: Some(found.row.account_id),
            ..row
        },
    }
}

#[derive(Debug, Deserialize)]
struct One {
    namespace: String,
    reponame: String,
    id: String,
}

/// Ours: takes back an override of this repository, or of its owner's. Who may take it back is who may make it.
#[utoipa::path(
    delete,
    path = "/api/v0/repositories/{namespace}/{reponame}/overrides/{id}",
    tag = "scanning",
    params(Named, ("id" = String, Path, description = "`pk` of the override.")),
    responses(
        (status = 204, description = "It counts again."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_OVERRIDE`", body = Envelope),
    )
)]
async fn delete_override(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<One>,
) -> ApiResult<StatusCode> {
    let named = Named {
        namespace: path.namespace,
        reponame: path.reponame,
    };
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    let row = find(&state, &path.id).await?;
    match (row.repository_id, row.account_id) {
        (Some(repository), _) if repository == found.row.id => {}
        (None, Some(account)) if account == found.row.account_id => {
            found.must_own_namespace(&caller)?;
        }
        _ => return Err(no_such_override(&path.id)),
    }
    let event = event(Kind::Delete, &row.cve, &row.component)
        .with(ObjectType::Repository, found.row.id, found.full_name())
        .because(found.reason(&caller));
    overrides::delete(&state.recording(&caller, event), row.id).await?;
    state.promotion.wake();
    Ok(StatusCode::NO_CONTENT)
}
