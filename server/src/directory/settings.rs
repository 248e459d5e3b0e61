//! The directory's settings: shown, changed, tried; and a sync of everything.

use std::time::Duration;

use api::{
    error::Envelope,
    ldap::{LdapSettings, LdapStep, LdapSync, LdapTest},
};
use auth::ldap::{Attributes, Scope, Settings, Stage, Step};
use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::sync;
use crate::{
    caller::{Caller, Person},
    error::ApiResult,
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, bad_field},
    operations::{Operations, routes},
    sealed,
    state::AppState,
};

/// The key of the settings in the database.
const KEY: &str = "ldap";
/// Bytes of certificates, and of everything else.
const MAX_CA: usize = 100_000;
const MAX_TEXT: usize = 4096;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(get_ldap, set_ldap))
        .routes(routes!(test_ldap))
        .routes(routes!(sync_ldap))
}

/// The settings, where people of the directory may sign in.
pub(super) async fn enabled(state: &AppState) -> ApiResult<Option<LdapSettings>> {
    Ok(stored(state).await?.filter(|settings| settings.enabled))
}

async fn stored(state: &AppState) -> ApiResult<Option<LdapSettings>> {
    let Some(mut settings) = db::settings::get::<LdapSettings>(&state.db, KEY).await? else {
        return Ok(None);
    };
    if let Some(kept) = settings.reader_password.take() {
        settings.reader_password = sealed::open(&state.seal_key, &place(&settings), kept);
    }
    Ok(Some(settings))
}

async fn store(state: &AppState, db: &db::Db, mut settings: LdapSettings) -> ApiResult<()> {
    if let Some(password) = settings.reader_password.take() {
        let kept = sealed::seal(&state.seal_key, &place(&settings), &password)?;
        settings.reader_password = Some(kept);
    }
    Ok(db::settings::set(db, KEY, &settings).await?)
}

/// Where the reader's password is shown, and for whom.
fn place(settings: &LdapSettings) -> String {
    format!("ldap {} {}", settings.url, settings.reader_dn)
}

/// As `auth::ldap` takes them.
pub(super) fn connection(settings: &LdapSettings) -> Settings {
    Settings {
        url: settings.url.clone(),
        start_tls: settings.start_tls,
        ca_pem: Some(settings.ca_pem.clone()).filter(|pem| !pem.trim().is_empty()),
        reader_dn: settings.reader_dn.clone(),
        reader_password: settings.reader_password.clone().unwrap_or_default().into(),
        base_dn: settings.base_dn.clone(),
        scope: if settings.one_level {
            Scope::OneLevel
        } else {
            Scope::Subtree
        },
        user_filter: settings.user_filter.clone(),
        attributes: Attributes {
            username: settings.username_attribute.clone(),
            full_name: settings.full_name_attribute.clone(),
            ..Attributes::default()
        },
        timeout: Duration::from_secs(settings.timeout_seconds.into()),
    }
}

/// Shows the directory's settings, without the reader's password; for site administrators. Ours.
#[utoipa::path(
    get,
    path = "/enzi/v0/config/auth/ldap",
    tag = "settings",
    responses(
        (status = 200, description = "The settings; the defaults where none were made.", body = LdapSettings),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn get_ldap(State(state): State<AppState>, caller: Caller) -> ApiResult<Json<LdapSettings>> {
    caller.admin()?;
    Ok(Json(shown(stored(&state).await?.unwrap_or_default())))
}

fn shown(settings: LdapSettings) -> LdapSettings {
    LdapSettings {
        reader_password: None,
        ..settings
    }
}

/// Sets the directory's settings; for site administrators. Nothing is sent to the directory: see the test. Ours.
#[utoipa::path(
    put,
    path = "/enzi/v0/config/auth/ldap",
    tag = "settings",
    request_body = LdapSettings,
    responses(
        (status = 200, description = "The settings as they are now.", body = LdapSettings),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn set_ldap(
    State(state): State<AppState>,
    Person(caller): Person,
    Body(form): Body<LdapSettings>,
) -> ApiResult<Json<LdapSettings>> {
    caller.admin()?;
    let settings = complete(&state, form).await?;
    if settings.enabled {
        connection(&settings)
            .check()
            .map_err(|error| bad_field("ldap", error.to_string()))?;
    }
    let settings_shown = shown(settings.clone());
    let event = Event::new(Kind::Update, ObjectType::Settings, None, KEY).changes(&settings_shown);
    store(&state, &state.recording(&caller, event), settings).await?;
    Ok(Json(settings_shown))
}

/// A form with the reader's password of before, where it says none and the password goes where it went.
async fn complete(state: &AppState, form: LdapSettings) -> ApiResult<LdapSettings> {
    for (field, text, most) in [
        ("url", &form.url, MAX_TEXT),
        ("caPem", &form.ca_pem, MAX_CA),
        ("readerDN", &form.reader_dn, MAX_TEXT),
        ("baseDN", &form.base_dn, MAX_TEXT),
        ("userFilter", &form.user_filter, MAX_TEXT),
    ] {
        if text.len() > most || text.contains('\0') {
            return Err(bad_field(
                field,
                format!("{field} has more than {most} bytes, or a NUL in it."),
            ));
        }
    }
    let before = stored(state).await?.unwrap_or_default();
    let goes_there = before.url == form.url
        && before.start_tls == form.start_tls
        && before.ca_pem == form.ca_pem
        && before.reader_dn == form.reader_dn;
    let reader_password = match form.reader_password {
        Some(password) => Some(password).filter(|password| !password.is_empty()),
        None if form.reader_dn.is_empty() => None,
        None if goes_there => before.reader_password,
        None if before.reader_password.is_some() => {
            return Err(bad_field(
                "readerPassword",
                "The reader's password is kept only for the address, encryption and reader that it was given for: type it again.",
            ));
        }
        None => None,
    };
    Ok(LdapSettings {
        reader_password,
        ..form
    })
}

/// Tries settings without saving them: as far as the search for people, step by step; for site administrators. Ours.
#[utoipa::path(
    post,
    path = "/enzi/v0/config/auth/ldap/test",
    tag = "settings",
    request_body = LdapSettings,
    responses(
        (status = 200, description = "How far it came.", body = LdapTest),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn test_ldap(
    State(state): State<AppState>,
    Person(caller): Person,
    Body(form): Body<LdapSettings>,
) -> ApiResult<Json<LdapTest>> {
    caller.admin()?;
    let settings = complete(&state, form).await?;
    let steps = auth::ldap::test(&connection(&settings)).await;
    Ok(Json(LdapTest {
        steps: steps.into_iter().map(step).collect(),
    }))
}

fn step(step: Step) -> LdapStep {
    let stage = match step.stage {
        Stage::Settings => "settings",
        Stage::Connect => "connect",
        Stage::Encrypt => "encrypt",
        Stage::Bind => "bind",
        Stage::Search => "search",
    };
    LdapStep {
        stage: stage.to_owned(),
        ok: step.ok,
        detail: step.detail,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(super) struct SyncQuery {
    /// Only say what would be done.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Makes every team that follows the directory what the directory says, and switches off who is gone from it; for site
/// administrators. It is also done every hour. Ours.
#[utoipa::path(
    post,
    path = "/enzi/v0/config/auth/ldap/sync",
    tag = "settings",
    params(SyncQuery),
    responses(
        (status = 200, description = "What was done, or would be.", body = LdapSync),
        (status = 400, description = "`INVALID_PARAMETERS`: the directory is not enabled.", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn sync_ldap(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(query): Parameters<SyncQuery>,
) -> ApiResult<Json<LdapSync>> {
    caller.admin()?;
    let settings = enabled(&state)
        .await?
        .ok_or_else(|| bad_field("ldap", "The directory is not enabled."))?;
    Ok(Json(
        sync::everything(&state, &settings, query.dry_run).await?,
    ))
}
