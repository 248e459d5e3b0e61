//! What happens to tags while their list is open: pushes, deletions, and how far their scans are.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use api::{change::TagChange, tag::Tag};
use leptos::prelude::*;
use time::OffsetDateTime;

use super::Context;
use crate::{
    components::{
        live::{later, listen},
        load::Loaded,
        scan,
        toast::Toasts,
    },
    paths,
};

/// How long between looks at scans that go on.
const LOOK: Duration = Duration::from_secs(2);

/// What is known of the tags that are shown, and what is new about them.
#[derive(Clone, Copy)]
pub(super) struct News {
    tags: Loaded,
    known: StoredValue<HashMap<String, Known>>,
    /// Tags of which something was heard since they were read.
    heard: StoredValue<BTreeSet<String>>,
    /// Tags that were pushed while the page was open.
    fresh: RwSignal<BTreeSet<String>>,
}

/// A tag as it was read.
struct Known {
    digest: String,
    updated_at: OffsetDateTime,
    is_scanning: bool,
}

impl News {
    /// Listens from now on.
    pub(super) fn follow(context: Context, tags: Loaded) -> Self {
        let news = Self {
            tags,
            known: StoredValue::default(),
            heard: StoredValue::default(),
            fresh: RwSignal::default(),
        };
        let toasts = Toasts::get();
        let (namespace, name) = context.names();
        Effect::new(move |_| {
            let heard = move |data: String| {
                let Ok(change) = serde_json::from_str::<TagChange>(&data) else {
                    return;
                };
                if change.digest.is_none() {
                    toasts.announce(format!("Tag {} was deleted", change.tag));
                }
                news.heard.update_value(|heard| {
                    heard.insert(change.tag);
                });
                tags.refetch();
            };
            let path = paths::api::changes(&namespace, &name);
            listen(&path, "tag", heard, move || tags.refetch());
        });
        news
    }

    /// A tag was pushed while the page was open.
    pub(super) fn has(self, tag: &str) -> bool {
        self.fresh.with(|fresh| fresh.contains(tag))
    }

    /// Tells what is different from the last time. That something was heard of a tag does not say that it was pushed: the end of a
    /// scan is heard too.
    pub(super) fn seen(self, list: &[Tag]) {
        let mut fresh = BTreeSet::new();
        let mut words = Vec::new();
        let heard = self.heard.try_update_value(std::mem::take);
        let heard = heard.unwrap_or_default();
        self.known.with_value(|known| {
            for tag in list {
                let before = known.get(&tag.name);
                let is_same = before.is_some_and(|before| {
                    before.digest == tag.digest && before.updated_at == tag.updated_at
                });
                if heard.contains(&tag.name) && !is_same {
                    words.push(format!("Tag {} was pushed", tag.name));
                    fresh.insert(tag.name.clone());
                }
                let scan = tag.vuln_summary.as_ref();
                if let Some(scan) = scan.filter(|scan| !scan.is_going_on())
                    && is_same
                    && before.is_some_and(|before| before.is_scanning)
                {
                    words.push(format!("{}: {}", tag.name, scan::said(scan)));
                }
            }
        });
        self.known.set_value(list.iter().map(known).collect());
        let (tags, goes_on) = (self.tags, list.iter().any(is_scanning));
        let toasts = Toasts::get();
        Effect::new(move |_| {
            self.fresh.set(fresh.clone());
            if !words.is_empty() {
                toasts.announce(words.join(". "));
            }
            if goes_on {
                later(LOOK, move || tags.refetch());
            }
        });
    }
}

fn known(tag: &Tag) -> (String, Known) {
    let known = Known {
        digest: tag.digest.clone(),
        updated_at: tag.updated_at,
        is_scanning: is_scanning(tag),
    };
    (tag.name.clone(), known)
}

fn is_scanning(tag: &Tag) -> bool {
    let scan = tag.vuln_summary.as_ref();
    scan.is_some_and(api::scan::ShortSummary::is_going_on)
}
