//! Gathers what is known of tags and manifests into the API's answers: rows from the database, an image's configuration from the
//! blob store.

use std::collections::HashMap;

use api::{
    manifest::{Kind, Manifest, PlatformManifest},
    promotion::Promotion,
    tag::{AttachedSigner, PushingJob, Tag},
};
use db::{entities::tag, manifests::Summary};
use oci::{
    Digest,
    manifest::{DOCKER_CONFIG, OCI_CONFIG},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    access::Subject,
    content,
    error::{ApiError, ApiResult},
    image::{
        config::{self, Config},
        describe,
    },
    imagescan::short,
    state::AppState,
    trust::Signed,
};

/// Bytes of manifests and configurations that one answer is made of; what comes after them is answered without details.
const BUDGET: u64 = 16 << 20;

/// What one answer may still read.
#[derive(Debug)]
pub(super) struct Budget(u64);

impl Default for Budget {
    fn default() -> Self {
        Self(BUDGET)
    }
}

impl Budget {
    fn take(&mut self, bytes: u64) -> bool {
        let enough = bytes <= self.0;
        self.0 = self.0.saturating_sub(bytes);
        enough
    }
}

/// A name for a manifest: a tag, or only the digest.
#[derive(Debug)]
pub(super) struct Head {
    /// The tag; empty for a digest.
    pub(super) name: String,
    /// Who pushed it last.
    pub(super) pushed_by: Option<Uuid>,
    /// The CI job that did.
    pub(super) job: Option<PushingJob>,
    /// When it was first pushed.
    pub(super) created_at: OffsetDateTime,
    /// When it was last pushed.
    pub(super) updated_at: OffsetDateTime,
    /// The promotion that set it, if one did.
    pub(super) promotion_id: Option<Uuid>,
    /// What the caller may know of that.
    pub(super) promotion: Option<Promotion>,
    /// Whether it is signed, and by whom.
    pub(super) signed: Signed,
    /// Whose signatures of cosign and notation count.
    pub(super) attached: Vec<AttachedSigner>,
}

/// The CI job that pushed a tag.
pub(super) fn job(row: &tag::Model) -> Option<PushingJob> {
    row.job.clone().map(|name| PushingJob {
        name,
        url: row.job_url.clone(),
    })
}

/// Names of the accounts, and of the trusts of CI jobs, that pushed; nobody's to a caller without an account, who is not told which accounts exist.
pub(crate) async fn authors(
    state: &AppState,
    subject: &Subject,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashMap<Uuid, String>> {
    match subject {
        Subject::Anonymous => Ok(HashMap::new()),
        Subject::Account { .. } => {
            let ids: Vec<Uuid> = ids.into_iter().collect();
            let mut names = db::accounts::names(&state.db, ids.iter().copied()).await?;
            let others = ids.into_iter().filter(|id| !names.contains_key(id));
            let others: Vec<Uuid> = others.collect();
            names.extend(db::workload_trusts::names(&state.db, others).await?);
            Ok(names)
        }
    }
}

/// Puts a tag together.
pub(super) fn tag(
    head: &Head,
    authors: &HashMap<Uuid, String>,
    row: &Summary,
    manifest: Manifest,
    platforms: Vec<PlatformManifest>,
    referrers: u64,
) -> Tag {
    Tag {
        name: head.name.clone(),
        digest: row.digest.clone(),
        author: head
            .pushed_by
            .and_then(|id| authors.get(&id).cloned())
            .unwrap_or_default(),
        // Who is not told who pushed is not told which job did.
        job: head
            .job
            .clone()
            .filter(|_| head.pushed_by.is_some_and(|id| authors.contains_key(&id))),
        created_at: head.created_at,
        updated_at: head.updated_at,
        in_notary: head.signed.in_notary,
        hash_mismatch: head.signed.hash_mismatch,
        signatures: head.signed.signatures.clone(),
        attached_signers: head.attached.clone(),
        manifest,
        media_type: row.media_type.clone(),
        size: describe::size(row),
        vuln_summary: short::worst(&platforms),
        platforms,
        referrers,
        promotion: head.promotion.clone(),
    }
}

/// A manifest with the bytes it was pushed as.
#[derive(Debug)]
pub(super) struct Loaded {
    /// What the database knows.
    pub(super) row: Summary,
    /// What the bytes say.
    pub(super) manifest: oci::Manifest,
}

/// Reads a manifest; `None` where the repository has none of that digest.
pub(super) async fn load(
    state: &AppState,
    repository: Uuid,
    digest: &Digest,
) -> ApiResult<Option<Loaded>> {
    let Some(model) = db::manifests::find(&state.db, repository, digest).await? else {
        return Ok(None);
    };
    let manifest =
        oci::manifest::parse(Some(&model.media_type), &model.content).map_err(|error| {
            ApiError::internal(&format!(
                "the stored manifest {digest} is damaged: {}",
                error.message
            ))
        })?;
    Ok(Some(Loaded {
        row: Summary::from(&model),
        manifest,
    }))
}

/// A manifest in full, while the budget lasts; then in short.
pub(super) async fn full(
    state: &AppState,
    loaded: &Loaded,
    budget: &mut Budget,
) -> ApiResult<Manifest> {
    let own = u64::try_from(loaded.row.size).unwrap_or_default();
    if !budget.take(own) {
        return Ok(describe::summary(&loaded.row));
    }
    let config = image_config(state, loaded, budget).await?;
    Ok(describe::details(&loaded.row, &loaded.manifest, config))
}

/// A manifest in full by its row, while the budget lasts; then in short.
pub(super) async fn full_by_row(
    state: &AppState,
    repository: Uuid,
    row: &Summary,
    budget: &mut Budget,
) -> ApiResult<Manifest> {
    let digest: Digest = row
        .digest
        .parse()
        .map_err(|error: oci::Error| ApiError::internal(&error.message))?;
    if budget.0 == 0 {
        return Ok(describe::summary(row));
    }
    match load(state, repository, &digest).await? {
        Some(loaded) => full(state, &loaded, budget).await,
        None => Ok(describe::summary(row)),
    }
}

/// The configuration of an image. `None` for an artifact, and where it cannot be read: too large, gone, damaged or no JSON.
async fn image_config(
    state: &AppState,
    loaded: &Loaded,
    budget: &mut Budget,
) -> ApiResult<Option<Config>> {
    let Some(config) = &loaded.manifest.config else {
        return Ok(None);
    };
    let is_image = config.media_type == OCI_CONFIG || config.media_type == DOCKER_CONFIG;
    if !is_image || describe::kind(&loaded.row) != Kind::Image {
        return Ok(None);
    }
    if !budget.take(config.size) {
        return Ok(None);
    }
    let bytes = match content::read(state, &config.digest, config::MAX_SIZE).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(None),
        Err(error @ content::Error::Damaged(_)) => {
            tracing::error!(%error, "an image is shown without its configuration");
            return Ok(None);
        }
        Err(error) => return Err(ApiError::internal(&error)),
    };
    // Up to 4 MiB to parse: not between other requests.
    tokio::task::spawn_blocking(move || config::parse(&bytes).ok())
        .await
        .map_err(|error| ApiError::internal(&error))
}
