//! Package URLs against the examples of the specification and of its types.

use super::*;
use crate::fingerprint::{Evidence, LayerPath, SourcePackage};

fn os(id: &str, version: Option<&str>) -> OsRelease {
    OsRelease {
        id: id.into(),
        id_like: Vec::new(),
        version_id: version.map(str::to_owned),
        codename: Some("sid".into()),
        pretty_name: None,
        path: LayerPath::parse(b"etc/os-release", 100, 9)
            .unwrap()
            .unwrap(),
    }
}

fn component(kind: Kind, name: &str, version: &str) -> Component {
    Component::new(kind, name, Some(version), Evidence::Metadata, "test")
}

#[track_caller]
fn is(kind: Kind, name: &str, version: &str, purl: &str) {
    let built = Purl::of(&component(kind, name, version), None).unwrap();
    assert_eq!(built.to_string(), purl);
    assert_eq!(purl.parse::<Purl>().unwrap(), built);
}

#[test]
fn each_type_has_its_own_rules() {
    is(
        Kind::Npm,
        "@angular/animation",
        "12.3.1",
        "pkg:npm/%40angular/animation@12.3.1",
    );
    is(Kind::Npm, "foobar", "12.3.1", "pkg:npm/foobar@12.3.1");
    is(
        Kind::Maven,
        "org.apache.xmlgraphics:batik-anim",
        "1.9.1",
        "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1",
    );
    is(
        Kind::Golang,
        "github.com/Gorilla/context",
        "v1.1.1",
        "pkg:golang/github.com/gorilla/context@v1.1.1",
    );
    is(
        Kind::Pypi,
        "Zope._.Interface",
        "6.1",
        "pkg:pypi/zope-interface@6.1",
    );
    is(
        Kind::Composer,
        "Laravel/laravel",
        "5.5.0",
        "pkg:composer/laravel/laravel@5.5.0",
    );
    is(
        Kind::Nuget,
        "EnterpriseLibrary.Common",
        "6.0.1304",
        "pkg:nuget/EnterpriseLibrary.Common@6.0.1304",
    );
    is(
        Kind::Gem,
        "ruby-advisory-db-check",
        "0.12.4",
        "pkg:gem/ruby-advisory-db-check@0.12.4",
    );
    is(Kind::Cargo, "rand", "0.7.2", "pkg:cargo/rand@0.7.2");
    is(
        Kind::Generic,
        "open ssl/x",
        "1.0.2k",
        "pkg:generic/open%20ssl%2Fx@1.0.2k",
    );
}

#[test]
fn a_package_of_a_distribution_names_vendor_release_and_architecture() {
    let built = |kind, name: &str, version: &str, os: &OsRelease| {
        let mut component = component(kind, name, version);
        component.architecture = Some("amd64".into());
        Purl::of(&component, Some(os)).unwrap().to_string()
    };
    assert_eq!(
        built(
            Kind::Deb,
            "attr",
            "1:2.4.47-2+b1",
            &os("debian", Some("12"))
        ),
        "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-12"
    );
    assert_eq!(
        built(Kind::Apk, "curl", "8.9.0-r0", &os("alpine", Some("3.20.3"))),
        "pkg:apk/alpine/curl@8.9.0-r0?arch=amd64&distro=alpine-3.20.3"
    );
    assert_eq!(
        built(
            Kind::Rpm,
            "openssl-libs",
            "1:1.1.1k-7.el8_6",
            &os("rhel", Some("8.6"))
        ),
        "pkg:rpm/redhat/openssl-libs@1.1.1k-7.el8_6?arch=amd64&distro=rhel-8.6&epoch=1"
    );
    assert_eq!(
        built(Kind::Rpm, "zsh", "5-1", &os("opensuse-leap", Some("15.5"))),
        "pkg:rpm/opensuse/zsh@5-1?arch=amd64&distro=opensuse-leap-15.5"
    );
    assert_eq!(
        built(Kind::Deb, "dpkg", "1.22", &os("debian", None)),
        "pkg:deb/debian/dpkg@1.22?arch=amd64&distro=debian-sid"
    );
}

#[test]
fn reading_is_lenient_where_the_specification_is_and_gives_the_canonical_form() {
    let canonical = |text: &str| text.parse::<Purl>().map(|purl| purl.to_string());
    let same = |text: &str, wanted: &str| assert_eq!(canonical(text).as_deref(), Ok(wanted));
    same(
        "pkg:GOLANG/google.golang.org/genproto@abcdedf#/googleapis/api/annotations/",
        "pkg:golang/google.golang.org/genproto@abcdedf#googleapis/api/annotations",
    );
    same(
        "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25",
        "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25",
    );
    same(
        "pkg:rpm/centerim@4.22.10-1.el6?arch=i686&epoch=1&distro=fedora-25",
        "pkg:rpm/centerim@4.22.10-1.el6?arch=i686&distro=fedora-25&epoch=1",
    );
    same("pkg:npm/@angular/core", "pkg:npm/%40angular/core");
    same(
        "pkg:npm/@angular/core@16.0.0",
        "pkg:npm/%40angular/core@16.0.0",
    );
    same(
        "pkg://pypi/Django_all.auth@12",
        "pkg:pypi/django-all-auth@12",
    );
    same(
        "pkg:oci/debian@sha256%3A244fd47e07d10?tag=latest&arch=amd64",
        "pkg:oci/debian@sha256:244fd47e07d10?arch=amd64&tag=latest",
    );
}

#[test]
fn what_is_no_package_url_is_refused_with_its_reason() {
    let why = |text: &str| text.parse::<Purl>().unwrap_err();
    assert_eq!(why("https://example.org/a"), PurlError::Scheme);
    assert_eq!(why(""), PurlError::Scheme);
    assert_eq!(why("pkg:npm"), PurlError::Type);
    assert_eq!(why("pkg:n pm/a"), PurlError::Type);
    assert_eq!(why("pkg:npm/@1.0"), PurlError::Name);
    assert_eq!(why("pkg:npm/a?b"), PurlError::Qualifier);
    assert_eq!(why("pkg:npm/a?k=1&K=2"), PurlError::Qualifier);
    assert_eq!(why("pkg:npm/a%2"), PurlError::Encoding);
    assert_eq!(why("pkg:npm/a%ff"), PurlError::Encoding);
    assert_eq!(why("pkg:npm/a%0Ab"), PurlError::Encoding);
    assert_eq!(
        why(&format!("pkg:npm/{}", "a".repeat(5000))),
        PurlError::TooLong
    );
}

#[test]
fn a_hostile_name_stays_inside_its_part() {
    let component = component(Kind::Deb, "a/../b?x=1#y@2 \u{1f600}", "1?arch=no#z");
    let purl = Purl::of(&component, None).unwrap().to_string();
    assert_eq!(
        purl,
        "pkg:deb/a%2F..%2Fb%3Fx%3D1%23y%402%20%F0%9F%98%80@1%3Farch%3Dno%23z"
    );
    assert_eq!(
        purl.parse::<Purl>().unwrap().version.as_deref(),
        Some("1?arch=no#z")
    );
    let empty = Component::new(Kind::Golang, "//", None, Evidence::BuildInfo, "test");
    assert_eq!(Purl::of(&empty, None), None);
}

#[test]
fn a_statement_covers_what_it_names_and_leaves_open() {
    let covers = |purl: &str, component: &Component| {
        let os = match component.kind {
            Kind::Rpm => os("rhel", Some("8.6")),
            _ => os("debian", Some("12")),
        };
        purl.parse::<Purl>().unwrap().covers(component, Some(&os))
    };
    let mut libssl = component(Kind::Deb, "libssl3", "3.0.11-1");
    libssl.architecture = Some("amd64".into());
    libssl.source = Some(SourcePackage {
        name: "openssl".into(),
        version: None,
    });
    assert!(covers("pkg:deb/debian/libssl3", &libssl));
    assert!(covers(
        "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=x",
        &libssl
    ));
    assert!(covers("pkg:deb/libssl3", &libssl));
    assert!(!covers("pkg:deb/ubuntu/libssl3@3.0.11-1", &libssl));
    let stated: Purl = "pkg:deb/debian/libssl3".parse().unwrap();
    assert!(!stated.covers(&libssl, None));
    assert!(covers(
        "pkg:deb/debian/openssl@3.0.11-1?arch=source",
        &libssl
    ));
    assert!(!covers("pkg:deb/debian/openssl@3.0.11-1", &libssl));
    assert!(!covers("pkg:deb/debian/libssl3@3.0.12-1", &libssl));
    assert!(!covers("pkg:deb/debian/libssl3?arch=arm64", &libssl));
    assert!(!covers("pkg:generic/libssl3", &libssl));
    let rpm = component(Kind::Rpm, "openssl", "1:1.1.1k-7");
    assert!(covers("pkg:rpm/redhat/openssl@1.1.1k-7?epoch=1", &rpm));
    assert!(!covers("pkg:rpm/redhat/openssl@1.1.1k-7", &rpm));
    assert!(covers(
        "pkg:npm/%40a/b@1",
        &component(Kind::Npm, "@a/b", "1")
    ));
    assert!(!covers("pkg:npm/b@1", &component(Kind::Npm, "@a/b", "1")));
    assert!(covers(
        "pkg:pypi/zope-interface",
        &component(Kind::Pypi, "Zope.Interface", "6")
    ));
}
