//! Taking something out of a list: a button at the end of its row, and the question before it is done.

use leptos::prelude::*;

use super::{dialog::Confirm, icon::Icon, task::Task, toast::Toasts};
use crate::client::Replying;

/// The button with its question.
#[component]
pub fn Remove(
    /// The button's name, as `Remove ada`.
    #[prop(into)]
    label: String,
    /// The question.
    #[prop(into)]
    title: String,
    /// The word on the button that does it.
    #[prop(default = "Remove")]
    action: &'static str,
    /// What is told when it is done.
    #[prop(into)]
    said: String,
    /// Does it.
    deed: Callback<(), Replying>,
    /// It is done.
    done: Callback<()>,
    /// What goes, and what stays.
    children: ChildrenFn,
) -> impl IntoView {
    let toasts = Toasts::get();
    let asking = RwSignal::new(false);
    let task = Task::default();
    let confirm = Callback::new(move |()| {
        let said = said.clone();
        task.run(deed.run(()), move |_| {
            asking.try_set(false);
            toasts.good(said);
            done.run(());
        });
    });
    view! {
        <button
            type="button"
            class="btn quiet square"
            aria-label=label.clone()
            title=label
            on:click=move |_| asking.set(true)
        >
            {Icon::Bin.draw()}
        </button>
        <Confirm open=asking title=title action busy=task.busy error=task.message() confirm>
            {children()}
        </Confirm>
    }
    .into_any()
}
