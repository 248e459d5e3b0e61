//! The breadcrumb. It is read off the page's address, so that it is there before anything is loaded.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{boot::Env, paths};

/// One step: its label, and where it leads unless it is the page itself.
type Crumb = (String, Option<String>);

/// The breadcrumb of the page at hand.
pub(super) fn crumbs() -> AnyView {
    let path = use_location().pathname;
    let is_admin = Env::get()
        .account
        .with_untracked(|account| account.as_ref().is_some_and(|a| a.is_admin));
    view! {
        <nav class="crumbs" aria-label="Breadcrumb">
            <ol>
                {move || {
                    trail(&path.get(), is_admin)
                        .into_iter()
                        .map(|(label, href)| {
                            let step = match href {
                                Some(href) => view! { <a href=href>{label}</a> }.into_any(),
                                None => view! { <span aria-current="page">{label}</span> }.into_any(),
                            };
                            view! { <li>{step}</li> }
                        })
                        .collect_view()
                }}
            </ol>
        </nav>
    }
    .into_any()
}

/// `is_admin`: the visitor may see the list of users, and so be led to it.
fn trail(path: &str, is_admin: bool) -> Vec<Crumb> {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(unescape)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["repositories"] => vec![here("Repositories")],
        ["repositories", "new"] => vec![step("Repositories", paths::REPOSITORIES), here("New")],
        ["repositories", namespace, rest @ ..] => {
            let mut trail = vec![
                step("Repositories", paths::REPOSITORIES),
                step(namespace, &paths::namespace(namespace)),
            ];
            match rest {
                [name] => trail.push(here(name)),
                [name, tab] => trail.extend([
                    step(name, &paths::repository(namespace, name, "tags")),
                    here(titled(tab)),
                ]),
                [name, "promotions", policy] => trail.extend([
                    step(name, &paths::repository(namespace, name, "tags")),
                    step(
                        "Promotions",
                        &paths::repository(namespace, name, "promotions"),
                    ),
                    here(if *policy == "new" { "New" } else { "Policy" }),
                ]),
                [name, "webhooks", webhook] => trail.extend([
                    step(name, &paths::repository(namespace, name, "tags")),
                    step("Webhooks", &paths::repository(namespace, name, "webhooks")),
                    here(one_webhook(webhook)),
                ]),
                [name, "settings", "trust"] => trail.extend([
                    step(name, &paths::repository(namespace, name, "tags")),
                    step("Settings", &paths::repository(namespace, name, "settings")),
                    here("Content trust"),
                ]),
                [name, "tags", tag, "policies"] => trail.extend([
                    step(name, &paths::repository(namespace, name, "tags")),
                    step("Tags", &paths::repository(namespace, name, "tags")),
                    here(&format!("Policies of {tag}")),
                ]),
                [name, reference, os, arch, tab] => trail.extend([
                    step(name, &paths::repository(namespace, name, "tags")),
                    step(
                        &shortened(reference),
                        &paths::image(namespace, name, reference, (os, arch), "layers"),
                    ),
                    here(titled(tab)),
                ]),
                _ => {}
            }
            trail
        }
        ["users"] => vec![here("Users")],
        ["users", "new"] => vec![step("Users", paths::USERS), here("New")],
        ["users", name, tab, rest @ ..] => {
            let mut trail = vec![step(name, &paths::user(name))];
            match *rest {
                [webhook] => trail.extend([
                    step("Webhooks", &paths::user_webhooks(name)),
                    here(one_webhook(webhook)),
                ]),
                _ => trail.push(here(titled(tab))),
            }
            if is_admin {
                trail.insert(0, step("Users", paths::USERS));
            }
            trail
        }
        ["orgs", rest @ ..] => organizations(rest),
        ["system", rest @ ..] => system(rest),
        ["security"] => vec![here("Where is it")],
        ["security", "changes", generation] => vec![
            step("Where is it", paths::SECURITY),
            here(&format!("Update {generation}")),
        ],
        ["signing"] => vec![here("Signing")],
        ["signing", ..] => vec![step("Signing", paths::SIGNING), here("Key")],
        ["api"] => vec![here("API")],
        _ => Vec::new(),
    }
}

/// The trail below `/system`.
fn system(parts: &[&str]) -> Vec<Crumb> {
    let sign_in = step("Sign-in", paths::SIGN_IN_SETTINGS);
    match *parts {
        ["settings", "ldap"] => vec![here("System"), here("LDAP")],
        ["security"] => vec![here("System"), here("Security")],
        ["activity"] => vec![here("System"), here("Activity")],
        ["trust"] => vec![here("System"), here("Content trust")],
        ["trust", "keys"] => vec![
            here("System"),
            step("Content trust", paths::TRUST_SETTINGS),
            here("Keys"),
        ],
        ["webhooks"] => vec![here("System"), here("Webhooks")],
        ["webhooks", webhook] => vec![
            here("System"),
            step("Webhooks", paths::WEBHOOKS),
            here(one_webhook(webhook)),
        ],
        ["settings", "sign-in"] => vec![here("System"), here("Sign-in")],
        ["settings", "sign-in", provider] => vec![here("System"), sign_in, here(provider)],
        _ => vec![here("System"), here("General")],
    }
}

/// The trail below `/orgs`.
fn organizations(parts: &[&str]) -> Vec<Crumb> {
    let all = step("Organizations", paths::ORGANIZATIONS);
    let org = |name: &str| step(name, &paths::organization(name, "users"));
    match *parts {
        [] => vec![here("Organizations")],
        ["new"] => vec![all, here("New")],
        [name] => vec![all, here(name)],
        [name, "users"] => vec![all, org(name), here("Members")],
        [name, tab] => vec![all, org(name), here(titled(tab))],
        [name, "settings", "trust"] => vec![
            all,
            org(name),
            step("Settings", &paths::organization(name, "settings")),
            here("Content trust"),
        ],
        [name, "settings", "trust", "keys"] => vec![
            all,
            org(name),
            step("Settings", &paths::organization(name, "settings")),
            step("Content trust", &paths::organization_trust_policy(name)),
            here("Keys"),
        ],
        [name, "webhooks", webhook] => vec![
            all,
            org(name),
            step("Webhooks", &paths::organization(name, "webhooks")),
            here(one_webhook(webhook)),
        ],
        [name, "teams", team, ref rest @ ..] => {
            let mut trail = vec![
                all,
                org(name),
                step("Teams", &paths::organization(name, "teams")),
            ];
            match *rest {
                [tab] => trail.extend([
                    step(team, &paths::team(name, team, "users")),
                    here(if tab == "users" {
                        "Members"
                    } else {
                        titled(tab)
                    }),
                ]),
                _ => trail.push(here(team)),
            }
            trail
        }
        _ => Vec::new(),
    }
}

fn step(label: &str, href: &str) -> Crumb {
    (label.to_owned(), Some(href.to_owned()))
}

fn here(label: &str) -> Crumb {
    (label.to_owned(), None)
}

fn one_webhook(id: &str) -> &str {
    if id == "new" { "New" } else { "Webhook" }
}

fn titled(tab: &str) -> &str {
    match tab {
        "info" => "Info",
        "tags" => "Tags",
        "settings" => "Settings",
        "security" => "Security",
        "access-tokens" => "Access tokens",
        "permissions" => "Permissions",
        "promotions" => "Promotions",
        "trust" => "Trust",
        "webhooks" => "Webhooks",
        "activity" => "Activity",
        "teams" => "Teams",
        "identities" => "Linked identities",
        "repositories" => "Repositories",
        "workload" => "Workload identity",
        "layers" => "Layers",
        "components" => "Components",
        "custody" => "Custody",
        "config" => "Configuration",
        "manifest" => "Manifest",
        "compare" => "Compare",
        "referrers" => "Referrers",
        "signatures" => "Signatures",
        "keys" => "Keys",
        other => other,
    }
}

fn shortened(reference: &str) -> String {
    if reference.contains(':') {
        crate::format::short(reference)
    } else {
        reference.to_owned()
    }
}

/// Undoes [`paths::escape`]; what is no escape stays.
fn unescape(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = match (first, tail) {
            (b'%', [a, b, ..]) => std::str::from_utf8(&[*a, *b])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(path: &str) -> String {
        trail(path, true)
            .into_iter()
            .map(|(label, href)| {
                if href.is_some() {
                    format!("{label} / ")
                } else {
                    label
                }
            })
            .collect()
    }

    #[test]
    fn the_trail_follows_the_address() {
        let cases = [
            ("/repositories", "Repositories"),
            ("/repositories/new", "Repositories / New"),
            (
                "/repositories/ci/app/tags",
                "Repositories / ci / app / Tags",
            ),
            (
                "/repositories/ci/app/sha256:0123456789abcdef/linux/amd64/config",
                "Repositories / ci / app / 0123456789ab / Configuration",
            ),
            (
                "/repositories/ci/app/promotions/new",
                "Repositories / ci / app / Promotions / New",
            ),
            (
                "/repositories/ci/app/tags/1.0/policies",
                "Repositories / ci / app / Tags / Policies of 1.0",
            ),
            ("/users/mar%69a/settings", "Users / maria / Settings"),
            (
                "/users/maria/access-tokens",
                "Users / maria / Access tokens",
            ),
            ("/users/maria/keys", "Users / maria / Keys"),
            (
                "/users/maria/webhooks/new",
                "Users / maria / Webhooks / New",
            ),
            (
                "/orgs/acme/webhooks/0198",
                "Organizations / acme / Webhooks / Webhook",
            ),
            (
                "/repositories/ci/app/webhooks/new",
                "Repositories / ci / app / Webhooks / New",
            ),
            ("/system/webhooks/0198", "SystemWebhooks / Webhook"),
            ("/orgs/new", "Organizations / New"),
            ("/orgs/acme/users", "Organizations / acme / Members"),
            (
                "/orgs/acme/teams/dev/repositories",
                "Organizations / acme / Teams / dev / Repositories",
            ),
            ("/signing/keys/01ab", "Signing / Key"),
            (
                "/repositories/ci/app/settings/trust",
                "Repositories / ci / app / Settings / Content trust",
            ),
            (
                "/orgs/acme/settings/trust",
                "Organizations / acme / Settings / Content trust",
            ),
            (
                "/orgs/acme/settings/trust/keys",
                "Organizations / acme / Settings / Content trust / Keys",
            ),
            ("/system/trust/keys", "SystemContent trust / Keys"),
            ("/nowhere", ""),
        ];
        for (path, text) in cases {
            assert_eq!(labels(path), text, "{path}");
        }
    }

    #[test]
    fn escapes_are_undone_and_broken_ones_stay() {
        for (escaped, text) in [
            ("a%20b", "a b"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%zz", "%zz"),
            ("%2", "%2"),
        ] {
            assert_eq!(unescape(escaped), text);
        }
    }
}
