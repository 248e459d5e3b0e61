//! Which images may be pulled, by who signed them. What is asked is in `rules::signing`; here it is looked up and remembered.
//!
//! A verdict is remembered with the revision of its repository and with that of all other recorded changes: keys, accounts, teams,
//! policies, trust data. So a key that is revoked counts no more with the next request. It is remembered for [`AGAIN`] at most: that
//! bounds what a change whose request was given up in the middle could leave behind, and how long a signature outlives its expiry.
//! Where nothing is asked, nothing is read but that.

mod admit;
mod evaluate;
mod settings;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use db::{
    Revision,
    entities::repository,
    trust::policies::{self, FACTS, POLICIES, Wanted, Whose},
};
use moka::sync::Cache as Map;
use rules::signing::{self, Image, Level, Mode, Policy, Signer, Verdict};
use time::OffsetDateTime;
use uuid::Uuid;

use super::signers::{Release, signers_of_all};
use crate::{
    error::{ApiError, ApiResult},
    operations::Operations,
    state::AppState,
};

pub(crate) use admit::{blob, manifest};

/// What is remembered is asked anew after so long.
const AGAIN: Duration = Duration::from_secs(5);
/// Repositories, and images and blobs, that are remembered.
const REMEMBERED: u64 = 20_000;

/// `/api/v0/trust/…` and `…/trustPolicy`
pub(super) fn router() -> Operations {
    settings::router().merge(evaluate::router())
}

/// What is asked for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Asked {
    /// A manifest by a tag, and what the tag points to for this request: what is judged is what is sent.
    Tag(String, String),
    /// A manifest.
    Digest(String),
    /// A blob.
    Blob(String),
}

impl Asked {
    /// As people write it: the tag, or the digest.
    fn name(&self) -> String {
        match self {
            Self::Tag(tag, _) => tag.clone(),
            Self::Digest(digest) | Self::Blob(digest) => digest.clone(),
        }
    }

    /// The digest of what is asked for.
    fn wanted_digest(&self) -> &str {
        match self {
            Self::Tag(_, digest) | Self::Digest(digest) | Self::Blob(digest) => digest,
        }
    }

    fn wanted(&self) -> Wanted<'_> {
        match self {
            Self::Tag(_, digest) | Self::Digest(digest) => Wanted::Manifest(digest),
            Self::Blob(digest) => Wanted::Blob(digest),
        }
    }

    /// As a reference of that repository.
    fn reference(&self, repository: &str) -> String {
        let mark = if matches!(self, Self::Tag(..)) {
            ':'
        } else {
            '@'
        };
        format!("{repository}{mark}{}", self.name())
    }
}

/// The levels that ask something of a repository's images.
type Levels = Arc<[(Level, Policy)]>;

/// A value, what it was read at, and until when it is good.
#[derive(Clone, Debug)]
struct Kept<T> {
    read_at: [Revision; 2],
    until: Instant,
    value: T,
}

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Remembered {
    levels: Map<Uuid, Kept<Levels>>,
    verdicts: Map<(Uuid, Asked), Kept<Arc<Verdict>>>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            levels: Map::new(REMEMBERED),
            verdicts: Map::new(REMEMBERED),
        }
    }
}

fn fresh<K, T>(map: &Map<K, Kept<T>>, key: &K, now: Option<[Revision; 2]>) -> Option<T>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    let kept = map.get(key)?;
    (Some(kept.read_at) == now && Instant::now() < kept.until).then_some(kept.value)
}

fn keep<K, T>(map: &Map<K, Kept<T>>, key: K, read_at: Option<[Revision; 2]>, value: T)
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    let until = Instant::now() + AGAIN;
    if let Some(read_at) = read_at {
        map.insert(
            key,
            Kept {
                read_at,
                until,
                value,
            },
        );
    }
}

/// Both revisions; `None` where nothing may be remembered.
fn revisions(state: &AppState, repository: Uuid, also: &str) -> Option<[Revision; 2]> {
    Some([state.db.revision(&repository)?, state.db.revision(&also)?])
}

/// What is asked of a repository's images.
async fn levels(state: &AppState, repository: &repository::Model) -> ApiResult<Levels> {
    let remembered = &state.cache.trust_policies.levels;
    let revisions = revisions(state, repository.id, POLICIES);
    if let Some(levels) = fresh(remembered, &repository.id, revisions) {
        return Ok(levels);
    }
    let rows = policies::of_repository(&state.db, repository.account_id, repository.id).await?;
    let mut levels = Vec::new();
    for (whose, content) in rows {
        let level = match whose {
            Whose::Registry => Level::Registry,
            Whose::Organization(_) => Level::Organization,
            Whose::Repository(_) => Level::Repository,
        };
        levels.push((level, read(&content)?));
    }
    levels.retain(|(_, policy)| policy.mode != Mode::Off);
    levels.sort_by_key(|(level, _)| *level);
    let levels: Levels = levels.into();
    keep(remembered, repository.id, revisions, Arc::clone(&levels));
    Ok(levels)
}

/// A policy as it is stored. One that cannot be read fails the request: it may have asked for anything.
fn read(content: &str) -> ApiResult<Policy> {
    serde_json::from_str(content).map_err(|error| ApiError::internal(&error))
}

/// How it stands with what is asked for; without a line where nothing is asked of it.
async fn verdict(
    state: &AppState,
    repository: &repository::Model,
    asked: &Asked,
) -> ApiResult<(Levels, Arc<Verdict>)> {
    let revisions = revisions(state, repository.id, FACTS);
    let levels = levels(state, repository).await?;
    if levels.is_empty() {
        return Ok((levels, Arc::default()));
    }
    let remembered = &state.cache.trust_policies.verdicts;
    let key = (repository.id, asked.clone());
    if let Some(verdict) = fresh(remembered, &key, revisions) {
        return Ok((levels, verdict));
    }
    let image = Image {
        names: names(state, repository, asked, &levels).await?,
        signed: signed(state, repository, asked).await?,
    };
    let verdict = Arc::new(signing::evaluate(&levels, &image));
    keep(remembered, key, revisions, Arc::clone(&verdict));
    Ok((levels, verdict))
}

/// By which names it may be excepted.
async fn names(
    state: &AppState,
    repository: &repository::Model,
    asked: &Asked,
    levels: &[(Level, Policy)],
) -> ApiResult<Vec<String>> {
    let mut tags = match asked {
        Asked::Tag(tag, _) => vec![tag.clone()],
        _ if levels
            .iter()
            .all(|(_, policy)| policy.exceptions.is_empty()) =>
        {
            Vec::new()
        }
        _ => policies::tags_above(&state.db, repository.id, asked.wanted()).await?,
    };
    if !matches!(asked, Asked::Tag(..)) {
        tags.push(String::new());
    }
    let (namespace, name) = (&repository.namespace, &repository.name);
    let full = |tag: String| format!("{namespace}/{name}:{tag}");
    Ok(tags.into_iter().map(full).collect())
}

/// Who signed each manifest that it is reached by. Whoever adds another kind of signature adds the manifests to those that are found
/// here, and the signers to those of each.
async fn signed(
    state: &AppState,
    repository: &repository::Model,
    asked: &Asked,
) -> ApiResult<Vec<Vec<Signer>>> {
    let digests = policies::signed_above(&state.db, repository.id, asked.wanted()).await?;
    let now = OffsetDateTime::now_utc();
    let releases: HashMap<String, Vec<Release>> = signers_of_all(
        state,
        repository.id,
        digests.iter().map(String::as_str),
        now,
    )
    .await?;
    let signers = |releases: Vec<Release>| {
        let users = releases.iter().flat_map(Release::users);
        let signer = |user: &super::User| Signer {
            id: user.id,
            name: user.name.clone(),
            teams: user.teams.iter().map(|team| team.team).collect(),
        };
        users.map(signer).collect()
    };
    Ok(releases.into_values().map(signers).collect())
}
