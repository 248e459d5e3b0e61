//! The JSON that Plimsoll's API speaks: what goes in, what comes out, and errors.
//!
//! Field names and shapes are DTR's (`/api/v0`, DTR 2.6's published Swagger) and eNZi's (`/enzi/v0`), so that their clients
//! work unchanged; what DTR lacked is added in the same style and marked "ours". There is no logic here: the server fills these
//! types, the interface reads them, in the browser too (the crate compiles for wasm). Digests are text like `sha256:…`, sizes
//! are bytes, times are RFC 3339. Forms refuse fields they do not know, so that a misspelt or a privileged field is never
//! silently dropped.
//!
//! Feature `openapi` derives `utoipa::ToSchema` for the OpenAPI document.

pub mod access;
pub mod account;
pub mod api_token;
pub mod change;
pub mod custody;
pub mod error;
pub mod event;
pub mod identity;
pub mod ldap;
pub mod manifest;
pub mod organization;
pub mod page;
pub mod promotion;
pub mod public_key;
pub mod repository;
pub mod scan;
pub mod search;
pub mod second_factor;
pub mod security;
pub mod session;
pub mod settings;
pub mod signature;
pub mod signing;
pub mod tag;
pub mod trust;
pub mod trust_policy;
pub mod trust_trial;
pub mod webhook;
pub mod workload;

/// What stands for a time that never came, as DTR wrote it (Go's zero time).
pub const NEVER: time::OffsetDateTime = time::macros::datetime!(0001-01-01 0:00 UTC);
