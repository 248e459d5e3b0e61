//! Configuration: how a container of the image is started.

use api::{manifest::ImageConfig, tag::Tag};
use leptos::prelude::*;

use super::nothing;
use crate::components::{clock, icon::Icon};

/// The tab.
pub(super) fn tab(tag: &Tag) -> AnyView {
    let Some(config) = &tag.manifest.config else {
        return nothing(
            Icon::Gear,
            "No configuration",
            "Only images say how a container is started.",
        );
    };
    let env = config
        .env
        .iter()
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(owned)
        .collect();
    let labels = config
        .labels
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let annotations = tag
        .manifest
        .annotations
        .iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    view! {
        <div class="columns">
            <div class="stack">
                {pairs("Environment", env)} {pairs("Labels", labels)} {pairs("Annotations", annotations)}
            </div>
            {start(tag, config)}
        </div>
    }
    .into_any()
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

fn start(tag: &Tag, config: &ImageConfig) -> AnyView {
    let or = |value: &str, otherwise: &'static str| {
        if value.is_empty() {
            view! { <span class="muted">{otherwise}</span> }.into_any()
        } else {
            view! { <code>{value.to_owned()}</code> }.into_any()
        }
    };
    view! {
        <section class="card">
            <header>
                <h2>"Start"</h2>
            </header>
            <dl class="body facts">
                <dt>"Entrypoint"</dt>
                <dd>{or(&command(&config.entrypoint), "none")}</dd>
                <dt>"Command"</dt>
                <dd>{or(&command(&config.cmd), "none")}</dd>
                <dt>"User"</dt>
                <dd>{or(&config.user, "root")}</dd>
                <dt>"Directory"</dt>
                <dd>{or(&config.working_dir, "/")}</dd>
                <dt>"Ports"</dt>
                <dd>{or(&config.exposed_ports.join(", "), "none")}</dd>
                <dt>"Volumes"</dt>
                <dd>{or(&config.volumes.join(", "), "none")}</dd>
                <dt>"Stop signal"</dt>
                <dd>{or(&config.stop_signal, "SIGTERM")}</dd>
                <dt>"Built"</dt>
                <dd>
                    {tag
                        .manifest
                        .created_at
                        .map_or_else(|| view! { <span class="muted">"unknown"</span> }.into_any(), clock::ago)}
                </dd>
                {tag
                    .manifest
                    .author
                    .clone()
                    .map(|author| {
                        view! {
                            <dt>"Author"</dt>
                            <dd>{author}</dd>
                        }
                    })}
            </dl>
        </section>
    }
    .into_any()
}

/// A command as the image has it: JSON, so that each argument can be told from the next.
fn command(arguments: &[String]) -> String {
    if arguments.is_empty() {
        String::new()
    } else {
        serde_json::to_string(arguments).unwrap_or_default()
    }
}

fn pairs(heading: &'static str, pairs: Vec<(String, String)>) -> AnyView {
    if pairs.is_empty() && heading == "Annotations" {
        return ().into_any();
    }
    let body = if pairs.is_empty() {
        view! { <p class="body muted">"None"</p> }.into_any()
    } else {
        let rows = pairs
            .into_iter()
            .map(|(key, value)| {
                view! {
                    <dt>{key}</dt>
                    <dd>{value}</dd>
                }
            })
            .collect_view();
        view! { <dl class="pairs">{rows}</dl> }.into_any()
    };
    view! {
        <section class="card">
            <header>
                <h2>{heading}</h2>
            </header>
            {body}
        </section>
    }
    .into_any()
}
