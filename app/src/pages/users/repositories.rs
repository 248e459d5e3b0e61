//! `/users/{name}/repositories`: those that the user owns, as far as the visitor may see them.

use api::repository::Repositories;
use leptos::prelude::*;

use super::{head, is_self};
use crate::{
    components::{
        filter::Filter,
        icon::Icon,
        load::{load, shown_with},
    },
    pages::{parameter, query, repositories::list::table, signed_in},
    paths,
};

/// The page.
pub fn page() -> AnyView {
    signed_in(|| {
        let (name, filter, start) = (parameter("name"), query("filter"), query("start"));
        let loaded =
            load(move || paths::api::repositories(&name.get(), &filter.get(), &start.get()));
        let new_button = move || {
            is_self(&name.get()).then(|| {
                view! {
                    <a class="btn primary end" href=paths::new_repository(&name.get())>
                        {Icon::Plus.draw()}
                        "New repository"
                    </a>
                }
            })
        };
        view! {
            {move || head(&name.get(), "repositories")}
            <Filter placeholder="Filter by name" label="Filter repositories by name">
                {new_button}
            </Filter>
            {shown_with(
                loaded,
                move |answer: Repositories, reply| {
                    if answer.repositories.is_empty() && filter.with_untracked(String::is_empty) {
                        none()
                    } else {
                        let all = paths::user_repositories(&name.get_untracked());
                        table(&answer.repositories, reply, &all)
                    }
                },
            )}
        }
        .into_any()
    })
}

fn none() -> AnyView {
    view! {
        <div class="card empty">
            {Icon::Box.draw()}
            <h2>"No repositories"</h2>
            <p>"This user owns none that you may see."</p>
        </div>
    }
    .into_any()
}
