//! Libraries and programs of the network.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "libcurl",
        cpes: &["haxx:libcurl", "haxx:curl"],
        licence: "curl",
        anchors: &["libcurl/", "libcurl "],
        pattern: r"libcurl[/ ]([78]\.\d+\.\d+)",
        markers: &["Couldn't parse CURLOPT_RESOLVE"],
        ..ROW
    },
    Signature {
        name: "curl",
        cpes: &["haxx:curl"],
        licence: "curl",
        anchors: &["\0curl "],
        pattern: r"\x00curl ([78]\.\d+\.\d+) \(",
        markers: &["Release-Date: %s"],
        ..ROW
    },
    Signature {
        name: "wget",
        cpes: &["gnu:wget"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"],
        pattern: r"\x00(1\.\d+(?:\.\d+)?)\x00+ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        markers: &["a non-interactive network retriever"],
        ..ROW
    },
    Signature {
        name: "rsync",
        cpes: &["samba:rsync", "rsync:rsync"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0copyright\0url\0"],
        pattern: r"\x00(3\.\d+\.\d+)\x00copyright\x00url\x00",
        markers: &["rsync comes with ABSOLUTELY NO"],
        ..ROW
    },
    Signature {
        name: "nghttp2",
        cpes: &["nghttp2:nghttp2"],
        licence: "MIT",
        alone: &["Received bad client magic byte string"],
        ..ROW
    },
    Signature {
        name: "nghttp3",
        cpes: &["nghttp2:nghttp3"],
        licence: "MIT",
        anchors: &["nghttp3_balloc.c\0"],
        pattern: r"([01]\.\d+\.\d+)\x00nghttp3_balloc\.c\x00",
        ..ROW
    },
    Signature {
        name: "ngtcp2",
        cpes: &["ngtcp2_project:ngtcp2"],
        licence: "MIT",
        alone: &["\0ngtcp2_pkt.c\0", "\0ngtcp2_conv.c\0"],
        ..ROW
    },
    Signature {
        name: "c-ares",
        cpes: &["c-ares:c-ares", "c-ares_project:c-ares"],
        licence: "MIT",
        anchors: &["find GetNetworkParams function"],
        pattern: r"find GetNetworkParams function\x00(1\.\d+\.\d+)\x00",
        alone: &["c-ares library initialization not yet"],
        ..ROW
    },
    Signature {
        name: "libevent",
        cpes: &["libevent_project:libevent"],
        licence: "BSD-3-Clause",
        anchors: &["-stable\0"],
        pattern: r"\x00(2\.\d+\.\d+)-stable\x00",
        markers: &["events finalizing", "[warn] Epoll "],
        ..ROW
    },
    Signature {
        name: "libuv",
        cpes: &["libuv:libuv", "libuv_project:libuv"],
        licence: "MIT",
        anchors: &["unix/async.c\0"],
        pattern: r"(1\.\d+\.\d+)\x00[./a-z]*src/unix/async\.c\x00",
        alone: &["loop->async_io_watcher"],
        ..ROW
    },
    Signature {
        name: "libpcap",
        cpes: &["tcpdump:libpcap"],
        licence: "BSD-3-Clause",
        anchors: &["libpcap version "],
        pattern: r"libpcap version (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "tcpdump",
        cpes: &["tcpdump:tcpdump"],
        licence: "BSD-3-Clause",
        anchors: &["%s version 4."],
        pattern: r"%s version (4\.\d+\.\d+)\n",
        markers: &["SMI-library: %s"],
        ..ROW
    },
    Signature {
        name: "nmap",
        cpes: &["nmap:nmap"],
        licence: "LicenseRef-nmap",
        anchors: &["https://nmap.org"],
        pattern: r"https://nmap\.org(?:/ncat)?\x00+([4-9]\.\d{2})\x00(?:Nmap|Version)",
        ..ROW
    },
    Signature {
        name: "net-snmp",
        cpes: &["net-snmp:net-snmp"],
        licence: "BSD-3-Clause",
        anchors: &["\0container.c\0lhs"],
        pattern: r"\x00(5\.\d+(?:\.\d+)*)\x00+container\.c\x00",
        markers: &["NET-SNMP version"],
        ..ROW
    },
    Signature {
        name: "openvpn",
        cpes: &["openvpn:openvpn"],
        licence: "GPL-2.0-only",
        anchors: &["\0OpenVPN 2."],
        pattern: r"\x00OpenVPN (2\.\d+(?:\.\d+|_\w+)?) \S+ \[SSL",
        ..ROW
    },
    Signature {
        name: "strongswan",
        cpes: &["strongswan:strongswan"],
        licence: "GPL-2.0-or-later",
        anchors: &["(strongSwan ", "%sSwan 5.", "%sSwan 6."],
        pattern: r"(?:strong|%s)Swan ([4-6]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "wpa_supplicant",
        cpes: &["w1.fi:wpa_supplicant"],
        licence: "BSD-3-Clause",
        anchors: &["wpa_supplicant v"],
        pattern: r"wpa_supplicant v([012]\.\d+)",
        ..ROW
    },
    Signature {
        name: "hostapd",
        cpes: &["w1.fi:hostapd"],
        licence: "BSD-3-Clause",
        anchors: &["hostapd_cli v", "Invalid BSS config identifier"],
        pattern: r"(?:hostapd_cli v([012]\.\d+)\n)|(?:Invalid BSS config identifier '%s'\x00+([012]\.\d+)\x00)",
        ..ROW
    },
    Signature {
        name: "libmicrohttpd",
        cpes: &["gnu:libmicrohttpd"],
        licence: "LGPL-2.1-or-later",
        anchors: &["\0MHD-worker\0"],
        pattern: r"\x00MHD-worker\x00+([01]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "libgit2",
        cpes: &["libgit2_project:libgit2", "libgit2:libgit2"],
        licence: "GPL-2.0-only WITH GCC-exception-2.0",
        anchors: &["\0libgit2 "],
        pattern: r"\x00libgit2 ([01]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "libtorrent",
        cpes: &["libtorrent:libtorrent"],
        licence: "BSD-3-Clause",
        anchors: &["\0libtorrent/"],
        pattern: r"\x00libtorrent/([0-2]\.\d+\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "transmission",
        cpes: &["transmissionbt:transmission"],
        licence: "GPL-2.0-only OR GPL-3.0-only",
        anchors: &["\0Transmission/"],
        pattern: r"\x00Transmission/([2-4]\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "librdkafka",
        cpes: &["confluent:librdkafka"],
        licence: "BSD-2-Clause",
        alone: &["INTERNAL ERROR: librdkafka %s:%d"],
        ..ROW
    },
    Signature {
        name: "libzmq",
        cpes: &["zeromq:libzmq"],
        licence: "MPL-2.0",
        alone: &["CurveZMQHELLO---"],
        ..ROW
    },
    Signature {
        name: "iproute2",
        cpes: &["iproute2_project:iproute2"],
        licence: "GPL-2.0-or-later",
        anchors: &[" is unknown, try \""],
        pattern: r#"" is unknown, try "\w+ -?help"\.\n\x00([456]\.\d+\.\d+)\x00"#,
        markers: &["iproute2-%s"],
        ..ROW
    },
    Signature {
        name: "iptables",
        cpes: &["netfilter:iptables"],
        licence: "GPL-2.0-or-later",
        anchors: &["/iptables-rules>\0"],
        pattern: r"/iptables-rules>\x00.{0,30}?\x00(1\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "iperf3",
        cpes: &["es:iperf3"],
        licence: "BSD-3-Clause",
        anchors: &["\0iperf 3."],
        pattern: r"\x00iperf (3\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "lldpd",
        cpes: &["lldpd_project:lldpd"],
        licence: "ISC",
        anchors: &["\0lldpd 1."],
        pattern: r"\x00lldpd (1\.\d+\.\d+) starting",
        ..ROW
    },
    Signature {
        name: "networkmanager",
        cpes: &["gnome:networkmanager"],
        licence: "GPL-2.0-or-later",
        anchors: &["NetworkManager (version "],
        pattern: r"NetworkManager \(version ([01]\.\d+\.\d+)\)",
        ..ROW
    },
    Signature {
        name: "bluez",
        cpes: &["bluez:bluez"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0BlueZ %s\0"],
        pattern: r"\x00([45]\.\d+)\x00BlueZ %s\x00",
        ..ROW
    },
    Signature {
        name: "ntpsec",
        cpes: &["ntpsec:ntpsec"],
        licence: "NTP",
        anchors: &["ntpd ntpsec-%s"],
        pattern: r"\x00([01]\.\d+\.\d+)\x00ntpd ntpsec-%s",
        ..ROW
    },
    Signature {
        name: "lftp",
        cpes: &["lftp_project:lftp"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0lftp/4."],
        pattern: r"\x00lftp/(4\.\d+\.\d+)\x00",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
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
    (
        "wget",
        "-g -Wall\x001.21.3\0ABCDEFGHIJKLMNOPQRSTUVWXYZ234567\0GNU Wget %s, a non-interactive network retriever.\n\0",
        "1.21.3",
    ),
    (
        "rsync",
        "%c\"%s\": \"%s\"\x003.5.0\0copyright\0url\0rsync comes with ABSOLUTELY NO WARRANTY\0",
        "3.5.0",
    ),
    ("nghttp2", "Received bad client magic byte string\0", "?"),
    ("nghttp3", "$@\x000.8.0\0nghttp3_balloc.c\0", "0.8.0"),
    ("ngtcp2", "\0ngtcp2_conv.c\0", "?"),
    (
        "c-ares",
        "c-ares library initialization not yet performed\0Could not find GetNetworkParams function\x001.18.1\0",
        "1.18.1",
    ),
    (
        "libevent",
        "%s: %d events finalizing\x002.1.12-stable\0EV_TIMEOUT \0",
        "2.1.12",
    ),
    (
        "libuv",
        "\x001.44.2\0./src/unix/async.c\0w == &loop->async_io_watcher\0",
        "1.44.2",
    ),
    (
        "libpcap",
        "libpcap version 1.10.3 (with TPACKET_V3)\0",
        "1.10.3",
    ),
    (
        "tcpdump",
        "%s version 4.99.3\n\0SMI-library: %s\n\0",
        "4.99.3",
    ),
    (
        "nmap",
        "NAXGS\0https://nmap.org\x007.93\0Nmap\0NMAPDIR\0",
        "7.93",
    ),
    (
        "net-snmp",
        "\0usm_get_user\0\0\x005.9.3\0container.c\0lhs && rhs\0NET-SNMP version: %s\n\0",
        "5.9.3",
    ),
    (
        "openvpn",
        "\0OpenVPN 2.6.14 x86_64-pc-linux-gnu [SSL (OpenSSL)] [LZO]\0",
        "2.6.14",
    ),
    (
        "strongswan",
        "Starting IKE charon daemon (strongSwan 5.9.8, %s %s, %s)\0",
        "5.9.8",
    ),
    (
        "wpa_supplicant",
        "wpa_supplicant v2.10\nCopyright (c) 2003-2022, Jouni Malinen <j@w1.fi> and contributors\0",
        "2.10",
    ),
    (
        "hostapd",
        "Invalid BSS config identifier '%s'\x002.10\0IEEE 802.1X\0",
        "2.10",
    ),
    ("libmicrohttpd", "\0MHD-worker\x000.9.75\0", "0.9.75"),
    ("libgit2", "--\nlibgit2 1.5.1\n\n\0libgit2 1.5.1\0", "1.5.1"),
    (
        "libtorrent",
        "\0libtorrent/2.0.8.0\0announce_ip\0",
        "2.0.8.0",
    ),
    ("transmission", "\0Transmission/3.00\0identity\0", "3.00"),
    ("librdkafka", "INTERNAL ERROR: librdkafka %s:%d: \0", "?"),
    ("libzmq", "CurveZMQHELLO---CurveZMQINITIATE\0", "?"),
    (
        "iproute2",
        "Option \"%s\" is unknown, try \"ip -help\".\n\x006.1.0\0Failed to send flush request\0ip utility, iproute2-%s\0",
        "6.1.0",
    ),
    (
        "iptables",
        "<iptables-save> <actions>\0</iptables-rules>\0verbose\0combine\0help\x001.8.9\0",
        "1.8.9",
    ),
    (
        "iperf3",
        "\0iperf 3.12\0Usage: iperf3 [-s|-c host] [options]\n",
        "3.12",
    ),
    ("lldpd", "\0lldpd 1.0.16 starting...\0", "1.0.16"),
    (
        "networkmanager",
        "NetworkManager (version 1.42.4) is starting... (%s%sboot:%s)\0",
        "1.42.4",
    ),
    ("bluez", "\0/etc/bluetooth\x005.66\0BlueZ %s\0", "5.66"),
    ("ntpsec", "\x001.2.2\0ntpd ntpsec-%s\0", "1.2.2"),
    ("lftp", "\0lftp/4.9.2\0", "4.9.2"),
];
