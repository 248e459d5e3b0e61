//! The program `plimsoll`, as a library: the binary is a thin shell around it, and the tests drive its router.
//!
//! Folders are areas of the product. `router.rs` is the one table of routes, `access.rs` the one decision on who may do
//! what, `caller.rs` finds out who asks, `error.rs` maps every failure to a status and a code.

pub mod access;
pub mod accounts;
mod api_tokens;
pub mod assets;
pub mod caller;
pub mod cli;
pub mod config;
mod content;
pub mod custody;
mod directory;
pub mod error;
mod events;
mod grants;
pub mod health;
pub mod housekeeping;
mod image;
mod imagescan;
mod immutability;
mod input;
mod keys;
mod markdown;
mod oidc;
pub mod openapi;
mod operations;
mod organizations;
pub mod origin;
mod outgoing;
mod paging;
pub mod promotion;
mod registry;
mod repositories;
mod reserved;
mod rights;
pub mod router;
pub mod scanning;
mod sealed;
mod second_factor;
pub mod serve;
mod sessions;
pub mod settings;
pub mod signatures;
mod signing;
pub mod state;
pub mod telemetry;
pub mod tls;
mod token;
pub mod trust;
mod ui;
pub mod webhooks;
mod workload;
