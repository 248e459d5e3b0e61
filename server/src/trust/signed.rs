//! Which tags count as signed: what a client would find in `targets/releases`, or else in `targets`, verified when it was published
//! (note, section 5.2). DTR says of a tag that it is in Notary, and whether it moved after it was signed.

use std::collections::HashMap;

use ::trust::{Collection, Gun, View};
use db::{
    entities::trust_target,
    trust::signed::{Signed, of_tags},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{error::ApiResult, origin, state::AppState};

/// The signed tags of a collection, as rows. Names that no tag can have are left out; of a collection that no client would believe there
/// are none.
pub(super) fn of(
    gun: &Gun,
    collection: Uuid,
    stored: &Collection,
    now: OffsetDateTime,
) -> Vec<trust_target::Model> {
    let view = match View::of(gun, stored, now) {
        Ok(view) => view,
        Err(error) => {
            tracing::warn!(%gun, %error, "what was published would not be believed by a client");
            return Vec::new();
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
            // As exact as the database keeps it.
            expires_at: signed
                .expires
                .replace_nanosecond(0)
                .unwrap_or(signed.expires),
        })
    };
    view.tags().filter_map(row).collect()
}

/// What is known of the signatures of some tags of a repository.
#[derive(Debug, Default)]
pub(crate) struct Signatures(HashMap<String, Vec<Signed>>);

impl Signatures {
    /// Looks them up; the number of queries does not depend on the number of tags. Only what is signed under a host of ours counts, and
    /// only until it expires.
    pub(crate) async fn of(
        state: &AppState,
        repository: Uuid,
        tags: impl IntoIterator<Item = &str>,
    ) -> ApiResult<Self> {
        let now = OffsetDateTime::now_utc();
        let mut found = of_tags(&state.db, repository, tags).await?;
        for signed in found.values_mut() {
            signed.retain(|signed| {
                let host = signed.gun.split_once('/').map_or("", |(host, _)| host);
                signed.expires_at >= now && origin::is_ours(&state.config, host)
            });
        }
        found.retain(|_, signed| !signed.is_empty());
        Ok(Self(found))
    }

    /// Whether a tag is signed, and whether as another manifest than it is now, under one host at least: DTR's `inNotary` and
    /// `hashMismatch`.
    pub(crate) fn of_tag(&self, tag: &str, digest: &str) -> (bool, bool) {
        let Some(signed) = self.0.get(tag) else {
            return (false, false);
        };
        (true, signed.iter().any(|signed| signed.digest != digest))
    }
}
