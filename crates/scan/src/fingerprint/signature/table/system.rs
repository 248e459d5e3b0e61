//! The C library, init, file systems, packages and virtual machines.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "glibc",
        cpes: &["gnu:glibc"],
        licence: "LGPL-2.1-or-later",
        anchors: &["GNU C Library ("],
        pattern: r"GNU C Library \([^)\x00]*\)[a-z ]* release version (2\.\d+)",
        ..ROW
    },
    Signature {
        name: "musl",
        cpes: &["musl-libc:musl"],
        licence: "MIT",
        alone: &["musl libc ("],
        ..ROW
    },
    Signature {
        name: "util-linux",
        cpes: &["kernel:util-linux"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0util-linux 2."],
        pattern: r"\x00util-linux (2\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "procps",
        cpes: &["procps-ng_project:procps-ng"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0procps-ng "],
        pattern: r"\x00procps-ng ([34]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "systemd",
        cpes: &["systemd_project:systemd"],
        licence: "LGPL-2.1-or-later",
        anchors: &["systemd 2"],
        pattern: r"systemd (2\d\d) \(",
        ..ROW
    },
    Signature {
        name: "dbus",
        cpes: &["freedesktop:dbus"],
        licence: "AFL-2.1 OR GPL-2.0-or-later",
        anchors: &["\0libdbus 1."],
        pattern: r"\x00libdbus (1\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "kmod",
        cpes: &["kernel:kmod"],
        licence: "LGPL-2.1-or-later",
        anchors: &["\0kmod version "],
        pattern: r"\x00kmod version (\d{2})\x00",
        ..ROW
    },
    Signature {
        name: "e2fsprogs",
        cpes: &["e2fsprogs_project:e2fsprogs"],
        licence: "GPL-2.0-only AND LGPL-2.0-only",
        anchors: &["EXT2FS Library version "],
        pattern: r"EXT2FS Library version (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "btrfs-progs",
        cpes: &["kernel:btrfs-progs"],
        licence: "GPL-2.0-only",
        anchors: &["btrfs-progs v"],
        pattern: r"\x00btrfs-progs v([456]\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "dosfstools",
        cpes: &["dosfstools_project:dosfstools"],
        licence: "GPL-3.0-or-later",
        anchors: &["fsck.fat ", "mkfs.fat ", "fatlabel "],
        pattern: r"\x00(?:fsck\.fat|mkfs\.fat|fatlabel) ([34]\.\d+) \(20",
        ..ROW
    },
    Signature {
        name: "lvm2",
        cpes: &["redhat:lvm2"],
        licence: "GPL-2.0-only",
        anchors: &["capital letters mean multiple of"],
        pattern: r"\x00(2\.\d{2}\.\d{2})\(2\) \(20",
        ..ROW
    },
    Signature {
        name: "mdadm",
        cpes: &["mdadm_project:mdadm"],
        licence: "GPL-2.0-or-later",
        anchors: &["mdadm - v"],
        pattern: r"mdadm - v([34]\.\d+(?:\.\d+)?) ",
        ..ROW
    },
    Signature {
        name: "ntfs-3g",
        cpes: &["tuxera:ntfs-3g"],
        licence: "GPL-2.0-or-later",
        anchors: &["ntfs-3g.c\0integrated FUSE"],
        pattern: r"integrated FUSE\x00(20\d\d\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "qemu",
        cpes: &["qemu:qemu"],
        licence: "GPL-2.0-only",
        anchors: &["QEMU v"],
        pattern: r"\x00QEMU v(\d{1,2}\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "grub",
        cpes: &["gnu:grub2"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0GRUB\0%s (%s) %s\n"],
        pattern: r"\x00(2\.\d{2})[\w.+~-]*\x00GRUB\x00",
        ..ROW
    },
    Signature {
        name: "fuse3",
        cpes: &["libfuse_project:libfuse"],
        licence: "LGPL-2.1-only",
        anchors: &["fusermount3 version: %s"],
        pattern: r"\x00(3\.\d+\.\d+)\x00fusermount3 version: %s",
        ..ROW
    },
    Signature {
        name: "bubblewrap",
        cpes: &["projectatomic:bubblewrap"],
        licence: "LGPL-2.0-or-later",
        anchors: &["\0bubblewrap 0."],
        pattern: r"\x00bubblewrap (0\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "firejail",
        cpes: &["firejail_project:firejail"],
        licence: "GPL-2.0-or-later",
        anchors: &["firejail version %s"],
        pattern: r"\x00(0\.9\.\d+)\x00firejail version %s",
        ..ROW
    },
    Signature {
        name: "tini",
        cpes: &["tini_project:tini"],
        licence: "MIT",
        anchors: &["\0tini version "],
        pattern: r"\x00tini version (0\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "crun",
        cpes: &["crun_project:crun"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0commit: %s\n\0rundir: %s"],
        pattern: r"\x00([01]\.\d+(?:\.\d+)?)\x00%s version %s\n\x00commit: %s\n\x00rundir",
        ..ROW
    },
    Signature {
        name: "libcap",
        cpes: &["libcap_project:libcap"],
        licence: "BSD-3-Clause OR GPL-2.0-only",
        anchors: &["library version: lib"],
        pattern: r"library version: lib(?:cap|psx)-(2\.\d+)",
        ..ROW
    },
    Signature {
        name: "polkit",
        cpes: &["polkit_project:polkit"],
        licence: "LGPL-2.0-or-later",
        anchors: &[
            "Started polkitd version %s",
            "pkcheck version %s",
            "pkexec version %s",
        ],
        pattern: r"\x00(0\.1\d\d|1\d\d)\x00(?:Started polkitd|pkcheck|pkexec) version %s",
        ..ROW
    },
    Signature {
        name: "psmisc",
        cpes: &["psmisc_project:psmisc"],
        licence: "GPL-2.0-or-later",
        anchors: &["(PSmisc) %s"],
        pattern: r"\x00(2[23]\.\d+)\x00.{0,80}?\(PSmisc\) %s",
        alone: &["(PSmisc) %s"],
        ..ROW
    },
    Signature {
        name: "pciutils",
        cpes: &["pciutils_project:pciutils"],
        licence: "GPL-2.0-or-later",
        anchors: &["lspci version ", "setpci version "],
        pattern: r"(?:lspci|setpci) version (3\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "usbutils",
        cpes: &["usbutils_project:usbutils"],
        licence: "GPL-2.0-or-later",
        anchors: &["lsusb (usbutils) "],
        pattern: r"lsusb \(usbutils\) (0\d\d)",
        ..ROW
    },
    Signature {
        name: "smartmontools",
        cpes: &["smartmontools:smartmontools"],
        licence: "GPL-2.0-or-later",
        anchors: &["smartmontools release "],
        pattern: r"smartmontools release ([67]\.\d+)",
        ..ROW
    },
    Signature {
        name: "nfs-utils",
        cpes: &["linux-nfs:nfs-utils"],
        licence: "GPL-2.0-or-later",
        anchors: &["(linux nfs-utils "],
        pattern: r"\(linux nfs-utils ([12]\.\d+\.\d+)\)",
        ..ROW
    },
    Signature {
        name: "logrotate",
        cpes: &["logrotate_project:logrotate"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0logrotate 3."],
        pattern: r"\x00logrotate (3\.\d+\.\d+) - Copyright",
        ..ROW
    },
    Signature {
        name: "rpm",
        cpes: &["rpm:rpm"],
        licence: "GPL-2.0-or-later",
        anchors: &["rpmpopt-4."],
        pattern: r"rpmpopt-(4\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "cryptsetup",
        cpes: &["cryptsetup_project:cryptsetup"],
        licence: "GPL-2.0-or-later",
        anchors: &["# %s %s processing \""],
        pattern: r"\x00(2\.\d+\.\d+)\x00cryptsetup\x00# %s %s processing",
        ..ROW
    },
    Signature {
        name: "xfsprogs",
        cpes: &["sgi:xfsprogs"],
        licence: "GPL-2.0-only",
        anchors: &["xfsprogs\0%s version %s\n"],
        pattern: r"xfsprogs\x00%s version %s\n\x00+([456]\.\d+\.\d+)\x00",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "glibc",
        "GNU C Library (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36.\n",
        "2.36",
    ),
    ("musl", "musl libc (x86_64)\nVersion %s\n", "?"),
    (
        "util-linux",
        "\0%s from %s\n\0util-linux 2.38.1\0",
        "2.38.1",
    ),
    ("procps", "\0procps-ng 4.0.2\0", "4.0.2"),
    (
        "systemd",
        "default-hierarchy=unified\0systemd 252 (252.39-1~deb12u2)\n%s\n\0",
        "252",
    ),
    ("dbus", "\0libdbus 1.14.10\0OK \0REJECTED\0", "1.14.10"),
    ("kmod", "\0kmod version 30\0", "30"),
    ("e2fsprogs", "EXT2FS Library version 1.47.0\0", "1.47.0"),
    ("btrfs-progs", "\0btrfs-progs v6.2\0", "6.2"),
    ("dosfstools", "\0fsck.fat 4.2 (2021-01-31)\n\0", "4.2"),
    (
        "lvm2",
        "capital letters mean multiple of 1000.)\x002.03.16(2) (2022-05-18)\0",
        "2.03.16",
    ),
    ("mdadm", "mdadm - v4.2 - 2021-12-30 - Debian 4.2-5\n", "4.2"),
    (
        "ntfs-3g",
        "ntfs-3g.c\0integrated FUSE\x002022.10.3\0",
        "2022.10.3",
    ),
    (
        "qemu",
        "\0QEMU v7.2.22\0Failed to write creator field\0",
        "7.2.22",
    ),
    ("grub", "\x002.06-13+deb12u2\0GRUB\0%s (%s) %s\n\0", "2.06"),
    ("fuse3", "\x003.14.0\0fusermount3 version: %s\n\0", "3.14.0"),
    ("bubblewrap", "\0bubblewrap 0.8.0\0", "0.8.0"),
    ("firejail", "\x000.9.72\0firejail version %s\n\0", "0.9.72"),
    ("tini", "\0tini version 0.19.0\0", "0.19.0"),
    (
        "crun",
        "please specify a command\x001.8.1\0%s version %s\n\0commit: %s\n\0rundir: %s\n\0",
        "1.8.1",
    ),
    (
        "libcap",
        "%s is the shared library version: libcap-2.66.\nSee the License file\0",
        "2.66",
    ),
    ("polkit", "\x00122\0Started polkitd version %s\0", "122"),
    (
        "psmisc",
        "\x0023.6\0%*s %*s %*s %x:%x %lld\0fuser (PSmisc) %s\n\0",
        "23.6",
    ),
    ("pciutils", "\0lspci version 3.9.0\0", "3.9.0"),
    ("usbutils", "lsusb (usbutils) 014\n\0", "014"),
    (
        "smartmontools",
        "smartmontools release 7.3 dated 2022-02-28 at 16:33:40 UTC\n",
        "7.3",
    ),
    ("nfs-utils", "%s: (linux nfs-utils 2.6.2)\n\0", "2.6.2"),
    (
        "logrotate",
        "\0logrotate 3.21.0 - Copyright (C) 1995-2001 Red Hat, Inc.\n\0",
        "3.21.0",
    ),
    ("rpm", "/usr/lib/rpm/rpmpopt-4.18.0\0", "4.18.0"),
    (
        "cryptsetup",
        "UUID=\0%s: %s\x002.6.1\0cryptsetup\0# %s %s processing \"\0",
        "2.6.1",
    ),
    (
        "xfsprogs",
        "\0/usr/share/locale\0xfsprogs\0%s version %s\n\x006.1.0\0",
        "6.1.0",
    ),
];
