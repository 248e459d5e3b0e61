//! Tells for people what a manifest and its configuration say. Pure functions: bytes and rows in, the API's shapes out.
//!
//! - [`config`] reads an image's configuration, forgivingly and within bounds.
//! - [`dockerfile`] says which Dockerfile line made which layer.
//! - [`describe`] puts manifest, configuration and what the database knows into one answer.

pub(crate) mod config;
pub(crate) mod describe;
pub(crate) mod dockerfile;
