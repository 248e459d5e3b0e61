//! Dialogs, on the browser's own `<dialog>`: it keeps the focus inside, closes on Escape and gives the focus back.

use leptos::{html, prelude::*};

/// A dialog with a title. Its content exists only while it is open, so that it always begins afresh.
#[component]
pub fn Dialog(
    /// Whether it is shown.
    open: RwSignal<bool>,
    /// Says what is asked.
    #[prop(into)]
    title: Signal<String>,
    /// Body and footer.
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    follow(element, open);
    view! {
        <dialog node_ref=element aria-label=title on:close=move |_| open.set(false)>
            {move || {
                open.get()
                    .then(|| {
                        view! {
                            <div class="body">
                                <h2>{title}</h2>
                            </div>
                            {children()}
                        }
                    })
            }}
        </dialog>
    }
    .into_any()
}

/// Opens and closes a `<dialog>` as a signal says.
pub fn follow(element: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if open.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
}

/// Asks before something is thrown away; with `name` given, it must be typed.
#[component]
pub fn Confirm(
    /// Whether the question is asked.
    open: RwSignal<bool>,
    /// The question.
    #[prop(into)]
    title: Signal<String>,
    /// Label of the button that does it.
    action: &'static str,
    /// What must be typed first.
    #[prop(optional, into)]
    name: Option<String>,
    /// The deed is under way.
    #[prop(into)]
    busy: Signal<bool>,
    /// Why it failed.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Does it.
    confirm: Callback<()>,
    /// What goes, and what stays.
    children: ChildrenFn,
) -> impl IntoView {
    let name = StoredValue::new(name);
    let children = StoredValue::new(children);
    view! {
        <Dialog open title>
            {
                let typed = RwSignal::new(String::new());
                let ready = move || {
                    !busy.get() && name.with_value(|name| name.as_ref().is_none_or(|name| typed.with(|typed| typed.trim() == name)))
                };
                view! {
                    <form on:submit=move |event| {
                        event.prevent_default();
                        if ready() {
                            confirm.run(());
                        }
                    }>
                        <div class="body">
                            {children.with_value(|children| children())}
                            {name
                                .get_value()
                                .map(|name| {
                                    view! {
                                        <label class="field">
                                            <span class="label">"Type " <code>{name}</code> " to confirm"</span>
                                            <input
                                                type="text"
                                                autocomplete="off"
                                                autocapitalize="off"
                                                spellcheck="false"
                                                autofocus
                                                bind:value=typed
                                            />
                                        </label>
                                    }
                                })}
                            {move || error.get().map(super::field::notice)}
                        </div>
                        <footer>
                            <button type="button" class="btn" on:click=move |_| open.set(false)>
                                "Cancel"
                            </button>
                            <button type="submit" class="btn danger" disabled=move || !ready()>
                                {action}
                            </button>
                        </footer>
                    </form>
                }
            }
        </Dialog>
    }
    .into_any()
}
