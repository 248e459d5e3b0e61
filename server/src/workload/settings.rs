//! What an organization's owner may set a trust to.

use std::collections::BTreeMap;

use api::workload::{UpdateWorkloadTrust, WorkloadKind, WorkloadRights};
use auth::workload::{Conditions, Pattern};
use db::{entities::account, grants::Level, workload_trusts::Settings};
use oci::name::RepositoryName;
use url::{Host, Url};
use uuid::Uuid;

use super::{kind, level};
use crate::{
    error::{ApiError, ApiResult},
    input::{bad_field, one_line},
    state::AppState,
};

/// Characters of an issuer's URL and of an audience.
const MAX_TEXT: usize = 1024;
/// Repositories of one trust.
const MAX_REPOSITORIES: usize = 200;

pub(super) const fn kind_name(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::GitLab => "gitlab",
        WorkloadKind::GitHub => "github",
    }
}

/// Settings with what a form names, but for the rights.
pub(super) fn set(mut settings: Settings, form: UpdateWorkloadTrust) -> ApiResult<Settings> {
    if let Some(kind) = form.kind {
        kind_name(kind).clone_into(&mut settings.kind);
    }
    if let Some(form) = form.conditions {
        settings.conditions = conditions(form)?;
    }
    settings.issuer = form.issuer.unwrap_or(settings.issuer);
    settings.audience = form.audience.unwrap_or(settings.audience);
    settings.is_active = form.is_active.unwrap_or(settings.is_active);
    Ok(settings)
}

/// Whether settings can be saved.
pub(super) fn check(state: &AppState, settings: &Settings) -> ApiResult<()> {
    check_issuer(state, &settings.issuer)?;
    one_line("audience", settings.audience.clone(), MAX_TEXT)?;
    if settings.audience.trim().is_empty() {
        return Err(bad_field(
            "audience",
            "audience is empty: tokens that are for anybody prove nothing here.",
        ));
    }
    let conditions: Conditions = serde_json::from_value(settings.conditions.clone())
        .map_err(|error| bad_field("conditions", format!("conditions: {error}.")))?;
    conditions
        .check_for(kind(&settings.kind))
        .map_err(|error| bad_field("conditions", format!("conditions: {error}.")))
}

/// An issuer is asked over https. On this machine http will do, where the configuration allows to ask it at all.
fn check_issuer(state: &AppState, issuer: &str) -> ApiResult<()> {
    let refused = |why: &str| Err(bad_field("issuer", format!("issuer {why}.")));
    one_line("issuer", issuer.to_owned(), MAX_TEXT)?;
    let Ok(url) = Url::parse(issuer) else {
        return refused("is not a URL such as https://gitlab.com");
    };
    let is_here = match url.host() {
        Some(Host::Ipv4(ip)) => state.outgoing.allows(ip.into()) && ip.is_loopback(),
        Some(Host::Ipv6(ip)) => state.outgoing.allows(ip.into()) && ip.is_loopback(),
        _ => false,
    };
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return refused("has to begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("holds a user name or a password; leave them away");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refused("has a query or a fragment; leave them away");
    }
    Ok(())
}

/// Conditions as they are kept; each pattern is read.
pub(super) fn conditions(form: BTreeMap<String, String>) -> ApiResult<serde_json::Value> {
    for (claim, pattern) in &form {
        Pattern::new(pattern.as_str())
            .map_err(|error| bad_field("conditions", format!("conditions: {claim:?}: {error}.")))?;
    }
    serde_json::to_value(form).map_err(|error| ApiError::internal(&error))
}

/// Rights with their repositories found, which have to be the organization's own.
pub(super) async fn rights(
    state: &AppState,
    org: &account::Model,
    form: &WorkloadRights,
) -> ApiResult<(Option<Level>, Vec<(Uuid, Level)>)> {
    if form.repositories.len() > MAX_REPOSITORIES {
        return Err(bad_field(
            "rights",
            format!("A trust names at most {MAX_REPOSITORIES} repositories."),
        ));
    }
    let mut grants: BTreeMap<Uuid, Level> = BTreeMap::new();
    for grant in &form.repositories {
        let missing = || {
            bad_field(
                "rights",
                format!("{} has no repository {}.", org.name, grant.repository),
            )
        };
        let name = format!("{}/{}", org.name, grant.repository);
        let name: RepositoryName = name.parse().map_err(|_| missing())?;
        let found = state.repository(&name).await?;
        let found = found
            .filter(|row| row.account_id == org.id)
            .ok_or_else(missing)?;
        if grants.insert(found.id, level(grant.access_level)).is_some() {
            return Err(bad_field(
                "rights",
                format!("The repository {} is named twice.", grant.repository),
            ));
        }
    }
    Ok((form.namespace.map(level), grants.into_iter().collect()))
}
