//! An image for tests, and its two documents.

use super::*;
use crate::fingerprint::{
    Component, Cpe, Digests, Evidence, ExecutableFile, Format, ImageReport, Kind, LayerPath,
    LayerReport, Licence, OsRelease, SourcePackage, compose, normalise_licence,
};
use time::macros::datetime;

pub(super) fn path(text: &str) -> LayerPath {
    LayerPath::parse(text.as_bytes(), 4096, 255)
        .unwrap()
        .unwrap()
}

pub(super) fn file(at: &str, sha1: bool) -> ExecutableFile {
    ExecutableFile {
        path: path(at),
        format: Format::Elf,
        size: 1,
        digests: Some(Digests {
            sha256: "ab".repeat(32),
            sha1: sha1.then(|| "cd".repeat(20)),
            md5: None,
        }),
        build_id: None,
        soname: None,
    }
}

pub(super) fn component(kind: Kind, name: &str, version: Option<&str>, at: &str) -> Component {
    let evidence = if kind.is_of_the_system() {
        Evidence::Database
    } else {
        Evidence::Signature
    };
    let mut component = Component::new(kind, name, version, evidence, "test");
    component.paths.push(path(at));
    component
}

pub(super) fn licence(found: &str) -> Licence {
    Licence {
        found: found.into(),
        spdx: normalise_licence(found),
    }
}

/// A base of Debian, and a layer with a static openssl, a scoped package, and something that a third layer deletes.
pub(super) fn layers() -> [LayerReport; 3] {
    let status = "var/lib/dpkg/status";
    let mut libssl = component(Kind::Deb, "libssl3", Some("3.0.11-1"), status);
    libssl.architecture = Some("amd64".into());
    libssl.source = Some(SourcePackage {
        name: "openssl".into(),
        version: None,
    });
    libssl.licences = vec![licence("Apache-2.0"), licence("GPL-2+ or Expat")];
    let mut base = LayerReport {
        components: vec![libssl],
        databases: vec![path(status)],
        ..LayerReport::default()
    };
    base.os = Some(OsRelease {
        id: "debian".into(),
        id_like: Vec::new(),
        version_id: Some("12".into()),
        codename: None,
        pretty_name: None,
        path: path("etc/os-release"),
    });
    let mut openssl = component(Kind::Generic, "openssl", Some("1.0.2k"), "opt/tool");
    let cpe = |product: &str| Cpe {
        vendor: "openssl".into(),
        product: product.into(),
    };
    openssl.cpes = vec![cpe("openssl"), cpe("ssl")];
    openssl.licences = vec![licence("Sendmail-ish")];
    let mut unknown = component(Kind::Generic, "zlib", None, "opt/other");
    unknown.nested = vec!["inner.jar".into()];
    let app = LayerReport {
        components: vec![
            openssl,
            unknown,
            component(Kind::Npm, "@a/b", Some("1.0.0"), "app/package.json"),
            component(Kind::Npm, "gone", Some("1.0.0"), "gone/package.json"),
        ],
        executables: vec![file("opt/tool", true), file("opt/other", false)],
        ..LayerReport::default()
    };
    let removes = LayerReport {
        whiteouts: vec![path("gone")],
        ..LayerReport::default()
    };
    [base, app, removes]
}

pub(super) fn report(layers: &[LayerReport]) -> ImageReport {
    compose(&layers.iter().collect::<Vec<_>>())
}

pub(super) const DIGESTS: [&str; 3] = ["sha256:aa", "sha256:bb", "sha256:cc"];
pub(super) const MANIFEST: &str =
    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(super) fn written(layers: &[LayerReport], report: &ImageReport) -> [String; 2] {
    let layers: Vec<ImageLayer<'_>> = layers
        .iter()
        .zip(DIGESTS)
        .map(|(layer, digest)| ImageLayer {
            digest,
            files: &layer.executables,
        })
        .collect();
    let facts = ImageFacts {
        repository: "registry.example/team/App",
        tag: Some("1.0"),
        manifest_digest: MANIFEST,
        platform: Some("linux/amd64"),
        layers: &layers,
        created: datetime!(2026-01-02 3:04:05.678 +2),
        tool_version: "0.1.0",
    };
    let (mut spdx, mut cyclonedx) = (Vec::new(), Vec::new());
    write_spdx(report, &facts, &mut spdx).unwrap();
    write_cyclonedx(report, &facts, &mut cyclonedx).unwrap();
    [spdx, cyclonedx].map(|bytes| String::from_utf8(bytes).unwrap())
}
