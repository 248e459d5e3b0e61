//! The detectors, and the one table that says by its path which of them reads a file.

mod apk;
pub(super) mod binary;
pub(super) mod bitnami;
mod cargo;
mod composer;
mod conda;
mod control;
mod copyright;
mod dotnet;
mod dpkg;
pub(super) mod go;
pub(super) mod java;
mod jdk;
pub(super) mod macho;
mod node;
mod os_release;
pub(super) mod pe;
mod python;
mod rpm;
mod ruby;

use super::found::{Fault, Found};
use super::path::LayerPath;

/// A detector of a file that lies where its kind of record lies.
pub(super) struct Route {
    pub(super) name: &'static str,
    /// A package manager's database: larger than text, and the topmost copy speaks for the image.
    pub(super) is_database: bool,
    pub(super) detect: fn(&LayerPath, &[u8], &mut Found) -> Result<(), Fault>,
}

const fn text(
    name: &'static str,
    detect: fn(&LayerPath, &[u8], &mut Found) -> Result<(), Fault>,
) -> Route {
    Route {
        name,
        is_database: false,
        detect,
    }
}

const fn database(
    name: &'static str,
    detect: fn(&LayerPath, &[u8], &mut Found) -> Result<(), Fault>,
) -> Route {
    Route {
        name,
        is_database: true,
        detect,
    }
}

/// Who reads the file at `path`, if anybody does because of where it lies.
pub(super) fn route(path: &LayerPath) -> Option<Route> {
    let name = path.name();
    match path.as_str() {
        "etc/os-release" | "usr/lib/os-release" => {
            return Some(text("os-release", os_release::detect));
        }
        "var/lib/dpkg/status" => return Some(database("dpkg", dpkg::status)),
        "usr/lib/opkg/status" | "var/lib/opkg/status" => {
            return Some(database("opkg", dpkg::opkg));
        }
        "lib/apk/db/installed" | "usr/lib/apk/db/installed" => {
            return Some(database("apk", apk::detect));
        }
        _ => {}
    }
    if let Some(rest) = path.as_str().strip_prefix("var/lib/dpkg/") {
        return dpkg_file(rest);
    }
    if rpm::is_database(path) {
        return Some(database("rpm", rpm::detect));
    }
    match name {
        "copyright" if path.as_str().starts_with("usr/share/doc/") => {
            return Some(text("copyright", copyright::detect));
        }
        "METADATA" | "PKG-INFO" if python::is_metadata(path) => {
            return Some(text("python", python::detect));
        }
        "package.json" => return Some(text("node", node::detect)),
        "release" => return Some(text("jdk", jdk::detect)),
        _ if bitnami::is_document(name) => return Some(text(bitnami::NAME, bitnami::detect)),
        "installed.json" if path.as_str().contains("composer/") => {
            return Some(text("composer", composer::detect));
        }
        _ => {}
    }
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("egg-info") => Some(text("python", python::detect)),
        Some("gemspec") if path.as_str().contains("specifications/") => {
            Some(text("ruby", ruby::detect))
        }
        Some("json") if path.as_str().contains("conda-meta/") => Some(text("conda", conda::detect)),
        Some("json") if name.ends_with(".deps.json") => Some(text("dotnet", dotnet::detect)),
        _ => None,
    }
}

/// Below `var/lib/dpkg`: lists of files, and distroless images' packages, a file each.
fn dpkg_file(rest: &str) -> Option<Route> {
    let (directory, name) = rest.split_once('/')?;
    if name.contains('/') {
        return None;
    }
    match (directory, name.rsplit_once('.').map(|(_, ending)| ending)) {
        ("info" | "status.d", Some("md5sums")) => Some(text("dpkg", dpkg::md5sums)),
        ("info", Some("list")) => Some(text("dpkg", dpkg::list)),
        ("status.d", _) => Some(database("dpkg", dpkg::status)),
        _ => None,
    }
}

/// Text that must be UTF-8 as a whole.
fn utf8(bytes: &[u8]) -> Result<&str, Fault> {
    std::str::from_utf8(bytes).map_err(|_| Fault::NotText)
}
