//! The form of a policy: its mode, its teams, its exceptions, and who reads in order to sign. What would be refused is said before it is.

use api::{
    trust_policy::{TrustException, TrustMode, TrustPolicy},
    trust_trial::TrustTrial,
};
use leptos::{ev, prelude::*};

use super::{exceptions, explain, teams, trial};
use crate::{
    client,
    components::{
        dialog::Dialog,
        field::{needs_script, notice},
        task::Task,
        toast::Toasts,
    },
};

/// Modes: the value, the word, and what it means.
const MODES: [(TrustMode, &str, &str); 3] = [
    (TrustMode::Off, "Off", "Nothing is asked of images."),
    (
        TrustMode::Warn,
        "Warn",
        "What is not signed is pulled all the same, and recorded: look for a week at what would be refused.",
    ),
    (
        TrustMode::Enforce,
        "Enforce",
        "What is not signed is not pulled. docker says which signature is missing.",
    ),
];

/// What the form holds.
#[derive(Clone, Copy)]
struct Form {
    mode: RwSignal<TrustMode>,
    teams: RwSignal<Vec<String>>,
    exceptions: RwSignal<Vec<TrustException>>,
    signers: RwSignal<Vec<String>>,
}

impl Form {
    fn body(self) -> TrustPolicy {
        TrustPolicy {
            mode: self.mode.get_untracked(),
            teams: self.teams.get_untracked(),
            exceptions: self.exceptions.get_untracked(),
            signer_teams: self.signers.get_untracked(),
        }
    }
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    /// The policy, in the API.
    path: StoredValue<String>,
    form: Form,
    saved: RwSignal<TrustPolicy>,
    saving: Task,
    trying: Task,
    /// What would be refused, as it was found last.
    found: RwSignal<Option<TrustTrial>>,
    /// Whether it is to be enforced is asked.
    asking: RwSignal<bool>,
    toasts: Toasts,
}

impl Page {
    /// Finds out what the form would refuse, and then goes on.
    fn attempt(self, then: fn(Self)) {
        let path = format!("{}/test", self.path.get_value());
        let sent = client::send("POST", path, &self.form.body());
        self.trying.run(sent, move |reply| {
            self.found.try_set(reply.json().ok());
            then(self);
        });
    }

    fn save(self) {
        let body = self.form.body();
        let sent = client::send("PUT", self.path.get_value(), &body);
        self.saving.run(sent, move |_| {
            self.saved.try_set(body);
            self.asking.try_set(false);
            self.toasts.good("Policy saved");
        });
    }

    /// Saves it; where it would refuse more, or other images, it is said first which.
    fn submit(self) {
        let body = self.form.body();
        let is_other = self.saved.with_untracked(|saved| *saved != body);
        if body.mode == TrustMode::Enforce && is_other {
            self.attempt(|page| {
                page.asking.try_set(true);
            });
        } else {
            self.save();
        }
    }
}

pub(super) fn draw(path: &str, about: &'static str, saved: TrustPolicy) -> AnyView {
    let form = Form {
        mode: RwSignal::new(saved.mode),
        teams: RwSignal::new(saved.teams.clone()),
        exceptions: RwSignal::new(saved.exceptions.clone()),
        signers: RwSignal::new(saved.signer_teams.clone()),
    };
    let page = Page {
        path: StoredValue::new(path.to_owned()),
        form,
        saved: RwSignal::new(saved),
        saving: Task::default(),
        trying: Task::default(),
        found: RwSignal::new(None),
        asking: RwSignal::new(false),
        toasts: Toasts::get(),
    };
    let asked = RwSignal::new(None::<String>);
    // Who comes back after a week sees at once what it brought.
    Effect::new(move |_| {
        if page.saved.with(|saved| saved.mode != TrustMode::Off) {
            page.attempt(|_| {});
        }
    });
    view! {
        {card(page, about)}
        {move || page.found.get().map(|found| trial::card(&found, asked))}
        {explain::card(asked)}
        {dialog(page)}
    }
    .into_any()
}

fn card(page: Page, about: &'static str) -> AnyView {
    let (form, saving, trying) = (page.form, page.saving, page.trying);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        page.submit();
    };
    view! {
        <form class="card" on:submit=submit>
            <header>
                <h2>"Run only signed images"</h2>
            </header>
            <div class="body form">
                {needs_script()}
                <p class="muted">"What is asked of " {about} ". Each level that asks something has to be content."</p>
                {modes(form.mode)} {teams::draw("Teams that have to sign", TEAMS, form.teams)}
                {exceptions::draw(form.exceptions)} {teams::draw("Teams that read in order to sign", SIGNERS, form.signers)}
                {move || trying.message().get().map(notice)} {move || saving.message().get().map(notice)} <div class="acts">
                    <button type="submit" class="btn primary" disabled=move || saving.busy.get() || trying.busy.get()>
                        "Save"
                    </button>
                    <button type="button" class="btn" disabled=trying.busy on:click=move |_| page.attempt(|_| {})>
                        "What would be refused"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}

/// Asked before it is enforced.
fn dialog(page: Page) -> AnyView {
    let saving = page.saving;
    view! {
        <Dialog open=page.asking title="Enforce it?">
            <div class="body stack tight">
                {move || page.found.get().map(|found| trial::summary(&found))}
                {move || saving.message().get().map(notice)}
            </div>
            <footer>
                <button type="button" class="btn" on:click=move |_| page.asking.set(false)>
                    "Cancel"
                </button>
                <button type="button" class="btn danger" disabled=saving.busy on:click=move |_| page.save()>
                    "Enforce"
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

const TEAMS: &str = "A member of each has to have signed; who is in several counts for each. Without any, some user's signing key is enough.";
const SIGNERS: &str = "Their members pull what is not signed yet, to sign it. Nobody else does, and each time is recorded.";

fn modes(mode: RwSignal<TrustMode>) -> AnyView {
    let one = |(value, word, hint): (TrustMode, &'static str, &'static str)| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name="mode"
                    prop:checked=move || mode.get() == value
                    checked=mode.get_untracked() == value
                    on:change=move |_| mode.set(value)
                />
                <span class="label">{word}</span>
                <span class="hint">{hint}</span>
            </label>
        }
    };
    view! {
        <fieldset class="field">
            <legend class="label">"Mode"</legend>
            {MODES.map(one).collect_view()}
        </fieldset>
    }
    .into_any()
}
