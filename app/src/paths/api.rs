//! Addresses of the API's resources.

mod events;
mod people;
mod signing;
mod trust_policy;

pub use events::*;
pub use people::*;
pub use signing::*;
pub use trust_policy::*;

use super::{escape, with_query};

/// The LDAP directory's settings.
pub const LDAP: &str = "/enzi/v0/config/auth/ldap";
/// What this registry can do.
pub const FEATURES: &str = "/api/v0/meta/features";

/// Rows of one page of a list.
pub const PAGE_SIZE: &str = "25";

/// A page of repositories whose name contains `filter`, of one namespace where it is not empty.
#[must_use]
pub fn repositories(namespace: &str, filter: &str, start: &str) -> String {
    let path = if namespace.is_empty() {
        "/api/v0/repositories".to_owned()
    } else {
        format!("/api/v0/repositories/{}", escape(namespace))
    };
    with_query(
        &path,
        [
            ("filter", filter),
            ("pageStart", start),
            ("pageSize", PAGE_SIZE),
            ("count", "true"),
        ],
    )
}

/// The namespace in which a repository is created.
#[must_use]
pub fn namespace(namespace: &str) -> String {
    format!("/api/v0/repositories/{}", escape(namespace))
}

/// One repository.
#[must_use]
pub fn repository(namespace: &str, name: &str) -> String {
    format!(
        "/api/v0/repositories/{}/{}",
        escape(namespace),
        escape(name)
    )
}

/// Its README as HTML.
#[must_use]
pub fn readme(namespace: &str, name: &str) -> String {
    format!("{}/readme", repository(namespace, name))
}

/// Its changes, as server-sent events.
#[must_use]
pub fn changes(namespace: &str, name: &str) -> String {
    format!("{}/changes", repository(namespace, name))
}

/// Its trust data.
#[must_use]
pub fn trust_data(namespace: &str, name: &str) -> String {
    format!("{}/trust", repository(namespace, name))
}

/// Its promotion policies.
#[must_use]
pub fn policies(namespace: &str, name: &str) -> String {
    format!("{}/promotionPolicies", repository(namespace, name))
}

/// One of its promotion policies; `test` tries one.
#[must_use]
pub fn policy(namespace: &str, name: &str, id: &str) -> String {
    format!("{}/{}", policies(namespace, name), escape(id))
}

/// What one of its promotion policies was.
#[must_use]
pub fn revisions(namespace: &str, name: &str, id: &str) -> String {
    format!("{}/revisions", policy(namespace, name, id))
}

/// What was promoted from it, or to it.
#[must_use]
pub fn promotions(namespace: &str, name: &str) -> String {
    format!("{}/promotions", repository(namespace, name))
}

/// The way that images take from it and to it by promotion.
#[must_use]
pub fn promotion_graph(namespace: &str, name: &str) -> String {
    format!("{}/promotionGraph", repository(namespace, name))
}

/// What its promotion policies say of a tag.
#[must_use]
pub fn tag_policies(namespace: &str, name: &str, reference: &str) -> String {
    format!("{}/policies", tag(namespace, name, reference))
}

/// Where a tag is promoted by hand.
#[must_use]
pub fn promote(namespace: &str, name: &str, reference: &str) -> String {
    format!("{}/promotion", tag(namespace, name, reference))
}

/// A page of its tags.
#[must_use]
pub fn tags(namespace: &str, name: &str, filter: &str, start: &str) -> String {
    let path = format!("{}/tags", repository(namespace, name));
    with_query(
        &path,
        [
            ("filter", filter),
            ("pageStart", start),
            ("pageSize", PAGE_SIZE),
            ("count", "true"),
        ],
    )
}

/// One tag, or what a digest names.
#[must_use]
pub fn tag(namespace: &str, name: &str, reference: &str) -> String {
    format!("{}/tags/{}", repository(namespace, name), escape(reference))
}

/// One tag, with the manifest of one platform: os, architecture and variant.
#[must_use]
pub fn tag_platform(namespace: &str, name: &str, reference: &str, platform: [&str; 3]) -> String {
    let [os, arch, variant] = platform.map(|part| if part == super::NONE { "" } else { part });
    with_query(
        &tag(namespace, name, reference),
        [("os", os), ("arch", arch), (super::VARIANT, variant)],
    )
}

/// The scans of an image: one for each platform; of one where the reference is the digest of its manifest.
#[must_use]
pub fn scan_summary(namespace: &str, name: &str, reference: &str) -> String {
    format!(
        "/api/v0/imagescan/scansummary/repositories/{}/{}/{}",
        escape(namespace),
        escape(name),
        escape(reference)
    )
}

/// The bills of materials that are attached to an image.
#[must_use]
pub fn attached(namespace: &str, name: &str, digest: &str) -> String {
    format!("{}/attached", scan_summary(namespace, name, digest))
}

/// The scan of one platform of an image.
#[must_use]
pub fn scan_of_platform(
    namespace: &str,
    name: &str,
    reference: &str,
    platform: (&str, &str),
) -> String {
    let only = |part, value| {
        if value == super::NONE {
            (part, "")
        } else {
            (part, value)
        }
    };
    with_query(
        &scan_summary(namespace, name, reference),
        [only("os", platform.0), only("arch", platform.1)],
    )
}

/// Where the scan of one platform of an image is started and stopped.
#[must_use]
pub fn scan(namespace: &str, name: &str, reference: &str, platform: (&str, &str)) -> String {
    let (os, architecture) = platform;
    format!(
        "/api/v0/imagescan/scan/{}/{}/{}/{}/{}",
        escape(namespace),
        escape(name),
        escape(reference),
        escape(os),
        escape(architecture)
    )
}

/// What is set aside in a repository; with the id of one of them in `rest`, that.
#[must_use]
pub fn overrides(namespace: &str, name: &str, rest: &[&str]) -> String {
    let path = format!("{}/overrides", repository(namespace, name));
    rest.iter()
        .fold(path, |path, segment| format!("{path}/{}", escape(segment)))
}

/// A manifest's own bytes.
#[must_use]
pub fn manifest(namespace: &str, name: &str, digest: &str) -> String {
    format!(
        "{}/manifests/{}",
        repository(namespace, name),
        escape(digest)
    )
}

/// A page of what refers to a manifest and has `filter` in its type or digest.
#[must_use]
pub fn referrers(namespace: &str, name: &str, digest: &str, filter: &str, start: &str) -> String {
    let path = format!("{}/referrers", manifest(namespace, name, digest));
    filtered(&path, filter, start)
}

/// The signatures that hang on a manifest; the first hundred.
#[must_use]
pub fn signatures(namespace: &str, name: &str, digest: &str) -> String {
    let path = format!("{}/signatures", manifest(namespace, name, digest));
    with_query(&path, [("pageSize", "100")])
}

/// The chain of custody of a manifest.
#[must_use]
pub fn custody(namespace: &str, name: &str, digest: &str) -> String {
    format!("{}/custody", manifest(namespace, name, digest))
}

/// The chain of custody of a manifest, to be downloaded with its proofs.
#[must_use]
pub fn evidence(namespace: &str, name: &str, digest: &str) -> String {
    format!("{}/bundle", custody(namespace, name, digest))
}

/// Repositories and accounts whose name contains `query`.
#[must_use]
pub fn autocomplete(query: &str) -> String {
    with_query(
        "/api/v0/index/autocomplete",
        [("query", query), ("limit", "8")],
    )
}

/// The registry's settings.
pub const SETTINGS: &str = "/api/v0/meta/settings";

/// The description of the API itself.
pub const OPENAPI: &str = "/api/v0/openapi.json";

/// A page of the teams with a right in a repository whose name contains `filter`.
#[must_use]
pub fn repository_teams(namespace: &str, name: &str, filter: &str, start: &str) -> String {
    let path = format!("{}/teamAccess", repository(namespace, name));
    filtered(&path, filter, start)
}

/// A team's right in a repository.
#[must_use]
pub fn repository_team(namespace: &str, name: &str, team: &str) -> String {
    format!(
        "{}/teamAccess/{}",
        repository(namespace, name),
        escape(team)
    )
}

/// Why a user may do something in a repository, or may not.
#[must_use]
pub fn explain(namespace: &str, name: &str, user: &str) -> String {
    let path = format!("{}/access/explain", repository(namespace, name));
    with_query(&path, [("user", user)])
}

/// The first repositories of a namespace whose name contains `text`.
#[must_use]
pub fn some_repositories(namespace: &str, text: &str) -> String {
    with_query(
        "/api/v0/index/autocomplete",
        [
            ("query", text),
            ("namespace", namespace),
            ("includeAccounts", "false"),
            ("limit", "25"),
        ],
    )
}

/// A page of a list of DTR's kind, as they are all asked for.
fn filtered(path: &str, filter: &str, start: &str) -> String {
    with_query(
        path,
        [
            ("filter", filter),
            ("pageStart", start),
            ("pageSize", PAGE_SIZE),
        ],
    )
}

/// A page of a list of eNZi's, as they are all asked for.
fn page_of(path: &str, filter: &str, start: &str) -> String {
    with_query(
        path,
        [("contains", filter), ("start", start), ("limit", PAGE_SIZE)],
    )
}

/// One row of a list of DTR's kind, and how many there are.
#[must_use]
pub fn counted(path: &str) -> String {
    with_query(path, [("pageSize", "1"), ("count", "true")])
}

/// The first thousand of a list of DTR's kind, where it does not count.
#[must_use]
pub fn whole_page(path: &str) -> String {
    with_query(path, [("pageSize", "1000")])
}

/// Identity providers.
pub const PROVIDERS: &str = "/enzi/v0/config/auth/oidc";

/// Those that one may sign in with.
pub const SIGN_IN_PROVIDERS: &str = "/enzi/v0/id/providers";

/// A page of the identity providers whose name, label or issuer contains `filter`.
#[must_use]
pub fn providers_page(filter: &str, start: &str) -> String {
    filtered(PROVIDERS, filter, start)
}

/// One identity provider.
#[must_use]
pub fn provider(name: &str) -> String {
    format!("{PROVIDERS}/{}", escape(name))
}

/// A page of the images that have something: `pairs` say what.
#[must_use]
pub fn where_is(pairs: [(&str, &str); 2], start: &str) -> String {
    let page = [("pageStart", start), ("pageSize", PAGE_SIZE)];
    with_query(
        "/api/v0/imagescan/where",
        pairs.into_iter().chain(page).collect::<Vec<_>>(),
    )
}

/// A page of the images that an update of the vulnerability data changed: `way` says how, and is empty for any.
#[must_use]
pub fn changed_images(generation: &str, way: &str, start: &str) -> String {
    let path = format!(
        "/api/v0/imagescan/updates/{}/images",
        super::escape(generation)
    );
    let change = if way.is_empty() { "any" } else { way };
    with_query(
        &path,
        [
            ("change", change),
            ("pageStart", start),
            ("pageSize", PAGE_SIZE),
        ],
    )
}

/// The state of scanning.
pub const SCANNING: &str = "/api/v0/imagescan/status";

/// Asks for scans.
pub const SCAN: &str = "/api/v0/imagescan/scan";

/// Takes new vulnerability data.
pub const SCANNING_UPDATE: &str = "/api/v0/imagescan/scan/update";

/// The registry in numbers.
pub const DASHBOARD: &str = "/api/v0/imagescan/dashboard";

/// A page of the updates of the vulnerability data.
#[must_use]
pub fn scanning_updates(start: &str) -> String {
    filtered("/api/v0/imagescan/updates", "", start)
}
