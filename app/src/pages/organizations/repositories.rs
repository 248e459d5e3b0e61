//! Repositories of an organization: those that the visitor may see.

use api::repository::Repositories;
use leptos::{prelude::*, task::spawn_local};

use super::Context;
use crate::{
    components::{
        filter::Filter,
        icon::Icon,
        load::{load, shown_with},
        namespace::may_create,
    },
    pages::{query, repositories::list::table},
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (filter, start) = (query("filter"), query("start"));
    let loaded =
        load(move || paths::api::repositories(&context.name(), &filter.get(), &start.get()));
    let may_make = RwSignal::new(context.is_managed);
    Effect::new(move |_| {
        if !context.is_managed {
            spawn_local(async move {
                let may = may_create(context.name()).await;
                may_make.try_set(may);
            });
        }
    });
    let new_button = move || {
        may_make.get().then(|| {
            view! {
                <a class="btn primary end" href=paths::new_repository(&context.name())>
                    {Icon::Plus.draw()}
                    "New repository"
                </a>
            }
        })
    };
    view! {
        <Filter placeholder="Filter by name" label="Filter repositories by name">
            {new_button}
        </Filter>
        {shown_with(
            loaded,
            move |answer: Repositories, reply| {
                if answer.repositories.is_empty() && filter.with_untracked(String::is_empty) {
                    none()
                } else {
                    let all = paths::organization(&context.name(), "repositories");
                    table(&answer.repositories, reply, &all)
                }
            },
        )}
    }
    .into_any()
}

fn none() -> AnyView {
    view! {
        <div class="card empty">
            {Icon::Box.draw()}
            <h2>"No repositories"</h2>
            <p>"There is none in this organization that you may see."</p>
        </div>
    }
    .into_any()
}
