//! The name of a collection: the GUN ("globally unique name") of Notary, which is the full name of a repository with the host
//! that it is pulled from.

use std::{fmt, str::FromStr};

use oci::RepositoryName;

/// The longest GUN, in bytes: Notary's columns hold no more.
pub const MAX_LENGTH: usize = 255;

/// A text is not `host[:port]/namespace/name`, or too long.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a GUN is host[:port]/namespace/name, of at most {MAX_LENGTH} bytes")]
pub struct GunError;

/// A GUN, `host[:port]/namespace/name`. Case counts: a GUN is signed as it is written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gun {
    host: Box<str>,
    repository: RepositoryName,
}

impl Gun {
    /// The GUN of a repository under one of our hosts.
    pub fn of(host: &str, repository: &RepositoryName) -> Result<Self, GunError> {
        format!("{host}/{repository}").parse()
    }

    /// The host, and its port where there is one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository, without the host.
    pub fn repository(&self) -> &RepositoryName {
        &self.repository
    }
}

impl FromStr for Gun {
    type Err = GunError;

    fn from_str(text: &str) -> Result<Self, GunError> {
        let (host, repository) = text.split_once('/').ok_or(GunError)?;
        if text.len() > MAX_LENGTH || !is_host(host) {
            return Err(GunError);
        }
        Ok(Self {
            host: host.into(),
            repository: repository.parse().map_err(|_| GunError)?,
        })
    }
}

/// `name`, `name:port`, or an IPv6 address in brackets: what is compared with the configured names, letter by letter.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !text.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let port = port.is_none_or(|port| {
        !port.starts_with('0')
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok()
    });
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let name = match inner {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }),
    };
    name && port
}

impl fmt::Display for Gun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)
    }
}

impl fmt::Debug for Gun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn guns_that_are_right() {
        for (text, host) in [
            ("dtr.example.com/dev/nginx", "dtr.example.com"),
            ("dtr.example.com:4443/dev/nginx", "dtr.example.com:4443"),
            ("localhost/a/b", "localhost"),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000"),
            ("[::1]/a/b", "[::1]"),
            ("[::1]:8443/a/b", "[::1]:8443"),
            ("DTR.example.com/a/b", "DTR.example.com"),
        ] {
            let gun: Gun = text.parse().expect(text);
            assert_eq!((gun.host(), gun.to_string().as_str()), (host, text));
            let again = Gun::of(gun.host(), gun.repository());
            assert_eq!(again.as_ref(), Ok(&gun));
        }
    }

    #[test]
    fn guns_that_are_refused() {
        let long = format!("dtr.example.com/a/{}", "b".repeat(240));
        for text in [
            "",
            "dev/nginx",
            "dtr.example.com",
            "dtr.example.com/nginx",
            "dtr.example.com/a/b/c",
            "dtr.example.com//b",
            "dtr.example.com/a/../b",
            "dtr.example.com/../b",
            "dtr.example.com/a/*",
            "dtr.example.com/a/b ",
            "dtr.example.com/a/b\n",
            "dtr.example.com/A/b",
            "https://dtr.example.com/a/b",
            "dtr..com/a/b",
            "-dtr/a/b",
            "dtr:/a/b",
            "dtr:0443/a/b",
            "dtr:+443/a/b",
            "dtr:99999/a/b",
            "[::1/a/b",
            "[dtr]/a/b",
            "user@dtr/a/b",
            &long,
        ] {
            assert_eq!(text.parse::<Gun>(), Err(GunError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}|[a-z0-9:/.\\[\\]-]{0,40}") {
            if let Ok(gun) = text.parse::<Gun>() {
                prop_assert_eq!(gun.to_string(), text);
            }
        }
    }
}
