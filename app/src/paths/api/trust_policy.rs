//! Resources of the policy of signed images, and of whose signatures count.

use super::{escape, repository, with_query};

/// What the registry asks of images.
pub const TRUST_POLICY: &str = "/api/v0/trust/policy";
/// Whether images may be pulled.
pub const EVALUATE: &str = "/api/v0/trust/evaluate";

/// Whose signatures of cosign and notation count in all repositories.
pub const SIGNATURE_TRUSTS: &str = "/api/v0/signatureTrusts";

/// Whose signatures of cosign and notation count in an organization's repositories.
#[must_use]
pub fn organization_signature_trusts(name: &str) -> String {
    format!("/api/v0/accounts/{}/signatureTrusts", escape(name))
}

/// All of such a list: there are at most a hundred.
#[must_use]
pub fn all_signature_trusts(list: &str) -> String {
    with_query(list, [("pageSize", "100")])
}

/// One of such a list.
#[must_use]
pub fn signature_trust(list: &str, id: &str) -> String {
    format!("{list}/{}", escape(id))
}

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
