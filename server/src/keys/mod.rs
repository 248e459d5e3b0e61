//! `/enzi/v0/accounts/{user}/publicKeys…`, in eNZi's shapes, and `/api/v0/accounts/{user}/clientBundles`: the keys that people sign
//! with, and the certificates that they come with. What a connection's certificate is worth is in `visitor.rs`.
//!
//! Users add, change and revoke their own keys, never with an access token or a client certificate: what ends must not live on in
//! what it made. Site administrators list and revoke everybody's, and add none for others: whoever made a key for somebody else
//! could sign and come in their name.

pub(crate) mod authority;
mod bundle;
mod list;
mod one;
mod proof;
pub(crate) mod visitor;

use ::api::public_key::{KeyCertificate, KeyKind, PublicKey};
use db::{
    entities::{account, public_key},
    public_keys::{Kind as From, New, Registered},
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    accounts,
    caller::Caller,
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    operations::Operations,
    state::AppState,
};

/// Characters of a label.
const MAX_LABEL: usize = 100;
/// Keys that a user may have at a time.
const MAX_KEYS: u64 = 50;

/// All of it.
pub(crate) fn router() -> Operations {
    Operations::default()
        .merge(list::router())
        .merge(one::router())
        .merge(bundle::router())
}

/// The user whose keys are meant: the caller, or, for site administrators, any; else 401 or 404.
async fn visible(state: &AppState, caller: &Caller, name_or_id: &str) -> ApiResult<account::Model> {
    let row = accounts::visible(state, caller, name_or_id).await?;
    if row.is_org {
        return Err(ApiError::not_found(
            "NO_SUCH_USER",
            format!("{name_or_id} is an organization; only users have keys."),
        ));
    }
    Ok(row)
}

/// The caller, if that is who is meant; else 401, 403 or 404.
async fn own(state: &AppState, caller: &Caller, name_or_id: &str) -> ApiResult<account::Model> {
    let row = visible(state, caller, name_or_id).await?;
    if row.id == caller.account()?.id {
        return Ok(row);
    }
    Err(ApiError::not_authorized(format!(
        "Only {} may add and change the own keys; you can revoke them.",
        row.name
    )))
}

/// A key of that user, revoked or not; else 404.
async fn find(state: &AppState, owner: &account::Model, id: &str) -> ApiResult<public_key::Model> {
    db::public_keys::by_fingerprint(&state.db, id)
        .await?
        .filter(|row| row.account_id == owner.id)
        .ok_or_else(|| no_such_key(owner, id))
}

/// What is done to a key, for the record.
fn recorded(kind: Kind, row: &public_key::Model, owner: &account::Model) -> Event {
    Event::new(kind, ObjectType::PublicKey, row.id, &row.label).with(
        ObjectType::User,
        owner.id,
        &owner.name,
    )
}

fn no_such_key(owner: &account::Model, id: &str) -> ApiError {
    ApiError::not_found(
        "NO_SUCH_PUBLIC_KEY",
        format!("{} has no key {id}.", owner.name),
    )
}

/// Registers a key of the caller's that came in `field` of a form.
async fn register(
    state: &AppState,
    caller: &Caller,
    new: New,
    field: &'static str,
    now: OffsetDateTime,
) -> ApiResult<public_key::Model> {
    let refusal = |code, message: String| {
        Err(ApiError::conflict(code, message).with_detail(json!({ "field": field })))
    };
    let mut detail =
        json!({ "keyID": new.fingerprint, "hasCertificate": new.certificate.is_some() });
    let known = db::public_keys::by_fingerprint(&state.db, &new.fingerprint).await?;
    if let Some(known) = known.filter(|known| known.account_id != new.account)
        && new.is_proven
        && known.proven_at.is_none()
    {
        detail["claimedBefore"] = json!({ "accountID": known.account_id, "label": known.label });
    }
    let event = Event::new(Kind::Create, ObjectType::PublicKey, None, &new.label).detail(detail);
    let db = state.recording(caller, event);
    match db::public_keys::register(&db, new, MAX_KEYS, now).await? {
        Registered::New(row) => {
            state.signatures.wake();
            Ok(row)
        }
        Registered::Known(row) if row.revoked_at.is_some() => refusal(
            "PUBLIC_KEY_REVOKED",
            format!("You have revoked this key, {:?}; make another one.", row.label),
        ),
        Registered::Known(row) => refusal(
            "PUBLIC_KEY_EXISTS",
            format!("You have this key already, as {:?}.", row.label),
        ),
        Registered::Taken => refusal(
            "PUBLIC_KEY_TAKEN",
            "This key was registered by another account, and a key belongs to one only; make another one. If it is yours, send the \
             proof with it: an account that has not proven a key loses it to who does."
                .to_owned(),
        ),
        Registered::TooMany => Err(ApiError::conflict(
            "TOO_MANY_PUBLIC_KEYS",
            format!("You have {MAX_KEYS} keys, and may not have more; revoke one first."),
        )),
    }
}

/// A key as the API shows it.
pub(crate) fn shown(row: public_key::Model) -> PublicKey {
    let claimed = row.proven_at.is_none() && row.revoked_at.is_none();
    let proof_statement = claimed.then(|| proof::statement(&row.fingerprint, row.account_id));
    let certificates = match (row.certificate, row.certificate_fingerprint) {
        (Some(cert), Some(fingerprint)) => vec![KeyCertificate {
            label: row.label.clone(),
            cert,
            fingerprint,
            serial: row.serial,
        }],
        _ => Vec::new(),
    };
    PublicKey {
        id: row.fingerprint,
        account_id: row.account_id,
        label: row.label,
        public_key: row.public_key,
        certificates,
        kind: match row.kind {
            From::ClientCertificate => KeyKind::ClientCertificate,
            From::PublicKey => KeyKind::PublicKey,
            From::Cosign => KeyKind::Cosign,
        },
        algorithm: row.algorithm,
        notary_key_id: row.notary_id,
        is_signing_key: row.is_signing,
        proof_statement,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used: row.used_at,
        last_used_from: row.used_from,
        revoked_at: row.revoked_at,
    }
}
