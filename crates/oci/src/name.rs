//! Names of namespaces, repositories and tags.
//!
//! A repository is `namespace/name`, exactly two levels, as in Docker Trusted Registry; each level follows the
//! grammar of the OCI Distribution Specification 1.1 ("Pulling manifests"): lower-case letters and digits, between
//! them `.`, `_`, `__` or any number of `-`. The whole is at most 255 characters long.

use crate::{Digest, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, fmt, str::FromStr};

/// Longest `namespace/name`, in characters.
pub const MAX_LENGTH: usize = 255;
/// Longest tag, in characters.
pub const MAX_TAG_LENGTH: usize = 128;

/// The name of a user or an organization: the first level of its repositories' names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(Box<str>);

impl Namespace {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        check_level("namespace", text)?;
        if text.len() > MAX_LENGTH - 2 {
            return Err(too_long());
        }
        Ok(Self(text.into()))
    }
}

/// The name of a repository, `namespace/name`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RepositoryName {
    text: Box<str>,
    /// Where the slash is.
    slash: u8,
}

impl RepositoryName {
    /// The repository `name` of a namespace.
    pub fn new(namespace: Namespace, name: &str) -> Result<Self, Error> {
        format!("{namespace}/{name}").parse()
    }

    /// The part before the slash.
    pub fn namespace(&self) -> &str {
        self.text.get(..usize::from(self.slash)).unwrap_or_default()
    }

    /// The part after the slash.
    pub fn name(&self) -> &str {
        self.text
            .get(usize::from(self.slash) + 1..)
            .unwrap_or_default()
    }

    /// The whole, `namespace/name`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for RepositoryName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_LENGTH {
            return Err(too_long());
        }
        let two_levels =
            || Error::name_invalid("a repository's name has exactly two levels: namespace/name");
        let (namespace, name) = text.split_once('/').ok_or_else(two_levels)?;
        if name.contains('/') {
            return Err(two_levels());
        }
        check_level("namespace", namespace)?;
        check_level("repository", name)?;
        let slash = u8::try_from(namespace.len()).map_err(|_| too_long())?;
        Ok(Self {
            text: text.into(),
            slash,
        })
    }
}

/// By namespace, then by name.
impl Ord for RepositoryName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.namespace(), self.name()).cmp(&(other.namespace(), other.name()))
    }
}

impl PartialOrd for RepositoryName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

fn too_long() -> Error {
    Error::name_invalid(format!(
        "namespace/name is at most {MAX_LENGTH} characters long"
    ))
}

/// Checks one level of a name: `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn check_level(what: &str, text: &str) -> Result<(), Error> {
    let alphanumeric = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9');
    let bytes = text.as_bytes();
    let edges = bytes
        .first()
        .zip(bytes.last())
        .is_some_and(|(first, last)| alphanumeric(*first) && alphanumeric(*last));
    let separators = bytes.split(|byte| alphanumeric(*byte)).all(|run| {
        matches!(run, b"" | b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-')
    });
    if edges && separators {
        return Ok(());
    }
    Err(Error::name_invalid(format!(
        "a {what} name has lower-case letters and digits, and between them `.`, `_`, `__` or hyphens; it starts and ends \
         with a letter or digit"
    )))
}

/// The name of a manifest that can move: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let good = text.len() <= MAX_TAG_LENGTH
            && text.bytes().next().is_some_and(word)
            && text
                .bytes()
                .all(|byte| word(byte) || matches!(byte, b'.' | b'-'));
        if good {
            return Ok(Self(text.into()));
        }
        Err(Error::tag_invalid(format!(
            "a tag has at most {MAX_TAG_LENGTH} letters, digits, `_`, `.` and `-`, and does not start with `.` or `-`"
        )))
    }
}

/// What names a manifest in a path: a tag or a digest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// A name that can move.
    Tag(Tag),
    /// The content itself.
    Digest(Digest),
}

impl FromStr for Reference {
    type Err = Error;

    /// What has a colon is a digest, since no tag can have one.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains(':') {
            text.parse().map(Self::Digest)
        } else {
            text.parse().map(Self::Tag)
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

macro_rules! text {
    ($($name:ident . $field:tt),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.$field)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.$field
            }
        }
    )*};
}
text!(Namespace.0, RepositoryName.text, Tag.0);

macro_rules! string_in_json {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(|error: Error| de::Error::custom(error.message))
            }
        }
    )*};
}
string_in_json!(Namespace, RepositoryName, Tag, Reference);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use proptest::prelude::*;

    #[test]
    fn names_that_are_right() {
        for (text, namespace, name) in [
            ("admin/web", "admin", "web"),
            ("a/b", "a", "b"),
            ("0/9", "0", "9"),
            ("my-org/my.app_v2", "my-org", "my.app_v2"),
            ("a--b/c__d", "a--b", "c__d"),
            ("a---b/c.d.e", "a---b", "c.d.e"),
        ] {
            let parsed: RepositoryName = text.parse().unwrap();
            assert_eq!(
                (parsed.namespace(), parsed.name(), parsed.as_str()),
                (namespace, name, text)
            );
            assert_eq!(
                RepositoryName::new(namespace.parse().unwrap(), name).unwrap(),
                parsed
            );
        }
    }

    #[test]
    fn names_that_are_refused() {
        for text in [
            "",
            "/",
            "a",
            "a/",
            "/a",
            "a/b/c",
            "a//b",
            "A/b",
            "a/B",
            "a/b_",
            "a/_b",
            "a/-b",
            "a/b-",
            "a/.b",
            "a/b.",
            "./b",
            "../b",
            "a/..",
            "a/b..c",
            "a/b___c",
            "a/b._c",
            "a/b-_c",
            "a/b c",
            "a/b\0",
            "a/b\n",
            "a/b%2f",
            "a\\b",
            "a/b:c",
            "a/\u{e9}",
            "a/b@c",
            "\u{ff41}/b",
        ] {
            let error = text.parse::<RepositoryName>().expect_err(text);
            assert_eq!(
                (error.code, error.status),
                (Code::NameInvalid, 400),
                "{text:?}"
            );
        }
        assert!(
            "a/b/c"
                .parse::<RepositoryName>()
                .unwrap_err()
                .message
                .contains("exactly two levels")
        );
    }

    #[test]
    fn a_name_is_255_long_and_no_longer() {
        let longest = format!("{}/b", "a".repeat(253));
        assert_eq!(longest.parse::<RepositoryName>().unwrap().name(), "b");
        assert!(format!("{longest}b").parse::<RepositoryName>().is_err());
        assert!("a".repeat(253).parse::<Namespace>().is_ok());
        assert!("a".repeat(254).parse::<Namespace>().is_err());
    }

    #[test]
    fn tags() {
        for text in ["latest", "1", "_", "V1.2-rc_3", "a..b", &"t".repeat(128)] {
            assert_eq!(text.parse::<Tag>().unwrap().as_str(), text);
        }
        for text in [
            "",
            ".a",
            "-a",
            "a/b",
            "a:b",
            "a b",
            "a\0",
            "\u{e9}",
            "a%41",
            &"t".repeat(129),
        ] {
            assert_eq!(
                text.parse::<Tag>().expect_err(text).code,
                Code::TagInvalid,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_colon_makes_a_digest() {
        assert!(matches!("latest".parse(), Ok(Reference::Tag(_))));
        let digest = Digest::of(crate::Algorithm::Sha256, b"x").to_string();
        assert!(matches!(digest.parse(), Ok(Reference::Digest(_))));
        assert_eq!(
            "sha256:bad".parse::<Reference>().unwrap_err().code,
            Code::DigestInvalid
        );
        assert_eq!("".parse::<Reference>().unwrap_err().code, Code::TagInvalid);
    }

    #[test]
    fn order_is_by_level() {
        let mut names: Vec<RepositoryName> = ["a-b/c", "a/d", "a/c"]
            .map(|name| name.parse().unwrap())
            .into();
        names.sort();
        assert_eq!(
            names.iter().map(RepositoryName::as_str).collect::<Vec<_>>(),
            ["a/c", "a/d", "a-b/c"]
        );
    }

    /// Words joined by the separators that the grammar allows.
    fn level() -> impl Strategy<Value = String> {
        "[a-z0-9]{1,5}((\\.|_|__|-{1,3})[a-z0-9]{1,5}){0,3}"
    }

    proptest! {
        #[test]
        fn the_grammar_is_accepted(namespace in level(), name in level()) {
            let text = format!("{namespace}/{name}");
            let parsed: RepositoryName = serde_json::from_value(text.clone().into()).unwrap();
            prop_assert_eq!(serde_json::to_value(&parsed).unwrap(), text);
        }

        #[test]
        fn what_is_accepted_holds_nothing_else(text in "[a-z./_%\\\\A-Z-]{0,12}") {
            if let Ok(name) = text.parse::<RepositoryName>() {
                prop_assert_eq!(text.matches('/').count(), 1);
                prop_assert!(!text.contains("..") && !text.contains(['%', '\\']) && !text.contains(char::is_uppercase));
                prop_assert_eq!(format!("{}/{}", name.namespace(), name.name()), text);
            }
        }
    }
}
