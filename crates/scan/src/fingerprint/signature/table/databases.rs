//! Databases, caches and their clients.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "sqlite",
        cpes: &["sqlite:sqlite"],
        licence: "blessing",
        anchors: &[
            "\0\0\0\n\0\0\0P",
            "\x01\0\0\x01\x01\0\0\x01\0\x01\0\x01\x01\0\x01\0\0\x01",
        ],
        pattern: r"(?:\x7f\x00\x00\x00\n\x00\x00\x00P\xc3.{6}\xe8\x03\x00\x00\x08\x00\x00\x00|[\x00\x01]{18})(3\.\d{1,2}\.\d{1,2})\x00",
        alone: &["failed memory resize %u to %u bytes"],
        ..ROW
    },
    Signature {
        name: "berkeleydb",
        cpes: &["oracle:berkeley_db"],
        licence: "Sleepycat",
        anchors: &["\0Berkeley DB "],
        pattern: r"\x00Berkeley DB ([3-6]\.\d+\.\d+): \(",
        markers: &["library version 1", "overflow page of invalid type"],
        ..ROW
    },
    Signature {
        name: "lmdb",
        cpes: &["openldap:lmdb"],
        licence: "OLDAP-2.8",
        anchors: &["\0LMDB 0.9."],
        pattern: r"\x00LMDB (0\.9\.\d+): \(",
        markers: &["MDB_PAGE_NOTFOUND: Requested page"],
        ..ROW
    },
    Signature {
        name: "leveldb",
        cpes: &["google:leveldb"],
        licence: "BSD-3-Clause",
        alone: &["leveldb.BytewiseComparator"],
        excludes: &["rocksdb"],
        ..ROW
    },
    Signature {
        name: "rocksdb",
        cpes: &["facebook:rocksdb"],
        licence: "GPL-2.0-only OR Apache-2.0",
        alone: &["rocksdb.block.cache.miss"],
        ..ROW
    },
    Signature {
        name: "redis",
        cpes: &["redis:redis", "redislabs:redis"],
        licence: "BSD-3-Clause",
        anchors: &["\0shutdown_in_milliseconds:", "\0upstart\0err\0"],
        pattern: r"\x00([2-8]\.\d+\.\d+)\x00(?:c11-builtin|atomic-builtin|sync-builtin)\x00",
        markers: &["redis_version:%s"],
        excludes: &["valkey"],
        ..ROW
    },
    Signature {
        name: "valkey",
        cpes: &["lfprojects:valkey"],
        licence: "BSD-3-Clause",
        anchors: &["\0shutdown_in_milliseconds:"],
        pattern: r"\x00(?:ga|rc\d|dev)\x00([7-9]\.\d+\.\d+)\x00",
        markers: &["valkey_version:%s"],
        ..ROW
    },
    Signature {
        name: "memcached",
        cpes: &["memcached:memcached", "memcachedb:memcached"],
        licence: "BSD-3-Clause",
        anchors: &["\0memcached 1."],
        pattern: r"\x00memcached (1\.\d+\.\d+)(?:\n|\x00)",
        ..ROW
    },
    Signature {
        name: "postgresql",
        cpes: &["postgresql:postgresql"],
        licence: "PostgreSQL",
        anchors: &["\0PostgreSQL 1", "\0PostgreSQL 9", "(PostgreSQL) "],
        pattern: r"(?:\x00PostgreSQL |\(PostgreSQL\) )((?:9\.\d+|1\d)\.\d+)",
        markers: &["compiled by", "(PostgreSQL) "],
        ..ROW
    },
    Signature {
        name: "libpq",
        cpes: &["postgresql:libpq"],
        licence: "PostgreSQL",
        alone: &["libpq is incorrectly linked to backend"],
        excludes: &["postgresql"],
        ..ROW
    },
    Signature {
        name: "mariadb",
        cpes: &["mariadb:mariadb"],
        licence: "GPL-2.0-only",
        anchors: &["-MariaDB\0"],
        pattern: r"\x00(1\d\.\d+\.\d+)-MariaDB\x00",
        ..ROW
    },
    Signature {
        name: "mariadb-connector-c",
        cpes: &["mariadb:connector\\/c"],
        licence: "LGPL-2.1-or-later",
        alone: &["\0MARIADB_UNIX_PORT\0"],
        excludes: &["mariadb"],
        ..ROW
    },
    Signature {
        name: "freetds",
        cpes: &["freetds:freetds"],
        licence: "LGPL-2.0-or-later",
        anchors: &["\0freetds v1."],
        pattern: r"\x00freetds v(1\.\d+(?:\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "unixodbc",
        cpes: &["unixodbc:unixodbc"],
        licence: "LGPL-2.1-or-later",
        anchors: &["unixODBC 2.", "\0SQLGetEnvAttr.c\0"],
        pattern: r"(?:\x00unixODBC (2\.\d+\.\d+))|(?:\x00(2\.\d+\.\d+)\x00SQLGetEnvAttr\.c)|(?:SQLGetEnvAttr\.c\x00+(2\.\d+\.\d+)\x00)",
        ..ROW
    },
    Signature {
        name: "firebird",
        cpes: &["firebirdsql:firebird"],
        licence: "Interbase-1.0",
        anchors: &[" Firebird 3.", " Firebird 4.", " Firebird 5."],
        pattern: r"[A-Z]{2}-V([345]\.\d+\.\d+\.\d+) Firebird",
        ..ROW
    },
    Signature {
        name: "gdbm",
        cpes: &["gnu:gdbm"],
        licence: "GPL-3.0-or-later",
        anchors: &["GDBM version 1."],
        pattern: r"GDBM version (1\.\d+(?:\.\d+)?)\. ",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "sqlite",
        "\x01\0\0\x01\x01\0\0\x01\0\x01\0\x01\x01\0\x01\0\0\x013.51.1\0failed memory resize %u to %u bytes\0",
        "3.51.1",
    ),
    (
        "berkeleydb",
        "\0Berkeley DB 5.3.28: (September  9, 2013)\0Berkeley DB 11g Release 2, library version 11.2.5.3.28\0",
        "5.3.28",
    ),
    (
        "lmdb",
        "\0LMDB 0.9.24: (July 24, 2019)\0MDB_PAGE_NOTFOUND: Requested page not found\0",
        "0.9.24",
    ),
    ("leveldb", "leveldb.BytewiseComparator\0", "?"),
    ("rocksdb", "rocksdb.block.cache.miss\0", "?"),
    (
        "redis",
        "\0upstart\0err\x007.0.15\0c11-builtin\0shutdown_in_milliseconds:%I\r\n\0redis_version:%s\r\n\0",
        "7.0.15",
    ),
    (
        "valkey",
        "\0ga\x008.1.1\x007.2.4\x0014.2.0\x0000000000\0shutdown_in_milliseconds:%I\r\n\0valkey_version:%s\r\n\0",
        "8.1.1",
    ),
    (
        "memcached",
        "\0listen\0memcached 1.6.18\0udp-port\0",
        "1.6.18",
    ),
    (
        "postgresql",
        "\0PostgreSQL 15.20 (Debian 15.20-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc\0",
        "15.20",
    ),
    (
        "libpq",
        "libpq is incorrectly linked to backend functions\n\0",
        "?",
    ),
    ("mariadb", "\x0010.11.6-MariaDB\0", "10.11.6"),
    (
        "mariadb-connector-c",
        "\0MYSQL_UNIX_PORT\0MARIADB_UNIX_PORT\0",
        "?",
    ),
    ("freetds", "\0freetds v1.3.17\0", "1.3.17"),
    (
        "unixodbc",
        "\0SQLGetEnvAttr.c\x002.3.11\0\n\t\tEntry:\n\t\t\tEnvironment = %p\0",
        "2.3.11",
    ),
    (
        "firebird",
        "\0LI-V3.0.11.33637 Firebird 3.0\0",
        "3.0.11.33637",
    ),
    ("gdbm", "GDBM version 1.23. 04/02/2022\0", "1.23"),
];
