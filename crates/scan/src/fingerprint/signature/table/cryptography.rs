//! Cryptography, keys and authentication.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "openssl",
        cpes: &["openssl:openssl"],
        licence: "Apache-2.0",
        anchors: &["OpenSSL "],
        pattern: r"OpenSSL ((?:0\.9|1\.[01]|3\.\d)\.\d{1,2}[a-z]{0,2})(?:-\w+)? +\d{1,2} [A-Z][a-z]{2} \d{4}",
        markers: &["crypto/evp/", "CRYPTOGAMS by <"],
        is_number: false,
        alone: &[
            "crypto/evp/digest.c\0",
            "crypto/evp/evp_fetch.c",
            "ssl/statem/",
        ],
        excludes: &["libressl", "boringssl", "aws-lc"],
    },
    Signature {
        name: "libressl",
        cpes: &["openbsd:libressl"],
        licence: "OpenSSL AND ISC",
        anchors: &["LibreSSL "],
        pattern: r"LibreSSL ([234]\.\d+\.\d+)",
        markers: &["crypto/evp/", "ssl/statem/", "CRYPTOGAMS by <"],
        ..ROW
    },
    Signature {
        name: "boringssl",
        cpes: &["google:boringssl"],
        licence: "OpenSSL AND ISC",
        alone: &[
            "(compatible; BoringSSL)",
            "third_party/boringssl/src/crypto/",
            "boringssl/crypto/fipsmodule/",
        ],
        ..ROW
    },
    Signature {
        name: "aws-lc",
        cpes: &["amazon:aws_libcrypto"],
        licence: "ISC AND OpenSSL",
        anchors: &["AWS-LC "],
        pattern: r"\x00AWS-LC (?:FIPS )?([1-9]\.\d+\.\d+)\x00",
        markers: &["AWS-LC FIPS failure caused by", "crypto/fipsmodule/"],
        excludes: &["boringssl"],
        ..ROW
    },
    Signature {
        name: "gnutls",
        cpes: &["gnu:gnutls"],
        licence: "LGPL-2.1-or-later",
        anchors: &["Enabled GnuTLS "],
        pattern: r"Enabled GnuTLS ([23]\.\d+\.\d+) logging",
        ..ROW
    },
    Signature {
        name: "nettle",
        cpes: &["nettle_project:nettle"],
        licence: "LGPL-3.0-or-later OR GPL-2.0-or-later",
        alone: &[
            "libnettle: fat library initialization.",
            "length <= GCM_BLOCK_SIZE\0",
            "length <= ARCFOUR_MAX_KEY_SIZE\0",
            "ecc->mul_g_itch <= _eddsa_compress_itch (ecc)",
        ],
        ..ROW
    },
    Signature {
        name: "libtasn1",
        cpes: &["gnu:libtasn1"],
        licence: "LGPL-2.1-or-later",
        alone: &[
            ":: tag error near element '",
            "%s:%u: Warning: %s is a built-in ASN.1 type.",
        ],
        ..ROW
    },
    Signature {
        name: "libgcrypt",
        cpes: &["gnupg:libgcrypt"],
        licence: "LGPL-2.1-or-later",
        anchors: &["This is Libgcrypt "],
        pattern: r"This is Libgcrypt (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "mbedtls",
        cpes: &["arm:mbed_tls"],
        licence: "Apache-2.0",
        anchors: &["mbed TLS ", "Mbed TLS "],
        pattern: r"[mM]bed TLS ([1-4]\.\d+\.\d+)\x00",
        markers: &[
            "MBEDTLS_HAVE_ASM",
            "MBEDTLS_HAVE_TIME",
            "mbedtls_ssl_",
            "library/ssl_tls",
        ],
        ..ROW
    },
    Signature {
        name: "wolfssl",
        cpes: &["wolfssl:wolfssl"],
        licence: "GPL-3.0-or-later",
        anchors: &["\0wolfSSL "],
        pattern: r"\x00wolfSSL ([345]\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "nss",
        cpes: &["mozilla:nss"],
        licence: "MPL-2.0",
        anchors: &["Version: NSS "],
        pattern: r"Version: NSS (3\.\d+(?:\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "botan",
        cpes: &["botan_project:botan"],
        licence: "BSD-2-Clause",
        anchors: &["Botan "],
        pattern: r"\x00Botan ([123]\.\d+\.\d+) \((?:un)?released",
        ..ROW
    },
    Signature {
        name: "libsodium",
        cpes: &["libsodium:libsodium"],
        licence: "ISC",
        anchors: &["_sodium_malloc\0", "\0b64_pos <= b64_len\0"],
        pattern: r"(?:_sodium_malloc\x00+|b64_pos <= b64_len\x00locked == 0\x00)(1\.0\.\d+)\x00",
        alone: &["_sodium_malloc\0", "\0b64_pos <= b64_len\0"],
        ..ROW
    },
    Signature {
        name: "libtomcrypt",
        cpes: &["libtom:libtomcrypt"],
        licence: "Unlicense",
        anchors: &["LibTomCrypt 1."],
        pattern: r"LibTomCrypt (1\.\d+(?:\.\d+)?) \(www",
        ..ROW
    },
    Signature {
        name: "gnupg",
        cpes: &["gnupg:gnupg"],
        licence: "GPL-3.0-or-later",
        anchors: &["GNU Privacy Guard's "],
        pattern: r"GNU Privacy Guard's (?:OpenPGP|S/M|network) server (2\.\d+\.\d+) ready",
        ..ROW
    },
    Signature {
        name: "libgpg-error",
        cpes: &["gnupg:libgpg-error"],
        licence: "LGPL-2.1-or-later",
        anchors: &["This is Libgpg-error "],
        pattern: r"This is Libgpg-error (1\.\d+)",
        ..ROW
    },
    Signature {
        name: "libassuan",
        cpes: &["gnupg:libassuan"],
        licence: "LGPL-2.1-or-later",
        anchors: &["This is Libassuan "],
        pattern: r"This is Libassuan ([123]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libksba",
        cpes: &["gnupg:libksba"],
        licence: "LGPL-3.0-or-later OR GPL-2.0-or-later",
        anchors: &["This is Libksba "],
        pattern: r"This is Libksba (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "gpgme",
        cpes: &["gnupg:gpgme"],
        licence: "LGPL-2.1-or-later",
        anchors: &["This is GPGME "],
        pattern: r"This is GPGME ([12]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "krb5",
        cpes: &["mit:kerberos_5", "mit:kerberos"],
        licence: "MIT",
        anchors: &["KRB5_BRAND: krb5-"],
        pattern: r"KRB5_BRAND: krb5-(1\.\d+(?:\.\d+)?)-",
        ..ROW
    },
    Signature {
        name: "heimdal",
        cpes: &["heimdal_project:heimdal", "h5l:heimdal"],
        licence: "BSD-3-Clause",
        anchors: &["$Version: Heimdal "],
        pattern: r"\$Version: Heimdal ([1-8]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "cyrus-sasl",
        cpes: &["cyrusimap:cyrus-sasl", "cmu:cyrus-sasl"],
        licence: "BSD-3-Clause-Attribution",
        anchors: &["Cyrus SASL\0"],
        pattern: r"Cyrus SASL\x00+(2\.1\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "openssh",
        cpes: &["openbsd:openssh"],
        licence: "SSH-OpenSSH",
        anchors: &["OpenSSH_"],
        pattern: r"\x00OpenSSH_(\d{1,2}\.\d+(?:\.\d+)?p\d+)",
        markers: &["SSH-%d.%d-%.100s", "Local version string"],
        ..ROW
    },
    Signature {
        name: "dropbear",
        cpes: &["dropbear_ssh_project:dropbear_ssh"],
        licence: "MIT",
        anchors: &["SSH-2.0-dropbear_"],
        pattern: r"SSH-2\.0-dropbear_(20\d{2}\.\d+|0\.\d+)",
        ..ROW
    },
    Signature {
        name: "libssh2",
        cpes: &["libssh2:libssh2"],
        licence: "BSD-3-Clause",
        anchors: &["SSH-2.0-libssh2_"],
        pattern: r"SSH-2\.0-libssh2_([01]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libssh",
        cpes: &["libssh:libssh"],
        licence: "LGPL-2.1-or-later",
        anchors: &["SSH-2.0-libssh_"],
        pattern: r"SSH-2\.0-libssh_(0\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "stunnel",
        cpes: &["stunnel:stunnel"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0stunnel "],
        pattern: r"\x00stunnel ([45]\.\d+) on ",
        ..ROW
    },
    Signature {
        name: "pcsc-lite",
        cpes: &["pcsc-lite_project:pcsc-lite"],
        licence: "BSD-3-Clause",
        anchors: &[" pcsc-lite "],
        pattern: r"pcsc-lite ([12]\.\d+\.\d+) daemon ready",
        ..ROW
    },
    Signature {
        name: "sudo",
        cpes: &["sudo_project:sudo"],
        licence: "ISC",
        anchors: &["sudoers 1.", "Sudo version %s"],
        pattern: r"(?:\x00sudoers (1\.\d+\.\d+(?:p\d+)?)\x00)|(?:\x00(1\.\d+\.\d+(?:p\d+)?)\x00Sudo version %s)",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
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
    (
        "aws-lc",
        "\0AWS-LC 5.12.0\0built on: n/a\0AWS-LC FIPS failure caused by:\n\0",
        "5.12.0",
    ),
    ("gnutls", "Enabled GnuTLS 3.7.9 logging...\n\0", "3.7.9"),
    ("nettle", "libnettle: fat library initialization.\n\0", "?"),
    ("libtasn1", ":: tag error near element '\0", "?"),
    (
        "libgcrypt",
        "\n\nThis is Libgcrypt 1.10.1 - The GNU Crypto Library\n",
        "1.10.1",
    ),
    ("mbedtls", "\0mbed TLS 2.28.3\0MBEDTLS_HAVE_ASM\0", "2.28.3"),
    (
        "wolfssl",
        "\0./src/pk.c\0wolfSSL 5.5.4\0FFDHE_4096\0",
        "5.5.4",
    ),
    (
        "nss",
        "$Header: NSS 3.87.1 $\0Version: NSS 3.87.1 Basic ECC\0",
        "3.87.1",
    ),
    (
        "botan",
        "\0Botan 2.19.3 (unreleased, revision unknown, distribution Debian)\0",
        "2.19.3",
    ),
    (
        "libsodium",
        "_unprotected_ptr_from_user_ptr(user_ptr) == unprotected_ptr\0_sodium_malloc\x001.0.18\0",
        "1.0.18",
    ),
    (
        "libtomcrypt",
        "LibTomCrypt 1.18.2 (www.libtom.net)\nLibTomCrypt is public domain software.\n",
        "1.18.2",
    ),
    (
        "gnupg",
        "GNU Privacy Guard's OpenPGP server 2.2.40 ready\0",
        "2.2.40",
    ),
    (
        "libgpg-error",
        "\n\nThis is Libgpg-error 1.46 - A runtime library\n",
        "1.46",
    ),
    (
        "libassuan",
        "\n\nThis is Libassuan 2.5.5 - The GnuPG IPC Library\n",
        "2.5.5",
    ),
    (
        "libksba",
        "\n\nThis is Libksba 1.6.3 - An X.509 and CMS Library\n",
        "1.6.3",
    ),
    (
        "gpgme",
        "\n\nThis is GPGME 1.18.0 - The GnuPG Made Easy library\n",
        "1.18.0",
    ),
    (
        "krb5",
        "KRB5_BRAND: krb5-1.20.1-final 1.20.1 20221111",
        "1.20.1",
    ),
    (
        "heimdal",
        "Heimdal 7.8.0\0@(#)$Version: Heimdal 7.8.0 $\0",
        "7.8.0",
    ),
    (
        "cyrus-sasl",
        "\0Cyrus SASL\x002.1.28\0successful result\0",
        "2.1.28",
    ),
    (
        "openssh",
        "\0OpenSSH_9.2p1\0SSH-%d.%d-%.100s%s%s\r\n\0",
        "9.2p1",
    ),
    ("dropbear", "SSH-2.0-dropbear_2022.83\r\n", "2022.83"),
    ("libssh2", "SSH-2.0-libssh2_1.10.0\r\n\0", "1.10.0"),
    ("libssh", "SSH-2.0-libssh_0.10.6\0", "0.10.6"),
    (
        "stunnel",
        "\0stunnel 5.68 on x86_64-pc-linux-gnu platform\0",
        "5.68",
    ),
    (
        "pcsc-lite",
        "%s:%d:%s() pcsc-lite 1.9.9 daemon ready.\0",
        "1.9.9",
    ),
    (
        "sudo",
        "\0%s/sudo.conf\x001.9.13p3\0Sudo version %s\n\0",
        "1.9.13p3",
    ),
];
