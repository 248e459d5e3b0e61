//! `cargo xtask run`: builds, then becomes the server.

use std::{os::unix::process::CommandExt, process::Command};

use anyhow::{Result, bail};

use crate::{
    build, progress,
    workspace::{Profile, Workspace},
};

/// Builds and serves. Does not return but on an error: this process becomes the server, so that signals reach it.
pub(crate) fn run(workspace: &Workspace, profile: Profile, args: &[String]) -> Result<()> {
    let program = build::build(workspace, profile)?;
    progress::say(&format!("{} serve {}", program.display(), args.join(" ")));
    let error = Command::new(&program).arg("serve").args(args).exec();
    bail!("cannot start {}: {error}", program.display());
}
