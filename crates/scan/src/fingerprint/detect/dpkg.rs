//! dpkg: `status`, distroless images' `status.d`, and the lists of files with their MD5 sums.

use super::control::{Paragraph, paragraphs};
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind, Recorded, SourcePackage};

/// opkg writes what dpkg does, of packages of other distributions.
pub(super) fn opkg(path: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let before = found.components.len();
    status(path, bytes, found)?;
    for component in found.components.iter_mut().skip(before) {
        component.kind = Kind::Generic;
        "opkg".clone_into(&mut component.detector);
    }
    Ok(())
}

/// Names in it are ASCII, descriptions need not be.
#[expect(clippy::unnecessary_wraps, reason = "all detectors have one form")]
pub(super) fn status(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(bytes);
    for paragraph in paragraphs(&text) {
        if let Some(component) = package(&paragraph) {
            found.add(component);
        }
    }
    Ok(())
}

fn package(paragraph: &Paragraph<'_>) -> Option<Component> {
    let name = paragraph.get("Package")?;
    let version = paragraph.get("Version")?;
    // distroless leaves Status out; "deinstall ok config-files" has no files any more
    let status = paragraph.get("Status").unwrap_or("install ok installed");
    if !matches!(
        status.split_whitespace().nth(2),
        Some(
            "installed" | "unpacked" | "half-configured" | "triggers-awaited" | "triggers-pending"
        )
    ) {
        return None;
    }
    let mut component = Component::new(Kind::Deb, name, Some(version), Evidence::Database, "dpkg");
    component.architecture = paragraph.get("Architecture").map(str::to_owned);
    component.source = Some(source(paragraph.get("Source"), name));
    Some(component)
}

/// `Source: name (version)`; without it, the source has the package's name and version.
fn source(field: Option<&str>, name: &str) -> SourcePackage {
    let field = field.unwrap_or(name);
    let (source, version) = field.split_once('(').map_or((field, None), |(name, rest)| {
        (name, Some(rest.trim_end_matches(')')))
    });
    SourcePackage {
        name: source.trim().to_owned(),
        version: version.map(|version| version.trim().to_owned()),
    }
}

/// `libc6:amd64.md5sums` belongs to libc6.
fn owner(path: &LayerPath, ending: &str) -> String {
    let name = path.name().strip_suffix(ending).unwrap_or(path.name());
    name.split(':').next().unwrap_or(name).to_owned()
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

/// `0123…  usr/bin/x`
#[expect(clippy::unnecessary_wraps, reason = "all detectors have one form")]
pub(super) fn md5sums(path: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let package = owner(path, ".md5sums");
    for line in lines(bytes) {
        let Some((md5, name)) = line.split_at_checked(32) else {
            continue;
        };
        if let Ok(md5) = std::str::from_utf8(md5)
            && md5.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            let recorded = Recorded::Md5(md5.to_ascii_lowercase());
            found.own(name.trim_ascii_start(), Kind::Deb, &package, Some(recorded));
        }
    }
    Ok(())
}

/// Files without sums; directories are among them and own nothing.
#[expect(clippy::unnecessary_wraps, reason = "all detectors have one form")]
pub(super) fn list(path: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let package = owner(path, ".list");
    for line in lines(bytes) {
        found.own(line, Kind::Deb, &package, None);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::report::Recorded;
    use crate::fingerprint::testing::{Layer, names};

    const STATUS: &str = "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.11-1~deb12u2\n\
        Description: Secure Sockets Layer\n more of it\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
        Package: libgcc-s1\nStatus: install ok installed\nSource: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+b1\n";

    #[test]
    fn installed_packages_are_found_with_their_sources() {
        let report = Layer::default().file("var/lib/dpkg/status", STATUS).scan();
        assert_eq!(
            names(&report),
            ["deb libgcc-s1 12.2.0-14+b1", "deb libssl3 3.0.11-1~deb12u2"]
        );
        let sources: Vec<_> = report
            .components
            .iter()
            .map(|found| found.source.clone().unwrap())
            .map(|s| (s.name, s.version))
            .collect();
        assert_eq!(
            sources,
            [
                ("openssl".into(), None),
                ("gcc-12".to_owned(), Some("12.2.0-14".to_owned()))
            ]
        );
        assert_eq!(report.databases[0].as_str(), "var/lib/dpkg/status");
    }

    #[test]
    fn packages_of_opkg_are_not_debians() {
        for path in ["usr/lib/opkg/status", "var/lib/opkg/status"] {
            let report = Layer::default()
                .file(
                    path,
                    "Package: dropbear\nVersion: 2022.82-2\nStatus: install user installed\n",
                )
                .scan();
            assert_eq!(names(&report), ["generic dropbear 2022.82-2"]);
            assert_eq!(report.databases.len(), 1);
        }
    }

    #[test]
    fn distroless_packages_are_found_a_file_each() {
        let layer = Layer::default()
            .file(
                "var/lib/dpkg/status.d/base",
                "Package: base-files\nVersion: 12.4\nArchitecture: amd64\n",
            )
            .file(
                "var/lib/dpkg/status.d/base.md5sums",
                "d41d8cd98f00b204e9800998ecf8427e  usr/bin/x\n",
            );
        let report = layer.scan();
        assert_eq!(names(&report), ["deb base-files 12.4"]);
        assert_eq!(report.databases.len(), 1);
    }

    #[test]
    fn files_are_owned_with_their_sums_and_only_those_that_matter_are_kept() {
        let elf = b"\x7fELF nothing more".repeat(9);
        let sums = "0123456789abcdef0123456789ABCDEF  usr/lib/libx.so\n0123456789abcdef0123456789abcdef  usr/share/doc/x\nshort\n";
        let layer = Layer::default()
            .file("usr/lib/libx.so", elf)
            .file(
                "var/lib/dpkg/info/libx:amd64.list",
                "/.\n/usr\n/usr/lib/libx.so\n",
            )
            .file("var/lib/dpkg/info/libx:amd64.md5sums", sums);
        let owned = layer.scan().owned;
        assert_eq!(owned.len(), 1);
        assert_eq!(owned[0].package, "libx");
        assert_eq!(
            owned[0].recorded,
            Some(Recorded::Md5("0123456789abcdef0123456789abcdef".into()))
        );
    }

    #[test]
    fn the_copyright_file_gives_the_licences() {
        let copyright = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Apache-2.0\n";
        let layer = Layer::default()
            .file("usr/share/doc/libssl3/copyright", copyright)
            // its documentation is another's
            .symlink("usr/share/doc/libgcc-s1", "libssl3")
            .file("var/lib/dpkg/status", STATUS);
        let report = layer.scan();
        assert_eq!(report.components.len(), 2);
        for package in &report.components {
            assert_eq!(package.licences[0].spdx.as_deref(), Some("Apache-2.0"));
        }
    }
}
