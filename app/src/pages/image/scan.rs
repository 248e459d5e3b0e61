//! The image's scan: how far it is while the page is open, and starting and stopping it.

use std::time::Duration;

use api::{
    change::TagChange,
    manifest::Kind,
    repository::AccessLevel,
    scan::{ScanSummary, ScannedImage, ShortSummary, status},
    tag::Tag,
};
use leptos::{prelude::*, task::spawn_local};

use super::Place;
use crate::{
    client::{self, Failure, Reply},
    components::{
        clock,
        live::{later, listen},
        load::{Loaded, load},
        scan::{said, verdict},
        task::Task,
        toast::Toasts,
    },
    paths,
};

/// How long between looks at a scan that goes on.
const LOOK: Duration = Duration::from_millis(1500);

/// The scan of the platform that the page shows.
#[derive(Clone, Copy)]
pub(super) struct Scan {
    place: Place,
    /// The page as a whole, for when the tag points elsewhere.
    page: Loaded,
    /// The manifest of the platform, and where the tag points.
    digests: StoredValue<(String, String)>,
    /// Nothing for what is not an image.
    summary: RwSignal<Option<ShortSummary>>,
    /// Where scans of the platform are started and stopped, for those who may.
    control: StoredValue<Option<String>>,
    may: AccessLevel,
}

impl Scan {
    /// Knows what the tag says of it, and asks again while it goes on and when something is heard.
    pub(super) fn follow(place: Place, page: Loaded, tag: &Tag, may: AccessLevel) -> Self {
        let digests = (tag.manifest.digest.clone(), tag.digest.clone());
        let summary = RwSignal::new(of_platform(tag));
        let control = control(place, tag).filter(|_| may >= AccessLevel::ReadWrite);
        let scan = Self {
            place,
            page,
            digests: StoredValue::new(digests),
            summary,
            control: StoredValue::new(control),
            may,
        };
        if scan.is_of_image() {
            scan.listen();
        }
        scan
    }

    fn listen(self) {
        let reference = self.place.reference.get_untracked();
        let by_digest = reference.contains(':');
        let path = paths::api::changes(
            &self.place.namespace.get_untracked(),
            &self.place.name.get_untracked(),
        );
        Effect::new(move |_| {
            let reference = reference.clone();
            let heard = move |data: String| {
                let change = serde_json::from_str::<TagChange>(&data);
                if change.is_ok_and(|change| by_digest || change.tag == reference) {
                    self.look();
                }
            };
            listen(&path, "tag", heard, move || self.look());
        });
        Effect::new(move |_| {
            if self.goes_on() {
                later(LOOK, move || self.look());
            }
        });
    }

    /// The visitor may set findings aside.
    pub(super) fn is_administered(self) -> bool {
        self.may >= AccessLevel::Admin
    }

    /// Asks how far it is.
    pub(super) fn look(self) {
        let path = untrack(|| self.place.api());
        spawn_local(async move {
            let read = client::get(path).await.and_then(|reply| reply.json());
            self.take(read);
        });
    }

    /// The page may be gone by now, and the signals with it.
    fn take(self, read: Result<Vec<Tag>, Failure>) {
        let tag = read.ok().and_then(|tags| tags.into_iter().next());
        let Some(tag) = tag else {
            // asked again, if it went on
            self.summary.try_update(|_| ());
            return;
        };
        let is_same = self
            .digests
            .try_with_value(|(platform, whole)| {
                *platform == tag.manifest.digest && *whole == tag.digest
            })
            .unwrap_or(true);
        if is_same {
            self.summary.try_set(of_platform(&tag));
        } else {
            self.page.refetch();
        }
    }

    /// Only images are scanned.
    pub(super) fn is_of_image(self) -> bool {
        self.summary.with_untracked(Option::is_some)
    }

    fn goes_on(self) -> bool {
        self.summary
            .with(|scan| scan.as_ref().is_some_and(ShortSummary::is_going_on))
    }

    /// The number of components, where they are known.
    pub(super) fn components(self) -> Signal<Option<u64>> {
        Signal::derive(move || {
            self.summary.with(|scan| {
                let scan = scan.as_ref()?;
                (scan.components > 0).then_some(u64::from(scan.components))
            })
        })
    }

    /// All that was found; read again when there is news.
    pub(super) fn in_full(self) -> Loaded {
        let place = self.place;
        let digest = self.digests.with_value(|(platform, _)| platform.clone());
        let loaded = load(move || {
            paths::api::scan_summary(&place.namespace.get(), &place.name.get(), &digest)
        });
        let mark = Memo::new(move |_| {
            self.summary.with(|scan| {
                let scan = scan.as_ref().filter(|scan| !scan.is_going_on())?;
                Some((
                    scan.last_scan_status,
                    scan.check_completed_at,
                    scan.components,
                ))
            })
        });
        Effect::new(move |before: Option<Option<_>>| {
            let now = mark.get();
            if now.is_some() && before.is_some_and(|before| before != now) {
                loaded.refetch();
            }
            now.or(before.flatten())
        });
        loaded
    }

    /// How far it is and what was found, for the page's head.
    pub(super) fn line(self) -> AnyView {
        let toasts = Toasts::get();
        Effect::new(move |went_on: Option<bool>| {
            let goes_on = self.goes_on();
            if went_on == Some(true) && !goes_on {
                let words = self.summary.with_untracked(|scan| scan.as_ref().map(said));
                toasts.announce(words.unwrap_or_default());
            }
            goes_on
        });
        (move || {
            let scan = self.summary.get()?;
            Some(view! { <div class="scan">{verdict(&scan)} {beside(&scan)}</div> })
        })
        .into_any()
    }

    /// Starts it, or stops it.
    pub(super) fn button(self) -> Option<AnyView> {
        let control = self.control.get_value()?;
        let toasts = Toasts::get();
        let task = Task::default();
        let press = move |_| {
            let deed = if self
                .summary
                .with_untracked(|s| s.as_ref().is_some_and(ShortSummary::is_going_on))
            {
                client::delete(control.clone())
            } else {
                client::send("POST", control.clone(), &())
            };
            task.run(deed, move |_: Reply| self.look());
        };
        Effect::new(move |_| {
            if let Some(words) = task.message().get() {
                toasts.bad(words);
                self.look();
            }
        });
        let label = move || {
            let scan = self.summary.get().unwrap_or_default();
            match scan.last_scan_status {
                _ if scan.is_going_on() => "Stop scan",
                status::UNSCANNED => "Scan",
                _ => "Scan again",
            }
        };
        let button = view! {
            <button type="button" class="btn" disabled=task.busy on:click=press>
                {label}
            </button>
        };
        Some(button.into_any())
    }
}

/// What else is to be known at a glance.
fn beside(scan: &ShortSummary) -> AnyView {
    let fixable = (scan.fixable > 0).then(|| format!("{} with a fix", scan.fixable));
    let set_aside = (scan.set_aside > 0).then(|| format!("{} set aside", scan.set_aside));
    let judged = scan.check_completed_at.filter(|_| !scan.is_going_on());
    view! {
        <span class="row dots small muted">
            {fixable.map(|words| view! { <span>{words}</span> })}
            {set_aside.map(|words| view! { <span>{words}</span> })}
            {judged.map(|then| view! { <span>"checked " {clock::ago(then)}</span> })}
            {scan
                .should_rescan
                .then(|| view! { <span>"read by an older scanner; scan again to see what this one finds"</span> })}
        </span>
    }
    .into_any()
}

/// The scan of the platform that is shown.
fn of_platform(tag: &Tag) -> Option<ShortSummary> {
    let mut platforms = tag.platforms.iter();
    platforms
        .find(|platform| platform.digest == tag.manifest.digest)?
        .vuln_summary
        .clone()
}

/// The address for starting and stopping; the API names images by their platform.
fn control(place: Place, tag: &Tag) -> Option<String> {
    let manifest = &tag.manifest;
    if manifest.kind == Kind::Artifact {
        return None;
    }
    let part = |value: &Option<String>| {
        let said = value.clone().filter(|value| !value.is_empty());
        said.unwrap_or_else(|| paths::NONE.to_owned())
    };
    let (os, architecture) = (part(&manifest.os), part(&manifest.architecture));
    let is_said = os != paths::NONE && architecture != paths::NONE;
    let reference = place.reference.get_untracked();
    // of several variants, or without a platform, it is this one
    let reference = if is_said && place.variant.with_untracked(String::is_empty) {
        &reference
    } else {
        &manifest.digest
    };
    let (namespace, name) = (place.namespace.get_untracked(), place.name.get_untracked());
    Some(paths::api::scan(
        &namespace,
        &name,
        reference,
        (&os, &architecture),
    ))
}

/// The only one: it was asked for by its digest.
pub(super) fn image(summaries: Vec<ScanSummary>) -> ScannedImage {
    let first = summaries.into_iter().next();
    first
        .map(|summary| summary.scanned_image)
        .unwrap_or_default()
}
