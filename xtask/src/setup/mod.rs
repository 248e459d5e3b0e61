//! What a fresh machine lacks, and how to get it with the ordinary clients of Debian, rustup, npm and Go.

mod apt;
mod clients;
mod go;
mod node;
mod python;
mod wasm;

pub(crate) use apt::{Need, install};
pub(crate) use clients::newer_clients;
pub(crate) use go::go_install;
pub(crate) use node::node_packages;
pub(crate) use python::pip_install;
pub(crate) use wasm::{WASM, wasm_target};
