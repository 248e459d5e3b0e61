//! Where a promoted tag comes from.

use std::collections::HashMap;

use api::promotion::Promotion;
use db::{entities::promotion, promotions::history};
use uuid::Uuid;

use super::{
    policy::{self, Sight},
    sights,
};
use crate::{caller::Caller, error::ApiResult, state::AppState};

/// These promotions, by their ids, as `caller` may see them, in short.
pub(crate) async fn of(
    state: &AppState,
    caller: &Caller,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashMap<Uuid, Promotion>> {
    let seen = read(state, caller, ids).await?;
    Ok(seen
        .iter()
        .map(|(row, sight)| (row.id, shown(row, sight.source)))
        .collect())
}

/// One promotion as `caller` may see it, with what its policy said of the image.
pub(crate) async fn whole(
    state: &AppState,
    caller: &Caller,
    id: Option<Uuid>,
) -> ApiResult<Option<Promotion>> {
    let Some((row, sight)) = read(state, caller, id).await?.pop() else {
        return Ok(None);
    };
    let short = shown(&row, sight.source);
    let lines = policy::run(row, sight).lines;
    Ok(Some(Promotion { lines, ..short }))
}

async fn read(
    state: &AppState,
    caller: &Caller,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<Vec<(promotion::Model, Sight)>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = history::of_ids(&state.db, ids).await?;
    let rows: Vec<promotion::Model> = rows.into_values().collect();
    let pairs = rows.iter().map(|row| (row.source_id, row.target_id));
    let sights = sights(state, caller, pairs).await?;
    Ok(rows.into_iter().zip(sights).collect())
}

/// A promotion as a tag says it.
pub(super) fn shown(row: &promotion::Model, sees_source: bool) -> Promotion {
    let (source, source_tag) = if sees_source {
        (row.source.as_str(), row.source_tag.as_str())
    } else {
        ("", "")
    };
    let by = match row.policy_id {
        Some(id) => format!("by revision {} of policy {id}", row.revision),
        None => "by hand".to_owned(),
    };
    Promotion {
        promotion_policy_id: row
            .policy_id
            .map_or_else(|| "MANUAL".to_owned(), |id| id.to_string()),
        source_repository: source.to_owned(),
        source_tag: source_tag.to_owned(),
        string: if sees_source {
            format!("promoted from {source}:{source_tag} {by}")
        } else {
            format!("promoted {by}")
        },
        revision: u32::try_from(row.revision).unwrap_or_default(),
        promoted_at: row.made_at,
        lines: Vec::new(),
    }
}
