//! The list of a user's keys: shown, and added to.

use api::{
    error::Envelope,
    public_key::{CreatePublicKey, KeyKind, PublicKey, PublicKeys},
};
use auth::public_key::{self as parser, Uploaded};
use axum::{Json, extract::State, http::StatusCode};
use db::public_keys::{Certificate, Kind, New, State as KeyState};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;

use super::{MAX_LABEL, own, proof, register, shown, visible};
use crate::{
    caller::{Caller, Person},
    error::ApiResult,
    input::{Body, Parameters, Segments, bad_field, one_line},
    operations::{Operations, routes},
    paging,
    state::AppState,
};

pub(super) fn router() -> Operations {
    Operations::default().routes(routes!(list_keys, create_key))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct KeysQuery {
    /// Ours: `active`, `revoked` or `all`; `active` where absent.
    filter: Option<String>,
    /// `nextPageStart` of the page before.
    start: Option<String>,
    /// Results per page, from 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 10)]
    limit: Option<u32>,
    /// Ours: only keys whose label, id or Notary key id contains this, whatever the case.
    contains: Option<String>,
}

impl KeysQuery {
    fn state(&self) -> ApiResult<KeyState> {
        match self.filter.as_deref().unwrap_or_default() {
            "" | "active" => Ok(KeyState::Active),
            "revoked" => Ok(KeyState::Revoked),
            "all" => Ok(KeyState::All),
            _ => Err(bad_field("filter", "filter is active, revoked or all.")),
        }
    }

    fn start(&self) -> ApiResult<Option<Uuid>> {
        let start = self.start.as_deref().filter(|start| !start.is_empty());
        let unreadable = |_| bad_field("start", "start is the nextPageStart of the page before.");
        start.map(str::parse).transpose().map_err(unreadable)
    }
}

/// Lists a user's public keys, the oldest first: the own ones, or any user's to site administrators.
#[utoipa::path(
    get,
    path = "/enzi/v0/accounts/{nameOrId}/publicKeys",
    tag = "keys",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id."), KeysQuery),
    responses(
        (status = 200, description = "One page.", body = PublicKeys),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
    )
)]
async fn list_keys(
    State(state): State<AppState>,
    caller: Caller,
    Segments(user): Segments<String>,
    Parameters(query): Parameters<KeysQuery>,
) -> ApiResult<Json<PublicKeys>> {
    let owner = visible(&state, &caller, &user).await?;
    let (which, start) = (query.state()?, query.start()?);
    let size = paging::size("limit", query.limit)?;
    let limit = u64::try_from(size).unwrap_or(u64::MAX).saturating_add(1);
    let contains = query.contains.as_deref();
    let mut rows =
        db::public_keys::list(&state.db, owner.id, which, contains, start, limit).await?;
    let next = rows.get(size).map(|row| row.id.to_string());
    rows.truncate(size);
    Ok(Json(PublicKeys {
        account_public_keys: rows.into_iter().map(shown).collect(),
        next_page_start: next.unwrap_or_default(),
    }))
}

/// Registers an own public key, as from `cosign generate-key-pair` or `docker trust key generate`.
///
/// A key belongs to one account only, and one that was revoked is not registered again. It counts for nothing until `proof` has
/// shown, here or in a PATCH, that the private half is yours. Not with an access token or a client
/// certificate: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/enzi/v0/accounts/{nameOrId}/publicKeys",
    tag = "keys",
    params(("nameOrId" = String, Path, description = "The user's name, or `id:` and its id.")),
    request_body = CreatePublicKey,
    responses(
        (status = 201, description = "The key.", body = PublicKey),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: for somebody else, or by an access token or a client certificate.",
            body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
        (status = 409, description = "`PUBLIC_KEY_EXISTS`, `PUBLIC_KEY_REVOKED`, `PUBLIC_KEY_TAKEN`, `TOO_MANY_PUBLIC_KEYS`",
            body = Envelope),
    )
)]
async fn create_key(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(user): Segments<String>,
    Body(form): Body<CreatePublicKey>,
) -> ApiResult<(StatusCode, Json<PublicKey>)> {
    let owner = own(&state, &caller, &user).await?;
    let kind = match form.kind {
        KeyKind::PublicKey => Kind::PublicKey,
        KeyKind::Cosign => Kind::Cosign,
        KeyKind::ClientCertificate => {
            return Err(bad_field(
                "kind",
                "kind is publicKey or cosign; a client certificate comes with a client bundle.",
            ));
        }
    };
    let uploaded = parser::parse(&form.public_key)
        .map_err(|error| bad_field("publicKey", sentence(&error.to_string())))?;
    let key = uploaded.key();
    let is_proven = form.proof.is_some();
    if let Some(given) = &form.proof {
        proof::check(&key.pem(), &key.fingerprint(), owner.id, given)?;
    }
    let new = New {
        account: owner.id,
        label: one_line("label", form.label, MAX_LABEL)?,
        kind,
        algorithm: key.algorithm().to_string(),
        fingerprint: key.fingerprint(),
        notary_id: key.tuf_key_id(),
        public_key: key.pem(),
        is_proven,
        certificate: match &uploaded {
            Uploaded::Key(_) => None,
            Uploaded::Certificate(certificate) => Some(Certificate {
                serial: None,
                pem: certificate.pem(),
                fingerprint: certificate.fingerprint(),
                expires_at: certificate.not_after(),
            }),
        },
    };
    let row = register(&state, &caller, new, "publicKey", OffsetDateTime::now_utc()).await?;
    Ok((StatusCode::CREATED, Json(shown(row))))
}

/// An error's words as a sentence.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let rest = letters.as_str();
    first.into_iter().chain(rest.chars()).chain(['.']).collect()
}
