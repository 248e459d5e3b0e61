//! Whom an organization, and the registry, trusts to sign: public keys of cosign, and trust stores, whose certificates notation and cosign
//! sign with.
//!
//! Who adds one decides what counts as signed, so it is never done with an access token: what ends must not live on in what it made.

use api::{
    error::Envelope,
    signature::{CreateSignatureTrust, SignatureTrust, SignatureTrustKind},
};
use axum::{Json, extract::State, http::StatusCode};
use db::{
    entities::signature_trust,
    signatures::{NewTrust, TrustKind},
};
use serde::Deserialize;
use time::OffsetDateTime;
use trust::{attached::VerifyingKey, notation::Identities, x509::Certificate};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    caller::{Caller, Person},
    error::{ApiError, ApiResult},
    events::{Event, Kind, ObjectType},
    input::{Body, Parameters, Segments, bad_field, one_line},
    operations::{Operations, routes},
    organizations::Org,
    paging::{PageQuery, Paged},
    state::AppState,
};

/// Trusts of one organization, and of the registry.
pub(super) const MAX_TRUSTS: u64 = 100;
/// Certificates of one trust store.
pub(super) const MAX_CERTIFICATES: usize = 20;
/// Characters of a name.
const MAX_NAME: usize = 100;
/// Bytes of a key, or of the certificates.
const MAX_PEM: usize = 64 << 10;

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(list_account_trusts, create_account_trust))
        .routes(routes!(delete_account_trust))
        .routes(routes!(list_registry_trusts, create_registry_trust))
        .routes(routes!(delete_registry_trust))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct AccountTrust {
    /// Name of an organization.
    account: String,
    /// Id of the trust.
    trust: String,
}

/// Ours: lists whose signatures count in the repositories of an organization besides its users', the oldest first; for its owners and
/// site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/accounts/{account}/signatureTrusts",
    tag = "keys",
    params(("account" = String, Path, description = "Name of an organization."), PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<SignatureTrust>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
    )
)]
async fn list_account_trusts(
    State(state): State<AppState>,
    caller: Caller,
    Segments(org): Segments<String>,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<SignatureTrust>>> {
    let org = Org::managed(&state, &caller, &org).await?;
    list(&state, Some(org.row.id), page).await
}

/// Ours: trusts a key of cosign, or certificates that notation and cosign sign with, in the repositories of an organization; for its
/// owners and site administrators. What is signed already is verified again.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/api/v0/accounts/{account}/signatureTrusts",
    tag = "keys",
    params(("account" = String, Path, description = "Name of an organization.")),
    request_body = CreateSignatureTrust,
    responses(
        (status = 201, description = "Made.", body = SignatureTrust),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`", body = Envelope),
        (status = 409, description = "`TOO_MANY_SIGNATURE_TRUSTS`", body = Envelope),
    )
)]
async fn create_account_trust(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(org): Segments<String>,
    Body(form): Body<CreateSignatureTrust>,
) -> ApiResult<(StatusCode, Json<SignatureTrust>)> {
    let org = Org::managed(&state, &caller, &org).await?;
    create(&state, &caller, Some(&org), form).await
}

/// Ours: trusts somebody no more; for the organization's owners and site administrators. What they signed does not count from now on.
#[utoipa::path(
    delete,
    path = "/api/v0/accounts/{account}/signatureTrusts/{trust}",
    tag = "keys",
    params(AccountTrust),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_SIGNATURE_TRUST`", body = Envelope),
    )
)]
async fn delete_account_trust(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(path): Segments<AccountTrust>,
) -> ApiResult<StatusCode> {
    let org = Org::managed(&state, &caller, &path.account).await?;
    delete(&state, &caller, Some(&org), &path.trust).await
}

/// Ours: lists whose signatures count in all repositories besides users', the oldest first; for site administrators.
#[utoipa::path(
    get,
    path = "/api/v0/signatureTrusts",
    tag = "keys",
    params(PageQuery),
    responses(
        (status = 200, description = "One page.", body = Vec<SignatureTrust>,
            headers(("X-Next-Page-Start" = String), ("X-Resource-Count" = u64))),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
    )
)]
async fn list_registry_trusts(
    State(state): State<AppState>,
    caller: Caller,
    Parameters(page): Parameters<PageQuery>,
) -> ApiResult<Paged<Vec<SignatureTrust>>> {
    caller.admin()?;
    list(&state, None, page).await
}

/// Ours: trusts a key of cosign, or certificates that notation and cosign sign with, in all repositories; for site administrators. What is
/// signed already is verified again.
///
/// Not with an access token: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/api/v0/signatureTrusts",
    tag = "keys",
    request_body = CreateSignatureTrust,
    responses(
        (status = 201, description = "Made.", body = SignatureTrust),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 409, description = "`TOO_MANY_SIGNATURE_TRUSTS`", body = Envelope),
    )
)]
async fn create_registry_trust(
    State(state): State<AppState>,
    Person(caller): Person,
    Body(form): Body<CreateSignatureTrust>,
) -> ApiResult<(StatusCode, Json<SignatureTrust>)> {
    caller.admin()?;
    create(&state, &caller, None, form).await
}

/// Ours: trusts somebody no more; for site administrators. What they signed does not count from now on.
#[utoipa::path(
    delete,
    path = "/api/v0/signatureTrusts/{trust}",
    tag = "keys",
    params(("trust" = String, Path, description = "Id of the trust.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`", body = Envelope),
        (status = 404, description = "`NO_SUCH_SIGNATURE_TRUST`", body = Envelope),
    )
)]
async fn delete_registry_trust(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(trust): Segments<String>,
) -> ApiResult<StatusCode> {
    caller.admin()?;
    delete(&state, &caller, None, &trust).await
}

async fn list(
    state: &AppState,
    account: Option<Uuid>,
    query: PageQuery,
) -> ApiResult<Paged<Vec<SignatureTrust>>> {
    let page = query.page()?;
    let after = page.after.as_deref().map(str::parse).transpose();
    let after = after.map_err(|_| {
        bad_field(
            "pageStart",
            "pageStart is the X-Next-Page-Start of the page before.",
        )
    })?;
    let mut rows = db::signatures::trusts(&state.db, account, after, page.limit()).await?;
    let next = page.cut(&mut rows, |row| row.id.to_string());
    let count = if page.count {
        Some(db::signatures::count_trusts(&state.db, account).await?)
    } else {
        None
    };
    Ok(Paged {
        body: rows.into_iter().map(shown).collect(),
        next,
        count,
    })
}

async fn create(
    state: &AppState,
    caller: &Caller,
    org: Option<&Org>,
    form: CreateSignatureTrust,
) -> ApiResult<(StatusCode, Json<SignatureTrust>)> {
    let account = org.map(|org| org.row.id);
    let new = read(account, form)?;
    let event = recorded(Kind::Create, org, None, &new.name).detail(serde_json::json!({
        "fingerprint": new.fingerprint, "identities": new.identities,
    }));
    if db::signatures::count_trusts(&state.db, account).await? >= MAX_TRUSTS {
        return Err(ApiError::conflict(
            "TOO_MANY_SIGNATURE_TRUSTS",
            format!("There are {MAX_TRUSTS} already, which is the most; delete one first."),
        ));
    }
    let db = state.recording(caller, event);
    let row = db::signatures::register(&db, new, OffsetDateTime::now_utc()).await?;
    state.signatures.wake();
    Ok((StatusCode::CREATED, Json(shown(row))))
}

async fn delete(
    state: &AppState,
    caller: &Caller,
    org: Option<&Org>,
    id: &str,
) -> ApiResult<StatusCode> {
    let missing = || {
        ApiError::not_found(
            "NO_SUCH_SIGNATURE_TRUST",
            format!("There is no trust {id} here."),
        )
    };
    let account = org.map(|org| org.row.id);
    let parsed = id.parse().map_err(|_| missing())?;
    let row = db::signatures::trust(&state.db, account, parsed).await?;
    let row = row.ok_or_else(missing)?;
    let event = recorded(Kind::Delete, org, Some(row.id), &row.name);
    let db = state.recording(caller, event);
    if !db::signatures::forget(&db, account, row.id, OffsetDateTime::now_utc()).await? {
        return Err(missing());
    }
    state.signatures.wake();
    Ok(StatusCode::NO_CONTENT)
}

fn recorded(kind: Kind, org: Option<&Org>, id: Option<Uuid>, name: &str) -> Event {
    let event = Event::new(kind, ObjectType::SignatureTrust, id, name);
    match org {
        Some(org) => event
            .with(ObjectType::Organization, org.row.id, &org.row.name)
            .because(org.reason()),
        None => event,
    }
}

/// A form as a trust that can be used.
fn read(account: Option<Uuid>, form: CreateSignatureTrust) -> ApiResult<NewTrust> {
    let name = one_line("name", form.name, MAX_NAME)?;
    if name.is_empty() {
        return Err(bad_field("name", "name says what it is for."));
    }
    if form.pem.len() > MAX_PEM {
        return Err(bad_field(
            "pem",
            format!("pem has at most {MAX_PEM} bytes."),
        ));
    }
    let kind = match form.kind {
        SignatureTrustKind::CosignKey => TrustKind::Key,
        SignatureTrustKind::NotationStore => TrustKind::Store,
        SignatureTrustKind::NotationAuthority => TrustKind::Authority,
    };
    let (fingerprint, identities) = if kind == TrustKind::Key {
        if !form.identities.is_empty() {
            return Err(bad_field(
                "identities",
                "identities are for trust stores; a key has none.",
            ));
        }
        let key = VerifyingKey::from_pem(&form.pem)
            .map_err(|error| bad_field("pem", format!("pem is one block PUBLIC KEY: {error}.")))?;
        (key.fingerprint(), None)
    } else {
        let texts = form.identities.iter().map(String::as_str);
        Identities::parse(texts)
            .map_err(|error| bad_field("identities", format!("identities: {error}.")))?;
        let certificates = Certificate::from_pem(&form.pem, MAX_CERTIFICATES)
            .map_err(|error| bad_field("pem", format!("pem are certificates: {error}.")))?;
        let first = certificates.first().map(Certificate::fingerprint);
        (first.unwrap_or_default(), Some(form.identities))
    };
    Ok(NewTrust {
        account,
        kind,
        name,
        pem: form.pem,
        fingerprint,
        identities,
    })
}

fn shown(row: signature_trust::Model) -> SignatureTrust {
    let identities = row
        .identities
        .and_then(|texts| serde_json::from_value(texts).ok());
    SignatureTrust {
        id: row.id.to_string(),
        kind: match row.kind {
            TrustKind::Key => SignatureTrustKind::CosignKey,
            TrustKind::Store => SignatureTrustKind::NotationStore,
            TrustKind::Authority => SignatureTrustKind::NotationAuthority,
        },
        name: row.name,
        pem: row.pem,
        fingerprint: row.fingerprint,
        identities: identities.unwrap_or_default(),
        created_at: row.created_at,
    }
}
