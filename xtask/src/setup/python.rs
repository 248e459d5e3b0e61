//! Test tools from the Python package index.

use std::{path::PathBuf, process::Command};

use crate::{process, progress::say, workspace::Workspace};

/// Installs `package==version` into an environment of its own and answers the path of its program of the same name; `None` where
/// Python or the index is not there.
pub(crate) fn pip_install(workspace: &Workspace, package: &str, version: &str) -> Option<PathBuf> {
    let folder = workspace
        .tools()
        .join("python")
        .join(format!("{package}-{version}"));
    let program = folder.join("bin").join(package);
    if program.exists() {
        return Some(program);
    }
    if !process::has("python3") {
        return None;
    }
    say(&format!("pip install {package}=={version}"));
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv"]).arg(&folder);
    let mut install = Command::new(folder.join("bin/pip"));
    install
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("{package}=={version}"));
    let installed = process::run(&mut environment).and_then(|()| process::run(&mut install));
    if let Err(error) = &installed {
        say(&format!("{package} cannot be installed: {error:#}"));
    }
    installed.is_ok().then_some(program)
}
