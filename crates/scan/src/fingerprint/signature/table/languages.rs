//! Languages, their runtimes and compilers.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "python",
        cpes: &["python:python"],
        licence: "PSF-2.0",
        anchors: &["\0Python %s"],
        pattern: r"\x00([23]\.\d+\.\d+(?:(?:a|b|rc)\d+)?)\+?\x00.{0,200}\x00Python %s",
        markers: &["PYTHONINSPECT", "PYTHONDEVMODE"],
        ..ROW
    },
    Signature {
        name: "node",
        cpes: &["nodejs:node.js"],
        licence: "MIT",
        anchors: &["\0node.js/v"],
        pattern: r"\x00node\.js/v(\d{1,2}\.\d+\.\d+)\x00",
        markers: &[
            "Should not query options before",
            "bootstrap_node.js",
            "internal/bootstrap/node",
        ],
        ..ROW
    },
    Signature {
        name: "openjdk",
        cpes: &["oracle:openjdk"],
        licence: "GPL-2.0-only WITH Classpath-exception-2.0",
        anchors: &["Server VM ("],
        pattern: r"OpenJDK [^\x00(]*Server VM \((?:build )?([12]?\d(?:\.\d+)*\+\d+)",
        ..ROW
    },
    Signature {
        name: "perl",
        cpes: &["perl:perl"],
        licence: "Artistic-1.0-Perl OR GPL-1.0-or-later",
        anchors: &["PERL_INTERNAL_RAND_SEED"],
        pattern: r"\x00v(5\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "ruby",
        cpes: &["ruby-lang:ruby"],
        licence: "Ruby OR BSD-2-Clause",
        anchors: &["\0ruby "],
        pattern: r"\x00ruby ([1-4]\.\d+\.\d+)(?:p\d+)? \(20\d\d-\d\d-\d\d",
        ..ROW
    },
    Signature {
        name: "php",
        cpes: &["php:php"],
        licence: "PHP-3.01",
        anchors: &["X-Powered-By: PHP/"],
        pattern: r"X-Powered-By: PHP/([5-8]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "lua",
        cpes: &["lua:lua"],
        licence: "MIT",
        anchors: &["$LuaVersion: Lua ", "$Lua: Lua "],
        pattern: r"\$Lua(?:Version)?: Lua (5\.\d\.\d+)",
        ..ROW
    },
    Signature {
        name: "luajit",
        cpes: &["luajit:luajit"],
        licence: "MIT",
        anchors: &["\0LuaJIT 2."],
        pattern: r"\x00LuaJIT (2\.\d+\.\d+(?:-beta\d+|\.\d+)?)",
        markers: &["jit.profile", "string.buffer"],
        ..ROW
    },
    Signature {
        name: "tcl",
        cpes: &["tcl:tcl"],
        licence: "TCL",
        anchors: &["\0tcl_patchLevel\0"],
        pattern: r"\x00pointerSize\x00(8\.\d+\.\d+|9\.\d+\.\d+)\x00tcl_patchLevel\x00",
        ..ROW
    },
    Signature {
        name: "guile",
        cpes: &["gnu:guile"],
        licence: "LGPL-3.0-or-later",
        anchors: &["guileversion\0"],
        pattern: r"\x00guileversion\x00+([23]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "erlang",
        cpes: &["erlang:erlang\\/otp"],
        licence: "Apache-2.0",
        anchors: &["Erlang/OTP "],
        pattern: r"\[jit:ns%s\]\n\x00(\d{2}\.\d+(?:\.\d+)*)\x00",
        ..ROW
    },
    Signature {
        name: "ocaml",
        cpes: &["ocaml:ocaml"],
        licence: "LGPL-2.1-only",
        anchors: &["The OCaml runtime, version "],
        pattern: r"The OCaml runtime, version ([345]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "mono",
        cpes: &["mono-project:mono"],
        licence: "MIT",
        anchors: &["(%s %s)\0%s (%s)\0"],
        pattern: r"\x00(\d\.\d+\.\d+\.\d+)\x00%s \(%s %s\)\x00%s \(%s\)\x00",
        markers: &["mono_threads_is_blocking_tran", "Mono JIT compiler version"],
        ..ROW
    },
    Signature {
        name: "llvm",
        cpes: &["llvm:llvm"],
        licence: "Apache-2.0 WITH LLVM-exception",
        anchors: &["LLVM version "],
        pattern: r"LLVM version ([3-9]\.\d+\.\d+|[12]\d\.\d+\.\d+)",
        markers: &["llvm-mc (based on LLVM", "Optimized build"],
        ..ROW
    },
    Signature {
        name: "spidermonkey",
        cpes: &["mozilla:spidermonkey"],
        licence: "MPL-2.0",
        anchors: &["\0JavaScript-C"],
        pattern: r"\x00JavaScript-C(\d{2,3}\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "qt",
        cpes: &["qt:qt"],
        licence: "LGPL-3.0-only OR GPL-2.0-only",
        anchors: &["QtCore library version Qt "],
        pattern: r"QtCore library version Qt ([456]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "openblas",
        cpes: &["openblas_project:openblas"],
        licence: "BSD-3-Clause",
        anchors: &["OpenBLAS 0."],
        pattern: r"OpenBLAS (0\.\d+\.\d+(?:\.dev)?) ",
        ..ROW
    },
    Signature {
        name: "gawk",
        cpes: &["gnu:gawk"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU Awk "],
        pattern: r"\x00GNU Awk ([3-6]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "jq",
        cpes: &["jqlang:jq", "jq_project:jq"],
        licence: "MIT",
        anchors: &["jq: error (at %s): %s"],
        pattern: r"\x00(1\.\d+(?:\.\d+)?)\x00DEBUG:\x00.{0,4}\x00jq: error \(at",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "python",
        "\x003.11.2\0strict\0<prefix>/lib/pythonX.X\0Python %s\n\0PYTHONDEVMODE\0",
        "3.11.2",
    ),
    (
        "node",
        "\0node.js/v20.20.2\0Should not query options before bootstrapping is done\0",
        "20.20.2",
    ),
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
    (
        "luajit",
        "\0LuaJIT 2.1.0-beta3\0jit.profile\0",
        "2.1.0-beta3",
    ),
    (
        "tcl",
        "\0wordSize\0pointerSize\x008.6.13\0tcl_patchLevel\0",
        "8.6.13",
    ),
    (
        "guile",
        "\0extensiondir\0guileversion\x003.0.8\0libguileinterface\0",
        "3.0.8",
    ),
    (
        "erlang",
        "Erlang/OTP 25%s [erts-13.1.5] [source] [64-bit] [async-threads:%d] [jit:ns%s]\n\x0025.2.3\0",
        "25.2.3",
    ),
    ("ocaml", "The OCaml runtime, version 4.13.1\n\0", "4.13.1"),
    (
        "mono",
        "\x006.8.0.105\0%s (%s %s)\0%s (%s)\0Mono JIT compiler version %s\n\0",
        "6.8.0.105",
    ),
    (
        "llvm",
        "LLVM version 14.0.6\0llvm-mc (based on LLVM 14.0.6)\0",
        "14.0.6",
    ),
    ("spidermonkey", "\0JavaScript-C102.15.1\0", "102.15.1"),
    (
        "qt",
        "This is the QtCore library version Qt 5.15.8 (x86_64-little_endian-lp64 shared (dynamic) release build; by GCC 12.2.0)\0",
        "5.15.8",
    ),
    (
        "openblas",
        "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY\0",
        "0.3.21",
    ),
    ("gawk", "\0GNU Awk 5.2.1\0unbalanced [\0", "5.2.1"),
    (
        "jq",
        "writing output failed: %s\n\x001.6\0DEBUG:\0\x1e\0jq: error (at %s): %s\n\0",
        "1.6",
    ),
];
