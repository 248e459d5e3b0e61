//! Shared libraries that carry no version as text (rule C): they are known by their own name, and their version at least by
//! the newest interface that they define.

use super::cpes;
use crate::fingerprint::report::{Component, Evidence, Kind};

struct Library {
    /// What the name begins with.
    soname: &'static str,
    name: &'static str,
    cpes: &'static [&'static str],
    /// What the names of interfaces begin with, where they follow releases.
    interface: &'static str,
}

const LIBRARIES: &[Library] = &[
    Library {
        soname: "libxml2.so.",
        name: "libxml2",
        cpes: &["xmlsoft:libxml2"],
        interface: "LIBXML2_",
    },
    Library {
        soname: "libxslt.so.",
        name: "libxslt",
        cpes: &["xmlsoft:libxslt"],
        interface: "LIBXML2_",
    },
    Library {
        soname: "liblzma.so.",
        name: "xz",
        cpes: &["tukaani:xz"],
        interface: "XZ_",
    },
    Library {
        soname: "libzstd.so.",
        name: "zstd",
        cpes: &["facebook:zstandard"],
        interface: "",
    },
    Library {
        soname: "liblz4.so.",
        name: "lz4",
        cpes: &["lz4_project:lz4"],
        interface: "",
    },
    Library {
        soname: "libbrotlidec.so.",
        name: "brotli",
        cpes: &["google:brotli"],
        interface: "",
    },
    Library {
        soname: "libnettle.so.",
        name: "nettle",
        cpes: &["nettle_project:nettle"],
        interface: "",
    },
    Library {
        soname: "libtasn1.so.",
        name: "libtasn1",
        cpes: &["gnu:libtasn1"],
        interface: "LIBTASN1_",
    },
    Library {
        soname: "libyaml-0.so.",
        name: "libyaml",
        cpes: &["pyyaml:libyaml"],
        interface: "",
    },
    Library {
        soname: "libjansson.so.",
        name: "jansson",
        cpes: &["jansson_project:jansson"],
        interface: "",
    },
    Library {
        soname: "libfreetype.so.",
        name: "freetype",
        cpes: &["freetype:freetype"],
        interface: "",
    },
    Library {
        soname: "libharfbuzz.so.",
        name: "harfbuzz",
        cpes: &["harfbuzz_project:harfbuzz"],
        interface: "",
    },
    Library {
        soname: "libwebp.so.",
        name: "libwebp",
        cpes: &["webmproject:libwebp"],
        interface: "",
    },
    Library {
        soname: "libprotobuf.so.",
        name: "protobuf",
        cpes: &["google:protobuf"],
        interface: "",
    },
    Library {
        soname: "libcares.so.",
        name: "c-ares",
        cpes: &["c-ares:c-ares"],
        interface: "",
    },
];

/// The component that a library of this name is. Its version is never exact.
pub(in super::super) fn component(soname: &str, interfaces: &[String]) -> Option<Component> {
    let library = LIBRARIES
        .iter()
        .find(|library| soname.starts_with(library.soname))?;
    let newest = interfaces
        .iter()
        .filter(|_| !library.interface.is_empty())
        .filter_map(|name| name.strip_prefix(library.interface))
        .filter_map(|version| Some((numbers(version)?, version)))
        .max();
    let newest = newest.map(|(_, version)| version.replace('_', "."));
    let mut component = Component::new(
        Kind::Generic,
        library.name,
        newest.as_deref(),
        Evidence::Soname,
        "soname",
    );
    component.exact = false;
    component.cpes = cpes(library.cpes);
    Some(component)
}

fn numbers(version: &str) -> Option<Vec<u32>> {
    version
        .split(['.', '_'])
        .map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_interface_is_the_least_version() {
        let interfaces =
            ["LIBXML2_2.9.1", "LIBXML2_2.10.0", "LIBXML2_2.4.30", "other"].map(str::to_owned);
        let found = component("libxml2.so.2", &interfaces).unwrap();
        assert_eq!(
            (found.version.as_deref(), found.exact),
            (Some("2.10.0"), false)
        );
    }

    #[test]
    fn without_interfaces_any_version_is_possible() {
        let found = component("libyaml-0.so.2", &[]).unwrap();
        assert_eq!((found.version, found.exact), (None, false));
        assert!(component("libmine.so.1", &[]).is_none());
    }
}
