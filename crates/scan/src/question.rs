//! What to ask vulnerability data about a component that was found: under which ecosystem, name and version it speaks of it.
//!
//! Rules: OSV schema, "Defined ecosystems": how each distribution names its releases, and whether its records name the source
//! package (Debian, Ubuntu, Alpine, Rocky, SUSE …) or the binary one (Red Hat, `AlmaLinux`).

use crate::{
    fingerprint::{BITNAMI, Component, Kind, OsRelease},
    vulnerability::ecosystem::Ecosystem,
};

/// Where vulnerability data looks for a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// As OSV writes it: `Debian:12`, `PyPI`. A distribution whose release is not known has none, and then it may be any.
    pub ecosystem: String,
    /// The ecosystem without its release.
    pub base: String,
    /// The package, as it is looked up.
    pub package: String,
    /// Its version; `None` where that could not be told.
    pub version: Option<String>,
}

/// How a distribution writes its releases.
enum Release {
    /// `12`
    Major,
    /// `3.20`, with what goes before it.
    Minor(&'static str),
    /// As it is, with what goes before it.
    Whole(&'static str),
    /// It has none: all is one.
    Rolling,
}

/// `os-release`'s `ID`, OSV's name, how its releases are written, and whether its records name binary packages.
const DISTRIBUTIONS: &[(&str, &str, Release, bool)] = &[
    ("debian", "Debian", Release::Major, false),
    ("raspbian", "Debian", Release::Major, false),
    ("ubuntu", "Ubuntu", Release::Whole(""), false),
    ("alpine", "Alpine", Release::Minor("v"), false),
    ("wolfi", "Wolfi", Release::Rolling, false),
    ("chainguard", "Chainguard", Release::Rolling, false),
    ("minimos", "MinimOS", Release::Rolling, false),
    ("echo", "Echo", Release::Rolling, false),
    ("alpaquita", "Alpaquita", Release::Whole(""), false),
    ("almalinux", "AlmaLinux", Release::Major, true),
    ("rocky", "Rocky Linux", Release::Major, false),
    ("rhel", "Red Hat", Release::Whole(""), true),
    ("centos", "Red Hat", Release::Major, true),
    ("opensuse-leap", "openSUSE", Release::Whole("Leap "), false),
    ("opensuse-tumbleweed", "openSUSE", Release::Rolling, false),
    (
        "sles",
        "SUSE",
        Release::Whole("Linux Enterprise Server "),
        false,
    ),
    ("mageia", "Mageia", Release::Major, false),
    ("photon", "Photon OS", Release::Whole(""), false),
    ("azurelinux", "Azure Linux", Release::Major, false),
    ("mariner", "Azure Linux", Release::Major, false),
    ("openeuler", "openEuler", Release::Whole(""), false),
];

/// What to ask about a component of an image with this operating system.
pub fn of(component: &Component, os: Option<&OsRelease>) -> Question {
    let (ecosystem, of_binaries) = if component.detector == BITNAMI {
        ("Bitnami".to_owned(), false)
    } else {
        ecosystem(component.kind, component.release.as_ref().or(os))
    };
    let source = component.source.as_ref().filter(|_| !of_binaries);
    let name = source.map_or(component.name.as_str(), |source| source.name.as_str());
    let version = source
        .and_then(|source| source.version.clone())
        .or_else(|| component.version.clone());
    let (base, package) = Ecosystem::parse(&ecosystem).map_or_else(
        |_| (ecosystem.clone(), name.to_owned()),
        |parsed| {
            (
                parsed.name().to_owned(),
                parsed.normalise(name).into_owned(),
            )
        },
    );
    Question {
        ecosystem,
        base,
        package,
        version,
    }
}

/// The ecosystem, and whether its records name binary packages.
fn ecosystem(kind: Kind, os: Option<&OsRelease>) -> (String, bool) {
    let name = match kind {
        Kind::Pypi => "PyPI",
        Kind::Npm => "npm",
        Kind::Gem => "RubyGems",
        Kind::Composer => "Packagist",
        Kind::Maven => "Maven",
        Kind::Nuget => "NuGet",
        Kind::Golang => "Go",
        Kind::Cargo => "crates.io",
        Kind::Generic => "X-Upstream",
        Kind::Deb | Kind::Apk | Kind::Rpm => return distribution(kind, os),
    };
    (name.to_owned(), false)
}

fn distribution(kind: Kind, os: Option<&OsRelease>) -> (String, bool) {
    let find = |id: &str| DISTRIBUTIONS.iter().find(|(known, ..)| *known == id);
    if let Some(os) = os {
        if let Some((_, name, release, of_binaries)) = find(&os.id) {
            return (released(name, release, os), *of_binaries);
        }
        // made from another one: its releases are its own
        if let Some((_, name, _, of_binaries)) = os.id_like.iter().find_map(|id| find(id)) {
            return ((*name).to_owned(), *of_binaries);
        }
    }
    match kind {
        Kind::Apk => ("Alpine".to_owned(), false),
        Kind::Deb => ("Debian".to_owned(), false),
        _ => (
            os.map_or_else(|| "Linux".to_owned(), |os| os.id.clone()),
            false,
        ),
    }
}

fn released(name: &str, release: &Release, os: &OsRelease) -> String {
    let Some(version) = os
        .version_id
        .as_deref()
        .filter(|version| !version.is_empty())
    else {
        return name.to_owned();
    };
    let parts = |count: usize| {
        let parts: Vec<&str> = version.split('.').take(count).collect();
        parts.join(".")
    };
    match release {
        Release::Rolling => name.to_owned(),
        Release::Major => format!("{name}:{}", parts(1)),
        Release::Minor(before) => format!("{name}:{before}{}", parts(2)),
        Release::Whole(before) => format!("{name}:{before}{version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::{Evidence, LayerPath, SourcePackage};

    fn os(id: &str, version: Option<&str>, like: &[&str]) -> OsRelease {
        OsRelease {
            id: id.to_owned(),
            id_like: like.iter().map(|id| (*id).to_owned()).collect(),
            version_id: version.map(str::to_owned),
            codename: None,
            pretty_name: None,
            path: LayerPath::parse(b"etc/os-release", 4096, 255)
                .ok()
                .flatten()
                .expect("a path"),
        }
    }

    fn asked(kind: Kind, os: Option<&OsRelease>) -> (String, String, Option<String>) {
        let mut component = Component::new(kind, "Lib_ssl", Some("1.1"), Evidence::Database, "x");
        component.source = kind.is_of_the_system().then(|| SourcePackage {
            name: "openssl".to_owned(),
            version: Some("1.0".to_owned()),
        });
        let question = of(&component, os);
        (question.ecosystem, question.package, question.version)
    }

    #[test]
    fn a_distribution_is_asked_as_its_records_name_packages_and_releases() {
        for (kind, id, version, like, expected) in [
            (
                Kind::Deb,
                "debian",
                Some("12"),
                &[][..],
                ("Debian:12", "openssl", "1.0"),
            ),
            (Kind::Deb, "debian", None, &[], ("Debian", "openssl", "1.0")),
            (
                Kind::Deb,
                "ubuntu",
                Some("22.04"),
                &["debian"],
                ("Ubuntu:22.04", "openssl", "1.0"),
            ),
            (
                Kind::Deb,
                "kali",
                Some("2026.1"),
                &["debian"],
                ("Debian", "openssl", "1.0"),
            ),
            (
                Kind::Apk,
                "alpine",
                Some("3.20.3"),
                &[],
                ("Alpine:v3.20", "openssl", "1.0"),
            ),
            (
                Kind::Apk,
                "wolfi",
                Some("20230201"),
                &[],
                ("Wolfi", "openssl", "1.0"),
            ),
            (
                Kind::Rpm,
                "almalinux",
                Some("9.4"),
                &["rhel"],
                ("AlmaLinux:9", "Lib_ssl", "1.1"),
            ),
            (
                Kind::Rpm,
                "rocky",
                Some("9.4"),
                &["rhel"],
                ("Rocky Linux:9", "openssl", "1.0"),
            ),
            (
                Kind::Rpm,
                "rhel",
                Some("8.6"),
                &[],
                ("Red Hat:8.6", "Lib_ssl", "1.1"),
            ),
            (
                Kind::Rpm,
                "opensuse-leap",
                Some("15.5"),
                &["suse"],
                ("openSUSE:Leap 15.5", "openssl", "1.0"),
            ),
            (
                Kind::Rpm,
                "fedora",
                Some("40"),
                &[],
                ("fedora", "openssl", "1.0"),
            ),
        ] {
            let (ecosystem, package, version) = asked(kind, Some(&os(id, version, like)));
            assert_eq!(
                (ecosystem.as_str(), package.as_str(), version.as_deref()),
                (expected.0, expected.1, Some(expected.2)),
                "{id}"
            );
        }
        assert_eq!(asked(Kind::Apk, None).0, "Alpine");
    }

    #[test]
    fn a_language_s_package_is_asked_whatever_the_system_is() {
        let debian = os("debian", Some("12"), &[]);
        assert_eq!(
            asked(Kind::Pypi, Some(&debian)),
            ("PyPI".into(), "lib-ssl".into(), Some("1.1".into()))
        );
        assert_eq!(asked(Kind::Generic, None).0, "X-Upstream");
    }
}
