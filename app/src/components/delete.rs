//! The card at the end of a thing's settings by which it is deleted, once its name was typed.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    dialog::Confirm,
    owned::{self, Owned},
    task::Task,
    toast::Toasts,
};
use crate::client;

/// The card with its question.
#[component]
pub fn DeleteCard(
    /// What is done, as `Delete team`: heading and button.
    action: &'static str,
    /// The name that must be typed.
    name: String,
    /// The question, where it is not `action` and `name`.
    #[prop(optional, into)]
    title: Option<String>,
    /// What is told when it is done, where it is not that `name` is deleted.
    #[prop(optional, into)]
    said: Option<String>,
    /// The resource of the API that is deleted.
    path: Signal<String>,
    /// The resource that is deleted where the repositories are to go, too.
    #[prop(optional, into)]
    with_repositories: Option<String>,
    /// The page that is shown then.
    next: String,
    /// What goes with it.
    warning: &'static str,
    /// The same, counted when the question is asked.
    #[prop(optional)]
    owned: Vec<Owned>,
    /// The same in the question, in more words.
    children: ChildrenFn,
) -> impl IntoView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let (asking, chosen) = (RwSignal::new(false), RwSignal::new(false));
    let task = Task::default();
    let title = title.unwrap_or_else(|| format!("{action} {name}?"));
    let said = said.unwrap_or_else(|| format!("Deleted {name}"));
    let owned = StoredValue::new(owned);
    let confirm = Callback::new(move |()| {
        let (navigate, said, next) = (navigate.clone(), said.clone(), next.clone());
        let all = with_repositories.clone().filter(|_| chosen.get_untracked());
        let path = all.unwrap_or_else(|| path.get_untracked());
        task.run(client::delete(path), move |_| {
            asking.try_set(false);
            toasts.good(said);
            navigate(&next, NavigateOptions::default());
        });
    });
    let ask = move |_| {
        chosen.set(false);
        task.failure.set(None);
        asking.set(true);
    };
    view! {
        <section class="card risky">
            <header>
                <h2>{action}</h2>
            </header>
            <div class="body stack">
                <p>{warning} " This cannot be undone."</p>
                <div class="row">
                    <button type="button" class="btn danger" on:click=ask>
                        {action}
                    </button>
                </div>
            </div>
            <Confirm open=asking title action name busy=task.busy error=task.message() confirm>
                {children()}
                {owned.with_value(|owned| (!owned.is_empty()).then(|| owned::list(owned.clone(), chosen)))}
            </Confirm>
        </section>
    }
    .into_any()
}
