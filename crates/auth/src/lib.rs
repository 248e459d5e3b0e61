//! Proving who somebody is: passwords and second factors, registry tokens, secrets, public keys, and the certificates of this
//! registry's own authorities.
//!
//! This crate knows no database, no HTTP framework and no configuration: it takes what it needs as values, the time and the
//! source of randomness among them, and answers with values. What a proven identity may do is decided in the server.

pub mod authorization;
pub mod bundle;
pub mod ca;
pub mod client_ca;
pub mod issuer;
pub mod jwt;
pub mod ldap;
pub mod mac;
pub mod oidc;
pub mod password;
pub mod public_key;
pub mod qr;
pub mod recovery;
pub mod seal;
pub mod secret;
pub mod throttle;
pub mod totp;
pub mod workload;

pub use authorization::{basic, bearer};
