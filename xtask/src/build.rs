//! `cargo xtask build`: wasm target, frontend, site, server, in this order.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    process::{self},
    progress::{say, step},
    setup, site,
    workspace::{Profile, Workspace},
};

/// The environment variable by which the server's build script learns which assets to embed.
const ASSETS: &str = "PLIMSOLL_ASSETS_DIR";

/// Builds what browsers get. For a release it fails where that is more than a first visit may cost.
pub(crate) fn site(workspace: &Workspace, profile: Profile) -> Result<()> {
    let toolchain = step("wasm target", || setup::wasm_target(workspace))?;
    step("frontend (wasm)", || {
        process::run(
            toolchain
                .cargo(workspace)
                .args([
                    "rustc",
                    "--package",
                    "frontend",
                    "--lib",
                    "--crate-type",
                    "cdylib",
                    "--locked",
                    "--target",
                    setup::WASM,
                ])
                .args(["--profile", profile.wasm()])
                // what needs what: by this the module is split
                .args(["--", "-Clink-arg=--emit-relocs"]),
        )
    })?;
    step("site (wasm-bindgen, style sheet, compression)", || {
        site::assemble(workspace, profile)
    })
}

/// Builds everything and answers the path of the finished program.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    site(workspace, profile)?;
    step("server", || {
        let mut cargo = cargo(workspace);
        cargo.args([
            "build",
            "--package",
            "server",
            "--bin",
            "plimsoll",
            "--locked",
        ]);
        if profile == Profile::Release {
            cargo.arg("--release");
        }
        cargo.env(ASSETS, workspace.site(profile));
        process::run(&mut cargo)
    })?;
    let program = workspace.program(profile);
    let size = std::fs::metadata(&program)?.len();
    say(&format!(
        "{} ({:.1} MB)",
        program.display(),
        site::megabytes(size)
    ));
    Ok(program)
}

/// Cargo as it was called for this program, in the workspace, with the same target directory for all.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let mut command = Command::new("cargo");
    setup_cargo(&mut command, workspace);
    command
}

/// Cargo for the server's packages. The assets that are there already are named, so that compiling for a test does not
/// undo what was compiled for a run.
pub(crate) fn server_cargo(workspace: &Workspace) -> Command {
    let mut command = cargo(workspace);
    let site = workspace.site(Profile::Dev);
    if site.join("assets.json").exists() {
        command.env(ASSETS, site);
    }
    command
}

/// Sets folder and environment. Cargo describes this very program to us in variables that build scripts of other
/// packages watch: without them, both ways to call Cargo share one build.
pub(crate) fn setup_cargo(command: &mut Command, workspace: &Workspace) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || text == "CARGO_PRIMARY_PACKAGE"
        {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(&workspace.root)
        .env("CARGO_TARGET_DIR", &workspace.target);
}
