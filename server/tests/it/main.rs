//! The server, driven through its router in process. One binary; `util` has the application under test, and each other
//! module is an area. Everything runs on `SQLite`, and again on `PostgreSQL` where `TEST_DATABASE_URL` names one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accounts;
mod api_tokens;
mod attestations;
mod changes;
mod company;
mod custody;
mod directory;
mod documents;
mod events;
mod filters;
mod forgotten_images;
mod images;
mod immutability;
mod keys;
mod live;
mod migrations;
mod oidc;
mod online;
mod organizations;
mod pages;
mod permissions;
mod promotion;
mod pusher;
mod registry;
mod replicas;
mod repositories;
mod scanning;
mod sealing;
mod search;
mod second_factor;
mod session_list;
mod sessions;
mod settings;
mod signatures;
mod signed_lists;
mod statements;
mod tags;
mod token;
mod token_scopes;
mod trust;
mod util;
mod walk;
mod webhooks;
mod whereabouts;
mod workload;
