//! Signing in with identity providers, against one on loopback.

mod hostile;
mod linking;
pub(crate) mod provider;
mod settings;
mod sign_in;
