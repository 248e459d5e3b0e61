//! `cargo xtask bench --promotion` and `--trust`: what a script asks of a server that has just begun, on SQLite.

use std::{fs, path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    build, process,
    serve::{ADMIN, PASSWORD, Plimsoll},
    workspace::{Profile, Workspace},
};

/// A script, which gets the server's port, an administrator's name and password, and how many tags it makes.
pub(super) struct Script {
    interpreter: &'static str,
    name: &'static str,
    text: &'static str,
    tags: &'static str,
}

/// How long a promotion takes, and a dry run of 10 policies over 10 000 scanned tags.
pub(super) const PROMOTION: Script = Script {
    interpreter: "python3",
    name: "promotion.py",
    text: include_str!("promotion.py"),
    tags: "10000",
};

/// How long it takes to publish 10 000 tags, and what a policy of signed images adds to a pull.
pub(super) const TRUST: Script = Script {
    interpreter: "node",
    name: "trust.mjs",
    text: include_str!("trust.mjs"),
    tags: "10000",
};

impl Script {
    /// Measures and prints.
    pub(super) fn measure(&self, workspace: &Workspace, program: Option<PathBuf>) -> Result<()> {
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
        let script = folder.path().join(self.name);
        fs::write(&script, self.text)?;
        let port = server.http.to_string();
        process::run(
            Command::new(self.interpreter)
                .arg(script)
                .args([&port, ADMIN, PASSWORD, self.tags]),
        )
    }
}
