//! Manifest: its own bytes, to read and to copy; for a platform of an index also the index.

use api::tag::Tag;
use leptos::prelude::*;

use super::Place;
use crate::{
    components::{
        copy::CopyAction,
        load::{load, shown_text},
    },
    format, paths,
};

/// The tab.
pub(super) fn tab(place: Place, tag: &Tag) -> AnyView {
    let index = (tag.manifest.digest != tag.digest)
        .then(|| card(place, "Index", tag.digest.clone(), &tag.media_type));
    let media_type = tag
        .manifest
        .media_type
        .as_deref()
        .unwrap_or(&tag.media_type);
    view! {
        <div class="stack">{card(place, "Manifest", tag.manifest.digest.clone(), media_type)} {index}</div>
    }
    .into_any()
}

fn card(place: Place, heading: &'static str, digest: String, media_type: &str) -> AnyView {
    let asked = digest.clone();
    let loaded =
        load(move || paths::api::manifest(&place.namespace.get(), &place.name.get(), &asked));
    view! {
        <section class="card">
            <header>
                <h2>{heading}</h2>
                <span class="digest">{digest}</span>
                <div class="acts">
                    {shown_text(
                        loaded,
                        move |text| {
                            view! { <CopyAction text=text.to_owned() label="Copy" title=format!("Copy the {}", heading.to_lowercase()) /> }
                                .into_any()
                        },
                    )}
                </div>
            </header>
            <div class="body stack tight">
                <p class="small muted">{media_type.to_owned()}</p>
                {shown_text(
                    loaded,
                    |text| {
                        view! {
                            <pre class="block" tabindex="0">
                                {format::indented(text)}
                            </pre>
                        }
                            .into_any()
                    },
                )}
            </div>
        </section>
    }
    .into_any()
}
