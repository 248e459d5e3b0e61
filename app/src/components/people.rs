//! Adding people by their names: one, or several at once.

use leptos::{ev, prelude::*};

use super::{
    field::{Field, needs_script},
    task::Task,
    toast::Toasts,
};
use crate::{
    client::{Reply, Replying},
    format,
};

/// A form of one line. Whoever could not be added stays in the field, with the reason below it.
#[component]
pub fn AddPeople(
    /// Adds the user of that name.
    add: Callback<String, Replying>,
    /// Some were added.
    done: Callback<()>,
    /// Other choices, which hold for all of them.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let toasts = Toasts::get();
    let names = RwSignal::new(String::new());
    let task = Task::default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let count = u64::try_from(split(&names.get_untracked()).len()).unwrap_or_default();
        task.run(one_by_one(names, add, done), move |_| {
            toasts.good(format!("Added {}", format::counted(count, "member")));
        });
    };
    view! {
        <form class="adding" on:submit=submit>
            {needs_script()}
            <Field
                label="Usernames"
                value=names
                required=true
                max=2000
                hint="One, or several with spaces between them."
                error=task.message()
            />
            {children.map(|children| children())}
            <button type="submit" class="btn primary" disabled=task.busy>
                "Add"
            </button>
        </form>
    }
    .into_any()
}

fn split(names: &str) -> Vec<String> {
    names
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Adds one after the other, up to the first who cannot be added.
fn one_by_one(
    names: RwSignal<String>,
    add: Callback<String, Replying>,
    done: Callback<()>,
) -> Replying {
    let waiting = split(&names.get_untracked());
    Box::pin(async move {
        let mut result = Ok(Reply::default());
        let mut added = 0;
        for name in &waiting {
            result = add.run(name.clone()).await;
            if result.is_err() {
                break;
            }
            added += 1;
        }
        let rest = waiting.get(added..).unwrap_or_default().join(" ");
        names.try_set(rest);
        if added > 0 {
            done.run(());
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_spaces_and_commas() {
        assert_eq!(split(" ada, bob\tcleo "), ["ada", "bob", "cleo"]);
        assert!(split(" , ").is_empty());
    }
}
