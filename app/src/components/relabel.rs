//! Changing what something in a list is called: a button beside it, and a dialog of one field.

use leptos::{ev, prelude::*};

use super::{
    dialog::Dialog,
    field::{Field, notice},
    icon::Icon,
    task::Task,
    toast::Toasts,
};
use crate::client::Replying;

/// The button with its dialog.
#[component]
pub fn Relabel(
    /// What is changed, as `Edit laptop`: the button's name, and the dialog's.
    #[prop(into)]
    title: String,
    /// The field's name for people.
    field: &'static str,
    /// The same in the API.
    api_field: &'static str,
    /// What it is called now.
    label: String,
    /// It must be called something.
    #[prop(optional)]
    required: bool,
    /// Saves what it is to be called.
    save: Callback<String, Replying>,
    /// It is saved.
    done: Callback<()>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let label = StoredValue::new(label);
    view! {
        <button
            type="button"
            class="btn quiet square"
            aria-label=title.clone()
            title=title.clone()
            on:click=move |_| open.set(true)
        >
            {Icon::Pencil.draw()}
        </button>
        <Dialog open title>
            {form(open, field, api_field, label.get_value(), required, save, done)}
        </Dialog>
    }
    .into_any()
}

fn form(
    open: RwSignal<bool>,
    field: &'static str,
    api_field: &'static str,
    label: String,
    required: bool,
    save: Callback<String, Replying>,
    done: Callback<()>,
) -> AnyView {
    let toasts = Toasts::get();
    let value = RwSignal::new(label);
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let wanted = value.with_untracked(|value| value.trim().to_owned());
        task.run(save.run(wanted.clone()), move |_| {
            open.try_set(false);
            toasts.good(format!("It is now: {wanted}"));
            done.run(());
        });
    };
    let at_field = task.about(api_field);
    let message = task.message();
    let other = move || message.get().filter(|_| at_field.with(Option::is_none));
    view! {
        <form on:submit=submit>
            <div class="body form">
                <Field label=field value required max=100 error=at_field />
                {move || other().map(notice)}
            </div>
            <footer>
                <button type="button" class="btn" on:click=move |_| open.set(false)>
                    "Cancel"
                </button>
                <button type="submit" class="btn primary" disabled=task.busy>
                    "Save"
                </button>
            </footer>
        </form>
    }
    .into_any()
}
