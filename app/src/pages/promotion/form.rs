//! The form of a policy: a new one, or one that is changed, with what it would do beside it.

use api::promotion::{CreatePromotionPolicy, PolicyRevision, PromotionPolicy, Rule};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

use super::{
    criteria::{Criteria, words},
    trial,
};
use crate::{
    client,
    components::{
        clock::ago,
        field::{Check, Field, needs_script, notice},
        load::{load, shown, shown_or_notice},
        task::Task,
        toast::Toasts,
    },
    pages::{parameter, repository::Context},
    paths,
};

/// A new policy.
pub(super) fn new(context: Context) -> AnyView {
    draw(context, None)
}

/// The policy of the page's address.
pub(super) fn change(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let id = parameter("policy");
    let loaded = load(move || paths::api::policy(&namespace, &name, &id.get()));
    shown(loaded, move |policy: PromotionPolicy| {
        draw(context, Some(policy))
    })
}

/// What the form has.
#[derive(Clone, Copy)]
struct Form {
    criteria: Criteria,
    target: RwSignal<String>,
    template: RwSignal<String>,
    referrers: RwSignal<bool>,
    enabled: RwSignal<bool>,
}

impl Form {
    fn of(policy: Option<&PromotionPolicy>) -> Self {
        let first = [Rule {
            field: "vulnerability_all".to_owned(),
            operator: "lte".to_owned(),
            values: vec!["0".to_owned()],
            ..Rule::default()
        }];
        Self {
            criteria: Criteria::of(policy.map_or(&first[..], |policy| &policy.rules)),
            target: RwSignal::new(
                policy.map_or_else(String::new, |policy| policy.target_repository.clone()),
            ),
            template: RwSignal::new(
                policy.map_or_else(|| "%n".to_owned(), |policy| policy.tag_template.clone()),
            ),
            referrers: RwSignal::new(policy.is_none_or(|policy| policy.include_referrers)),
            enabled: RwSignal::new(policy.is_none_or(|policy| policy.enabled)),
        }
    }

    /// As it is now; read as signals are.
    fn read(self) -> CreatePromotionPolicy {
        CreatePromotionPolicy {
            enabled: Some(self.enabled.get()),
            rules: self.criteria.rules(),
            tag_template: self.template.get(),
            target_repository: self.target.get().trim().to_owned(),
            include_referrers: Some(self.referrers.get()),
        }
    }
}

fn draw(context: Context, policy: Option<PromotionPolicy>) -> AnyView {
    let (namespace, name) = context.names();
    let form = Form::of(policy.as_ref());
    let id = policy.as_ref().map(|policy| policy.id.to_string());
    let test = paths::api::policy(&namespace, &name, "test");
    let saved = id.clone().unwrap_or_default();
    view! {
        <div class="promotion">
            <div class="stack">
                {fields(context, form, id.clone())}
                {id.map(|id| revisions(paths::api::revisions(&namespace, &name, &id)))}
            </div>
            {trial::draw(test, saved, move || form.read())}
        </div>
    }
    .into_any()
}

fn fields(context: Context, form: Form, id: Option<String>) -> AnyView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let task = Task::default();
    let (namespace, name) = context.names();
    let back = paths::repository(&namespace, &name, "promotions");
    let next = StoredValue::new(back.clone());
    let (method, path) = match &id {
        Some(id) => ("PUT", paths::api::policy(&namespace, &name, id)),
        None => ("POST", paths::api::policies(&namespace, &name)),
    };
    let path = StoredValue::new(path);
    let save = Callback::new(move |apply: bool| {
        let apply = if apply { "true" } else { "false" };
        let path = paths::with_query(&path.get_value(), [("initialEvaluation", apply)]);
        let navigate = navigate.clone();
        let body = untrack(|| form.read());
        task.run(client::send(method, path, &body), move |_| {
            toasts.good("Policy saved");
            navigate(&next.get_value(), leptos_router::NavigateOptions::default());
        });
    });
    view! {
        <section class="card" aria-labelledby="criteria">
            <header>
                <h2 id="criteria">"Promote to target if…"</h2>
                <span class="muted small">"all of these hold"</span>
            </header>
            <div class="body form">
                {needs_script()} {form.criteria.draw()}
                <Field
                    label="Target repository"
                    value=form.target
                    required=true
                    max=255
                    hint="namespace/name, as admin/flask. You need admin access to it."
                />
                <Field
                    label="Tag name in target"
                    value=form.template
                    required=true
                    max=500
                    hint="%n is the tag; %Y year, %m month, %d day, %H hour, %M minute, %j day of the year, %{digest.short}, \
                    %{label:NAME}, %{source.repository}."
                />
                <Check
                    label="With what refers to the image"
                    value=form.referrers
                    hint="Signatures, SBOMs and attestations that are attached as referrers. Notary signatures are never promoted."
                />
                <Check label="Switched on" value=form.enabled />
                {move || task.message().get().map(notice)} <div class="acts">
                    <a class="btn" href=back>
                        "Cancel"
                    </a>
                    <button type="button" class="btn" disabled=task.busy on:click=move |_| save.run(false)>
                        "Save"
                    </button>
                    <button type="button" class="btn primary" disabled=task.busy on:click=move |_| save.run(true)>
                        "Save & Apply"
                    </button>
                </div>
                <p class="hint">
                    "Save is for tags that are set from now on; Save & Apply also promotes the tags that there are. The policy works with your rights, as they are each time."
                </p>
            </div>
        </section>
    }
    .into_any()
}

fn revisions(path: String) -> AnyView {
    let loaded = load(move || path.clone());
    view! {
        <section class="card" aria-labelledby="revisions">
            <header>
                <h2 id="revisions">"Revisions"</h2>
            </header>
            <div class="body stack">
                {shown_or_notice(
                    loaded,
                    move |revisions: Vec<PolicyRevision>| { revisions.iter().map(revision).collect_view().into_any() },
                )}
            </div>
        </section>
    }
    .into_any()
}

fn revision(of: &PolicyRevision) -> AnyView {
    let criteria: Vec<String> = of.rules.iter().map(words).collect();
    let state = if of.enabled { "" } else { ", switched off" };
    view! {
        <div>
            <b>{of.revision}</b>
            " by "
            {of.author.clone()}
            ", "
            {ago(of.made_at)}
            {state}
            <div class="muted small">
                {criteria.join("; ")} " → " {of.target_repository.clone()} ":" {of.tag_template.clone()}
            </div>
        </div>
    }
    .into_any()
}
