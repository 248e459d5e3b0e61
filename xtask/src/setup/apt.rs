//! Debian packages: what is missing is installed when we are root on Debian, and named when we are not.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Result, bail};

use crate::{
    process::{self, has, is_root},
    progress::say,
};

/// Installing a package may start a service; this script, where Debian looks for it, says no.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Something a test needs, and the Debian package that brings it.
pub(crate) struct Need {
    /// A program on the path, or a file by its absolute path.
    pub(crate) file: &'static str,
    /// The package's name in Debian 12.
    pub(crate) package: &'static str,
}

impl Need {
    /// Whether it is there.
    pub(crate) fn is_met(&self) -> bool {
        if self.file.starts_with('/') {
            Path::new(self.file).exists()
        } else {
            has(self.file)
        }
    }
}

/// Whether packages can be installed here: as root, where there is apt.
pub(crate) fn can_install() -> bool {
    is_root() && has("apt-get")
}

/// Installs what is missing of the needs. Where that is not possible it says so; who needs one asks [`Need::is_met`].
pub(crate) fn install(needs: &[Need]) -> Result<()> {
    let mut missing: Vec<&str> = needs
        .iter()
        .filter(|need| !need.is_met())
        .map(|need| need.package)
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(());
    }
    if !can_install() {
        say(&format!(
            "missing, and not installed because we are not root on Debian: {}",
            missing.join(" ")
        ));
        return Ok(());
    }
    get(&missing)
}

/// `apt-get install`, with services kept from starting.
pub(crate) fn get(packages: &[&str]) -> Result<()> {
    say(&format!("apt-get install {}", packages.join(" ")));
    update()?;
    let _policy = NoServices::declare()?;
    process::run(
        Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args([
                "install",
                "--yes",
                "-qq",
                "--no-install-recommends",
                "-o",
                "Dpkg::Use-Pty=0",
            ])
            .args(packages)
            .stdout(std::io::stderr()),
    )
}

/// `apt-get update`, once in a run.
fn update() -> Result<()> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        process::run(
            Command::new("apt-get")
                .args(["update", "-qq"])
                .stdout(std::io::stderr()),
        )
        .map_err(|error| format!("{error:#}"))
    });
    match done {
        Ok(()) => Ok(()),
        Err(error) => bail!("{error}"),
    }
}

/// While it lives, packages do not start their services. A policy that is there already is respected.
struct NoServices(Option<PathBuf>);

impl NoServices {
    fn declare() -> Result<Self> {
        let created = File::options()
            .write(true)
            .create_new(true)
            .mode(0o755)
            .open(POLICY);
        let Ok(mut file) = created else {
            return Ok(Self(None));
        };
        file.write_all(b"#!/bin/sh\nexit 101\n")?;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        Ok(Self(Some(POLICY.into())))
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(policy) = &self.0 {
            drop(fs::remove_file(policy));
        }
    }
}
