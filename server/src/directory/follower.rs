//! What follows the directory, a team or the owners of an organization: what both have in common.

use api::ldap::{MemberSync, MemberSyncConfig, TeamSync};
use axum::Json;
use db::{Db, directory::Follower, entities::member_sync};

use super::{settings, sync};
use crate::{
    caller::Caller,
    error::{ApiError, ApiResult},
    input::bad_field,
    state::AppState,
};

/// The field that errors are about.
const FIELD: &str = "memberSyncConfig";
/// Bytes of what is followed.
const MAX_CONFIG: usize = 8192;

/// Which part it follows.
pub(super) async fn shown(state: &AppState, follower: &Follower) -> ApiResult<Json<MemberSync>> {
    let row = db::directory::sync(&state.db, follower).await?;
    Ok(Json(row.map(as_shown).unwrap_or_default()))
}

fn as_shown(row: member_sync::Model) -> MemberSync {
    MemberSync {
        config: serde_json::from_value(row.config).unwrap_or_default(),
        last_synced_at: row.synced_at,
        last_error: row.error,
    }
}

/// Whoever chooses a filter reads the directory with it, attribute by attribute, by who is found: so only site administrators do.
pub(super) fn may_choose(caller: &Caller, form: &MemberSyncConfig) -> ApiResult<()> {
    let is_group = form.select_group_members || !form.enable_sync;
    if is_group || caller.admin().is_ok() {
        return Ok(());
    }
    Err(ApiError::not_authorized(
        "Only a site administrator chooses a search of the directory to follow. Follow a group, or ask an administrator.",
    ))
}

/// Lets it follow another part, where that is one.
pub(super) async fn set(
    db: &Db,
    follower: &Follower,
    form: MemberSyncConfig,
) -> ApiResult<Json<MemberSync>> {
    let bad = |message: String| bad_field(FIELD, message);
    let config = serde_json::to_value(&form).map_err(|error| bad(error.to_string()))?;
    if config.to_string().len() > MAX_CONFIG {
        return Err(bad(format!("It has more than {MAX_CONFIG} bytes.")));
    }
    let sync: auth::ldap::MemberSync =
        serde_json::from_value(config.clone()).map_err(|error| bad(error.to_string()))?;
    sync.check().map_err(|error| bad(error.to_string()))?;
    db::directory::set_sync(db, follower, config).await?;
    Ok(Json(MemberSync {
        config: form,
        ..MemberSync::default()
    }))
}

/// Makes it what the directory says, or says what that would be.
pub(super) async fn follow(
    state: &AppState,
    follower: &Follower,
    dry_run: bool,
) -> ApiResult<Json<TeamSync>> {
    let settings = settings::enabled(state)
        .await?
        .ok_or_else(|| bad_field("ldap", "The directory is not enabled."))?;
    let sync = db::directory::sync(&state.db, follower)
        .await?
        .filter(|row| sync::config(row).enable_sync)
        .ok_or_else(|| {
            bad_field(
                FIELD,
                "Nothing of the directory is followed here yet: switch it on, save, and try again.",
            )
        })?;
    Ok(Json(
        sync::follow(state, &settings, follower, &sync, dry_run).await?,
    ))
}
