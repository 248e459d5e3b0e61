//! Why a tag was promoted, or was not, and promoting it by hand.

use api::{
    promotion::{CreatePromotion, TagPolicy, Verdict, VerdictLine},
    tag::Tag,
};
use leptos::{ev, prelude::*};

use super::{list::linked, trial::mark};
use crate::{
    client,
    components::{
        clock::ago,
        field::{Field, needs_script, notice},
        load::{Loaded, load, shown, shown_or_notice},
        table,
        task::Task,
        toast::Toasts,
    },
    pages::{parameter, repository::Context, title},
    paths,
};

/// What the policies say of the tag in the page's address.
pub(super) fn tab(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let tag = parameter("reference");
    let (one, other) = ((namespace.clone(), name.clone()), (namespace, name));
    let loaded = load(move || paths::api::tag_policies(&one.0, &one.1, &tag.get()));
    let shown_tag = load(move || paths::api::tag(&other.0, &other.1, &tag.get()));
    view! {
        {move || title(format!("Policies · {}:{}", context.full_name(), tag.get()))}
        <div class="stack">
            <h2>{move || format!("Why {} was promoted, or was not", tag.get())}</h2>
            {shown_or_notice(shown_tag, |tags: Vec<Tag>| origin(tags))}
            {shown(loaded, |policies: Vec<TagPolicy>| list(policies))} {by_hand(context, tag, loaded)}
        </div>
    }
    .into_any()
}

fn origin(tags: Vec<Tag>) -> AnyView {
    let promotion = tags.into_iter().next().and_then(|tag| tag.promotion);
    promotion
        .map(|from| {
            view! {
                <p>
                    <span class="chip clean">"Promoted"</span>
                    " from "
                    {linked(&from.source_repository)}
                    {(!from.source_tag.is_empty()).then(|| format!(":{}", from.source_tag))}
                    ", "
                    {ago(from.promoted_at)}
                    {(from.revision > 0).then(|| format!(", by revision {} of its policy", from.revision))}
                    ". Notary signatures were not promoted with it."
                </p>
                {(!from.lines.is_empty())
                    .then(|| {
                        view! {
                            <details>
                                <summary>"What the policy said of it then"</summary>
                                <ul class="verdicts">{from.lines.iter().map(line).collect_view()}</ul>
                            </details>
                        }
                    })}
            }
        })
        .into_any()
}

fn list(policies: Vec<TagPolicy>) -> AnyView {
    if policies.is_empty() {
        return table::empty("No promotion policy looks at this repository.");
    }
    policies.iter().map(card).collect_view().into_any()
}

fn card(of: &TagPolicy) -> AnyView {
    let heading = format!("policy-{}", of.policy.id);
    let labelled = heading.clone();
    let (class, word) = match of.verdict {
        Verdict::Holds => ("chip clean", "Holds"),
        Verdict::DoesNotHold => ("chip critical", "Does not hold"),
        Verdict::Unknown => ("chip minor", "Unknown"),
    };
    let target = of.target_tag.clone();
    view! {
        <section class="card" aria-labelledby=labelled>
            <header>
                <h2 id=heading>
                    "To " {linked(&of.policy.target_repository)} {target.map(|tag| format!(":{tag}"))}
                </h2>
                <span class=class>{word}</span>
            </header>
            <div class="body stack">
                <p>{of.outcome.clone()}</p>
                <ul class="verdicts">{of.lines.iter().map(line).collect_view()}</ul>
                <p class="muted small">
                    {format!("Revision {}", of.policy.revision)}
                    {of.runs.first().map(|run| view! { ", " {if run.is_done { "promoted " } else { "refused " }} {ago(run.made_at)} })}
                </p>
            </div>
        </section>
    }
    .into_any()
}

fn line(of: &VerdictLine) -> AnyView {
    let (class, icon, word) = mark(of.verdict, true);
    let found: Vec<_> = of
        .found
        .iter()
        // the first ones are in the reason
        .filter(|found| !of.reason.contains(&found.what))
        .map(|found| {
            let place = found.place.as_ref().filter(|place| !place.is_empty());
            let place = place.map(|place| format!(" ({place})"));
            view! {
                <li>
                    {found.what.clone()}
                    <span class="muted">{place}</span>
                </li>
            }
        })
        .collect();
    view! {
        <li>
            <span class=class>{icon.draw()} <span class="sr">{word}</span></span>
            <div>
                <b>{of.criterion.clone()}</b>
                ": "
                {of.reason.clone()}
                {(!found.is_empty()).then(|| view! { <ul class="small">{found}</ul> })}
            </div>
        </li>
    }
    .into_any()
}

fn by_hand(context: Context, tag: Memo<String>, loaded: Loaded) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let target = RwSignal::new(String::new());
    let target_tag = RwSignal::new(tag.get_untracked());
    let promote = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let (namespace, name) = context.names();
        let body = CreatePromotion {
            target_repository: target.get_untracked().trim().to_owned(),
            target_tag: target_tag.get_untracked().trim().to_owned(),
            include_referrers: None,
        };
        let said = format!("Promoted to {}:{}", body.target_repository, body.target_tag);
        let path = paths::api::promote(&namespace, &name, &tag.get_untracked());
        task.run(client::send("POST", path, &body), move |_| {
            toasts.good(said);
            loaded.refetch();
        });
    };
    view! {
        <form class="card" on:submit=promote>
            <header>
                <h2>"Promote by hand"</h2>
            </header>
            <div class="body form">
                {needs_script()}
                <Field
                    label="Target repository"
                    value=target
                    required=true
                    max=255
                    hint="namespace/name. You need read-write access to it."
                    error=task.about("targetRepository")
                /> <Field label="Target tag" value=target_tag required=true max=128 />
                {
                    let other = task.about_none_of(&["targetRepository"]);
                    move || other.get().map(notice)
                } <div class="acts">
                    <button type="submit" class="btn primary" disabled=task.busy>
                        "Promote"
                    </button>
                </div>
            </div>
        </form>
    }
    .into_any()
}
