//! What goes with a thing that is deleted: it is counted before the question is answered.

use leptos::prelude::*;

use super::{
    field::Check,
    load::{load, shown_together},
};
use crate::client::{Failure, Reply};

/// A kind of thing that goes, too.
#[derive(Clone, Debug)]
pub struct Owned {
    /// One of them, as `access token`.
    pub one: &'static str,
    /// Several of them.
    pub many: &'static str,
    /// The list of them in the API.
    pub path: String,
    /// How many its answer has.
    pub count: fn(&Reply) -> Result<Count, Failure>,
    /// They go only where that is chosen, and as long as there are some, the thing stays.
    pub is_chosen: bool,
}

/// How many there are, as far as one answer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    number: u64,
    has_more: bool,
}

impl Count {
    /// All of them, where the API has counted.
    #[must_use]
    pub fn told(reply: &Reply) -> Self {
        Self {
            number: reply.count.unwrap_or_default(),
            has_more: false,
        }
    }

    /// Those on one page; `next` begins the page after it.
    #[must_use]
    pub fn of_page<T>(rows: &[T], next: &str) -> Self {
        Self {
            number: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            has_more: !next.is_empty(),
        }
    }

    fn words(self, one: &str, many: &str) -> String {
        match (self.number, self.has_more) {
            (number, true) => format!("more than {number} {many}"),
            (1, false) => format!("1 {one}"),
            (number, false) => format!("{number} {many}"),
        }
    }
}

/// The list, and the choice where there is one to make.
pub fn list(owned: Vec<Owned>, chosen: RwSignal<bool>) -> AnyView {
    let loaded = owned
        .iter()
        .map(|owned| {
            let path = owned.path.clone();
            load(move || path.clone())
        })
        .collect();
    shown_together(loaded, move |replies| {
        let mut lines = Vec::new();
        let mut choice = ().into_any();
        for (owned, reply) in owned.iter().zip(replies) {
            let count = (owned.count)(reply)?;
            if count.number == 0 {
                continue;
            }
            let words = count.words(owned.one, owned.many);
            if owned.is_chosen {
                choice = choose(chosen, &words);
            }
            lines.push(view! { <li>{words}</li> });
        }
        if lines.is_empty() {
            return Ok(view! { <p>"There is nothing else that goes with it."</p> }.into_any());
        }
        Ok(view! {
            <p>"This goes with it:"</p>
            <ul class="names">{lines}</ul>
            {choice}
        }
        .into_any())
    })
}

fn choose(chosen: RwSignal<bool>, words: &str) -> AnyView {
    view! {
        <Check
            label="Delete its repositories, too"
            value=chosen
            hint=format!("{words}, with all images. As long as there are some, the account cannot be deleted without them.")
        />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_is_counted_as_far_as_it_is_known() {
        let words = |count: Count| count.words("repository", "repositories");
        let told = |count| {
            Count::told(&Reply {
                count: Some(count),
                ..Reply::default()
            })
        };
        assert_eq!(words(told(1)), "1 repository");
        assert_eq!(words(told(12)), "12 repositories");
        assert_eq!(words(Count::of_page(&[(), ()], "")), "2 repositories");
        assert_eq!(
            words(Count::of_page(&[()], "next")),
            "more than 1 repositories"
        );
    }
}
