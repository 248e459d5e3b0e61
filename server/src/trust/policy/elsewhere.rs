//! Ways round the pull: a promotion to where less is asked, and the API, which gives manifests too.

use db::entities::repository;
use rules::signing::{Level, Mode, Sight};
use time::OffsetDateTime;

use super::{Asked, For, sight, verdict};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    state::AppState,
};

/// Why an image may not be promoted from one repository to the other: it does not hold what a level asks that does not ask it at the
/// target, or of which the target's tag is excepted. What is asked there as well, is asked there at each pull.
pub(crate) async fn keeps(
    state: &AppState,
    source: &repository::Model,
    (target, target_tag): (&repository::Model, &str),
    tag: &str,
    digest: &str,
) -> ApiResult<Option<String>> {
    let asked = Asked::Tag(tag.to_owned(), digest.to_owned());
    let (levels, verdict) = verdict(state, source, &asked, For::Running).await?;
    let name = format!("{}/{}:{target_tag}", target.namespace, target.name);
    let now = OffsetDateTime::now_utc();
    let excepts = |level| {
        let mut levels = levels.iter().filter(|(of, _)| *of == level);
        levels.any(|(_, policy)| policy.excepts(&name, now))
    };
    let is_shared = |level| match level {
        Level::Registry => !excepts(level),
        Level::Organization => source.account_id == target.account_id && !excepts(level),
        Level::Repository => source.id == target.id,
    };
    let keeps = verdict.refusing().any(|line| !is_shared(line.level));
    Ok(keeps.then(|| {
        let missing = verdict.missing(Mode::Enforce, &Sight::default());
        format!("it may not leave the repository without its signatures: {missing}")
    }))
}

/// Refuses the bytes of a manifest to a caller of the API, as at a pull.
pub(crate) async fn shows(
    state: &AppState,
    caller: &Caller,
    repository: &repository::Model,
    digest: &str,
) -> ApiResult<()> {
    let asked = Asked::Digest(digest.to_owned());
    let (_, verdict) = verdict(state, repository, &asked, For::Reading).await?;
    if verdict.admits() {
        return Ok(());
    }
    let sight = sight(state, caller.known(), &verdict).await?;
    Err(ApiError::not_authorized(format!(
        "{digest} may not be pulled, and so its manifest is not shown: {}.",
        verdict.missing(Mode::Enforce, &sight)
    )))
}
