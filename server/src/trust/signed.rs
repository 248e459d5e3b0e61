//! Which tags count as signed: what a client would find in `targets/releases`, or else in `targets`, verified when it is published
//! (note, section 5.2). DTR says of a tag that it is in Notary, and whether it moved after it was signed. Who signed is in
//! `signers.rs`.

use std::collections::{BTreeSet, HashMap};

use ::trust::{
    Collection, Gun, Role, View,
    view::{RoleStatus, SignedTag},
};
use db::{
    entities::trust_target,
    trust::{
        marks::Mark,
        role_keys,
        signed::{Verified, of_tags},
        signers::New,
    },
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    signers::{Release, Sight, resolve, signers_of_all},
    standing::Standing,
};
use crate::{error::ApiResult, state::AppState};

/// The rules by which [`verify`] goes. With another number all collections are verified anew when the program starts.
pub(super) const RULES: i32 = 3;

/// Verifies a collection as a client would. Names that no tag can have are left out; of a collection that no client would believe
/// nothing is signed.
pub(super) fn verify(
    gun: &Gun,
    collection: Uuid,
    stored: &Collection,
    now: OffsetDateTime,
) -> Verified {
    let view = match View::of(gun, stored, now) {
        Ok(view) => view,
        Err(error) => {
            tracing::warn!(%gun, %error, "what was published would not be believed by a client");
            return Verified {
                standing: Standing::untrusted(&error).to_json(),
                rules: RULES,
                ..Verified::default()
            };
        }
    };
    let row = |name: &str| {
        name.parse::<oci::Tag>().ok()?;
        let signed = view.signed(name)?;
        Some(trust_target::Model {
            collection_id: collection,
            name: name.to_owned(),
            role: signed.role.to_string(),
            digest: signed.digest.to_string(),
            expires_at: to_the_second(signed.expires),
            signed_in: signed_in(&signed),
        })
    };
    Verified {
        targets: view.tags().filter_map(row).collect(),
        signers: view.roles().iter().flat_map(signers).collect(),
        role_keys: view.roles().iter().flat_map(role_keys).collect(),
        marks: view.marks().iter().map(mark).collect(),
        standing: Standing::of(&view).to_json(),
        targets_only: view
            .roles()
            .iter()
            .all(|status| Role::BASE.contains(&status.role)),
        rules: RULES,
    }
}

/// The roles that say what a tag is.
fn signed_in(signed: &SignedTag) -> String {
    let roles = signed.signatures.iter();
    let roles: BTreeSet<&str> = roles.map(|signature| signature.role.as_str()).collect();
    roles.into_iter().collect::<Vec<_>>().join(" ")
}

/// Who signed a role that says what tags are: `targets`, or one that it delegates to directly.
fn signers(status: &RoleStatus) -> Vec<New> {
    let names_tags = status.role == Role::Targets || status.role.parent() == Some(Role::Targets);
    let Some(file) = status.file.as_ref().ok().filter(|_| names_tags) else {
        return Vec::new();
    };
    let new = |signer: &::trust::view::Signer| New {
        role: status.role.to_string(),
        key: signer.id.to_string(),
        canonical: signer.canonical.map(|id| id.to_string()),
        version: file.version,
        expires_at: to_the_second(file.expires),
    };
    file.signers.iter().map(new).collect()
}

/// Whose keys may sign a role that people sign.
fn role_keys(status: &RoleStatus) -> Vec<role_keys::New> {
    if matches!(status.role, Role::Snapshot | Role::Timestamp) {
        return Vec::new();
    }
    let names_all = status.role == Role::Root || status.paths.iter().any(String::is_empty);
    let keys = status.keys.iter().filter_map(|key| {
        Some(role_keys::New {
            role: status.role.to_string(),
            key: key.id.to_string(),
            canonical: key.canonical?.to_string(),
            paths: (!names_all).then(|| status.paths.clone()),
        })
    });
    keys.collect()
}

/// What a signature is known by, as it is stored.
pub(super) fn mark(mark: &::trust::Mark) -> Mark {
    Mark {
        sha256: mark.sha256.clone(),
        role: mark.role.to_string(),
        key: mark.key.to_string(),
    }
}

/// As exact as the database keeps it.
fn to_the_second(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}

/// What is known of the signatures of some tags of a repository, through the eyes of a caller.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    releases: HashMap<String, Vec<Release>>,
    sight: Sight,
}

impl Signatures {
    /// Looks them up; the number of queries does not depend on the number of tags. Only what is signed under a host of ours counts, and
    /// only until it expires.
    pub(crate) async fn of(
        state: &AppState,
        caller: &crate::caller::Caller,
        repository: Uuid,
        tags: impl IntoIterator<Item = &str>,
    ) -> ApiResult<Self> {
        let found = of_tags(&state.db, repository, tags).await?;
        let found = found.into_values().flatten();
        let mut releases: HashMap<String, Vec<Release>> = HashMap::new();
        for release in resolve(state, found, OffsetDateTime::now_utc()).await? {
            releases
                .entry(release.tag.clone())
                .or_default()
                .push(release);
        }
        let signers = releases.values().flatten().flat_map(Release::users);
        let sight = Sight::of(state, caller, signers).await?;
        Ok(Self { releases, sight })
    }

    /// Under which tags a repository releases a manifest, and who signed that, when last.
    pub(crate) async fn of_digest(
        state: &AppState,
        caller: &crate::caller::Caller,
        repository: Uuid,
        digest: &str,
    ) -> ApiResult<Vec<(String, Option<OffsetDateTime>, api::trust::TagSignature)>> {
        let mut all =
            signers_of_all(state, repository, [digest], OffsetDateTime::now_utc()).await?;
        let releases = all.remove(digest).unwrap_or_default();
        let users = releases.iter().flat_map(Release::users);
        let sight = Sight::of(state, caller, users).await?;
        let shown = releases.iter().map(|release| {
            let signed_at = release.signers.iter().map(|signer| signer.signed_at).max();
            (release.tag.clone(), signed_at, sight.shown(release))
        });
        Ok(shown.collect())
    }

    /// Whether a tag is signed, whether as another manifest than it is now, under one host at least (DTR's `inNotary` and
    /// `hashMismatch`), and by whom.
    pub(crate) fn of_tag(&self, tag: &str, digest: &str) -> Signed {
        let Some(releases) = self.releases.get(tag) else {
            return Signed::default();
        };
        let shown = releases.iter().map(|release| self.sight.shown(release));
        Signed {
            in_notary: true,
            hash_mismatch: releases.iter().any(|release| release.digest != digest),
            signatures: shown.collect(),
        }
    }
}

/// What the API says of a tag's signatures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signed {
    /// It is signed.
    pub(crate) in_notary: bool,
    /// It is signed, as another manifest than it is now.
    pub(crate) hash_mismatch: bool,
    /// As what, and by whom.
    pub(crate) signatures: Vec<api::trust::TagSignature>,
}
