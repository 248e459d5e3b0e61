//! Signing in with a password of the directory.

use ::api::ldap::LdapSettings;
use auth::ldap::{LdapError, Person, Settings};
use axum::http::StatusCode;
use db::entities::account;
use oci::name::Namespace;
use secrecy::SecretString;
use time::OffsetDateTime;

use super::settings;
use crate::{
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    reserved,
    state::AppState,
};

/// Characters of a full name.
const MAX_FULL_NAME: usize = 100;

/// The account that signs in as `name` with a password of the directory; `None` where the password is wrong, or there is nobody of
/// that name. `account` is the active account of that name, if there is one: one that was made here is not looked for in the
/// directory, but as much is asked of the directory for it, so that neither the time taken nor a directory that is away tells which
/// ones there are.
pub(crate) async fn sign_in(
    state: &AppState,
    name: &str,
    account: Option<&account::Model>,
    password: String,
) -> ApiResult<Option<account::Model>> {
    let Some(settings) = settings::enabled(state).await? else {
        return Ok(None);
    };
    let connection = settings::connection(&settings);
    let directory = &state.directory;
    let key = directory.key.tag(&[
        name.as_bytes(),
        password.as_bytes(),
        settings.url.as_bytes(),
    ]);
    if let Some(id) = directory.recent.get(&key)
        && account.is_some_and(|account| account.id == id)
    {
        return Ok(account.cloned());
    }
    let _slot = directory.slots.acquire().await;
    if let Some(account) = account
        && !account.is_imported
    {
        let nobody = uuid::Uuid::new_v4().simple().to_string();
        // Only the time that it takes is of interest, and whether the directory is there.
        ask(&connection, &nobody, &nobody.clone().into()).await?;
        return Ok(None);
    }
    let Some(person) = ask(&connection, name, &password.into()).await? else {
        return Ok(None);
    };
    let found = account_of(state, &settings, &person).await?;
    // A name that has an account here may be somebody else's there.
    let found = found.filter(|found| account.is_none_or(|account| account.id == found.id));
    if let Some(found) = &found {
        directory.recent.insert(key, found.id);
    }
    Ok(found)
}

/// Who signs in; `None` where the directory refuses, and 503 where it cannot be asked.
async fn ask(
    settings: &Settings,
    name: &str,
    password: &SecretString,
) -> ApiResult<Option<Person>> {
    match auth::ldap::sign_in(settings, name, password).await {
        Ok(person) => Ok(Some(person)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(away(&error)),
    }
}

/// The directory cannot be asked; why is for the log.
fn away(error: &LdapError) -> ApiError {
    tracing::warn!(%error, "the directory cannot be asked");
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "DIRECTORY_UNAVAILABLE",
        error.for_user(),
    )
}

/// The account of a person, which may sign in; made where there is none and the settings say so.
async fn account_of(
    state: &AppState,
    settings: &LdapSettings,
    person: &Person,
) -> ApiResult<Option<account::Model>> {
    if let Some(account) = db::directory::account_of(&state.db, id(person)).await? {
        return Ok(Some(account).filter(|account| account.is_active));
    }
    if !settings.create_users {
        return Ok(None);
    }
    match create(state, person, "the first sign-in from the directory").await {
        Ok(account) => Ok(Some(account)),
        Err(refused) => {
            tracing::warn!(
                dn = person.dn,
                reason = refused,
                "nobody can be made of a person of the directory"
            );
            Ok(None)
        }
    }
}

/// What the directory knows a person by: what stays when the entry is renamed or moved, where it has that.
pub(super) fn id(person: &Person) -> &str {
    person.id.as_deref().unwrap_or(&person.dn)
}

/// Makes an account for a person, or says why that cannot be.
pub(super) async fn create(
    state: &AppState,
    person: &Person,
    because: &str,
) -> Result<account::Model, String> {
    let name = person.username.to_lowercase();
    name.parse::<Namespace>()
        .map_err(|error| format!("{name:?} cannot be a name here: {}", error.message))?;
    if let Some(reason) = reserved::account(&name) {
        return Err(reason);
    }
    let full_name = person.full_name.clone().unwrap_or_default();
    let new = db::accounts::New {
        name,
        full_name: full_name
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_FULL_NAME)
            .collect(),
        ..db::accounts::New::default()
    };
    let event = Event::new(Kind::Create, ObjectType::User, None, &new.name)
        .because(because)
        .detail(serde_json::json!({ "dn": person.dn }));
    let db = state.recording_by_directory(event);
    let now = OffsetDateTime::now_utc();
    db::directory::create(&db, new, id(person).to_owned(), now)
        .await
        .map_err(|error| match error {
            db::Error::Exists(what) => format!("{what} was made here, and is somebody else's"),
            error => error.to_string(),
        })
}

/// Makes an account for the person of that name, for an administrator.
pub(crate) async fn import(state: &AppState, name: &str) -> ApiResult<account::Model> {
    let refused = |message: String| crate::input::bad_field("searchLDAP", message);
    let Some(settings) = settings::enabled(state).await? else {
        let message = "The directory is not enabled; leave searchLDAP false.";
        return Err(refused(message.to_owned()));
    };
    let person = auth::ldap::find(&settings::connection(&settings), name)
        .await
        .map_err(|error| refused(format!("{name} was not found: {error}.")))?;
    create(state, &person, "a site administrator, from the directory")
        .await
        .map_err(|reason| ApiError::conflict("ACCOUNT_EXISTS", format!("{reason}.")))
}
