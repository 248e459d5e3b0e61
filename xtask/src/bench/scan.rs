//! `cargo xtask bench --scan`: how fast images are read, vulnerability data is loaded, a large registry is judged again, and something
//! in it is found. What is measured is `server/examples/scan_bench`, a process for each part.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    build, process,
    progress::{say, step},
    workspace::Workspace,
};

/// `make.py` ends with this where it cannot run.
const CANNOT: i32 = 77;

/// Measures and prints the table. `image` and `bundle` are used as they are; without them, an image is made, and only generated
/// records are loaded.
pub(super) fn measure(
    workspace: &Workspace,
    image: Option<PathBuf>,
    bundle: Option<PathBuf>,
    thousands: u64,
) -> Result<()> {
    step("the benchmark", || {
        process::run(build::server_cargo(workspace).args([
            "build",
            "--package",
            "server",
            "--example",
            "scan_bench",
            "--release",
            "--locked",
        ]))
    })?;
    let scratch = workspace.target.join("bench");
    fs::create_dir_all(&scratch)?;
    let folder = tempfile::tempdir_in(&scratch)?;
    let image = match image {
        Some(image) => Some(image),
        None => step("a real image", || made(workspace, folder.path()))?,
    };
    match image {
        Some(image) => {
            run(workspace, &["fingerprint"], &image)?;
            run(workspace, &["image"], &image)?;
        }
        None => say("no image can be made here: nothing is read (see --image)"),
    }
    match bundle {
        Some(bundle) => run(workspace, &["load"], &bundle)?,
        None => say("no bundle was named: only generated records are loaded (see --bundle)"),
    }
    let registry = folder.path().join("registry");
    fs::create_dir(&registry)?;
    run(workspace, &["registry", &thousands.to_string()], &registry)
}

/// The image that the scanner's own tests make, where it can be made.
fn made(workspace: &Workspace, folder: &Path) -> Result<Option<PathBuf>> {
    let images = folder.join("images");
    let script = workspace.root.join("crates/scan/tests/images/make.py");
    let mut command = Command::new("python3");
    let (status, output) = process::output(command.arg(script).arg(&images))?;
    if status.code() == Some(CANNOT) {
        say(output.trim());
        return Ok(None);
    }
    anyhow::ensure!(status.success(), "no image could be made: {output}");
    Ok(Some(images.join("debian")))
}

fn run(workspace: &Workspace, part: &[&str], path: &Path) -> Result<()> {
    let program = workspace.target.join("release/examples/scan_bench");
    let mut command = Command::new(program);
    let (name, more) = part.split_first().unwrap_or((&"", &[]));
    command.arg(name).arg(path).args(more);
    process::run(&mut command)
}
