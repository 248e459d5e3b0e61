//! Layers that were made to hurt: each limit has its test, and nothing panics.

use super::testing::{Layer, gzip, header, names, scan, seal};
use super::{LayerReport, Limits, Reason, scan_layer};
use std::io::{self, Read};

const TAR: &str = "application/vnd.oci.image.layer.v1.tar";

fn only(report: &LayerReport, reason: Reason) {
    assert_eq!(report.incomplete.iter().collect::<Vec<_>>(), [&reason]);
}

fn small() -> Limits {
    Limits {
        uncompressed: 1 << 20,
        ratio_from: 64 << 10,
        ..Limits::default()
    }
}

fn sample() -> Layer {
    Layer::default()
        .file(
            &format!("{}/package.json", "long".repeat(30)),
            r#"{"name":"a","version":"1"}"#,
        )
        .symlink("lib", "usr/lib")
        .file("usr/lib/os-release", "ID=debian\nVERSION_ID=12\n")
}

#[test]
fn gzip_zstd_and_plain_are_told_apart_by_their_bytes() {
    let plain = sample().bytes();
    let zstd = zstd::encode_all(plain.as_slice(), 1).unwrap();
    let two_members = [gzip(&plain[..700]), gzip(&plain[700..])].concat();
    let whole = scan(&plain, &Limits::default());
    assert_eq!(
        (names(&whole), whole.incomplete.len()),
        (vec!["npm a 1".to_owned()], 0)
    );
    for packed in [gzip(&plain), zstd, two_members] {
        assert_eq!(scan(&packed, &Limits::default()), whole);
    }
    let wrong = scan_layer(
        plain.as_slice(),
        &format!("{TAR}+gzip"),
        &Limits::default(),
        || false,
    )
    .unwrap();
    assert_eq!(wrong.incomplete.len(), 1);
    only(
        &scan_layer(
            plain.as_slice(),
            &format!("{TAR}+encrypted"),
            &Limits::default(),
            || false,
        )
        .unwrap(),
        Reason::MediaType,
    );
}

#[test]
fn a_layer_cut_at_any_byte_is_incomplete_and_keeps_what_came_before() {
    let plain = sample().bytes();
    let content = sample().0.len();
    for end in 1..plain.len() {
        let report = scan(&plain[..end], &Limits::default());
        // where an entry ends, runtimes accept the end too
        let at_an_end = end % 512 == 0 && (end >= content || report.incomplete.is_empty());
        assert_eq!(report.incomplete.is_empty(), at_an_end, "{end}");
    }
    let packed = gzip(&plain);
    for end in 2..packed.len() {
        let report = scan(&packed[..end], &Limits::default());
        assert!(
            !report.incomplete.is_empty() || report.os.is_some(),
            "{end}"
        );
    }
}

#[test]
fn any_byte_changed_is_survived() {
    let plain = sample().bytes();
    for at in 0..plain.len() {
        let mut changed = plain.clone();
        changed[at] ^= 0x81;
        scan(&changed, &small());
    }
}

/// Zeros without end, in one file of the stated size.
fn bomb(size: u64) -> impl Read {
    io::Cursor::new(header(b"bomb", b'0', size, b"").to_vec()).chain(io::repeat(0).take(size))
}

#[test]
fn bombs_are_left_where_they_exceed() {
    let report = scan_layer(bomb(1 << 33), TAR, &small(), || false).unwrap();
    only(&report, Reason::Bytes);
    assert!(report.uncompressed <= (1 << 20) + (64 << 10));
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(bomb(4 << 20), flate2::Compression::fast())
        .read_to_end(&mut packed)
        .unwrap();
    let limits = Limits {
        ratio: 100,
        uncompressed: 64 << 20,
        ..small()
    };
    only(&scan(&packed, &limits), Reason::Ratio);
}

/// A million files, made as they are read; how far that is read is what the tests are about.
struct Entries {
    made: u64,
    block: io::Cursor<Vec<u8>>,
}

impl Read for Entries {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.block.position() == 512 && self.made < 1_000_000 {
            self.made += 1;
            let name = format!("d/{}/package.json", self.made);
            self.block = io::Cursor::new(header(name.as_bytes(), b'0', 0, b"").to_vec());
        }
        self.block.read(buffer)
    }
}

fn entries() -> Entries {
    let mut block = io::Cursor::new(vec![0; 512]);
    block.set_position(512);
    Entries { made: 0, block }
}

#[test]
fn a_million_entries_are_bounded_in_number_and_in_what_is_remembered() {
    let limits = Limits {
        entries: 2_000,
        ..Limits::default()
    };
    let report = scan_layer(entries(), TAR, &limits, || false).unwrap();
    only(&report, Reason::Entries);
    let limits = Limits {
        entries: 3_000,
        report: 100 << 10,
        ..Limits::default()
    };
    let report = scan_layer(entries(), TAR, &limits, || false).unwrap();
    assert!(report.incomplete.contains(&Reason::Report));
    assert!(serde_json::to_vec(&report).unwrap().len() < 200 << 10);
}

struct Failing;
impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn a_database_that_grows_in_memory_is_bounded() {
    let directory = "d".repeat(4000);
    let files = format!("P:a\nF:{directory}\n{}", "R:x\n".repeat(100_000));
    let report = Layer::default().file("lib/apk/db/installed", files).scan();
    only(&report, Reason::Report);
}

#[test]
fn the_caller_can_stop_it_and_its_reader_can_fail() {
    let mut asked = 0;
    let stop = || {
        asked += 1;
        asked > 100
    };
    only(
        &scan_layer(entries(), TAR, &Limits::default(), stop).unwrap(),
        Reason::Stopped,
    );
    only(
        &scan_layer(bomb(1 << 33), TAR, &Limits::default(), {
            let mut n = 0;
            move || {
                n += 1;
                n > 9
            }
        })
        .unwrap(),
        Reason::Stopped,
    );
    let cut = io::Cursor::new(gzip(&sample().bytes())[..40].to_vec()).chain(Failing);
    let error = scan_layer(cut, TAR, &Limits::default(), || false).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn names_that_climb_are_left_out_and_said() {
    let json = r#"{"name":"a","version":"1"}"#;
    let layer = Layer::default()
        .file("../etc/package.json", json)
        .file("/abs/package.json", json);
    let report = layer.scan();
    only(&report, Reason::Name);
    assert_eq!(report.components[0].paths[0].as_str(), "abs/package.json");
    let deep = format!("{}package.json", "a/".repeat(300));
    only(&Layer::default().file(&deep, json).scan(), Reason::Name);
}

#[test]
fn a_name_that_is_no_utf8_is_kept_as_it_is() {
    let report = Layer::default()
        .entry(
            b"a\xff/package.json",
            b'0',
            br#"{"name":"a","version":"1"}"#,
            b"",
        )
        .scan();
    assert_eq!(
        report.components[0].paths[0].as_str(),
        "a\\xff/package.json"
    );
}

#[test]
fn links_in_circles_are_only_written_down() {
    let report = Layer::default()
        .symlink("a", "b")
        .symlink("b", "a")
        .symlink("c", "c/c")
        .entry(b"d", b'1', b"", b"d")
        .scan();
    assert_eq!((report.links.len(), report.incomplete.len()), (4, 0));
}

#[test]
fn whiteouts_are_written_down_and_aufs_bookkeeping_is_not() {
    let layer = Layer::default()
        .file("a/.wh.b", "")
        .file("c/.wh..wh..opq", "")
        .file(".wh..wh.plnk", "")
        .file(".wh.", "");
    let report = layer.scan();
    assert_eq!(
        (report.whiteouts[0].as_str(), report.whiteouts.len()),
        ("a/b", 1)
    );
    assert_eq!((report.opaque[0].as_str(), report.opaque.len()), ("c", 1));
}

fn pax(records: &str, flag: u8, stated: u64) -> Vec<u8> {
    let mut tar = Layer::default()
        .entry(b"pax", b'x', records.as_bytes(), b"")
        .0;
    tar.extend(header(b"x", flag, stated, b""));
    tar.extend(br#"{"name":"a","version":"1"}"#);
    tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
    tar
}

#[test]
fn pax_records_name_and_size_and_must_not_disagree() {
    let good = scan(
        &pax("26 path=long/package.json\n11 size=26\n", b'0', 0),
        &small(),
    );
    assert_eq!((names(&good).len(), good.incomplete.len()), (1, 0));
    for records in [
        "26 path=long/package.json\n11 size=99\n",
        "99 path=x\n",
        "8 path=x\n",
        "x",
        "11 size=-1\n",
    ] {
        assert!(
            !scan(&pax(records, b'0', 26), &small())
                .incomplete
                .is_empty(),
            "{records}"
        );
    }
}

#[test]
fn sparse_files_have_no_digest_and_huge_headers_no_effect() {
    let mut block = header(b"bin/x", b'S', 512, b"");
    block[482] = 1;
    seal(&mut block);
    let mut tar = block.to_vec();
    tar.extend([0; 512]); // the rest of the map
    tar.extend(b"\x7fELF");
    tar.resize(tar.len() + 508 + 1024, 0);
    let report = scan(&tar, &small());
    assert_eq!((report.executables.len(), report.incomplete.len()), (1, 0));
    assert!(report.executables[0].digests.is_none());
    let mut huge = header(b"x", b'L', 0, b"");
    huge[124..136].copy_from_slice(b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff");
    seal(&mut huge);
    assert_eq!(scan(&huge, &small()).incomplete.len(), 1);
}

const MAGICS: [&[u8]; 9] = [
    b"\x7fELF\x02\x01\x01",
    b"\x7fELF\x01\x02\x01",
    b"MZ",
    b"PK\x03\x04",
    b"\0asm",
    b"!<arch>\n",
    b"\xff Go buildinf:",
    b"\xca\xfe\xba\xbe\0\0\0\x02",
    b"",
];

proptest::proptest! {
    #[test]
    fn anything_after_a_magic_is_survived(magic in 0_usize..9, rest: Vec<u8>) {
        let magic = MAGICS[magic];
        let mut content = [magic, &rest].concat();
        content.resize(content.len().max(128), 0);
        Layer::default().file("x.jar", &content).file("var/lib/dpkg/status", &content).file("lib/apk/db/installed", &content).scan();
        scan(&rest, &small());
    }
}
