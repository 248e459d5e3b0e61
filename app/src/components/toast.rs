//! Messages that pass: what was done, what failed, what changed by itself. Screen readers hear them politely.

use std::time::Duration;

use leptos::prelude::*;

use super::icon::Icon;

/// Where messages go; in context for every component.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    said: RwSignal<String>,
    next: StoredValue<u32>,
}

#[derive(Clone, Debug)]
struct Toast {
    id: u32,
    text: String,
    bad: bool,
}

impl Toasts {
    /// Puts an empty set into context.
    pub fn provide() -> Self {
        let toasts = Self {
            shown: RwSignal::default(),
            said: RwSignal::default(),
            next: StoredValue::new(0),
        };
        provide_context(toasts);
        toasts
    }

    /// The ones in context.
    ///
    /// # Panics
    /// Outside the application's root component.
    pub fn get() -> Self {
        expect_context()
    }

    /// Something was done.
    pub fn good(self, text: impl Into<String>) {
        let id = self.show(text.into(), false);
        set_timeout(move || self.dismiss(id), Duration::from_secs(6));
    }

    /// Something failed; it stays until it is dismissed.
    pub fn bad(self, text: impl Into<String>) {
        self.show(text.into(), true);
    }

    /// For screen readers only: what eyes see anyway.
    pub fn announce(self, text: impl Into<String>) {
        self.said.set(text.into());
    }

    fn show(self, text: String, bad: bool) -> u32 {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.shown.update(|toasts| {
            toasts.push(Toast { id, text, bad });
            let surplus = toasts.len().saturating_sub(4);
            toasts.drain(..surplus);
        });
        id
    }

    fn dismiss(self, id: u32) {
        self.shown
            .update(|toasts| toasts.retain(|toast| toast.id != id));
    }

    /// The region at the edge of the page.
    pub fn region(self) -> AnyView {
        let draw = move |toast: Toast| {
            view! {
                <div class="toast" class:bad=toast.bad>
                    {if toast.bad { Icon::Warning.draw() } else { Icon::Check.draw() }}
                    <span>{toast.text}</span>
                    <button
                        type="button"
                        class="btn quiet tiny"
                        aria-label="Dismiss"
                        on:click=move |_| self.dismiss(toast.id)
                    >
                        {Icon::Cross.draw()}
                    </button>
                </div>
            }
        };
        view! {
            <div class="toasts" role="status" aria-live="polite">
                <For each=move || self.shown.get() key=|toast| toast.id children=draw />
            </div>
            <div class="sr" role="status" aria-live="polite">
                {self.said}
            </div>
        }
        .into_any()
    }
}
