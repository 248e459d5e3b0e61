//! Test tools from the Go module proxy.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{process, progress::say, workspace::Workspace};

/// Installs `module@version` and answers the path of its program; `None` where Go is not installed.
///
/// The program is kept under the module's version, so that a second run finds it.
pub(crate) fn go_install(
    workspace: &Workspace,
    module: &str,
    version: &str,
) -> Result<Option<PathBuf>> {
    let name = module.rsplit('/').next().context("a module path")?;
    let folder = workspace
        .tools()
        .join("go")
        .join(format!("{name}-{version}"));
    let program = folder.join(name);
    if program.exists() {
        return Ok(Some(program));
    }
    if !process::has("go") {
        return Ok(None);
    }
    say(&format!("go install {module}@{version}"));
    fs::create_dir_all(&folder)?;
    process::run(
        Command::new("go")
            .args(["install", &format!("{module}@{version}")])
            .env("GOBIN", &folder)
            .env("GOFLAGS", "-buildvcs=false"),
    )?;
    Ok(Some(program))
}
