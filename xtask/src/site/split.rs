//! The browser's module in pieces: what every page needs, and for each part of the interface (`app/src/pages/part.rs`) what
//! only it needs. What several parts need, and not every page, is a piece of its own.

use std::fs;

use anyhow::{Context, Result, anyhow};
use walrus::{DataId, DataKind, MemoryId};
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
            module: shortened(&fs::read(path)?)?,
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

/// A module as short as it can be written: without notes of tools, and without what the splitter leaves in each piece, the types
/// of all, room for the largest number wherever the linker filled one in, and segments with nothing in them.
fn shortened(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = walrus::ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse(module)
        .map_err(|error| anyhow!("a piece is not a module: {error:#}"))?;
    let empty: Vec<(DataId, MemoryId)> = module
        .data
        .iter()
        .filter(|data| data.value.is_empty())
        .filter_map(|data| match data.kind {
            DataKind::Active { memory, .. } => Some((data.id(), memory)),
            DataKind::Passive => None,
        })
        .collect();
    for (id, memory) in empty {
        module.memories.get_mut(memory).data_segments.remove(&id);
        module.data.delete(id);
    }
    let notes: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for id in notes {
        module.customs.delete(id);
    }
    walrus::passes::gc::run(&mut module);
    Ok(module.emit_wasm())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_is_not_needed() {
        let length = |content: &[u8]| u8::try_from(content.len()).unwrap();
        let module = |types: &[u8], note: &[u8], call: &[u8], data: &[u8]| {
            let code = [&[1, length(call) + 3, 0, 0x10][..], call, &[0x0b]].concat();
            let section = |id: u8, content: &[u8]| [&[id, length(content)], content].concat();
            [
                b"\0asm\x01\0\0\0".to_vec(),
                note.to_vec(),
                section(1, types),
                section(2, b"\x01\x01m\x06memory\x02\0\x01"),
                section(3, &[1, 0]),
                section(7, b"\x01\x01f\0\0"),
                section(10, &code),
                section(11, data),
            ]
            .concat()
        };
        let (used, also_unused) = (&[1, 0x60, 0, 0][..], &[2, 0x60, 0, 0, 0x60, 1, 0x7f, 0][..]);
        let filled = b"\0\x41\x08\x0b\x01x";
        let empty = b"\0\x41\0\x0b\0";
        let long = module(
            also_unused,
            &[0, 2, 1, b'n'],
            &[0x80, 0x80, 0x80, 0x80, 0],
            &[&[2][..], filled, empty].concat(),
        );
        let short = module(used, &[], &[0], &[&[1][..], filled].concat());
        assert_eq!(shortened(&long).unwrap(), short);
        assert_eq!(shortened(&short).unwrap(), short);
        assert!(shortened(&long[..40]).is_err());
        assert!(shortened(b"\0asm").is_err());
    }
}
