//! The paths below `/v2`: which operation, on which repository and content.
//!
//! Repository names have slashes, so a path is read from its right end. It is read as it came over the wire: escapes
//! are decoded here, once, and only into characters that cannot change a path's shape.

use crate::{Digest, Error, Reference, RepositoryName};
use std::borrow::Cow;

/// Longest path that is read, in bytes.
pub const MAX_LENGTH: usize = 2048;

/// Where a request below `/v2` goes to (OCI Distribution Specification 1.1, "Endpoints"; `_catalog` is Docker's).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v2/`
    Base,
    /// `/v2/_catalog`
    Catalog,
    /// `/v2/<name>/tags/list`
    Tags {
        /// Whose tags.
        repository: RepositoryName,
    },
    /// `/v2/<name>/manifests/<reference>`
    Manifest {
        /// Where it is.
        repository: RepositoryName,
        /// Which one.
        reference: Reference,
    },
    /// `/v2/<name>/blobs/<digest>`
    Blob {
        /// Where it is.
        repository: RepositoryName,
        /// Which one.
        digest: Digest,
    },
    /// `/v2/<name>/blobs/uploads/`
    Uploads {
        /// Where to.
        repository: RepositoryName,
    },
    /// `/v2/<name>/blobs/uploads/<id>`
    Upload {
        /// Where to.
        repository: RepositoryName,
        /// As it was given out in `Location`: letters, digits, `-`, `_`, `.`, `~`, `=`; not checked further.
        id: String,
    },
    /// `/v2/<name>/referrers/<digest>`
    Referrers {
        /// Where they are.
        repository: RepositoryName,
        /// Of what.
        digest: Digest,
    },
}

impl Endpoint {
    /// Reads a request's path, as it was sent and without the query; it starts with `/v2`.
    ///
    /// # Errors
    /// - 400 `NAME_INVALID`, `DIGEST_INVALID`, `TAG_INVALID`: the shape is known, a part of it is malformed
    /// - 404 `BLOB_UPLOAD_UNKNOWN`: an upload's id that was never given out
    /// - 404 `UNSUPPORTED`: no such path; also for `.`, `..` and empty segments, which nothing here has
    /// - 414 `UNSUPPORTED`: longer than [`MAX_LENGTH`]
    pub fn parse(path: &str) -> Result<Self, Error> {
        if path.len() > MAX_LENGTH {
            return Err(Error::no_such_endpoint().with_status(414));
        }
        let path = decode(path)?;
        let rest = match path.strip_prefix("/v2") {
            Some("" | "/") => return Ok(Self::Base),
            Some(rest) => rest.strip_prefix('/').ok_or_else(Error::no_such_endpoint)?,
            None => return Err(Error::no_such_endpoint()),
        };
        if rest == "_catalog" {
            return Ok(Self::Catalog);
        }
        check_segments(rest)?;
        let (before, last) = rest.rsplit_once('/').ok_or_else(Error::no_such_endpoint)?;
        let (name, kind) = before
            .rsplit_once('/')
            .ok_or_else(Error::no_such_endpoint)?;
        match (kind, last) {
            ("manifests", reference) => Ok(Self::Manifest {
                repository: name.parse()?,
                reference: reference.parse()?,
            }),
            ("blobs", "uploads") => Ok(Self::Uploads {
                repository: name.parse()?,
            }),
            ("blobs", digest) => Ok(Self::Blob {
                repository: name.parse()?,
                digest: digest.parse()?,
            }),
            ("tags", "list") => Ok(Self::Tags {
                repository: name.parse()?,
            }),
            ("referrers", digest) => Ok(Self::Referrers {
                repository: name.parse()?,
                digest: digest.parse()?,
            }),
            ("uploads", id) => {
                let repository = name
                    .strip_suffix("/blobs")
                    .ok_or_else(Error::no_such_endpoint)?
                    .parse()?;
                if id.is_empty() {
                    Ok(Self::Uploads { repository })
                } else {
                    upload(repository, id)
                }
            }
            _ => Err(Error::no_such_endpoint()),
        }
    }

    /// The repository that the path names.
    pub fn repository(&self) -> Option<&RepositoryName> {
        match self {
            Self::Base | Self::Catalog => None,
            Self::Tags { repository }
            | Self::Manifest { repository, .. }
            | Self::Blob { repository, .. }
            | Self::Uploads { repository }
            | Self::Upload { repository, .. }
            | Self::Referrers { repository, .. } => Some(repository),
        }
    }
}

fn upload(repository: RepositoryName, id: &str) -> Result<Endpoint, Error> {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'=');
    if id.bytes().all(allowed) {
        Ok(Endpoint::Upload {
            repository,
            id: id.to_owned(),
        })
    } else {
        Err(Error::upload_unknown())
    }
}

/// Refuses segments that a file system or a proxy would understand differently. The last one may be empty.
fn check_segments(path: &str) -> Result<(), Error> {
    let odd = path.starts_with('/')
        || path.contains("//")
        || path
            .bytes()
            .any(|byte| byte == b'\\' || byte.is_ascii_control())
        || path.split('/').any(|segment| matches!(segment, "." | ".."));
    if odd {
        Err(Error::no_such_endpoint())
    } else {
        Ok(())
    }
}

/// Decodes `%` escapes of printable ASCII, which some clients use for the colon of a digest. An escaped slash, backslash,
/// percent sign or control character would mean different paths to different readers, so it is refused.
fn decode(path: &str) -> Result<Cow<'_, str>, Error> {
    if !path.contains('%') {
        return Ok(Cow::Borrowed(path));
    }
    let mut parts = path.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, rest) = part
            .split_at_checked(2)
            .ok_or_else(Error::no_such_endpoint)?;
        let byte = hex
            .bytes()
            .all(|digit| digit.is_ascii_hexdigit())
            .then(|| u8::from_str_radix(hex, 16).ok())
            .flatten()
            .filter(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'%'))
            .ok_or_else(Error::no_such_endpoint)?;
        decoded.push(char::from(byte));
        decoded.push_str(rest);
    }
    Ok(Cow::Owned(decoded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;
    use proptest::prelude::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn name(text: &str) -> RepositoryName {
        text.parse().unwrap()
    }

    #[test]
    fn every_endpoint() {
        let digest: Digest = DIGEST.parse().unwrap();
        let repository = name("a/b");
        for (path, expected) in [
            ("/v2".to_owned(), Endpoint::Base),
            ("/v2/".to_owned(), Endpoint::Base),
            ("/v2/_catalog".to_owned(), Endpoint::Catalog),
            (
                "/v2/a/b/tags/list".to_owned(),
                Endpoint::Tags {
                    repository: repository.clone(),
                },
            ),
            (
                "/v2/a/b/manifests/latest".to_owned(),
                Endpoint::Manifest {
                    repository: repository.clone(),
                    reference: "latest".parse().unwrap(),
                },
            ),
            (
                format!("/v2/a/b/manifests/{DIGEST}"),
                Endpoint::Manifest {
                    repository: repository.clone(),
                    reference: Reference::Digest(digest),
                },
            ),
            (
                format!("/v2/a/b/blobs/{DIGEST}"),
                Endpoint::Blob {
                    repository: repository.clone(),
                    digest,
                },
            ),
            (
                format!("/v2/a/b/blobs/{}", DIGEST.replace(':', "%3A")),
                Endpoint::Blob {
                    repository: repository.clone(),
                    digest,
                },
            ),
            (
                format!("/v2/a/b/blobs/{}", DIGEST.replace(':', "%3a")),
                Endpoint::Blob {
                    repository: repository.clone(),
                    digest,
                },
            ),
            (
                "/v2/a/b/blobs/uploads".to_owned(),
                Endpoint::Uploads {
                    repository: repository.clone(),
                },
            ),
            (
                "/v2/a/b/blobs/uploads/".to_owned(),
                Endpoint::Uploads {
                    repository: repository.clone(),
                },
            ),
            (
                "/v2/a/b/blobs/uploads/Ab-_9".to_owned(),
                Endpoint::Upload {
                    repository: repository.clone(),
                    id: "Ab-_9".into(),
                },
            ),
            (
                format!("/v2/a/b/referrers/{DIGEST}"),
                Endpoint::Referrers {
                    repository: repository.clone(),
                    digest,
                },
            ),
        ] {
            assert_eq!(Endpoint::parse(&path), Ok(expected), "{path}");
        }
    }

    #[test]
    fn repositories_may_be_named_like_parts_of_a_path() {
        for (path, expected) in [
            (
                "/v2/a/manifests/tags/list",
                Endpoint::Tags {
                    repository: name("a/manifests"),
                },
            ),
            (
                "/v2/blobs/uploads/blobs/uploads/",
                Endpoint::Uploads {
                    repository: name("blobs/uploads"),
                },
            ),
            (
                "/v2/tags/list/manifests/list",
                Endpoint::Manifest {
                    repository: name("tags/list"),
                    reference: "list".parse().unwrap(),
                },
            ),
            (
                "/v2/a/blobs/blobs/uploads/blobs",
                Endpoint::Upload {
                    repository: name("a/blobs"),
                    id: "blobs".into(),
                },
            ),
        ] {
            assert_eq!(Endpoint::parse(path), Ok(expected), "{path}");
        }
    }

    #[test]
    fn a_malformed_part_has_its_own_error() {
        for (path, code) in [
            ("/v2/alpine/manifests/latest", Code::NameInvalid),
            ("/v2/a/b/c/manifests/latest", Code::NameInvalid),
            ("/v2/A/b/tags/list", Code::NameInvalid),
            ("/v2/a/b%20c/tags/list", Code::Unsupported),
            ("/v2/a/b+c/tags/list", Code::NameInvalid),
            ("/v2/a/b/manifests/.bad", Code::TagInvalid),
            ("/v2/a/b/manifests/", Code::TagInvalid),
            (
                "/v2/a/b/manifests/sha256:baddigeststring",
                Code::DigestInvalid,
            ),
            ("/v2/a/b/blobs/latest", Code::DigestInvalid),
            ("/v2/a/b/blobs/", Code::DigestInvalid),
            ("/v2/a/b/blobs/md5:00", Code::DigestInvalid),
            ("/v2/a/b/referrers/x", Code::DigestInvalid),
            ("/v2/a/b/blobs/uploads/a:b", Code::BlobUploadUnknown),
            ("/v2/a/b/blobs/uploads/a%3Ab", Code::BlobUploadUnknown),
        ] {
            assert_eq!(Endpoint::parse(path).expect_err(path).code, code, "{path}");
        }
    }

    #[test]
    fn tricks_lead_nowhere() {
        for path in [
            "",
            "/",
            "/v1/",
            "/v2x",
            "/v2x/a/b/tags/list",
            "v2/",
            "/v2//",
            "/v2/a",
            "/v2/a/b",
            "/v2/a/b/",
            "/v2/a/b/tags",
            "/v2/a/b/tags/list/",
            "/v2/a/b/tags/other",
            "/v2/_catalog/",
            "/v2/a/b/uploads/x",
            "/v2/a//b/tags/list",
            "/v2//a/b/tags/list",
            "/v2/a/../b/tags/list",
            "/v2/../v2/a/b/tags/list",
            "/v2/a/./b/tags/list",
            "/v2/a/b/manifests/..",
            "/v2/a/b/manifests/%2e%2e",
            "/v2/a/b/blobs/uploads/..",
            "/v2/a/b/blobs/uploads/%2E%2E",
            "/v2/a%2fb/tags/list",
            "/v2/a%2Fb/tags/list",
            "/v2/a/b/tags%2flist",
            "/v2/a/b%5c/tags/list",
            "/v2/a/b\\c/tags/list",
            "/v2/a/b%00/tags/list",
            "/v2/a/b\0/tags/list",
            "/v2/a/b%0a/tags/list",
            "/v2/a/b%252f/tags/list",
            "/v2/a/b%/tags/list",
            "/v2/a/b%2/tags/list",
            "/v2/a/b%zz/tags/list",
            "/v2/a/b%+2/tags/list",
            "/v2/a/b/tags/list%",
            "/v2/a/b%c3%a9/tags/list",
            "/v2/a/b%\u{e9}/tags/list",
            "/v2/a/b/blobs/uploads//",
            "/v2/a/b/manifests//latest",
        ] {
            let error = Endpoint::parse(path).expect_err(path);
            assert_eq!(
                (error.code, error.status),
                (Code::Unsupported, 404),
                "{path:?}"
            );
        }
        let long = format!("/v2/a/b/manifests/{}", "x".repeat(MAX_LENGTH));
        assert_eq!(Endpoint::parse(&long).unwrap_err().status, 414);
    }

    proptest! {
        #[test]
        fn any_path_is_read_or_refused(path in "/v2(/[a-z%.\\\\2f0:]{0,6}){0,4}(/(manifests|blobs|blobs/uploads|tags|referrers)/[a-z%.:2fe\\\\]{0,8})?") {
            if let Ok(endpoint) = Endpoint::parse(&path) {
                prop_assert!(!path.split('/').any(|segment| segment == ".." || segment == "."));
                prop_assert!(!path.contains("//") && !path.contains('\\'));
                if let Some(repository) = endpoint.repository() {
                    prop_assert_eq!(repository.as_str().matches('/').count(), 1);
                }
            }
        }

        #[test]
        fn a_good_path_is_understood(repository in "[a-z0-9]{1,9}/[a-z0-9]{1,9}", tag in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}") {
            let endpoint = Endpoint::parse(&format!("/v2/{repository}/manifests/{tag}")).unwrap();
            prop_assert_eq!(endpoint, Endpoint::Manifest {
                repository: repository.parse().unwrap(),
                reference: tag.parse().unwrap(),
            });
        }
    }
}
