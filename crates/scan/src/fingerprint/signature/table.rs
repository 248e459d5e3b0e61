//! The table of binary signatures: one row per component that is recognised by what it carries, whatever the file is called.
//!
//! The rules, and what breaks without them:
//! - **A**: a version that consumers carry too (a header's constant) needs a `marker` that only the implementation has;
//! - **B**: a version that stands alone is never enough: the pattern must hold the words beside it;
//! - **C**: where no string tells the version, see `soname.rs`, or the row says `alone`: it is there, in some version;
//! - **D**: of one library, a file has one component: the most specific rows of the same name win. That one component holds another is
//!   not said here yet.
//!
//! `anchors` and `markers` are what the search looks for; `pattern` is tried on the bytes around an anchor, and its first
//! group is the version. In patterns, `.` is any byte. Each row has a sample in `tests.rs`.

pub(super) struct Signature {
    pub(super) name: &'static str,
    /// `vendor:product`, as in the CPE dictionary.
    pub(super) cpes: &'static [&'static str],
    pub(super) licence: &'static str,
    pub(super) anchors: &'static [&'static str],
    pub(super) pattern: &'static str,
    /// One of these must be in the file too; none where the pattern is the implementation's own.
    pub(super) markers: &'static [&'static str],
    /// The markers suffice to say that it is there.
    pub(super) alone: bool,
}

const ROW: Signature = Signature {
    name: "",
    cpes: &[],
    licence: "",
    anchors: &[],
    pattern: "",
    markers: &[],
    alone: false,
};

pub(super) const SIGNATURES: &[Signature] = &[
    Signature {
        name: "openssl",
        cpes: &["openssl:openssl"],
        licence: "Apache-2.0",
        anchors: &["OpenSSL "],
        pattern: r"OpenSSL (\d\.\d\.\d{1,2}[a-z]{0,2})(?:-\w+)? +\d{1,2} [A-Z][a-z]{2} \d{4}",
        markers: &["CRYPTOGAMS by <", "crypto/evp/"],
        ..ROW
    },
    Signature {
        name: "libressl",
        cpes: &["openbsd:libressl"],
        licence: "OpenSSL AND ISC",
        anchors: &["LibreSSL "],
        pattern: r"LibreSSL (\d\.\d+\.\d+)",
        markers: &["CRYPTOGAMS by <", "crypto/evp/"],
        ..ROW
    },
    Signature {
        name: "boringssl",
        cpes: &["google:boringssl"],
        licence: "OpenSSL AND ISC",
        markers: &["(compatible; BoringSSL)"],
        alone: true,
        ..ROW
    },
    Signature {
        name: "gnutls",
        cpes: &["gnu:gnutls"],
        licence: "LGPL-2.1-or-later",
        anchors: &["Enabled GnuTLS "],
        pattern: r"Enabled GnuTLS (\d+\.\d+\.\d+) logging",
        ..ROW
    },
    Signature {
        name: "libgcrypt",
        cpes: &["gnupg:libgcrypt"],
        licence: "LGPL-2.1-or-later",
        anchors: &["This is Libgcrypt "],
        pattern: r"This is Libgcrypt (\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "mbedtls",
        cpes: &["arm:mbed_tls"],
        licence: "Apache-2.0",
        anchors: &["mbed TLS ", "Mbed TLS "],
        pattern: r"[mM]bed TLS (\d+\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "krb5",
        cpes: &["mit:kerberos_5"],
        licence: "MIT",
        anchors: &["KRB5_BRAND: krb5-"],
        pattern: r"KRB5_BRAND: krb5-(\d+\.\d+(?:\.\d+)?)-",
        ..ROW
    },
    Signature {
        name: "zlib",
        cpes: &["zlib:zlib", "gnu:zlib"],
        licence: "Zlib",
        anchors: &[" Copyright 1995-"],
        pattern: r" (?:in|de)flate (1\.\d+\.\d+(?:\.\d+)?) Copyright 1995-",
        ..ROW
    },
    Signature {
        name: "bzip2",
        cpes: &["bzip:bzip2"],
        licence: "bzip2-1.0.6",
        anchors: &["-Dec-2007", "-Sept-2010", "-Jun-2019", "-Jul-2019"],
        pattern: r"(1\.0\.\d), \d{1,2}-[A-Z][a-z]{2,3}-\d{4}",
        markers: &["bzip2/libbzip2: internal error number"],
        ..ROW
    },
    Signature {
        name: "xz",
        cpes: &["tukaani:xz"],
        licence: "0BSD",
        anchors: &["xz (XZ Utils) "],
        pattern: r"xz \(XZ Utils\) (\d+\.\d+\.\d+)",
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
        name: "libpng",
        cpes: &["libpng:libpng"],
        licence: "libpng-2.0",
        anchors: &[" libpng version "],
        pattern: r" libpng version (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libjpeg-turbo",
        cpes: &["libjpeg-turbo:libjpeg-turbo", "d.r.commander:libjpeg-turbo"],
        licence: "IJG AND BSD-3-Clause AND Zlib",
        anchors: &["libjpeg-turbo version "],
        pattern: r"libjpeg-turbo version (\d+\.\d+\.\d+) \(build",
        ..ROW
    },
    Signature {
        name: "libtiff",
        cpes: &["libtiff:libtiff"],
        licence: "libtiff",
        anchors: &["LIBTIFF, Version "],
        pattern: r"LIBTIFF, Version (\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "ffmpeg",
        cpes: &["ffmpeg:ffmpeg"],
        licence: "LGPL-2.1-or-later",
        anchors: &["FFmpeg version "],
        pattern: r"FFmpeg version n?(\d+\.\d+(?:\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "libvpx",
        cpes: &["webmproject:libvpx"],
        licence: "BSD-3-Clause",
        anchors: &["WebM Project VP8 Encoder v"],
        pattern: r"WebM Project VP8 Encoder v(\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libcurl",
        cpes: &["haxx:libcurl", "haxx:curl"],
        licence: "curl",
        anchors: &["libcurl/", "libcurl "],
        pattern: r"libcurl[/ ](\d+\.\d+\.\d+)",
        markers: &["Couldn't parse CURLOPT_RESOLVE"],
        ..ROW
    },
    Signature {
        name: "curl",
        cpes: &["haxx:curl"],
        licence: "curl",
        anchors: &["\0curl "],
        pattern: r"\x00curl (\d+\.\d+\.\d+) \(",
        markers: &["Release-Date: %s"],
        ..ROW
    },
    Signature {
        name: "libssh2",
        cpes: &["libssh2:libssh2"],
        licence: "BSD-3-Clause",
        anchors: &["SSH-2.0-libssh2_"],
        pattern: r"SSH-2\.0-libssh2_(\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libssh",
        cpes: &["libssh:libssh"],
        licence: "LGPL-2.1-or-later",
        anchors: &["SSH-2.0-libssh_"],
        pattern: r"SSH-2\.0-libssh_(\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "openssh",
        cpes: &["openbsd:openssh"],
        licence: "SSH-OpenSSH",
        anchors: &["OpenSSH_"],
        pattern: r"\x00OpenSSH_(\d+\.\d+(?:\.\d+)?p\d+)",
        markers: &["SSH-%d.%d-%.100s", "Local version string"],
        ..ROW
    },
    Signature {
        name: "dropbear",
        cpes: &["dropbear_ssh_project:dropbear_ssh"],
        licence: "MIT",
        anchors: &["SSH-2.0-dropbear_"],
        pattern: r"SSH-2\.0-dropbear_(\d{4}\.\d+)",
        ..ROW
    },
    Signature {
        name: "nghttp2",
        cpes: &["nghttp2:nghttp2"],
        licence: "MIT",
        markers: &["Received bad client magic byte string"],
        alone: true,
        ..ROW
    },
    Signature {
        name: "expat",
        cpes: &["libexpat_project:libexpat"],
        licence: "MIT",
        anchors: &["expat_"],
        pattern: r"\x00expat_(\d+\.\d+\.\d+)\x00",
        markers: &["not well-formed (invalid token)"],
        ..ROW
    },
    Signature {
        name: "sqlite",
        cpes: &["sqlite:sqlite"],
        licence: "blessing",
        anchors: &["failed memory resize %u to %u bytes"],
        pattern: r"\x00(3\.\d{1,2}\.\d{1,2})\x00.{0,280}?failed memory resize",
        markers: &["failed memory resize %u to %u bytes"],
        alone: true,
    },
    Signature {
        name: "pcre2",
        cpes: &["pcre:pcre2"],
        licence: "BSD-3-Clause",
        anchors: &["\x0010."],
        pattern: r"\x00(10\.\d{1,2}) 20\d\d-\d\d-\d\d\x00",
        markers: &[
            "UTF-8 error: 1 byte missing at end",
            "\\C is not allowed in a lookbehind assertion",
        ],
        ..ROW
    },
    Signature {
        name: "glibc",
        cpes: &["gnu:glibc"],
        licence: "LGPL-2.1-or-later",
        anchors: &["GNU C Library ("],
        pattern: r"GNU C Library \([^)\x00]*\)[a-z ]* release version (\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "musl",
        cpes: &["musl-libc:musl"],
        licence: "MIT",
        markers: &["musl libc ("],
        alone: true,
        ..ROW
    },
    Signature {
        name: "busybox",
        cpes: &["busybox:busybox"],
        licence: "GPL-2.0-only",
        anchors: &["BusyBox v"],
        pattern: r"BusyBox v(\d+\.\d+\.\d+)",
        markers: &["multi-call binary"],
        ..ROW
    },
    Signature {
        name: "bash",
        cpes: &["gnu:bash"],
        licence: "GPL-3.0-or-later",
        anchors: &["@(#)Bash version "],
        pattern: r"@\(#\)Bash version (\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "git",
        cpes: &["git-scm:git"],
        licence: "GPL-2.0-only",
        anchors: &["git/2."],
        pattern: r"[^\w]git/(\d+\.\d+\.\d+(?:\.\d+)?)\x00",
        markers: &["GIT_USER_AGENT"],
        ..ROW
    },
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
        anchors: &["node.js/v"],
        pattern: r"\x00node\.js/v(\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "openjdk",
        cpes: &["oracle:openjdk"],
        licence: "GPL-2.0-only WITH Classpath-exception-2.0",
        anchors: &["Server VM ("],
        pattern: r"OpenJDK [^\x00(]*Server VM \((?:build )?(\d+(?:\.\d+)*\+\d+)",
        ..ROW
    },
    Signature {
        name: "perl",
        cpes: &["perl:perl"],
        licence: "Artistic-1.0-Perl OR GPL-1.0-or-later",
        anchors: &["\0v5."],
        pattern: r"\x00v(5\.\d+\.\d+)\x00",
        markers: &["PERL_INTERNAL_RAND_SEED", "PERL_HASH_SEED_DEBUG"],
        ..ROW
    },
    Signature {
        name: "ruby",
        cpes: &["ruby-lang:ruby"],
        licence: "Ruby OR BSD-2-Clause",
        anchors: &["\0ruby "],
        pattern: r"\x00ruby (\d+\.\d+\.\d+)(?:p\d+)? \(20\d\d-\d\d-\d\d",
        ..ROW
    },
    Signature {
        name: "php",
        cpes: &["php:php"],
        licence: "PHP-3.01",
        anchors: &["X-Powered-By: PHP/"],
        pattern: r"X-Powered-By: PHP/(\d+\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "lua",
        cpes: &["lua:lua"],
        licence: "MIT",
        anchors: &["$LuaVersion: Lua "],
        pattern: r"\$LuaVersion: Lua (5\.\d\.\d+)",
        ..ROW
    },
    Signature {
        name: "nginx",
        cpes: &["nginx:nginx", "f5:nginx"],
        licence: "BSD-2-Clause",
        anchors: &["nginx version: nginx/"],
        pattern: r"nginx version: nginx/(\d+\.\d+\.\d+)",
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
        name: "mariadb",
        cpes: &["mariadb:mariadb"],
        licence: "GPL-2.0-only",
        anchors: &["-MariaDB"],
        pattern: r"\x00(\d+\.\d+\.\d+)-MariaDB",
        ..ROW
    },
];
