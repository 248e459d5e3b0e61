//! New keys: a client bundle, which is downloaded this once, and a public key that is uploaded.

use api::public_key::{CreateClientBundle, CreatePublicKey, KeyKind};
use leptos::{ev, prelude::*};

use super::Page;
use crate::{
    client,
    components::{
        choice::{Choice, Words},
        dialog::Dialog,
        field::{Field, Kind, notice},
        icon::Icon,
        task::Task,
        toast::Toasts,
    },
    paths,
};

const KINDS: Words = &[
    ("publicKey", "Public key or certificate"),
    ("cosign", "cosign public key"),
];

/// Which of the dialogs is open.
#[derive(Clone, Copy, Default)]
pub(super) struct Open {
    bundle: RwSignal<bool>,
    upload: RwSignal<bool>,
}

/// The buttons at the head of the page.
pub(super) fn buttons(open: Open) -> AnyView {
    view! {
        <div class="acts">
            <button type="button" class="btn" on:click=move |_| open.upload.set(true)>
                "Add public key"
            </button>
            <button type="button" class="btn primary" on:click=move |_| open.bundle.set(true)>
                {Icon::Plus.draw()}
                "New client bundle"
            </button>
        </div>
    }
    .into_any()
}

/// What the buttons open.
pub(super) fn dialogs(page: Page, open: Open) -> AnyView {
    view! {
        <Dialog open=open.bundle title="New client bundle">
            {bundle(page, open.bundle)}
        </Dialog>
        <Dialog open=open.upload title="Add public key">
            {upload(page, open.upload)}
        </Dialog>
    }
    .into_any()
}

fn bundle(page: Page, open: RwSignal<bool>) -> AnyView {
    let toasts = Toasts::get();
    let (label, own) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let task = Task::default();
    let make = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let name = page.name.get_untracked();
        let body = with_own_key(label.get_untracked(), own.get_untracked());
        let file = format!("plimsoll-bundle-{name}.zip");
        let deed = client::download(paths::api::new_bundle(&name), &body, file);
        task.run(deed, move |_| {
            open.try_set(false);
            toasts.good("Client bundle made and downloaded");
            page.loaded.refetch();
        });
    };
    let about_own = {
        let (csr, key) = (task.about("csr"), task.about("publicKey"));
        Signal::derive(move || csr.get().or_else(|| key.get()))
    };
    let other = task.about_none_of(&["label", "csr", "publicKey"]);
    view! {
        <form on:submit=make>
            <div class="body form">
                <p>
                    "A key, a certificate of it, and how to use them with curl, docker and notary: in a zip that you get this once. \
                    The registry does not keep the private key."
                </p>
                <Field
                    label="Label"
                    value=label
                    max=100
                    required=true
                    hint="Where it will be used, such as: laptop, or CI signing."
                    error=task.about("label")
                />
                <details>
                    <summary>"Use a key of my own"</summary>
                    <Field
                        label="Certificate signing request, or public key"
                        value=own
                        kind=Kind::Lines
                        max=32_768
                        hint="PEM, as openssl req -new writes it. The private key never leaves your machine, and is not in the zip."
                        error=about_own
                    />
                </details>
                {move || other.get().map(notice)}
            </div>
            {footer(open, task, "Make and download")}
        </form>
    }
    .into_any()
}

/// What is asked for, with the key that was pasted, if one was.
fn with_own_key(label: String, own: String) -> CreateClientBundle {
    let is_request = own.contains("CERTIFICATE REQUEST");
    let own = Some(own).filter(|text| !text.trim().is_empty());
    let (csr, public_key) = if is_request { (own, None) } else { (None, own) };
    CreateClientBundle {
        label: label.trim().to_owned(),
        csr,
        public_key,
    }
}

fn upload(page: Page, open: RwSignal<bool>) -> AnyView {
    let toasts = Toasts::get();
    let (label, text) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let kind = RwSignal::new("publicKey".to_owned());
    let task = Task::default();
    let add = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = CreatePublicKey {
            label: label.with_untracked(|label| label.trim().to_owned()),
            public_key: text.get_untracked(),
            kind: match kind.get_untracked().as_str() {
                "cosign" => KeyKind::Cosign,
                _ => KeyKind::PublicKey,
            },
            proof: None,
        };
        let path = paths::api::new_key(&page.name.get_untracked());
        task.run(client::send("POST", path, &body), move |_| {
            open.try_set(false);
            toasts.good("Public key added; prove now that it is yours");
            page.loaded.refetch();
        });
    };
    let other = task.about_none_of(&["label", "publicKey"]);
    view! {
        <form on:submit=add>
            <div class="body form">
                <Field
                    label="Label"
                    value=label
                    max=100
                    required=true
                    hint="What is signed with it, such as: release."
                    error=task.about("label")
                />
                <Choice label="Kind" words=KINDS value=kind />
                <Field
                    label="Public key"
                    value=text
                    kind=Kind::Lines
                    max=32_768
                    required=true
                    hint="PEM, as in cosign.pub: from -----BEGIN PUBLIC KEY----- to the end."
                    error=task.about("publicKey")
                />
                {move || other.get().map(notice)}
            </div>
            {footer(open, task, "Add public key")}
        </form>
    }
    .into_any()
}

fn footer(open: RwSignal<bool>, task: Task, action: &'static str) -> AnyView {
    view! {
        <footer>
            <button type="button" class="btn" on:click=move |_| open.set(false)>
                "Cancel"
            </button>
            <button type="submit" class="btn primary" disabled=task.busy>
                {action}
            </button>
        </footer>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_key_is_sent_as_what_it_is() {
        let request = "-----BEGIN CERTIFICATE REQUEST-----\n…";
        let key = "-----BEGIN PUBLIC KEY-----\n…";
        for (own, csr, public_key) in [
            ("", None, None),
            (" \n", None, None),
            (request, Some(request), None),
            (key, None, Some(key)),
        ] {
            let form = with_own_key(" laptop ".to_owned(), own.to_owned());
            assert_eq!(form.label, "laptop");
            assert_eq!(form.csr.as_deref(), csr);
            assert_eq!(form.public_key.as_deref(), public_key);
        }
    }
}
