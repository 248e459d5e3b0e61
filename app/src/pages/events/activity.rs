//! Activity: what happened in a repository, for those with an account who see it.

use leptos::prelude::*;

use super::happened;
use crate::{components::choice::Words, pages::repository::Context, paths};

const OBJECTS: Words = &[
    ("", "To everything"),
    ("repository", "The repository"),
    ("tag", "Tags"),
    ("manifest", "Manifests"),
    ("scan", "Scans"),
    ("override", "Findings set aside"),
    ("promotionPolicy", "Promotion policies"),
    ("promotion", "Promotions"),
    ("trustData", "Trust data"),
    ("trustKey", "Signing keys"),
    ("trustPolicy", "Trust policies"),
    ("admission", "Admissions"),
    ("webhook", "Webhooks"),
    ("repositoryAccess", "Rights of teams"),
];

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    happened::draw(paths::api::repository_events(&namespace, &name), OBJECTS)
}
