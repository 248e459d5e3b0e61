//! Proving who somebody is: passwords, registry tokens, secrets, and the certificates of this registry's own authority.
//!
//! This crate knows no database, no HTTP framework and no configuration: it takes what it needs as values, the time and the
//! source of randomness among them, and answers with values. What a proven identity may do is decided in the server.

pub mod authorization;
pub mod ca;
pub mod issuer;
pub mod jwt;
pub mod ldap;
pub mod mac;
pub mod oidc;
pub mod password;
pub mod secret;
pub mod throttle;
pub mod workload;

pub use authorization::{basic, bearer};
