//! Keeps the keyboard's place in a list that is drawn again. What had the focus is a new element then, or is gone with its row;
//! without this the focus would fall back to the beginning of the page.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use wasm_bindgen::JsCast;
#[cfg(feature = "hydrate")]
use web_sys::{Element, HtmlElement, NodeList};

/// Where the focus is.
#[derive(Debug)]
pub struct Place {
    #[cfg(feature = "hydrate")]
    found: Option<Found>,
}

#[cfg(not(feature = "hydrate"))]
impl Place {
    /// Nowhere: there is no keyboard here.
    pub const fn now() -> Self {
        Self {}
    }

    /// Nothing to do.
    pub const fn keep(self) {}
}

/// What has the focus, to be found again.
#[cfg(feature = "hydrate")]
#[derive(Debug)]
struct Found {
    tag: String,
    label: Option<String>,
    /// What it is in, the nearest first; and how many of its kind there are before it.
    around: Vec<(Element, u32)>,
}

#[cfg(feature = "hydrate")]
impl Place {
    /// In the page's content, or nowhere.
    pub fn now() -> Self {
        Self {
            found: document().active_element().and_then(|at| Found::of(&at)),
        }
    }

    /// Gives the focus back where it was lost, when the page has been drawn.
    pub fn keep(self) {
        let Some(found) = self.found else { return };
        request_animation_frame(move || {
            let is_lost = document()
                .active_element()
                .is_none_or(|at| at.tag_name() == "BODY");
            if is_lost {
                found.give_back();
            }
        });
    }
}

#[cfg(feature = "hydrate")]
impl Found {
    fn of(element: &Element) -> Option<Self> {
        let main = element.closest("main").ok().flatten()?;
        let tag = element.tag_name();
        let mut around = Vec::new();
        let mut next = element.parent_element();
        while let Some(outer) = next {
            let before = alike(&outer, &tag)
                .position(|other| other == *element)
                .and_then(|before| u32::try_from(before).ok())?;
            next = (outer != main).then(|| outer.parent_element()).flatten();
            around.push((outer, before));
        }
        Some(Self {
            tag,
            label: element.get_attribute("aria-label"),
            around,
        })
    }

    /// To the same thing; where it is gone, to what took its place, to the last of its kind, or to what the list now says.
    fn give_back(self) {
        let mut around = self
            .around
            .into_iter()
            .filter(|(outer, _)| outer.is_connected());
        let Some((outer, before)) = around.next() else {
            return;
        };
        let same = self.label.and_then(|label| {
            alike(&outer, &self.tag)
                .find(|other| other.get_attribute("aria-label").as_ref() == Some(&label))
        });
        let next = || alike(&outer, &self.tag).take(before as usize + 1).last();
        if same.or_else(next).is_some_and(|other| focus(&other)) {
            return;
        }
        let heading = std::iter::once(outer)
            .chain(around.map(|(outer, _)| outer))
            .find_map(|outer| outer.query_selector("h1, h2, h3").ok()?);
        if let Some(heading) = heading {
            let _ = heading.set_attribute("tabindex", "-1");
            focus(&heading);
        }
    }
}

/// The elements of that kind inside of another one.
#[cfg(feature = "hydrate")]
fn alike(outer: &Element, tag: &str) -> impl Iterator<Item = Element> {
    let found: Option<NodeList> = outer.query_selector_all(tag).ok();
    (0..found.as_ref().map_or(0, NodeList::length))
        .filter_map(move |at| found.as_ref()?.item(at)?.dyn_into().ok())
}

/// Focuses it; false where it takes none, as what is hidden.
#[cfg(feature = "hydrate")]
fn focus(element: &Element) -> bool {
    let is_asked = element
        .dyn_ref::<HtmlElement>()
        .is_some_and(|element| element.focus().is_ok());
    is_asked && document().active_element().as_ref() == Some(element)
}
