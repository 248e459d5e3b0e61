//! Whose signatures of cosign and notation count besides users' own keys: the public keys and certificates that an organization, or the
//! registry, trusts.

mod form;

use api::signature::{SignatureTrust, SignatureTrustKind};
use leptos::prelude::*;

use crate::{
    client,
    components::{
        clock::ago,
        copy::CopyButton,
        load::{Loaded, load, shown},
        remove::Remove,
        table::{self, Column},
    },
    format, paths,
};

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    /// The list, in the API.
    path: StoredValue<String>,
    loaded: Loaded,
}

/// The way to the page, on that of the policy.
pub(super) fn link(href: String) -> AnyView {
    view! {
        <section class="card">
            <header>
                <h2>"Keys and certificates"</h2>
                <p class="muted">"Whose signatures of cosign and notation count, besides users'"</p>
                <div class="acts">
                    <a class="btn" href=href>
                        "Trusted keys and certificates"
                    </a>
                </div>
            </header>
        </section>
    }
    .into_any()
}

/// The page, for the list at a path of the API.
pub(super) fn draw(path: String, of: &'static str, back: String) -> AnyView {
    let at = paths::api::all_signature_trusts(&path);
    let page = Page {
        path: StoredValue::new(path),
        loaded: load(move || at.clone()),
    };
    view! {
        <div class="stack">
            <p>
                <a href=back>"Run only signed images"</a>
            </p>
            <p class="lead">
                "Whose signatures of cosign and notation count in " {of}
                ", besides those of users' own keys. What is signed already is looked at again when this changes."
            </p>
            {shown(page.loaded, move |trusts: Vec<SignatureTrust>| list(page, trusts))}
            {form::draw(page)}
        </div>
    }
    .into_any()
}

fn list(page: Page, trusts: Vec<SignatureTrust>) -> AnyView {
    if trusts.is_empty() {
        return table::empty("No key and no certificate is trusted here.");
    }
    table::table(
        vec![
            Column::Text("Name"),
            Column::Text("Fingerprint"),
            Column::Text("Who may sign"),
            Column::Text("Since"),
            Column::Buttons("Actions"),
        ],
        trusts.into_iter().map(|trust| row(page, trust)).collect(),
        ().into_any(),
    )
}

fn row(page: Page, trust: SignatureTrust) -> AnyView {
    let identities = if trust.kind == SignatureTrustKind::CosignKey {
        view! { <span class="muted">"Whoever has the key"</span> }.into_any()
    } else {
        let one = |text: String| {
            if text == "*" {
                return view! { <div class="muted">"Everybody with a certificate of it"</div> }
                    .into_any();
            }
            view! {
                <div>
                    <code>{text}</code>
                </div>
            }
            .into_any()
        };
        trust
            .identities
            .into_iter()
            .map(one)
            .collect_view()
            .into_any()
    };
    view! {
        <tr>
            <td class="wide anywhere">
                <span class="name">{trust.name.clone()}</span>
                <div class="muted small">{kind(trust.kind)}</div>
            </td>
            <td data-label="Fingerprint">
                <span class="digest" title=format!("SHA-256: {}", trust.fingerprint)>
                    {format::short(&trust.fingerprint)}
                    " "
                    <CopyButton text=trust.fingerprint.clone() label=format!("Copy the fingerprint of {}", trust.name) />
                </span>
            </td>
            <td class="anywhere" data-label="Who may sign">
                {identities}
            </td>
            <td class="muted when" data-label="Since">
                {ago(trust.created_at)}
            </td>
            <td class="fit">{remove(page, trust.name, &trust.id)}</td>
        </tr>
    }
    .into_any()
}

const fn kind(of: SignatureTrustKind) -> &'static str {
    match of {
        SignatureTrustKind::CosignKey => "cosign public key",
        SignatureTrustKind::NotationStore => "Certificates: trust store",
        SignatureTrustKind::NotationAuthority => "Certificates: signing authority",
    }
}

fn remove(page: Page, name: String, id: &str) -> AnyView {
    let place = page
        .path
        .with_value(|path| paths::api::signature_trust(path, id));
    let deed = Callback::new(move |()| client::delete(place.clone()));
    let done = Callback::new(move |()| page.loaded.refetch());
    view! {
        <Remove
            label=format!("Remove {name}")
            title=format!("Trust {name} no more?")
            said=format!("{name} is not trusted any more")
            deed
            done
        >
            <p>
                "What was signed by it counts no more from now on, and where only signed images are run, it is not pulled. It can be added again."
            </p>
        </Remove>
    }
    .into_any()
}
