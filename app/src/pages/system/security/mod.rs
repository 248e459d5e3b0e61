//! `/system/security`: whether images are scanned, by what vulnerability data, and the registry in numbers; for administrators.

mod data;
mod numbers;
mod online;
mod scanning;
mod trend;

use leptos::prelude::*;

use crate::{
    components::load::{Loaded, load, shown, shown_with},
    pages::query,
    paths,
};

/// What this page shows of the state, and asks for again while something goes on.
#[derive(Clone, Copy)]
struct State {
    status: Loaded,
    updates: Loaded,
    dashboard: Loaded,
    /// Something went on when it was last looked at.
    was_busy: StoredValue<bool>,
    /// An update is being loaded.
    is_loading: RwSignal<bool>,
}

impl State {
    fn refetch(self) {
        self.status.refetch();
        self.updates.refetch();
        self.dashboard.refetch();
    }
}

/// The page.
pub fn page() -> AnyView {
    super::settings("security", || {
        let start = query("start");
        let settings = load(|| paths::api::SETTINGS.to_owned());
        let state = State {
            status: load(|| paths::api::SCANNING.to_owned()),
            updates: load(move || paths::api::scanning_updates(&start.get())),
            dashboard: load(|| paths::api::DASHBOARD.to_owned()),
            was_busy: StoredValue::new(false),
            is_loading: RwSignal::new(false),
        };
        view! {
            <div class="stack">
                {shown(state.dashboard, |dashboard| numbers::draw(&dashboard))}
                {shown(state.status, move |status| data::draw(&status, state))}
                {data::upload(state)}
                {shown(settings, move |loaded| online::draw(&loaded, settings, state))}
                {shown_with(state.updates, |updates: Vec<_>, reply| data::history(&updates, reply))}
                {shown(settings, move |settings| scanning::draw(&settings, state))}
            </div>
        }
        .into_any()
    })
}
