//! What is told of each kind of event: `contents` in DTR's wrapper, `data` in `CloudEvents`.

mod shapes;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::Kind;
pub use shapes::{
    Image, ImageDeleted, ImagePulled, ImagePushed, Mirrored, Promoted, Replica, RepositoryChange,
    RepositoryChanged, RepositoryData, ScanCompleted, ScanFailed, ScanSummary, ScannerUpdated,
};

/// What happened, in the shape of its [`Kind`]. It is written without a name around it; [`Contents::read`] needs the kind to read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each is a kind, and described there")]
pub enum Contents {
    TagPush(ImagePushed),
    TagPull(ImagePulled),
    TagDelete(ImageDeleted),
    ManifestPush(ImagePushed),
    ManifestPull(ImagePulled),
    ManifestDelete(ImageDeleted),
    ScanCompleted(ScanCompleted),
    ScanFailed(ScanFailed),
    Promotion(Promoted),
    PushMirroring(Mirrored),
    PollMirroring(Mirrored),
    RepoEvent(RepositoryChanged),
    ScannerUpdateCompleted(ScannerUpdated),
}

impl Contents {
    /// Reads what was written of an event of this kind. What the shape has no field for is dropped.
    pub fn read(kind: Kind, json: &str) -> Result<Self, serde_json::Error> {
        let from = json;
        Ok(match kind {
            Kind::TagPush => Self::TagPush(serde_json::from_str(from)?),
            Kind::TagPull => Self::TagPull(serde_json::from_str(from)?),
            Kind::TagDelete => Self::TagDelete(serde_json::from_str(from)?),
            Kind::ManifestPush => Self::ManifestPush(serde_json::from_str(from)?),
            Kind::ManifestPull => Self::ManifestPull(serde_json::from_str(from)?),
            Kind::ManifestDelete => Self::ManifestDelete(serde_json::from_str(from)?),
            Kind::ScanCompleted => Self::ScanCompleted(serde_json::from_str(from)?),
            Kind::ScanFailed => Self::ScanFailed(serde_json::from_str(from)?),
            Kind::Promotion => Self::Promotion(serde_json::from_str(from)?),
            Kind::PushMirroring => Self::PushMirroring(serde_json::from_str(from)?),
            Kind::PollMirroring => Self::PollMirroring(serde_json::from_str(from)?),
            Kind::RepoEvent => Self::RepoEvent(serde_json::from_str(from)?),
            Kind::ScannerUpdateCompleted => {
                Self::ScannerUpdateCompleted(serde_json::from_str(from)?)
            }
        })
    }

    /// Of which kind it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::TagPush(_) => Kind::TagPush,
            Self::TagPull(_) => Kind::TagPull,
            Self::TagDelete(_) => Kind::TagDelete,
            Self::ManifestPush(_) => Kind::ManifestPush,
            Self::ManifestPull(_) => Kind::ManifestPull,
            Self::ManifestDelete(_) => Kind::ManifestDelete,
            Self::ScanCompleted(_) => Kind::ScanCompleted,
            Self::ScanFailed(_) => Kind::ScanFailed,
            Self::Promotion(_) => Kind::Promotion,
            Self::PushMirroring(_) => Kind::PushMirroring,
            Self::PollMirroring(_) => Kind::PollMirroring,
            Self::RepoEvent(_) => Kind::RepoEvent,
            Self::ScannerUpdateCompleted(_) => Kind::ScannerUpdateCompleted,
        }
    }

    /// What it is about, for people and for `subject` in `CloudEvents`: `foo/bar:latest`, `foo/bar@sha256:…`, `foo/bar`. Nothing where
    /// it is about the registry.
    pub fn subject(&self) -> Option<String> {
        match self.place() {
            Place::Tag(of, tag) => Some(format!("{of}:{tag}")),
            Place::Manifest(of, digest) => Some(format!("{of}@{digest}")),
            Place::Repository(of) => Some(of),
            Place::Registry => None,
        }
    }

    /// The path of its page in the interface: DTR's `location`.
    pub fn location(&self) -> String {
        match self.place() {
            Place::Tag(of, tag) => format!("/repositories/{of}/tags/{tag}"),
            Place::Manifest(of, digest) => format!("/repositories/{of}/manifests/{digest}"),
            Place::Repository(of) => format!("/repositories/{of}"),
            Place::Registry => String::from("/system/security"),
        }
    }

    fn place(&self) -> Place<'_> {
        match self {
            Self::TagPush(pushed) => pushed.image.by_tag(),
            Self::TagPull(pulled) => pulled.image.by_tag(),
            Self::TagDelete(deleted) => deleted.image.by_tag(),
            Self::ManifestPush(pushed) => pushed.image.by_digest(),
            Self::ManifestPull(pulled) => pulled.image.by_digest(),
            Self::ManifestDelete(deleted) => deleted.image.by_digest(),
            Self::Promotion(promoted) => promoted.pushed.image.by_tag(),
            Self::PushMirroring(mirrored) | Self::PollMirroring(mirrored) => {
                mirrored.pushed.image.by_tag()
            }
            Self::ScanCompleted(scan) => {
                Place::Tag(full_name(&scan.namespace, &scan.repository), &scan.tag)
            }
            Self::ScanFailed(scan) => {
                Place::Tag(full_name(&scan.namespace, &scan.repository), &scan.tag)
            }
            Self::RepoEvent(change) => {
                Place::Repository(full_name(&change.namespace, &change.repository))
            }
            Self::ScannerUpdateCompleted(_) => Place::Registry,
        }
    }
}

/// What an event is about. The first part is the repository's full name.
enum Place<'c> {
    Tag(String, &'c str),
    Manifest(String, &'c str),
    Repository(String),
    Registry,
}

impl Image {
    /// By its tag; by its digest where it has none.
    fn by_tag(&self) -> Place<'_> {
        match &self.tag {
            Some(tag) => Place::Tag(full_name(&self.namespace, &self.repository), tag),
            None => self.by_digest(),
        }
    }

    fn by_digest(&self) -> Place<'_> {
        Place::Manifest(full_name(&self.namespace, &self.repository), &self.digest)
    }
}

fn full_name(namespace: &str, repository: &str) -> String {
    format!("{namespace}/{repository}")
}
