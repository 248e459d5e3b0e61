//! crane and oras from Debian sid, without touching the system: downloaded by apt with lists of its own, and unpacked.
//! They link only libc, so they run on Debian 12 as they are.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::apt;
use crate::{process, progress::say, workspace::Workspace};

const PACKAGES: [&str; 2] = ["crane", "oras"];
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The folder with the clients, or `None` where they cannot be had (said aloud).
pub(crate) fn newer_clients(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.tools().join("sid");
    let bin = folder.join("usr/bin");
    let complete = || PACKAGES.iter().all(|name| bin.join(name).exists());
    if !complete() {
        if !apt::can_install() || !Path::new(KEYRING).exists() {
            say("crane and oras are fetched only by root on Debian");
            return None;
        }
        if let Err(error) = download(&folder) {
            say(&format!("crane and oras cannot be had: {error:#}"));
        }
    }
    complete().then_some(bin)
}

fn download(folder: &Path) -> Result<()> {
    say("downloading crane and oras from Debian sid");
    let state = folder.join("apt");
    for part in ["lists/partial", "cache/archives/partial", "none"] {
        fs::create_dir_all(state.join(part))?;
    }
    fs::write(state.join("status"), "")?;
    fs::write(
        state.join("sources.list"),
        format!("deb [signed-by={KEYRING}] {} sid main\n", archive()?),
    )?;
    let root = state.display();
    // A mirror may lag behind: signed lists of last month bring clients that are as good for a test.
    let config = format!(
        "Dir::State::Lists \"{root}/lists\";\nDir::Cache \"{root}/cache\";\nDir::Etc::SourceList \"{root}/sources.list\";\n\
         Dir::Etc::SourceParts \"{root}/none\";\nDir::State::status \"{root}/status\";\nAPT::Sandbox::User \"root\";\n\
         Acquire::Check-Valid-Until \"false\";\n"
    );
    fs::write(state.join("apt.conf"), config)?;
    let apt = |arguments: &[&str]| {
        process::run(
            Command::new("apt-get")
                .args(arguments)
                .args(["-qq"])
                .env("APT_CONFIG", state.join("apt.conf"))
                .current_dir(folder)
                .stdout(std::io::stderr()),
        )
    };
    apt(&["update"])?;
    apt(&[&["download"], &PACKAGES[..]].concat())?;
    for file in fs::read_dir(folder)?.flatten().map(|entry| entry.path()) {
        if file.extension().is_some_and(|extension| extension == "deb") {
            process::run(
                Command::new("dpkg")
                    .arg("-x")
                    .args([file.as_path(), folder]),
            )?;
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

/// The Debian archive this machine uses already.
fn archive() -> Result<String> {
    let release = fs::read_to_string("/etc/os-release")?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .context("not Debian")?;
    let targets = process::capture(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(REPO_URI) $(RELEASE)",
        "Created-By: Packages",
    ]))?;
    targets
        .lines()
        .find_map(|line| line.strip_suffix(&format!(" {codename}")))
        .map(str::to_owned)
        .context("apt names no archive for this release")
}
