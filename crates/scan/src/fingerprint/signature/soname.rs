//! Shared libraries that carry no version as text (rule C): they are known by their own name, and their version at least by
//! the newest interface that they define.

use super::cpes;
use super::table::SIGNATURES;
use crate::fingerprint::Licence;
use crate::fingerprint::report::{Component, Evidence, Kind};

struct Library {
    /// What the name begins with.
    soname: &'static str,
    name: &'static str,
    /// Where the table of signatures has no row of the name: else that row's are taken.
    cpes: &'static [&'static str],
    licence: &'static str,
    /// What the names of interfaces begin with, where they follow releases.
    interface: &'static str,
}

/// A library that the table of signatures has a row for.
const fn named(soname: &'static str, name: &'static str, interface: &'static str) -> Library {
    library(soname, name, &[], "", interface)
}

const fn library(
    soname: &'static str,
    name: &'static str,
    cpes: &'static [&'static str],
    licence: &'static str,
    interface: &'static str,
) -> Library {
    Library {
        soname,
        name,
        cpes,
        licence,
        interface,
    }
}

#[rustfmt::skip]
const LIBRARIES: &[Library] = &[
    // known by content too, which tells more where it is found
    named("libcrypto.so.3", "openssl", ""),
    named("libssl.so.3", "openssl", ""),
    named("libcrypto.so.1.1", "openssl", ""),
    named("libssl.so.1.1", "openssl", ""),
    named("libgnutls.so.", "gnutls", ""),
    named("libgcrypt.so.", "libgcrypt", ""),
    named("libsodium.so.", "libsodium", ""),
    named("libwolfssl.so.", "wolfssl", ""),
    named("libmbedtls.so.", "mbedtls", ""),
    named("libmbedx509.so.", "mbedtls", ""),
    named("libmbedcrypto.so.", "mbedtls", ""),
    named("libkrb5.so.3", "krb5", ""),
    named("libgssapi_krb5.so.2", "krb5", ""),
    named("libkrb5.so.26", "heimdal", ""),
    named("libsasl2.so.", "cyrus-sasl", ""),
    named("libldap.so.", "openldap", ""),
    named("libldap-2.", "openldap", ""),
    named("libldap_r-2.", "openldap", ""),
    named("libz.so.1", "zlib", ""),
    named("libz-ng.so.", "zlib-ng", ""),
    named("libbz2.so.1", "bzip2", ""),
    named("liblzma.so.", "xz", "XZ_"),
    named("libzstd.so.", "zstd", ""),
    named("liblz4.so.", "lz4", ""),
    named("liblzo2.so.", "lzo", ""),
    named("libbrotlidec.so.", "brotli", ""),
    named("libbrotlienc.so.", "brotli", ""),
    named("libbrotlicommon.so.", "brotli", ""),
    named("libminizip.so.", "minizip", ""),
    named("libopenjp2.so.", "openjpeg", ""),
    named("libgif.so.", "giflib", ""),
    named("libfreetype.so.", "freetype", ""),
    named("libharfbuzz.so.", "harfbuzz", ""),
    named("libcairo.so.", "cairo", ""),
    named("liblcms2.so.", "lcms2", ""),
    named("libheif.so.", "libheif", ""),
    named("libx264.so.", "x264", ""),
    named("libx265.so.", "x265", ""),
    named("libpoppler.so.", "poppler", ""),
    named("libgs.so.", "ghostscript", ""),
    named("libraw.so.", "libraw", ""),
    named("libproj.so.", "proj", ""),
    named("libnghttp2.so.", "nghttp2", ""),
    named("libnghttp3.so.", "nghttp3", ""),
    named("libngtcp2.so.", "ngtcp2", ""),
    named("libcares.so.", "c-ares", ""),
    named("libevent-2.", "libevent", ""),
    named("libevent_core-2.", "libevent", ""),
    named("libuv.so.", "libuv", ""),
    named("libzmq.so.", "libzmq", ""),
    named("librdkafka.so.", "librdkafka", ""),
    named("libpq.so.", "libpq", ""),
    named("libmariadb.so.", "mariadb-connector-c", ""),
    named("libleveldb.so.", "leveldb", ""),
    named("librocksdb.so.", "rocksdb", ""),
    named("libexpat.so.", "expat", ""),
    named("libxml2.so.", "libxml2", "LIBXML2_"),
    named("libxslt.so.", "libxslt", "LIBXML2_"),
    named("libonig.so.", "oniguruma", ""),
    named("libprotobuf.so.", "protobuf", ""),
    named("libgrpc.so.", "grpc", ""),
    named("libyaml-0.so.", "libyaml", ""),
    named("libyajl.so.", "yajl", ""),
    named("libmount.so.", "util-linux", "MOUNT_"),
    named("libblkid.so.", "util-linux", ""),
    named("libuuid.so.", "util-linux", ""),
    named("libsystemd.so.", "systemd", "LIBSYSTEMD_"),
    named("libudev.so.", "systemd", ""),
    named("libkmod.so.", "kmod", ""),
    named("libavahi-core.so.", "avahi", ""),
    named("libnettle.so.", "nettle", ""),
    named("libhogweed.so.", "nettle", ""),
    named("libtasn1.so.", "libtasn1", "LIBTASN1_"),
    named("libpixman-1.so.", "pixman", ""),
    named("libjansson.so.", "jansson", ""),
    // known by no content
    library("libp11-kit.so.", "p11-kit", &["p11-kit_project:p11-kit"], "BSD-3-Clause", ""),
    library("libcryptopp.so.", "crypto++", &["cryptopp:crypto\\+\\+"], "BSL-1.0", ""),
    library("libnspr4.so", "nspr", &["mozilla:netscape_portable_runtime"], "MPL-2.0", ""),
    library("libxmlsec1.so.", "xmlsec", &["aleksey:xml_security_library"], "MIT", ""),
    library("libsnappy.so.", "snappy", &["google:snappy"], "BSD-3-Clause", ""),
    library("libdeflate.so.", "libdeflate", &["libdeflate_project:libdeflate"], "MIT", ""),
    library("libzip.so.", "libzip", &["libzip:libzip", "nih:libzip"], "BSD-3-Clause", ""),
    library("libwebp.so.", "libwebp", &["webmproject:libwebp"], "BSD-3-Clause", ""),
    library("libdav1d.so.", "dav1d", &["videolan:dav1d"], "BSD-2-Clause", ""),
    library("libde265.so.", "libde265", &["struktur:libde265"], "LGPL-3.0-or-later", ""),
    library("libjxl.so.", "libjxl", &["libjxl_project:libjxl"], "BSD-3-Clause", ""),
    library("libfontconfig.so.", "fontconfig", &["fontconfig_project:fontconfig"], "MIT", ""),
    library("libexif.so.", "libexif", &["libexif_project:libexif"], "LGPL-2.1-or-later", ""),
    library("libexiv2.so.", "exiv2", &["exiv2:exiv2"], "GPL-2.0-or-later", ""),
    library("libOpenEXR-", "openexr", &["openexr:openexr"], "BSD-3-Clause", ""),
    library("libmpg123.so.", "mpg123", &["mpg123:mpg123"], "LGPL-2.1-only", ""),
    library("libspeex.so.", "speex", &["xiph:speex"], "BSD-3-Clause", ""),
    library("libgdal.so.", "gdal", &["osgeo:gdal"], "MIT", ""),
    library("libmosquitto.so.", "libmosquitto", &["eclipse:mosquitto"], "EPL-2.0 OR BSD-3-Clause", ""),
    library("libhiredis.so.", "hiredis", &["redis:hiredis"], "BSD-3-Clause", ""),
    library("libxerces-c-", "xerces-c++", &["apache:xerces-c\\+\\+"], "Apache-2.0", ""),
    library("libre2.so.", "re2", &["google:re2"], "BSD-3-Clause", ""),
    library("libcjson.so.", "cjson", &["cjson_project:cjson", "davegamble:cjson"], "MIT", ""),
    library("libjson-c.so.", "json-c", &["json-c:json-c", "json-c_project:json-c"], "MIT", "JSONC_"),
    library("libyaml-cpp.so.", "yaml-cpp", &["yaml-cpp_project:yaml-cpp"], "MIT", ""),
    library("libjsoncpp.so.", "jsoncpp", &["jsoncpp_project:jsoncpp"], "MIT", ""),
    library("libreadline.so.", "readline", &["gnu:readline"], "GPL-3.0-or-later", ""),
    library("libhunspell-", "hunspell", &["hunspell_project:hunspell"], "MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later", ""),
    library("libffi.so.", "libffi", &["libffi_project:libffi"], "MIT", ""),
    library("libelf.so.1", "elfutils", &["elfutils_project:elfutils"], "GPL-2.0-or-later OR LGPL-3.0-or-later", ""),
    library("libdw.so.1", "elfutils", &["elfutils_project:elfutils"], "GPL-2.0-or-later OR LGPL-3.0-or-later", "ELFUTILS_"),
    library("libseccomp.so.", "libseccomp", &["libseccomp_project:libseccomp"], "LGPL-2.1-only", ""),
    library("libselinux.so.", "libselinux", &["selinuxproject:selinux"], "LicenseRef-public-domain", "LIBSELINUX_"),
    library("libvirt.so.", "libvirt", &["redhat:libvirt"], "LGPL-2.1-or-later", "LIBVIRT_"),
    library("libtdb.so.", "tdb", &["samba:tdb"], "LGPL-3.0-or-later", "TDB_"),
    library("libpam.so.", "linux-pam", &["linux-pam:linux-pam"], "BSD-3-Clause OR GPL-2.0-or-later", ""),
    library("libgcc_s.so.", "gcc", &["gnu:gcc"], "GPL-3.0-or-later WITH GCC-exception-3.1", ""),
];

/// The component that a library of this name is. Its version is never exact.
pub(in super::super) fn component(soname: &str, interfaces: &[String]) -> Option<Component> {
    let soname = without_digest(soname);
    let library = LIBRARIES
        .iter()
        .find(|library| soname.starts_with(library.soname))?;
    let newest = interfaces
        .iter()
        .filter(|_| !library.interface.is_empty())
        .filter_map(|name| name.strip_prefix(library.interface))
        .filter_map(|version| Some((numbers(version)?, version)))
        .max();
    let newest = newest.map(|(_, version)| version.replace('_', "."));
    let mut component = Component::new(
        Kind::Generic,
        library.name,
        newest.as_deref(),
        Evidence::Soname,
        "soname",
    );
    let row = SIGNATURES.iter().find(|row| row.name == library.name);
    let (names, licence) = row.map_or((library.cpes, library.licence), |row| {
        (row.cpes, row.licence)
    });
    component.exact = false;
    component.cpes = cpes(names);
    component.licences = Licence::parse(licence).into_iter().collect();
    Some(component)
}

/// `libz-2c38fe12.so.1` is `libz.so.1`: Python's wheels rename the libraries that they bring along.
fn without_digest(soname: &str) -> String {
    let renamed = soname.split_once(".so").and_then(|(stem, rest)| {
        let (name, digest) = stem.rsplit_once('-')?;
        let is_digest = digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| format!("{name}.so{rest}"))
    });
    renamed.unwrap_or_else(|| soname.to_owned())
}

fn numbers(version: &str) -> Option<Vec<u32>> {
    version
        .split(['.', '_'])
        .map(|part| part.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_interface_is_the_least_version() {
        let interfaces =
            ["LIBXML2_2.9.1", "LIBXML2_2.10.0", "LIBXML2_2.4.30", "other"].map(str::to_owned);
        let found = component("libxml2.so.2", &interfaces).unwrap();
        assert_eq!(
            (found.version.as_deref(), found.exact),
            (Some("2.10.0"), false)
        );
    }

    #[test]
    fn without_interfaces_any_version_is_possible() {
        let found = component("libyaml-0.so.2", &[]).unwrap();
        assert_eq!((found.version, found.exact), (None, false));
        assert!(component("libmine.so.1", &[]).is_none());
    }

    #[test]
    fn a_renamed_library_keeps_its_name() {
        let found = component("libwebp-f8dd4e9c.so.7.1.5", &[]).unwrap();
        assert_eq!(found.name, "libwebp");
        let found = component("libldap-2.5.so.0", &[]).unwrap();
        assert_eq!(found.name, "openldap");
    }

    #[test]
    fn each_library_has_its_names_and_its_licence_once() {
        for library in LIBRARIES {
            let row = SIGNATURES.iter().any(|row| row.name == library.name);
            assert_eq!(row, library.cpes.is_empty(), "{}", library.name);
            assert_eq!(row, library.licence.is_empty(), "{}", library.name);
            let found = component(&format!("{}9", library.soname), &[]).unwrap();
            assert_eq!(found.name, library.name);
            assert_eq!(found.cpes.len().min(1), 1, "{}", library.name);
            assert_eq!(found.licences.len(), 1, "{}", library.name);
            assert!(
                row || crate::fingerprint::normalise_licence(library.licence).is_some(),
                "{}",
                library.licence
            );
        }
    }
}
