//! What a Notary server answers when it refuses: codes, texts and details that clients know by heart (note, section 1.4).

use serde::Serialize;

use crate::{Invalid, Unreadable};

/// A client reads no more of an error than this, in bytes, and loses all of it when it is cut.
pub const MAX_BODY: usize = 1024;

/// Why an update is invalid: what the client turns into an error of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The update as a whole.
    #[error("{0}")]
    Validation(String),
    /// The root, or what it says of the registry's keys.
    #[error("{0}")]
    BadRoot(String),
    /// `targets` or a delegation.
    #[error("{0}")]
    BadTargets(String),
    /// An uploaded snapshot.
    #[error("{0}")]
    BadSnapshot(String),
    /// A role is missing, and the registry cannot make it.
    #[error("{message}")]
    BadHierarchy {
        /// Which role.
        missing: &'static str,
        /// What to say of it.
        message: String,
    },
}

impl UpdateError {
    pub(crate) fn root(invalid: Invalid) -> Refusal {
        Self::BadRoot(invalid.to_string()).into()
    }

    pub(crate) fn targets(invalid: Invalid) -> Refusal {
        Self::BadTargets(invalid.to_string()).into()
    }

    pub(crate) fn snapshot(invalid: Invalid) -> Refusal {
        Self::BadSnapshot(invalid.to_string()).into()
    }

    /// The name by which the client tells them apart.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Validation(_) => "ErrValidation",
            Self::BadRoot(_) => "ErrBadRoot",
            Self::BadTargets(_) => "ErrBadTargets",
            Self::BadSnapshot(_) => "ErrBadSnapshot",
            Self::BadHierarchy { .. } => "ErrBadHierarchy",
        }
    }

    fn detail(&self, length: usize) -> Detail<'_> {
        let msg = cut(&self.to_string(), length).to_owned();
        let missing = match self {
            Self::BadHierarchy { missing, .. } => Some(*missing),
            _ => None,
        };
        Detail::Update {
            name: self.name(),
            error: ErrorText { missing, msg },
        }
    }
}

/// A `detail`, with its fields in Notary's order.
#[derive(Serialize)]
#[serde(untagged)]
enum Detail<'a> {
    Empty {},
    Text(String),
    Update {
        #[serde(rename = "Name")]
        name: &'static str,
        #[serde(rename = "Error")]
        error: ErrorText,
    },
    Access(&'a [Access]),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorText {
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
    msg: String,
}

#[derive(Serialize)]
struct Envelope<'a> {
    errors: [Entry<'a>; 1],
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Detail<'a>>,
}

/// One thing that the caller would have to be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Access {
    /// `repository` or `registry`.
    pub r#type: String,
    /// Always empty.
    pub class: String,
    /// The GUN, or `catalog`.
    pub name: String,
    /// `pull`, `push` or `*`.
    pub action: String,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such file, or no such route.
    #[error("You have requested metadata that does not exist.")]
    MetadataNotFound {
        /// Whether the route exists, and only the file does not: then the answer has an empty detail.
        route: bool,
    },
    /// The update is not valid.
    #[error("Update sent by the client is invalid.")]
    InvalidUpdate(UpdateError),
    /// What is stored cannot be used. The client is told the same, without a detail; the reason is for the log.
    #[error("Update sent by the client is invalid.")]
    Stored(Unreadable),
    /// A role has a file of that version, or a newer one.
    #[error("A newer version of metadata is already available.")]
    Version,
    /// The name of a part is no role's.
    #[error("The role you are attempting to operate on is invalid.")]
    InvalidRole(String),
    /// A part is no JSON, or has not even roughly the right shape.
    #[error("JSON sent by the client could not be parsed by the server")]
    MalformedJson,
    /// The body is not what an upload looks like.
    #[error("The body of your request is malformed.")]
    MalformedUpload,
    /// A part has no name.
    #[error("No file/role name provided.")]
    NoFilename,
    /// The collection is of another host. What our GUNs begin with, as in `dtr.example.com/`.
    #[error("The server does not support actions on images of this name.")]
    InvalidGun(Vec<String>),
    /// A parameter of the change feed is not a number.
    #[error("The parameters provided are not valid.")]
    InvalidParameters(Option<String>),
    /// What was accepted could not be stored.
    #[error("An error has occurred while updating the TUF repository.")]
    Updating,
    /// There is nothing at this path.
    #[error("You have requested a resource that does not exist.")]
    GenericNotFound,
    /// Something went wrong in the registry.
    #[error("unknown error")]
    Unknown,
    /// The caller has to sign in, or may not do this: Notary knows no 403.
    #[error("authentication required")]
    Unauthorized(Vec<Access>),
}

impl From<UpdateError> for Refusal {
    fn from(error: UpdateError) -> Self {
        Self::InvalidUpdate(error)
    }
}

impl From<Unreadable> for Refusal {
    fn from(error: Unreadable) -> Self {
        Self::Stored(error)
    }
}

impl Refusal {
    /// The code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MetadataNotFound { .. } => "METADATA_NOT_FOUND",
            Self::InvalidUpdate(_) | Self::Stored(_) => "INVALID_UPDATE",
            Self::Version => "VERSION",
            Self::InvalidRole(_) => "INVALID_ROLE",
            Self::MalformedJson => "MALFORMED_JSON",
            Self::MalformedUpload => "MALFORMED_UPLOAD",
            Self::NoFilename => "NO_FILENAME",
            Self::InvalidGun(_) => "INVALID_GUN",
            Self::InvalidParameters(_) => "INVALID_PARAMETERS",
            Self::Updating => "UPDATING",
            Self::GenericNotFound => "GENERIC_NOT_FOUND",
            Self::Unknown => "UNKNOWN",
            Self::Unauthorized(_) => "UNAUTHORIZED",
        }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::MetadataNotFound { .. } | Self::GenericNotFound => 404,
            Self::Unauthorized(_) => 401,
            Self::Updating | Self::Unknown => 500,
            _ => 400,
        }
    }

    /// More of it for the client; texts that strangers wrote have at most `length` bytes.
    fn detail(&self, length: usize) -> Option<Detail<'_>> {
        let text = |text: &str| Some(Detail::Text(cut(text, length).to_owned()));
        match self {
            Self::MetadataNotFound { route } => route.then_some(Detail::Empty {}),
            Self::Version | Self::InvalidParameters(None) => Some(Detail::Empty {}),
            Self::InvalidUpdate(error) => Some(error.detail(length)),
            Self::InvalidRole(role) => text(role),
            Self::InvalidGun(prefixes) => text(&format!(
                "Require GUNs with prefix: [{}]",
                prefixes.join(" ")
            )),
            Self::InvalidParameters(Some(what)) => text(what),
            Self::Unauthorized(access) => Some(Detail::Access(access)),
            _ => None,
        }
    }

    /// The body, `application/json; charset=utf-8`, of at most [`MAX_BODY`] bytes: longer texts in it are cut.
    pub fn body(&self) -> String {
        let mut length = MAX_BODY;
        loop {
            let error = Entry {
                code: self.code(),
                message: self.to_string(),
                detail: self.detail(length),
            };
            // Strings and enums of them: nothing in it that JSON could not say.
            let mut body = serde_json::to_string(&Envelope { errors: [error] }).unwrap_or_default();
            body.push('\n');
            if body.len() <= MAX_BODY || length == 0 {
                return body;
            }
            // One byte of a text is six in JSON at most.
            length -= (body.len() - MAX_BODY).div_ceil(6).min(length);
        }
    }
}

/// The beginning of a text, of at most so many bytes.
fn cut(text: &str, length: usize) -> &str {
    text.get(..text.floor_char_boundary(length)).unwrap_or(text)
}
