//! `cargo xtask bench --promotion`: how long a promotion takes, and a dry run of 10 policies over 10 000 scanned tags, on SQLite.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    build, process,
    serve::{ADMIN, PASSWORD, Plimsoll},
    workspace::{Profile, Workspace},
};

/// Tags of the dry run.
const TAGS: &str = "10000";

/// Measures and prints.
pub(super) fn measure(workspace: &Workspace, program: Option<PathBuf>) -> Result<()> {
    let program = match program {
        Some(program) => program,
        None => build::build(workspace, Profile::Release)?,
    };
    let scratch = workspace.target.join("bench");
    fs::create_dir_all(&scratch)?;
    let folder = tempfile::tempdir_in(&scratch)?;
    let server = Plimsoll::start(&program, &folder.path().join("data"))?;
    // It listens before its database is made.
    server.token("registry:catalog:*")?;
    let script = folder.path().join("promotion.py");
    fs::write(&script, include_str!("promotion.py"))?;
    let port = server.http.to_string();
    process::run(
        Command::new("python3")
            .arg(script)
            .args([&port, ADMIN, PASSWORD, TAGS]),
    )
}
