//! Text to copy: a command in a box, or a small button beside a digest.

use leptos::prelude::*;

use super::{icon::Icon, toast::Toasts};

/// A command in a box with a button that copies it.
#[component]
pub fn Command(
    /// What is shown and copied.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="copy">
            <code tabindex="0">{text}</code>
            <CopyButton text label="Copy the command" />
        </div>
    }
    .into_any()
}

/// A button that copies a text which is shown, perhaps shortened, beside it.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What the button says to those who do not see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = copier(text, copied);
    view! {
        <button type="button" class="btn quiet tiny" aria-label=label.clone() title=label on:click=move |_| copy()>
            {move || if copied.get() { Icon::Check.draw() } else { Icon::Copy.draw() }}
        </button>
    }
    .into_any()
}

/// A button with words that copies something which is not shown, as the pull command at the head of a page.
#[component]
pub fn CopyAction(
    /// What is copied.
    #[prop(into)]
    text: Signal<String>,
    /// What the button says.
    label: &'static str,
    /// What it says when the mouse rests on it; without it, the text.
    #[prop(optional, into)]
    title: Option<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = copier(text, copied);
    let title = move || title.clone().unwrap_or_else(|| text.get());
    view! {
        <button type="button" class="btn" title=title on:click=move |_| copy()>
            {move || if copied.get() { Icon::Check.draw() } else { Icon::Copy.draw() }}
            {label}
        </button>
    }
    .into_any()
}

/// Copies, says so to screen readers, and sets `copied` for a moment.
fn copier(text: Signal<String>, copied: RwSignal<bool>) -> impl Fn() + Copy {
    let toasts = Toasts::get();
    move || {
        to_clipboard(&text.get_untracked());
        copied.set(true);
        toasts.announce("Copied");
        set_timeout(
            move || {
                copied.try_set(false);
            },
            std::time::Duration::from_millis(1500),
        );
    }
}

#[cfg(feature = "hydrate")]
fn to_clipboard(text: &str) {
    use wasm_bindgen::JsCast;

    if window().is_secure_context() {
        let promise = window().navigator().clipboard().write_text(text);
        leptos::task::spawn_local(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
        });
        return;
    }
    // Browsers keep the clipboard's interface for secure addresses; plain HTTP has only the old way.
    let page = document();
    let (Ok(area), Some(body)) = (page.create_element("textarea"), page.body()) else {
        return;
    };
    let area: web_sys::HtmlTextAreaElement = area.unchecked_into();
    area.set_value(text);
    area.set_class_name("sr");
    let focused = page
        .active_element()
        .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if body.append_child(&area).is_ok() {
        area.select();
        let _ = page
            .unchecked_ref::<web_sys::HtmlDocument>()
            .exec_command("copy");
        area.remove();
        if let Some(element) = focused {
            let _ = element.focus();
        }
    }
}

#[cfg(not(feature = "hydrate"))]
fn to_clipboard(_text: &str) {}
