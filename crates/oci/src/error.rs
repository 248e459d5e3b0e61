//! The errors of `/v2`: one type that carries the specification's code, a sentence for people and the HTTP status.
//!
//! Codes: OCI Distribution Specification 1.1, "Error Codes"; those marked so are of Docker's registry protocol,
//! which clients know as well.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The code of an error, as clients read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// The blob is not in this repository.
    BlobUnknown,
    /// The upload cannot go on as asked.
    BlobUploadInvalid,
    /// There is no such upload, or not for this caller.
    BlobUploadUnknown,
    /// The digest is malformed, of an unknown algorithm, or not that of the content.
    DigestInvalid,
    /// The manifest refers to a blob or manifest that is not in this repository.
    ManifestBlobUnknown,
    /// The manifest is malformed.
    ManifestInvalid,
    /// The manifest is not in this repository.
    ManifestUnknown,
    /// The repository's name is malformed.
    NameInvalid,
    /// There is no such repository, or not for this caller.
    NameUnknown,
    /// A length is wrong, or more than is allowed.
    SizeInvalid,
    /// The caller has to sign in.
    Unauthorized,
    /// The caller may not do this.
    Denied,
    /// The operation is not offered.
    Unsupported,
    /// Too many requests in a short time.
    #[serde(rename = "TOOMANYREQUESTS")]
    TooManyRequests,
    /// `Content-Range` is malformed or does not continue the upload (Docker).
    RangeInvalid,
    /// The tag is malformed, or may not be changed (Docker).
    TagInvalid,
    /// `n` of a list is not a number that is allowed (Docker).
    PaginationNumberInvalid,
    /// The server could not do it now (Docker).
    Unavailable,
    /// Something went wrong on the server (Docker).
    Unknown,
}

impl Code {
    /// The code as it is written in an answer, like `BLOB_UNKNOWN`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::RangeInvalid => "RANGE_INVALID",
            Self::TagInvalid => "TAG_INVALID",
            Self::PaginationNumberInvalid => "PAGINATION_NUMBER_INVALID",
            Self::Unavailable => "UNAVAILABLE",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The HTTP status that usually goes with the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::BlobUploadInvalid
            | Self::DigestInvalid
            | Self::ManifestInvalid
            | Self::NameInvalid
            | Self::SizeInvalid
            | Self::TagInvalid
            | Self::PaginationNumberInvalid => 400,
            Self::Unauthorized => 401,
            Self::Denied => 403,
            Self::BlobUnknown
            | Self::BlobUploadUnknown
            | Self::ManifestBlobUnknown
            | Self::ManifestUnknown
            | Self::NameUnknown => 404,
            Self::Unsupported => 405,
            Self::RangeInvalid => 416,
            Self::TooManyRequests => 429,
            Self::Unavailable => 503,
            Self::Unknown => 500,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refusal or failure of `/v2`. The message is for people and never holds a secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// What clients act on.
    pub code: Code,
    /// What people read: what is wrong and what would be right.
    pub message: String,
    /// More of it for machines, in a shape that depends on the code.
    pub detail: Option<serde_json::Value>,
    /// The HTTP status of the answer.
    pub status: u16,
}

impl Error {
    /// An error with the code's usual status.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
            status: code.status(),
        }
    }

    /// The same error with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same error with a detail for machines.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<serde_json::Value>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// 404 `BLOB_UNKNOWN`.
    pub fn blob_unknown(digest: &crate::Digest) -> Self {
        Self::new(
            Code::BlobUnknown,
            "this repository has no blob with this digest",
        )
        .with_detail(serde_json::json!({ "digest": digest }))
    }

    /// 404 `BLOB_UPLOAD_UNKNOWN`.
    pub fn upload_unknown() -> Self {
        Self::new(
            Code::BlobUploadUnknown,
            "there is no such upload here: it is finished, cancelled or expired, or it is not yours; start a new one",
        )
    }

    /// 400 `BLOB_UPLOAD_INVALID`.
    pub fn upload_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::BlobUploadInvalid, message)
    }

    /// 400 `DIGEST_INVALID`.
    pub fn digest_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::DigestInvalid, message)
    }

    /// 404 `MANIFEST_BLOB_UNKNOWN`, listing every digest that is missing.
    pub fn manifest_blob_unknown(missing: &[crate::Digest]) -> Self {
        Self::new(
            Code::ManifestBlobUnknown,
            "the manifest refers to content that is not in this repository; push it first",
        )
        .with_detail(serde_json::json!({ "digests": missing }))
    }

    /// 400 `MANIFEST_INVALID`.
    pub fn manifest_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::ManifestInvalid, message)
    }

    /// 404 `MANIFEST_UNKNOWN`.
    pub fn manifest_unknown(reference: &crate::Reference) -> Self {
        Self::new(
            Code::ManifestUnknown,
            "this repository has no such manifest",
        )
        .with_detail(serde_json::json!({ "reference": reference }))
    }

    /// 400 `NAME_INVALID`.
    pub fn name_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::NameInvalid, message)
    }

    /// 404 `NAME_UNKNOWN`.
    pub fn name_unknown(name: &crate::RepositoryName) -> Self {
        Self::new(
            Code::NameUnknown,
            "there is no such repository, or you may not see it",
        )
        .with_detail(serde_json::json!({ "name": name }))
    }

    /// 400 `TAG_INVALID`.
    pub fn tag_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::TagInvalid, message)
    }

    /// 416 `RANGE_INVALID`.
    pub fn range_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::RangeInvalid, message)
    }

    /// 400 `PAGINATION_NUMBER_INVALID`.
    pub fn pagination_invalid(message: impl Into<String>) -> Self {
        Self::new(Code::PaginationNumberInvalid, message)
    }

    /// 413 `SIZE_INVALID`: the content is longer than `limit` bytes.
    pub fn too_large(what: &str, limit: u64) -> Self {
        Self::new(
            Code::SizeInvalid,
            format!("{what} may not be longer than {limit} bytes"),
        )
        .with_status(413)
    }

    /// 401 `UNAUTHORIZED`.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthorized, message)
    }

    /// 403 `DENIED`.
    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(Code::Denied, message)
    }

    /// 405 `UNSUPPORTED`.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Code::Unsupported, message)
    }

    /// 404 `UNSUPPORTED`: the path is none of `/v2`.
    pub fn no_such_endpoint() -> Self {
        Self::new(Code::Unsupported, "the registry protocol has no such path").with_status(404)
    }

    /// 429 `TOOMANYREQUESTS`.
    pub fn too_many_requests(message: impl Into<String>) -> Self {
        Self::new(Code::TooManyRequests, message)
    }

    /// 503 `UNAVAILABLE`.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, message)
    }

    /// 500 `UNKNOWN`, which tells nothing of the cause.
    pub fn internal() -> Self {
        Self::new(
            Code::Unknown,
            "something went wrong on the server; its log has the cause under this request's id",
        )
    }
}

/// The body of every error answer: `{"errors":[{"code","message","detail"}]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// At least one.
    pub errors: Vec<Entry>,
}

/// One error of an [`Envelope`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What clients act on.
    pub code: Code,
    /// What people read.
    pub message: String,
    /// More of it for machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<serde_json::Value>,
}

impl From<Error> for Envelope {
    fn from(error: Error) -> Self {
        Self {
            errors: vec![Entry {
                code: error.code,
                message: error.message,
                detail: error.detail,
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelope_is_the_specifications() {
        let error = Error::digest_invalid("wrong").with_detail("x");
        assert_eq!(error.status, 400);
        let json = serde_json::to_value(Envelope::from(error)).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"errors": [{"code": "DIGEST_INVALID", "message": "wrong", "detail": "x"}]})
        );
    }

    #[test]
    fn a_code_is_written_the_same_everywhere() {
        for code in [
            Code::BlobUnknown,
            Code::BlobUploadInvalid,
            Code::BlobUploadUnknown,
            Code::DigestInvalid,
            Code::ManifestBlobUnknown,
            Code::ManifestInvalid,
            Code::ManifestUnknown,
            Code::NameInvalid,
            Code::NameUnknown,
            Code::SizeInvalid,
            Code::Unauthorized,
            Code::Denied,
            Code::Unsupported,
            Code::TooManyRequests,
            Code::RangeInvalid,
            Code::TagInvalid,
            Code::PaginationNumberInvalid,
            Code::Unavailable,
            Code::Unknown,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.status()));
        }
    }
}
