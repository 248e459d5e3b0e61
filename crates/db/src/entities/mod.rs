//! The rows, one module per table. `migrations` makes the tables; a test compares the two.

pub mod account;
pub mod blob_content;
pub mod blob_link;
pub mod manifest;
pub mod manifest_blob;
pub mod manifest_child;
pub mod refresh_token;
pub mod repository;
pub mod secret;
pub mod session;
pub mod setting;
pub mod tag;
pub mod token_key;
