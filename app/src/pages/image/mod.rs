//! One image: its header with the platforms of an index, and the tabs Layers, Components, Configuration, Manifest, Compare,
//! Referrers, Signatures and Custody.

mod aside;
mod attached;
mod base;
mod bills;
mod compare;
mod components;
mod config;
mod custody;
mod difference;
mod findings;
mod layers;
mod manifest;
mod narrow;
mod platforms;
mod referrers;
mod scan;
mod signatures;

use api::{manifest::Kind, repository::Repository, tag::Tag};
use leptos::prelude::*;

use self::scan::Scan;

use crate::{
    boot::Env,
    components::{
        clock,
        copy::{CopyAction, CopyButton},
        icon::Icon,
        job,
        load::{load, shown_together},
        signed,
    },
    format,
    pages::{error, parameter, query, title},
    paths,
};

/// Where in the registry the image is; parts of the page's own address.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    namespace: Memo<String>,
    name: Memo<String>,
    reference: Memo<String>,
    os: Memo<String>,
    architecture: Memo<String>,
    variant: Memo<String>,
    tab: Memo<String>,
}

impl Place {
    /// Where the page is.
    fn here(tab: Memo<String>) -> Self {
        Self {
            namespace: parameter("namespace"),
            name: parameter("name"),
            reference: parameter("reference"),
            os: parameter("os"),
            architecture: parameter("arch"),
            variant: query(paths::VARIANT),
            tab,
        }
    }

    /// Address of a tab of this image.
    fn tab(self, tab: &str) -> String {
        self.tab_with(tab, &[])
    }

    /// Address of a tab of this image, with more parameters.
    fn tab_with(self, tab: &str, query: &[(&str, &str)]) -> String {
        let (os, architecture) = (self.os.get(), self.architecture.get());
        let (namespace, name, reference) =
            (self.namespace.get(), self.name.get(), self.reference.get());
        let path = paths::image(&namespace, &name, &reference, (&os, &architecture), tab);
        let variant = self.variant.get();
        let all = std::iter::once((paths::VARIANT, variant.as_str())).chain(query.iter().copied());
        paths::with_query(&path, all)
    }

    /// The image in the API, with this platform.
    fn api(self) -> String {
        let (os, architecture, variant) =
            (self.os.get(), self.architecture.get(), self.variant.get());
        paths::api::tag_platform(
            &self.namespace.get(),
            &self.name.get(),
            &self.reference.get(),
            [&os, &architecture, &variant],
        )
    }

    /// `namespace/name:tag`, or with `@` and a digest.
    fn full_name(self) -> String {
        let reference = self.reference.get();
        let separator = if reference.contains(':') { '@' } else { ':' };
        format!(
            "{}/{}{separator}{reference}",
            self.namespace.get(),
            self.name.get()
        )
    }
}

/// Draws what is below the tabs.
type Body = fn(Place, StoredValue<Tag>, Scan) -> AnyView;

/// The page with the layers, or any tab that is not known.
pub fn page() -> AnyView {
    draw(parameter("tab"), content)
}

/// The page with the components.
pub fn components() -> AnyView {
    draw(Memo::new(|_| "components".to_owned()), all_components)
}

/// The page with the chain of custody.
pub fn custody() -> AnyView {
    draw(Memo::new(|_| "custody".to_owned()), |place, tag, _| {
        tag.with_value(|tag| custody::tab(place, tag))
    })
}

/// The tabs whose code is fetched by those alone who open one of them.
#[derive(Clone, Copy)]
pub enum Details {
    /// What another image has, and this one has not.
    Comparison,
    /// How it is run.
    Configuration,
    /// What was pushed.
    Manifest,
    /// What refers to it.
    Referrers,
    /// Who signed it.
    Signatures,
}

impl Details {
    /// In the page's address.
    const fn name(self) -> &'static str {
        match self {
            Self::Comparison => "compare",
            Self::Configuration => "config",
            Self::Manifest => "manifest",
            Self::Referrers => "referrers",
            Self::Signatures => "signatures",
        }
    }
}

/// The page with one of those tabs.
pub fn details(of: Details) -> AnyView {
    draw(Memo::new(move |_| of.name().to_owned()), detail)
}

fn draw(tab: Memo<String>, body: Body) -> AnyView {
    let place = Place::here(tab);
    let loaded = load(move || place.api());
    let repository =
        load(move || paths::api::repository(&place.namespace.get(), &place.name.get()));
    shown_together(vec![loaded, repository], move |replies| {
        let [tags, repository] = replies else {
            return Ok(error::not_found());
        };
        let repository: Repository = repository.json()?;
        // One for each platform that the address fits; where it names no variant, there may be several.
        let Some(tag) = tags.json::<Vec<Tag>>()?.into_iter().next() else {
            return Ok(error::not_found());
        };
        let scan = Scan::follow(place, loaded, &tag, repository.permission);
        let tag = StoredValue::new(tag);
        let view = view! {
            {head(place, tag, scan)}
            {tag.with_value(|tag| platforms::switch(place, tag))}
            {tag.with_value(|tag| tabs(place, tag, scan))}
            {move || body(place, tag, scan)}
        };
        Ok(view.into_any())
    })
}

fn content(place: Place, tag: StoredValue<Tag>, scan: Scan) -> AnyView {
    match place.tab.get().as_str() {
        "layers" => layers::tab(place, tag, scan),
        _ => error::not_found(),
    }
}

fn all_components(place: Place, tag: StoredValue<Tag>, scan: Scan) -> AnyView {
    if scan.is_of_image() {
        components::tab(place, tag, scan)
    } else {
        error::not_found()
    }
}

fn detail(place: Place, tag: StoredValue<Tag>, scan: Scan) -> AnyView {
    match place.tab.get().as_str() {
        "compare" if scan.is_of_image() => {
            compare::tab(place, tag.with_value(|tag| tag.manifest.digest.clone()))
        }
        "config" => tag.with_value(config::tab),
        "manifest" => manifest::tab(place, &tag.get_value()),
        "signatures" => tag.with_value(|tag| signatures::tab(place, tag)),
        "referrers" => referrers::tab(place, &tag.get_value(), scan.is_of_image()),
        _ => error::not_found(),
    }
}

fn head(place: Place, tag: StoredValue<Tag>, scan: Scan) -> AnyView {
    let host = Env::get().host;
    // docker cannot pull what is no image.
    let is_artifact = tag.with_value(|tag| tag.manifest.kind == Kind::Artifact);
    let pull = Signal::derive(move || {
        let client = if is_artifact { "oras" } else { "docker" };
        format!("{client} pull {}/{}", host.get(), place.full_name())
    });
    let tag = tag.get_value();
    let manifest = &tag.manifest;
    let layers = layer_count(manifest);
    let size = manifest.size.unwrap_or(tag.size);
    let what = match manifest.kind {
        Kind::Image | Kind::Index => format::platform(
            manifest.os.as_deref(),
            manifest.architecture.as_deref(),
            manifest.variant.as_deref(),
        ),
        Kind::Attestation => "attestation".to_owned(),
        Kind::Artifact => manifest
            .artifact_type
            .clone()
            .unwrap_or_else(|| "artifact".to_owned()),
    };
    let in_layers =
        (layers > 0).then(|| format!(" in {}", format::counted(layers as u64, "layer")));
    let by = (!tag.author.is_empty()).then(|| format!(" by {}", tag.author));
    view! {
        <div class="head">
            <div>
                <h1>
                    <span class="part">
                        {place.namespace} " / " {place.name} {move || if place.reference.with(|r| r.contains(':')) { " @ " } else { " : " }}
                    </span>
                    {move || place.reference.with(|r| if r.contains(':') { format::short(r) } else { r.clone() })}
                </h1>
                <p class="row dots">
                    <span>{what}</span>
                    <span>
                        <span class="digest">{format::short(&manifest.digest)}</span>
                        " "
                        <CopyButton text=manifest.digest.clone() label="Copy the digest" />
                    </span>
                    <span>{format::bytes(size)} {in_layers}</span>
                    <span>"pushed " {clock::ago(tag.updated_at)} {by}</span>
                    {tag.job.as_ref().map(|pushing| view! { <span>{job::job(pushing)}</span> })}
                </p>
                {signed::chip(&tag, &untrack(|| place.tab("signatures")))}
                {scan.line()}
            </div>
            <div class="acts">
                {scan.button()}
                <CopyAction text=pull label="Pull command" />
            </div>
        </div>
    }
    .into_any()
}

/// How many lines of the Dockerfile made a layer.
fn layer_count(manifest: &api::manifest::Manifest) -> usize {
    let lines = manifest.dockerfile.iter().flatten();
    lines.filter(|line| !line.is_empty).count()
}

fn tabs(place: Place, tag: &Tag, scan: Scan) -> AnyView {
    let tab = move |id: &'static str, label: &'static str, count: Signal<Option<u64>>| {
        let href = move || place.tab(id);
        view! {
            <li>
                <a href=href aria-current=move || (place.tab.get() == id).then_some("page")>
                    {label}
                    {move || count.get().map(|count| view! { <span class="count">{count}</span> })}
                </a>
            </li>
        }
    };
    let (is_image, layers) = (
        tag.manifest.config.is_some(),
        layer_count(&tag.manifest) as u64,
    );
    view! {
        {move || title(place.full_name())}
        <nav class="tabs" aria-label="Image">
            <ul>
                {tab("layers", "Layers", Signal::stored(Some(layers)))}
                {scan.is_of_image().then(|| tab("components", "Components", scan.components()))}
                {is_image.then(|| tab("config", "Configuration", Signal::stored(None)))}
                {tab("manifest", "Manifest", Signal::stored(None))}
                {scan.is_of_image().then(|| tab("compare", "Compare", Signal::stored(None)))}
                {tab("referrers", "Referrers", Signal::stored(Some(tag.referrers)))}
                {tab("signatures", "Signatures", Signal::stored(None))}
                {tab("custody", "Custody", Signal::stored(None))}
            </ul>
        </nav>
    }
    .into_any()
}

/// A card that says that there is nothing of that kind.
fn nothing(icon: Icon, heading: &'static str, words: &'static str) -> AnyView {
    view! {
        <div class="card empty">
            {icon.draw()}
            <h2>{heading}</h2>
            <p>{words}</p>
        </div>
    }
    .into_any()
}
