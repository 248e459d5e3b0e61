//! Where a promoted tag comes from.

use std::collections::HashMap;

use api::promotion::Promotion;
use db::{entities::promotion, promotions::history};
use uuid::Uuid;

use super::sights;
use crate::{caller::Caller, error::ApiResult, state::AppState};

/// These promotions, by their ids, as `caller` may see them.
pub(crate) async fn of(
    state: &AppState,
    caller: &Caller,
    ids: impl IntoIterator<Item = Uuid>,
) -> ApiResult<HashMap<Uuid, Promotion>> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<promotion::Model> = history::of_ids(&state.db, ids)
        .await?
        .into_values()
        .collect();
    let pairs = rows.iter().map(|row| (row.source_id, row.target_id));
    let sights = sights(state, caller, pairs).await?;
    Ok(rows
        .iter()
        .zip(sights)
        .map(|(row, sight)| (row.id, shown(row, sight.source)))
        .collect())
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
    }
}
