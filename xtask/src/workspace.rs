//! Where things are: the checkout, the target directory, and the two ways to build.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// The checkout and its target directory.
pub(crate) struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// `CARGO_TARGET_DIR`, or `~/.cache/plimsoll/target`: outside the checkout, so that a fresh clone builds warm.
    pub(crate) target: PathBuf,
}

/// How to build: for working on it, or for running it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Fast to compile.
    Dev,
    /// Fast to run, small to load.
    Release,
}

impl Workspace {
    /// The workspace that `cargo xtask` was called in. The folder of compile time is only for who starts the program by its path: two
    /// checkouts may share a target directory, and with it this program.
    #[expect(
        clippy::disallowed_methods,
        reason = "the configuration of the build is Cargo's environment"
    )]
    pub(crate) fn find() -> Result<Self> {
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
        let root = Path::new(&package)
            .parent()
            .context("xtask lies in a workspace")?
            .to_owned();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(target) => env::current_dir()?.join(target),
            None => {
                PathBuf::from(env::var_os("HOME").context("HOME is not set; set CARGO_TARGET_DIR")?)
                    .join(".cache/plimsoll/target")
            }
        };
        Ok(Self { root, target })
    }

    /// The finished program.
    pub(crate) fn program(&self, profile: Profile) -> PathBuf {
        self.target.join(profile.folder()).join("plimsoll")
    }

    /// The web assets that are embedded in the program.
    pub(crate) fn site(&self, profile: Profile) -> PathBuf {
        self.target.join("site").join(profile.name())
    }

    /// Where test tools are kept from run to run (npm packages, Go programs, clients).
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }
}

impl Profile {
    /// The profile that `--release` chooses.
    pub(crate) fn from_release(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }

    /// As people say it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// Cargo's folder for it under the target directory.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }

    /// The profile of the wasm half in the root `Cargo.toml`.
    pub(crate) fn wasm(self) -> &'static str {
        match self {
            Self::Dev => "wasm-dev",
            Self::Release => "wasm-release",
        }
    }
}
