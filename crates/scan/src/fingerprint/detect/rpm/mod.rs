//! rpm: the installed packages' headers, out of the three databases that it has had: SQLite, ndb and Berkeley DB.

mod bdb;
mod header;
mod ndb;
mod sqlite;

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;

/// Where distributions keep it: `/var/lib/rpm`, or `/usr/lib/sysimage/rpm` since Fedora 36 and in SUSE.
pub(super) fn is_database(path: &LayerPath) -> bool {
    let directory = path.parent();
    let directory = directory.as_ref().map(LayerPath::as_str);
    matches!(
        directory,
        Some("var/lib/rpm" | "usr/lib/sysimage/rpm" | "usr/share/rpm")
    ) && matches!(
        path.name(),
        "rpmdb.sqlite" | "rpmdb.sqlite-wal" | "Packages.db" | "Packages"
    )
}

pub(super) fn detect(path: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    match path.name() {
        "rpmdb.sqlite" => sqlite::blobs(bytes, "Packages", |blob| header::package(&blob, found)),
        "Packages.db" => ndb::blobs(bytes, |blob| header::package(blob, found)),
        // a checkpoint leaves an empty log behind
        "rpmdb.sqlite-wal" if bytes.is_empty() => Ok(()),
        "rpmdb.sqlite-wal" => Err(Fault::Malformed(
            "the newest packages are in a write-ahead log",
        )),
        _ => bdb::blobs(bytes, |blob| header::package(blob, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::header::tests::blob;
    use crate::fingerprint::Reason;
    use crate::fingerprint::report::Recorded;
    use crate::fingerprint::testing::{Layer, names};

    /// Written by SQLite 3.40 with pages of 512 bytes: sixty packages, some on overflow pages.
    const SQLITE: &[u8] = include_bytes!("testdata/rpmdb.sqlite");

    #[test]
    fn a_sqlite_database_is_read_through_interior_and_overflow_pages() {
        let report = Layer::default()
            .file("var/lib/rpm/rpmdb.sqlite", SQLITE)
            .scan();
        assert_eq!(
            (
                report.components.len(),
                report.faults.len(),
                report.incomplete.len()
            ),
            (60, 0, 0)
        );
        assert!(names(&report).contains(&"rpm package-59 1:1.59-3.el9".to_owned()));
    }

    #[test]
    fn a_corrupt_sqlite_database_is_incomplete_at_most() {
        for at in (0..SQLITE.len()).step_by(97) {
            let mut changed = SQLITE.to_vec();
            changed[at] ^= 0xff;
            Layer::default()
                .file("var/lib/rpm/rpmdb.sqlite", &changed)
                .scan();
            Layer::default()
                .file("var/lib/rpm/rpmdb.sqlite", &SQLITE[..at])
                .scan();
        }
        let report = Layer::default()
            .file("var/lib/rpm/rpmdb.sqlite", &SQLITE[..1000])
            .scan();
        assert!(report.incomplete.contains(&Reason::Database));
    }

    fn ndb() -> Vec<u8> {
        let blob = blob("openssl-libs", "/usr/lib64/", "libx.so");
        let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let mut file = [&b"RpmP"[..], &word(0), &word(1), &word(1), &[0; 16]].concat();
        file.extend(
            [
                &b"Slot"[..],
                &word(7),
                &word(256),
                &word(blob.len().div_ceil(16) + 2),
            ]
            .concat(),
        );
        file.resize(4096, 0);
        file.extend([&b"BlbS"[..], &word(7), &word(1), &word(blob.len()), &blob].concat());
        file
    }

    #[test]
    fn an_ndb_database_is_read_with_its_files() {
        let layer = Layer::default()
            .file("usr/lib64/libx.so", b"\x7fELF".repeat(40))
            .file("usr/lib/sysimage/rpm/Packages.db", ndb());
        let report = layer.scan();
        assert_eq!(names(&report), ["rpm openssl-libs 1:1.1.1k-7.el8_6"]);
        let component = &report.components[0];
        assert_eq!(component.source.as_ref().unwrap().name, "openssl");
        assert_eq!(component.licences[0].spdx.as_deref(), Some("MIT"));
        assert_eq!(
            report.owned[0].recorded,
            Some(Recorded::Sha256("ab".repeat(32)))
        );
        for end in 0..ndb().len() {
            if !(64..=4090).contains(&end) {
                Layer::default()
                    .file("usr/lib/sysimage/rpm/Packages.db", &ndb()[..end])
                    .scan();
            }
        }
    }

    /// A page of hash entries, of which the second is a header on two overflow pages.
    fn bdb(big_endian: bool) -> Vec<u8> {
        let two = |number: usize| {
            let number = u16::try_from(number).unwrap();
            if big_endian {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            }
        };
        let four = |number: usize| {
            let number = u32::try_from(number).unwrap();
            if big_endian {
                number.to_be_bytes()
            } else {
                number.to_le_bytes()
            }
        };
        let blob = blob("openssl-libs", "/", &"f".repeat(300));
        let mut file = [&[0; 12][..], &four(0x61561), &four(9), &four(512)].concat();
        file.resize(512, 0);
        file.extend(
            [
                &[0; 20][..],
                &two(4),
                &two(0),
                &[0, 13],
                &two(40),
                &two(44),
                &two(48),
                &two(52),
            ]
            .concat(),
        );
        file.resize(512 + 40, 0);
        // a key, a small value, a key, and a value elsewhere
        file.extend(
            [
                &[1, 0, 0, 0][..],
                &[1, 9, 9, 9],
                &[1, 1, 0, 0],
                &[3, 0, 0, 0],
                &four(2),
                &four(blob.len()),
            ]
            .concat(),
        );
        for (at, part) in blob.chunks(486).enumerate() {
            file.resize((at + 2) * 512, 0);
            file.extend(
                [
                    &[0; 16][..],
                    &four(at + 3),
                    &[1, 0],
                    &two(part.len()),
                    &[0, 7],
                    part,
                ]
                .concat(),
            );
        }
        file.resize(file.len().next_multiple_of(512), 0);
        file
    }

    #[test]
    fn a_berkeley_database_is_read_in_both_byte_orders() {
        for file in [bdb(false), bdb(true)] {
            let report = Layer::default().file("var/lib/rpm/Packages", &file).scan();
            assert_eq!(names(&report), ["rpm openssl-libs 1:1.1.1k-7.el8_6"]);
            assert!(report.incomplete.is_empty());
            for at in 0..file.len() {
                let mut changed = file.clone();
                changed[at] ^= 0xff;
                Layer::default()
                    .file("var/lib/rpm/Packages", &changed)
                    .scan();
            }
        }
    }

    #[test]
    fn what_is_not_read_keeps_the_gate_shut() {
        let report = Layer::default().file("var/lib/rpm/Packages", b"\0").scan();
        assert!(report.incomplete.contains(&Reason::Database));
        assert_eq!(report.faults.len(), 1);
    }
}
