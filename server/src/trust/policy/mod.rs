//! Which images may be pulled, by who signed them. What is asked is in `rules::signing`; here it is looked up and remembered.
//!
//! A verdict is remembered with what tells that it is still true. Where this process is the only writer, that is the revision of its
//! repository and that of all other recorded changes: keys, accounts, teams, policies, trust data. Where there are others (PostgreSQL),
//! it is which transactions the question for the policies saw: any that has written since makes it another. So a key that is revoked
//! counts no more with the next request. It is remembered for [`AGAIN`] at most: that bounds what a change whose request was given up in
//! the middle could leave behind, and how long a signature or an exception outlives its end. Where nothing is asked, nothing is read but
//! that.
//!
//! A tag is signed as what Notary's trust data says of this tag, in a collection of this repository; a digest by whatever is signed as
//! it. What is read is bounded, and whatever is beyond the bounds counts as not signed and not excepted.

mod admission;
mod admit;
mod elsewhere;
mod evaluate;
mod known;
mod settings;
mod trial;

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash},
    sync::Arc,
    time::{Duration, Instant},
};

use db::{
    Revision,
    entities::repository,
    trust::policies::{self, FACTS, POLICIES, Wanted, Whose},
};
use moka::sync::Cache as Map;
use rules::signing::{self, Level, Mode, Policy, Requirement, Sight, Verdict};
use time::OffsetDateTime;
use tokio::sync::MutexGuard;
use uuid::Uuid;

use super::signers;
use crate::{
    caller::Known,
    error::{ApiError, ApiResult},
    operations::Operations,
    state::AppState,
};

pub(crate) use admit::{Admitted, blob, manifest, may_read};
pub(crate) use elsewhere::{keeps, shows};

/// What is remembered is asked anew after so long.
const AGAIN: Duration = Duration::from_secs(5);
/// Repositories, and images and blobs, that are remembered.
const REMEMBERED: u64 = 20_000;
/// Questions that are answered at once, at most.
const GATES: usize = 64;

/// `/api/v0/trust/…`, `…/trustPolicy` and `/admission/v1…`
pub(super) fn router() -> Operations {
    settings::router()
        .merge(evaluate::router())
        .merge(trial::router())
        .merge(admission::router())
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

/// What it is asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum For {
    /// To be read: what signs an image that may be pulled is read with it, to verify it.
    Reading,
    /// To be run, or promoted.
    Running,
}

/// The levels that ask something of a repository's images.
type Levels = Arc<[(Level, Policy)]>;

/// What was asked, and how it stands with it.
type Judged = (Levels, Arc<Verdict>);

/// What is read at one is true as long as it is that.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Point {
    /// Nothing was written by this process, which is the only one.
    Alone([Revision; 2]),
    /// No transaction was committed in the database.
    Shared(String),
}

/// A value, what it was read at, and until when it is good.
#[derive(Clone, Debug)]
struct Kept<T> {
    read_at: Point,
    until: Instant,
    value: T,
}

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Remembered {
    levels: Map<Uuid, Kept<Levels>>,
    verdicts: Map<(Uuid, Asked, For), Kept<Judged>>,
    /// Who asks the same at once waits for one answer. Few enough to be here always, many enough to keep others apart.
    gates: [tokio::sync::Mutex<()>; GATES],
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            levels: Map::new(REMEMBERED),
            verdicts: Map::new(REMEMBERED),
            gates: std::array::from_fn(|_| tokio::sync::Mutex::default()),
        }
    }
}

impl Remembered {
    async fn turn(&self, key: &impl Hash) -> Option<MutexGuard<'_, ()>> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        let at = usize::try_from(hash % GATES as u64).ok()?;
        Some(self.gates.get(at)?.lock().await)
    }
}

fn fresh<K, T>(map: &Map<K, Kept<T>>, key: &K, now: Option<&Point>) -> Option<T>
where
    K: Hash + Eq + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
{
    let kept = map.get(key)?;
    (Some(&kept.read_at) == now && Instant::now() < kept.until).then_some(kept.value)
}

fn keep<K, T>(map: &Map<K, Kept<T>>, key: K, read_at: Option<Point>, value: T)
where
    K: Hash + Eq + Send + Sync + 'static,
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

/// `None` where this process is not the only one.
fn alone(state: &AppState, repository: Uuid, also: &str) -> Option<Point> {
    let revisions = [state.db.revision(&repository)?, state.db.revision(&also)?];
    Some(Point::Alone(revisions))
}

/// What is asked of a repository's images, and, where other processes write too, at which point of theirs.
async fn levels(
    state: &AppState,
    repository: &repository::Model,
) -> ApiResult<(Levels, Option<Point>)> {
    let remembered = &state.cache.trust_policies.levels;
    let now = alone(state, repository.id, POLICIES);
    if let Some(levels) = fresh(remembered, &repository.id, now.as_ref()) {
        return Ok((levels, None));
    }
    let asked = policies::of_repository(&state.db, repository.account_id, repository.id).await?;
    let mut levels = Vec::new();
    for (whose, content) in asked.levels {
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
    keep(remembered, repository.id, now, Arc::clone(&levels));
    Ok((levels, asked.seen.map(Point::Shared)))
}

/// What is asked of the images of each of these repositories, by every level that asks something: one question.
pub(crate) async fn of_repositories<'r>(
    state: &AppState,
    repositories: impl Iterator<Item = &'r repository::Model> + Clone,
) -> ApiResult<HashMap<Uuid, Vec<(Level, Policy)>>> {
    let owners = repositories.clone().map(|row| row.account_id);
    let ids = repositories.clone().map(|row| row.id);
    let mut asked: HashMap<Whose, Policy> = HashMap::new();
    for (whose, content) in policies::of_repositories(&state.db, owners, ids).await? {
        asked.insert(whose, read(&content)?);
    }
    let all = repositories.map(|row| {
        let levels = [
            (Level::Registry, Whose::Registry),
            (Level::Organization, Whose::Organization(row.account_id)),
            (Level::Repository, Whose::Repository(row.id)),
        ];
        let levels = levels
            .into_iter()
            .filter_map(|(level, whose)| Some((level, asked.get(&whose)?.clone())));
        (row.id, levels.collect())
    });
    Ok(all.collect())
}

/// What is asked by whoever names one of these teams, also where it is off.
pub(crate) async fn naming(
    state: &AppState,
    teams: impl IntoIterator<Item = Uuid>,
) -> ApiResult<Vec<(Whose, Policy)>> {
    let rows = policies::naming(&state.db, teams).await?.into_iter();
    rows.map(|(whose, content)| Ok((whose, read(&content)?)))
        .collect()
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
    purpose: For,
) -> ApiResult<Judged> {
    let remembered = &state.cache.trust_policies.verdicts;
    let key = (repository.id, asked.clone(), purpose);
    let alone = alone(state, repository.id, FACTS);
    // A policy that is set is one of the facts, so that this is all where a process is alone.
    if alone.is_some()
        && let Some(judged) = fresh(remembered, &key, alone.as_ref())
    {
        return Ok(judged);
    }
    let (levels, shared) = levels(state, repository).await?;
    if levels.is_empty() {
        return Ok((levels, Arc::default()));
    }
    let point = alone.or(shared);
    if let Some(judged) = fresh(remembered, &key, point.as_ref()) {
        return Ok(judged);
    }
    let _turn = state.cache.trust_policies.turn(&key).await;
    if let Some(judged) = fresh(remembered, &key, point.as_ref()) {
        return Ok(judged);
    }
    let now = OffsetDateTime::now_utc();
    let mut verdict = judge(state, repository, asked, &levels, now).await?;
    if purpose == For::Reading && !verdict.admits() {
        for signed in policies::signed_by(&state.db, repository.id, asked.wanted()).await? {
            let of_image = judge(state, repository, &Asked::Digest(signed), &levels, now).await?;
            if of_image.admits() {
                verdict = of_image;
                break;
            }
        }
    }
    let judged: Judged = (levels, Arc::new(verdict));
    keep(remembered, key, point, judged.clone());
    Ok(judged)
}

async fn judge(
    state: &AppState,
    repository: &repository::Model,
    asked: &Asked,
    levels: &[(Level, Policy)],
    now: OffsetDateTime,
) -> ApiResult<Verdict> {
    let has_exceptions = levels
        .iter()
        .any(|(_, policy)| !policy.exceptions.is_empty());
    let mut verdict = Verdict::default();
    for most in policies::MOST_SIGNED {
        let known = known::of(state, repository, asked, (has_exceptions, most), now).await?;
        verdict = signing::evaluate(levels, &known.ways, now);
        verdict.is_incomplete = known.has_more && !verdict.admits();
        if !verdict.is_incomplete {
            break;
        }
    }
    Ok(verdict)
}

/// What somebody, with what they came with, is told of the names in a verdict.
async fn sight(state: &AppState, known: Option<&Known>, verdict: &Verdict) -> ApiResult<Sight> {
    let orgs = verdict
        .lines
        .iter()
        .filter_map(|line| match &line.requirement {
            Requirement::Member(team) => Some(team.org),
            Requirement::Anybody => None,
        });
    let sight = signers::Sight::of_teams(state, known, orgs.collect()).await?;
    Ok(sight.names().clone())
}
