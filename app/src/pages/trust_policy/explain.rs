//! Why an image may be pulled, or may not: each thing that is asked of it, by whom, and how it stands.

use api::trust_policy::{EvaluateTrust, TrustMode, TrustReason, TrustVerdict, TrustVerdicts};
use leptos::{ev, html, prelude::*};

use crate::{
    client,
    components::{
        field::{Field, notice},
        icon::Icon,
        task::Task,
    },
    format, paths,
};

/// Explains what is typed, and what is set in `asked`.
pub(super) fn card(asked: RwSignal<Option<String>>) -> AnyView {
    let image = RwSignal::new(String::new());
    let verdict = RwSignal::new(None::<TrustVerdict>);
    let task = Task::default();
    let place = NodeRef::<html::Section>::new();
    let ask = move || {
        let name = image.with_untracked(|text| text.trim().to_owned());
        if name.is_empty() {
            return;
        }
        let body = EvaluateTrust { images: vec![name] };
        let sent = client::send("POST", paths::api::EVALUATE.to_owned(), &body);
        task.run(sent, move |reply| {
            let found: Option<TrustVerdicts> = reply.json().ok();
            verdict.try_set(found.and_then(|mut found| found.images.pop()));
        });
    };
    Effect::new(move |_| {
        if let Some(name) = asked.get() {
            image.set(name);
            ask();
            if let Some(section) = place.get_untracked() {
                section.scroll_into_view();
            }
        }
    });
    view! {
        <section class="card" aria-labelledby="explain" node_ref=place>
            <header>
                <h2 id="explain">"Explain"</h2>
            </header>
            <div class="body stack">
                <form
                    class="form"
                    on:submit=move |event: ev::SubmitEvent| {
                        event.prevent_default();
                        ask();
                    }
                >
                    <Field
                        label="Image"
                        value=image
                        max=500
                        hint="namespace/repository:tag or namespace/repository@digest: what is asked of it by the policies that are saved."
                    />
                    <div class="acts">
                        <button type="submit" class="btn" disabled=task.busy>
                            "Explain"
                        </button>
                    </div>
                </form>
                {move || task.message().get().map(notice)}
                <div aria-live="polite">{move || verdict.get().map(|verdict| draw(&verdict))}</div>
            </div>
        </section>
    }
    .into_any()
}

fn draw(verdict: &TrustVerdict) -> AnyView {
    let (class, icon, words) = if verdict.admitted {
        ("chip clean", Icon::Check, "May be pulled")
    } else {
        ("chip critical", Icon::Cross, "May not be pulled")
    };
    let nothing = verdict
        .reasons
        .is_empty()
        .then(|| view! { <p class="muted">"Nobody asks anything of it."</p> });
    view! {
        <div class="stack tight">
            <p class="row anywhere">
                <span class=class>
                    {icon.draw()}
                    {words}
                </span>
                <code>{verdict.image.clone()}</code>
                {verdict.digest.as_deref().map(|digest| view! { <code>{format::short(digest)}</code> })}
            </p>
            <ul class="plain stack tight">{verdict.reasons.iter().map(line).collect_view()}</ul>
            {nothing}
        </div>
    }
    .into_any()
}

fn line(reason: &TrustReason) -> AnyView {
    let (icon, word) = match (reason.holds, reason.mode) {
        (true, _) => (Icon::Check, "Holds"),
        (false, TrustMode::Enforce) => (Icon::Cross, "Refuses"),
        (false, _) => (Icon::Warning, "Warns"),
    };
    view! {
        <li class="anywhere">
            {icon.draw()}
            " "
            <b>{word}</b>
            ": "
            {reason.reason.clone()}
        </li>
    }
    .into_any()
}
