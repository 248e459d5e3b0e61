//! What somebody pasted into the search: a digest, an image's id, or a reference as docker prints it.

use oci::{
    digest::Digest,
    name::{RepositoryName, Tag},
};

/// What it names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pasted {
    /// A digest, wherever it is.
    Digest(Digest),
    /// `namespace/name:tag`, with or without a registry before it.
    Tag(RepositoryName, Tag),
    /// `namespace/name@digest`, with or without a registry and a tag.
    Manifest(RepositoryName, Digest),
    /// `registry/namespace/name`.
    Repository(RepositoryName),
}

impl Pasted {
    /// What `text` names; nothing where it is only a part of a name.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("docker pull ").unwrap_or(text).trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        if let Some(digest) = digest(text) {
            return Some(Self::Digest(digest));
        }
        if let Some((name, digest)) = text.split_once('@') {
            let name = tagged(name).map_or(name, |(name, _)| name);
            return Some(Self::Manifest(repository(name)?, digest.parse().ok()?));
        }
        match tagged(text) {
            Some((name, tag)) => Some(Self::Tag(repository(name)?, tag.parse().ok()?)),
            None if text.split('/').count() == 3 => repository(text).map(Self::Repository),
            None => None,
        }
    }
}

/// A digest, or the hexadecimal digits of SHA-256 alone.
fn digest(text: &str) -> Option<Digest> {
    let is_bare = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_bare {
        format!("sha256:{}", text.to_ascii_lowercase()).parse().ok()
    } else {
        text.parse().ok()
    }
}

/// A name and its tag; the colon of a registry's port is none of a tag.
fn tagged(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))
}

/// The last two segments: what is before them is the registry.
fn repository(text: &str) -> Option<RepositoryName> {
    let mut segments = text.rsplitn(3, '/');
    let (name, namespace) = (segments.next()?, segments.next()?);
    format!("{namespace}/{name}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_prints_is_read() {
        let hex = "0123456789abcdef".repeat(4);
        let digest: Digest = format!("sha256:{hex}").parse().expect("a digest");
        let name: RepositoryName = "acme/app".parse().expect("a name");
        let tag: Tag = "1.0".parse().expect("a tag");
        for (text, expected) in [
            (hex.clone(), Some(Pasted::Digest(digest))),
            (format!(" sha256:{hex}\n"), Some(Pasted::Digest(digest))),
            (
                "acme/app:1.0".to_owned(),
                Some(Pasted::Tag(name.clone(), tag.clone())),
            ),
            (
                "docker pull registry.example:5000/acme/app:1.0".to_owned(),
                Some(Pasted::Tag(name.clone(), tag)),
            ),
            (
                format!("https://registry.example/acme/app@sha256:{hex}"),
                Some(Pasted::Manifest(name.clone(), digest)),
            ),
            (
                format!("localhost:5000/acme/app:1.0@sha256:{hex}"),
                Some(Pasted::Manifest(name.clone(), digest)),
            ),
            (
                "localhost:5000/acme/app".to_owned(),
                Some(Pasted::Repository(name)),
            ),
            ("acme/app".to_owned(), None),
            ("app".to_owned(), None),
            ("app:1.0".to_owned(), None),
            ("acme/app@sha256:12".to_owned(), None),
            ("acme/APP:1".to_owned(), None),
            ("a/b/c/d".to_owned(), None),
            ("@".to_owned(), None),
            (":".to_owned(), None),
            ("//".to_owned(), None),
            ("sha256:".to_owned(), None),
        ] {
            assert_eq!(Pasted::read(&text), expected, "{text:?}");
        }
    }
}
