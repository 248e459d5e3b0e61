//! Addresses: of this interface's own pages, and of the API's resources. All of them are made here, so that names are escaped
//! everywhere and a path is spelt once.

use std::fmt::Write;

use ::api::manifest::PlatformManifest;

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
/// The API's reference.
pub const REFERENCE: &str = "/api";
/// Signing in.
pub const SIGN_IN: &str = "/sign-in";

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

/// Signing in, and then coming back to `next`.
#[must_use]
pub fn sign_in(next: &str) -> String {
    with_query(SIGN_IN, [("next", next)])
}

/// A tab of a repository: `info`, `permissions`, `tags` or `settings`.
#[must_use]
pub fn repository(namespace: &str, name: &str, tab: &str) -> String {
    format!("/repositories/{}/{}/{tab}", escape(namespace), escape(name))
}

/// The repositories of one namespace.
#[must_use]
pub fn namespace(name: &str) -> String {
    with_query(REPOSITORIES, [("namespace", name)])
}

/// A tab of an image: `layers`, `config`, `manifest` or `referrers`. `reference` is a tag or a digest.
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

/// A user's access tokens.
#[must_use]
pub fn tokens(name: &str) -> String {
    format!("/users/{}/access-tokens", escape(name))
}

/// A tab of an organization: `users`, `teams`, `repositories` or `settings`.
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

/// The form for a new repository, with that namespace chosen.
#[must_use]
pub fn new_repository(namespace: &str) -> String {
    with_query(NEW_REPOSITORY, [("namespace", namespace)])
}

/// Resources of the API.
pub mod api {
    use super::{escape, with_query};

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
    pub fn tag_platform(
        namespace: &str,
        name: &str,
        reference: &str,
        platform: [&str; 3],
    ) -> String {
        let [os, arch, variant] = platform.map(|part| if part == super::NONE { "" } else { part });
        with_query(
            &tag(namespace, name, reference),
            [("os", os), ("arch", arch), (super::VARIANT, variant)],
        )
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

    /// What refers to a manifest.
    #[must_use]
    pub fn referrers(namespace: &str, name: &str, digest: &str) -> String {
        format!("{}/referrers", manifest(namespace, name, digest))
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

    /// Access tokens.
    const TOKENS: &str = "/api/v0/api_tokens";

    /// Where accounts are created.
    pub const ACCOUNTS: &str = "/enzi/v0/accounts";

    /// A page of users whose name contains `filter`.
    #[must_use]
    pub fn users(filter: &str, start: &str) -> String {
        with_query(
            ACCOUNTS,
            [
                ("filter", "users"),
                ("contains", filter),
                ("start", start),
                ("limit", PAGE_SIZE),
            ],
        )
    }

    /// A page of organizations whose name contains `filter`.
    #[must_use]
    pub fn organizations(filter: &str, start: &str) -> String {
        with_query(
            ACCOUNTS,
            [
                ("filter", "orgs"),
                ("contains", filter),
                ("start", start),
                ("limit", PAGE_SIZE),
            ],
        )
    }

    /// The first accounts of all kinds, to choose one of.
    #[must_use]
    pub fn all_accounts() -> String {
        with_query(ACCOUNTS, [("limit", "1000")])
    }

    /// A page of the organizations that a user is in.
    #[must_use]
    pub fn organizations_of(user: &str, filter: &str, start: &str) -> String {
        let path = format!("{}/organizations", account(user));
        page_of(&path, filter, start)
    }

    /// The first organizations that a user is in, to choose one of.
    #[must_use]
    pub fn all_organizations_of(user: &str) -> String {
        format!("{}/organizations?limit=1000", account(user))
    }

    /// A page of an organization's members.
    #[must_use]
    pub fn members(org: &str, filter: &str, start: &str) -> String {
        page_of(&format!("{}/members", account(org)), filter, start)
    }

    /// One member of an organization.
    #[must_use]
    pub fn member(org: &str, user: &str) -> String {
        format!("{}/members/{}", account(org), escape(user))
    }

    /// Where an organization's teams are made.
    #[must_use]
    pub fn teams(org: &str) -> String {
        format!("{}/teams", account(org))
    }

    /// A page of an organization's teams.
    #[must_use]
    pub fn teams_page(org: &str, filter: &str, start: &str) -> String {
        page_of(&teams(org), filter, start)
    }

    /// The first teams of an organization, to choose one of.
    #[must_use]
    pub fn all_teams(org: &str) -> String {
        format!("{}?limit=1000", teams(org))
    }

    /// One team.
    #[must_use]
    pub fn team(org: &str, team: &str) -> String {
        format!("{}/{}", teams(org), escape(team))
    }

    /// A page of a team's members.
    #[must_use]
    pub fn team_members(org: &str, name: &str, filter: &str, start: &str) -> String {
        page_of(&format!("{}/members", team(org, name)), filter, start)
    }

    /// One member of a team.
    #[must_use]
    pub fn team_member(org: &str, name: &str, user: &str) -> String {
        format!("{}/members/{}", team(org, name), escape(user))
    }

    /// A page of the repositories that a team has a right of its own in.
    #[must_use]
    pub fn team_repositories(org: &str, team: &str, start: &str) -> String {
        let path = format!(
            "/api/v0/accounts/{}/teams/{}/repositoryAccess",
            escape(org),
            escape(team)
        );
        with_query(&path, [("pageStart", start), ("pageSize", PAGE_SIZE)])
    }

    /// A team's right in its organization's whole namespace.
    #[must_use]
    pub fn namespace_team(org: &str, team: &str) -> String {
        format!(
            "/api/v0/repositoryNamespaces/{}/teamAccess/{}",
            escape(org),
            escape(team)
        )
    }

    /// A page of the teams with a right in a repository.
    #[must_use]
    pub fn repository_teams(namespace: &str, name: &str, start: &str) -> String {
        let path = format!("{}/teamAccess", repository(namespace, name));
        with_query(&path, [("pageStart", start), ("pageSize", PAGE_SIZE)])
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

    /// The first repositories of a namespace, to choose one of.
    #[must_use]
    pub fn all_repositories(of: &str) -> String {
        format!("{}?pageSize=1000", namespace(of))
    }

    /// A page of a list of eNZi's, as they are all asked for.
    fn page_of(path: &str, filter: &str, start: &str) -> String {
        with_query(
            path,
            [("contains", filter), ("start", start), ("limit", PAGE_SIZE)],
        )
    }

    /// One account.
    #[must_use]
    pub fn account(name: &str) -> String {
        format!("{ACCOUNTS}/{}", escape(name))
    }

    /// A page of a user's access tokens.
    #[must_use]
    pub fn tokens(name: &str, start: &str) -> String {
        with_query(
            TOKENS,
            [
                ("username", name),
                ("pageStart", start),
                ("pageSize", PAGE_SIZE),
                ("count", "true"),
            ],
        )
    }

    /// Where a user's access tokens are made.
    #[must_use]
    pub fn new_token(name: &str) -> String {
        with_query(TOKENS, [("username", name)])
    }

    /// One access token.
    #[must_use]
    pub fn token(id: &str) -> String {
        format!("{TOKENS}/{}", escape(id))
    }

    /// Where its password is changed.
    #[must_use]
    pub fn change_password(name: &str) -> String {
        format!("{}/changePassword", account(name))
    }
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
