//! The policies that a repository is the source or the target of, and what they did.

use api::{
    promotion::{PolicyTally, PromotionPolicy, UpdatePromotionPolicy},
    repository::AccessLevel,
};
use leptos::prelude::*;

use super::{criteria::words, graph, runs};
use crate::{
    client,
    components::{
        clock::ago,
        icon::Icon,
        load::{Loaded, load, shown},
        remove::Remove,
        table,
        task::Task,
        toast::Toasts,
    },
    format,
    pages::{query, repository::Context},
    paths,
};

/// The tab.
pub(super) fn tab(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let side = query("side");
    let is_source = Memo::new(move |_| side.with(|side| side != "target"));
    let api = StoredValue::new(paths::api::policies(&namespace, &name));
    let loaded = load(move || {
        let source = if is_source.get() { "true" } else { "false" };
        paths::with_query(&api.get_value(), [("source", source)])
    });
    let may = context.may(AccessLevel::Admin);
    let tallies: Tallies = RwSignal::new(Vec::new());
    view! {
        <div class="stack">
            {head(&api.get_value(), context, is_source, tallies)}
            {shown(
                loaded,
                move |policies: Vec<PromotionPolicy>| {
                    let page = Page {
                        context,
                        loaded,
                        is_source: is_source.get_untracked(),
                        tallies,
                    };
                    list(page, policies)
                },
            )}
            {graph::draw(context)} {may.then(|| runs::draw(context, is_source))}
            <p class="muted small">
                "An image that is promoted keeps its digest, so that its scan results and what refers to it are there at once. Notary signatures are not promoted: sign the promoted tag."
            </p>
        </div>
    }
    .into_any()
}

/// The two sides, and what is done with all policies.
fn head(api: &str, context: Context, is_source: Memo<bool>, tallies: Tallies) -> AnyView {
    let (namespace, name) = context.names();
    let new = paths::new_policy(&namespace, &name);
    let here = paths::repository(&namespace, &name, "promotions");
    let test = format!("{api}/test");
    view! {
        <div class="sides">
            <nav class="tabs" aria-label="Side">
                <ul>
                    <li>
                        <a href=here.clone() aria-current=move || is_source.get().then_some("page")>
                            "Is source"
                        </a>
                    </li>
                    <li>
                        <a
                            href=paths::with_query(&here, [("side", "target")])
                            aria-current=move || (!is_source.get()).then_some("page")
                        >
                            "Is target"
                        </a>
                    </li>
                </ul>
            </nav>
            {context
                .may(AccessLevel::Admin)
                .then(|| {
                    view! {
                        <div class="acts">
                            {try_all(test, is_source, tallies)} <a class="btn primary" href=new>
                                {Icon::Plus.draw()}
                                "New promotion policy"
                            </a>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

/// What policies would do now, once somebody asked.
type Tallies = RwSignal<Vec<PolicyTally>>;

/// What the cards share.
#[derive(Clone, Copy)]
struct Page {
    context: Context,
    loaded: Loaded,
    is_source: bool,
    tallies: Tallies,
}

/// The button that asks what all policies would do now.
fn try_all(api: String, is_source: Memo<bool>, tallies: Tallies) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let ask = move |_| {
        task.run(client::get(api.clone()), move |reply| {
            tallies.set(reply.json().unwrap_or_default());
        });
    };
    Effect::new(move |_| {
        if let Some(message) = task.message().get() {
            toasts.bad(message);
        }
    });
    view! {
        <button type="button" class="btn" hidden=move || !is_source.get() disabled=task.busy on:click=ask>
            "Dry run"
        </button>
    }
    .into_any()
}

/// What a policy would do now, in words.
fn tallied(tallies: Tallies, policy: &PromotionPolicy) -> AnyView {
    let id = policy.id;
    let words = move || {
        tallies.with(|all| {
            let tally = all.iter().find(|tally| tally.policy == id)?;
            let tags = format::counted(tally.would_promote, "tag");
            let others = match tally.unknown {
                0 => String::new(),
                unknown => format!(", and {unknown} of which something is not known"),
            };
            Some(format!(
                "Now it would promote {tags}, and not {}{others}.",
                tally.would_not
            ))
        })
    };
    view! {
        <p role="status" hidden=move || words().is_none()>
            {words}
        </p>
    }
    .into_any()
}

fn list(page: Page, policies: Vec<PromotionPolicy>) -> AnyView {
    if policies.is_empty() {
        return table::empty("This repository has no promotion policies.");
    }
    let cards = policies.into_iter().map(|policy| card(page, &policy));
    cards.collect_view().into_any()
}

fn card(page: Page, policy: &PromotionPolicy) -> AnyView {
    let Page {
        context,
        loaded,
        is_source,
        tallies,
    } = page;
    let other = if is_source {
        policy.target_repository.clone()
    } else {
        policy.source_repository.clone()
    };
    let heading = format!("policy-{}", policy.id);
    let labelled = heading.clone();
    let may = context.may(AccessLevel::Admin);
    view! {
        <section class="card" aria-labelledby=labelled>
            <header>
                <h2 id=heading>{if is_source { "To " } else { "From " }} {linked(&other)}</h2>
                {(!policy.enabled).then(|| view! { <span class="chip minor">"Switched off"</span> })}
                {policy.stopped.is_some().then(|| view! { <span class="chip critical">"Stopped"</span> })}
                <div class="acts">{may.then(|| actions(context, loaded, policy))}</div>
            </header>
            <div class="body stack">
                {tallied(tallies, policy)}
                {policy
                    .stopped
                    .clone()
                    .map(|reason| {
                        view! {
                            <p class="notice">
                                "It promotes nothing at present: " {reason} ". Whoever administers both repositories can save it again."
                            </p>
                        }
                    })}
                {facts(policy)}
            </div>
        </section>
    }
    .into_any()
}

/// What a policy asks, and what it did.
fn facts(policy: &PromotionPolicy) -> AnyView {
    let criteria: Vec<_> = policy
        .rules
        .iter()
        .map(|rule| view! { <div>{words(rule)}</div> })
        .collect();
    let criteria = if criteria.is_empty() {
        view! { <span class="muted">"None: every image"</span> }.into_any()
    } else {
        criteria.into_any()
    };
    let last = (policy.last_promoted_at.year() > 1).then_some(policy.last_promoted_at);
    let by = (!policy.author.is_empty()).then(|| format!(" by {}", policy.author));
    view! {
        <dl class="facts">
            <dt>"Criteria"</dt>
            <dd>{criteria}</dd>
            <dt>"Tag in target"</dt>
            <dd>
                <code>{policy.tag_template.clone()}</code>
            </dd>
            <dt>"Last promoted"</dt>
            <dd>{last.map_or_else(|| view! { <span class="muted">"Never"</span> }.into_any(), ago)}</dd>
            <dt>"Revision"</dt>
            <dd>{policy.revision} {by} ", " {ago(policy.updated_at)}</dd>
            <dt>"Applies to"</dt>
            <dd>
                {match policy.applies_from {
                    None => view! { "all tags" }.into_any(),
                    Some(from) => view! { "tags set since " {ago(from)} }.into_any(),
                }}
            </dd>
        </dl>
    }
    .into_any()
}

/// A repository by its name; of one that the reader may not see, that there is one.
pub(super) fn linked(full_name: &str) -> AnyView {
    match full_name.split_once('/') {
        Some((namespace, name)) => {
            let href = paths::repository(namespace, name, "tags");
            view! { <a href=href>{full_name.to_owned()}</a> }.into_any()
        }
        None => view! { <span class="muted">"a repository that you may not see"</span> }.into_any(),
    }
}

fn actions(context: Context, loaded: Loaded, policy: &PromotionPolicy) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let (namespace, name) = context.names();
    let id = policy.id.to_string();
    let api = StoredValue::new(paths::api::policy(&namespace, &name, &id));
    let edit = paths::policy(&namespace, &name, &id);
    let enabled = policy.enabled;
    let future = policy.applies_from.is_some();
    let switch = move |_| {
        let body = UpdatePromotionPolicy {
            enabled: Some(!enabled),
            ..UpdatePromotionPolicy::default()
        };
        // what was saved for future pushes stays so
        let apply = if future { "false" } else { "true" };
        let path = paths::with_query(&api.get_value(), [("initialEvaluation", apply)]);
        task.run(client::send("PUT", path, &body), move |_| {
            toasts.good(if enabled {
                "Switched off"
            } else {
                "Switched on"
            });
            loaded.refetch();
        });
    };
    view! {
        <span class="err" role="alert" hidden=move || task.message().get().is_none()>
            {move || task.message().get()}
        </span>
        <a class="btn" href=edit>
            {Icon::Pencil.draw()}
            "Edit"
        </a>
        <button type="button" class="btn" disabled=task.busy on:click=switch>
            {if enabled { "Switch off" } else { "Switch on" }}
        </button>
        <Remove
            label="Delete policy"
            title="Delete this promotion policy?"
            action="Delete"
            said="Policy deleted"
            deed=Callback::new(move |()| client::delete(api.get_value()))
            done=Callback::new(move |()| loaded.refetch())
        >
            <p>"Nothing is promoted by it any more. What it promoted stays."</p>
        </Remove>
    }
    .into_any()
}
