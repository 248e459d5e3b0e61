//! What a webhook can tell of: DTR's types, by their names on the wire.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A type of webhook. The names are those that DTR 2.6 and 2.7 take (`forms.Webhook.type`), and stand in rows and requests alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Kind {
    /// `TAG_PUSH`: a tag was pushed.
    TagPush,
    /// `TAG_PULL`: an image was pulled by its tag.
    TagPull,
    /// `TAG_DELETE`: a tag was deleted.
    TagDelete,
    /// `MANIFEST_PUSH`: a manifest was pushed.
    ManifestPush,
    /// `MANIFEST_PULL`: a manifest was pulled.
    ManifestPull,
    /// `MANIFEST_DELETE`: a manifest was deleted.
    ManifestDelete,
    /// `SCAN_COMPLETED`: an image was scanned.
    ScanCompleted,
    /// `SCAN_FAILED`: an image could not be scanned.
    ScanFailed,
    /// `PROMOTION`: an image of the repository was promoted to another one.
    Promotion,
    /// `PUSH_MIRRORING`: an image of the repository was pushed to another registry.
    PushMirroring,
    /// `POLL_MIRRORING`: an image of another registry was taken into the repository.
    PollMirroring,
    /// `REPO_EVENT`: a repository was made, changed or deleted; which, its contents say.
    RepoEvent,
    /// `SCANNER_UPDATE_COMPLETED`: the vulnerability data changed.
    ScannerUpdateCompleted,
}

/// How much of the registry something is about; also where a hook listens. The order is the order of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One repository.
    Repository,
    /// An account's repositories, and that there are more or less of them.
    Namespace,
    /// The whole registry.
    Global,
}

/// There is no such type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such type of webhook; there are {}", allowed())]
pub struct UnknownKind;

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 13] = [
        Self::TagPush,
        Self::TagPull,
        Self::TagDelete,
        Self::ManifestPush,
        Self::ManifestPull,
        Self::ManifestDelete,
        Self::ScanCompleted,
        Self::ScanFailed,
        Self::Promotion,
        Self::PushMirroring,
        Self::PollMirroring,
        Self::RepoEvent,
        Self::ScannerUpdateCompleted,
    ];

    /// Its name on the wire.
    pub const fn as_str(self) -> &'static str {
        self.spelled().0
    }

    /// What DTR's interface calls it.
    pub const fn label(self) -> &'static str {
        self.spelled().1
    }

    const fn spelled(self) -> (&'static str, &'static str) {
        match self {
            Self::TagPush => ("TAG_PUSH", "Tag pushed to repository"),
            Self::TagPull => ("TAG_PULL", "Tag pulled from repository"),
            Self::TagDelete => ("TAG_DELETE", "Tag deleted from repository"),
            Self::ManifestPush => ("MANIFEST_PUSH", "Manifest pushed to repository"),
            Self::ManifestPull => ("MANIFEST_PULL", "Manifest pulled from repository"),
            Self::ManifestDelete => ("MANIFEST_DELETE", "Manifest deleted from repository"),
            Self::ScanCompleted => ("SCAN_COMPLETED", "Security scan completed"),
            Self::ScanFailed => ("SCAN_FAILED", "Security scan failed"),
            Self::Promotion => ("PROMOTION", "Image promoted from repository"),
            Self::PushMirroring => ("PUSH_MIRRORING", "Image mirrored from repository"),
            Self::PollMirroring => ("POLL_MIRRORING", "Image mirrored from remote repository"),
            Self::RepoEvent => ("REPO_EVENT", "Repository created, updated or deleted"),
            Self::ScannerUpdateCompleted => (
                "SCANNER_UPDATE_COMPLETED",
                "Security scanner update completed",
            ),
        }
    }

    /// What it is about: a hook has to listen at least so far to hear of it ([`Scope::hears`]).
    pub const fn scope(self) -> Scope {
        match self {
            Self::RepoEvent => Scope::Namespace,
            Self::ScannerUpdateCompleted => Scope::Global,
            _ => Scope::Repository,
        }
    }

    /// Whether it is about an image, which may have a tag.
    pub const fn has_image(self) -> bool {
        matches!(self.scope(), Scope::Repository)
    }

    /// Its `type` in `CloudEvents` (1.0.2 section 3.1.1: reverse DNS first): `io.plimsoll.tag.push`.
    pub fn cloud_event(self) -> String {
        let name = self.as_str().to_ascii_lowercase().replace('_', ".");
        format!("io.plimsoll.{name}")
    }
}

impl Scope {
    /// Whether a hook that listens so far can hear of a kind.
    pub fn hears(self, kind: Kind) -> bool {
        self >= kind.scope()
    }
}

/// By the name on the wire. DTR's later documentation lists `REPO_CREATED`, `REPO_UPDATED` and `REPO_DELETED` as types; its API only
/// ever had `REPO_EVENT`, and that is what they are read as.
impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        if matches!(text, "REPO_CREATED" | "REPO_UPDATED" | "REPO_DELETED") {
            return Ok(Self::RepoEvent);
        }
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownKind)
    }
}

impl TryFrom<String> for Kind {
    type Error = UnknownKind;

    fn try_from(text: String) -> Result<Self, UnknownKind> {
        text.parse()
    }
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> Self {
        kind.as_str()
    }
}

/// The name on the wire.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn allowed() -> String {
    Kind::ALL.map(Kind::as_str).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The enumeration of DTR's Swagger, in its order.
    const SWAGGER: &str = "TAG_PUSH, TAG_PULL, TAG_DELETE, PROMOTION, PUSH_MIRRORING, POLL_MIRRORING, MANIFEST_PUSH, MANIFEST_PULL, \
                           MANIFEST_DELETE, REPO_EVENT, SCAN_COMPLETED, SCAN_FAILED, SCANNER_UPDATE_COMPLETED";

    #[test]
    fn they_are_those_of_dtr() {
        let swagger: Vec<Kind> = SWAGGER
            .split(", ")
            .map(|name| name.parse().unwrap())
            .collect();
        assert_eq!(swagger.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert!(swagger.contains(&kind), "{kind}");
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
            assert_eq!(serde_json::from_str::<Kind>(&json).unwrap(), kind);
        }
    }

    #[test]
    fn later_names_are_aliases() {
        for name in ["REPO_CREATED", "REPO_UPDATED", "REPO_DELETED"] {
            assert_eq!(name.parse(), Ok(Kind::RepoEvent));
        }
    }

    #[test]
    fn a_refusal_names_what_is_allowed() {
        for name in ["", "tag_push", " TAG_PUSH", "TAG_PUSHED", "any"] {
            let error = name.parse::<Kind>().expect_err(name).to_string();
            for kind in Kind::ALL {
                assert!(error.contains(kind.as_str()), "{error}");
            }
        }
    }

    #[test]
    fn labels_and_types_are_distinct() {
        assert_eq!(Kind::TagPush.label(), "Tag pushed to repository");
        assert_eq!(Kind::TagPush.cloud_event(), "io.plimsoll.tag.push");
        assert_eq!(Kind::Promotion.cloud_event(), "io.plimsoll.promotion");
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            for other in &Kind::ALL[at + 1..] {
                assert_ne!(kind.label(), other.label());
                assert_ne!(kind.cloud_event(), other.cloud_event());
            }
        }
    }

    #[test]
    fn a_hook_hears_what_is_within_its_reach() {
        assert!(Scope::Repository.hears(Kind::Promotion));
        assert!(!Scope::Repository.hears(Kind::RepoEvent));
        assert!(Scope::Namespace.hears(Kind::RepoEvent) && Scope::Namespace.hears(Kind::TagPull));
        assert!(!Scope::Namespace.hears(Kind::ScannerUpdateCompleted));
        assert!(Kind::ALL.into_iter().all(|kind| Scope::Global.hears(kind)));
    }
}
