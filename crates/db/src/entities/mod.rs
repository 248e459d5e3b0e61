//! The rows, one module per table. `migrations` makes the tables; a test compares the two.

pub mod account;
pub mod api_token;
pub mod api_token_scope;
pub mod api_token_secret;
pub mod blob_content;
pub mod blob_link;
pub mod directory_person;
pub mod event;
pub mod manifest;
pub mod manifest_blob;
pub mod manifest_child;
pub mod namespace_grant;
pub mod org_member;
pub mod public_key;
pub mod refresh_token;
pub mod repository;
pub mod repository_grant;
pub mod secret;
pub mod session;
pub mod setting;
pub mod tag;
pub mod team;
pub mod team_member;
pub mod team_sync;
pub mod token_key;
