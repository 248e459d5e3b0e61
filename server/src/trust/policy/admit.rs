//! What is asked of images, at a pull. Who reads in order to sign has a right that is said somewhere: they are in a team of signers of
//! each level that refuses, and what they came with may push there. Nothing else counts: no other right, no scope that a client asks for,
//! no name that it gives itself. Each such read is recorded.

use std::sync::Arc;

use db::entities::repository;
use rules::signing::{Level, Mode, Policy, Sight, Verdict};
use serde::Serialize;
use serde_json::json;

use super::{Asked, For, sight, verdict};
use crate::{
    events::{Event, Kind, ObjectType},
    registry::{error::Outcome, identity::Visitor},
};

/// What policies say of what may be pulled.
#[derive(Debug, Default)]
pub(crate) struct Admitted {
    /// Why it will be refused when its policy is enforced.
    pub(crate) warning: Option<String>,
    /// How it stands; `None` where nobody asks anything, or more than that it is pulled is recorded.
    verdict: Option<Arc<Verdict>>,
}

impl Admitted {
    /// What is recorded of it with the pull. Whoever reads that may not see the teams.
    pub(crate) fn decision(&self) -> Option<serde_json::Value> {
        let verdict = self.verdict.as_ref()?;
        let lines = &verdict.lines;
        let decision = if lines.iter().any(|line| line.excepted.is_some()) {
            "excepted"
        } else {
            "admitted"
        };
        let reasons = lines.iter().map(|line| line.words(&Sight::default()));
        let reasons: Vec<String> = reasons.collect();
        Some(json!({ "decision": decision, "reasons": reasons }))
    }
}

/// Refuses a manifest, by tag or by digest, of which something is asked that does not hold. Where that is only warned of, it says so.
pub(crate) async fn manifest(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    tag: Option<&str>,
    digest: &str,
) -> Outcome<Admitted> {
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
    let asked = Asked::Blob(digest.to_string());
    admit(visitor, repository, &asked).await.map(drop)
}

/// Whether a blob is reached through a manifest that may be pulled. Nothing is recorded.
pub(crate) async fn may_read(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    digest: &oci::Digest,
) -> Outcome<bool> {
    let asked = Asked::Blob(digest.to_string());
    let (levels, verdict) = verdict(visitor.state, repository, &asked, For::Reading).await?;
    Ok(verdict.admits() || may_read_to_sign(visitor, repository, &levels, &verdict).await?)
}

async fn admit(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    asked: &Asked,
) -> Outcome<Admitted> {
    let (levels, verdict) = verdict(visitor.state, repository, asked, For::Reading).await?;
    let full_name = || format!("{}/{}", repository.namespace, repository.name);
    if verdict.admits() {
        if verdict.warning().next().is_none() {
            let verdict = (!verdict.lines.is_empty()).then_some(verdict);
            return Ok(Admitted {
                warning: None,
                verdict,
            });
        }
        record(visitor, repository, asked, &verdict, Decision::Warned);
        let missing = missing(visitor, &verdict, Mode::Warn).await?;
        let reference = asked.reference(&full_name());
        return Ok(Admitted {
            warning: Some(format!(
                "{reference} will be refused when its policy is enforced: {missing}"
            )),
            verdict: None,
        });
    }
    if may_read_to_sign(visitor, repository, &levels, &verdict).await? {
        record(visitor, repository, asked, &verdict, Decision::ToSign);
        return Ok(Admitted::default());
    }
    record(visitor, repository, asked, &verdict, Decision::Refused);
    let missing = missing(visitor, &verdict, Mode::Enforce).await?;
    let reference = asked.reference(&full_name());
    Err(oci::Error::denied(format!("{reference} may not be pulled: {missing}")).into())
}

/// What is missing, as the visitor may be told.
async fn missing(visitor: &Visitor<'_>, verdict: &Verdict, mode: Mode) -> Outcome<String> {
    let known = visitor.known().await?;
    let sight = sight(visitor.state, known.as_ref(), verdict).await?;
    Ok(verdict.missing(mode, &sight))
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
            // what is no tag is a manifest in the record, by its digest; that of who reads it is not for readers
            Asked::Digest(_) | Asked::Blob(_) => ObjectType::Manifest,
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
