//! What is in all images, and what is wrong with it.

mod changed;
mod where_is;

use leptos::prelude::*;

use crate::{format, paths};

/// The pages of this part.
#[derive(Clone, Copy)]
pub enum Page {
    /// Where something is.
    Where,
    /// What an update of the vulnerability data changed.
    Changed,
}

/// Draws one of the pages.
pub fn draw(page: Page) -> AnyView {
    match page {
        Page::Where => where_is::page(),
        Page::Changed => changed::page(),
    }
}

/// An image in a repository.
struct Place<'p> {
    namespace: &'p str,
    repository: &'p str,
    digest: &'p str,
    tags: &'p [String],
    os: Option<&'p str>,
    architecture: Option<&'p str>,
}

impl Place<'_> {
    /// The image, with the way to its components, and its platform.
    fn cells(&self) -> AnyView {
        let reference = self.tags.first().map_or(self.digest, String::as_str);
        let href = paths::image(
            self.namespace,
            self.repository,
            reference,
            (part(self.os), part(self.architecture)),
            "components",
        );
        view! {
            <td class="wide">
                <a class="name" href=href>
                    <span class="part">{self.namespace.to_owned()} " / "</span>
                    {self.repository.to_owned()}
                </a>
                <div class="muted small">
                    {self.tags.join(", ")} " " <code>{format::short(self.digest)}</code>
                </div>
            </td>
            <td class="muted">{format::platform(self.os, self.architecture, None)}</td>
        }
        .into_any()
    }
}

/// A part of a platform, as addresses have it.
fn part(value: Option<&str>) -> &str {
    value
        .filter(|value| !value.is_empty())
        .unwrap_or(paths::NONE)
}
