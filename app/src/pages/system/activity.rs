//! `/system/activity`: what happened in the registry, the newest first, for administrators.

use leptos::prelude::*;

use super::settings;
use crate::{components::choice::Words, pages::events::happened, paths};

/// The page.
pub fn page() -> AnyView {
    settings("activity", || {
        happened::draw(paths::api::EVENTS.to_owned(), OBJECTS)
    })
}

const OBJECTS: Words = &[
    ("", "To everything"),
    ("session", "Sign-ins"),
    ("user", "Users"),
    ("organization", "Organizations"),
    ("membership", "Members"),
    ("team", "Teams"),
    ("teamMembership", "Members of teams"),
    ("repositoryAccess", "Rights in repositories"),
    ("namespaceAccess", "Rights in namespaces"),
    ("apiToken", "Access tokens"),
    ("publicKey", "Keys"),
    ("password", "Passwords"),
    ("secondFactor", "Second factors"),
    ("identityProvider", "Identity providers"),
    ("identity", "Linked identities"),
    ("workloadTrust", "Workload identity"),
    ("repository", "Repositories"),
    ("tag", "Tags"),
    ("manifest", "Manifests"),
    ("scan", "Scans"),
    ("override", "Findings set aside"),
    ("promotionPolicy", "Promotion policies"),
    ("promotion", "Promotions"),
    ("signatureTrust", "Signature trust"),
    ("trustData", "Trust data"),
    ("trustKey", "Signing keys"),
    ("trustPolicy", "Trust policies"),
    ("admission", "Admissions"),
    ("webhook", "Webhooks"),
    ("vulnerabilityData", "Vulnerability data"),
    ("tokenKey", "Keys of registry tokens"),
    ("settings", "Settings"),
    ("events", "Exports of this list"),
];
