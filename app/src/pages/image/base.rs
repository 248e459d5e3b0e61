//! The image that this one is made from.

use leptos::prelude::*;

use super::{Place, narrow::Found};
use crate::{format, paths};

/// Which layers are of which image; nothing where that is not known.
pub(super) fn line(place: Place, found: &Found) -> AnyView {
    let image = &found.image;
    let Some(base) = image.base.as_ref().filter(|base| base.layers > 0) else {
        return ().into_any();
    };
    let (reference, name) = match base.tags.first() {
        Some(tag) => (
            tag.clone(),
            format!("{}/{}:{tag}", base.namespace, base.repository),
        ),
        None => (
            base.digest.clone(),
            format!(
                "{}/{}@{}",
                base.namespace,
                base.repository,
                format::short(&base.digest)
            ),
        ),
    };
    let href = untrack(|| {
        let platform = (place.os.get(), place.architecture.get());
        paths::image(
            &base.namespace,
            &base.repository,
            &reference,
            (&platform.0, &platform.1),
            "components",
        )
    });
    let last = found.number(base.layers - 1);
    let layers = if last == 1 {
        "Layer 1 is".to_owned()
    } else {
        format!("Layers 1 to {last} are")
    };
    view! {
        <p class="muted small">
            {layers} " the base image " <a href=href>{name}</a>
            "."
        </p>
    }
    .into_any()
}
