//! Which events a hook takes.

use std::collections::BTreeSet;

use oci::Tag;
use rules::TagPatterns;

use crate::{Kind, Scope};

/// The kinds that a hook takes, and for events about images the tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    kinds: BTreeSet<Kind>,
    tags: TagPatterns,
}

/// Why a hook cannot take what it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum FilterError {
    #[error("choose at least one type of event")]
    Empty,
    #[error("{0} is about more than a hook of a repository hears: make the hook for a namespace")]
    NeedsNamespace(Kind),
    #[error(
        "{0} is about the whole registry: only a hook of an administrator, for all of it, hears it"
    )]
    NeedsRegistry(Kind),
}

impl Filter {
    /// What a hook that listens at `scope` takes. No patterns of tags mean every tag.
    pub fn new(
        scope: Scope,
        kinds: impl IntoIterator<Item = Kind>,
        tags: TagPatterns,
    ) -> Result<Self, FilterError> {
        let kinds: BTreeSet<Kind> = kinds.into_iter().collect();
        if kinds.is_empty() {
            return Err(FilterError::Empty);
        }
        match kinds.iter().copied().find(|kind| !scope.hears(*kind)) {
            None => Ok(Self { kinds, tags }),
            Some(kind) if kind.scope() == Scope::Namespace => {
                Err(FilterError::NeedsNamespace(kind))
            }
            Some(kind) => Err(FilterError::NeedsRegistry(kind)),
        }
    }

    /// Whether the hook takes an event. `tag` is the one in the repository where the hook listens: of a promotion, the source's. Where
    /// there are patterns, an image without a tag fits none, and neither does a tag by which something is attached to an image
    /// ([`rules::is_attachment`]); what is not about an image they do not touch.
    pub fn takes(&self, kind: Kind, tag: Option<&Tag>) -> bool {
        self.kinds.contains(&kind)
            && (self.tags.is_empty()
                || !kind.has_image()
                || tag.is_some_and(|tag| self.tags.contain(tag)))
    }

    /// The kinds, in the order of [`Kind::ALL`].
    pub fn kinds(&self) -> impl Iterator<Item = Kind> {
        self.kinds.iter().copied()
    }

    /// The patterns.
    pub const fn tags(&self) -> &TagPatterns {
        &self.tags
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::subsequence};

    use super::*;

    fn tag(text: &str) -> Tag {
        text.parse().unwrap()
    }

    fn patterns(texts: &[&str]) -> TagPatterns {
        TagPatterns::new(texts).unwrap()
    }

    #[test]
    fn kinds_and_tags_have_to_fit() {
        let kinds = [Kind::TagPush, Kind::ManifestPush];
        let filter = Filter::new(Scope::Repository, kinds, patterns(&["v*", "!v0.*"])).unwrap();
        assert!(filter.takes(Kind::TagPush, Some(&tag("v1"))));
        assert!(!filter.takes(Kind::TagPush, Some(&tag("v0.1"))));
        assert!(!filter.takes(Kind::TagPush, Some(&tag("latest"))));
        assert!(!filter.takes(Kind::TagDelete, Some(&tag("v1"))));
        assert!(!filter.takes(Kind::ManifestPush, None), "it has no tag");
    }

    #[test]
    fn without_patterns_every_tag_fits() {
        let kinds = [Kind::TagPush, Kind::ManifestPush];
        let filter = Filter::new(Scope::Repository, kinds, TagPatterns::default()).unwrap();
        let signature = tag(&format!("sha256-{}.sig", "a".repeat(64)));
        assert!(filter.takes(Kind::TagPush, Some(&signature)));
        assert!(filter.takes(Kind::ManifestPush, None));
        let all = Filter::new(Scope::Repository, kinds, patterns(&["*"])).unwrap();
        assert!(!all.takes(Kind::TagPush, Some(&signature)));
    }

    #[test]
    fn patterns_do_not_touch_what_is_no_image() {
        let filter = Filter::new(Scope::Global, Kind::ALL, patterns(&["v*"])).unwrap();
        assert!(filter.takes(Kind::RepoEvent, None));
        assert!(filter.takes(Kind::ScannerUpdateCompleted, None));
        assert!(!filter.takes(Kind::ScanFailed, None));
        assert!(filter.kinds().eq(Kind::ALL));
    }

    #[test]
    fn a_hook_takes_only_what_it_hears() {
        let new = |scope, kinds: &[Kind]| {
            Filter::new(scope, kinds.iter().copied(), TagPatterns::default()).err()
        };
        assert_eq!(new(Scope::Global, &[]), Some(FilterError::Empty));
        let both = [Kind::TagPush, Kind::RepoEvent];
        assert_eq!(
            new(Scope::Repository, &both),
            Some(FilterError::NeedsNamespace(Kind::RepoEvent))
        );
        assert_eq!(new(Scope::Namespace, &both), None);
        assert_eq!(
            new(Scope::Namespace, &[Kind::ScannerUpdateCompleted]),
            Some(FilterError::NeedsRegistry(Kind::ScannerUpdateCompleted))
        );
    }

    proptest! {
        #[test]
        fn only_chosen_kinds_are_taken(kinds in subsequence(Kind::ALL.to_vec(), 1..=13), text in "[a-z0-9]{1,9}") {
            let filter = Filter::new(Scope::Global, kinds.clone(), TagPatterns::default()).unwrap();
            for kind in Kind::ALL {
                prop_assert_eq!(filter.takes(kind, Some(&tag(&text))), kinds.contains(&kind));
            }
        }
    }
}
