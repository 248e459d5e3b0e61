//! `/users/{name}/security`: the password, the second factor, and where the user is signed in.

mod password;
mod second_factor;
mod sessions;

use api::{
    account::Account,
    second_factor::{Enrolment, SecondFactor},
};
use leptos::prelude::*;

use super::{head, is_self};
use crate::{
    components::load::{Loaded, load, shown_together},
    pages::{parameter, query, signed_in},
    paths,
};

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Page {
    name: Memo<String>,
    is_own: Signal<bool>,
    factor: Loaded,
    sessions: Loaded,
    /// A second factor that is being set up.
    enrolment: RwSignal<Option<Enrolment>>,
    /// Recovery codes that were just made.
    codes: RwSignal<Vec<String>>,
}

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let (name, filter, start) = (parameter("name"), query("filter"), query("start"));
        let page = Page {
            name,
            is_own: Signal::derive(move || is_self(&name.get())),
            factor: load(move || paths::api::second_factor(&name.get())),
            sessions: load(move || {
                paths::api::sessions_page(&name.get(), &filter.get(), &start.get())
            }),
            enrolment: RwSignal::new(None),
            codes: RwSignal::new(Vec::new()),
        };
        let account = load(move || paths::api::account(&name.get()));
        shown_together(vec![account, page.factor], move |replies| {
            let [account, factor] = replies else {
                return Ok(().into_any());
            };
            let (account, factor) = (account.json::<Account>()?, factor.json::<SecondFactor>()?);
            let password = if account.is_imported {
                password::elsewhere()
            } else {
                password::card(page)
            };
            Ok(view! {
                {head(&page.name.get(), "security")}
                <div class="stack">{password} {second_factor::card(page, &factor)} {sessions::card(page)}</div>
            }
            .into_any())
        })
    })
}
