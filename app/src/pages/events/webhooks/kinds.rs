//! What a webhook can be told of, by the names on the wire and in the words of DTR's interface.

use super::Reach;

/// Name, label, and how far a webhook has to listen to hear of it.
type Kind = (&'static str, &'static str, Reach);

/// In the order in which they are offered.
const KINDS: [Kind; 13] = [
    ("TAG_PUSH", "Tag pushed to repository", Reach::Repository),
    ("TAG_PULL", "Tag pulled from repository", Reach::Repository),
    (
        "TAG_DELETE",
        "Tag deleted from repository",
        Reach::Repository,
    ),
    (
        "MANIFEST_PUSH",
        "Manifest pushed to repository",
        Reach::Repository,
    ),
    (
        "MANIFEST_PULL",
        "Manifest pulled from repository",
        Reach::Repository,
    ),
    (
        "MANIFEST_DELETE",
        "Manifest deleted from repository",
        Reach::Repository,
    ),
    (
        "SCAN_COMPLETED",
        "Security scan completed",
        Reach::Repository,
    ),
    ("SCAN_FAILED", "Security scan failed", Reach::Repository),
    (
        "PROMOTION",
        "Image promoted from repository",
        Reach::Repository,
    ),
    (
        "PUSH_MIRRORING",
        "Image mirrored from repository",
        Reach::Repository,
    ),
    (
        "POLL_MIRRORING",
        "Image mirrored from remote repository",
        Reach::Repository,
    ),
    (
        "REPO_EVENT",
        "Repository created, updated or deleted",
        Reach::Namespace,
    ),
    (
        "SCANNER_UPDATE_COMPLETED",
        "Security scanner update completed",
        Reach::Registry,
    ),
];

/// What the API takes, as DTR's did, and nothing happens of yet: there is no mirroring.
const SILENT: [&str; 2] = ["PUSH_MIRRORING", "POLL_MIRRORING"];

/// Those to choose from for a webhook that listens so far: name and label. What is `chosen` already is there in any case.
pub(super) fn offered(
    reach: Reach,
    chosen: &[String],
) -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS
        .into_iter()
        .filter(move |(name, _, needed)| {
            let can_be_told = reach >= *needed && !SILENT.contains(name);
            can_be_told || chosen.iter().any(|chosen| chosen == name)
        })
        .map(|(name, label, _)| (name, label))
}

/// The label of a type; of one that is not known here, its name.
pub(super) fn label(name: &str) -> String {
    KINDS
        .into_iter()
        .find(|(known, ..)| *known == name)
        .map_or(name, |(_, label, _)| label)
        .to_owned()
}

/// The first of several types in words, and how many more there are.
pub(super) fn summary(types: &[String]) -> (String, usize) {
    let first = types.first().map_or_else(String::new, |name| label(name));
    (first, types.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use webhooks::{Kind, Scope};

    use super::*;

    #[test]
    fn they_are_those_of_the_registry() {
        let theirs = Kind::ALL.map(|kind| {
            let reach = match kind.scope() {
                Scope::Repository => Reach::Repository,
                Scope::Namespace => Reach::Namespace,
                Scope::Global => Reach::Registry,
            };
            (kind.as_str(), kind.label(), reach)
        });
        assert_eq!(KINDS, theirs);
    }

    #[test]
    fn a_webhook_is_offered_what_it_can_hear() {
        let names = |reach| {
            let offered = offered(reach, &[]).map(|(name, _)| name);
            offered.collect::<Vec<_>>()
        };
        assert!(!names(Reach::Repository).contains(&"REPO_EVENT"));
        assert!(names(Reach::Namespace).contains(&"REPO_EVENT"));
        assert!(!names(Reach::Namespace).contains(&"SCANNER_UPDATE_COMPLETED"));
        assert_eq!(names(Reach::Registry).len(), KINDS.len() - SILENT.len());
        let kept = ["POLL_MIRRORING".to_owned()];
        assert!(offered(Reach::Repository, &kept).any(|(name, _)| name == kept[0]));
    }

    #[test]
    fn several_types_are_summed_up() {
        let types = ["TAG_PUSH".to_owned(), "NEW_KIND".to_owned()];
        assert_eq!(summary(&types), ("Tag pushed to repository".to_owned(), 1));
        assert_eq!(label("NEW_KIND"), "NEW_KIND");
    }
}
