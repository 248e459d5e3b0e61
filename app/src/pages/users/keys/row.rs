//! One key of the list: what it is, whether its user signs with it, and revoking it.

use api::public_key::{KeyKind, PublicKey, UpdatePublicKey};
use leptos::{prelude::*, task::spawn_local};

use super::{Page, prove};
use crate::{
    boot::Env,
    client,
    components::{
        clock::ago, copy::CopyButton, dialog::Confirm, icon::Icon, relabel::Relabel, task::Task,
        toast::Toasts,
    },
    format, paths,
};

pub(super) fn draw(page: Page, key: PublicKey) -> AnyView {
    let label = named(&key);
    let shown_id = if key.kind == KeyKind::Cosign {
        key.id.clone()
    } else {
        key.notary_key_id.clone()
    };
    view! {
        <tr>
            <td class="wide">
                <div class="row">
                    <span class="name">{label.clone()}</span> {(page.is_own.get_untracked() && key.revoked_at.is_none()).then(|| relabel(page, &key))}
                </div>
                <div class="muted small">{kind(&key)} " · " {key.algorithm.clone()}</div>
            </td>
            <td>
                <div class="digest" title=shown_id.clone()>
                    {format::short(&shown_id)}
                    " "
                    <CopyButton text=Signal::stored(shown_id.clone()) label=format!("Copy the key id of {label}") />
                </div>
                {key.certificates.first().map(|certificate| fingerprint(&certificate.fingerprint, &label))}
            </td>
            <td>{signing(page, &key)}</td>
            <td class="muted when">{used(&key)}</td>
            <td class="muted when">{made(&key)}</td>
            <td>{key.revoked_at.is_none().then(|| revoke(page, &key))}</td>
        </tr>
    }
    .into_any()
}

/// Of the key's certificate, as `openssl x509 -fingerprint -sha256` has it.
fn fingerprint(fingerprint: &str, label: &str) -> AnyView {
    view! {
        <div class="muted small" title=format!("SHA-256 of its certificate: {fingerprint}")>
            "certificate "
            <span class="digest">
                {format::short(fingerprint)} " "
                <CopyButton
                    text=Signal::stored(fingerprint.to_owned())
                    label=format!("Copy the fingerprint of the certificate of {label}")
                />
            </span>
        </div>
    }
    .into_any()
}

/// Another label, which is its user's to choose.
fn relabel(page: Page, key: &PublicKey) -> AnyView {
    let path = paths::api::key(&page.name.get_untracked(), &key.id);
    let save = Callback::new(move |label: String| {
        let body = UpdatePublicKey {
            label: Some(label),
            ..UpdatePublicKey::default()
        };
        client::send("PATCH", path.clone(), &body)
    });
    view! {
        <Relabel
            title=format!("Edit {}", named(key))
            field="New label"
            api_field="label"
            label=key.label.clone()
            required=true
            save
            done=Callback::new(move |()| page.loaded.refetch())
        />
    }
    .into_any()
}

fn used(key: &PublicKey) -> AnyView {
    let Some(time) = key.last_used else {
        return "never used".into_any();
    };
    let from = key.last_used_from.clone().unwrap_or_default();
    view! {
        {ago(time)}
        <div class="small faint">"from " {from}</div>
    }
    .into_any()
}

fn made(key: &PublicKey) -> AnyView {
    let end = key.expires_at.map(|end| {
        view! {
            <div class="small faint" title=format::absolute(end)>
                "ends "
                {format::date(end)}
            </div>
        }
    });
    view! {
        {ago(key.created_at)}
        {end}
    }
    .into_any()
}

/// What people call it.
fn named(key: &PublicKey) -> String {
    if key.label.is_empty() {
        format::short(&key.id)
    } else {
        key.label.clone()
    }
}

fn kind(key: &PublicKey) -> &'static str {
    match key.kind {
        KeyKind::ClientCertificate => "client bundle",
        KeyKind::Cosign => "cosign public key",
        KeyKind::PublicKey if key.certificates.is_empty() => "public key",
        KeyKind::PublicKey => "public key with a certificate",
    }
}

/// Whether it is a signing key: for its user to change.
fn signing(page: Page, key: &PublicKey) -> AnyView {
    if let Some(time) = key.revoked_at {
        return view! { <span class="chip critical">{Icon::Cross.draw()} "Revoked " {ago(time)}</span> }.into_any();
    }
    let now = Env::get().now.get_untracked();
    if key.expires_at.is_some_and(|end| end <= now) {
        return view! { <span class="chip minor">"Ended"</span> }.into_any();
    }
    if let Some(statement) = key.proof_statement.clone() {
        return prove::draw(page, key, named(key), statement);
    }
    if page.is_own.get_untracked() {
        return switch(page, key);
    }
    if key.is_signing_key {
        view! { <span class="chip clean">{Icon::Key.draw()} "Signing key"</span> }.into_any()
    } else {
        view! { <span class="muted">"Not for signing"</span> }.into_any()
    }
}

/// Saved as soon as it is switched, and switched back where that fails.
fn switch(page: Page, key: &PublicKey) -> AnyView {
    let toasts = Toasts::get();
    let label = named(key);
    let about = format!("{label} is a signing key");
    let is_signing = RwSignal::new(key.is_signing_key);
    let path = paths::api::key(&page.name.get_untracked(), &key.id);
    let change = move |wanted: bool| {
        is_signing.set(wanted);
        let body = UpdatePublicKey {
            is_signing_key: Some(wanted),
            ..UpdatePublicKey::default()
        };
        let saving = client::send("PATCH", path.clone(), &body);
        let not = if wanted { "now" } else { "no longer" };
        let said = format!("{label} is {not} a signing key");
        spawn_local(async move {
            match saving.await {
                Ok(_) => toasts.good(said),
                Err(failure) => {
                    is_signing.try_set(!wanted);
                    toasts.bad(failure.message);
                }
            }
        });
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                aria-label=about
                prop:checked=is_signing
                checked=key.is_signing_key
                on:change:target=move |event| change(event.target().checked())
            />
            <span class="label">"Signing key"</span>
        </label>
    }
    .into_any()
}

fn revoke(page: Page, key: &PublicKey) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let asking = RwSignal::new(false);
    let label = named(key);
    let path = StoredValue::new(paths::api::key(&page.name.get_untracked(), &key.id));
    let has_certificate = key.kind == KeyKind::ClientCertificate;
    let confirm = Callback::new(move |()| {
        task.run(client::delete(path.get_value()), move |_| {
            asking.try_set(false);
            toasts.good("Key revoked");
            page.loaded.refetch();
        });
    });
    view! {
        <button type="button" class="btn danger" aria-label=format!("Revoke {label}") on:click=move |_| asking.set(true)>
            "Revoke"
        </button>
        <Confirm open=asking title=format!("Revoke {label}?") action="Revoke" busy=task.busy error=task.message() confirm>
            <p>
                {if has_certificate {
                    "Its certificate is refused from now on. Nobody can register the key again. This cannot be undone."
                } else {
                    "Nobody can register the key again. This cannot be undone."
                }}
            </p>
        </Confirm>
    }
    .into_any()
}
