//! Embeds the web assets: `PLIMSOLL_ASSETS_DIR` names the folder that `cargo xtask build` made. Without it the program is
//! compiled with an empty table, and pages are served without script and style.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;

/// One entry of `assets.json`, as `xtask/src/site` writes it.
#[derive(Deserialize)]
struct Asset {
    name: String,
    file: String,
    brotli: Option<usize>,
    gzip: Option<usize>,
    parts: Vec<String>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo speaks to build scripts through the environment"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=PLIMSOLL_ASSETS_DIR");
    let table = match env::var_os("PLIMSOLL_ASSETS_DIR") {
        Some(folder) => table(&PathBuf::from(folder))?,
        None => "&[]".to_owned(),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("assets.rs"), table)?;
    if packs_relocations() {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    Ok(())
}

/// Whether the dynamic linker knows relative relocations in the packed form (`DT_RELR`), as glibc's does from 2.36 on. All of them are
/// read when a program starts: two megabytes that stay in memory, or a hundredth of that.
#[expect(
    clippy::disallowed_methods,
    reason = "Cargo speaks to build scripts through the environment"
)]
fn packs_relocations() -> bool {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let runs_here = env::var_os("HOST") == env::var_os("TARGET");
    if !(runs_here && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")) {
        return false;
    }
    let asked = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let answer = asked.map_or_else(
        |_| String::new(),
        |found| String::from_utf8_lossy(&found.stdout).into_owned(),
    );
    // `glibc 2.36`
    let version = answer.trim().strip_prefix("glibc ");
    let numbers = version.and_then(|version| version.split_once('.'));
    let numbers =
        numbers.and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    numbers.is_some_and(|version: (u32, u32)| version >= (2, 36))
}

/// The table as Rust: an expression of type `&[Asset]`, see `src/assets.rs`.
fn table(folder: &Path) -> Result<String, Box<dyn Error>> {
    let list = folder.join("assets.json");
    println!("cargo::rerun-if-changed={}", list.display());
    let json =
        fs::read(&list).map_err(|error| format!("cannot read {}: {error}", list.display()))?;
    let assets: Vec<Asset> = serde_json::from_slice(&json)?;
    let mut code = String::from("&[\n");
    for Asset {
        name,
        file,
        brotli,
        gzip,
        parts,
    } in &assets
    {
        let bytes = |suffix: &str| {
            let path = folder.join(format!("{file}{suffix}"));
            // Quoted as a Rust literal.
            format!("include_bytes!({:?})", path.display().to_string())
        };
        let optional = |size: &Option<usize>, suffix| match size {
            Some(_) => format!("Some({})", bytes(suffix)),
            None => "None".to_owned(),
        };
        writeln!(
            code,
            "    Asset {{ name: {name:?}, file: {file:?}, identity: {}, brotli: {}, gzip: {}, parts: &{parts:?} }},",
            bytes(""),
            optional(brotli, ".br"),
            optional(gzip, ".gz"),
        )?;
    }
    code.push(']');
    Ok(code)
}
