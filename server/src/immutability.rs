//! Which tags of a repository cannot change: all of them, or those that fit its patterns; never those by which something is attached to
//! an image, since signatures come after it. Every path that sets or deletes a tag asks here.
//!
//! In an immutable repository a tag cannot be set again but can be deleted, as in DTR. One that fits a pattern can be neither.

use db::entities::repository;
use rules::{TagPatterns, glob::Decision};

/// Why a tag cannot change.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    /// All tags of the repository cannot.
    Repository,
    /// It fits this pattern; empty where there are exceptions alone, and it is none.
    Pattern(String),
}

/// The patterns of a repository. Such as cannot be read, which nobody can save, count as `*`.
fn patterns(row: &repository::Model) -> TagPatterns {
    match &row.immutable_patterns {
        None => TagPatterns::default(),
        Some(saved) => serde_json::from_value(saved.clone())
            .or_else(|_| TagPatterns::new(&["*"]))
            .unwrap_or_default(),
    }
}

/// Whether a tag names what is attached to an image, and no image.
pub(crate) fn is_attachment(tag: &str) -> bool {
    tag.parse()
        .is_ok_and(|tag: oci::Tag| rules::is_attachment(&tag))
}

fn why(row: &repository::Model, tag: &str) -> Option<Why> {
    let Ok(tag) = tag.parse::<oci::Tag>() else {
        return None;
    };
    if let Decision::Fits(pattern) = patterns(row).decide(&tag) {
        return Some(Why::Pattern(pattern.to_owned()));
    }
    (row.immutable_tags && !rules::is_attachment(&tag)).then_some(Why::Repository)
}

/// Whether a tag that is there may not be set to something else.
pub(crate) fn is_immutable(row: &repository::Model, tag: &str) -> bool {
    why(row, tag).is_some()
}

/// That a tag cannot be set to something else, in DTR's words; `full_name` is the repository as the reader knows it.
pub(crate) fn cannot_be_overwritten(
    row: &repository::Model,
    full_name: &str,
    tag: &str,
) -> Option<String> {
    why(row, tag).map(|why| {
        let pattern = match why {
            Why::Pattern(pattern) => format!(" for tags like {pattern}"),
            Why::Repository => String::new(),
        };
        format!("tag={tag} cannot be overwritten because {full_name} is an immutable repository{pattern}")
    })
}

/// That a tag cannot be deleted, and by which pattern.
pub(crate) fn cannot_be_deleted(row: &repository::Model, tag: &str) -> Option<String> {
    match why(row, tag)? {
        Why::Repository => None,
        Why::Pattern(pattern) => Some(format!(
            "tag={tag} cannot be deleted because {}/{} is an immutable repository for tags like {pattern}; change its immutable tags first",
            row.namespace, row.name
        )),
    }
}
