//! Referrers: signatures, bills of materials and other manifests that are about this one.

use api::{manifest::Referrer, tag::Tag};
use leptos::prelude::*;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Place, bills, signatures};
use crate::{
    components::{
        clock,
        copy::CopyButton,
        filter::{Filter, kept, nothing_or},
        load::{load, shown_with},
        pager::pager_if_needed,
        table::{self, Column},
    },
    format,
    pages::query,
    paths,
};

/// The tab: what refers to the tag's own digest, and to the platform's where that is another one; of an image also the bills of materials.
pub(super) fn tab(place: Place, tag: &Tag, is_image: bool) -> AnyView {
    let lists = if tag.manifest.digest == tag.digest {
        view! {
            {signatures::of(place, tag.digest.clone())}
            {list(place, tag.digest.clone(), "start")}
        }
        .into_any()
    } else {
        view! {
            <div class="stack">
                <h2>"Of the whole index"</h2>
                {signatures::of(place, tag.digest.clone())}
                {list(place, tag.digest.clone(), "start")}
                <h2>"Of this platform"</h2>
                {signatures::of(place, tag.manifest.digest.clone())}
                {list(place, tag.manifest.digest.clone(), "platform-start")}
            </div>
        }
        .into_any()
    };
    view! {
        <Filter placeholder="Filter by type or digest" label="Filter referrers">
            {kept(paths::VARIANT)}
        </Filter>
        <div class="stack">
            {lists} {is_image.then(|| bills::of_image(place, tag.manifest.digest.clone()))}
        </div>
    }
    .into_any()
}

/// What refers to one digest; `start` is the parameter of the page's address that says where its list begins.
fn list(place: Place, digest: String, start: &'static str) -> AnyView {
    let (filter, from) = (query("filter"), query(start));
    let loaded = load(move || {
        let (namespace, name) = (place.namespace.get(), place.name.get());
        paths::api::referrers(&namespace, &name, &digest, &filter.get(), &from.get())
    });
    shown_with(loaded, move |referrers: Vec<Referrer>, reply| {
        if referrers.is_empty() {
            return nothing_or(none);
        }
        let rows = referrers
            .iter()
            .map(|referrer| row(place, referrer))
            .collect_view();
        table::table(
            vec![
                Column::Text("Type"),
                Column::Text("Digest"),
                Column::Text("Created"),
                Column::Number("Size"),
            ],
            rows,
            pager_if_needed(reply, start),
        )
    })
}

fn none() -> AnyView {
    view! {
        <p class="card waiting">"No signature, bill of materials or other artifact refers to it."</p>
    }
    .into_any()
}

fn row(place: Place, referrer: &Referrer) -> AnyView {
    let kind = referrer
        .artifact_type
        .clone()
        .unwrap_or_else(|| referrer.media_type.clone());
    let digest = referrer.digest.clone();
    let href = move || {
        paths::image(
            &place.namespace.get(),
            &place.name.get(),
            &digest,
            (paths::NONE, paths::NONE),
            "layers",
        )
    };
    let created = referrer.annotations.get("org.opencontainers.image.created");
    let created = created.and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    view! {
        <tr>
            <td class="wide">
                <a class="name" href=href>
                    {kind}
                </a>
            </td>
            <td class="digest">
                {format::short(&referrer.digest)} " "
                <CopyButton text=referrer.digest.clone() label="Copy the referrer's digest" />
            </td>
            <td class="muted">{created.map(clock::ago)}</td>
            <td class="num muted">{format::bytes(referrer.size)}</td>
        </tr>
    }
    .into_any()
}
