//! The browser's module in pieces: what every page needs, and for each part of the interface (`app/src/pages/part.rs`) what
//! only it needs. What several parts need, and not every page, is a piece of its own.

use std::fs;

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use super::wasm::{MODULE, SCRIPT};

/// The script that fetches the pieces when they are needed.
pub(super) const LOADER: &str = "parts.js";

/// The pieces.
pub(super) struct Split {
    /// What every page needs: the input of wasm-bindgen.
    pub(super) main: Vec<u8>,
    /// The text of [`LOADER`].
    pub(super) loader: String,
    /// The others.
    pub(super) pieces: Vec<Piece>,
}

/// A module that is fetched with the first page of a part.
pub(super) struct Piece {
    /// Its file, as the loader names it.
    pub(super) name: String,
    /// The module.
    pub(super) module: Vec<u8>,
    /// The parts that need it.
    pub(super) parts: Vec<String>,
}

/// Splits what the compiler has made, by the relocations that the linker has kept.
pub(super) fn split(wasm: &[u8]) -> Result<Split> {
    let work = tempfile::tempdir()?;
    let main = work.path().join(MODULE);
    let mut options = Options::new(wasm);
    options.output_dir = work.path();
    options.main_out_path = &main;
    let (link_name, main_module) = (format!("./{LOADER}"), format!("./{SCRIPT}"));
    options.link_name = &link_name;
    options.main_module = &main_module;
    let done = transform(options).map_err(|error| anyhow!("{error:#}"))?;
    let mut pieces = vec![];
    for path in &done.split_modules {
        let stem = path
            .file_stem()
            .context("a piece has a name")?
            .to_string_lossy();
        let mut parts: Vec<String> = done
            .prefetch_map
            .iter()
            .filter(|(_, files)| files.iter().any(|file| *file == stem))
            .map(|(part, _)| part.clone())
            .collect();
        parts.sort();
        pieces.push(Piece {
            name: format!("{stem}.wasm"),
            module: without_custom_sections(&fs::read(path)?)?,
            parts,
        });
    }
    pieces.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Split {
        main: fs::read(&main)?,
        loader: fs::read_to_string(work.path().join(LOADER))?,
        pieces,
    })
}

/// A module without names and notes of tools, which no browser needs.
fn without_custom_sections(module: &[u8]) -> Result<Vec<u8>> {
    const HEADER: usize = 8;
    const CUSTOM: u8 = 0;
    let broken = || anyhow!("a piece is not a module");
    let (header, mut rest) = module.split_at_checked(HEADER).ok_or_else(broken)?;
    let mut kept = header.to_vec();
    while let Some((id, behind)) = rest.split_first() {
        let (length, digits) = leb128(behind).ok_or_else(broken)?;
        let (section, after) = rest
            .split_at_checked(1 + digits + length)
            .ok_or_else(broken)?;
        if *id != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = after;
    }
    Ok(kept)
}

/// A number as modules write it, and how many bytes it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((number, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_go_and_the_rest_stays() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let mut kept = module.clone();
        // A section of 130 bytes, its length in two digits.
        let section = [&[10, 0x82, 0x01][..], &[7; 130]].concat();
        for (section, stays) in [
            (&[0, 2, 1, 1][..], false),
            (&section, true),
            (&[0, 0], false),
        ] {
            module.extend_from_slice(section);
            if stays {
                kept.extend_from_slice(section);
            }
        }
        assert_eq!(without_custom_sections(&module).unwrap(), kept);
        assert!(without_custom_sections(&module[..100]).is_err());
        assert!(without_custom_sections(b"\0asm").is_err());
    }
}
