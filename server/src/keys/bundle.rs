//! Client bundles: a new certificate, and how to use it, in a zip that is made this once.

use api::{error::Envelope, public_key::CreateClientBundle};
use auth::{
    bundle::Bundle,
    client_ca::{ClientCaError, ClientCertificate, DEFAULT_LIFETIME, Subject},
    public_key::{self as parser, Uploaded},
};
use axum::{
    extract::State,
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use db::{
    entities::account,
    public_keys::{Certificate, Kind, New},
};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::IntoParams;

use super::{MAX_LABEL, list::sentence, own, register};
use crate::{
    caller::{self, Caller, Person},
    error::{ApiError, ApiResult},
    input::{Body, Parameters, Segments, bad_field, one_line},
    operations::{Operations, routes},
    origin::Origin,
    state::AppState,
    tls,
};

pub(super) fn router() -> Operations {
    Operations::default()
        .routes(routes!(create_bundle))
        .routes(routes!(get_bundle))
}

/// Ours: makes a client bundle, a zip with a new client certificate, for the caller. It is in this answer and nowhere else.
///
/// Without `csr` and `publicKey`, a key pair is made, ECDSA on P-256, and the zip holds its private key, which is not kept here.
/// Not with an access token or a client certificate: come with a password, or signed in.
#[utoipa::path(
    post,
    path = "/api/v0/accounts/{account}/clientBundles",
    tag = "keys",
    params(("account" = String, Path, description = "The user's name, or `id:` and its id.")),
    request_body = CreateClientBundle,
    responses(
        (status = 201, description = "The bundle.", content_type = "application/zip"),
        (status = 400, description = "`INVALID_JSON`, `INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: for somebody else, or by an access token or a client certificate.",
            body = Envelope),
        (status = 404, description = "`NO_SUCH_ACCOUNT`, `NO_SUCH_USER`", body = Envelope),
        (status = 409, description = "`PUBLIC_KEY_EXISTS`, `PUBLIC_KEY_REVOKED`, `PUBLIC_KEY_TAKEN`, `TOO_MANY_PUBLIC_KEYS`, \
            `NO_HTTPS`", body = Envelope),
    )
)]
async fn create_bundle(
    State(state): State<AppState>,
    Person(caller): Person,
    Segments(user): Segments<String>,
    parts: Parts,
    Body(form): Body<CreateClientBundle>,
) -> ApiResult<(StatusCode, Response)> {
    let owner = own(&state, &caller, &user).await?;
    let zip = make(&state, &caller, &owner, &parts, form).await?;
    Ok((StatusCode::CREATED, zip))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LabelQuery {
    /// What it is for; at most 100 characters.
    #[serde(default)]
    label: String,
}

/// Makes a client bundle for the caller, as UCP does: by GET, which is not for changing something. Better is a POST to
/// `clientBundles`.
///
/// Only for requests with a user name and password in the `Authorization` header: a browser that only has a session, or a client
/// certificate, could be made to ask by any page.
#[utoipa::path(
    get,
    path = "/api/clientbundle",
    tag = "keys",
    params(LabelQuery),
    responses(
        (status = 200, description = "The bundle.", content_type = "application/zip"),
        (status = 400, description = "`INVALID_PARAMETERS`", body = Envelope),
        (status = 401, description = "`NOT_AUTHENTICATED`", body = Envelope),
        (status = 403, description = "`NOT_AUTHORIZED`: by a session, an access token or a client certificate.", body = Envelope),
        (status = 409, description = "`TOO_MANY_PUBLIC_KEYS`, `NO_HTTPS`", body = Envelope),
    )
)]
async fn get_bundle(
    State(state): State<AppState>,
    Person(caller): Person,
    Parameters(query): Parameters<LabelQuery>,
    parts: Parts,
) -> ApiResult<Response> {
    let owner = asked_in_a_header(&caller, &parts)?;
    // A request for the head alone would make a key that nobody gets.
    if parts.method != Method::GET {
        return Err(ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "NOT_ALLOWED",
            "A bundle is given out by GET and POST only.",
        ));
    }
    let form = CreateClientBundle {
        label: query.label,
        ..CreateClientBundle::default()
    };
    make(&state, &caller, &owner, &parts, form).await
}

/// The caller, if the credentials are in a header that no page can make a browser send.
fn asked_in_a_header(caller: &Caller, parts: &Parts) -> ApiResult<account::Model> {
    let account = caller.account()?;
    let by_page = caller::text(&parts.headers, "sec-fetch-site")
        .is_some_and(|site| !matches!(site, "same-origin" | "none"));
    if by_page || !parts.headers.contains_key(header::AUTHORIZATION) {
        return Err(ApiError::not_authorized(
            "Send your user name and password in the Authorization header (curl -u NAME), or take the bundle on the page Keys.",
        ));
    }
    Ok(account.clone())
}

/// Issues a certificate, registers its key, and packs both up.
async fn make(
    state: &AppState,
    caller: &Caller,
    owner: &account::Model,
    parts: &Parts,
    form: CreateClientBundle,
) -> ApiResult<Response> {
    let now = OffsetDateTime::now_utc();
    let label = one_line("label", form.label, MAX_LABEL)?;
    let field = if form.csr.is_some() {
        "csr"
    } else {
        "publicKey"
    };
    // A bare key is proven when somebody comes with its certificate; a request is signed by its key.
    let is_proven = form.public_key.is_none();
    let issued = issue(state, owner, (form.csr, form.public_key), now)?;
    let zip = pack(state, owner, parts, &issued, now).await?;
    let certificate = &issued.certificate;
    let key = certificate.key();
    let new = New {
        account: owner.id,
        label,
        kind: Kind::ClientCertificate,
        algorithm: key.algorithm().to_string(),
        fingerprint: key.fingerprint(),
        notary_id: key.tuf_key_id(),
        public_key: key.pem(),
        is_proven,
        certificate: Some(Certificate {
            serial: Some(certificate.serial().to_owned()),
            pem: certificate.pem(),
            fingerprint: certificate.fingerprint(),
            expires_at: certificate.not_after(),
        }),
    };
    register(state, caller, new, field, now).await?;
    let name = format!(
        "attachment; filename=\"plimsoll-bundle-{}.zip\"",
        owner.name
    );
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/zip"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::try_from(name).map_err(|error| ApiError::internal(&error))?,
        ),
    ];
    Ok((headers, zip).into_response())
}

/// A certificate for the key of a request (CSR), for a public key, or for a new key.
fn issue(
    state: &AppState,
    owner: &account::Model,
    own: (Option<String>, Option<String>),
    now: OffsetDateTime,
) -> ApiResult<ClientCertificate> {
    let subject = Subject {
        account: owner.id,
        name: &owner.name,
    };
    let (ca, rng) = (&state.client_ca, &mut rand::rng());
    let (field, issued) = match own {
        (None, None) => ("label", ca.issue(subject, DEFAULT_LIFETIME, now, rng)),
        (Some(csr), None) => (
            "csr",
            ca.issue_for_request(&csr, subject, DEFAULT_LIFETIME, now, rng),
        ),
        (None, Some(text)) => {
            let issue = |uploaded| match uploaded {
                Uploaded::Key(key) => ca.issue_for_key(&key, subject, DEFAULT_LIFETIME, now, rng),
                Uploaded::Certificate(_) => Err(parser::PublicKeyError::NotPem.into()),
            };
            let parsed = parser::parse(&text).map_err(ClientCaError::from);
            ("publicKey", parsed.and_then(issue))
        }
        (Some(_), Some(_)) => {
            return Err(bad_field("csr", "Send csr or publicKey, and not both."));
        }
    };
    issued.map_err(|error| match error {
        ClientCaError::Key(_) | ClientCaError::Request | ClientCaError::RequestSignature => {
            bad_field(field, sentence(&error.to_string()))
        }
        error => ApiError::internal(&error),
    })
}

async fn pack(
    state: &AppState,
    owner: &account::Model,
    parts: &Parts,
    issued: &ClientCertificate,
    now: OffsetDateTime,
) -> ApiResult<Vec<u8>> {
    let base_url = Origin::of(&state.config, parts)
        .https(&state.config)
        .ok_or_else(|| {
            ApiError::conflict(
                "NO_HTTPS",
                "This registry has no HTTPS address, and certificates are shown by HTTPS only. Its operator can set `https` or \
                 `external_url`.",
            )
        })?;
    let ca_pem = tls::own_ca_pem(&state.config)
        .await
        .map_err(|error| ApiError::internal(&error))?;
    let bundle = Bundle {
        account: &owner.name,
        base_url: &base_url,
        certificate: &issued.certificate,
        key_pem: issued.key_pem.as_deref(),
        ca_pem: ca_pem.as_deref(),
    };
    bundle.zip(now).map_err(|error| ApiError::internal(&error))
}
