//! The paths of Notary's protocol: which operation, on which collection and file (note, section 1.1).
//!
//! A collection's name has slashes and a colon, and so have roles: a path is read from its right end. It is read as it came over the
//! wire; the only escapes are those of the characters that a host with a port may have.

use ::trust::Role;

/// Longest path that is read, in bytes: that of the registry's own paths.
const MAX_LENGTH: usize = oci::path::MAX_LENGTH;
/// What no repository's name has in it.
const MARK: &str = "/_trust/";
/// Digits of SHA-256, SHA-384 and SHA-512.
const HASHES: [usize; 3] = [64, 96, 128];

/// Where a request goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// `/v2/<gun>/_trust/tuf/`
    Collection {
        /// Which.
        gun: String,
    },
    /// `/v2/<gun>/_trust/tuf/….json`
    File {
        /// Of which collection.
        gun: String,
        /// Which; `None` where the name looks like a role's and is none, so that there cannot be such a file.
        wanted: Option<Wanted>,
    },
    /// `/v2/<gun>/_trust/tuf/<role>.key`
    Key {
        /// For which collection.
        gun: String,
        /// For which role.
        role: ::trust::ServerRole,
    },
    /// `/v2/<gun>/_trust/changefeed`
    Changes {
        /// Of which collection.
        gun: String,
    },
    /// `/v2/_trust/changefeed`
    AllChanges,
}

/// A version of a role's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The role.
    pub(super) role: Role,
    /// Which version.
    pub(super) which: Which,
}

/// See [`Wanted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// The newest.
    Current,
    /// The one of that number.
    Version(i64),
    /// The one with that hash, in hexadecimal digits as they were written.
    Hash(String),
}

/// Whether a path belongs here, and not to the registry.
pub(crate) fn is_trust(path: &str) -> bool {
    path.contains(MARK)
}

impl Endpoint {
    /// Reads a path; `None` where there is nothing.
    pub(super) fn parse(path: &str) -> Option<Self> {
        if path.len() > MAX_LENGTH {
            return None;
        }
        let path = decode(path)?;
        let rest = path.strip_prefix("/v2")?;
        let (gun, what) = rest.rsplit_once(MARK)?;
        if gun.is_empty() {
            return (what == "changefeed").then_some(Self::AllChanges);
        }
        let gun = gun.strip_prefix('/')?.to_owned();
        match what.strip_prefix("tuf/") {
            None => (what == "changefeed").then_some(Self::Changes { gun }),
            Some("") => Some(Self::Collection { gun }),
            Some(file) => match file.strip_suffix(".key") {
                Some(role) => {
                    let role: Role = role.parse().ok()?;
                    let role = ::trust::ServerRole::try_from(&role).ok()?;
                    Some(Self::Key { gun, role })
                }
                None => Some(Self::File {
                    gun,
                    wanted: wanted(file.strip_suffix(".json")?).ok()?,
                }),
            },
        }
    }

    /// The collection that it is about.
    pub(super) fn gun(&self) -> Option<&str> {
        match self {
            Self::Collection { gun }
            | Self::File { gun, .. }
            | Self::Key { gun, .. }
            | Self::Changes { gun } => Some(gun),
            Self::AllChanges => None,
        }
    }
}

/// The path without escapes; `None` for one that is longer than it has to be, or changes the path's shape.
fn decode(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut decoded = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        decoded.push(match digits {
            "3A" | "3a" => ':',
            "5B" | "5b" => '[',
            "5D" | "5d" => ']',
            _ => return None,
        });
        decoded.push_str(rest);
    }
    Some(decoded)
}

/// A name that no file could have.
#[derive(Debug, PartialEq, Eq)]
struct NoFile;

/// `<role>`, `<role>.<hash>` or `<version>.<role>`. `None`: it is like that, and there is no such role or version.
fn wanted(name: &str) -> Result<Option<Wanted>, NoFile> {
    let (role, which) = if let Some((role, hash)) = hashed(name) {
        (role, Some(Which::Hash(hash.to_owned())))
    } else if let Some((version, role)) = versioned(name) {
        (role, version.map(Which::Version))
    } else {
        (name, Some(Which::Current))
    };
    let looks_like_one = match role.strip_prefix("targets") {
        Some("") => true,
        Some(below) => below
            .strip_prefix('/')
            .is_some_and(|below| below.split('/').all(|part| !part.is_empty())),
        None => matches!(role, "root" | "snapshot" | "timestamp"),
    };
    if !looks_like_one {
        return Err(NoFile);
    }
    let role: Option<Role> = role.parse().ok();
    Ok(role.zip(which).map(|(role, which)| Wanted { role, which }))
}

fn hashed(name: &str) -> Option<(&str, &str)> {
    let (role, hash) = name.rsplit_once('.')?;
    let is_hash = HASHES.contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some((role, hash))
}

/// The version, which is `None` where no file has it, and the role.
fn versioned(name: &str) -> Option<(Option<i64>, &str)> {
    let (version, role) = name.split_once('.')?;
    let is_number = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let number = || version.parse().ok().filter(|_| !version.starts_with('0'));
    is_number.then(|| (number(), role))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUN: &str = "dtr.example.com:4443/dev/nginx";

    fn file(path: &str) -> Result<Option<Wanted>, NoFile> {
        match Endpoint::parse(&format!("/v2/{GUN}/_trust/tuf/{path}")) {
            Some(Endpoint::File { gun, wanted }) => {
                assert_eq!(gun, GUN);
                Ok(wanted)
            }
            other => {
                assert_eq!(other, None, "{path}");
                Err(NoFile)
            }
        }
    }

    fn found(path: &str) -> (String, Which) {
        let wanted = file(path).expect(path).expect(path);
        (wanted.role.to_string(), wanted.which)
    }

    #[test]
    fn files_by_role_version_and_hash() {
        let hash = "ab".repeat(32);
        let long = "0".repeat(128);
        for (path, role, which) in [
            ("root.json".to_owned(), "root", Which::Current),
            (
                "targets/releases.json".to_owned(),
                "targets/releases",
                Which::Current,
            ),
            ("1.root.json".to_owned(), "root", Which::Version(1)),
            (
                "12.targets/a/b.json".to_owned(),
                "targets/a/b",
                Which::Version(12),
            ),
            (
                format!("snapshot.{hash}.json"),
                "snapshot",
                Which::Hash(hash.clone()),
            ),
            (
                format!("targets/releases.{long}.json"),
                "targets/releases",
                Which::Hash(long),
            ),
        ] {
            assert_eq!(found(&path), (role.to_owned(), which), "{path}");
        }
    }

    #[test]
    fn what_looks_like_a_file_and_is_none() {
        for path in [
            "0.root.json",
            "01.root.json",
            "99999999999999999999.root.json",
            "targets/Alice.json",
            "targets/a.b.json",
        ] {
            assert_eq!(file(path), Ok(None), "{path}");
        }
        for path in [
            "x.json",
            "roots.json",
            "targets//a.json",
            "targets/.json",
            "a.root.json",
            "root",
        ] {
            assert_eq!(
                Endpoint::parse(&format!("/v2/{GUN}/_trust/tuf/{path}")),
                None,
                "{path}"
            );
        }
    }

    #[test]
    fn what_is_no_file() {
        let gun = || GUN.to_owned();
        let at = |rest: &str| Endpoint::parse(&format!("/v2/{GUN}/_trust/{rest}"));
        assert_eq!(at("tuf/"), Some(Endpoint::Collection { gun: gun() }));
        assert_eq!(at("changefeed"), Some(Endpoint::Changes { gun: gun() }));
        let role = ::trust::ServerRole::Timestamp;
        assert_eq!(
            at("tuf/timestamp.key"),
            Some(Endpoint::Key { gun: gun(), role })
        );
        assert_eq!(
            Endpoint::parse("/v2/_trust/changefeed"),
            Some(Endpoint::AllChanges)
        );
        for rest in [
            "tuf",
            "",
            "tuf/root.key",
            "tuf/targets.key",
            "changefeed/",
            "metrics",
        ] {
            assert_eq!(at(rest), None, "{rest}");
        }
        for path in [
            "/v2/_trust/tuf/",
            "/v2//_trust/changefeed",
            "/v2x/_trust/changefeed",
        ] {
            assert!(
                Endpoint::parse(path).is_none_or(|found| found.gun() == Some("")),
                "{path}"
            );
        }
    }

    #[test]
    fn escapes_of_hosts_and_no_others() {
        let parse = |gun: &str| Endpoint::parse(&format!("/v2/{gun}/_trust/changefeed"));
        for (escaped, gun) in [
            ("localhost%3a80/a/b", "localhost:80/a/b"),
            ("%5B::1%5D/a/b", "[::1]/a/b"),
        ] {
            assert_eq!(
                parse(escaped),
                Some(Endpoint::Changes {
                    gun: gun.to_owned()
                })
            );
        }
        for escaped in [
            "localhost%2Fa/b",
            "localhost/%61/b",
            "localhost/a/b%00",
            "localhost/a/b%",
            "a%é/b",
        ] {
            assert_eq!(parse(escaped), None, "{escaped}");
        }
        assert_eq!(
            Endpoint::parse(&format!("/v2/{}/_trust/changefeed", "a".repeat(3000))),
            None
        );
    }
}
