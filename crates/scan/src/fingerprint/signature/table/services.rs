//! Services: mail, files, directories, logs and what watches over them.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "exim",
        cpes: &["exim:exim"],
        licence: "GPL-2.0-or-later",
        anchors: &["<<eximversion>>"],
        pattern: r"<<eximcnumber>>\x00.{0,8}?(4\.\d+(?:\.\d+)?)\x00+<<eximversion>>",
        ..ROW
    },
    Signature {
        name: "postfix",
        cpes: &["postfix:postfix"],
        licence: "IPL-1.0 OR EPL-2.0",
        anchors: &["mail_version"],
        pattern: r"\x00mail_version(?:=|\x00+)([23]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "dovecot",
        cpes: &["dovecot:dovecot"],
        licence: "LGPL-2.1-only AND MIT",
        anchors: &["DOVECOT_VERSION\0"],
        pattern: r"\x00DOVECOT_VERSION\x00(2\.\d+\.\d+(?:\.\d+)?)\x00",
        ..ROW
    },
    Signature {
        name: "vsftpd",
        cpes: &["vsftpd_project:vsftpd", "beasts:vsftpd"],
        licence: "GPL-2.0-only",
        anchors: &["(vsFTPd "],
        pattern: r"\(vsFTPd ([23]\.\d+\.\d+)\)",
        ..ROW
    },
    Signature {
        name: "proftpd",
        cpes: &["proftpd:proftpd"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0ProFTPD Version 1."],
        pattern: r"\x00ProFTPD Version (1\.\d+\.\d+[a-z]?)\x00",
        ..ROW
    },
    Signature {
        name: "pure-ftpd",
        cpes: &["pureftpd:pure-ftpd"],
        licence: "ISC",
        anchors: &["\0pure-ftpd v1."],
        pattern: r"\x00pure-ftpd v(1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "samba",
        cpes: &["samba:samba"],
        licence: "GPL-3.0-or-later",
        anchors: &["SAMBA_"],
        pattern: r"\x00SAMBA_([34]\.\d+\.\d+)(?:_\w+)?\x00",
        markers: &[
            "Copyright Andrew Tridgell and the Samba",
            "Samba version ",
            "SAMBA_VERSION",
        ],
        ..ROW
    },
    Signature {
        name: "openldap",
        cpes: &["openldap:openldap"],
        licence: "OLDAP-2.8",
        anchors: &["$OpenLDAP: "],
        pattern: r"\$OpenLDAP: \w+ (2\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "freeradius",
        cpes: &["freeradius:freeradius"],
        licence: "GPL-2.0-or-later",
        anchors: &["FreeRADIUS Version "],
        pattern: r"FreeRADIUS Version ([234]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "tor",
        cpes: &["torproject:tor"],
        licence: "BSD-3-Clause",
        anchors: &[" (on Tor "],
        pattern: r" \(on Tor (0\.\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "isc-dhcp",
        cpes: &["isc:dhcp"],
        licence: "MPL-2.0",
        anchors: &["{--version|--help|-h}\0"],
        pattern: r"\x00(4\.\d+(?:\.\d+)?(?:-P\d+)?)\x00+\{--version\|--help\|-h\}",
        ..ROW
    },
    Signature {
        name: "mosquitto",
        cpes: &["eclipse:mosquitto"],
        licence: "EPL-2.0 OR BSD-3-Clause",
        anchors: &["\0mosquitto version %s"],
        pattern: r"\x00([12]\.\d+\.\d+)\x00mosquitto version %s",
        ..ROW
    },
    Signature {
        name: "cups",
        cpes: &["openprinting:cups", "apple:cups"],
        licence: "Apache-2.0",
        anchors: &["\0CUPS/"],
        pattern: r"\x00CUPS/([12]\.\d+(?:\.\d+)?) IPP/2",
        markers: &["CUPS_TRUSTFIRST", "ServerAlias"],
        ..ROW
    },
    Signature {
        name: "coturn",
        cpes: &["coturn_project:coturn"],
        licence: "BSD-3-Clause",
        anchors: &["Coturn-4."],
        pattern: r"Coturn-(4\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "uwsgi",
        cpes: &["unbit:uwsgi"],
        licence: "GPL-2.0-or-later",
        anchors: &["uwsgi_reload()/chdir()"],
        pattern: r"\x00default\x00+(2\.\d+(?:\.\d+)*)[\w-]*\x00listen_queue_errors",
        ..ROW
    },
    Signature {
        name: "keepalived",
        cpes: &["keepalived:keepalived"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0Keepalived v"],
        pattern: r"\x00Keepalived v([12]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "frr",
        cpes: &["frrouting:frrouting"],
        licence: "GPL-2.0-or-later",
        anchors: &["for FRR (version "],
        pattern: r"for FRR \(version (\d{1,2}\.\d+(?:\.\d+)?)\)",
        ..ROW
    },
    Signature {
        name: "bird",
        cpes: &["nic:bird"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0BIRD version "],
        pattern: r"\x00BIRD version ([123]\.\d+(?:\.\d+)?)\n",
        ..ROW
    },
    Signature {
        name: "rsyslog",
        cpes: &["rsyslog:rsyslog"],
        licence: "GPL-3.0-or-later AND Apache-2.0",
        anchors: &["software=\"rsyslogd\" swVersion=\""],
        pattern: r#"software="rsyslogd" swVersion="(8\.\d+\.\d+)"#,
        ..ROW
    },
    Signature {
        name: "syslog-ng",
        cpes: &["oneidentity:syslog-ng"],
        licence: "GPL-2.0-or-later AND LGPL-2.1-or-later",
        anchors: &["\0syslog-ng shutting down\0"],
        pattern: r"\x00([34]\.\d+\.\d+)\x00syslog-ng shutting down\x00",
        ..ROW
    },
    Signature {
        name: "collectd",
        cpes: &["collectd:collectd"],
        licence: "MIT",
        anchors: &["http://collectd.org/"],
        pattern: r"collectd (5\.\d+\.\d+)[\w.]*, http://collectd\.org/",
        ..ROW
    },
    Signature {
        name: "zabbix",
        cpes: &["zabbix:zabbix"],
        licence: "AGPL-3.0-only",
        anchors: &["\0Zabbix "],
        pattern: r"\x00Zabbix ([2-7]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "monit",
        cpes: &["mmonit:monit", "tildeslash:monit"],
        licence: "AGPL-3.0-only",
        anchors: &["http://mmonit.com/monit/"],
        pattern: r"monit ?(5\.\d+\.\d+)</a>",
        ..ROW
    },
    Signature {
        name: "clamav",
        cpes: &["clamav:clamav", "cisco:clamav"],
        licence: "GPL-2.0-only",
        anchors: &["/etc/clamav/freshclam.conf"],
        pattern: r"\n\x00([01]\.\d+\.\d+)\x00/etc/clamav/freshclam\.conf",
        markers: &["ClamAV %s"],
        ..ROW
    },
    Signature {
        name: "modsecurity",
        cpes: &["trustwave:modsecurity", "owasp:modsecurity"],
        licence: "Apache-2.0",
        anchors: &["ModSecurity v"],
        pattern: r"ModSecurity v([23]\.\d+\.\d+) \(",
        ..ROW
    },
    Signature {
        name: "chrony",
        cpes: &["tuxfamily:chrony"],
        licence: "GPL-2.0-only",
        anchors: &["\0--version\0"],
        pattern: r"--help\x00--version\x00([34]\.\d+(?:\.\d+)?)\x00",
        markers: &["(chrony) version %s"],
        ..ROW
    },
    Signature {
        name: "pdns-recursor",
        cpes: &["powerdns:recursor"],
        licence: "GPL-2.0-only",
        anchors: &["/pdns-recursor-"],
        pattern: r"/pdns-recursor-([45]\.\d+\.\d+)=",
        markers: &["PowerDNS"],
        ..ROW
    },
    Signature {
        name: "avahi",
        cpes: &["avahi:avahi"],
        licence: "LGPL-2.1-or-later",
        anchors: &["STATUS=%s 0."],
        pattern: r"STATUS=%s (0\.\d+(?:\.\d+)?) starting up",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "exim",
        "<<eximcnumber>>\x004.96\0<<eximversion>>\0version_init\0",
        "4.96",
    ),
    ("postfix", "\0mail_version=3.7.11\0", "3.7.11"),
    (
        "dovecot",
        "/etc/dovecot/dovecot.conf\0DOVECOT_VERSION\x002.3.19.1\0",
        "2.3.19.1",
    ),
    ("vsftpd", "(vsFTPd 3.0.3)\0", "3.0.3"),
    ("proftpd", "\0ProFTPD Version 1.3.8\0LANG\0", "1.3.8"),
    ("pure-ftpd", "\0pure-ftpd v1.0.50 [privsep]\n\0", "1.0.50"),
    (
        "samba",
        "\0SAMBA_4.17.12_DEBIAN_SAMBA4\0Samba version %s\0",
        "4.17.12",
    ),
    (
        "openldap",
        "@(#) $OpenLDAP: slapd 2.5.13+dfsg-5 (Feb  8 2023 01:56:12) $\0",
        "2.5.13",
    ),
    (
        "freeradius",
        "FreeRADIUS Version 3.2.1, for host x86_64-pc-linux-gnu, built on Aug 18 2023\0",
        "3.2.1",
    ),
    ("tor", " (on Tor 0.4.9.11 )\0", "0.4.9.11"),
    (
        "isc-dhcp",
        "dhclient.c\x004.4.3-P1\0{--version|--help|-h}\0",
        "4.4.3-P1",
    ),
    (
        "mosquitto",
        "\x002.0.11\0mosquitto version %s\n\n\0",
        "2.0.11",
    ),
    ("cups", "\0CUPS/2.4.2 IPP/2.1\0ServerAlias\0", "2.4.2"),
    ("coturn", "\0Coturn-4.6.1 'Gorst'\0", "4.6.1"),
    (
        "uwsgi",
        "uwsgi_reload()/chdir()\0running %s\n\0default\x002.0.21-debian\0listen_queue_errors\0",
        "2.0.21",
    ),
    ("keepalived", "\0Keepalived v2.2.7 (01/16,2022)\0", "2.2.7"),
    (
        "frr",
        "Integrated shell for FRR (version 8.4.4). \n",
        "8.4.4",
    ),
    ("bird", "\0BIRD version 2.0.12\n\0", "2.0.12"),
    (
        "rsyslog",
        "[origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"%d\"]\0",
        "8.2302.0",
    ),
    (
        "syslog-ng",
        "\x003.38.1\0syslog-ng shutting down\0",
        "3.38.1",
    ),
    (
        "collectd",
        "\n\ncollectd 5.12.0.git, http://collectd.org/\n",
        "5.12.0",
    ),
    ("zabbix", "\0Zabbix 6.0.14\0", "6.0.14"),
    (
        "monit",
        "<h1><center><a href='http://mmonit.com/monit/'>monit 5.33.0</a></center></h1>",
        "5.33.0",
    ),
    (
        "clamav",
        "--enable-prelude\n\x001.4.6\0/etc/clamav/freshclam.conf\0ClamAV %s\n\0",
        "1.4.6",
    ),
    (
        "modsecurity",
        "ModSecurity v3.0.9 (\0Unknown platform\0",
        "3.0.9",
    ),
    (
        "chrony",
        "\0--help\0--version\x004.3\0chronyd (chrony) version %s (%s)\n\0",
        "4.3",
    ),
    (
        "pdns-recursor",
        "-ffile-prefix-map=/build/reproducible-path/pdns-recursor-4.8.8=. \0PowerDNS Recursor \0",
        "4.8.8",
    ),
    ("avahi", "\0STATUS=%s 0.8 starting up.\0", "0.8"),
];
