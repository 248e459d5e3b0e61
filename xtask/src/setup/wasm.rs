//! A compiler for wasm32-unknown-unknown, by the first way that works:
//!
//! 1. the toolchain in use has the target;
//! 2. rustup adds it;
//! 3. Debian's `rustc-web`, whose package `rust-web-src` brings the sources of std with all their dependencies: std is
//!    compiled once, offline, into a sysroot of our own under the target directory.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::apt;
use crate::{build::setup_cargo, process, progress::say, workspace::Workspace};

/// The target of the browser side.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Debian's compiler, its lints (those of another compiler cannot read what this one has compiled), and the sources of its standard library.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";
const DEBIAN_STD: &str = "/usr/lib/rustlib/src/rust/library";

/// The toolchain that compiles the browser side.
pub(crate) enum Toolchain {
    /// The one that compiles the rest.
    Usual,
    /// Debian's, through the programs in this folder.
    Debian(PathBuf),
}

impl Toolchain {
    /// Cargo of this toolchain, in the workspace.
    #[expect(
        clippy::disallowed_methods,
        reason = "PATH is how Cargo finds its compiler"
    )]
    pub(crate) fn cargo(&self, workspace: &Workspace) -> Command {
        let mut command = match self {
            Self::Usual => Command::new("cargo"),
            Self::Debian(bin) => {
                let mut command = Command::new(bin.join("cargo"));
                let path = env::var_os("PATH").unwrap_or_default();
                let path: Vec<PathBuf> = [bin.clone()]
                    .into_iter()
                    .chain(env::split_paths(&path))
                    .collect();
                command.env(
                    "PATH",
                    env::join_paths(path).unwrap_or_else(|_| OsString::from(bin)),
                );
                command
                    .env_remove("RUSTUP_TOOLCHAIN")
                    .env_remove("RUSTC")
                    .env_remove("CARGO");
                command
            }
        };
        setup_cargo(&mut command, workspace);
        command
    }
}

/// Finds or makes a toolchain for the browser side.
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<Toolchain> {
    if has_target(Command::new("rustc").current_dir(&workspace.root)) {
        return Ok(Toolchain::Usual);
    }
    let sysroot = workspace.target.join("wasm-toolchain");
    if is_made(&sysroot) {
        return Ok(Toolchain::Debian(sysroot.join("bin")));
    }
    if process::has("rustup") {
        // a network that swallows packets must not hold us for ever: there is another way
        let rustup = ["120", "rustup", "target", "add", WASM];
        let added = process::run(
            Command::new("timeout")
                .args(rustup)
                .current_dir(&workspace.root),
        );
        match added {
            Ok(()) if has_target(Command::new("rustc").current_dir(&workspace.root)) => {
                return Ok(Toolchain::Usual);
            }
            Ok(()) => say("rustup added the target, but the compiler in use does not have it"),
            Err(error) => say(&format!("rustup could not add the target: {error:#}")),
        }
    }
    install_debian_compiler()?;
    make_sysroot(&sysroot)?;
    Ok(Toolchain::Debian(sysroot.join("bin")))
}

/// Whether a compiler has std for the browser.
fn has_target(rustc: &mut Command) -> bool {
    let Ok(folder) = process::capture(rustc.args(["--print", "target-libdir", "--target", WASM]))
    else {
        return false;
    };
    let Ok(files) = fs::read_dir(folder.trim()) else {
        return false;
    };
    files.flatten().any(|file| {
        let name = file.file_name().to_string_lossy().into_owned();
        name.starts_with("libstd-") && is_library(&name)
    })
}

fn is_library(name: &str) -> bool {
    name.starts_with("lib")
        && Path::new(name)
            .extension()
            .is_some_and(|extension| extension == "rlib")
}

/// Whether our sysroot is there, made by the compiler that is installed now.
fn is_made(sysroot: &Path) -> bool {
    let made_by = fs::read_to_string(sysroot.join("made-by")).unwrap_or_default();
    !made_by.is_empty()
        && process::capture(Command::new(DEBIAN_RUSTC).arg("-vV"))
            .is_ok_and(|version| version == made_by)
        && sysroot.join("bin/cargo-clippy").exists()
        && has_target(&mut Command::new(sysroot.join("bin/rustc")))
}

fn install_debian_compiler() -> Result<()> {
    let mut missing = vec![];
    for (file, package) in [
        (DEBIAN_RUSTC, "rustc-web"),
        (DEBIAN_CARGO, "cargo-web"),
        (DEBIAN_CLIPPY, "rust-web-clippy"),
        (&format!("{DEBIAN_STD}/vendor"), "rust-web-src"),
    ] {
        if !Path::new(file).exists() {
            missing.push(package);
        }
    }
    if linker().is_none() {
        missing.push("lld-22");
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !apt::can_install() {
        bail!(
            "the target {WASM} is missing. Either `rustup target add {WASM}`, or as root on Debian: apt-get install {}",
            missing.join(" ")
        );
    }
    apt::get(&missing)
}

/// The newest lld of Debian.
fn linker() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .filter_map(|folder| {
            let version = folder
                .file_name()
                .to_str()?
                .strip_prefix("llvm-")?
                .parse()
                .ok()?;
            let lld = folder.path().join("bin/lld");
            lld.exists().then_some((version, lld))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, lld)| lld)
}

/// Compiles std for the browser and lays it out as a sysroot beside Debian's own libraries.
fn make_sysroot(sysroot: &Path) -> Result<()> {
    say("compiling the standard library for the browser, once (about a minute)");
    if sysroot.exists() {
        fs::remove_dir_all(sysroot)?;
    }
    let work = tempfile::tempdir()?;
    let libraries = compile_std(work.path())?;
    let version = process::capture(Command::new(DEBIAN_RUSTC).arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc names its host")?;
    let rustlib = sysroot.join("lib/rustlib");
    let wasm = rustlib.join(WASM).join("lib");
    fs::create_dir_all(&wasm)?;
    for file in fs::read_dir(&libraries)?.flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if is_library(&name) && !name.starts_with("libstdbuild-") {
            fs::copy(file.path(), wasm.join(name))?;
        }
    }
    fs::create_dir_all(rustlib.join(host).join("bin"))?;
    symlink(
        format!("/usr/lib/rustlib/{host}/lib"),
        rustlib.join(host).join("lib"),
    )?;
    symlink(
        linker().context("lld is installed")?,
        rustlib.join(host).join("bin/rust-lld"),
    )?;
    symlink("/usr/lib/rustlib/src", rustlib.join("src"))?;
    make_programs(sysroot)?;
    fs::write(sysroot.join("made-by"), version)?;
    if !is_made(sysroot) {
        bail!(
            "the toolchain in {} does not find its standard library",
            sysroot.display()
        );
    }
    Ok(())
}

/// Builds std from Debian's sources; answers the folder with its libraries.
fn compile_std(work: &Path) -> Result<PathBuf> {
    let manifest = "[package]\nname = \"stdbuild\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                    [profile.release]\npanic = \"abort\"\ndebug = false\n[workspace]\n";
    fs::create_dir(work.join("src"))?;
    fs::write(work.join("Cargo.toml"), manifest)?;
    fs::write(work.join("src/lib.rs"), "#![no_std]\n")?;
    let mut cargo = Command::new(DEBIAN_CARGO);
    for name in [
        "CARGO",
        "CARGO_BUILD_TARGET",
        "RUSTC_WRAPPER",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTUP_TOOLCHAIN",
    ] {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(work)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        // without bitcode no crate that is optimised at link time could use it
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env("CARGO_TARGET_DIR", work.join("target"))
        .args([
            "build",
            "--quiet",
            "--offline",
            "--release",
            "--target",
            WASM,
            "-Zbuild-std=std,panic_abort,test",
        ])
        .args(["--config", "source.crates-io.replace-with=\"std-vendor\""])
        .args([
            "--config",
            &format!("source.std-vendor.directory=\"{DEBIAN_STD}/vendor\""),
        ]);
    process::run(&mut cargo)?;
    Ok(work.join("target").join(WASM).join("release/deps"))
}

/// A `bin` folder: compilers that know the sysroot, and Debian's other programs.
fn make_programs(sysroot: &Path) -> Result<()> {
    let bin = sysroot.join("bin");
    fs::create_dir_all(&bin)?;
    let root = sysroot.display();
    let wrappers = [
        (
            "rustc",
            format!("exec /usr/bin/rustc --sysroot '{root}' \"$@\""),
        ),
        (
            "rustdoc",
            format!("exec /usr/bin/rustdoc --sysroot '{root}' \"$@\""),
        ),
        // It calls the driver beside the file that it is, wherever a link to that stands.
        (
            "cargo-clippy",
            format!("SYSROOT='{root}' exec {DEBIAN_CLIPPY} \"$@\""),
        ),
    ];
    for (name, line) in wrappers
        .iter()
        .filter(|(name, _)| Path::new("/usr/bin").join(name).exists())
    {
        let file = bin.join(name);
        fs::write(&file, format!("#!/bin/sh\n{line}\n"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    symlink(DEBIAN_CARGO, bin.join("cargo"))?;
    Ok(())
}
