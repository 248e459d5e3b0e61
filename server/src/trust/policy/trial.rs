//! What a policy would refuse of what was pulled in the last week, before it is saved. Pulls are found in the record of events; images are
//! judged as they are now.

use std::collections::{BTreeMap, HashMap};

use api::{
    error::Envelope,
    trust_policy::TrustPolicy,
    trust_trial::{TrialRefusal, TrustTrial},
};
use axum::{Json, extract::State};
use db::{entities::repository, events};
use rules::signing::{self, Mode, Policy};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Asked, judge, settings, sight};
use crate::{
    access::Level,
    caller::Caller,
    error::ApiResult,
    input::{Body, Segments},
    operations::{Operations, routes},
    organizations::Org,
    repositories::{Found, Named},
    state::AppState,
};

/// How far back pulls count.
const BACK: Duration = Duration::days(7);
/// Pulls that are looked at, the newest of them.
const MOST_PULLS: usize = 20_000;
/// Images that are judged, those that were pulled most.
const MOST_IMAGES: usize = 200;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(try_registry_policy))
        .routes(routes!(try_organization_policy))
        .routes(routes!(try_repository_policy))
}

/// Ours: says what a policy of the registry would refuse, if it were enforced, of what was pulled in the last seven days; nothing is saved.
/// For site administrators.
#[utoipa::path(
    post,
    path = "/api/v0/trust/policy/test",
    tag = "settings",
    request_body = TrustPolicy,
    responses(
        (status = 200, description = "What would be refused.", body = TrustTrial),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn try_registry_policy(
    State(state): State<AppState>,
    caller: Caller,
    Body(form): Body<TrustPolicy>,
) -> ApiResult<Json<TrustTrial>> {
    caller.admin()?;
    attempt(&state, &caller, &Within::Registry, &form).await
}

/// Ours: says what a policy of an organization would refuse, if it were enforced, of what was pulled in the last seven days; nothing is
/// saved. For its owners and site administrators.
#[utoipa::path(
    post,
    path = "/api/v0/accounts/{account}/trustPolicy/test",
    tag = "accounts",
    params(("account" = String, Path, description = "Name of an organization.")),
    request_body = TrustPolicy,
    responses(
        (status = 200, description = "What would be refused.", body = TrustTrial),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn try_organization_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Body(form): Body<TrustPolicy>,
) -> ApiResult<Json<TrustTrial>> {
    let org = Org::managed(&state, &caller, &org).await?;
    attempt(&state, &caller, &Within::Organization(org.row.id), &form).await
}

/// Ours: says what a policy of a repository would refuse, if it were enforced, of what was pulled in the last seven days; nothing is saved.
/// Needs admin access.
#[utoipa::path(
    post,
    path = "/api/v0/repositories/{namespace}/{reponame}/trustPolicy/test",
    tag = "repositories",
    params(Named),
    request_body = TrustPolicy,
    responses(
        (status = 200, description = "What would be refused.", body = TrustTrial),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_ACCOUNT`, `NO_SUCH_TEAM`", body = Envelope),
    )
)]
async fn try_repository_policy(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
    Body(form): Body<TrustPolicy>,
) -> ApiResult<Json<TrustTrial>> {
    let found = Found::with(&state, &caller, &named, Level::Admin).await?;
    attempt(&state, &caller, &Within::Repository(found.row.id), &form).await
}

/// Whose policy is tried.
enum Within {
    Registry,
    Organization(Uuid),
    Repository(Uuid),
}

impl Within {
    const fn level(&self) -> signing::Level {
        match self {
            Self::Registry => signing::Level::Registry,
            Self::Organization(_) => signing::Level::Organization,
            Self::Repository(_) => signing::Level::Repository,
        }
    }

    fn has(&self, repository: &repository::Model) -> bool {
        match self {
            Self::Registry => true,
            Self::Organization(id) => repository.account_id == *id,
            Self::Repository(id) => repository.id == *id,
        }
    }
}

/// Pulls of one reference.
struct Pulls {
    count: u64,
    last: OffsetDateTime,
}

async fn attempt(
    state: &AppState,
    caller: &Caller,
    within: &Within,
    form: &TrustPolicy,
) -> ApiResult<Json<TrustTrial>> {
    let policy = Policy {
        mode: Mode::Enforce,
        ..settings::parse(state, caller, form).await?
    };
    let levels = [(within.level(), policy)];
    let now = OffsetDateTime::now_utc();
    let since = now - BACK;
    let (pulled, mut is_cut) = pulls(state, within, since).await?;
    let ids = pulled.keys().map(|(id, ..)| *id);
    let mut repositories = db::repositories::by_ids(&state.db, ids).await?;
    repositories.retain(|_, row| within.has(row));
    let mut pulled: Vec<_> = pulled
        .into_iter()
        .filter(|((id, ..), _)| repositories.contains_key(id))
        .collect();
    pulled.sort_by(|(one, of_one), (other, of_other)| {
        (of_other.count, one).cmp(&(of_one.count, other))
    });
    is_cut |= pulled.len() > MOST_IMAGES;
    pulled.truncate(MOST_IMAGES);
    let tags = pulled.iter().filter(|((_, is_tag, _), _)| *is_tag);
    let tags: Vec<(Uuid, &str)> = tags
        .map(|((id, _, name), _)| (*id, name.as_str()))
        .collect();
    let tags = db::tags::find_all(&state.db, tags).await?;
    let (mut found, mut refused) = (0, Vec::new());
    for ((id, is_tag, name), pulls) in &pulled {
        let Some(repository) = repositories.get(id) else {
            continue;
        };
        let key = (*id, name.clone());
        let Some(asked) = asked(state, &tags, *is_tag, key).await? else {
            continue;
        };
        found += 1;
        let what = (repository, &asked, pulls);
        refused.extend(refusal(state, caller, &levels, what, now).await?);
    }
    Ok(Json(TrustTrial {
        since,
        pulled: found,
        is_cut,
        refused,
    }))
}

/// What is missing of an image; `None` where it would not be refused.
async fn refusal(
    state: &AppState,
    caller: &Caller,
    levels: &[(signing::Level, Policy)],
    (repository, asked, pulls): (&repository::Model, &Asked, &Pulls),
    now: OffsetDateTime,
) -> ApiResult<Option<TrialRefusal>> {
    let verdict = judge(state, repository, asked, levels, now).await?;
    if verdict.admits() {
        return Ok(None);
    }
    let sight = sight(state, caller.known(), &verdict).await?;
    let full_name = format!("{}/{}", repository.namespace, repository.name);
    Ok(Some(TrialRefusal {
        image: asked.reference(&full_name),
        digest: asked.wanted_digest().to_owned(),
        pulls: pulls.count,
        last_pulled_at: pulls.last,
        missing: verdict.refusing().map(|line| line.words(&sight)).collect(),
    }))
}

/// A repository, whether it was pulled by a tag, and the tag or the digest.
type Reference = (Uuid, bool, String);

/// What was pulled since then, and whether there was more.
async fn pulls(
    state: &AppState,
    within: &Within,
    since: OffsetDateTime,
) -> ApiResult<(BTreeMap<Reference, Pulls>, bool)> {
    let filter = events::Filter {
        kind: Some("GET".to_owned()),
        among: Some(&["tag", "manifest"]),
        repository: match within {
            Within::Repository(id) => Some(*id),
            Within::Registry | Within::Organization(_) => None,
        },
        after: Some(since),
        ..events::Filter::default()
    };
    let limit = u64::try_from(MOST_PULLS).unwrap_or(u64::MAX);
    let rows = events::list(&state.db, &filter, None, limit).await?;
    let is_cut = rows.len() == MOST_PULLS;
    let mut pulled: BTreeMap<Reference, Pulls> = BTreeMap::new();
    for row in rows {
        // What a policy said of a pull is an event of its own.
        let is_pull = row
            .detail
            .as_ref()
            .is_none_or(|detail| detail.get("trustPolicy").is_none());
        let repository = row.repository_id.as_deref().map(str::parse);
        let Some(Ok(repository)) = repository.filter(|_| is_pull) else {
            continue;
        };
        let last = events::time(row.id);
        let pulls = pulled
            .entry((repository, row.object_type == "tag", row.object))
            .or_insert(Pulls { count: 0, last });
        pulls.count += 1;
        pulls.last = pulls.last.max(last);
    }
    Ok((pulled, is_cut))
}

/// What a reference is now; `None` where it is gone.
async fn asked(
    state: &AppState,
    tags: &HashMap<(Uuid, String), db::entities::tag::Model>,
    is_tag: bool,
    (repository, name): (Uuid, String),
) -> ApiResult<Option<Asked>> {
    if is_tag {
        let row = tags.get(&(repository, name.clone()));
        return Ok(row.map(|row| Asked::Tag(name, row.digest.clone())));
    }
    let Ok(digest) = name.parse() else {
        return Ok(None);
    };
    let row = db::manifests::find(&state.db, repository, &digest).await?;
    Ok(row.map(|row| Asked::Digest(row.digest)))
}
