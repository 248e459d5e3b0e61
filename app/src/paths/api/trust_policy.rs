//! Resources of the policy of signed images.

use super::{escape, repository};

/// What the registry asks of images.
pub const TRUST_POLICY: &str = "/api/v0/trust/policy";
/// Whether images may be pulled.
pub const EVALUATE: &str = "/api/v0/trust/evaluate";

/// What an organization asks of images.
#[must_use]
pub fn organization_trust_policy(name: &str) -> String {
    format!("/api/v0/accounts/{}/trustPolicy", escape(name))
}

/// What a repository asks of images.
#[must_use]
pub fn repository_trust_policy(namespace: &str, name: &str) -> String {
    format!("{}/trustPolicy", repository(namespace, name))
}
