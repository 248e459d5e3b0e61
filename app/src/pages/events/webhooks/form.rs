//! The form of a webhook: a new one, or one that is changed.

mod fields;

use api::webhook::{CreateWebhook, Format, TestWebhook, UpdateWebhook, Webhook};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{Place, headers::Headers, kinds, secret};
use crate::{
    client::{self, Replying},
    components::{
        field::{needs_script, notice},
        load::{load, shown},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// Fields at which their errors stand.
const FIELDS: &[&str] = &["type", "endpoint", "tagPatterns", "headers", "tlsCert"];

/// A type that may be chosen: its name, its label, and whether it is.
type Offer = (&'static str, &'static str, RwSignal<bool>);

/// What the form has.
#[derive(Clone, Copy)]
struct Form {
    offers: StoredValue<Vec<Offer>>,
    endpoint: RwSignal<String>,
    patterns: RwSignal<String>,
    format: RwSignal<String>,
    signed: RwSignal<bool>,
    headers: Headers,
    /// The headers are sent with the form; of a saved webhook they are only if they are to be others.
    gives_headers: RwSignal<bool>,
    tls_cert: RwSignal<String>,
    skip_verification: RwSignal<bool>,
    /// The webhook that is changed.
    saved: StoredValue<Option<Webhook>>,
}

/// A new webhook.
pub(super) fn new(place: Place) -> AnyView {
    draw(place, None)
}

/// The webhook of that id.
pub(super) fn change(place: Place, id: &str) -> AnyView {
    let path = paths::api::webhook(id);
    let loaded = load(move || path.clone());
    shown(loaded, move |webhook: Webhook| draw(place, Some(webhook)))
}

impl Form {
    fn of(place: Place, webhook: Option<Webhook>) -> Self {
        let known = webhook.as_ref();
        let usual = ["TAG_PUSH".to_owned()];
        let chosen = known.map_or(&usual[..], |webhook| &webhook.types);
        let offers = kinds::offered(place.reach_of(known), chosen).map(|(name, label)| {
            let is_chosen = chosen.iter().any(|kind| kind == name);
            (name, label, RwSignal::new(is_chosen))
        });
        let text = |text: Option<String>| RwSignal::new(text.unwrap_or_default());
        let is_cloud = known.is_some_and(|webhook| webhook.format == Format::CloudEvents);
        let names = known.map_or(&[][..], |webhook| &webhook.headers);
        Self {
            offers: StoredValue::new(offers.collect()),
            endpoint: RwSignal::default(),
            patterns: text(known.map(|webhook| webhook.tag_patterns.join("\n"))),
            format: RwSignal::new(if is_cloud { "cloudevents" } else { "dtr" }.to_owned()),
            signed: RwSignal::new(false),
            headers: Headers::named(names),
            gives_headers: RwSignal::new(names.is_empty()),
            tls_cert: text(known.map(|webhook| webhook.tls_cert.clone())),
            skip_verification: RwSignal::new(
                known.is_some_and(|webhook| webhook.skip_tls_verification),
            ),
            saved: StoredValue::new(webhook),
        }
    }

    fn types(self) -> Vec<String> {
        self.offers.with_value(|offers| {
            let chosen = offers.iter().filter(|(.., chosen)| chosen.get_untracked());
            chosen.map(|(name, ..)| (*name).to_owned()).collect()
        })
    }

    fn patterns(self) -> Vec<String> {
        self.patterns.with_untracked(|text| {
            let lines = text.lines().map(str::trim);
            lines
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        })
    }

    fn endpoint(self) -> String {
        self.endpoint.with_untracked(|text| text.trim().to_owned())
    }

    fn format(self) -> Format {
        if self.format.with_untracked(|format| format == "cloudevents") {
            Format::CloudEvents
        } else {
            Format::Dtr
        }
    }

    /// Sends it: as a change of the webhook of that id, or as a new one that listens at `key`.
    fn send(self, key: String, id: Option<String>) -> Replying {
        let tls_cert = self.tls_cert.get_untracked();
        let skip_tls_verification = self.skip_verification.get_untracked();
        match id {
            None => client::send(
                "POST",
                paths::api::WEBHOOKS.to_owned(),
                &CreateWebhook {
                    types: self.types(),
                    key,
                    endpoint: self.endpoint(),
                    tls_cert,
                    skip_tls_verification,
                    tag_patterns: self.patterns(),
                    format: self.format(),
                    headers: self.headers.chosen(),
                    signed: self.signed.get_untracked(),
                    ..CreateWebhook::default()
                },
            ),
            Some(id) => client::send(
                "POST",
                paths::api::webhook("update"),
                &UpdateWebhook {
                    id,
                    types: Some(self.types()),
                    endpoint: Some(self.endpoint()).filter(|endpoint| !endpoint.is_empty()),
                    tls_cert: Some(tls_cert),
                    skip_tls_verification: Some(skip_tls_verification),
                    tag_patterns: Some(self.patterns()),
                    format: Some(self.format()),
                    headers: self
                        .gives_headers
                        .get_untracked()
                        .then(|| self.headers.chosen()),
                    ..UpdateWebhook::default()
                },
            ),
        }
    }

    /// Sends a sample: to the address of the form, or, where it has none, to that of the saved webhook.
    fn test(self) -> Replying {
        let endpoint = self.endpoint();
        let saved = self
            .saved
            .with_value(|saved| saved.as_ref().map(|webhook| webhook.id.to_string()));
        match saved {
            Some(id) if endpoint.is_empty() => {
                client::send("POST", format!("{}/test", paths::api::webhook(&id)), &())
            }
            _ => client::send(
                "POST",
                paths::api::webhook("test"),
                &TestWebhook {
                    r#type: self
                        .types()
                        .into_iter()
                        .next()
                        .unwrap_or_else(|| "TAG_PUSH".to_owned()),
                    endpoint,
                    tls_cert: self.tls_cert.get_untracked(),
                    skip_tls_verification: self.skip_verification.get_untracked(),
                },
            ),
        }
    }
}

fn draw(place: Place, webhook: Option<Webhook>) -> AnyView {
    let made = RwSignal::new(None::<Webhook>);
    let form = Form::of(place, webhook);
    (move || match made.get() {
        None => card(place, form, made),
        Some(webhook) => {
            let page = place.page(&webhook.id.to_string());
            let secret = webhook.secret.unwrap_or_default();
            let onward = view! {
                <a class="btn primary" href=page>
                    "Go to the webhook"
                </a>
            };
            secret::once(secret, onward.into_any())
        }
    })
    .into_any()
}

fn card(place: Place, form: Form, made: RwSignal<Option<Webhook>>) -> AnyView {
    let (toasts, navigate) = (Toasts::get(), use_navigate());
    let task = Task::default();
    let id = form
        .saved
        .with_value(|saved| saved.as_ref().map(|webhook| webhook.id.to_string()));
    let is_new = id.is_none();
    let back = id
        .as_deref()
        .map_or_else(|| place.home.get_value(), |id| place.page(id));
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let navigate = navigate.clone();
        let sent = form.send(place.key.get_value(), id.clone());
        task.run(sent, move |reply| {
            toasts.good(if is_new {
                "Webhook created"
            } else {
                "Webhook saved"
            });
            let Some(webhook) = reply
                .json::<Vec<Webhook>>()
                .ok()
                .and_then(|mut all| all.pop())
            else {
                return;
            };
            if webhook.secret.is_some() {
                // it is shown here, this once
                made.try_set(Some(webhook));
            } else {
                let page = place.page(&webhook.id.to_string());
                navigate(&page, NavigateOptions::default());
            }
        });
    };
    let other = task.about_none_of(FIELDS);
    let (heading, action) = if is_new {
        ("New webhook", "Create")
    } else {
        ("Change webhook", "Save")
    };
    view! {
        <form class="card" on:submit=save>
            <header>
                <h2>{heading}</h2>
            </header>
            <div class="body form">
                {needs_script()} {fields::draw(form, task)} {move || other.get().map(notice)} <div class="acts">
                    <a class="btn" href=back>
                        "Cancel"
                    </a>
                    <button type="submit" class="btn primary" disabled=task.busy>
                        {action}
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}
