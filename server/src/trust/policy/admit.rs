//! What is asked of images, at a pull. Who reads in order to sign has a right that is said somewhere, never a name that a client gives
//! itself: a token that grants push to the repository, or membership in a team of signers of each level that refuses.
//!
//! A token that grants push is sound: only who may write there gets one, so they could have put the image there themselves, and they
//! asked for it; what runs images asks for pull alone, and is refused even with the credentials of somebody who may write. A password
//! or an access token sent by itself says nothing of what it is for, and counts as one that asked for pull.

use db::entities::repository;
use rules::signing::{Level, Line, Mode, Policy, Verdict};
use serde_json::json;

use super::{Asked, verdict};
use crate::{
    events::{Event, Kind, ObjectType},
    registry::{error::Outcome, identity::Visitor},
};

/// Refuses a manifest, by tag or by digest, of which something is asked that does not hold.
pub(crate) async fn manifest(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    tag: Option<&str>,
    digest: &str,
) -> Outcome<()> {
    let digest = digest.to_owned();
    let asked = match tag {
        Some(tag) => Asked::Tag(tag.to_owned(), digest),
        None => Asked::Digest(digest),
    };
    admit(visitor, repository, &asked).await
}

/// Refuses a blob that no manifest has which may be pulled.
pub(crate) async fn blob(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    digest: &oci::Digest,
) -> Outcome<()> {
    admit(visitor, repository, &Asked::Blob(digest.to_string())).await
}

async fn admit(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    asked: &Asked,
) -> Outcome<()> {
    let (levels, verdict) = verdict(visitor.state, repository, asked).await?;
    if verdict.admits() {
        if verdict.warning().next().is_some() {
            record(visitor, repository, asked, &verdict, Mode::Warn);
        }
        return Ok(());
    }
    if may_read_to_sign(visitor, repository, &levels, &verdict).await? {
        return Ok(());
    }
    record(visitor, repository, asked, &verdict, Mode::Enforce);
    let full_name = format!("{}/{}", repository.namespace, repository.name);
    let with_names = visitor.account().is_some();
    let lines: Vec<String> = verdict
        .refusing()
        .map(|line| line.words(with_names))
        .collect();
    let message = format!(
        "{} may not be pulled: {}",
        asked.reference(&full_name),
        lines.join("; ")
    );
    Err(oci::Error::denied(message).into())
}

async fn may_read_to_sign(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    levels: &[(Level, Policy)],
    verdict: &Verdict,
) -> Outcome<bool> {
    if visitor.has_token_to_push(repository).await? {
        return Ok(true);
    }
    let Some(account) = visitor.account() else {
        return Ok(false);
    };
    let refuses = |level: Level| verdict.refusing().any(|line| line.level == level);
    let refusing: Vec<&Policy> = levels
        .iter()
        .filter(|(level, _)| refuses(*level))
        .map(|(_, policy)| policy)
        .collect();
    let teams = refusing.iter().flat_map(|policy| &policy.signers);
    let teams: Vec<_> = teams.map(|team| team.id).collect();
    if teams.is_empty() {
        return Ok(false);
    }
    let own = db::teams::with_member(&visitor.state.db, account, teams).await?;
    let is_signer = |policy: &&Policy| policy.signers.iter().any(|team| own.contains(&team.id));
    Ok(refusing.iter().all(is_signer))
}

/// Records a refusal, or a pull that is only warned of: the same once in an hour.
fn record(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    asked: &Asked,
    verdict: &Verdict,
    mode: Mode,
) {
    let of = |line: &&Line| line.mode == mode && !line.holds();
    let lines = verdict.lines.iter().filter(of);
    let lines: Vec<String> = lines.map(|line| line.words(true)).collect();
    let name = asked.name();
    let digest = asked.wanted_digest();
    visitor.record_once(
        repository,
        (Some(&name), &format!("{mode:?} {digest}")),
        || {
            let object = match asked {
                Asked::Tag(..) => ObjectType::Tag,
                Asked::Digest(_) => ObjectType::Manifest,
                Asked::Blob(_) => ObjectType::Repository,
            };
            let kind = if mode == Mode::Enforce {
                Kind::Fail
            } else {
                Kind::Get
            };
            let full_name = format!("{}/{}", repository.namespace, repository.name);
            Event::new(kind, object, None, name.as_str())
                .with(ObjectType::Repository, repository.id, full_name)
                .because(lines.join("; "))
                .detail(json!({ "digest": digest, "trustPolicy": mode }))
        },
    );
}
