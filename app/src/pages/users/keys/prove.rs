//! A key that is only claimed: its user proves that they hold the private half.

use api::public_key::{KeyKind, PublicKey, UpdatePublicKey};
use leptos::{ev, prelude::*};

use super::Page;
use crate::{
    client,
    components::{
        copy::Command,
        dialog::Dialog,
        field::{Field, Kind, notice},
        icon::Icon,
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// What the list says of such a key, and for its user how to prove it.
pub(super) fn draw(page: Page, key: &PublicKey, label: String, statement: String) -> AnyView {
    let open = RwSignal::new(false);
    let command = command(key, &statement);
    let path = paths::api::key(&page.name.get_untracked(), &key.id);
    let own = page.is_own.get_untracked().then(|| {
        view! {
            <button type="button" class="btn" aria-label=format!("Prove {label}") on:click=move |_| open.set(true)>
                "Prove"
            </button>
            <Dialog open title=format!("Prove that {label} is yours")>
                {form(page, open, path.clone(), command.clone())}
            </Dialog>
        }
    });
    view! {
        <div class="row">
            <span class="chip minor" title="What it signs counts for nobody">
                {Icon::Key.draw()}
                "Not proven"
            </span>
            {own}
        </div>
    }
    .into_any()
}

/// What makes the proof.
fn command(key: &PublicKey, statement: &str) -> String {
    if key.kind == KeyKind::Cosign {
        return format!(
            "printf %s '{statement}' | cosign sign-blob --yes --key cosign.key --new-bundle-format=false --use-signing-config=false --tlog-upload=false -"
        );
    }
    let sign = if key.algorithm == "Ed25519" {
        "openssl pkeyutl -sign -rawin -inkey key.pem"
    } else {
        "openssl dgst -sha256 -sign key.pem"
    };
    format!("printf %s '{statement}' | {sign} | openssl base64 -A")
}

fn form(page: Page, open: RwSignal<bool>, path: String, command: String) -> AnyView {
    let toasts = Toasts::get();
    let proof = RwSignal::new(String::new());
    let task = Task::default();
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdatePublicKey {
            proof: Some(proof.get_untracked()),
            ..UpdatePublicKey::default()
        };
        task.run(client::send("PATCH", path.clone(), &body), move |_| {
            open.try_set(false);
            toasts.good("The key is yours");
            page.loaded.refetch();
        });
    };
    let other = task.about_none_of(&["proof"]);
    view! {
        <form on:submit=send>
            <div class="body form">
                <p>"Anybody can copy a public key. Sign this with the private half, where it is kept, and paste what is printed:"</p>
                <Command text=command />
                <Field
                    label="Proof"
                    value=proof
                    kind=Kind::Lines
                    max=2_000
                    required=true
                    hint="Base64, one line."
                    error=task.about("proof")
                />
                {move || other.get().map(notice)}
            </div>
            <footer>
                <button type="button" class="btn" on:click=move |_| open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Prove"
                </button>
            </footer>
        </form>
    }
    .into_any()
}
