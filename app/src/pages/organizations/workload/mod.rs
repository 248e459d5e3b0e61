//! Workload identity: which CI jobs the organization trusts, and how a job makes use of it.

mod form;

use api::workload::{
    UpdateWorkloadTrust, WorkloadAccess, WorkloadKind, WorkloadRights, WorkloadTrust,
};
use leptos::prelude::*;

use super::with_tab_of_managers;
use crate::{
    boot::Env,
    client,
    components::{
        clock::ago,
        filter::{Filter, nothing_or},
        load::{Loaded, load, shown_with},
        pager::pager_if_needed,
        remove::Remove,
        table,
        task::Task,
        toast::Toasts,
    },
    pages::query,
    paths,
};

/// What the parts of the tab share.
#[derive(Clone, Copy)]
struct Page {
    org: StoredValue<String>,
    loaded: Loaded,
    /// The trust that is being changed; none, where the form makes a new one.
    editing: RwSignal<Option<WorkloadTrust>>,
}

/// The page with it.
pub(crate) fn page() -> AnyView {
    with_tab_of_managers("workload", tab)
}

/// The tab of an organization.
fn tab(org: String) -> AnyView {
    let org = StoredValue::new(org);
    let (filter, start) = (query("filter"), query("start"));
    let page = Page {
        org,
        loaded: load(move || {
            paths::api::trusts_page(&org.get_value(), &filter.get(), &start.get())
        }),
        editing: RwSignal::new(None),
    };
    view! {
        <div class="stack">
            <p class="muted">
                "A CI job shows the ID token that GitLab or GitHub signed for it, and needs no stored password. What meets the conditions \
                of a trust has its rights, for five minutes at a time."
            </p>
            <div>
                <Filter placeholder="Filter by name or issuer" label="Filter trusts" />
                {shown_with(
                    page.loaded,
                    move |trusts: Vec<WorkloadTrust>, reply| list(page, trusts, pager_if_needed(reply, "start").into_any()),
                )}
            </div>
            {move || form::draw(page, page.editing.get())}
        </div>
    }
    .into_any()
}

fn list(page: Page, trusts: Vec<WorkloadTrust>, pager: AnyView) -> AnyView {
    if trusts.is_empty() {
        return nothing_or(|| table::empty("No CI job is trusted yet."));
    }
    view! {
        <div class="stack">
            {trusts.into_iter().map(|trust| card(page, trust)).collect_view()}
            {pager}
        </div>
    }
    .into_any()
}

fn card(page: Page, trust: WorkloadTrust) -> AnyView {
    let heading = format!("trust-{}", trust.name);
    let labelled = heading.clone();
    let conditions: Vec<_> = trust
        .conditions
        .iter()
        .map(|(claim, pattern)| view! { <div><code>{format!("{claim} = {pattern}")}</code></div> })
        .collect();
    view! {
        <section class="card" aria-labelledby=labelled>
            <header>
                <h2 id=heading>{trust.name.clone()}</h2>
                {(!trust.is_active).then(|| view! { <span class="chip minor">"Switched off"</span> })}
                <div class="acts">{actions(page, &trust)}</div>
            </header>
            <div class="body stack">
                <dl class="facts">
                    <dt>"Tokens of"</dt>
                    <dd>{kind_word(trust.kind)} ", " {trust.issuer.clone()}</dd>
                    <dt>"Conditions"</dt>
                    <dd>{conditions}</dd>
                    <dt>"May"</dt>
                    <dd>{rights(&trust.rights)}</dd>
                    <dt>"Last job"</dt>
                    <dd>{last(trust.last_used, trust.last_job.clone(), "none yet")}</dd>
                    <dt>"Last refused"</dt>
                    <dd>{last(trust.last_refused, trust.last_refusal.clone(), "none")}</dd>
                </dl>
                {for_the_pipeline(page, &trust)}
            </div>
        </section>
    }
    .into_any()
}

const fn kind_word(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::GitLab => "GitLab CI",
        WorkloadKind::GitHub => "GitHub Actions",
    }
}

const fn access_word(access: WorkloadAccess) -> &'static str {
    match access {
        WorkloadAccess::ReadOnly => "read-only",
        WorkloadAccess::ReadWrite => "read-write",
    }
}

fn rights(rights: &WorkloadRights) -> String {
    let all = rights
        .namespace
        .map(|access| format!("all repositories: {}", access_word(access)));
    let single = rights
        .repositories
        .iter()
        .map(|grant| format!("{}: {}", grant.repository, access_word(grant.access_level)));
    let words: Vec<String> = all.into_iter().chain(single).collect();
    if words.is_empty() {
        "nothing but pull what is public".to_owned()
    } else {
        words.join("; ")
    }
}

fn last(time: Option<time::OffsetDateTime>, what: Option<String>, never: &'static str) -> AnyView {
    match time {
        Some(time) => view! { {ago(time)} " · " {what} }.into_any(),
        None => view! { <span class="muted">{never}</span> }.into_any(),
    }
}

fn actions(page: Page, trust: &WorkloadTrust) -> AnyView {
    let toasts = Toasts::get();
    let task = Task::default();
    let place = StoredValue::new(paths::api::trust(&page.org.get_value(), &trust.name));
    let (is_active, name) = (trust.is_active, trust.name.clone());
    let switch = move |_| {
        let body = UpdateWorkloadTrust {
            is_active: Some(!is_active),
            ..UpdateWorkloadTrust::default()
        };
        task.run(client::send("PATCH", place.get_value(), &body), move |_| {
            toasts.good(if is_active {
                "Switched off"
            } else {
                "Switched on"
            });
            page.loaded.refetch();
        });
    };
    let edited = StoredValue::new(trust.clone());
    view! {
        <button type="button" class="btn" on:click=move |_| page.editing.set(Some(edited.get_value()))>
            "Change"
        </button>
        <button type="button" class="btn" disabled=task.busy on:click=switch>
            {if is_active { "Switch off" } else { "Switch on" }}
        </button>
        <Remove
            label=format!("Remove {name}")
            title=format!("Remove the trust {name}?")
            said=format!("Removed {name}")
            deed=Callback::new(move |()| client::delete(place.get_value()))
            done=Callback::new(move |()| page.loaded.refetch())
        >
            <p>"Its jobs are refused from now on; what they hold goes on for five minutes at most."</p>
        </Remove>
    }
    .into_any()
}

/// The lines for the pipeline's file.
fn for_the_pipeline(page: Page, trust: &WorkloadTrust) -> AnyView {
    let host = Env::get().host;
    let (kind, audience) = (trust.kind, trust.audience.clone());
    let user = format!("{}/{}", page.org.get_value(), trust.name);
    let lines = move || lines(kind, &audience, &user, &host.get());
    view! {
        <details>
            <summary>"For the pipeline"</summary>
            <pre class="block" tabindex="0">
                {lines}
            </pre>
        </details>
    }
    .into_any()
}

fn lines(kind: WorkloadKind, audience: &str, user: &str, host: &str) -> String {
    let login = format!("docker login --username {user} --password-stdin {host}");
    match kind {
        WorkloadKind::GitLab => format!(
            "push:\n  id_tokens:\n    REGISTRY_TOKEN:\n      aud: {audience}\n  script:\n    - echo \"$REGISTRY_TOKEN\" | {login}\n"
        ),
        WorkloadKind::GitHub => format!(
            "permissions:\n  id-token: write\nsteps:\n  - run: |\n      curl --silent --show-error --fail \\\n        --header \
             \"Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN\" \\\n        \
             \"$ACTIONS_ID_TOKEN_REQUEST_URL&audience={audience}\" |\n        jq --raw-output .value | {login}\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_asks_for_the_audience_and_signs_in() {
        for kind in [WorkloadKind::GitLab, WorkloadKind::GitHub] {
            let text = lines(kind, "https://r.example", "acme/ci", "r.example");
            assert!(text.contains("https://r.example"), "{text}");
            assert!(
                text.contains("docker login --username acme/ci --password-stdin r.example\n"),
                "{text}"
            );
        }
    }
}
