//! The signatures of an image, with what each is worth and why.

use api::{
    error::Envelope,
    signature::{ImageSignature, SignatureKind, SignatureVerdict},
};
use axum::extract::State;
use db::signatures::{After, By, Kind, Listed, Standing};
use oci::Digest;
use serde::Deserialize;
use time::OffsetDateTime;

use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::{Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    repositories::{Found, Named},
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_signatures))
}

#[derive(Debug, Deserialize)]
struct ByReference {
    namespace: String,
    reponame: String,
    reference: String,
}

/// Ours: lists the signatures and attestations of cosign and notation that hang on an image, with what each is worth now.
///
/// They are found by the image's referrers and by cosign's tags, and verified when they arrive, with users' signing keys and the keys and
/// trust stores of the organization and of the registry; and again when those change. An index and the images in it are signed each by
/// themselves.
#[utoipa::path(
    get,
    path = "/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}/signatures",
    tag = "manifests",
    params(Named, ("reference" = String, Path, description = "Tag, or digest of the manifest that is signed."), PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<ImageSignature>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 404, description = "`NO_SUCH_REPOSITORY`, `NO_SUCH_REF`", body = Envelope),
    )
)]
async fn list_signatures(
    State(state): State<AppState>,
    caller: Caller,
    Segments(path): Segments<ByReference>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<ImageSignature>>> {
    let named = Named {
        namespace: path.namespace,
        reponame: path.reponame,
    };
    let found = Found::visible(&state, &caller, &named).await?;
    let page = page.page()?;
    let subject = subject(&state, &found, &path.reference).await?;
    let after = page.after.as_deref().map(after).transpose()?;
    let sees_people = caller.own().is_some();
    let at = super::at(&state, OffsetDateTime::now_utc()).await?;
    let limit = page.limit();
    let mut rows =
        db::signatures::list(&state.db, found.row.id, &subject, after, limit, at).await?;
    let next = page.cut(&mut rows, |row| {
        format!("{}@{}", row.manifest, row.position)
    });
    Ok(Paged {
        body: rows
            .into_iter()
            .map(|row| shown(row, sees_people))
            .collect(),
        next,
        count: None,
    })
}

/// The digest that a reference stands for. What has a digest need not be there: its signatures may be.
async fn subject(state: &AppState, found: &Found, reference: &str) -> ApiResult<String> {
    if let Ok(digest) = reference.parse::<Digest>() {
        return Ok(digest.to_string());
    }
    let tag = db::tags::find(&state.db, found.row.id, reference).await?;
    let tag = tag.ok_or_else(|| {
        ApiError::not_found(
            "NO_SUCH_REF",
            format!("There is no tag and no digest {reference} in this repository."),
        )
    })?;
    Ok(tag.digest)
}

fn after(start: &str) -> ApiResult<After<'_>> {
    let parsed = start
        .split_once('@')
        .and_then(|(manifest, position)| Some((manifest, position.parse().ok()?)));
    parsed.ok_or_else(|| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })
}

/// Users are named to who has an account.
fn shown(row: Listed, sees_people: bool) -> ImageSignature {
    let (verdict, reason, by) = match row.standing {
        Standing::Verified(by) => (SignatureVerdict::Verified, None, Some(by)),
        Standing::Refused(reason) => (SignatureVerdict::Refused, Some(reason), None),
        Standing::Pending => (SignatureVerdict::Pending, None, None),
    };
    let (user, trust) = match by {
        Some(By::User { name, .. }) => (sees_people.then_some(name), None),
        Some(By::Trust { name, .. }) => (None, Some(name)),
        None => (None, None),
    };
    ImageSignature {
        manifest: row.manifest,
        layer: row.position,
        tag: row.tag,
        kind: match row.kind {
            Kind::Cosign => SignatureKind::Cosign,
            Kind::Attestation => SignatureKind::Attestation,
            Kind::Notation => SignatureKind::Notation,
            Kind::Unknown => SignatureKind::Unknown,
        },
        verdict,
        reason,
        user,
        trust,
        signer: Some(row.signer).filter(|signer| !signer.is_empty()),
        predicate_type: row.predicate_type,
        checked_at: row.checked_at,
        valid_until: row.until,
    }
}
