//! Paths as they stand in a layer: relative to the image's root, normalised, and lossless though not every name is UTF-8.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};

/// A path below the image's root, without a leading slash. Bytes that are not UTF-8 are written `\xNN`, a backslash `\\`,
/// so that two names are one path exactly when they are the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LayerPath(String);

/// Why a name is no path of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// It climbs with `..`.
    #[error("the name climbs out of its directory with `..`")]
    Climbs,
    /// A NUL ends names in every system that could unpack it.
    #[error("the name holds a NUL")]
    Nul,
    /// More bytes than the limit.
    #[error("the name is too long")]
    TooLong,
    /// More directories than the limit.
    #[error("the name lies too deep")]
    TooDeep,
}

impl LayerPath {
    /// Normalises a name of an archive: absolute names become relative, `.` and empty parts go. `..` is refused, because
    /// what it means depends on links. The root itself is `None`.
    pub fn parse(
        raw: &[u8],
        max_bytes: usize,
        max_depth: usize,
    ) -> Result<Option<Self>, PathFault> {
        if raw.len() > max_bytes {
            return Err(PathFault::TooLong);
        }
        if raw.contains(&0) {
            return Err(PathFault::Nul);
        }
        let mut path = String::with_capacity(raw.len());
        let mut depth = 0;
        for part in raw
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty() && *part != b".")
        {
            if part == b".." {
                return Err(PathFault::Climbs);
            }
            depth += 1;
            if depth > max_depth {
                return Err(PathFault::TooDeep);
            }
            if !path.is_empty() {
                path.push('/');
            }
            escape(part, &mut path);
        }
        Ok((!path.is_empty()).then_some(Self(path)))
    }

    /// The target of a symbolic link at `self`, followed by its text alone; `None` when it leaves the root or is the root.
    pub fn resolve(&self, target: &[u8]) -> Option<Self> {
        let mut parts: Vec<&str> = if target.starts_with(b"/") {
            Vec::new()
        } else {
            self.0.split('/').collect()
        };
        if !target.starts_with(b"/") {
            parts.pop();
        }
        let mut text = String::new();
        escape(target, &mut text);
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        (!parts.is_empty()).then(|| Self(parts.join("/")))
    }

    /// Of a file whose name is not known yet.
    pub(super) fn unnamed() -> Self {
        Self(String::new())
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The directory that it is in; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0
            .rsplit_once('/')
            .map(|(parent, _)| Self(parent.to_owned()))
    }

    /// A sibling or, at the top, another name of the root.
    #[must_use]
    pub fn with_name(&self, name: &str) -> Self {
        match self.0.rsplit_once('/') {
            Some((parent, _)) => Self(format!("{parent}/{name}")),
            None => Self(name.to_owned()),
        }
    }

    /// Whether it is `directory` or lies below it.
    pub fn is_within(&self, directory: &Self) -> bool {
        self.0
            .strip_prefix(&directory.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether the two are one file where `/bin` and `/lib*` are links into `/usr`, as they are in today's distributions.
    pub fn merged(&self) -> &str {
        let Some(rest) = self.0.strip_prefix("usr/") else {
            return &self.0;
        };
        let top = rest.split('/').next().unwrap_or(rest);
        if matches!(top, "bin" | "sbin" | "lib" | "lib32" | "lib64" | "libx32") {
            rest
        } else {
            &self.0
        }
    }
}

impl fmt::Display for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

/// Writes bytes as text without losing one.
pub(super) fn escape(raw: &[u8], into: &mut String) {
    for chunk in raw.utf8_chunks() {
        for (index, part) in chunk.valid().split('\\').enumerate() {
            if index > 0 {
                into.push_str("\\\\");
            }
            into.push_str(part);
        }
        for byte in chunk.invalid() {
            let _infallible = write!(into, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(raw: &[u8]) -> Result<Option<LayerPath>, PathFault> {
        LayerPath::parse(raw, 64, 4)
    }

    fn path(raw: &[u8]) -> String {
        parse(raw).unwrap().unwrap().0
    }

    #[test]
    fn names_are_normalised_and_never_climb() {
        assert_eq!(path(b"./a//b/./c"), "a/b/c");
        assert_eq!(path(b"/etc/passwd"), "etc/passwd");
        assert_eq!(parse(b"./").unwrap(), None);
        assert_eq!(parse(b"a/../../etc"), Err(PathFault::Climbs));
        assert_eq!(parse(b"a\0b"), Err(PathFault::Nul));
        assert_eq!(parse(b"a/b/c/d/e"), Err(PathFault::TooDeep));
        assert_eq!(parse(&[b'a'; 65]), Err(PathFault::TooLong));
    }

    #[test]
    fn two_names_are_one_path_only_when_they_are_the_same_bytes() {
        assert_eq!(path(b"a\xffb"), "a\\xffb");
        assert_eq!(path(b"a\\xffb"), "a\\\\xffb");
        assert_eq!(path("größe".as_bytes()), "größe");
    }

    #[test]
    fn links_are_followed_by_their_text_and_stay_inside() {
        let link = parse(b"usr/lib/libz.so").unwrap().unwrap();
        assert_eq!(
            link.resolve(b"libz.so.1").unwrap().as_str(),
            "usr/lib/libz.so.1"
        );
        assert_eq!(
            link.resolve(b"../../../../etc/x").unwrap().as_str(),
            "etc/x"
        );
        assert_eq!(link.resolve(b"/opt/x").unwrap().as_str(), "opt/x");
        assert_eq!(link.resolve(b"/"), None);
    }

    #[test]
    fn usr_merge_makes_two_spellings_one() {
        let parse = |text: &str| LayerPath::parse(text.as_bytes(), 64, 9).unwrap().unwrap();
        assert_eq!(
            parse("usr/lib/x/libz.so").merged(),
            parse("lib/x/libz.so").merged()
        );
        assert_ne!(parse("usr/share/x").merged(), parse("share/x").merged());
    }

    #[test]
    fn a_directory_holds_what_is_below_it_and_not_its_namesakes() {
        let parse = |text: &str| LayerPath::parse(text.as_bytes(), 64, 9).unwrap().unwrap();
        assert!(parse("a/b").is_within(&parse("a")));
        assert!(!parse("ab").is_within(&parse("a")));
    }
}
