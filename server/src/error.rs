//! The one mapping from what went wrong to a status and a code, for the API and the pages. The registry's protocol has
//! codes of its own: `registry::error`.
//!
//! Handlers answer `Result<_, ApiError>`. What the caller did wrong is said in words that help; what went wrong inside is
//! logged with the request's id and answered as `INTERNAL_ERROR` without detail.

use api::error::{ApiError as Entry, Envelope};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

/// A failed request.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    detail: Option<Value>,
    retry_after: Option<u64>,
}

/// Short for what a handler answers.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// Any error, by hand.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            detail: None,
            retry_after: None,
        }
    }

    /// Adds what programs may want to know.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Value>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// 400: the request cannot be understood.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401: nobody is signed in, or the credentials are wrong.
    pub fn not_authenticated(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "NOT_AUTHENTICATED", message)
    }

    /// 403: the caller may see it, but may not do this.
    pub fn not_authorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "NOT_AUTHORIZED", message)
    }

    /// 404: it is not there, or not for this caller.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 404 for a repository.
    pub fn no_such_repository(name: &str) -> Self {
        Self::not_found(
            "NO_SUCH_REPOSITORY",
            format!("There is no repository {name}, or you may not see it."),
        )
    }

    /// 409: it cannot be done as things are.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 405, as DTR has it: repositories with trust data are not deleted.
    pub(crate) fn contains_signed(names: &str, how: &str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "REPOSITORY_CONTAINS_TAGS_IN_NOTARY",
            format!(
                "{names}: there is trust data, by which tags are signed. Delete it first: {how}."
            ),
        )
    }

    /// 429: too many tries.
    pub fn too_many(seconds: u64) -> Self {
        let message = format!("Too many failed attempts. Try again in {seconds} s.");
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", message)
        }
    }

    /// The status that is answered.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The code that is answered.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence that is answered.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// 507: nothing can be written.
    fn full() -> Self {
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "STORAGE_FULL",
            "The registry's storage is full. Tell its administrator.",
        )
    }

    /// 500: not the caller's fault; what it was stands in the log only.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            "Something went wrong inside. The log has more under the request id of this answer.",
        )
    }
}

/// Why a signed tag stays, and what to do.
pub(crate) fn signed_tag(tag: &str, gun: &str) -> String {
    let name = gun.split_once('/').map_or(gun, |(_, name)| name);
    format!(
        "The tag {tag} is signed. Take it out of every role that names it first, with docker trust revoke {gun}:{tag} or notary remove \
         {gun} {tag} -p; or let who administers the repository delete its trust data: {}, or notary delete {gun} --remote.",
        without_trust_data(name)
    )
}

/// How who administers a repository deletes its trust data, without any key.
pub(crate) fn without_trust_data(name: &str) -> String {
    format!("on its page Trust, or with DELETE /api/v0/repositories/{name}/trust")
}

impl From<db::Error> for ApiError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Exists(what) => Self::conflict("EXISTS", format!("{what} exists already.")),
            db::Error::Missing(what) => {
                Self::not_found("NOT_FOUND", format!("{what} does not exist."))
            }
            db::Error::LastAdmin => Self::conflict(
                "LAST_ADMIN",
                "This is the only administrator who can sign in with a password of this registry, and so whatever becomes of the \
                 directory and of identity providers. First make another account with such a password an administrator.",
            ),
            db::Error::Full(_) => {
                tracing::error!(%error, "the database is full");
                Self::full()
            }
            db::Error::Away(_) => {
                tracing::error!(%error, "the database is away");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "DATABASE_UNAVAILABLE",
                    "The registry's database cannot be reached. Nothing was changed; try again in a moment.",
                )
            }
            db::Error::LastOwner => Self::conflict(
                "LAST_OWNER",
                "This is the only owner of the organization. Make another member an owner first.",
            ),
            db::Error::SignedTag { tag, gun } => {
                Self::conflict("TAG_IN_NOTARY", signed_tag(&tag, &gun))
            }
            db::Error::SignedRepository { name, gun } => {
                let way = without_trust_data(&name);
                Self::contains_signed(&name, &format!("{way}, or notary delete {gun} --remote"))
            }
            db::Error::SignedName(name) => Self::conflict(
                "ACCOUNT_IN_NOTARY",
                format!(
                    "What is signed goes by this name: {name} has trust data. Delete it first, {}, and sign again under the new name.",
                    without_trust_data(&name)
                ),
            ),
            db::Error::Database(_) | db::Error::Setup(_) => Self::internal(&error),
        }
    }
}

impl From<blobs::Error> for ApiError {
    fn from(error: blobs::Error) -> Self {
        match error {
            blobs::Error::Full { .. } => Self::full(),
            error => Self::internal(&error),
        }
    }
}

impl From<auth::password::HashError> for ApiError {
    fn from(error: auth::password::HashError) -> Self {
        Self::internal(&error)
    }
}

impl From<tower_sessions::session::Error> for ApiError {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let entry = Entry {
            code: self.code.to_owned(),
            message: self.message,
            detail: self.detail,
        };
        let mut response = (
            self.status,
            Json(Envelope {
                errors: vec![entry],
            }),
        )
            .into_response();
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
