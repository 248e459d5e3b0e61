//! The card at the end of a thing's settings by which it is deleted, once its name was typed.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{dialog::Confirm, task::Task, toast::Toasts};
use crate::client;

/// The card with its question.
#[component]
pub fn DeleteCard(
    /// What is done, as `Delete team`: heading and button.
    action: &'static str,
    /// The name that must be typed.
    name: String,
    /// The resource of the API that is deleted.
    path: Signal<String>,
    /// The page that is shown then.
    next: String,
    /// What goes with it.
    warning: &'static str,
    /// The same in the question, in more words.
    children: ChildrenFn,
) -> impl IntoView {
    let toasts = Toasts::get();
    let navigate = use_navigate();
    let asking = RwSignal::new(false);
    let task = Task::default();
    let title = format!("{action} {name}?");
    let confirm = {
        let name = name.clone();
        Callback::new(move |()| {
            let (navigate, name, next) = (navigate.clone(), name.clone(), next.clone());
            task.run(client::delete(path.get_untracked()), move |_| {
                toasts.good(format!("Deleted {name}"));
                navigate(&next, NavigateOptions::default());
            });
        })
    };
    view! {
        <section class="card risky">
            <header>
                <h2>{action}</h2>
            </header>
            <div class="body stack">
                <p>{warning} " This cannot be undone."</p>
                <div class="row">
                    <button type="button" class="btn danger" on:click=move |_| asking.set(true)>
                        {action}
                    </button>
                </div>
            </div>
            <Confirm open=asking title action name busy=task.busy error=task.message() confirm>
                {children()}
            </Confirm>
        </section>
    }
    .into_any()
}
