//! Verifies what is due. It is safe to end at any moment: a manifest stays due until what was found is written down.

use std::{collections::HashMap, sync::Arc, time::Duration};

use db::{
    entities::signature_manifest,
    signatures::{self, Finding, Kind},
};
use oci::{Digest, Manifest};
use time::{OffsetDateTime, UtcOffset};
use tokio_util::sync::CancellationToken;
use trust::attached::{
    self, Found, MAX_CONTENT, MAX_TOGETHER, Refused, Signer, Subject, Verified, predicate_type,
};
use uuid::Uuid;

use super::trusted::{Known, Whose};
use crate::{
    content,
    error::{ApiError, ApiResult},
    state::AppState,
};

/// How often it is looked whether something is due when nobody says so: another replica may have stored it.
const LOOK: Duration = Duration::from_secs(15);
/// What could not be verified waits for so long.
const AGAIN: Duration = Duration::from_secs(30);
/// Manifests that are verified with one look at who is trusted.
const LOT: u64 = 50;
/// The largest configuration beside signatures, in bytes: cosign writes some hundred.
const MAX_CONFIG: u64 = 8 << 10;
/// Manifests that hung by the same tag before in which it is looked when a signature came.
const MOST_BEFORE: u64 = 64;
/// Of texts that a signature brings, and of reasons that quote them, so many characters are kept.
const LONGEST_TEXT: usize = 300;

/// Works until `stop`.
pub(crate) async fn run(state: AppState, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = state.signatures.woken() => {}
            _ = look.tick() => {}
        }
        while !stop.is_cancelled() {
            let working = state.clone();
            // on a task of its own, so that a fault in one lot does not end it all
            match tokio::spawn(async move { lot(&working).await }).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => break,
                Ok(Err(error)) => {
                    tracing::error!(?error, "signatures cannot be verified; tried again");
                    break;
                }
                Err(error) => {
                    tracing::error!(%error, "verifying signatures broke off; tried again");
                    break;
                }
            }
        }
    }
}

/// Verifies everything that is due, once: for tests, which do not want to wait for it.
pub async fn settle(state: &AppState) -> Result<(), String> {
    while lot(state).await.map_err(|error| format!("{error:?}"))? {}
    Ok(())
}

/// Verifies what has been due for longest. False where nothing is.
async fn lot(state: &AppState) -> ApiResult<bool> {
    let now = OffsetDateTime::now_utc();
    let due = signatures::next(&state.db, now, LOT).await?;
    let repositories = due.iter().map(|row| row.repository_id);
    let repositories = db::repositories::by_ids(&state.db, repositories).await?;
    let mut known: HashMap<Uuid, Arc<Known>> = HashMap::new();
    for row in &due {
        let Some(repository) = repositories.get(&row.repository_id) else {
            // It is gone, and its rows are about to be.
            continue;
        };
        let account = repository.account_id;
        let known = if let Some(known) = known.get(&account) {
            Arc::clone(known)
        } else {
            let read = Arc::new(Known::of(state, account, now).await?);
            known.insert(account, Arc::clone(&read));
            read
        };
        let done = match look_at(state, row, known).await {
            Ok(findings) => signatures::done(&state.db, row, findings, now)
                .await
                .map_err(ApiError::from),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {}
            Err(error) => {
                tracing::error!(
                    ?error,
                    digest = row.digest,
                    "a signature cannot be verified; tried again"
                );
                signatures::postpone(&state.db, row, now + AGAIN).await?;
            }
        }
    }
    Ok(!due.is_empty())
}

/// What is found in one manifest. There is always something: that it holds no signature, at least.
async fn look_at(
    state: &AppState,
    row: &signature_manifest::Model,
    known: Arc<Known>,
) -> ApiResult<Vec<Finding>> {
    let Some((manifest, arrived)) = manifest(state, row.repository_id, &row.digest).await? else {
        return Ok(vec![refused(0, Kind::Unknown, &Refused::NoSignature)]);
    };
    let subject = subject(state, row, &manifest).await?;
    let all = attached::found(&manifest);
    if all.is_empty() {
        return Ok(vec![refused(0, Kind::Unknown, &Refused::NoSignature)]);
    }
    let arrivals = Arrivals::of(state, row, arrived).await?;
    let mut findings: Vec<Finding> = beside(state, &manifest, &all).await?.into_iter().collect();
    let mut together = 0_u64;
    for found in all {
        together = together.saturating_add(found.size);
        let content = if found.size > found.format.longest() || together > MAX_TOGETHER {
            Err(Refused::TooLong)
        } else {
            match content::read(state, &found.digest, MAX_CONTENT).await {
                Ok(Some(bytes)) => Ok(bytes),
                Ok(None) | Err(content::Error::Damaged(_)) => Err(Refused::Content),
                Err(error) => return Err(ApiError::internal(&error)),
            }
        };
        let (subject, known) = (subject.clone(), Arc::clone(&known));
        let arrived = arrivals.when(&found);
        let decide = move || match content {
            Ok(bytes) => decide(&found, &bytes, &subject, &known, arrived),
            Err(refusal) => refused(position(&found), kind(&found, None), &refusal),
        };
        // Hundreds of keys may have to be tried: not between other requests.
        let finding = tokio::task::spawn_blocking(decide).await;
        findings.push(finding.map_err(|error| ApiError::internal(&error))?);
    }
    Ok(findings)
}

/// When the signatures of a manifest came here: with it, or with one that hung by the same tag before.
struct Arrivals {
    last: OffsetDateTime,
    before: Vec<(Found, OffsetDateTime)>,
}

impl Arrivals {
    async fn of(
        state: &AppState,
        row: &signature_manifest::Model,
        last: OffsetDateTime,
    ) -> ApiResult<Self> {
        let holders = signatures::before(&state.db, row, MOST_BEFORE).await?;
        let before = holders.into_iter().flat_map(|holder| {
            let manifest = oci::manifest::parse(Some(&holder.media_type), &holder.content);
            let all = manifest.map(|manifest| attached::found(&manifest));
            let all = all.unwrap_or_default().into_iter();
            all.map(move |found| (found, holder.pushed_at))
        });
        Ok(Self {
            last,
            before: before.collect(),
        })
    }

    fn when(&self, found: &Found) -> OffsetDateTime {
        let same = |(before, _): &&(Found, OffsetDateTime)| {
            before.digest == found.digest && before.annotations == found.annotations
        };
        let first = self.before.iter().filter(same).map(|(_, at)| *at).min();
        first.map_or(self.last, |first| first.min(self.last))
    }
}

/// What a manifest holds that is no signature of it, as one that does not count: a manifest is read where a policy asks for signatures if
/// it holds nothing but signatures. It may be a layer of any kind, stored here or elsewhere, or what is too large for a configuration.
async fn beside(
    state: &AppState,
    manifest: &Manifest,
    signatures: &[Found],
) -> ApiResult<Option<Finding>> {
    let is_signature = |at: &usize| signatures.iter().any(|found| found.position == *at);
    let mut layers = 0..manifest.layers.len();
    let mut other = layers.find(|at| !is_signature(at));
    if let (None, Some(config)) = (other, &manifest.config) {
        let config = content::read(state, &config.digest, MAX_CONFIG).await;
        match config {
            Ok(Some(_)) => {}
            Ok(None) | Err(content::Error::Damaged(_)) => other = Some(manifest.layers.len()),
            Err(error) => return Err(ApiError::internal(&error)),
        }
    }
    Ok(other.map(|at| {
        let position = i32::try_from(at).unwrap_or(i32::MAX);
        refused(position, Kind::Unknown, &Refused::Beside)
    }))
}

/// A manifest with signatures, and when it arrived.
async fn manifest(
    state: &AppState,
    repository: Uuid,
    digest: &str,
) -> ApiResult<Option<(Manifest, OffsetDateTime)>> {
    let Ok(digest) = digest.parse() else {
        return Ok(None);
    };
    let row = db::manifests::find(&state.db, repository, &digest).await?;
    Ok(row.and_then(|row| {
        let manifest = oci::manifest::parse(Some(&row.media_type), &row.content).ok()?;
        Some((manifest, row.pushed_at))
    }))
}

/// What is signed: as it is here, or, where it is not yet, as the manifest with the signature describes it.
async fn subject(
    state: &AppState,
    row: &signature_manifest::Model,
    manifest: &Manifest,
) -> ApiResult<Subject> {
    let digest: Digest = row
        .subject_digest
        .parse()
        .map_err(|error: oci::Error| ApiError::internal(&error.message))?;
    if let Some(image) = db::manifests::find(&state.db, row.repository_id, &digest).await? {
        return Ok(Subject {
            digest,
            media_type: image.media_type,
            size: u64::try_from(image.content.len()).unwrap_or(u64::MAX),
            content: Some(image.content),
        });
    }
    let said = manifest.subject.as_ref();
    let said = said.filter(|said| said.digest == digest);
    Ok(Subject {
        digest,
        media_type: said.map_or_else(String::new, |said| said.media_type.clone()),
        size: said.map_or(0, |said| said.size),
        content: None,
    })
}

fn decide(
    found: &Found,
    content: &[u8],
    subject: &Subject,
    known: &Known,
    arrived: OffsetDateTime,
) -> Finding {
    let verified = match attached::verify(found, content, subject, &known.trusted, arrived) {
        Ok(verified) => verified,
        Err(refusal) => {
            let about = predicate_type(found, content);
            let kind = kind(found, about.as_deref());
            return Finding {
                predicate_type: about.as_deref().map(plain),
                ..refused(position(found), kind, &refusal)
            };
        }
    };
    let Verified {
        signer,
        kind,
        predicate_type,
        until,
        certificates_until,
    } = verified;
    let (id, subject) = match signer {
        Signer::Key { id } => (id, None),
        Signer::Certificate { store, subject, .. } => (store, Some(subject)),
    };
    let whose = known.whose.get(&id);
    Finding {
        position: position(found),
        kind: match kind {
            attached::Kind::Cosign => Kind::Cosign,
            attached::Kind::Attestation => Kind::Attestation,
            attached::Kind::Notation => Kind::Notation,
        },
        refusal: None,
        public_key: whose.and_then(|(whose, _)| match whose {
            Whose::User(id) => Some(*id),
            Whose::Trust(_) => None,
        }),
        trust: whose.and_then(|(whose, _)| match whose {
            Whose::Trust(id) => Some(*id),
            Whose::User(_) => None,
        }),
        signer: subject
            .or_else(|| whose.map(|(_, fingerprint)| fingerprint.clone()))
            .map(|text| plain(&text))
            .unwrap_or_default(),
        predicate_type: predicate_type.as_deref().map(plain),
        until: until.and_then(writable),
        certificates_until: certificates_until.and_then(writable),
    }
}

/// What is behind the last moment that can be written never comes.
fn writable(at: OffsetDateTime) -> Option<OffsetDateTime> {
    at.checked_to_offset(UtcOffset::UTC)
}

/// A text of somebody else's: cut, and without what is no letter. PostgreSQL keeps no NUL.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|letter| !letter.is_control())
        .take(LONGEST_TEXT)
        .collect()
}

fn position(found: &Found) -> i32 {
    i32::try_from(found.position).unwrap_or(i32::MAX)
}

/// What a signature that does not count says that it is.
fn kind(found: &Found, about: Option<&str>) -> Kind {
    match found.format {
        attached::Format::Jws | attached::Format::Cose => Kind::Notation,
        attached::Format::Envelope | attached::Format::Bundle if about.is_some() => {
            Kind::Attestation
        }
        attached::Format::SimpleSigning | attached::Format::Envelope | attached::Format::Bundle => {
            Kind::Cosign
        }
    }
}

fn refused(position: i32, kind: Kind, refusal: &Refused) -> Finding {
    Finding {
        position,
        kind,
        refusal: Some(plain(&refusal.to_string())),
        public_key: None,
        trust: None,
        signer: String::new(),
        predicate_type: None,
        until: None,
        certificates_until: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_are_cut_and_hold_nothing_that_no_database_keeps() {
        let long = Refused::Unsupported(format!("a\0b\n{}", "ü".repeat(LONGEST_TEXT)));
        let kept = refused(0, Kind::Cosign, &long).refusal.unwrap_or_default();
        assert_eq!(kept.chars().count(), LONGEST_TEXT);
        assert!(
            kept.contains("ab") && !kept.contains(char::is_control),
            "{kept}"
        );
    }
}
