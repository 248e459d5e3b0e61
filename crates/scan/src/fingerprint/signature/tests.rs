//! A sample for each row of the table, as the strings occur in real binaries; and the rules.

use super::*;
use crate::fingerprint::testing::{Layer, names};

/// The row, what its binaries hold, and the version.
const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "openssl",
        "../crypto/evp/digest.c\0OpenSSL 3.0.13 30 Jan 2024\0",
        "3.0.13",
    ),
    (
        "libressl",
        "LibreSSL 3.8.2\0SHA1 block transform for x86_64, CRYPTOGAMS by <appro@openssl.org>\0",
        "3.8.2",
    ),
    ("boringssl", "OpenSSL 1.1.1 (compatible; BoringSSL)\0", "?"),
    ("gnutls", "Enabled GnuTLS 3.7.9 logging...\n\0", "3.7.9"),
    (
        "libgcrypt",
        "\n\nThis is Libgcrypt 1.10.1 - The GNU Crypto Library\n",
        "1.10.1",
    ),
    ("mbedtls", "\0mbed TLS 2.28.3\0", "2.28.3"),
    (
        "krb5",
        "KRB5_BRAND: krb5-1.20.1-final 1.20.1 20221111",
        "1.20.1",
    ),
    (
        "zlib",
        " inflate 1.2.13 Copyright 1995-2022 Mark Adler \0",
        "1.2.13",
    ),
    (
        "bzip2",
        "\x001.0.8, 13-Jul-2019\0bzip2/libbzip2: internal error number %d.\n",
        "1.0.8",
    ),
    ("xz", "xz (XZ Utils) 5.4.1\nliblzma %s\n", "5.4.1"),
    (
        "libarchive",
        "\0libarchive 3.6.2\0Unrecognized archive format\0",
        "3.6.2",
    ),
    ("libpng", "\n libpng version 1.6.39\n", "1.6.39"),
    (
        "libjpeg-turbo",
        "libjpeg-turbo version 2.1.5 (build 20230203)\0",
        "2.1.5",
    ),
    ("libtiff", "LIBTIFF, Version 4.5.0\nCopyright", "4.5.0"),
    ("ffmpeg", "FFmpeg version 5.1.4\0", "5.1.4"),
    ("libvpx", "WebM Project VP8 Encoder v1.12.0\0", "1.12.0"),
    (
        "libcurl",
        "CLIENT libcurl 7.88.1\r\nMATCH\0Couldn't parse CURLOPT_RESOLVE entry '%s'\0",
        "7.88.1",
    ),
    (
        "curl",
        "\0curl 7.88.1 (x86_64-pc-linux-gnu) %s\n\0Release-Date: %s, security patched\0",
        "7.88.1",
    ),
    ("libssh2", "SSH-2.0-libssh2_1.10.0\r\n\0", "1.10.0"),
    ("libssh", "SSH-2.0-libssh_0.10.6\0", "0.10.6"),
    (
        "openssh",
        "\0OpenSSH_9.2p1\0SSH-%d.%d-%.100s%s%s\r\n\0",
        "9.2p1",
    ),
    ("dropbear", "SSH-2.0-dropbear_2022.83\r\n", "2022.83"),
    ("nghttp2", "Received bad client magic byte string\0", "?"),
    (
        "expat",
        "\0expat_2.5.0\0not well-formed (invalid token)\0",
        "2.5.0",
    ),
    (
        "sqlite",
        "\x003.40.1\0\0\0failed memory resize %u to %u bytes\0",
        "3.40.1",
    ),
    (
        "pcre2",
        "\x0010.42 2022-12-11\0UTF-8 error: 1 byte missing at end\0",
        "10.42",
    ),
    (
        "glibc",
        "GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\n",
        "2.36",
    ),
    ("musl", "musl libc (x86_64)\nVersion %s\n", "?"),
    (
        "busybox",
        "BusyBox v1.35.0 (Debian 1:1.35.0-4+b3)\0BusyBox is a multi-call binary that combines many\0",
        "1.35.0",
    ),
    ("bash", "@(#)Bash version 5.2.15(1) release GNU\0", "5.2.15"),
    ("git", "\0git/2.39.5\0GIT_USER_AGENT\0", "2.39.5"),
    (
        "python",
        "\x003.11.2\0strict\0<prefix>/lib/pythonX.X\0Python %s\n\0PYTHONDEVMODE\0",
        "3.11.2",
    ),
    ("node", "\0node.js/v20.20.2\0", "20.20.2"),
    (
        "openjdk",
        "OpenJDK 64-Bit Server VM (17.0.15+6-Debian-1deb12u1) for linux-amd64 JRE",
        "17.0.15+6",
    ),
    ("perl", "\0PERL_INTERNAL_RAND_SEED\0v5.36.0\0", "5.36.0"),
    (
        "ruby",
        "\0ruby 3.1.2p20 (2022-04-12 revision 4491bb740a) [x86_64-linux-gnu]\0",
        "3.1.2",
    ),
    ("php", "X-Powered-By: PHP/8.2.7\0", "8.2.7"),
    (
        "lua",
        "$LuaVersion: Lua 5.4.4  Copyright (C) 1994-2022 Lua.org, PUC-Rio $",
        "5.4.4",
    ),
    ("nginx", "nginx version: nginx/1.22.1\n", "1.22.1"),
    (
        "httpd",
        "\0Apache/2.4.57 (Debian)\0ap_get_server_banner\0",
        "2.4.57",
    ),
    ("mariadb", "\x0010.11.6-MariaDB\0", "10.11.6"),
];

fn scan(text: &str) -> Vec<String> {
    let content = [&b"\x7fELF"[..], &[0; 80], text.as_bytes(), &[0; 8]].concat();
    names(&Layer::default().file("usr/bin/anything", content).scan())
}

#[test]
fn each_row_finds_its_sample_and_nothing_else() {
    for (name, text, version) in SAMPLES {
        assert_eq!(
            scan(text),
            [format!("generic {name} {version}")],
            "{text:?}"
        );
    }
    let rows: Vec<&str> = SIGNATURES.iter().map(|row| row.name).collect();
    let samples: Vec<&str> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(rows, samples, "each row has its sample, in the same order");
}

#[test]
fn without_the_implementations_marker_a_consumer_is_not_the_component() {
    for text in [
        "OpenSSL 3.0.13 30 Jan 2024\0",
        "libcurl/8.4.0\0",
        "\0expat_2.5.0\0",
        "\0OpenSSH_9.2p1\0",
        "BusyBox v1.35.0\0",
    ] {
        assert!(scan(text).is_empty(), "{text}");
    }
}

#[test]
fn a_bare_version_is_never_enough() {
    for (_, _, version) in SAMPLES {
        assert!(
            scan(&format!("\0{version}\0v{version}\0")).is_empty(),
            "{version}"
        );
    }
}

#[test]
fn each_pattern_compiles_and_each_licence_is_spdx() {
    for row in SIGNATURES {
        assert_eq!(
            pattern(row).is_some(),
            !row.pattern.is_empty(),
            "{}",
            row.name
        );
        assert!(
            crate::fingerprint::normalise_licence(row.licence).is_some(),
            "{}",
            row.licence
        );
        assert_eq!(cpes(row.cpes).len(), row.cpes.len());
        assert!(row.alone || !row.anchors.is_empty());
        let literals = row.anchors.iter().chain(row.markers);
        assert!(literals.map(|literal| literal.len()).max() <= Some(MAX_LITERAL));
    }
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
