//! From the compiler's output to what a browser loads: split, wasm-bindgen as a library, at exactly the version of the lock
//! file, and wasm-opt where it is installed and worth it.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::{
    compress,
    split::{LOADER, split},
};
use crate::{process, progress::say, workspace::Profile};

/// The script that the page imports.
pub(super) const SCRIPT: &str = "plimsoll.js";

/// The module that belongs to it.
pub(super) const MODULE: &str = "plimsoll.wasm";

/// One file of the browser's half. These know each other: files of two builds do not go together.
pub(super) struct Code {
    /// Its name in the references of the others.
    pub(super) name: String,
    /// What is in it.
    pub(super) content: Vec<u8>,
    /// The parts of the interface that need it; none where every page does.
    pub(super) parts: Vec<String>,
}

/// Makes the scripts (ES modules) and the wasm modules. The page passes the main module's address to the script's default
/// export; the script itself does not know it.
pub(super) fn bind(wasm: &[u8], profile: Profile) -> Result<Vec<Code>> {
    let split = split(wasm)?;
    let mut output = Bindgen::new()
        .input_bytes("plimsoll", split.main)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        // the pieces refer to what the linker has named
        .keep_lld_exports(true)
        .demangle(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    // every crate that uses wasm-bindgen has an entry, nearly always an empty one
    let inline = output
        .snippets()
        .iter()
        .filter(|(_, scripts)| !scripts.is_empty())
        .map(|(name, _)| name);
    let foreign: Vec<&String> = inline.chain(output.local_modules().keys()).collect();
    if !foreign.is_empty() {
        bail!(
            "dependencies of the frontend bring scripts of their own, which the site does not carry: {foreign:?}"
        );
    }
    let for_all = |name: &str, content| Code {
        name: name.to_owned(),
        content,
        parts: vec![],
    };
    let mut files = vec![
        for_all(SCRIPT, output.js().as_bytes().to_vec()),
        for_all(LOADER, split.loader.into_bytes()),
        for_all(MODULE, output.wasm_mut().emit_wasm()),
    ];
    files.extend(split.pieces.into_iter().map(|piece| Code {
        name: piece.name,
        content: piece.module,
        parts: piece.parts,
    }));
    if profile == Profile::Release {
        optimise(&mut files)?;
    }
    Ok(files)
}

/// wasm-opt often makes a module smaller and its compressed form larger: the smaller compressed form wins.
fn optimise(files: &mut [Code]) -> Result<()> {
    if !process::has("wasm-opt") {
        say("wasm-opt is not installed; done without it");
        return Ok(());
    }
    let work = tempfile::tempdir()?;
    let (input, output) = (work.path().join("in.wasm"), work.path().join("out.wasm"));
    let features = [
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
    ];
    for file in files.iter_mut().filter(|file| is_module(&file.name)) {
        fs::write(&input, &file.content)?;
        process::run(
            Command::new("wasm-opt")
                .arg("-Oz")
                .args(features)
                .arg(&input)
                .arg("-o")
                .arg(&output),
        )?;
        let optimised = fs::read(&output)?;
        let before = compress::brotli(&file.content, Profile::Release)?.len();
        let after = compress::brotli(&optimised, Profile::Release)?.len();
        let used = after < before;
        say(&format!(
            "wasm-opt: {}, {before} → {after} bytes with brotli{}",
            file.name,
            if used { "" } else { "; not used" }
        ));
        if used {
            file.content = optimised;
        }
    }
    Ok(())
}

/// Whether a file is a module and not a script.
pub(super) fn is_module(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "wasm")
}

/// A script with the published names of the files that it imports and fetches.
pub(super) fn addressed(script: &str, files: &BTreeMap<String, String>) -> Result<String> {
    const IMPORT: &str = "from \"./";
    const FETCH: &str = "URL(\"./";
    let mut addressed = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(start) = [IMPORT, FETCH]
        .iter()
        .filter_map(|mark| rest.find(mark).map(|start| start + mark.len()))
        .min()
    {
        let (before, after) = rest.split_at(start);
        let (name, behind) = after
            .split_once('"')
            .context("a script ends within an address")?;
        let file = files
            .get(name)
            .with_context(|| format!("a script asks for {name}, which is not there"))?;
        addressed.push_str(before);
        addressed.push_str(file);
        addressed.push('"');
        rest = behind;
    }
    addressed.push_str(rest);
    Ok(addressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_ask_for_published_names() {
        let files = BTreeMap::from([
            ("a.js".to_owned(), "a-1.js".to_owned()),
            ("b.wasm".to_owned(), "b-1.wasm".to_owned()),
        ]);
        let script =
            r#"import * as x from "./a.js"; fetch(new URL("./b.wasm", y)); z = {"./a.js": x}"#;
        assert_eq!(
            addressed(script, &files).unwrap(),
            r#"import * as x from "./a-1.js"; fetch(new URL("./b-1.wasm", y)); z = {"./a.js": x}"#
        );
        let error = addressed(r#"import "x"; import y from "./c.js""#, &files).unwrap_err();
        assert!(error.to_string().contains("c.js"), "{error}");
    }
}
