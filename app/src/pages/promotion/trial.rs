//! What a policy that is being written would do to the tags that there are.

use api::promotion::{CreatePromotionPolicy, PolicyTrial, TriedTag, Verdict};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    client,
    components::{field::Check, icon::Icon},
    format, paths,
};

/// Tags that are shown at first.
const FIRST: usize = 8;

/// The card: it asks again whenever `form` changes.
///
/// `policy` is the id of the saved one that is being changed; empty of a new one.
pub(super) fn draw(
    test: String,
    policy: String,
    form: impl Fn() -> CreatePromotionPolicy + Send + Sync + 'static,
) -> AnyView {
    let answer: RwSignal<Option<Result<PolicyTrial, String>>> = RwSignal::new(None);
    let asked = StoredValue::new(0u32);
    let whole = RwSignal::new(false);
    let revised = !policy.is_empty();
    let recent = RwSignal::new(false);
    let path = move || {
        let days = if recent.get() { "30" } else { "" };
        paths::with_query(&test, [("policy", policy.as_str()), ("days", days)])
    };
    Effect::new(move |_| {
        let form = form();
        let (number, path) = (asked.get_value() + 1, path());
        asked.set_value(number);
        spawn_local(async move {
            let sent = client::send("POST", path, &form).await;
            let said = sent
                .and_then(|reply| reply.json())
                .map_err(|failure| failure.message);
            // only the answer to what is asked now
            if asked.try_get_value() == Some(number) {
                answer.try_set(Some(said));
            }
        });
    });
    view! {
        <section class="card" aria-labelledby="trial" aria-live="polite">
            <header>
                <h2 id="trial">"What it would do now"</h2>
                <span class="muted small">{move || answer.with(|answer| counted(answer.as_ref()))}</span>
            </header>
            <div class="body stack">
                <Check label="Against the pushes of the last 30 days" value=recent />
                {move || match answer.get() {
                    None => view! { <p class="muted">"Asking…"</p> }.into_any(),
                    Some(Err(message)) => view! { <p class="muted">{message}</p> }.into_any(),
                    Some(Ok(trial)) => said(&trial, revised, whole),
                }}
            </div>
        </section>
    }
    .into_any()
}

fn counted(answer: Option<&Result<PolicyTrial, String>>) -> String {
    match answer {
        Some(Ok(trial)) => {
            let all = trial.would_promote + trial.would_not + trial.unknown;
            format::counted(all, "tag")
        }
        _ => String::new(),
    }
}

fn said(trial: &PolicyTrial, revised: bool, whole: RwSignal<bool>) -> AnyView {
    let number = |count: u64, word: &'static str| {
        view! {
            <div>
                <b>{count}</b>
                <span class="muted">{word}</span>
            </div>
        }
    };
    let difference = revised.then(|| {
        view! {
            <p class="small">
                "Against what is saved: " <span class="chip clean">{format!("{} more", trial.more)}</span> " "
                <span class="chip critical">{format!("{} fewer", trial.fewer)}</span>
            </p>
        }
    });
    let tags = StoredValue::new(trial.tags.clone());
    let count = trial.tags.len();
    let list = move || {
        let shown = if whole.get() { count } else { FIRST };
        tags.with_value(|tags| tags.iter().take(shown).map(line).collect_view())
    };
    view! {
        <div class="tally">
            {number(trial.would_promote, "would promote")} {number(trial.would_not, "would not")}
            {number(trial.unknown, "unknown")}
        </div>
        {difference}
        {(trial.gone > 0)
            .then(|| {
                let gone = format!("Of {} more the image is not there any more.", trial.gone);
                view! { <p class="muted small">{gone}</p> }
            })}
        <ul class="verdicts">{list}</ul>
        <button type="button" class="btn" hidden=move || whole.get() || count <= FIRST on:click=move |_| whole.set(true)>
            {format!("The newest {count}")}
        </button>
    }
    .into_any()
}

fn line(tag: &TriedTag) -> AnyView {
    let (class, icon, word) = mark(tag.verdict, tag.target_tag.is_some());
    let text = match &tag.target_tag {
        Some(target) => format!("Would promote as {target}"),
        None => tag.reason.clone(),
    };
    view! {
        <li>
            <span class=class>{icon.draw()} <span class="sr">{word}</span></span>
            <span>
                <b>{tag.tag.clone()}</b>
                " "
                <span class="muted">{text}</span>
            </span>
        </li>
    }
    .into_any()
}

/// How a verdict is marked, and the word for those who do not see it.
pub(super) fn mark(verdict: Verdict, is_good: bool) -> (&'static str, Icon, &'static str) {
    match verdict {
        Verdict::Holds if is_good => ("yes", Icon::Check, "holds"),
        Verdict::Unknown => ("unknown", Icon::Question, "unknown"),
        Verdict::Holds | Verdict::DoesNotHold => ("no", Icon::Cross, "does not hold"),
    }
}
