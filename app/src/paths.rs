//! Addresses: of this interface's own pages, and of the API's resources. All of them are made here, so that names are escaped
//! everywhere and a path is spelt once.

pub mod api;

use std::fmt::Write;

use ::api::manifest::PlatformManifest;
use leptos::prelude::Get;
use leptos_router::location::Location;

/// Where the interface begins.
pub const REPOSITORIES: &str = "/repositories";
/// The form for a new repository.
pub const NEW_REPOSITORY: &str = "/repositories/new";
/// All users.
pub const USERS: &str = "/users";
/// The form for a new user.
pub const NEW_USER: &str = "/users/new";
/// Organizations.
pub const ORGANIZATIONS: &str = "/orgs";
/// The form for a new organization.
pub const NEW_ORGANIZATION: &str = "/orgs/new";
/// General settings of the registry.
pub const SYSTEM: &str = "/system/settings/general";
/// The LDAP directory.
pub const LDAP_SETTINGS: &str = "/system/settings/ldap";
/// What happened.
pub const ACTIVITY: &str = "/system/activity";
/// Webhooks, of the whole registry and of all that is in it.
pub const WEBHOOKS: &str = "/system/webhooks";
/// Which images may be pulled.
pub const TRUST_SETTINGS: &str = "/system/trust";
/// Whose signatures count in all repositories.
pub const SIGNATURE_TRUSTS: &str = "/system/trust/keys";
/// How people sign in.
pub const SIGN_IN_SETTINGS: &str = "/system/settings/sign-in";
/// What waits for the visitor's signature, and their keys.
pub const SIGNING: &str = "/signing";
/// Where something is.
pub const SECURITY: &str = "/security";
/// Scanning and vulnerability data.
pub const SECURITY_SETTINGS: &str = "/system/security";
/// The API's reference.
pub const REFERENCE: &str = "/api";
/// Signing in.
pub const SIGN_IN: &str = "/sign-in";
/// The second step of signing in.
pub const SIGN_IN_CODE: &str = "/sign-in/code";

/// Stands for an operating system or architecture that a manifest does not name.
pub const NONE: &str = "-";

/// Escapes one segment of a path, or one value of a query (RFC 3986 §2.3: what is not unreserved; `:` may stay).
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// A path with a query; pairs with an empty value are left out.
#[must_use]
pub fn with_query<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = path.to_owned();
    let mut separator = '?';
    for (key, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(out, "{separator}{key}={}", escape(value));
        separator = '&';
    }
    out
}

/// Where the visitor is, or is on the way to, with the query; read as signals are.
#[must_use]
pub fn here(location: &Location) -> String {
    let mut out = location.pathname.get();
    let search = location.search.get();
    if !search.is_empty() && !search.starts_with('?') {
        out.push('?');
    }
    out + &search
}

/// Signing in, and then coming back to `next`.
#[must_use]
pub fn sign_in(next: &str) -> String {
    with_query(SIGN_IN, [("next", next)])
}

/// The images that an update of the vulnerability data changed.
#[must_use]
pub fn changed_images(generation: impl std::fmt::Display) -> String {
    format!("{SECURITY}/changes/{}", escape(&generation.to_string()))
}

/// A tab of a repository, such as `info`, `tags` or `webhooks`.
#[must_use]
pub fn repository(namespace: &str, name: &str, tab: &str) -> String {
    format!("/repositories/{}/{}/{tab}", escape(namespace), escape(name))
}

/// The form for a new promotion policy of a repository.
#[must_use]
pub fn new_policy(namespace: &str, name: &str) -> String {
    policy(namespace, name, "new")
}

/// A promotion policy of a repository.
#[must_use]
pub fn policy(namespace: &str, name: &str, id: &str) -> String {
    format!(
        "{}/{}",
        repository(namespace, name, "promotions"),
        escape(id)
    )
}

/// What the promotion policies say of a tag.
#[must_use]
pub fn tag_policies(namespace: &str, name: &str, tag: &str) -> String {
    format!(
        "{}/{}/policies",
        repository(namespace, name, "tags"),
        escape(tag)
    )
}

/// The repositories of one namespace.
#[must_use]
pub fn namespace(name: &str) -> String {
    with_query(REPOSITORIES, [("namespace", name)])
}

/// A tab of an image: `layers`, `components`, `config`, `manifest` or `referrers`. `reference` is a tag or a digest.
#[must_use]
pub fn image(
    namespace: &str,
    name: &str,
    reference: &str,
    platform: (&str, &str),
    tab: &str,
) -> String {
    let (os, architecture) = platform;
    format!(
        "/repositories/{}/{}/{}/{}/{}/{tab}",
        escape(namespace),
        escape(name),
        escape(reference),
        escape(os),
        escape(architecture)
    )
}

/// Query parameter of an image's address for the architecture's variant, where os and architecture are not enough.
pub const VARIANT: &str = "variant";

/// The segments of an image's address that name its platform.
#[must_use]
pub fn platform_segments(platform: Option<&PlatformManifest>) -> (String, String) {
    let part = |value: Option<&String>| {
        value
            .filter(|v| !v.is_empty())
            .cloned()
            .unwrap_or_else(|| NONE.to_owned())
    };
    let os = part(platform.and_then(|p| p.os.as_ref()));
    let architecture = part(platform.and_then(|p| p.architecture.as_ref()));
    (os, architecture)
}

/// A user's settings.
#[must_use]
pub fn user(name: &str) -> String {
    format!("/users/{}/settings", escape(name))
}

/// The repositories that a user owns.
#[must_use]
pub fn user_repositories(name: &str) -> String {
    format!("/users/{}/repositories", escape(name))
}

/// The teams that a user is in.
#[must_use]
pub fn user_teams(name: &str) -> String {
    format!("/users/{}/teams", escape(name))
}

/// A user's password, second factor and sessions.
#[must_use]
pub fn security(name: &str) -> String {
    format!("/users/{}/security", escape(name))
}

/// A user's access tokens.
#[must_use]
pub fn tokens(name: &str) -> String {
    format!("/users/{}/access-tokens", escape(name))
}

/// A user's keys: those in use, or those that were revoked.
#[must_use]
pub fn keys(name: &str, revoked: bool) -> String {
    let path = format!("/users/{}/keys", escape(name));
    with_query(&path, [("show", if revoked { "revoked" } else { "" })])
}

/// The keys of the visitor's that were revoked.
#[must_use]
pub fn revoked_signing_keys() -> String {
    with_query(SIGNING, [("show", "revoked")])
}

/// Which images of a repository may be pulled.
#[must_use]
pub fn repository_trust_policy(namespace: &str, name: &str) -> String {
    format!("{}/trust", repository(namespace, name, "settings"))
}

/// Which images of an organization may be pulled.
#[must_use]
pub fn organization_trust_policy(name: &str) -> String {
    format!("{}/trust", organization(name, "settings"))
}

/// Whose signatures count in an organization's repositories.
#[must_use]
pub fn organization_signature_trusts(name: &str) -> String {
    format!("{}/keys", organization_trust_policy(name))
}

/// What a key signed.
#[must_use]
pub fn signing_key(id: &str) -> String {
    format!("{SIGNING}/keys/{}", escape(id))
}

/// Who a user is at identity providers.
#[must_use]
pub fn identities(name: &str) -> String {
    format!("/users/{}/identities", escape(name))
}

/// The webhooks that listen at all repositories of a user.
#[must_use]
pub fn user_webhooks(name: &str) -> String {
    format!("/users/{}/webhooks", escape(name))
}

/// One of a list of webhooks; `new` is the form for another one.
#[must_use]
pub fn webhook(list: &str, id: &str) -> String {
    format!("{list}/{}", escape(id))
}

/// The settings of an identity provider.
#[must_use]
pub fn provider(name: &str) -> String {
    format!("{SIGN_IN_SETTINGS}/{}", escape(name))
}

/// Where signing in with an identity provider begins.
#[must_use]
pub fn sign_in_with(provider: &str, next: &str) -> String {
    with_query(
        &format!("{SIGN_IN}/oidc/{}", escape(provider)),
        [("next", next)],
    )
}

/// A tab of an organization, such as `users`, `teams` or `webhooks`.
#[must_use]
pub fn organization(name: &str, tab: &str) -> String {
    format!("{ORGANIZATIONS}/{}/{tab}", escape(name))
}

/// A tab of a team: `users`, `repositories` or `settings`.
#[must_use]
pub fn team(organization: &str, name: &str, tab: &str) -> String {
    format!(
        "{ORGANIZATIONS}/{}/teams/{}/{tab}",
        escape(organization),
        escape(name)
    )
}

/// Where that is: what it is, is guessed from how it is written.
#[must_use]
pub fn where_is(text: &str) -> String {
    with_query(SECURITY, [("q", text)])
}

/// The form for a new repository, with that namespace chosen.
#[must_use]
pub fn new_repository(namespace: &str) -> String {
    with_query(NEW_REPOSITORY, [("namespace", namespace)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_wherever_they_stand() {
        assert_eq!(escape("a b/c?d#e%é"), "a%20b%2Fc%3Fd%23e%25%C3%A9");
        assert_eq!(
            image("ci", "app", "sha256:ab", ("linux", "arm64"), "layers"),
            "/repositories/ci/app/sha256:ab/linux/arm64/layers"
        );
        assert_eq!(
            sign_in("/users?start=a&b"),
            "/sign-in?next=%2Fusers%3Fstart%3Da%26b"
        );
        assert_eq!(team("acme", "a b", "users"), "/orgs/acme/teams/a%20b/users");
    }

    #[test]
    fn empty_values_leave_no_trace_in_a_query() {
        assert_eq!(
            with_query("/x", [("a", ""), ("b", "1"), ("c", "2")]),
            "/x?b=1&c=2"
        );
        assert_eq!(
            api::tag_platform("n", "r", "t", [NONE, NONE, ""]),
            "/api/v0/repositories/n/r/tags/t"
        );
    }
}
