//! The form by which a key, or certificates, are trusted.

use api::signature::{CreateSignatureTrust, SignatureTrustKind};
use leptos::{ev, html, prelude::*};

use super::Page;
use crate::{
    client,
    components::{
        choice::{Choice, Words},
        field::{Field, Kind, needs_script, notice},
        task::Task,
        toast::Toasts,
    },
};

const KINDS: Words = &[
    ("key", "cosign public key"),
    ("store", "Certificates: trust store"),
    ("authority", "Certificates: signing authority"),
];
/// Fields at which their errors stand.
const FIELDS: &[&str] = &["name", "pem", "identities"];

/// What the form holds.
#[derive(Clone, Copy)]
struct Form {
    kind: RwSignal<String>,
    name: RwSignal<String>,
    pem: RwSignal<String>,
    identities: RwSignal<String>,
}

impl Form {
    fn body(self) -> CreateSignatureTrust {
        let kind = kind(&self.kind.get_untracked());
        let identities = if kind == SignatureTrustKind::CosignKey {
            Vec::new()
        } else {
            self.identities.with_untracked(|text| lines(text))
        };
        CreateSignatureTrust {
            kind,
            name: self.name.with_untracked(|name| name.trim().to_owned()),
            pem: self.pem.get_untracked(),
            identities,
        }
    }
}

fn kind(value: &str) -> SignatureTrustKind {
    match value {
        "store" => SignatureTrustKind::NotationStore,
        "authority" => SignatureTrustKind::NotationAuthority,
        _ => SignatureTrustKind::CosignKey,
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

pub(super) fn draw(page: Page) -> AnyView {
    let toasts = Toasts::get();
    let empty = || RwSignal::new(String::new());
    let form = Form {
        kind: RwSignal::new("key".to_owned()),
        name: empty(),
        pem: empty(),
        identities: empty(),
    };
    let picked = NodeRef::<html::Input>::new();
    let task = Task::default();
    let add = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let sent = client::send("POST", page.path.get_value(), &form.body());
        task.run(sent, move |_| {
            toasts.good("It is trusted now");
            for field in [form.name, form.pem, form.identities] {
                field.try_set(String::new());
            }
            if let Some(input) = picked.get_untracked() {
                input.set_value("");
            }
            page.loaded.refetch();
        });
    };
    let other = task.about_none_of(FIELDS);
    view! {
        <form class="card" on:submit=add>
            <header>
                <h2>"Trust a key or certificates"</h2>
            </header>
            <div class="body form">
                {needs_script()} <Choice label="Kind" words=KINDS value=form.kind />
                <Field
                    label="Name"
                    value=form.name
                    max=100
                    required=true
                    hint="Whose it is, such as: release team. It is said of what is signed by it."
                    error=task.about("name")
                /> {pem(form, picked, task)} {move || identities(form, task)} {move || other.get().map(notice)}
                <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Trust it"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// The text, which may come from a file.
fn pem(form: Form, picked: NodeRef<html::Input>, task: Task) -> AnyView {
    view! {
        <Field
            label="PEM"
            value=form.pem
            kind=Kind::Lines
            max=65_536
            required=true
            hint="A key as in cosign.pub, from -----BEGIN PUBLIC KEY----- to the end; or 1 to 20 certificates, those of authorities from the root on."
            error=task.about("pem")
        />
        <div class="field">
            <label class="label" for="pem-file">
                "PEM from a file"
            </label>
            <input
                id="pem-file"
                type="file"
                accept=".pem,.pub,.crt,.cer"
                node_ref=picked
                on:change=move |_| into_text(picked, form.pem)
            />
        </div>
    }
    .into_any()
}

fn identities(form: Form, task: Task) -> AnyView {
    if form
        .kind
        .with(|value| kind(value) == SignatureTrustKind::CosignKey)
    {
        return ().into_any();
    }
    view! {
        <Field
            label="Who may sign"
            value=form.identities
            kind=Kind::Lines
            required=true
            hint="One a line: x509.subject: C=US, ST=WA, O=Example, all of which the certificate has to have; or * for everybody with a certificate of it."
            error=task.about("identities")
        />
    }
    .into_any()
}

/// Reads the file that was picked into the field.
#[cfg(feature = "hydrate")]
fn into_text(picked: NodeRef<html::Input>, text: RwSignal<String>) {
    let files = picked.get_untracked().and_then(|input| input.files());
    let Some(file) = files.and_then(|files| files.get(0)) else {
        return;
    };
    leptos::task::spawn_local(async move {
        let read = wasm_bindgen_futures::JsFuture::from(file.text()).await;
        if let Some(read) = read.ok().and_then(|read| read.as_string()) {
            text.try_set(read);
        }
    });
}

#[cfg(not(feature = "hydrate"))]
fn into_text(_picked: NodeRef<html::Input>, _text: RwSignal<String>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_identity_and_a_key_has_none() {
        let owner = Owner::new();
        owner.set();
        let form = Form {
            kind: RwSignal::new("store".to_owned()),
            name: RwSignal::new(" release ".to_owned()),
            pem: RwSignal::new("-----BEGIN".to_owned()),
            identities: RwSignal::new("\n * \nx509.subject: O=A\n".to_owned()),
        };
        let body = form.body();
        assert_eq!(body.kind, SignatureTrustKind::NotationStore);
        assert_eq!(body.name, "release");
        assert_eq!(body.identities, ["*", "x509.subject: O=A"]);
        form.kind.set("key".to_owned());
        assert_eq!(form.body().identities, Vec::<String>::new());
    }
}
