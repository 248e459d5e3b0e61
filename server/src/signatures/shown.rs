//! Whose signatures of cosign and notation count for the images of a list, as its rows say it.

use std::collections::HashMap;

use api::tag::{AttachedSigner, AttachedTool};
use db::signatures::{By, Kind};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{caller::Caller, error::ApiResult, state::AppState};

/// Signers that a row names. There are as many as there are keys that count; the list of the image's signatures has them all.
const MOST: usize = 20;

/// The signers of some images, through the eyes of a caller.
#[derive(Debug, Default)]
pub(crate) struct Attached(HashMap<String, Vec<AttachedSigner>>);

impl Attached {
    /// Looks them up for a page of images.
    pub(crate) async fn of(
        state: &AppState,
        caller: &Caller,
        repository: Uuid,
        digests: impl IntoIterator<Item = &str>,
    ) -> ApiResult<Self> {
        let at = super::at(state, OffsetDateTime::now_utc()).await?;
        let found = db::signatures::tools_of_all(&state.db, repository, digests, at).await?;
        let sees_people = caller.own().is_some();
        let shown = found.into_iter().map(|(digest, signers)| {
            let signers = signers.into_iter();
            let signers = signers.filter_map(|(kind, by)| shown(kind, by, sees_people));
            let mut signers: Vec<AttachedSigner> = signers.collect();
            signers.sort();
            signers.dedup();
            signers.truncate(MOST);
            (digest, signers)
        });
        Ok(Self(shown.collect()))
    }

    /// Those of one image.
    pub(crate) fn signers(&self, digest: &str) -> Vec<AttachedSigner> {
        self.0.get(digest).cloned().unwrap_or_default()
    }
}

/// Users are named to who has an account.
fn shown(kind: Kind, by: By, sees_people: bool) -> Option<AttachedSigner> {
    let tool = match kind {
        Kind::Cosign => AttachedTool::Cosign,
        Kind::Notation => AttachedTool::Notation,
        Kind::Attestation | Kind::Unknown => return None,
    };
    let (user, trust) = match by {
        By::User { name, .. } => (sees_people.then_some(name), None),
        By::Trust { name, .. } => (None, Some(name)),
    };
    Some(AttachedSigner { tool, user, trust })
}
