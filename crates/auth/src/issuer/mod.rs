//! What is believed of an issuer that is not us: an OIDC provider, or the token service of a CI system.
//!
//! Both publish a discovery document and a set of keys, and both sign ID tokens; so [`crate::oidc`] and [`crate::workload`]
//! share what is here. Requests go out through a [`Fetch`] that is handed in. The checks are those of the crate
//! `openidconnect`; the cryptography is aws-lc-rs, by way of a key type of our own.

mod fetch;
mod jwk;
mod keys;
mod metadata;
#[cfg(test)]
pub(crate) mod testing;
mod token;

pub use fetch::{Fetch, FetchError, FetchFuture, MAX_ANSWER};
pub use token::{Claims, IdTokenError, MAX_ID_TOKEN};

pub(crate) use fetch::{check_url, get, send};
pub(crate) use keys::Keys;
pub(crate) use metadata::Metadata;
pub(crate) use token::{Expected, claimed_issuer, clip, verify};
