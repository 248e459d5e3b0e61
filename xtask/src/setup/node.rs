//! The packages of the journeys, from npm, as `end2end/package-lock.json` fixes them.

use std::{fs, process::Command};

use anyhow::Result;

use crate::{process, progress::say, workspace::Workspace};

/// Installs the journeys' packages in `end2end/node_modules`; answers whether they are there.
pub(crate) fn node_packages(workspace: &Workspace) -> Result<bool> {
    let folder = workspace.root.join("end2end");
    let installed = folder.join("node_modules/.installed");
    let lock = fs::read(folder.join("package-lock.json"))?;
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(true);
    }
    if !process::has("npm") {
        return Ok(false);
    }
    say("npm ci");
    process::run(
        Command::new("npm")
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(&folder)
            .stdout(std::io::stderr()),
    )?;
    fs::write(installed, lock)?;
    Ok(true)
}
