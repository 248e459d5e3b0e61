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

/// How the browser's half is compiled for a release: as `.cargo/config.toml` says, without the file, line and column of each place
/// that might panic, and with `Debug` that names a type and not its fields: nobody reads either in a browser, and a first visit has
/// a limit. The flags are not stable; the compiler has to be told that they are meant.
const WASM_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";
const SMALL: &str = "--cfg erase_components -Zlocation-detail=none -Zfmt-debug=shallow";

/// Builds everything and answers the path of the finished program.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let toolchain = step("wasm target", || setup::wasm_target(workspace))?;
    step("frontend (wasm)", || {
        let mut cargo = toolchain.cargo(workspace);
        cargo
            .args([
                "build",
                "--package",
                "frontend",
                "--lib",
                "--locked",
                "--target",
                setup::WASM,
            ])
            .args(["--profile", profile.wasm()]);
        if profile == Profile::Release {
            cargo.env(WASM_FLAGS, SMALL).env("RUSTC_BOOTSTRAP", "1");
        }
        process::run(&mut cargo)
    })?;
    step("site (wasm-bindgen, style sheet, compression)", || {
        site::assemble(workspace, profile)
    })?;
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
