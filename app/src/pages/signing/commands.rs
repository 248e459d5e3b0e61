//! The commands by which a tag is signed, filled in.

use api::signing::WaitingTag;
use leptos::prelude::*;

use crate::{
    boot::Env,
    components::{copy::Command, notary::Notary},
};

/// How a tag is signed, by each tool.
pub(super) fn of(tag: &WaitingTag) -> AnyView {
    let notary = Notary::get();
    let command = |text: String| view! { <Command text=Signal::stored(text) /> };
    let user = Env::get().user();
    let (gun, name) = (&tag.gun, &tag.tag);
    let mut roles: Vec<&str> = tag.roles.iter().map(|role| role.role.as_str()).collect();
    roles.dedup();
    let mut keys: Vec<&str> = tag.roles.iter().map(|role| role.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let import = roles
        .first()
        .map(|role| notary.says(gun, &format!("key import key.pem --role {role} -g {gun}")));
    let is_shared = roles == ["targets/releases"];
    let shared = is_shared.then(|| {
        view! {
            <p class="notice" role="note">
                "Everybody who signs anything signs " <code>"targets/releases"</code>
                " as a whole, so by it alone nobody can tell that you signed. The owner of the targets key gives you a role of your own: "
                <code>{format!("docker trust signer add --key cert.pem {user} {gun}")}</code>
            </p>
        }
    });
    let own = if roles.is_empty() {
        view! {
            <p class="muted">
                "No trust data here names a key of yours. cosign signs at once; for docker and notary the owner of the targets key gives you a role:"
            </p>
            {command(format!("docker trust signer add --key cert.pem {user} {gun}"))}
        }
        .into_any()
    } else {
        view! {
            {shared}
            {notary.first(Signal::stored(gun.clone()))}
            <p class="muted">
                "Your key for it is " <b>{keys.join(", ")}</b> ", in the role " {roles.join(", ")}
                ". In the folder of its " <code>"key.pem"</code> ", once on each machine:"
            </p>
            {command(format!("docker trust key load --name {user} key.pem"))}
        }
        .into_any()
    };
    view! {
        {own}
        <h3>"With docker"</h3>
        {command(format!("docker pull {gun}:{name}"))}
        {command(format!("docker trust sign {gun}:{name}"))}
        {(!roles.is_empty()).then(|| view! { <h3>"With notary"</h3> })}
        {import.map(command)}
        {(!roles.is_empty()).then(|| command(notary.says(gun, &add(tag, &roles))))}
        <h3>"With cosign"</h3>
        <p class="muted">"cosign 2 does not know " <code>"--use-signing-config"</code> ": leave it out there."</p>
        {command(
            format!("cosign sign --key cosign.key --use-signing-config=false --tlog-upload=false {gun}@{}", tag.digest),
        )}
    }
    .into_any()
}

/// What notary is told to sign, in the roles.
fn add(tag: &WaitingTag, roles: &[&str]) -> String {
    let (algorithm, hash) = tag
        .digest
        .split_once(':')
        .unwrap_or(("sha256", &tag.digest));
    let mut text = format!(
        "addhash {} {} {} --{algorithm} {hash}",
        tag.gun, tag.tag, tag.size
    );
    for role in roles.iter().filter(|role| **role != "targets") {
        text.push_str(" -r ");
        text.push_str(role);
    }
    text + " -p"
}

#[cfg(test)]
mod tests {
    use api::signing::WaitingRole;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn notary_is_told_the_image_and_the_roles() {
        let role = |role: &str| WaitingRole {
            role: role.to_owned(),
            key: String::new(),
        };
        let tag = WaitingTag {
            namespace: "ada".to_owned(),
            repository: "app".to_owned(),
            tag: "1.0".to_owned(),
            digest: "sha256:ab".to_owned(),
            size: 7,
            gun: "a.example/ada/app".to_owned(),
            roles: vec![role("targets/ada"), role("targets/releases")],
            released_digest: None,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            author: None,
            asked: Vec::new(),
        };
        assert_eq!(
            add(&tag, &["targets/ada", "targets/releases"]),
            "addhash a.example/ada/app 1.0 7 --sha256 ab -r targets/ada -r targets/releases -p"
        );
        assert_eq!(
            add(&tag, &["targets"]),
            "addhash a.example/ada/app 1.0 7 --sha256 ab -p"
        );
    }
}
