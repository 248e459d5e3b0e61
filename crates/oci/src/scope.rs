//! Scopes of registry tokens: `repository:namespace/name:pull,push`.
//!
//! Docker Registry v2 authentication, "Token Scope Documentation": `type[(class)]:name:action[,action…]`, several of
//! them separated by spaces. A name may have colons of its own (a host's port), so the type ends at the first colon
//! and the actions start after the last one.

use crate::Error;
use std::{collections::BTreeSet, fmt, str::FromStr};

/// Longest scope parameter that is read, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;

/// What a scope is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// A repository; the name is its name.
    Repository,
    /// The registry as a whole; the name is `catalog`.
    Registry,
    /// Something that other registries know.
    Other(String),
}

impl fmt::Display for ScopeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repository => "repository",
            Self::Registry => "registry",
            Self::Other(kind) => kind,
        })
    }
}

/// One scope: what a token is asked for, or lets its bearer do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The type of the resource, without its class.
    pub kind: ScopeKind,
    /// The name of the resource, as it was asked for: it need not be a good name.
    pub name: String,
    /// `pull`, `push`, `delete`, `*` and whatever else was asked for.
    pub actions: BTreeSet<String>,
}

impl Scope {
    /// Whether this action was named, or `*`.
    pub fn has(&self, action: &str) -> bool {
        self.actions.contains(action) || self.actions.contains("*")
    }

    /// Reads a `scope` parameter: none or several scopes, separated by spaces.
    ///
    /// # Errors
    /// 400 `UNSUPPORTED` when one of them is malformed, or the whole longer than [`MAX_LENGTH`].
    pub fn parse_many(text: &str) -> Result<Vec<Self>, Error> {
        if text.len() > MAX_LENGTH {
            return Err(
                Error::unsupported(format!("scope is longer than {MAX_LENGTH} bytes"))
                    .with_status(400),
            );
        }
        text.split_ascii_whitespace().map(str::parse).collect()
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || {
            Error::unsupported("a scope looks like repository:namespace/name:pull,push")
                .with_status(400)
        };
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(malformed());
        }
        let (kind, rest) = text.split_once(':').ok_or_else(malformed)?;
        let (name, actions) = rest.rsplit_once(':').ok_or_else(malformed)?;
        let kind = match kind.split_once('(') {
            None => kind,
            Some((kind, class)) if class.len() > 1 && class.ends_with(')') => kind,
            Some(_) => return Err(malformed()),
        };
        if kind.is_empty() || name.is_empty() {
            return Err(malformed());
        }
        let kind = match kind {
            "repository" => ScopeKind::Repository,
            "registry" => ScopeKind::Registry,
            other => ScopeKind::Other(other.to_owned()),
        };
        let actions = actions
            .split(',')
            .filter(|action| !action.is_empty())
            .map(str::to_owned)
            .collect();
        Ok(Self {
            kind,
            name: name.to_owned(),
            actions,
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.kind, self.name)?;
        for (i, action) in self.actions.iter().enumerate() {
            write!(f, "{}{action}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scopes_that_clients_send() {
        for (text, kind, name, actions) in [
            (
                "repository:admin/web:pull,push",
                ScopeKind::Repository,
                "admin/web",
                &["pull", "push"][..],
            ),
            (
                "repository:admin/web:push,pull",
                ScopeKind::Repository,
                "admin/web",
                &["pull", "push"],
            ),
            (
                "repository(plugin):admin/web:pull",
                ScopeKind::Repository,
                "admin/web",
                &["pull"],
            ),
            (
                "repository:host:5000/admin/web:*",
                ScopeKind::Repository,
                "host:5000/admin/web",
                &["*"],
            ),
            ("registry:catalog:*", ScopeKind::Registry, "catalog", &["*"]),
            (
                "artifact-repository:x:pull",
                ScopeKind::Other("artifact-repository".into()),
                "x",
                &["pull"],
            ),
            ("repository:a/b:", ScopeKind::Repository, "a/b", &[]),
            (
                "repository:a/b:,pull,,pull,",
                ScopeKind::Repository,
                "a/b",
                &["pull"],
            ),
        ] {
            let scope: Scope = text.parse().unwrap();
            assert_eq!((&scope.kind, scope.name.as_str()), (&kind, name), "{text}");
            assert_eq!(
                scope.actions.iter().map(String::as_str).collect::<Vec<_>>(),
                actions,
                "{text}"
            );
        }
    }

    #[test]
    fn scopes_that_are_refused() {
        for text in [
            "",
            ":",
            "::",
            "repository",
            "repository:a/b",
            "repository::pull",
            ":a/b:pull",
            "repository(:a:pull",
            "repository():a:pull",
            "(x):a:pull",
            "repository:a b:pull",
            "repository:a\0b:pull",
        ] {
            assert_eq!(
                text.parse::<Scope>().expect_err(text).status,
                400,
                "{text:?}"
            );
        }
        assert!(Scope::parse_many(&"x".repeat(MAX_LENGTH + 1)).is_err());
    }

    #[test]
    fn several_in_one_parameter() {
        let scopes = Scope::parse_many(" repository:a/b:pull  repository:c/d:pull,push ").unwrap();
        assert_eq!(scopes.len(), 2);
        assert!(scopes.iter().all(|scope| scope.has("pull")));
        assert!(!scopes.iter().all(|scope| scope.has("push")));
        assert_eq!(Scope::parse_many(""), Ok(vec![]));
        assert!(Scope::parse_many("repository:a/b:pull nonsense").is_err());
        assert!(
            "registry:catalog:*"
                .parse::<Scope>()
                .unwrap()
                .has("anything")
        );
    }

    proptest! {
        #[test]
        fn what_is_read_is_written(text in "[a-z(:),/ *]{0,24}") {
            if let Ok(scope) = text.parse::<Scope>() {
                prop_assert_eq!(scope.to_string().parse::<Scope>().unwrap(), scope);
            }
        }
    }
}
