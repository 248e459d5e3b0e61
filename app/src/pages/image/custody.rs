//! Custody: what is known of the image, from the commit to who pulled it, as a line of stations, each with the way to its event.

use api::{
    custody::{Custody, Station, StationKind, StationStanding},
    tag::Tag,
};
use leptos::prelude::*;

use super::Place;
use crate::{
    components::{
        copy::CopyButton,
        icon::Icon,
        load::{load, shown},
    },
    format, paths,
};

/// The tab.
pub(super) fn tab(place: Place, tag: &Tag) -> AnyView {
    let platform = (tag.manifest.digest != tag.digest).then(|| tag.manifest.digest.clone());
    view! {
        <div class="stack">
            {line(place, "From commit to cluster", tag.digest.clone())}
            {platform.map(|digest| line(place, "Of this platform", digest))}
        </div>
    }
    .into_any()
}

fn line(place: Place, heading: &'static str, digest: String) -> AnyView {
    let loaded = load(move || {
        let (namespace, name) = (place.namespace.get(), place.name.get());
        paths::api::custody(&namespace, &name, &digest)
    });
    shown(loaded, move |custody: Custody| {
        let evidence = custody.may_download.then(|| {
            let (namespace, name) = custody.repository.split_once('/').unwrap_or_default();
            evidence(paths::api::evidence(namespace, name, &custody.digest))
        });
        let stations = custody.stations.iter();
        let stations = stations.map(|one| station(place, &custody.repository, one));
        view! {
            <section class="card" aria-label=heading>
                <header>
                    <h2>{heading}</h2>
                    <div class="acts">{evidence}</div>
                </header>
                <div class="body">
                    <ol class="stations">{stations.collect_view()}</ol>
                </div>
            </section>
        }
        .into_any()
    })
}

/// The way to take the line away with its proofs.
fn evidence(href: String) -> AnyView {
    view! {
        <a
            class="btn"
            rel="external"
            download=""
            href=href
            title="Verify it on any machine: plimsoll verify-evidence FILE --key KEY"
        >
            "Download evidence"
        </a>
    }
    .into_any()
}

fn station(place: Place, here: &str, of: &Station) -> AnyView {
    let class = match of.standing {
        StationStanding::Recorded | StationStanding::Verified => "good",
        StationStanding::Refused => "bad",
        StationStanding::Missing | StationStanding::Hidden => "gap",
        StationStanding::Claimed => "",
    };
    let chip = match of.standing {
        StationStanding::Recorded => None,
        StationStanding::Verified => Some(("chip clean", "Verified")),
        StationStanding::Claimed => Some(("chip", "Claimed")),
        StationStanding::Refused => Some(("chip critical", "Refused")),
        StationStanding::Missing => Some(("chip minor", "Gap")),
        StationStanding::Hidden => Some(("chip", "Not shown")),
    };
    let labels: Vec<_> = of.labels.iter().collect();
    view! {
        <li class=class>
            <span class="when">{when(of)}</span>
            <span class="sign">{icon(of.kind).draw()}</span>
            <div>
                <h3>
                    {heading(of.kind)} " "
                    {chip.map(|(class, word)| view! { <span class=class>{word}</span> })}
                </h3>
                <p>{of.what.clone()} {times(of)} {who(of)} {of.reason.as_ref().map(|why| format!(": {why}"))}</p>
                {(!labels.is_empty())
                    .then(|| {
                        view! {
                            <p class="small faint">
                                {labels
                                    .iter()
                                    .map(|(name, text)| {
                                        format!("{} {text}", name.rsplit('.').next().unwrap_or_default())
                                    })
                                    .collect::<Vec<_>>()
                                    .join(" · ")}
                            </p>
                        }
                    })}
                {links(place, here, of)}
            </div>
        </li>
    }
    .into_any()
}

fn when(of: &Station) -> Option<AnyView> {
    let at = of.at?;
    let until = of
        .until
        .map(|until| format!(" to {}", format::absolute(until)));
    Some(
        view! { <time datetime=format::machine(at)>{format::absolute(at)} {until}</time> }
            .into_any(),
    )
}

fn times(of: &Station) -> Option<String> {
    let times = of.times.filter(|times| *times > 1)?;
    Some(format!(" {times} times"))
}

/// Who it was, where the words do not say it already, with what, and from where. The registry's own hands come with nothing but their
/// name.
fn who(of: &Station) -> String {
    let actor = of.actor.as_ref().filter(|actor| {
        let said = [format!("signed by {actor}"), format!(", as {actor} asked ")];
        !said.iter().any(|words| of.what.contains(words))
    });
    let mut words = String::new();
    let mut last = None;
    for (before, word) in [
        (" by ", actor),
        (", with ", of.credential.as_ref()),
        (", from ", of.address.as_ref()),
    ] {
        if let Some(word) = word.filter(|word| last != Some(*word)) {
            words.push_str(before);
            words.push_str(word);
            last = Some(word);
        }
    }
    words
}

/// Where it happened, where that is elsewhere; another manifest that it is about; and what recorded it.
fn links(page: Place, here: &str, of: &Station) -> Option<AnyView> {
    let place = of.repository.as_deref().unwrap_or(here);
    let (namespace, name) = place.split_once('/')?;
    let elsewhere = (place != here).then(|| {
        let href = paths::repository(namespace, name, "tags");
        view! { <a href=href>{place.to_owned()}</a> }.into_any()
    });
    let digest = of.digest.clone().map(|digest| {
        view! {
            <span>
                <span class="digest">{format::short(&digest)}</span>
                " "
                <CopyButton text=digest label="Copy the digest" />
            </span>
        }
        .into_any()
    });
    let source =
        source(page, place, of).map(|(href, word)| view! { <a href=href>{word}</a> }.into_any());
    let links: Vec<AnyView> = [elsewhere, digest, source].into_iter().flatten().collect();
    (!links.is_empty()).then(|| {
        let links = links.into_iter().enumerate();
        let links = links.map(|(at, link)| view! { {(at > 0).then_some(" · ")} {link} });
        view! { <div class="small">{links.collect_view()}</div> }.into_any()
    })
}

/// What recorded it: its event, the update of the vulnerability data, or the tab of this page that shows the thing itself.
fn source(page: Place, place: &str, of: &Station) -> Option<(String, &'static str)> {
    if let Some(event) = of.event {
        let of = of.event_repository.as_deref().unwrap_or(place);
        let (namespace, name) = of.split_once('/')?;
        let activity = paths::repository(namespace, name, "activity");
        let event = event.to_string();
        return Some((
            paths::with_query(&activity, [("event", event.as_str())]),
            "Event",
        ));
    }
    if let Some(generation) = of.generation {
        return Some((paths::changed_images(generation), "Update"));
    }
    let (tab, word) = match (of.kind, of.standing) {
        (_, StationStanding::Missing | StationStanding::Hidden) => return None,
        (StationKind::Source, _) => ("config", "Configuration"),
        (StationKind::Build, _) if of.digest.is_none() => ("config", "Configuration"),
        (StationKind::Content, _) => ("layers", "Layers"),
        (StationKind::Scan, _) => ("components", "Components"),
        (StationKind::Build | StationKind::Signature, _) => ("signatures", "Signatures"),
        _ => return None,
    };
    Some((page.tab(tab), word))
}

const fn heading(kind: StationKind) -> &'static str {
    match kind {
        StationKind::Source => "Commit",
        StationKind::Build => "Build",
        StationKind::Content => "Content",
        StationKind::Push => "Push",
        StationKind::Scan => "Scan",
        StationKind::Promotion => "Promotion",
        StationKind::Signature => "Signature",
        StationKind::Admission => "Admission",
        StationKind::Pull => "Pull",
        StationKind::Deletion => "Deletion",
        StationKind::More => "More",
    }
}

const fn icon(kind: StationKind) -> Icon {
    match kind {
        StationKind::Source => Icon::Branch,
        StationKind::Build => Icon::Gear,
        StationKind::Content => Icon::Box,
        StationKind::Push => Icon::Up,
        StationKind::Scan => Icon::Shield,
        StationKind::Promotion => Icon::Flow,
        StationKind::Signature => Icon::Key,
        StationKind::Admission => Icon::Lock,
        StationKind::Pull => Icon::Down,
        StationKind::Deletion => Icon::Bin,
        StationKind::More => Icon::Question,
    }
}
