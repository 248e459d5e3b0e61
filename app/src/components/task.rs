//! Doing something through the API: while it is under way the form waits, and what went wrong stands in it.

use leptos::{prelude::*, task::spawn_local};

use crate::client::{Failure, Reply, Replying};

/// The state of one deed that may be repeated, as saving a form.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// It is under way.
    pub busy: RwSignal<bool>,
    /// How it failed the last time.
    pub failure: RwSignal<Option<Failure>>,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            busy: RwSignal::new(false),
            failure: RwSignal::new(None),
        }
    }
}

impl Task {
    /// Does it, unless it is being done; `done` is called with the answer if all went well.
    pub fn run(self, deed: Replying, done: impl FnOnce(Reply) + 'static) {
        self.run_boxed(deed, Box::new(done));
    }

    fn run_boxed(self, deed: Replying, done: Box<dyn FnOnce(Reply)>) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        spawn_local(async move {
            let result = deed.await;
            // The page may be gone by now, and the signals with it.
            self.busy.try_set(false);
            match result {
                Ok(reply) => done(reply),
                Err(failure) => {
                    self.failure.try_set(Some(failure));
                }
            }
        });
    }

    /// The words of the last failure, whatever it is about.
    pub fn message(self) -> Signal<Option<String>> {
        self.words(|_| true)
    }

    /// The words of the last failure, if it is about that field.
    pub fn about(self, field: &'static str) -> Signal<Option<String>> {
        self.words(move |failure| failure.field.as_deref() == Some(field))
    }

    /// The words of the last failure, unless they stand at one of those fields.
    pub fn about_none_of(self, fields: &'static [&'static str]) -> Signal<Option<String>> {
        self.words(move |failure| {
            failure
                .field
                .as_deref()
                .is_none_or(|field| !fields.contains(&field))
        })
    }

    fn words(
        self,
        is_wanted: impl Fn(&Failure) -> bool + Send + Sync + 'static,
    ) -> Signal<Option<String>> {
        let failure = self.failure;
        Signal::derive(move || {
            failure.with(|f| {
                f.as_ref()
                    .filter(|f| is_wanted(f))
                    .map(|f| f.message.clone())
            })
        })
    }
}
