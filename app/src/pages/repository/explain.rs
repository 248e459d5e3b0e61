//! Why somebody may do something in the repository, or may not: the decision, and every right it was made from.

use api::access::{Explanation, Source, SourceKind};
use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::Context;
use crate::{
    components::{
        choice::{LEVELS, level_value, word},
        filter::kept,
        load::{load, shown_or_notice},
    },
    pages::query,
    paths,
};

/// The question, which works without script, and its answer.
pub(super) fn card(context: Context) -> AnyView {
    let (user, filter) = (query("user"), query("filter"));
    let name = RwSignal::new(user.get_untracked());
    let navigate = use_navigate();
    // Into the address, so that the answer can be sent to somebody.
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (namespace, repository) = context.names();
        let page = paths::repository(&namespace, &repository, "permissions");
        let options = NavigateOptions {
            scroll: false,
            ..NavigateOptions::default()
        };
        let (filter, name) = (filter.get_untracked(), name.get_untracked());
        let pairs = [("filter", filter.as_str()), ("user", name.trim())];
        navigate(&paths::with_query(&page, pairs), options);
    };
    let answer = move || {
        let user = user.get();
        (!user.is_empty()).then(|| explained(context, user))
    };
    view! {
        <section class="card" id="why">
            <header>
                <h2>"Why may someone …?"</h2>
            </header>
            <div class="body stack">
                <form class="adding" method="get" action="#why" on:submit=submit>
                    {kept("filter")}
                    <div class="field">
                        <label class="label" for="why-user">
                            "Username"
                        </label>
                        <input
                            id="why-user"
                            type="text"
                            name="user"
                            autocomplete="off"
                            autocapitalize="off"
                            spellcheck="false"
                            required
                            maxlength="100"
                            bind:value=name
                        />
                    </div>
                    <button type="submit" class="btn">
                        "Explain"
                    </button>
                </form>
                {answer}
            </div>
        </section>
    }
    .into_any()
}

fn explained(context: Context, user: String) -> AnyView {
    let loaded = load(move || {
        let (namespace, name) = context.names();
        paths::api::explain(&namespace, &name, user.trim())
    });
    shown_or_notice(loaded, |explanation: Explanation| {
        let chip = explanation.access_level.map_or_else(
            || view! { <span class="chip">"No access"</span> }.into_any(),
            |level| {
                view! { <span class="chip info">{word(LEVELS, level_value(level))}</span> }
                    .into_any()
            },
        );
        view! {
            <div class="stack tight" role="status">
                <p class="row">
                    {chip} <strong>{explanation.user}</strong>
                </p>
                <p>{explanation.reason}</p>
                {sources(&explanation.sources)}
            </div>
        }
        .into_any()
    })
}

/// Why the visitor may do what they may.
pub(super) fn own(context: Context) -> AnyView {
    let loaded = load(move || {
        let (namespace, name) = context.names();
        paths::api::explain(&namespace, &name, "")
    });
    shown_or_notice(loaded, |explanation: Explanation| {
        view! { <div class="stack tight"><p>{explanation.reason}</p> {sources(&explanation.sources)}</div> }
            .into_any()
    })
}

fn sources(sources: &[Source]) -> Option<AnyView> {
    let all = sources.iter().map(source).collect_view();
    (!sources.is_empty()).then(|| {
        view! {
            <p class="muted small">"Every right there is; the highest counts."</p>
            <ul class="sources">{all}</ul>
        }
        .into_any()
    })
}

fn source(source: &Source) -> AnyView {
    let team = source.team.clone().unwrap_or_default();
    let words = match source.kind {
        SourceKind::SiteAdmin => "as an administrator of the registry".to_owned(),
        SourceKind::Owner => "as the owner of the namespace".to_owned(),
        SourceKind::OrgOwner => "as an owner of the organization".to_owned(),
        SourceKind::Team => format!("by the team {team}, in this repository"),
        SourceKind::NamespaceTeam => format!("by the team {team}, in the whole namespace"),
        SourceKind::Public => "because the repository is public".to_owned(),
    };
    view! {
        <li>
            <span class="chip line">{word(LEVELS, level_value(source.access_level))}</span>
            <span>{words}</span>
        </li>
    }
    .into_any()
}
