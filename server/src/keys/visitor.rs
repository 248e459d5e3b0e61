//! Who comes with a client certificate. It counts where no other credential is sent.
//!
//! The signature, the dates, the row of the key and the account are looked at for each request, so that a certificate which was
//! revoked or has ended is refused at once, on open connections and in resumed TLS sessions too.

use std::{net::IpAddr, sync::Arc};

use auth::client_ca::ClientError;
use axum::http::request::Parts;
use axum_server::tls::TlsInfo;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    caller::{self, Credential, Known, NOTED},
    error::{ApiError, ApiResult},
    events::{self, Event, Kind, ObjectType},
    origin::Origin,
    state::AppState,
};

/// The account of the certificate that the connection's client showed; `None` where it showed none, or one that is not of this
/// registry's client authority, or is a trusted proxy: its certificate is not that of whom it speaks for. 401 where it is of
/// our authority, and not good any more.
pub(crate) async fn find(state: &AppState, parts: &Parts) -> ApiResult<Option<Known>> {
    // The listener for HTTPS puts it there; what a header says is nobody's certificate.
    let connection = parts.extensions.get::<Arc<TlsInfo>>();
    let Some(der) = connection.and_then(|tls| tls.peer_certificates.first()) else {
        return Ok(None);
    };
    let origin = Origin::of(&state.config, parts);
    if origin.by_proxy {
        return Ok(None);
    }
    let client = origin.client;
    let now = OffsetDateTime::now_utc();
    let identity = match state.client_ca.verify(der, now) {
        Ok(identity) => identity,
        Err(ClientError::Issuer | ClientError::Malformed | ClientError::TooLong) => {
            return Ok(None);
        }
        Err(error) => return Err(refused(state, None, client, &error.to_string()).await?),
    };
    let key = db::public_keys::by_fingerprint(&state.db, &identity.key_fingerprint)
        .await?
        .filter(|key| key.revoked_at.is_none())
        .filter(|key| key.account_id == identity.account)
        .filter(|key| key.serial.as_ref() == Some(&identity.serial));
    let account = identity.account;
    let Some(key) = key else {
        let reason = "the client certificate was revoked";
        return Err(refused(state, Some(account), client, reason).await?);
    };
    let Some(account) = caller::active(state, account).await? else {
        let reason = "the account of the client certificate may not sign in";
        return Err(refused(state, Some(account), client, reason).await?);
    };
    let known = Known {
        account,
        credential: Credential::ClientCertificate {
            key: key.fingerprint,
        },
    };
    if key.used_at.is_none_or(|used| now - used >= NOTED) {
        let event = Event::new(Kind::Get, ObjectType::PublicKey, key.id, &key.label);
        let db = state.recording_by(Some(&known), client, event);
        db::public_keys::used(&db, key.id, &client.to_string(), now).await?;
    }
    Ok(Some(known))
}

/// Whether the certificate of the key of that id is good now.
pub(crate) async fn is_still_good(state: &AppState, key: &str) -> Result<bool, db::Error> {
    let now = OffsetDateTime::now_utc();
    let key = db::public_keys::by_fingerprint(&state.db, key).await?;
    Ok(key.is_some_and(|key| {
        key.revoked_at.is_none() && key.expires_at.is_some_and(|end| end >= now)
    }))
}

/// Records that a certificate of ours was not accepted, and says so.
async fn refused(
    state: &AppState,
    account: Option<Uuid>,
    client: IpAddr,
    reason: &str,
) -> ApiResult<ApiError> {
    let name = match account {
        Some(id) => db::accounts::by_id(&state.db, id).await?,
        None => None,
    };
    let name = name.map(|row| row.name).unwrap_or_default();
    events::refused(state, &name, account, client, reason).await?;
    Ok(ApiError::not_authenticated(format!(
        "Your client certificate is not accepted: {reason}. Sign in, and take a new client bundle under Keys."
    )))
}
