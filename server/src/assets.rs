//! The web assets inside the program: script, wasm, style sheet, fonts.
//!
//! Their names contain the hash of their content, those of the scripts and modules one over all of them, so a browser may
//! keep them for ever (RFC 8246) and a new release is never shown with an old style or script. They were compressed when
//! the program was built; a request only chooses.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// Everything embedded by `build.rs`.
static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// One embedded file.
struct Asset {
    /// The name pages use: `plimsoll.css`.
    name: &'static str,
    /// The name it is served by: `plimsoll-<hash>.css`.
    file: &'static str,
    identity: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
    /// The parts of the interface that need it; none where every page may.
    parts: &'static [&'static str],
}

/// The address of an asset by its plain name (`plimsoll.js`, `plimsoll.wasm`, `plimsoll.css`, or a font's or picture's file
/// name): `/assets/<name with hash>`. `None` when the program was compiled without assets.
pub fn url(name: &str) -> Option<String> {
    ASSETS
        .iter()
        .find(|asset| asset.name == name)
        .map(|asset| format!("/assets/{}", asset.file))
}

/// The addresses of the files that only some parts of the interface need, by the names of these parts.
pub fn parts() -> BTreeMap<&'static str, Vec<String>> {
    let mut parts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for asset in ASSETS {
        for part in asset.parts {
            let files = parts.entry(*part).or_default();
            files.push(format!("/assets/{}", asset.file));
        }
    }
    parts
}

/// `GET /assets/{file}`: public, the same for everybody.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (encoding, bytes) = asset.encoded(&headers);
    let mut response = Body::from(bytes).into_response();
    let head = response.headers_mut();
    head.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(content_type(asset.file)),
    );
    head.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    head.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    head.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if let Some(encoding) = encoding {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

impl Asset {
    /// The smallest form the client accepts.
    fn encoded(&self, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        let accepts = |coding| {
            headers
                .get_all(header::ACCEPT_ENCODING)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| accepts(value, coding))
        };
        match (self.brotli, self.gzip) {
            (Some(bytes), _) if accepts("br") => (Some("br"), bytes),
            (_, Some(bytes)) if accepts("gzip") => (Some("gzip"), bytes),
            _ => (None, self.identity),
        }
    }
}

/// Whether an `Accept-Encoding` names a coding with a weight other than zero (RFC 9110 §12.5.3). A `*` is not taken up:
/// who sends only that gets the plain bytes, which are always acceptable.
fn accepts(value: &str, coding: &str) -> bool {
    value.split(',').any(|member| {
        let mut parts = member.split(';').map(str::trim);
        parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(coding))
            && !parts.any(|part| {
                part.split_once('=').is_some_and(|(name, weight)| {
                    name.trim().eq_ignore_ascii_case("q") && weight.trim().parse() == Ok(0.0_f32)
                })
            })
    })
}

/// The media type that goes with a file's extension.
fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASSET: Asset = Asset {
        name: "a.css",
        file: "a-1.css",
        identity: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
        parts: &[],
    };

    fn chosen(accept: &[&'static str]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        }
        ASSET.encoded(&headers).0
    }

    #[test]
    fn the_client_chooses_the_encoding() {
        for (accept, expected) in [
            (&[][..], None),
            (&["identity"], None),
            (&["gzip, deflate, br, zstd"], Some("br")),
            (&["gzip", "br"], Some("br")),
            (&["GZIP"], Some("gzip")),
            (&["br;q=0, gzip;q=0.5"], Some("gzip")),
            (&["br; Q=0.000"], None),
            (&["br;q=0.001"], Some("br")),
            (&["brotli, gzipped"], None),
            (&["*"], None),
        ] {
            assert_eq!(chosen(accept), expected, "{accept:?}");
        }
    }

    #[tokio::test]
    async fn an_unknown_file_is_not_found() {
        let answer = serve(
            Path("plimsoll-0000000000000000.css".into()),
            HeaderMap::new(),
        )
        .await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn every_embedded_file_has_a_type_and_an_address() {
        for asset in ASSETS {
            assert_ne!(
                content_type(asset.file),
                "application/octet-stream",
                "{}",
                asset.file
            );
            assert_eq!(url(asset.name), Some(format!("/assets/{}", asset.file)));
        }
        assert_eq!(url("no-such-file.css"), None);
    }
}
