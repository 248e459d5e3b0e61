//! What one key signed: what to look at when it is lost.

use api::{
    error::Envelope,
    signing::{SignedBy, SignedTag},
};
use axum::extract::State;
use db::{
    entities::repository,
    signatures::Kind,
    trust::by_key::{self, AfterSigned, BySignature, Key},
};
use std::collections::HashMap;
use uuid::Uuid;

use crate::{
    caller::Caller,
    error::ApiResult,
    input::{Parameters, Segments, bad_field},
    operations::{Operations, routes},
    paging::{PageQuery, Paged},
    state::AppState,
};

/// Repositories in which it is looked for what a key signed.
const MOST_REPOSITORIES: u64 = 1000;

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_signed))
}

/// Ours: lists what a key of the caller's signed, by repository, whether it counts any more or not; of any user's key to site administrators.
///
/// Of trust data it is what clients find now, in whatever role: a later version by another key takes its place. Of cosign and notation it is
/// what hangs on images. Only repositories that the caller sees. The results are not counted.
#[utoipa::path(
    get,
    path = "/api/v0/signing/keys/{keyID}/signed",
    tag = "keys",
    params(("keyID" = String, Path, description = "The key's id: SHA-256 of its DER, in hex."), PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<SignedTag>, headers(("X-Next-Page-Start" = String))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: the token is limited to repositories.", body = Envelope),
        (status = 404, description = "`NO_SUCH_PUBLIC_KEY`", body = Envelope),
    )
)]
async fn list_signed(
    State(state): State<AppState>,
    caller: Caller,
    Segments(id): Segments<String>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<SignedTag>>> {
    let row = super::key(&state, &caller, &id).await?;
    let page = page.page()?;
    let after = page.after.as_deref().map(after).transpose()?;
    let key = Key {
        id: row.id,
        notary_id: &row.notary_id,
    };
    let seen = seen(&state, &caller, key).await?;
    let ids: Vec<Uuid> = seen.keys().copied().collect();
    let mut rows = by_key::signed_by(&state.db, key, &ids, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| {
        format!("{}@{}@{}@{}", row.repository, row.gun, row.tag, row.digest)
    });
    let shown = rows.into_iter().filter_map(|row| {
        let repository = seen.get(&row.repository)?;
        Some(shown(row, repository))
    });
    Ok(Paged {
        body: shown.collect(),
        next,
        count: None,
    })
}

/// Of the repositories in which a key signed something, those that the caller sees.
async fn seen(
    state: &AppState,
    caller: &Caller,
    key: Key<'_>,
) -> ApiResult<HashMap<Uuid, repository::Model>> {
    let ids = by_key::signed_repositories(&state.db, key, MOST_REPOSITORIES).await?;
    let mut found = db::repositories::by_ids(&state.db, ids).await?;
    let rows: Vec<_> = found.values().cloned().collect();
    let may = state.decide_all(&caller.subject(), &rows).await?;
    found.retain(|id, _| may.get(id).is_some_and(|may| may.level.is_some()));
    Ok(found)
}

fn shown(row: BySignature, repository: &repository::Model) -> SignedTag {
    SignedTag {
        namespace: repository.namespace.clone(),
        repository: repository.name.clone(),
        tag: Some(row.tag).filter(|tag| !tag.is_empty()),
        digest: row.digest,
        by: match row.kind {
            None => SignedBy::Notary,
            Some(Kind::Notation) => SignedBy::Notation,
            Some(Kind::Attestation) => SignedBy::Attestation,
            Some(Kind::Cosign | Kind::Unknown) => SignedBy::Cosign,
        },
        is_current: row.is_current,
        signed_at: row.signed_at,
    }
}

fn after(start: &str) -> ApiResult<AfterSigned<'_>> {
    let mut parts = start.splitn(4, '@');
    let mut read = || {
        let repository = parts.next()?.parse().ok()?;
        Some((repository, parts.next()?, parts.next()?, parts.next()?))
    };
    read().ok_or_else(|| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })
}
