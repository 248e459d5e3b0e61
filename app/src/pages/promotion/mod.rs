//! Promotion: the policies of a repository, what they did, the form that makes one, and what they say of a tag.

mod criteria;
mod explain;
mod form;
mod graph;
mod list;
mod runs;
mod trial;

use leptos::prelude::*;

use crate::pages::repository;

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// The policies of a repository.
    List,
    /// A new one.
    New,
    /// One that is changed.
    Policy,
    /// What the policies say of a tag.
    Tag,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::List => repository::with_tab("promotions", list::tab),
        Page::New => repository::with_tab_of_admins("promotions", form::new),
        Page::Policy => repository::with_tab_of_admins("promotions", form::change),
        Page::Tag => repository::with_tab("tags", explain::tab),
    }
}
