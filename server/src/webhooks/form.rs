//! What a webhook is set to, read from forms and checked.

use std::{collections::BTreeMap, net::IpAddr};

use ::webhooks::{CustomHeaders, Endpoint, Filter, Kind, Scope, Secret};
use api::webhook::Format;
use db::webhooks::Place;
use rules::TagPatterns;

use crate::{
    error::{ApiError, ApiResult},
    input::bad_field,
    outgoing,
    settings::Outgoing,
    state::AppState,
};

/// Bytes of certificates.
const MAX_PEM: usize = 64 * 1024;

/// An address that requests may go to. What it names is looked up only when it is sent to; what it is, can be said at once.
pub(super) async fn endpoint(state: &AppState, text: &str) -> ApiResult<Endpoint> {
    let refused = |reason: String| bad_field("endpoint", format!("{reason}."));
    let endpoint: Endpoint = text
        .trim()
        .parse()
        .map_err(|error: ::webhooks::endpoint::EndpointError| refused(error.to_string()))?;
    let host = endpoint
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    if let Ok(address) = host.parse::<IpAddr>() {
        let networks = Outgoing::read(state).await?.networks();
        if !state.outgoing.may_send_to(address, &networks) {
            return Err(refused(format!(
                "{address} is not a public address; a site administrator can allow it, or its network, in the settings \
                 (outgoingAllowedNetworks)"
            )));
        }
    }
    Ok(endpoint)
}

/// The types of events that a webhook takes, and the tags, at the place where it listens.
pub(super) fn filter(place: Place, types: &[String], patterns: &[String]) -> ApiResult<Filter> {
    let scope = match place {
        Place::Repository(_) => Scope::Repository,
        Place::Namespace(_) => Scope::Namespace,
        Place::Registry => Scope::Global,
    };
    let kinds = types
        .iter()
        .map(|name| kind(name))
        .collect::<ApiResult<Vec<Kind>>>()?;
    let patterns: Vec<&str> = patterns.iter().map(|text| text.trim()).collect();
    let patterns = TagPatterns::new(&patterns)
        .map_err(|error| bad_field("tagPatterns", format!("{error}.")))?;
    Filter::new(scope, kinds, patterns).map_err(|error| bad_field("type", format!("{error}.")))
}

/// A type of event by its name.
pub(super) fn kind(name: &str) -> ApiResult<Kind> {
    let read = name.trim().parse();
    read.map_err(|error: ::webhooks::kind::UnknownKind| bad_field("type", format!("{error}.")))
}

/// The headers that are sent along.
pub(super) fn headers(given: &BTreeMap<String, String>) -> ApiResult<CustomHeaders> {
    let given = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    CustomHeaders::new(given).map_err(|error| bad_field("headers", format!("{error}.")))
}

/// Certificates that are trusted besides the system's.
pub(super) fn certificate(pem: String) -> ApiResult<String> {
    if pem.trim().is_empty() {
        return Ok(String::new());
    }
    let checked = if pem.len() > MAX_PEM {
        Err(format!("more than {MAX_PEM} bytes"))
    } else {
        outgoing::certificates(&pem).map(drop)
    };
    checked.map_err(|reason| bad_field("tlsCert", format!("tlsCert: {reason}.")))?;
    Ok(pem)
}

/// A secret that somebody brings along, or a new one.
pub(super) fn secret(given: Option<&str>) -> ApiResult<Secret> {
    match given.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(Secret::generate(&mut rand::rng())),
        Some(text) => text
            .parse()
            .map_err(|error: ::webhooks::signature::SecretError| {
                ApiError::invalid("INVALID_PARAMETERS", format!("{error}."))
                    .with_detail(serde_json::json!({ "field": "secret" }))
            }),
    }
}

/// How a format stands in a row.
pub(super) const fn format_name(format: Format) -> &'static str {
    match format {
        Format::Dtr => "dtr",
        Format::CloudEvents => "cloudevents",
    }
}

/// The format that stands in a row.
pub(super) fn format_of(name: &str) -> Format {
    match name {
        "cloudevents" => Format::CloudEvents,
        _ => Format::Dtr,
    }
}
