//! What an administrator may set a provider to.

use api::identity::{CreateIdentityProvider, GroupRule, UpdateIdentityProvider};
use auth::oidc::{Provider, ProviderError};
use db::identity_providers::Settings;
use uuid::Uuid;

use crate::{
    error::{ApiError, ApiResult},
    input::{bad_field, one_line},
    outgoing, sealed,
    state::AppState,
};

/// Characters of a label, an identifier, a claim's name, a scope, a group.
const MAX_TEXT: usize = 256;
/// Characters of an issuer's URL and of a client secret.
const MAX_LONG: usize = 2048;
/// Bytes of extra certificates.
const MAX_PEM: usize = 64 * 1024;
/// Scopes, and rules, of one provider.
const MAX_SCOPES: usize = 32;
const MAX_RULES: usize = 500;

/// The settings of a new provider.
pub(super) fn begin(form: &CreateIdentityProvider) -> Settings {
    let usual = Provider::new(&form.issuer, &form.client_id, None);
    Settings {
        label: form.name.clone(),
        issuer: usual.issuer,
        client_id: usual.client_id,
        client_secret: None,
        scopes: usual.scopes,
        username_claim: usual.username_claim,
        groups_claim: usual.groups_claim,
        ca_certificates: None,
        creates_users: false,
        is_active: true,
    }
}

/// The settings of a provider, with its client's secret as the provider knows it.
pub(super) fn opened(state: &AppState, mut settings: Settings) -> Settings {
    if let Some(kept) = settings.client_secret.take() {
        settings.client_secret = sealed::open(&state.seal_key, &place(&settings), kept);
    }
    settings
}

/// Settings as they are kept.
pub(super) fn closed(state: &AppState, mut settings: Settings) -> ApiResult<Settings> {
    if let Some(secret) = settings.client_secret.take() {
        let kept = sealed::seal(&state.seal_key, &place(&settings), &secret)?;
        settings.client_secret = Some(kept);
    }
    Ok(settings)
}

/// Where the client's secret is shown, and for which client.
fn place(settings: &Settings) -> String {
    format!("oidc {} {}", settings.issuer, settings.client_id)
}

/// As the protocol needs them.
pub(super) fn provider(settings: Settings) -> Provider {
    Provider {
        issuer: settings.issuer,
        client_id: settings.client_id,
        client_secret: settings.client_secret.map(Into::into),
        scopes: settings.scopes,
        username_claim: settings.username_claim,
        groups_claim: settings.groups_claim,
    }
}

/// The part of a new provider's form that a change has too.
pub(super) fn rest(form: CreateIdentityProvider) -> UpdateIdentityProvider {
    UpdateIdentityProvider {
        label: form.label,
        issuer: None,
        client_id: None,
        client_secret: form.client_secret,
        scopes: form.scopes,
        username_claim: form.username_claim,
        groups_claim: form.groups_claim,
        ca_certificates: form.ca_certificates,
        creates_users: form.creates_users,
        is_active: form.is_active,
        group_rules: form.group_rules,
    }
}

/// The same as a change that names no secret but says whether there is one: for the record.
pub(super) fn without_secret(form: &CreateIdentityProvider) -> UpdateIdentityProvider {
    let issuer = Some(form.issuer.clone());
    let client_id = Some(form.client_id.clone());
    secret_masked(&UpdateIdentityProvider {
        issuer,
        client_id,
        ..rest(form.clone())
    })
}

/// A change that says whether it names a secret, and not which: for the record.
pub(super) fn secret_masked(form: &UpdateIdentityProvider) -> UpdateIdentityProvider {
    UpdateIdentityProvider {
        client_secret: form.client_secret.as_ref().map(|_| "…".to_owned()),
        ..form.clone()
    }
}

/// Sets what the form names, and checks the whole.
pub(super) fn set(settings: &mut Settings, form: UpdateIdentityProvider) -> ApiResult<()> {
    let moves = form
        .issuer
        .as_ref()
        .is_some_and(|issuer| *issuer != settings.issuer);
    // What is kept for one issuer is not shown to another: who may set the address need not know the secret.
    if moves && settings.client_secret.is_some() && form.client_secret.is_none() {
        return Err(bad_field(
            "clientSecret",
            "The issuer changes: send its client secret too, or an empty one for a public client.",
        ));
    }
    let text = |field, value: Option<String>, max, into: &mut String| -> ApiResult<()> {
        if let Some(value) = value {
            *into = one_line(field, value, max)?;
        }
        Ok(())
    };
    text("label", form.label, MAX_TEXT, &mut settings.label)?;
    text("issuer", form.issuer, MAX_LONG, &mut settings.issuer)?;
    text(
        "clientId",
        form.client_id,
        MAX_TEXT,
        &mut settings.client_id,
    )?;
    text(
        "usernameClaim",
        form.username_claim,
        MAX_TEXT,
        &mut settings.username_claim,
    )?;
    text(
        "groupsClaim",
        form.groups_claim,
        MAX_TEXT,
        &mut settings.groups_claim,
    )?;
    if let Some(secret) = form.client_secret {
        let secret = one_line("clientSecret", secret, MAX_LONG)?;
        settings.client_secret = Some(secret).filter(|secret| !secret.is_empty());
    }
    if let Some(scopes) = form.scopes {
        settings.scopes = scopes;
    }
    if let Some(pem) = form.ca_certificates {
        settings.ca_certificates = certificates(pem)?;
    }
    settings.creates_users = form.creates_users.unwrap_or(settings.creates_users);
    settings.is_active = form.is_active.unwrap_or(settings.is_active);
    check(settings)
}

fn certificates(pem: String) -> ApiResult<Option<String>> {
    if pem.trim().is_empty() {
        return Ok(None);
    }
    let too_long = pem.len() > MAX_PEM;
    let checked = if too_long {
        Err(format!("more than {MAX_PEM} bytes"))
    } else {
        outgoing::certificates(&pem).map(drop)
    };
    checked.map_err(|reason| bad_field("caCertificates", format!("caCertificates: {reason}.")))?;
    Ok(Some(pem))
}

fn check(settings: &Settings) -> ApiResult<()> {
    if settings.label.trim().is_empty() {
        return Err(bad_field(
            "label",
            "label is empty: it is what is written on the button.",
        ));
    }
    if settings.scopes.len() > MAX_SCOPES
        || settings.scopes.iter().any(|scope| scope.len() > MAX_TEXT)
    {
        return Err(bad_field(
            "scopes",
            format!("There are at most {MAX_SCOPES} scopes, of {MAX_TEXT} characters."),
        ));
    }
    provider(settings.clone()).check().map_err(|error| {
        let field = match error {
            ProviderError::Issuer | ProviderError::Insecure(_) => "issuer",
            ProviderError::ClientId => "clientId",
            ProviderError::ClientSecret => "clientSecret",
            ProviderError::Scope(_) => "scopes",
            ProviderError::Claim if settings.username_claim.is_empty() => "usernameClaim",
            ProviderError::Claim => "groupsClaim",
        };
        bad_field(field, format!("{field}: {error}."))
    })
}

/// Rules with their teams found; 400 where one is not there.
pub(super) async fn rules(state: &AppState, rules: &[GroupRule]) -> ApiResult<Vec<(String, Uuid)>> {
    if rules.len() > MAX_RULES {
        return Err(bad_field(
            "groupRules",
            format!("A provider has at most {MAX_RULES} rules."),
        ));
    }
    let mut found = Vec::with_capacity(rules.len());
    for rule in rules {
        let missing = || {
            ApiError::invalid(
                "INVALID_PARAMETERS",
                format!(
                    "There is no team {} of an organization {}.",
                    rule.team, rule.organization
                ),
            )
            .with_detail(serde_json::json!({ "field": "groupRules" }))
        };
        let org = db::accounts::find(&state.db, &rule.organization).await?;
        let org = org.filter(|org| org.is_org).ok_or_else(missing)?;
        let team = db::teams::find(&state.db, org.id, &rule.team).await?;
        let team = team.ok_or_else(missing)?;
        let group = one_line("groupRules", rule.group.clone(), MAX_TEXT)?;
        if group.is_empty() {
            return Err(bad_field("groupRules", "A rule needs the name of a group."));
        }
        found.push((group, team.id));
    }
    Ok(found)
}
