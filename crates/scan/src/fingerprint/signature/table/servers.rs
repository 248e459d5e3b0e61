//! Servers of the web and of names, and proxies.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "nginx",
        cpes: &["nginx:nginx", "f5:nginx"],
        licence: "BSD-2-Clause",
        anchors: &["nginx version: "],
        pattern: r"nginx version: (?:nginx|freenginx)/([01]\.\d+\.\d+)",
        excludes: &["openresty"],
        ..ROW
    },
    Signature {
        name: "openresty",
        cpes: &["openresty:openresty"],
        licence: "BSD-2-Clause",
        anchors: &["nginx version: "],
        pattern: r"nginx version: openresty/(1\.\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "httpd",
        cpes: &["apache:http_server"],
        licence: "Apache-2.0",
        anchors: &["Apache/2."],
        pattern: r"\x00Apache/(2\.\d+\.\d+)(?: \(|\x00)",
        markers: &["ap_get_server_banner"],
        ..ROW
    },
    Signature {
        name: "lighttpd",
        cpes: &["lighttpd:lighttpd"],
        licence: "BSD-3-Clause",
        anchors: &["\0lighttpd/1."],
        pattern: r"\x00lighttpd/(1\.\d+\.\d+) .{0,8}- a light",
        ..ROW
    },
    Signature {
        name: "haproxy",
        cpes: &["haproxy:haproxy"],
        licence: "GPL-2.0-or-later",
        anchors: &["HAProxy version follows"],
        pattern: r"\x00(\d\.\d+(?:\.\d+)?)(?:-[\w.+~-]+)?\x00+HAProxy version follows",
        ..ROW
    },
    Signature {
        name: "squid",
        cpes: &["squid-cache:squid"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0squid/"],
        pattern: r"\x00squid/([3-7]\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "varnish",
        cpes: &[
            "varnish_cache_project:varnish_cache",
            "varnish-software:varnish_cache",
        ],
        licence: "BSD-2-Clause",
        anchors: &["varnish-"],
        pattern: r"varnish-([3-8]\.\d+\.\d+) revision ",
        ..ROW
    },
    Signature {
        name: "privoxy",
        cpes: &["privoxy:privoxy"],
        licence: "GPL-2.0-or-later",
        anchors: &["Privoxy version "],
        pattern: r"Privoxy version (3\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "bind",
        cpes: &["isc:bind"],
        licence: "MPL-2.0",
        anchors: &["named version: BIND "],
        pattern: r"named version: BIND (9\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "unbound",
        cpes: &["nlnetlabs:unbound"],
        licence: "BSD-3-Clause",
        anchors: &["\0unbound 1.", "pluggable-event\0"],
        pattern: r"(?:\x00unbound (1\.\d+\.\d+)\x00)|(?:pluggable-event(1\.\d+\.\d+)\x00)",
        ..ROW
    },
    Signature {
        name: "nsd",
        cpes: &["nlnetlabs:name_server_daemon"],
        licence: "BSD-3-Clause",
        anchors: &["\0NSD 4."],
        pattern: r"\x00NSD (4\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "knot",
        cpes: &["nic:knot_dns"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0Knot DNS "],
        pattern: r"\x00Knot DNS ([1-3]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "dnsmasq",
        cpes: &["thekelleys:dnsmasq"],
        licence: "GPL-2.0-only OR GPL-3.0-only",
        anchors: &["\0dnsmasq-"],
        pattern: r"\x00dnsmasq-(2\.\d+)(?:[\w.-]*)?\x00",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    ("nginx", "nginx version: nginx/1.22.1\n", "1.22.1"),
    (
        "openresty",
        "nginx version: openresty/1.21.4.1\n",
        "1.21.4.1",
    ),
    (
        "httpd",
        "\0Apache/2.4.57 (Debian)\0ap_get_server_banner\0",
        "2.4.57",
    ),
    (
        "lighttpd",
        "\0lighttpd/1.4.69 (ssl) - a light and fast webserver\n\0",
        "1.4.69",
    ),
    (
        "haproxy",
        "2026/10/17\0\x002.6.12-1+deb12u4\0HAProxy version follows\0",
        "2.6.12",
    ),
    (
        "squid",
        "\0squid/5.7\0;\t \0HTTP/\0removeIrrelevantContentLength\0",
        "5.7",
    ),
    (
        "varnish",
        "\0(varnish-7.1.1 revision 7cee1c581bead20e88d101ab3d72afb29f14d87a)\n\0",
        "7.1.1",
    ),
    ("privoxy", "Privoxy version 3.0.34\0", "3.0.34"),
    (
        "bind",
        "named version: BIND 9.18.49-1~deb12u3-Debian <>\0",
        "9.18.49",
    ),
    ("unbound", "\0unbound 1.17.1\0READY=1\0", "1.17.1"),
    ("nsd", "\0protobuf:dnstap.Dnstap\0NSD 4.6.1\0", "4.6.1"),
    ("knot", "module '%s%s%.*s', %s\0Knot DNS 3.2.6\0", "3.2.6"),
    (
        "dnsmasq",
        "\0/etc/dnsmasq.conf\0dnsmasq-2.90\0version.bind\0",
        "2.90",
    ),
];
