//! Resources of the signing desk.

use super::{PAGE_SIZE, escape, filtered, with_query};

/// The visitor's keys, in use or revoked; the first thousand.
#[must_use]
pub fn signing_keys(show: &str) -> String {
    with_query(
        "/api/v0/signing/keys",
        [("filter", show), ("pageSize", "1000")],
    )
}

/// A key, with the roles that it may sign.
#[must_use]
pub fn signing_key(id: &str) -> String {
    format!("/api/v0/signing/keys/{}", escape(id))
}

/// A page of what a key signed.
#[must_use]
pub fn signed_by(id: &str, start: &str) -> String {
    filtered(&format!("{}/signed", signing_key(id)), "", start)
}

/// A page of what waits for the visitor's signature.
#[must_use]
pub fn waiting(start: &str) -> String {
    with_query(
        "/api/v0/signing/waiting",
        [("pageStart", start), ("pageSize", PAGE_SIZE)],
    )
}
