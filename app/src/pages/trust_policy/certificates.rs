//! Whether certificates of signing keys have to be valid now, or when something was signed.

use api::settings::{Settings, UpdateSettings};
use leptos::{ev, prelude::*};

use crate::{
    client,
    components::{
        field::{Check, notice},
        load::{load, shown},
        task::Task,
        toast::Toasts,
    },
    paths,
};

pub(super) fn draw() -> AnyView {
    let loaded = load(|| paths::api::SETTINGS.to_owned());
    shown(loaded, |settings: Settings| card(&settings))
}

fn card(settings: &Settings) -> AnyView {
    let toasts = Toasts::get();
    let notary = RwSignal::new(settings.notary_certificates_valid_now);
    let others = RwSignal::new(settings.signature_certificates_valid_now);
    let task = Task::default();
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = UpdateSettings {
            notary_certificates_valid_now: Some(notary.get_untracked()),
            signature_certificates_valid_now: Some(others.get_untracked()),
            ..UpdateSettings::default()
        };
        task.run(
            client::send("POST", paths::api::SETTINGS.to_owned(), &body),
            move |_| toasts.good("Settings saved"),
        );
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>"Certificates that have ended"</h2>
            </header>
            <div class="body form">
                <p class="muted">"What is signed after its certificate has ended counts for nobody, and neither does a revoked key."</p>
                <Check
                    label="docker trust and notary: the certificate has to be valid now"
                    value=notary
                    hint="Otherwise what somebody signed while it was valid counts for good."
                />
                <Check
                    label="cosign and notation: key and certificates have to be valid now"
                    value=others
                    hint="Otherwise it is enough that they were when the signature was pushed, by this registry's clock."
                />
                {move || task.message().get().map(notice)} <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Save certificates"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}
