//! From the compiler's output to what a browser loads: wasm-bindgen as a library, at exactly the version of the lock file,
//! and wasm-opt where it is installed and worth it.

use std::{fs, process::Command};

use anyhow::{Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use super::compress;
use crate::{process, progress::say, workspace::Profile};

/// Makes the script (an ES module) and the wasm module that belongs to it. The page passes the module's address to the
/// script's default export; the script itself does not know it.
pub(super) fn bind(wasm: Vec<u8>, profile: Profile) -> Result<(String, Vec<u8>)> {
    let mut output = Bindgen::new()
        .input_bytes("plimsoll", wasm)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
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
    let module = output.wasm_mut().emit_wasm();
    let module = if profile == Profile::Release {
        optimise(module)?
    } else {
        module
    };
    Ok((output.js().to_owned(), module))
}

/// wasm-opt often makes the module smaller and its compressed form larger: the smaller compressed form wins.
fn optimise(module: Vec<u8>) -> Result<Vec<u8>> {
    if !process::has("wasm-opt") {
        say("wasm-opt is not installed; done without it");
        return Ok(module);
    }
    let work = tempfile::tempdir()?;
    let (input, output) = (work.path().join("in.wasm"), work.path().join("out.wasm"));
    fs::write(&input, &module)?;
    let features = [
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
    ];
    process::run(
        Command::new("wasm-opt")
            .arg("-Oz")
            .args(features)
            .arg(&input)
            .arg("-o")
            .arg(&output),
    )?;
    let optimised = fs::read(&output)?;
    let before = compress::brotli(&module, Profile::Release)?.len();
    let after = compress::brotli(&optimised, Profile::Release)?.len();
    say(&format!(
        "wasm-opt: {before} → {after} bytes with brotli{}",
        if after < before { "" } else { "; not used" }
    ));
    Ok(if after < before { optimised } else { module })
}
