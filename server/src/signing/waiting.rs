//! What waits for the caller's signature: tags that they may push, in trust data that delegates to one of their keys, and that they have
//! not signed as they are now.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    error::Envelope,
    signing::{WaitingRole, WaitingTag},
};
use axum::extract::State;
use db::{
    Action,
    entities::repository,
    public_keys::State as KeyState,
    trust::{
        desk::{self, After, Moment, Waiting},
        role_keys::{self, Held},
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    MOST_ROLES,
    asked::{self, Asked, Teams},
};
use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, bad_field},
    operations::{Operations, routes},
    origin,
    paging::{PageQuery, Paged},
    repositories,
    settings::Switch,
    signatures,
    state::AppState,
};

/// More keys than a user may have.
const MOST_KEYS: u64 = 100;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_waiting))
}

/// Ours: lists the tags that wait for the caller's signature, the newest first.
///
/// They are those of repositories that the caller may push to, and that the caller has not signed as the image that they are now, neither in
/// Notary nor with cosign or notation: where trust data, under a host of this registry, delegates to a signing key of the caller's, and
/// where a trust policy asks for a team of the caller's of which nobody signed the image yet. The latter are looked for in the 200
/// repositories to which was pushed last, and the tag says which team. A page may have fewer results than asked for. The results are not
/// counted.
#[utoipa::path(
    get,
    path = "/api/v0/signing/waiting",
    tag = "keys",
    params(PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<WaitingTag>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the token is limited to repositories.", body = Envelope),
    )
)]
async fn list_waiting(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<WaitingTag>>> {
    let account = caller.account()?.id;
    let page = page.page()?;
    let after = page.after.as_deref().map(after).transpose()?;
    let now = OffsetDateTime::now_utc();
    let moment = moment(&state, now).await?;
    let desk = Desk::of(&state, &caller, now).await?;
    let rows = desk.rows(&state, account, after.as_ref(), (page.limit(), moment));
    let mut rows = rows.await?;
    let next = page.cut(&mut rows, start);
    let authors = rows.iter().filter_map(|row| row.pushed_by);
    let authors = repositories::authors(&state, &caller.subject(), authors).await?;
    let asked = desk.asked(&state, &rows, moment).await?;
    let shown = rows
        .into_iter()
        .filter_map(|row| desk.shown(&state, row, &authors, &asked));
    Ok(Paged {
        body: shown.collect(),
        next,
        count: None,
    })
}

/// For what counts at a moment, by what the registry asks of certificates.
async fn moment(state: &AppState, now: OffsetDateTime) -> ApiResult<Moment> {
    Ok(Moment {
        at: signatures::at(state, now).await?,
        are_notarys_good: Switch::NotaryCertificatesValidNow.is_on(state).await?,
    })
}

/// Where the caller may sign.
struct Desk {
    /// By collection, the roles that say what tags are.
    roles: BTreeMap<Uuid, Vec<Held>>,
    /// The repositories of the collections, and those where only a policy asks.
    repositories: HashMap<Uuid, repository::Model>,
    /// Repositories where a policy asks for a team of the caller's, and no collection names a key of theirs.
    asking: Vec<Uuid>,
    teams: Teams,
    /// What the keys are called, by their ids in Notary.
    labels: HashMap<String, String>,
}

impl Desk {
    async fn of(state: &AppState, caller: &Caller, now: OffsetDateTime) -> ApiResult<Self> {
        let account = caller.account()?.id;
        let keys =
            db::public_keys::list(&state.db, account, KeyState::Active, None, None, MOST_KEYS);
        let mut keys = keys.await?;
        keys.retain(|key| key.is_signing && key.expires_at.is_none_or(|end| end > now));
        let ids: Vec<&str> = keys.iter().map(|key| key.notary_id.as_str()).collect();
        let viewer = caller.subject().viewer();
        let mut held = role_keys::held(&state.db, &ids, &viewer, MOST_ROLES).await?;
        held.retain(|held| {
            let host = held.gun.split_once('/').map_or("", |(host, _)| host);
            says_what_tags_are(&held.role) && origin::is_ours(&state.config, host)
        });
        let repositories = held.iter().map(|held| held.repository);
        let mut repositories = db::repositories::by_ids(&state.db, repositories).await?;
        let rows: Vec<_> = repositories.values().cloned().collect();
        let may = state.decide_all(&caller.subject(), &rows).await?;
        let may_push = |id: &Uuid| may.get(id).is_some_and(|may| may.permits(Action::Push));
        let mut roles: BTreeMap<Uuid, Vec<Held>> = BTreeMap::new();
        for held in held.into_iter().filter(|held| may_push(&held.repository)) {
            roles.entry(held.collection).or_default().push(held);
        }
        let labels = keys.into_iter().map(|key| {
            let label = if key.label.is_empty() {
                key.notary_id.clone()
            } else {
                key.label
            };
            (key.notary_id, label)
        });
        let teams = asked::teams(state, caller).await?;
        let held: BTreeSet<Uuid> = roles
            .values()
            .flatten()
            .map(|held| held.repository)
            .collect();
        let mut asking = Vec::new();
        for row in asked::repositories(state, caller, &teams).await? {
            if !held.contains(&row.id) {
                asking.push(row.id);
                repositories.insert(row.id, row);
            }
        }
        Ok(Self {
            labels: labels.collect(),
            repositories,
            asking,
            teams,
            roles,
        })
    }

    /// What waits in either, the newest first.
    async fn rows(
        &self,
        state: &AppState,
        account: Uuid,
        after: Option<&After>,
        (limit, moment): (u64, Moment),
    ) -> ApiResult<Vec<Waiting>> {
        let db = &state.db;
        let collections: Vec<Uuid> = self.roles.keys().copied().collect();
        let mut rows = desk::waiting(db, account, &collections, after, limit, moment).await?;
        rows.extend(desk::unsigned(db, account, &self.asking, after, limit, moment).await?);
        rows.sort_unstable_by(|one, other| other.order().cmp(&one.order()));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }

    /// The repository of a row.
    fn repository(&self, row: &Waiting) -> Option<&repository::Model> {
        let held = self.roles.get(&row.place).and_then(|held| held.first());
        self.repositories
            .get(&held.map_or(row.place, |held| held.repository))
    }

    /// What policies ask of these tags.
    async fn asked(&self, state: &AppState, rows: &[Waiting], moment: Moment) -> ApiResult<Asked> {
        let repositories: BTreeMap<Uuid, _> = rows
            .iter()
            .filter_map(|row| self.repository(row).map(|found| (found.id, found)))
            .collect();
        let repositories: Vec<_> = repositories.into_values().collect();
        let tags: BTreeSet<&str> = rows.iter().map(|row| row.tag.as_str()).collect();
        let tags: Vec<&str> = tags.into_iter().collect();
        Asked::of(state, self.teams.clone(), &repositories, &tags, moment).await
    }

    /// A tag as the API says it; `None` where no policy asks, and no role of the caller's may name it.
    fn shown(
        &self,
        state: &AppState,
        row: Waiting,
        authors: &HashMap<Uuid, String>,
        asked: &Asked,
    ) -> Option<WaitingTag> {
        let repository = self.repository(&row)?;
        let asked = asked.by(repository.id, &row.tag);
        let held = self
            .roles
            .get(&row.place)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let may = held.iter().filter(|held| held.permits(&row.tag));
        let roles: Vec<WaitingRole> = may
            .map(|held| WaitingRole {
                role: held.role.clone(),
                key: self
                    .labels
                    .get(&held.canonical_id)
                    .unwrap_or(&held.canonical_id)
                    .clone(),
            })
            .collect();
        if roles.is_empty() && asked.is_empty() {
            return None;
        }
        let (namespace, name) = (&repository.namespace, &repository.name);
        let gun = held.first().map_or_else(
            || format!("{}/{namespace}/{name}", origin::our_host(&state.config)),
            |held| held.gun.clone(),
        );
        Some(WaitingTag {
            asked,
            namespace: namespace.clone(),
            repository: name.clone(),
            tag: row.tag,
            digest: row.digest,
            size: u64::try_from(row.size).unwrap_or_default(),
            gun,
            roles,
            released_digest: row.released,
            updated_at: row.updated_at,
            author: row.pushed_by.and_then(|id| authors.get(&id).cloned()),
        })
    }
}

/// Signatures in other roles count for nobody (`trust/signed.rs`).
fn says_what_tags_are(role: &str) -> bool {
    let role: Result<::trust::Role, _> = role.parse();
    role.is_ok_and(|role| {
        role == ::trust::Role::Targets || role.parent() == Some(::trust::Role::Targets)
    })
}

/// Where the next page starts: behind this.
fn start(row: &Waiting) -> String {
    format!(
        "{}@{}@{}",
        row.updated_at.unix_timestamp_nanos(),
        row.place,
        row.tag
    )
}

fn after(start: &str) -> ApiResult<After> {
    let read = || {
        let (time, rest) = start.split_once('@')?;
        let (place, tag) = rest.split_once('@')?;
        Some(After {
            updated_at: OffsetDateTime::from_unix_timestamp_nanos(time.parse().ok()?).ok()?,
            tag: tag.to_owned(),
            place: place.parse().ok()?,
        })
    };
    read().ok_or_else(|| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })
}
