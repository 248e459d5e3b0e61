//! The platforms of an index, to switch between.

use api::{
    manifest::{Kind, PlatformManifest},
    tag::Tag,
};
use leptos::prelude::*;

use super::Place;
use crate::{format, paths};

/// Links to the other platforms, and to what a builder put beside them; nothing where there is no choice.
pub(super) fn switch(place: Place, tag: &Tag) -> AnyView {
    let (attestations, images): (Vec<&PlatformManifest>, Vec<&PlatformManifest>) = tag
        .platforms
        .iter()
        .partition(|p| p.kind == Kind::Attestation);
    if images.len() + attestations.len() < 2 {
        return ().into_any();
    }
    let links = images.iter().enumerate().map(|(index, platform)| {
        let segments = paths::platform_segments(Some(platform));
        let is_first = images
            .iter()
            .position(|other| paths::platform_segments(Some(other)) == segments)
            == Some(index);
        let variant = platform
            .variant
            .clone()
            .filter(|_| !is_first)
            .unwrap_or_default();
        let current = (platform.digest == tag.manifest.digest).then_some("true");
        view! {
            <li>
                <a href=move || address(place, &segments, &variant) aria-current=current>
                    {label(platform)}
                </a>
            </li>
        }
    });
    let links = links.collect_view();
    view! {
        <nav aria-label="Platforms">
            <ul class="switch">{links}</ul>
        </nav>
        {(!attestations.is_empty()).then(|| beside(place, &attestations))}
    }
    .into_any()
}

fn address(place: Place, (os, architecture): &(String, String), variant: &str) -> String {
    let (namespace, name, tab) = (place.namespace.get(), place.name.get(), place.tab.get());
    let path = paths::image(
        &namespace,
        &name,
        &place.reference.get(),
        (os, architecture),
        &tab,
    );
    paths::with_query(&path, [(paths::VARIANT, variant)])
}

fn label(platform: &PlatformManifest) -> String {
    let parts = [&platform.os, &platform.architecture, &platform.variant];
    let [os, architecture, variant] = parts.map(Option::as_deref);
    let label = format::platform(os, architecture, variant);
    match &platform.os_version {
        Some(version) => format!("{label} {version}"),
        None => label,
    }
}

/// Provenance and bills of materials of `BuildKit`: manifests of their own, beside the images.
fn beside(place: Place, attestations: &[&PlatformManifest]) -> AnyView {
    let links = attestations.iter().map(|attestation| {
        let digest = attestation.digest.clone();
        let short = format::short(&digest);
        let href = move || {
            let (namespace, name) = (place.namespace.get(), place.name.get());
            paths::image(
                &namespace,
                &name,
                &digest,
                (paths::NONE, paths::NONE),
                "layers",
            )
        };
        view! { <a class="mono" href=href>{short}</a> }
    });
    let links = links.collect_view();
    view! { <p class="beside row">"Attestations beside the images: " {links}</p> }.into_any()
}
