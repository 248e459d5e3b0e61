//! `cargo xtask check`: what must be clean before a commit, in seconds when warm.
//!
//! Server and frontend never share a call of Cargo: the features `ssr` and `hydrate` of `app` would unify.

use std::process::Command;

use anyhow::Result;

use crate::{
    build::{cargo, server_cargo},
    process,
    progress::step,
    setup,
    workspace::Workspace,
};

/// Every package of the server's side. Not this one: its dependencies share some of the server's with other features, and
/// in one call of Cargo the server would be compiled once more for them.
pub(crate) const PACKAGES: [&str; 11] = [
    "server",
    "app",
    "api",
    "oci",
    "blobs",
    "db",
    "auth",
    "scan",
    "rules",
    "webhooks",
    "migrations",
];

/// Packages whose unit tests need neither a database nor a file store.
const PURE: [&str; 6] = ["api", "oci", "auth", "scan", "rules", "webhooks"];

/// Formatting, lints and the quick tests.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    step("formatting", || formatting(workspace))?;
    step("clippy, server side", || clippy_server(workspace))?;
    step("clippy, xtask", || clippy_xtask(workspace))?;
    step("clippy, browser side", || clippy_browser(workspace))?;
    step("unit tests of the pure crates", || {
        process::run(with_packages(
            server_cargo(workspace).args(["test", "--locked", "--quiet"]),
            &PURE,
        ))
    })
}

/// Nothing to format.
pub(crate) fn formatting(workspace: &Workspace) -> Result<()> {
    process::run(cargo(workspace).args(["fmt", "--all", "--check"]))
}

/// No warning in what runs on the server, tests included.
pub(crate) fn clippy_server(workspace: &Workspace) -> Result<()> {
    clippy(&mut server_cargo(workspace), &PACKAGES)
}

/// No warning in this program.
pub(crate) fn clippy_xtask(workspace: &Workspace) -> Result<()> {
    clippy(&mut cargo(workspace), &["xtask"])
}

fn clippy(cargo: &mut Command, packages: &[&str]) -> Result<()> {
    with_packages(
        cargo.args(["clippy", "--locked", "--all-targets"]),
        packages,
    );
    process::run(cargo.args(["--", "--deny", "warnings"]))
}

/// No warning in what runs in the browser.
pub(crate) fn clippy_browser(workspace: &Workspace) -> Result<()> {
    let toolchain = setup::wasm_target(workspace)?;
    let mut cargo = toolchain.cargo(workspace);
    cargo.args([
        "clippy",
        "--locked",
        "--package",
        "frontend",
        "--package",
        "app",
        "--features",
        "app/hydrate",
    ]);
    process::run(cargo.args([
        "--target",
        setup::WASM,
        "--profile",
        "wasm-dev",
        "--",
        "--deny",
        "warnings",
    ]))
}

/// Names the packages of a call of Cargo.
pub(crate) fn with_packages<'c>(command: &'c mut Command, packages: &[&str]) -> &'c mut Command {
    for package in packages {
        command.args(["--package", package]);
    }
    command
}
