//! Shells and the tools that are called from them.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "bash",
        cpes: &["gnu:bash"],
        licence: "GPL-3.0-or-later",
        anchors: &["@(#)Bash version "],
        pattern: r"@\(#\)Bash version ([2-5]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "zsh",
        cpes: &["zsh:zsh"],
        licence: "MIT",
        anchors: &["zsh: correct '%R' to"],
        pattern: r"/zsh/([345]\.\d+(?:\.\d+)?)\x00+zsh: correct '",
        ..ROW
    },
    Signature {
        name: "ksh",
        cpes: &["att:ksh"],
        licence: "EPL-2.0",
        anchors: &["(AT&T Research) 93u+"],
        pattern: r"\(AT&T Research\) (93u\+(?:m/1\.\d+\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "mksh",
        cpes: &["mirbsd:mksh"],
        licence: "MirOS",
        anchors: &["@(#)MIRBSD KSH R"],
        pattern: r"@\(#\)MIRBSD KSH R([3-6]\d[a-z]?) ",
        ..ROW
    },
    Signature {
        name: "busybox",
        cpes: &["busybox:busybox"],
        licence: "GPL-2.0-only",
        anchors: &["BusyBox v"],
        pattern: r"BusyBox v(1\.\d+\.\d+)",
        markers: &["multi-call binary"],
        ..ROW
    },
    Signature {
        name: "toybox",
        cpes: &["landley:toybox"],
        licence: "0BSD",
        anchors: &["\0setuid %d->%d\0Not root"],
        pattern: r"Not root\x00.{0,60}?\x00(0\.\d\.\d+)\x00",
        alone: &["\0setuid %d->%d\0Not root"],
        ..ROW
    },
    Signature {
        name: "findutils",
        cpes: &["gnu:findutils"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU findutils\0"],
        pattern: r"\x00GNU findutils\x00(4\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "grep",
        cpes: &["gnu:grep"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU grep\0"],
        pattern: r"\x00([23]\.\d+)\x00GNU grep\x00",
        ..ROW
    },
    Signature {
        name: "patch",
        cpes: &["gnu:patch"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU patch\0"],
        pattern: r"\x00(2\.\d+(?:\.\d+)?)\x00GNU patch\x00",
        ..ROW
    },
    Signature {
        name: "nano",
        cpes: &["gnu:nano"],
        licence: "GPL-3.0-or-later",
        anchors: &["GNU nano "],
        pattern: r"\x00GNU nano ([2-8]\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "vim",
        cpes: &["vim:vim"],
        licence: "Vim",
        anchors: &["VIM - Vi IMproved "],
        pattern: r"VIM - Vi IMproved ([7-9]\.\d+)",
        ..ROW
    },
    Signature {
        name: "git",
        cpes: &["git-scm:git"],
        licence: "GPL-2.0-only",
        anchors: &["git/2."],
        pattern: r"[^\w]git/(2\.\d+\.\d+(?:\.\d+)?)\x00",
        markers: &["GIT_USER_AGENT"],
        ..ROW
    },
    Signature {
        name: "subversion",
        cpes: &["apache:subversion"],
        licence: "Apache-2.0",
        anchors: &["@(#)1."],
        pattern: r"@\(#\)(1\.\d+\.\d+) \(r\d+\)",
        markers: &["subversion/libsvn_"],
        ..ROW
    },
    Signature {
        name: "cvs",
        cpes: &["nongnu:cvs"],
        licence: "GPL-1.0-or-later",
        anchors: &["Concurrent Versions System (CVS)"],
        pattern: r"Concurrent Versions System \(CVS\) (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "m4",
        cpes: &["gnu:m4"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU M4 1."],
        pattern: r"\x00GNU M4 (1\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "bison",
        cpes: &["gnu:bison"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GNU Bison "],
        pattern: r"\x00GNU Bison ([23]\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "binutils",
        cpes: &["gnu:binutils"],
        licence: "GPL-3.0-or-later",
        anchors: &["(GNU Binutils"],
        pattern: r"\(GNU Binutils[^)\x00]*\) (2\.\d+(?:\.\d+)?)",
        markers: &["BFD %s internal error", "BFD version %s"],
        ..ROW
    },
    Signature {
        name: "gdb",
        cpes: &["gnu:gdb"],
        licence: "GPL-3.0-or-later",
        anchors: &["GNU gdb %s%s"],
        pattern: r"\(\w+ (\d\d\.\d+)-[^)\x00]*\) \x00GNU gdb %s%s",
        alone: &["GNU gdb %s%s"],
        ..ROW
    },
    Signature {
        name: "groff",
        cpes: &["gnu:groff"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GROFF_TMAC_PATH\0"],
        pattern: r"/groff/(1\.\d+(?:\.\d+)?)/tmac",
        ..ROW
    },
    Signature {
        name: "screen",
        cpes: &["gnu:screen"],
        licence: "GPL-3.0-or-later",
        anchors: &["GNU Screen version %v"],
        pattern: r"\x00([45]\.\d{2}\.\d{2}) \(",
        alone: &["GNU Screen version %v"],
        ..ROW
    },
    Signature {
        name: "links",
        cpes: &["twibright:links"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0Links (2."],
        pattern: r"\x00Links \((2\.\d+); ",
        ..ROW
    },
    Signature {
        name: "w3m",
        cpes: &["tats:w3m"],
        licence: "MIT",
        anchors: &["\0w3m/0.5"],
        pattern: r"\x00w3m/(0\.5\.\d+\+git\d+|0\.5\.\d+)",
        ..ROW
    },
    Signature {
        name: "mutt",
        cpes: &["mutt:mutt"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0muttrc-"],
        pattern: r"\x00muttrc-([12]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "htop",
        cpes: &["htop:htop"],
        licence: "GPL-2.0-or-later",
        anchors: &[" - (C) 2004-2019 Hisham"],
        pattern: r"htop ([123]\.\d+\.\d+) - \(C\) 2004",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    ("bash", "@(#)Bash version 5.2.15(1) release GNU\0", "5.2.15"),
    (
        "zsh",
        "/usr/lib/x86_64-linux-gnu/zsh/5.9\0zsh: correct '%R' to '%r' [nyae]? \0",
        "5.9",
    ),
    (
        "ksh",
        "@(#)$Id: sh (AT&T Research) 93u+m/1.0.4 2022-10-22 $",
        "93u+m/1.0.4",
    ),
    (
        "mksh",
        "KSH_VERSION=@(#)MIRBSD KSH R59 2023/04/29 +Debian\0",
        "59",
    ),
    (
        "busybox",
        "BusyBox v1.35.0 (Debian 1:1.35.0-4+b3)\0BusyBox is a multi-call binary that combines many\0",
        "1.35.0",
    ),
    (
        "toybox",
        "\0setuid %d->%d\0Not root\0usr/\0sbin/\0--long\x000.8.9\0",
        "0.8.9",
    ),
    ("findutils", "\0GNU findutils\x004.9.0\0", "4.9.0"),
    ("grep", "\x003.8\0GNU grep\0/dev/null\0", "3.8"),
    ("patch", "\x002.7.6\0GNU patch\0", "2.7.6"),
    ("nano", "\0GNU nano 7.2\0", "7.2"),
    ("vim", "VIM - Vi IMproved 9.0 (2022 Jun 28)\0", "9.0"),
    ("git", "\0git/2.39.5\0GIT_USER_AGENT\0", "2.39.5"),
    (
        "subversion",
        "@(#)1.14.2 (r1899510)\0../subversion/libsvn_client/wc\0",
        "1.14.2",
    ),
    (
        "cvs",
        "Concurrent Versions System (CVS) 1.12.13-MirDebian-28\0",
        "1.12.13",
    ),
    ("m4", "\0GNU M4 1.4.19\0", "1.4.19"),
    ("bison", "\0GNU Bison 3.8.2\0", "3.8.2"),
    (
        "binutils",
        "(GNU Binutils for Debian) 2.40\0BFD %s internal error, aborting at %s:%d\n\0",
        "2.40",
    ),
    ("gdb", "\0(Debian 13.1-3) \0GNU gdb %s%s\0", "13.1"),
    (
        "groff",
        "/usr/share/groff/1.22.4/tmac:/usr/share/groff/tmac\0GROFF_TMAC_PATH\0",
        "1.22.4",
    ),
    (
        "screen",
        "\x004.09.00 (GNU) 30-Jan-22\0GNU Screen version %v\0",
        "4.09.00",
    ),
    ("links", "User-Agent: \0Links (2.28; \0", "2.28"),
    ("w3m", "\0w3m/0.5.3+git20230121\0", "0.5.3+git20230121"),
    ("mutt", "\0set ?%s\n\0muttrc-2.2.12\0", "2.2.12"),
    (
        "htop",
        "\0htop 3.2.2 - (C) 2004-2019 Hisham Muhammad. (C) 2020-2023 htop dev team.\0",
        "3.2.2",
    ),
];
