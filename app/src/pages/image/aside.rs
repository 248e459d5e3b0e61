//! Setting a finding aside, with the reason and until when; and taking that back.

use api::scan::{
    Component, Finding, Justification, LayerOverride, OverrideScope, ScopedOverrideForm,
};
use leptos::{ev, prelude::*};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Place, scan::Scan};
use crate::{
    client,
    components::{
        choice::{Choice, Words, word},
        clock,
        dialog::Dialog,
        field::{Field, Kind, notice},
        load::Loaded,
        remove::Remove,
        task::Task,
        toast::Toasts,
    },
    format, paths,
};

/// VEX's justifications, as people say them.
const WHY: Words = &[
    ("", "Something else, as the note says"),
    ("component_not_present", "The component is not there"),
    (
        "vulnerable_code_not_present",
        "It is there without the vulnerable code",
    ),
    (
        "vulnerable_code_not_in_execute_path",
        "The vulnerable code is never run",
    ),
    (
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "No attacker can reach the vulnerable code",
    ),
    (
        "inline_mitigations_already_exist",
        "Something else already prevents the exploit",
    ),
];
const WHERE: Words = &[
    ("repository", "In this repository"),
    ("namespace", "In all repositories of its owner"),
];
const VERSIONS: Words = &[("this", "This version only"), ("any", "Any version")];

/// What is to be set aside.
#[derive(Clone)]
pub(super) struct About {
    component: String,
    version: String,
    cve: String,
}

impl About {
    pub(super) fn new(component: &Component, finding: &Finding) -> Self {
        Self {
            component: component.name.clone(),
            version: component.version.clone(),
            cve: finding.cve.clone(),
        }
    }
}

/// The dialog of the tab, and what it needs.
#[derive(Clone, Copy)]
pub(super) struct Aside {
    place: Place,
    scan: Scan,
    /// All that was found, to be read again.
    found: Loaded,
    about: RwSignal<Option<About>>,
    open: RwSignal<bool>,
}

impl Aside {
    pub(super) fn new(place: Place, scan: Scan, found: Loaded) -> Self {
        Self {
            place,
            scan,
            found,
            about: RwSignal::new(None),
            open: RwSignal::new(false),
        }
    }

    fn path(self, rest: &[&str]) -> String {
        let place = self.place;
        untrack(|| paths::api::overrides(&place.namespace.get(), &place.name.get(), rest))
    }

    /// It counts differently now: in the list, and in the page's head.
    fn changed(self) {
        self.found.refetch();
        self.scan.look();
    }

    /// The visitor may set findings aside.
    pub(super) fn is_offered(self) -> bool {
        self.scan.is_administered()
    }

    /// The button of a finding that counts.
    pub(super) fn button(self, about: About) -> AnyView {
        let label = format!("Set aside {} in {}", about.cve, about.component);
        let press = move |_| {
            self.about.set(Some(about.clone()));
            self.open.set(true);
        };
        view! {
            <button type="button" class="btn" aria-label=label on:click=press>
                "Set aside"
            </button>
        }
        .into_any()
    }

    /// Why a finding is set aside, by whom and until when; and taking it back.
    pub(super) fn reason(self, given: &LayerOverride) -> AnyView {
        let why = word(WHY, &given.justification);
        let why = (!given.justification.is_empty()).then(|| format!("{why}. "));
        let until = given.expires_at.map_or_else(
            || "for good".to_owned(),
            |end| format!("until {}", format::absolute(end)),
        );
        let scope = match (given.digest.is_empty(), given.repository.is_empty()) {
            (false, _) => "in every image with its layer",
            (true, false) => "in this repository",
            (true, true) => "in all repositories of its owner",
        };
        let by = (!given.author.is_empty()).then(|| format!("by {} ", given.author));
        view! {
            <div class="small muted aside">
                <span>
                    "Set aside " {by} {given.created_at.map(clock::ago)} ", " {scope} ", " {until} ". "
                    {why} {given.notes.clone()}
                </span>
                {self.taking_back(given)}
            </div>
        }
        .into_any()
    }

    fn taking_back(self, given: &LayerOverride) -> Option<AnyView> {
        // what holds for a layer is DTR's, and an administrator's
        if !self.is_offered() || !given.digest.is_empty() {
            return None;
        }
        let path = self.path(&[&given.pk]);
        let deed = Callback::new(move |()| client::delete(path.clone()));
        let done = Callback::new(move |()| self.changed());
        let cve = &given.cve;
        let view = view! {
            <Remove
                label=format!("Count {cve} again")
                title=format!("Count {cve} again?")
                action="Count again"
                said=format!("{cve} counts again")
                deed
                done
            >
                <p>"Wherever it was set aside by this, it counts as a finding again, also for the rules that ask for clean images."</p>
            </Remove>
        };
        Some(view.into_any())
    }

    /// The dialog, once in the tab.
    pub(super) fn dialog(self) -> AnyView {
        let title = Signal::derive(move || {
            self.about.with(|about| {
                let cve = about.as_ref().map(|about| about.cve.clone());
                format!("Set {} aside", cve.unwrap_or_default())
            })
        });
        view! {
            <Dialog open=self.open title>
                {move || self.about.get_untracked().map(|about| form(&self, about))}
            </Dialog>
        }
        .into_any()
    }
}

fn form(aside: &Aside, about: About) -> AnyView {
    let aside = *aside;
    let toasts = Toasts::get();
    let task = Task::default();
    let chosen = |value: &str| RwSignal::new(value.to_owned());
    let has_version = !about.version.is_empty();
    let fields = Fields {
        scope: chosen("repository"),
        versions: chosen(if has_version { "this" } else { "any" }),
        why: chosen(""),
        note: chosen(""),
        until: chosen(""),
    };
    let (name, cve) = (
        format!("{} {}", about.component, about.version),
        about.cve.clone(),
    );
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let body = fields.body(&about);
        let said = format!("{cve} is set aside");
        task.run(client::send("POST", aside.path(&[]), &body), move |_| {
            aside.open.try_set(false);
            toasts.good(said);
            aside.changed();
        });
    };
    view! {
        <form on:submit=send>
            <div class="body form">
                <p>
                    "It stays in the list, and is not counted any more in " <b>{name}</b>
                    ". Who did it, when and why is kept."
                </p>
                <Choice label="Why" words=WHY value=fields.why />
                <Field
                    label="Note"
                    kind=Kind::Lines
                    value=fields.note
                    max=2000
                    required=true
                    hint="What was looked at, for who reads this next year."
                    error=task.about("notes")
                />
                <Choice label="Where" words=WHERE value=fields.scope />
                {has_version
                    .then(|| view! { <Choice label="Versions" words=VERSIONS value=fields.versions /> })}
                <div class="field short">
                    <label class="label" for="set-aside-until">
                        "Until"
                    </label>
                    <input
                        id="set-aside-until"
                        type="date"
                        aria-describedby="set-aside-until-about"
                        bind:value=fields.until
                    />
                    <div id="set-aside-until-about" class="about">
                        <p class="hint">"It counts again after this day (UTC). Without a day it never does."</p>
                        <p class="err" role="alert" hidden=move || task.about("expiresAt").with(Option::is_none)>
                            {move || task.about("expiresAt").get()}
                        </p>
                    </div>
                </div>
                {move || task.about_none_of(&["notes", "expiresAt"]).get().map(notice)}
            </div>
            <footer>
                <button type="button" class="btn" on:click=move |_| aside.open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Set aside"
                </button>
            </footer>
        </form>
    }
    .into_any()
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Fields {
    scope: RwSignal<String>,
    versions: RwSignal<String>,
    why: RwSignal<String>,
    note: RwSignal<String>,
    until: RwSignal<String>,
}

impl Fields {
    fn body(self, about: &About) -> ScopedOverrideForm {
        let is_any = self.versions.with_untracked(|versions| versions == "any");
        let component_version = if is_any {
            String::new()
        } else {
            about.version.clone()
        };
        let scope = match self.scope.get_untracked().as_str() {
            "namespace" => OverrideScope::Namespace,
            _ => OverrideScope::Repository,
        };
        let why = self.why.get_untracked();
        ScopedOverrideForm {
            component: about.component.clone(),
            component_version,
            cve: about.cve.clone(),
            notes: self.note.get_untracked().trim().to_owned(),
            justification: Justification::ALL
                .into_iter()
                .find(|justification| justification.as_str() == why),
            expires_at: end_of(&self.until.get_untracked()),
            scope,
        }
    }
}

/// The last second of a day as a date field gives it.
fn end_of(day: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(&format!("{day}T23:59:59Z"), &Rfc3339).ok()
}
