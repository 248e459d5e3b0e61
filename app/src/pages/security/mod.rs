//! What is in all images, and what is wrong with it.

mod where_is;

use leptos::prelude::*;

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// Where something is.
    Where,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::Where => where_is::page(),
    }
}
