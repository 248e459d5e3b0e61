//! The roles and the keys of trust data.

use api::trust::{KeyHolder, TrustCollection, TrustKey, TrustRole};
use leptos::prelude::*;

use crate::{
    components::{
        copy::CopyButton,
        icon::Icon,
        table::{self, Column},
    },
    format,
};

/// The roles: who may sign them, who did, and until when.
pub(super) fn roles(of: &TrustCollection) -> AnyView {
    if of.roles.is_empty() {
        return ().into_any();
    }
    let rows = of.roles.iter().map(|one| role(of, one)).collect();
    table::table(
        vec![
            Column::Text("Role"),
            Column::Text("Signed by"),
            Column::Text("Needs"),
            Column::Text("May sign"),
            Column::Number("Version"),
            Column::Text("Expires"),
        ],
        rows,
        ().into_any(),
    )
}

fn role(of: &TrustCollection, role: &TrustRole) -> AnyView {
    let signers = role.signed_by.iter().map(|id| {
        let key = of.keys.iter().find(|key| key.id == *id);
        key.map_or_else(|| short(id), who)
    });
    let mut signers: Vec<String> = signers.collect();
    signers.dedup();
    let signers = if signers.is_empty() {
        "nobody yet".to_owned()
    } else {
        signers.join(", ")
    };
    let may = match role.paths.as_slice() {
        [] => String::new(),
        paths if paths.iter().any(String::is_empty) => "any tag".to_owned(),
        paths => format!("tags that start with {}", paths.join(", ")),
    };
    let keys = format::counted(role.key_ids.len() as u64, "key");
    view! {
        <tr>
            <td class="wide" data-label="Role">
                <b class="name">{role.name.clone()}</b>
                <div class="small faint">{what(&role.name)}</div>
            </td>
            <td data-label="Signed by">{signers}</td>
            <td class="muted" data-label="Needs">
                {format!("{} of {keys}", role.threshold)}
            </td>
            <td class="muted" data-label="May sign">
                {may}
            </td>
            <td class="num muted" data-label="Version">
                {role.version}
            </td>
            <td class="muted when" data-label="Expires">
                {role.expires_at.map(|at| view! { <span title=format::absolute(at)>{format::date(at)}</span> })}
            </td>
        </tr>
    }
    .into_any()
}

/// What a role is for.
fn what(role: &str) -> &'static str {
    match role {
        "root" => "whose keys count for the four roles",
        "targets" => "the owner of the tags, and to whom they are delegated",
        "snapshot" => "which files belong together",
        "timestamp" => "that this is the newest",
        "targets/releases" => "what docker pulls",
        _ => "a signer",
    }
}

/// The keys, and whose they are.
pub(super) fn keys(of: &TrustCollection) -> AnyView {
    if of.keys.is_empty() {
        return ().into_any();
    }
    let rows = of.keys.iter().map(|one| key(of, one)).collect();
    table::table(
        vec![
            Column::Text("Key"),
            Column::Text("Whose"),
            Column::Text("Roles"),
            Column::Text("Kind"),
        ],
        rows,
        ().into_any(),
    )
}

fn key(of: &TrustCollection, key: &TrustKey) -> AnyView {
    let id = key.key_id.as_ref().unwrap_or(&key.id);
    let may = |role: &&TrustRole| role.key_ids.contains(&key.id);
    let roles: Vec<&str> = of
        .roles
        .iter()
        .filter(may)
        .map(|role| role.name.as_str())
        .collect();
    let (class, words) = holder(key.holder);
    let icon = (key.holder == KeyHolder::Signer).then(|| Icon::Check.draw());
    view! {
        <tr>
            <td class="wide" data-label="Key">
                <span class="digest">{short(id)}</span>
                " "
                <CopyButton text=id.clone() label="Copy the key's id" />
            </td>
            <td data-label="Whose">
                {key.user.clone().map(|user| view! { <b>{user}</b> " " })} <span class=class>{icon} {words}</span>
                {(!key.teams.is_empty()).then(|| view! { <div class="small faint">{key.teams.join(", ")}</div> })}
            </td>
            <td class="muted" data-label="Roles">
                {roles.join(", ")}
            </td>
            <td class="muted" data-label="Kind">
                {key.algorithm.clone()}
            </td>
        </tr>
    }
    .into_any()
}

/// Whose a key is, in words.
pub(super) fn who(key: &TrustKey) -> String {
    match (&key.user, key.holder) {
        (_, KeyHolder::Registry) => "this registry".to_owned(),
        (Some(user), KeyHolder::Signer | KeyHolder::CertificateEnded) => user.clone(),
        _ => short(key.key_id.as_ref().unwrap_or(&key.id)),
    }
}

fn holder(of: KeyHolder) -> (&'static str, &'static str) {
    match of {
        KeyHolder::Registry => ("chip line", "This registry"),
        KeyHolder::Signer => ("chip clean", "Signing key"),
        KeyHolder::CertificateEnded => ("chip minor", "Certificate has ended"),
        KeyHolder::NotDesignated => ("chip minor", "Not a signing key"),
        KeyHolder::Inactive => ("chip minor", "May not sign in"),
        KeyHolder::Revoked => ("chip critical", "Revoked"),
        KeyHolder::Unknown => ("chip minor", "Nobody's"),
    }
}

/// The first digits of an id.
fn short(id: &str) -> String {
    id.chars().take(12).collect()
}
