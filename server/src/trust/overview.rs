//! `GET …/trust`: what trust data a repository has, who may sign it and who did, until when, and what is wrong with it.

use std::collections::{BTreeMap, HashSet};

use api::{
    error::Envelope,
    trust::{
        KeyHolder, RepositoryTrust, TrustCollection, TrustKey, TrustProblem, TrustProblemCode,
        TrustRole,
    },
};
use axum::{Json, extract::State};
use db::entities::trust_collection;
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use super::{
    signers::{Known, Sight, User},
    standing::{File, Role, Standing},
};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::Segments,
    operations::{Operations, routes},
    origin,
    repositories::{Found, Named},
    state::AppState,
};

/// What expires within this is named: time enough to find who has the keys.
const SOON: Duration = Duration::days(30);
/// The registry signs its part again by itself when a quarter of its life is left; later than this, something is wrong.
const LATE: Duration = Duration::days(2);
/// Tags that moved after they were signed, of which each is named.
const MOST_MOVED: usize = 100;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(get_trust_data))
}

/// Ours: shows the trust data of a repository: roles, delegations, keys and whose they are, expiry, and what is wrong.
///
/// It is what was verified when it was published. Names of users are for callers with an account, those of teams for members of their
/// organization.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/trust",
    tag = "repositories",
    params(Named),
    responses(
        (status = 200, description = "The trust data; no collection where nothing is signed.", body = RepositoryTrust),
        (status = 404, description = "`NO_SUCH_REPOSITORY`", body = Envelope),
    )
)]
async fn get_trust_data(
    State(state): State<AppState>,
    caller: Caller,
    Segments(named): Segments<Named>,
) -> ApiResult<Json<RepositoryTrust>> {
    let found = Found::visible(&state, &caller, &named).await?;
    let now = OffsetDateTime::now_utc();
    let mut collections = Vec::new();
    for row in db::trust::of_repository(&state.db, found.row.id).await? {
        if let Some(published_at) = row.published_at {
            let one = Overview::read(&state, &row, now).await?;
            collections.push(one.shown(&state, &caller, published_at).await?);
        }
    }
    Ok(Json(RepositoryTrust { collections }))
}

/// A collection, as it stands now.
struct Overview<'r> {
    row: &'r trust_collection::Model,
    /// `None` where it was not verified yet.
    standing: Option<Standing>,
    known: Known,
    /// The ids of the registry's own keys.
    held: HashSet<String>,
    signed_tags: u64,
    moved: Vec<String>,
    now: OffsetDateTime,
}

impl<'r> Overview<'r> {
    async fn read(
        state: &AppState,
        row: &'r trust_collection::Model,
        now: OffsetDateTime,
    ) -> ApiResult<Self> {
        let kept = db::trust::signers::standing(&state.db, row.id).await?;
        let standing = kept.map(|text| serde_json::from_str::<Standing>(&text));
        let mut standing = standing
            .transpose()
            .map_err(|error| ApiError::internal(&error))?;
        for role in standing.iter_mut().flat_map(|standing| &mut standing.roles) {
            if role.name == ::trust::Role::Timestamp.as_str() {
                renewed(state, row, role).await?;
            }
        }
        let keys = standing.iter().flat_map(|standing| &standing.roles);
        let keys = keys.flat_map(|role| &role.keys);
        let ids = keys.filter_map(|key| key.canonical.as_deref());
        let limit = u64::try_from(MOST_MOVED).unwrap_or(u64::MAX);
        Ok(Self {
            known: Known::of(state, ids).await?,
            held: db::trust::key_ids(&state.db, row.id).await?,
            signed_tags: db::trust::signed::count(&state.db, row.id).await?,
            moved: db::trust::signed::moved(&state.db, row, limit).await?,
            row,
            standing,
            now,
        })
    }

    async fn shown(
        &self,
        state: &AppState,
        caller: &Caller,
        published_at: OffsetDateTime,
    ) -> ApiResult<TrustCollection> {
        let roles: &[Role] = self.standing.as_ref().map_or(&[], |found| &found.roles);
        let keys = self.keys(roles);
        let users = keys.values().filter_map(|(_, user)| user.as_ref());
        let sight = Sight::of(state, caller, users).await?;
        let shown = keys.into_values().map(|(mut key, user)| {
            if let Some(user) = user {
                (key.user, key.teams) = sight.user(&user);
            }
            key
        });
        let keys: Vec<TrustKey> = shown.collect();
        Ok(TrustCollection {
            gun: self.row.gun.clone(),
            published_at,
            signed_tags: self.signed_tags,
            problems: self.problems(state, roles, &keys),
            roles: roles.iter().map(shown_role).collect(),
            keys,
        })
    }

    /// The keys of all roles, by id, and whose they are.
    fn keys(&self, roles: &[Role]) -> BTreeMap<String, (TrustKey, Option<User>)> {
        let mut found = BTreeMap::new();
        for role in roles {
            for key in &role.keys {
                let id = key.canonical.as_deref();
                let (holder, user) = match id {
                    _ if self.held.contains(&key.id) => (KeyHolder::Registry, None),
                    None => (KeyHolder::Unknown, None),
                    Some(id) => self.known.holder(id, self.now),
                };
                let shown = TrustKey {
                    id: key.id.clone(),
                    key_id: key.canonical.clone(),
                    algorithm: key.algorithm.clone(),
                    holder,
                    user: None,
                    teams: Vec::new(),
                };
                found.entry(key.id.clone()).or_insert((shown, user));
            }
        }
        found
    }

    fn problems(&self, state: &AppState, roles: &[Role], keys: &[TrustKey]) -> Vec<TrustProblem> {
        use TrustProblemCode::{ForeignHost, HashMismatch, NotVerified, UnknownKey, Untrusted};
        let mut found = Vec::new();
        let host = self.row.gun.split_once('/').map_or("", |(host, _)| host);
        if !origin::is_ours(&state.config, host) {
            found.push(problem(ForeignHost, host, format!(
                "{host} is not a name of this registry any more, so nothing of this counts. Sign again under {}, or delete it.",
                origin::our_host(&state.config)
            )));
        }
        match &self.standing {
            None => found.push(problem(NotVerified, "", "It was published before the registry was upgraded, and is being verified. Look again in a minute.".to_owned())),
            Some(Standing { untrusted: Some(why), .. }) => found.push(problem(Untrusted, "", format!(
                "Clients believe nothing of this: {why}. Who has the keys can publish again, and who administers the repository can delete it."
            ))),
            Some(_) => {}
        }
        found.extend(roles.iter().filter_map(|role| self.problem_of(role)));
        for tag in &self.moved {
            found.push(problem(HashMismatch, tag, format!(
                "{tag} is another image now than the one that was signed. Sign it again, or push the signed one."
            )));
        }
        for key in keys.iter().filter(|key| signs_tags(roles, &key.id)) {
            let why = match key.holder {
                KeyHolder::Registry | KeyHolder::Signer => continue,
                KeyHolder::CertificateEnded if !self.known.are_good_now => continue,
                KeyHolder::CertificateEnded => {
                    "has a certificate that has ended, and this registry asks for those that are valid now: sign again with another key"
                }
                KeyHolder::NotDesignated => {
                    "is not designated as a signing key: its user ticks Signing key under Keys"
                }
                KeyHolder::Inactive => "is of a user who may not sign in any more",
                KeyHolder::Revoked => {
                    "was revoked: take it out of the role, and sign again with another"
                }
                KeyHolder::Unknown => {
                    "is nobody's: its user registers it under Keys, and ticks Signing key"
                }
            };
            let id = key.key_id.as_ref().unwrap_or(&key.id);
            let short: String = id.chars().take(12).collect();
            found.push(problem(
                UnknownKey,
                id,
                format!("The key {short} {why}. What it signs counts as nobody's."),
            ));
        }
        found
    }

    /// What is wrong with a role.
    fn problem_of(&self, role: &Role) -> Option<TrustProblem> {
        use TrustProblemCode::{Expired, ExpiresSoon, InvalidRole, NothingPublished};
        let name = &role.name;
        let by_us = matches!(name.as_str(), "snapshot" | "timestamp");
        match &role.file {
            File::Absent => Some(problem(
                NothingPublished,
                name,
                format!("Nobody has signed in {name} yet."),
            )),
            File::Invalid(why) => Some(problem(
                InvalidRole,
                name,
                format!("{name} does not count: {why}. Who has its keys can publish it again."),
            )),
            File::Valid { expires_at, .. } if *expires_at < self.now => Some(problem(
                Expired,
                name,
                format!(
                    "{name} has expired, so clients refuse what depends on it. Who has its keys publishes again."
                ),
            )),
            File::Valid { expires_at, .. } => {
                let left = *expires_at - self.now;
                let soon = if by_us { LATE } else { SOON };
                (left < soon).then(|| {
                    problem(
                        ExpiresSoon,
                        name,
                        format!(
                            "{name} expires in {} days. Who has its keys publishes again before.",
                            left.whole_days()
                        ),
                    )
                })
            }
        }
    }
}

/// The registry signs timestamps again by itself, and verifies nothing else then.
async fn renewed(
    state: &AppState,
    row: &trust_collection::Model,
    role: &mut Role,
) -> ApiResult<()> {
    #[derive(Deserialize)]
    struct Timestamp {
        signed: Common,
    }
    #[derive(Deserialize)]
    struct Common {
        version: i64,
        #[serde(with = "time::serde::rfc3339")]
        expires: OffsetDateTime,
    }
    let Some(file) = db::trust::current(&state.db, row.id, &role.name).await? else {
        return Ok(());
    };
    if let File::Valid {
        version,
        expires_at,
        ..
    } = &mut role.file
    {
        let now: Timestamp =
            serde_json::from_slice(&file.content).map_err(|error| ApiError::internal(&error))?;
        (*version, *expires_at) = (now.signed.version, now.signed.expires);
    }
    Ok(())
}

/// Whether a key may say what tags are.
fn signs_tags(roles: &[Role], key: &str) -> bool {
    roles.iter().any(|role| {
        let names_tags = role
            .name
            .parse()
            .is_ok_and(|role: ::trust::Role| role.names_targets());
        names_tags && role.keys.iter().any(|other| other.id == key)
    })
}

fn problem(code: TrustProblemCode, subject: &str, message: String) -> TrustProblem {
    TrustProblem {
        code,
        subject: subject.to_owned(),
        message,
    }
}

fn shown_role(role: &Role) -> TrustRole {
    let (version, expires_at, signed_by) = match &role.file {
        File::Valid {
            version,
            expires_at,
            signed_by,
        } => (Some(*version), Some(*expires_at), signed_by.clone()),
        File::Absent | File::Invalid(_) => (None, None, Vec::new()),
    };
    TrustRole {
        name: role.name.clone(),
        key_ids: role.keys.iter().map(|key| key.id.clone()).collect(),
        threshold: u64::try_from(role.threshold).unwrap_or(u64::MAX),
        signed_by,
        paths: role.paths.clone(),
        version,
        expires_at,
    }
}
