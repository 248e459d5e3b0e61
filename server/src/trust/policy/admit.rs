//! What is asked of images, at a pull. Who reads in order to sign has a right that is said somewhere: they are in a team of signers of
//! each level that refuses, and what they came with may push there. Nothing else counts: no other right, no scope that a client asks for,
//! no name that it gives itself. Each such read is recorded.

use db::entities::repository;
use rules::signing::{Level, Mode, Policy, Sight, Verdict};
use serde::Serialize;
use serde_json::json;

use super::{Asked, sight, verdict};
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

/// Whether a blob is reached through a manifest that may be pulled. Nothing is recorded.
pub(crate) async fn may_read(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    digest: &oci::Digest,
) -> Outcome<bool> {
    let asked = Asked::Blob(digest.to_string());
    let (levels, verdict) = verdict(visitor.state, repository, &asked).await?;
    Ok(verdict.admits() || may_read_to_sign(visitor, repository, &levels, &verdict).await?)
}

async fn admit(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    asked: &Asked,
) -> Outcome<()> {
    let (levels, verdict) = verdict(visitor.state, repository, asked).await?;
    if verdict.admits() {
        if verdict.warning().next().is_some() {
            record(visitor, repository, asked, &verdict, Decision::Warned);
        }
        return Ok(());
    }
    if may_read_to_sign(visitor, repository, &levels, &verdict).await? {
        record(visitor, repository, asked, &verdict, Decision::ToSign);
        return Ok(());
    }
    record(visitor, repository, asked, &verdict, Decision::Refused);
    let full_name = format!("{}/{}", repository.namespace, repository.name);
    let known = visitor.known().await?;
    let sight = sight(visitor.state, known.as_ref(), &verdict).await?;
    let message = format!(
        "{} may not be pulled: {}",
        asked.reference(&full_name),
        verdict.missing(Mode::Enforce, &sight)
    );
    Err(oci::Error::denied(message).into())
}

async fn may_read_to_sign(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    levels: &[(Level, Policy)],
    verdict: &Verdict,
) -> Outcome<bool> {
    let Some(account) = visitor.account() else {
        return Ok(false);
    };
    let refuses = |level: Level| verdict.refusing().any(|line| line.level == level);
    let refusing: Vec<&Policy> = levels
        .iter()
        .filter(|(level, _)| refuses(*level))
        .map(|(_, policy)| policy)
        .collect();
    if refusing.iter().any(|policy| policy.signers.is_empty()) {
        return Ok(false);
    }
    let teams = refusing.iter().flat_map(|policy| &policy.signers);
    let teams: Vec<_> = teams.map(|team| team.id).collect();
    let own = db::teams::with_member(&visitor.state.db, account, teams).await?;
    let is_signer = |policy: &&Policy| policy.signers.iter().any(|team| own.contains(&team.id));
    Ok(refusing.iter().all(is_signer) && visitor.may_push(repository).await?)
}

/// What was decided, where something does not hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
enum Decision {
    /// It is pulled all the same.
    Warned,
    /// Whoever reads it is to sign it.
    ToSign,
    /// It is not pulled.
    Refused,
}

/// Records what was decided. The same once in an hour; but what is read in order to sign it, each time.
fn record(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    asked: &Asked,
    verdict: &Verdict,
    decision: Decision,
) {
    let name = asked.name();
    let digest = asked.wanted_digest();
    let event = || {
        let object = match asked {
            Asked::Tag(..) => ObjectType::Tag,
            Asked::Digest(_) => ObjectType::Manifest,
            Asked::Blob(_) => ObjectType::Repository,
        };
        let (kind, mode, why) = match decision {
            Decision::Refused => (Kind::Fail, Mode::Enforce, ""),
            Decision::Warned => (Kind::Get, Mode::Warn, ""),
            Decision::ToSign => (Kind::Get, Mode::Enforce, "read in order to sign it: "),
        };
        let full_name = format!("{}/{}", repository.namespace, repository.name);
        // Whoever reads the event may not see the teams.
        let missing = verdict.missing(mode, &Sight::default());
        Event::new(kind, object, None, name.as_str())
            .with(ObjectType::Repository, repository.id, full_name)
            .because(format!("{why}{missing}"))
            .detail(json!({ "digest": digest, "trustPolicy": mode, "decision": decision }))
    };
    if decision == Decision::ToSign && !matches!(asked, Asked::Blob(_)) {
        visitor.record(event());
    } else {
        let what = format!("{decision:?} {digest}");
        visitor.record_once(repository, (Some(&name), &what), event);
    }
}
