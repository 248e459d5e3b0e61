//! Compression and archives.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "zlib",
        cpes: &["zlib:zlib", "gnu:zlib"],
        licence: "Zlib",
        anchors: &[" Copyright 1995-"],
        pattern: r" (?:in|de)flate (1\.\d+(?:\.\d+){0,2}) Copyright 1995-",
        excludes: &["zlib-ng"],
        ..ROW
    },
    Signature {
        name: "zlib-ng",
        cpes: &["zlib-ng:zlib-ng"],
        licence: "Zlib",
        alone: &[".zlib-ng\0"],
        ..ROW
    },
    Signature {
        name: "bzip2",
        cpes: &["bzip:bzip2"],
        licence: "bzip2-1.0.6",
        anchors: &["-Dec-2007", "-Sept-2010", "-Jun-2019", "-Jul-2019"],
        pattern: r"(1\.0\.\d), \d{1,2}-[A-Z][a-z]{2,3}-\d{4}",
        markers: &["bzip2/libbzip2: internal error number", " {0x%08x, 0x%08x}"],
        ..ROW
    },
    Signature {
        name: "xz",
        cpes: &["tukaani:xz"],
        licence: "0BSD",
        anchors: &["xz (XZ Utils) "],
        pattern: r"\x00xz \(XZ Utils\) ([45]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "zstd",
        cpes: &["facebook:zstandard"],
        licence: "BSD-3-Clause OR GPL-2.0-only",
        alone: &["Frame requires too much memory for decoding"],
        ..ROW
    },
    Signature {
        name: "lz4",
        cpes: &["lz4_project:lz4"],
        licence: "BSD-2-Clause",
        alone: &["ERROR_frameHeader_incomplete"],
        ..ROW
    },
    Signature {
        name: "brotli",
        cpes: &["google:brotli"],
        licence: "MIT",
        alone: &["timedownlifeleftbackcodedata"],
        ..ROW
    },
    Signature {
        name: "lzo",
        cpes: &["oberhumer:lzo"],
        licence: "GPL-2.0-or-later",
        anchors: &["-Mar 01 2017\x002.", "-Aug 12 2011\x002."],
        pattern: r"-[A-Z][a-z]{2} \d\d 20\d\d\x00(2\.\d\d)\x00",
        ..ROW
    },
    Signature {
        name: "lzop",
        cpes: &["lzop:lzop"],
        licence: "GPL-2.0-or-later",
        anchors: &["lzop version: v1"],
        pattern: r"lzop version: v(1\.\d+)",
        ..ROW
    },
    Signature {
        name: "libarchive",
        cpes: &["libarchive:libarchive"],
        licence: "BSD-2-Clause",
        anchors: &["libarchive 3."],
        pattern: r"\x00libarchive (3\.\d+\.\d+)\x00",
        markers: &["Unrecognized archive format"],
        ..ROW
    },
    Signature {
        name: "minizip",
        cpes: &["zlib:minizip"],
        licence: "Zlib",
        alone: &[" unzip 1.01 Copyright 1998", " zip 1.01 Copyright 1998-"],
        ..ROW
    },
    Signature {
        name: "7-zip",
        cpes: &["7-zip:7-zip"],
        licence: "LGPL-2.1-or-later AND BSD-3-Clause",
        anchors: &["7-Zip ("],
        pattern: r"7-Zip \(\w+\) (\d{2}\.\d{2})(?: \(x64\)| \(x86\)| \(arm64\))? : Copyright",
        ..ROW
    },
    Signature {
        name: "p7zip",
        cpes: &["7-zip:p7zip"],
        licence: "LGPL-2.1-or-later",
        anchors: &["p7zip Version "],
        pattern: r"p7zip Version \x00*(\d{1,2}\.\d{2})\x00",
        ..ROW
    },
    Signature {
        name: "unzip",
        cpes: &["info-zip:unzip", "unzip_project:unzip"],
        licence: "Info-ZIP",
        alone: &["UnZip %d.%d%d%s of %s, by"],
        ..ROW
    },
    Signature {
        name: "pigz",
        cpes: &["zlib:pigz"],
        licence: "Zlib",
        anchors: &["\0pigz 2."],
        pattern: r"\x00pigz (2\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "squashfs-tools",
        cpes: &["squashfs-tools_project:squashfs-tools"],
        licence: "GPL-2.0-or-later",
        anchors: &["The README for the Squash"],
        pattern: r"Squash-tools (4\.\d+(?:\.\d+)?) release",
        ..ROW
    },
    Signature {
        name: "cabextract",
        cpes: &["cabextract:cabextract"],
        licence: "GPL-3.0-or-later",
        anchors: &["cabextract version %s"],
        pattern: r"\x00(1\.\d+(?:\.\d+)?)\x00cabextract version %s",
        ..ROW
    },
    Signature {
        name: "gzip",
        cpes: &["gnu:gzip"],
        licence: "GPL-3.0-or-later",
        anchors: &[": file size changed while zipping"],
        pattern: r"file size changed while zipping\n\x00+(1\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "tar",
        cpes: &["gnu:tar"],
        licence: "GPL-3.0-or-later",
        anchors: &["rmt (GNU tar) "],
        pattern: r"\(GNU tar\) (1\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "cpio",
        cpes: &["gnu:cpio"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU cpio\0"],
        pattern: r"\x00(2\.\d+)\x00GNU cpio\x00",
        ..ROW
    },
    Signature {
        name: "blosc",
        cpes: &["c-blosc2_project:c-blosc2"],
        licence: "BSD-3-Clause",
        anchors: &["`start` out of bounds\0"],
        pattern: r"`start` out of bounds\x00+([12]\.\d+\.\d+)\x00",
        markers: &["BloscLZ"],
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "zlib",
        " inflate 1.2.13 Copyright 1995-2022 Mark Adler \0",
        "1.2.13",
    ),
    ("zlib-ng", "\x001.3.1.zlib-ng\0", "?"),
    (
        "bzip2",
        "\x001.0.8, 13-Jul-2019\0bzip2/libbzip2: internal error number %d.\n",
        "1.0.8",
    ),
    ("xz", "\0xz (XZ Utils) 5.4.1\0liblzma %s\n", "5.4.1"),
    ("zstd", "Frame requires too much memory for decoding\0", "?"),
    (
        "lz4",
        "ERROR_headerVersion_wrong\0ERROR_frameHeader_incomplete\0",
        "?",
    ),
    (
        "brotli",
        "timedownlifeleftbackcodedatashowonlysitecityopenjustlikefreework",
        "?",
    ),
    ("lzo", "-Mar 01 2017\x002.10\x002.10\0", "2.10"),
    ("lzop", "lzop version: v1.04, Aug 10th 2017\n", "1.04"),
    (
        "libarchive",
        "\0libarchive 3.6.2\0Unrecognized archive format\0",
        "3.6.2",
    ),
    (
        "minizip",
        " unzip 1.01 Copyright 1998-2004 Gilles Vollant - http://www.winimage.com/zLibDll\0",
        "?",
    ),
    (
        "7-zip",
        "\n7-Zip (z) 22.01 (x64) : Copyright (c) 1999-2022 Igor Pavlov : 2022-07-15\n",
        "22.01",
    ),
    ("p7zip", "\0p7zip Version \x0016.02\0 (locale=\0", "16.02"),
    (
        "unzip",
        "UnZip %d.%d%d%s of %s, by Debian. Original by Info-ZIP.\n\0",
        "?",
    ),
    ("pigz", "\0pigz 2.6\0zlib %s\n\0", "2.6"),
    (
        "squashfs-tools",
        "The README for the Squash-tools 4.5.1 release, \0",
        "4.5.1",
    ),
    (
        "cabextract",
        "\0de_DE.UTF-8\x001.9\0cabextract version %s\n\0",
        "1.9",
    ),
    (
        "gzip",
        "%s: %s: file size changed while zipping\n\x001.12\0",
        "1.12",
    ),
    ("tar", "rmt (GNU tar) 1.34\0", "1.34"),
    (
        "cpio",
        "\x002.13\0GNU cpio\0# entries:         %lu\n\0",
        "2.13",
    ),
    (
        "blosc",
        "\0`start` out of bounds\x001.21.3\0BloscLZ\0",
        "1.21.3",
    ),
];
