//! What is secret of a webhook, as it is kept and as it is used: its address, the headers that are sent along, and what requests are
//! signed with. Each is sealed for its webhook: a row that was changed sends nothing elsewhere.

use ::webhooks::{CustomHeaders, Endpoint, Format, Secret, signature::Secrets};
use db::entities::webhook;
use uuid::Uuid;

use crate::{
    error::{ApiError, ApiResult},
    outgoing::{Client, Proxy},
    sealed,
    settings::Outgoing,
    state::AppState,
};

/// What requests for a webhook are made with.
pub(super) struct Receiver {
    pub(super) endpoint: Endpoint,
    pub(super) headers: CustomHeaders,
    pub(super) secrets: Option<Secrets>,
    pub(super) client: Client,
    pub(super) proxy: Option<Proxy>,
}

/// Why no request can be made.
#[derive(Debug)]
pub(super) enum Unready {
    /// Until somebody sets it otherwise; for people, and without anything secret.
    Ever(String),
    /// At this moment.
    Now(ApiError),
}

impl From<String> for Unready {
    fn from(reason: String) -> Self {
        Self::Ever(reason)
    }
}

impl From<Unready> for ApiError {
    fn from(unready: Unready) -> Self {
        match unready {
            Unready::Ever(reason) => Self::invalid("INVALID_PARAMETERS", format!("{reason}.")),
            Unready::Now(error) => error,
        }
    }
}

impl Receiver {
    /// Of a webhook.
    pub(super) async fn of(state: &AppState, row: &webhook::Model) -> Result<Self, Unready> {
        const LOST: &str = "what is secret of it cannot be opened any more; set its address, headers and secret again";
        let opened = |what, kept: &String| {
            sealed::open(&state.seal_key, &place(what, row.id), kept.clone())
                .ok_or_else(|| LOST.to_owned())
        };
        let endpoint = opened("endpoint", &row.endpoint)?;
        let headers = row.headers.as_ref().map(|kept| opened("headers", kept));
        let secret = |kept: &Option<String>| {
            let opened = kept.as_ref().map(|kept| opened("secret", kept));
            opened
                .transpose()
                .map(|text| text.and_then(|text| text.parse::<Secret>().ok()))
        };
        let previous = secret(&row.previous_secret)?;
        let certificate = Some(row.tls_certificate.as_str()).filter(|pem| !pem.is_empty());
        let (client, proxy) = way(state, certificate, row.skip_verify).await?;
        Ok(Self {
            endpoint: endpoint.parse().map_err(|_| LOST.to_owned())?,
            headers: read_headers(headers.transpose()?).ok_or_else(|| LOST.to_owned())?,
            secrets: secret(&row.secret)?.map(|current| Secrets { current, previous }),
            client,
            proxy,
        })
    }
}

/// The way to receivers.
pub(super) async fn way(
    state: &AppState,
    certificate: Option<&str>,
    skip_verify: bool,
) -> Result<(Client, Option<Proxy>), Unready> {
    let setting = Outgoing::read(state)
        .await
        .map_err(|error| Unready::Now(error.into()))?;
    let client = state
        .outgoing
        .sender(certificate, skip_verify, &setting.networks())
        .map_err(|error| error.to_string())?;
    Ok((client, setting.proxy(state)?))
}

/// Where something secret of a webhook is used.
fn place(what: &str, webhook: Uuid) -> String {
    format!("{what} of webhook {webhook}")
}

/// An address, as it is kept.
pub(super) fn keep_endpoint(state: &AppState, id: Uuid, endpoint: &Endpoint) -> ApiResult<String> {
    sealed::seal(&state.seal_key, &place("endpoint", id), endpoint.expose())
}

/// Headers, as they are kept.
pub(super) fn keep_headers(
    state: &AppState,
    id: Uuid,
    headers: &CustomHeaders,
) -> ApiResult<Option<String>> {
    if headers.is_empty() {
        return Ok(None);
    }
    let pairs: Vec<(&str, &str)> = headers
        .expose()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap_or_default()))
        .collect();
    let written = serde_json::to_string(&pairs).map_err(|error| ApiError::internal(&error))?;
    sealed::seal(&state.seal_key, &place("headers", id), &written).map(Some)
}

fn read_headers(written: Option<String>) -> Option<CustomHeaders> {
    let Some(written) = written else {
        return Some(CustomHeaders::default());
    };
    let pairs: Vec<(String, String)> = serde_json::from_str(&written).ok()?;
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    CustomHeaders::new(pairs).ok()
}

/// A secret, as it is kept.
pub(super) fn keep_secret(state: &AppState, id: Uuid, secret: &Secret) -> ApiResult<String> {
    sealed::seal(&state.seal_key, &place("secret", id), &secret.expose())
}

/// How the events of a delivery are written.
pub(super) fn written_as(format: &str) -> Format {
    match super::form::format_of(format) {
        api::webhook::Format::Dtr => Format::Dtr,
        api::webhook::Format::CloudEvents => Format::CloudEvents,
    }
}
