//! The roles of a collection: who signs what (notary `tuf/data/roles.go`).

use std::{fmt, str::FromStr};

/// The longest name of a role, in bytes: Notary's columns hold no more.
pub const MAX_LENGTH: usize = 255;
/// The delegation that `docker` takes what is released from.
pub const RELEASES: &str = "targets/releases";

/// A role's name is none of the four, and no delegation's either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a role is root, targets, snapshot, timestamp, or targets/ and names of a-z, 0-9, - and _ with / between them"
)]
pub struct RoleError;

/// A role. In order, those above come before those below: `targets` before `targets/a` before `targets/a/b`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Role {
    Root,
    Timestamp,
    Snapshot,
    Targets,
    /// To whom somebody else's right to name targets is given, in part or in whole.
    Delegation(Delegation),
}

/// The name of a delegated role, `targets/…`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Delegation(Box<str>);

impl Delegation {
    /// The whole name, with `targets/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The role that delegates to this one.
    pub fn parent(&self) -> Role {
        match self.0.rsplit_once('/') {
            Some((parent, _)) if parent.contains('/') => Role::Delegation(Self(parent.into())),
            _ => Role::Targets,
        }
    }

    fn depth(&self) -> usize {
        self.0.matches('/').count()
    }
}

impl Ord for Delegation {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.depth(), &self.0).cmp(&(other.depth(), &other.0))
    }
}

impl PartialOrd for Delegation {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Role {
    /// The four that every collection has.
    pub const BASE: [Self; 4] = [Self::Root, Self::Targets, Self::Snapshot, Self::Timestamp];

    /// The delegation that `docker` takes what is released from.
    pub fn releases() -> Self {
        Self::Delegation(Delegation(RELEASES.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Root => "root",
            Self::Targets => "targets",
            Self::Snapshot => "snapshot",
            Self::Timestamp => "timestamp",
            Self::Delegation(name) => name.as_str(),
        }
    }

    /// The role that delegates to this one. The four that the root names have none.
    pub fn parent(&self) -> Option<Self> {
        match self {
            Self::Delegation(name) => Some(name.parent()),
            _ => None,
        }
    }

    /// The roles above this one, the nearest first, up to `targets`.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Whether it names targets: `targets` and what it delegates to.
    pub fn names_targets(&self) -> bool {
        matches!(self, Self::Targets | Self::Delegation(_))
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        if let Some(base) = Self::BASE.into_iter().find(|role| role.as_str() == text) {
            return Ok(base);
        }
        let segment = |segment: &str| {
            let good = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
            !segment.is_empty() && segment.bytes().all(good)
        };
        let below = text.strip_prefix("targets/").ok_or(RoleError)?;
        if text.len() <= MAX_LENGTH && below.split('/').all(segment) {
            Ok(Self::Delegation(Delegation(text.into())))
        } else {
            Err(RoleError)
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Delegation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_right() {
        let longest = format!("targets/{}", "a".repeat(MAX_LENGTH - 8));
        for text in [
            "root",
            "targets",
            "snapshot",
            "timestamp",
            "targets/releases",
            "targets/a_b-c/1/-",
            &longest,
        ] {
            assert_eq!(text.parse::<Role>().expect(text).as_str(), text);
        }
        assert_eq!(Role::releases(), RELEASES.parse().expect("releases"));
    }

    #[test]
    fn names_that_are_forged() {
        let long = format!("targets/{}", "a".repeat(MAX_LENGTH - 7));
        for text in [
            "",
            "Root",
            "root ",
            "root.json",
            "targetsx",
            "targets/",
            "/targets",
            "targets//a",
            "targets/a/",
            "targets/.",
            "targets/../root",
            "targets/Alice",
            "targets/a.b",
            "targets/é",
            "targets/a\0",
            "targets\\a",
            "root/a",
            "mirrors",
            &long,
        ] {
            assert_eq!(text.parse::<Role>(), Err(RoleError), "{text}");
        }
    }

    #[test]
    fn those_above_come_first() {
        let role = |text: &str| text.parse::<Role>().expect(text);
        let mut roles: Vec<_> = [
            "targets/z",
            "targets/a/b",
            "targets",
            "targets/a/b/c",
            "targets/b",
            "root",
        ]
        .map(role)
        .into();
        roles.sort();
        let names: Vec<_> = roles.iter().map(Role::as_str).collect();
        assert_eq!(
            names,
            [
                "root",
                "targets",
                "targets/b",
                "targets/z",
                "targets/a/b",
                "targets/a/b/c"
            ]
        );
        let above: Vec<_> = role("targets/a/b/c").ancestors().collect();
        assert_eq!(above, ["targets/a/b", "targets/a", "targets"].map(role));
        assert_eq!(role("snapshot").parent(), None);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}|targets/[a-zA-Z_./-]{0,20}") {
            if let Ok(role) = text.parse::<Role>() {
                prop_assert_eq!(role.as_str(), text);
                prop_assert!(role.ancestors().all(|above| above < role));
            }
        }
    }
}
