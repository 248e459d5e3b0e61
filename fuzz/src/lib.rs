//! What is fuzzed: each parser of strangers' bytes, by its name. `cargo fuzz run NAME` looks for inputs that break one, and
//! `cargo test -p scan --test corpus` runs what was found and kept in `corpus/NAME`.

use scan::fingerprint::{LayerReport, Limits, normalise_licence, scan_layer};
use scan::vulnerability::bundle;
use scan::vulnerability::exploitation::Rows;
use scan::vulnerability::exploited;
use scan::vulnerability::osv::Record;
use scan::vulnerability::product::ProductRecord;
use scan::vulnerability::severity::base_score;
use scan::vulnerability::version::Order;
use std::io::Cursor;

enum Entry {
    /// Read from a layer, because it lies where its kind of file lies.
    File(&'static str),
    /// Called.
    Call(fn(&[u8])),
}

const TARGETS: &[(&str, Entry)] = &[
    ("dpkg_status", Entry::File("var/lib/dpkg/status")),
    ("dpkg_md5sums", Entry::File("var/lib/dpkg/info/x.md5sums")),
    ("dpkg_list", Entry::File("var/lib/dpkg/info/x.list")),
    ("copyright", Entry::File("usr/share/doc/x/copyright")),
    ("apk", Entry::File("lib/apk/db/installed")),
    ("rpm_sqlite", Entry::File("var/lib/rpm/rpmdb.sqlite")),
    ("rpm_ndb", Entry::File("usr/lib/sysimage/rpm/Packages.db")),
    ("rpm_berkeley", Entry::File("var/lib/rpm/Packages")),
    ("os_release", Entry::File("etc/os-release")),
    ("python", Entry::File("x.dist-info/METADATA")),
    ("node", Entry::File("package.json")),
    ("ruby", Entry::File("specifications/x.gemspec")),
    ("composer", Entry::File("composer/installed.json")),
    ("dotnet", Entry::File("x.deps.json")),
    ("conda", Entry::File("conda-meta/x.json")),
    ("jdk", Entry::File("release")),
    ("bitnami", Entry::File(".spdx-x.spdx")),
    ("archive", Entry::File("x.jar")),
    ("executable", Entry::File("usr/bin/x")),
    ("layer", Entry::Call(layer)),
    ("licence", Entry::Call(licence)),
    ("osv", Entry::Call(|bytes| drop(Record::read(bytes, "x")))),
    ("nvd", Entry::Call(|bytes| drop(ProductRecord::read(bytes)))),
    ("kev", Entry::Call(|bytes| drop(exploited::read(bytes)))),
    ("epss", Entry::Call(epss)),
    ("cvss", Entry::Call(cvss)),
    ("bundle", Entry::Call(bundle)),
    ("version", Entry::Call(version)),
];

/// The names of all targets.
pub fn names() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|(name, _)| *name)
}

/// Runs one target on one input, and panics where the parser breaks.
pub fn run(name: &str, bytes: &[u8]) {
    match TARGETS.iter().find(|(target, _)| *target == name) {
        Some((_, Entry::File(path))) => file(path, bytes),
        Some((_, Entry::Call(call))) => call(bytes),
        None => panic!("no target is called {name}"),
    }
}

/// Small enough that an input is done in a moment.
fn limits() -> Limits {
    Limits {
        uncompressed: 16 << 20,
        ratio_from: 1 << 20,
        nested_bytes: 16 << 20,
        nested_entries: 10_000,
        report: 4 << 20,
        ..Limits::default()
    }
}

fn layer(bytes: &[u8]) {
    if let Ok(report) = scan_layer(bytes, "", &limits(), || false) {
        check(&report);
    }
}

fn file(path: &str, content: &[u8]) {
    let mut header = [0; 512];
    let size = format!("{:011o}\0", content.len());
    let fields: [(usize, &[u8]); 5] = [
        (0, path.as_bytes()),
        (100, b"0000755\0"),
        (124, size.as_bytes()),
        (148, b"        "),
        (156, b"0"),
    ];
    for (at, field) in fields {
        header[at..at + field.len()].copy_from_slice(field);
    }
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = [&header, content].concat();
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    layer(&tar);
}

/// The scan goes on where a detector panics; here that is a finding.
fn check(report: &LayerReport) {
    let broken = report
        .faults
        .iter()
        .find(|fault| fault.error == "the detector failed on it");
    assert!(broken.is_none(), "{broken:?}");
}

fn licence(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Some(expression) = normalise_licence(text)
    {
        // what is an expression stays what it is
        assert_eq!(normalise_licence(&expression), Some(expression));
    }
}

fn epss(bytes: &[u8]) {
    for row in Rows::new(bytes) {
        drop(row);
    }
}

fn cvss(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        base_score(text);
    }
}

fn bundle(bytes: &[u8]) {
    let limits = bundle::Limits {
        unpacked: 16 << 20,
        entries: 1_000,
        ..bundle::Limits::default()
    };
    drop(bundle::read(&mut Cursor::new(bytes), limits, &mut |_| {
        Ok(())
    }));
}

/// Two lines are two versions, which every order must order both ways alike.
fn version(bytes: &[u8]) {
    let Some((left, right)) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.split_once('\n'))
    else {
        return;
    };
    for order in [
        Order::Dpkg,
        Order::Rpm,
        Order::Apk,
        Order::SemVer,
        Order::Go,
        Order::Pep440,
        Order::RubyGems,
        Order::Maven,
        Order::Composer,
        Order::NuGet,
        Order::Upstream,
    ] {
        if let (Ok(left), Ok(right)) = (order.parse(left), order.parse(right)) {
            assert_eq!(left.cmp(&right), right.cmp(&left).reverse(), "{order:?}");
        }
    }
}
