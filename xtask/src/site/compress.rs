//! Compression of assets: once at build time, as far as it goes for a release.

use std::io::Write;

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

use crate::workspace::Profile;

/// Whether a kind of file gets smaller; fonts and pictures are compressed by nature.
pub(super) fn helps(extension: &str) -> bool {
    matches!(extension, "css" | "js" | "json" | "svg" | "wasm")
}

/// RFC 7932.
pub(super) fn brotli(content: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: if profile == Profile::Release { 11 } else { 5 },
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = vec![];
    brotli::BrotliCompress(&mut &*content, &mut compressed, &params)?;
    Ok(compressed)
}

/// RFC 1952.
pub(super) fn gzip(content: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let level = if profile == Profile::Release {
        Compression::best()
    } else {
        Compression::fast()
    };
    let mut encoder = GzEncoder::new(vec![], level);
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}
