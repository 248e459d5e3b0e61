//! Each row against its sample, and the rules.

use super::table::samples;
use super::*;
use crate::fingerprint::testing::{Layer, names};

fn scan(text: &str) -> Vec<String> {
    let content = [&b"\x7fELF"[..], &[0; 80], text.as_bytes(), &[0; 8]].concat();
    names(&Layer::default().file("usr/bin/anything", content).scan())
}

#[test]
fn each_row_finds_its_sample_and_nothing_else() {
    let wrong: Vec<_> = samples()
        .map(|(name, text, version)| (format!("generic {name} {version}"), text, scan(text)))
        .filter(|(expected, _, found)| found != &[expected.as_str()])
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let rows: Vec<&str> = SIGNATURES.iter().map(|row| row.name).collect();
    let sampled: Vec<&str> = samples().map(|(name, ..)| name).collect();
    assert_eq!(rows, sampled, "each row has its sample, in the same order");
    let names: BTreeSet<&str> = rows.iter().copied().collect();
    assert_eq!(names.len(), rows.len(), "a component has one row");
}

#[test]
fn without_the_implementations_marker_a_consumer_is_not_the_component() {
    for (row, (_, text, version)) in SIGNATURES.iter().zip(samples()) {
        if row.markers.is_empty() {
            continue;
        }
        let mut consumer = text.to_owned();
        for marker in row.markers.iter().filter(|marker| !holds(row, marker)) {
            consumer = consumer.replace(marker, "\0");
        }
        if consumer != text && row.alone.is_empty() {
            assert!(scan(&consumer).is_empty(), "{} {version}", row.name);
        }
    }
    let consumers = [
        "OpenSSL 3.0.13 30 Jan 2024\0",
        "libcurl/8.4.0\0",
        "\0expat_2.5.0\0",
        "\0OpenSSH_9.2p1\0",
        "BusyBox v1.35.0\0",
        "::20914\0",
        "text/xsl\x0010135\0",
    ];
    for text in consumers {
        assert!(scan(text).is_empty(), "{text}");
    }
}

/// Whether the marker stands within what the anchors look for, so that a sample cannot lack it.
fn holds(row: &Signature, marker: &str) -> bool {
    row.anchors.iter().any(|anchor| anchor.contains(marker))
}

#[test]
fn a_bare_version_is_never_enough() {
    for (.., version) in samples() {
        let bare = format!("\0{version}\0v{version}\0-{version} ");
        assert!(scan(&bare).is_empty(), "{version}");
    }
}

#[test]
fn a_version_that_the_component_cannot_have_is_none() {
    let wrong: Vec<_> = samples()
        .filter(|(_, text, version)| *version != "?" && text.contains(version))
        .flat_map(|(_, text, version)| scan(&text.replace(version, "9999.99.99")))
        .filter(|found| !found.ends_with(" ?"))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_more_specific_component_wins() {
    let sample = |name: &str| samples().find(|(found, ..)| *found == name).unwrap().1;
    for row in SIGNATURES.iter() {
        for other in row.excludes {
            let both = [sample(row.name), sample(other)].concat();
            let prefix = format!("generic {other} ");
            let found = scan(&both);
            assert!(!found.is_empty(), "{}", row.name);
            let wins = found.iter().all(|one| one.starts_with(&prefix));
            assert!(wins, "{found:?}");
        }
    }
}

#[test]
fn a_row_is_sound() {
    for row in SIGNATURES.iter() {
        assert_eq!(
            pattern(row).is_some(),
            !row.pattern.is_empty(),
            "{}",
            row.name
        );
        let licence = crate::fingerprint::normalise_licence(row.licence);
        assert!(licence.is_some(), "{}", row.licence);
        assert!(!row.cpes.is_empty());
        assert_eq!(cpes(row.cpes).len(), row.cpes.len());
        assert!(!row.alone.is_empty() || !row.anchors.is_empty());
        assert_eq!(
            row.anchors.is_empty(),
            row.pattern.is_empty(),
            "{}",
            row.name
        );
        let mut literals = row.literals();
        assert!(
            literals.all(|literal| literal.len() >= search::MIN_LITERAL),
            "{}",
            row.name
        );
    }
}

#[test]
fn a_scanner_holds_the_markers_of_everything_and_is_none_of_it() {
    let markers: String = SIGNATURES
        .iter()
        .filter_map(|row| row.alone.first())
        .flat_map(|alone| [*alone, "\0"])
        .collect();
    assert_eq!(scan(&markers), [""; 0]);
}

#[test]
fn content_tells_more_than_the_librarys_own_name() {
    let row = SIGNATURES.iter().find(|row| row.name == "expat").unwrap();
    let mut found = Found::default();
    found.add(soname::component("libexpat.so.1", &[]).unwrap());
    add(row, &[], &mut found);
    let [named] = &found.components[..] else {
        panic!("one component")
    };
    assert_eq!(named.evidence, Evidence::Soname);
    add(row, &["2.5.0"], &mut found);
    let [told] = &found.components[..] else {
        panic!("one component")
    };
    assert_eq!((told.version.as_deref(), told.exact), (Some("2.5.0"), true));
}

/// What a file has of a library in one of its releases, besides what shows that the library is there.
fn strings_of(library: &releases::Library, release: usize) -> String {
    let claims = library.claims.iter();
    claims
        .filter(|claim| (claim.first..=claim.last).contains(&release))
        .flat_map(|claim| ["\0", claim.text, "\0"])
        .collect()
}

#[test]
fn a_library_without_a_version_is_told_by_what_its_releases_brought() {
    for library in releases::LIBRARIES.iter() {
        let (name, marker, _) = samples().find(|(name, ..)| *name == library.name).unwrap();
        for (release, version) in library.releases.iter().enumerate() {
            let strings = strings_of(library, release);
            assert_eq!(scan(&strings), [""; 0], "a program that uses {name}");
            let told = if release == 0 { "?" } else { version };
            let content = [marker, &strings].concat();
            assert_eq!(scan(&content), [format!("generic {name} {told}")]);
        }
    }
}

#[test]
fn what_strings_tell_is_never_exact() {
    let mut found = Found::default();
    found.add(soname::component("libyaml-0.so.2", &[]).unwrap());
    let yaml = releases::LIBRARIES
        .iter()
        .find(|library| library.name == "libyaml");
    let mut matches = Matches::default();
    matches.whole(strings_of(yaml.unwrap(), 1).as_bytes());
    matches.report(&mut found);
    let told = &found.components[0];
    assert_eq!(
        (told.version.as_deref(), told.exact, told.evidence),
        (Some("0.2.3"), false, Evidence::Soname)
    );
}

#[test]
fn a_number_is_a_version_only_where_it_stands_alone() {
    let libxml2 = "xmlns: '%s' is not a valid URI\n\0";
    for text in [
        "c0ffee20914\0",
        "x-20914\0",
        "120914\0",
        "20914 \0",
        "29914\0",
    ] {
        let found = scan(&[libxml2, text].concat());
        assert_eq!(found, ["generic libxml2 ?"], "{text}");
    }
    let found = scan(&[libxml2, "20913\0"].concat());
    assert_eq!(found, ["generic libxml2 2.9.13"]);
}

#[test]
fn a_file_full_of_anchors_is_given_up_and_said() {
    let content = [b"\x7fELF".to_vec(), b"xz (XZ Utils) ".repeat(MAX_TRIES + 1)].concat();
    let report = Layer::default().file("x", content).scan();
    assert!(
        report
            .incomplete
            .contains(&crate::fingerprint::Reason::FileBytes)
    );
}

#[test]
fn text_is_no_binary() {
    let text = "nginx version: nginx/1.22.1\n";
    assert!(
        Layer::default()
            .file("usr/share/doc/x", text)
            .scan()
            .components
            .is_empty()
    );
}

#[test]
fn a_component_is_found_where_a_window_ends() {
    use crate::fingerprint::{Limits, testing};
    for before in [(100 << 10) - 40, (100 << 10) - 12, 100 << 10, 250 << 10] {
        let content = [
            &b"\x7fELF"[..],
            &vec![0; before],
            b" inflate 1.2.13 Copyright 1995-2022 ",
            &[0; 9000],
        ]
        .concat();
        let limits = Limits {
            window: 100 << 10,
            ..Limits::default()
        };
        let report = testing::scan(&Layer::default().file("x", &content).bytes(), &limits);
        assert_eq!(names(&report), ["generic zlib 1.2.13"], "{before}");
        let digests = report.executables[0].digests.as_ref().unwrap();
        assert_eq!(
            digests.sha256,
            crate::fingerprint::digests::of(&content, false).sha256
        );
    }
}
