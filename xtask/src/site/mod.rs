//! The site: the files a browser loads, as they are embedded in the program.
//!
//! Input: the compiled frontend and the folder `style/`. Output, under `<target>/site/<profile>/`: every file under a name
//! that contains the hash of its content (scripts and modules, which name each other: one hash over all of them), beside it
//! the same compressed (`.br`, `.gz`), and `assets.json`, which maps the names that pages use to the files. Nothing is done
//! when no input changed.

mod compress;
mod cost;
mod css;
mod split;
mod wasm;

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::wasm::Code;
use crate::{
    progress::say,
    setup::WASM,
    workspace::{Profile, Workspace},
};

/// One file of the site, as `server/build.rs` reads it.
#[derive(Serialize)]
struct Asset {
    /// The name by which pages ask for it: `plimsoll.css`.
    name: String,
    /// The file, named after its content: `plimsoll-0123456789abcdef.css`.
    file: String,
    /// Bytes as they are.
    size: usize,
    /// Bytes compressed by brotli; absent for what is compressed by nature.
    brotli: Option<usize>,
    /// Bytes compressed by gzip.
    gzip: Option<usize>,
    /// The parts of the interface that need it; none where every page may.
    parts: Vec<String>,
}

/// Makes the site of a profile, unless it is there already.
pub(crate) fn assemble(workspace: &Workspace, profile: Profile) -> Result<()> {
    let wasm_file = workspace
        .target
        .join(WASM)
        .join(profile.wasm())
        .join("frontend.wasm");
    let wasm =
        fs::read(&wasm_file).with_context(|| format!("cannot read {}", wasm_file.display()))?;
    let style = read_style(&workspace.root.join("style"))?;
    let folder = workspace.site(profile);
    let inputs = fingerprint(&wasm, &style)?;
    if fs::read_to_string(folder.join("inputs")).is_ok_and(|made_from| made_from == inputs) {
        say("unchanged");
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let mut site = Site {
        folder,
        profile,
        assets: vec![],
    };
    site.add_code(wasm::bind(&wasm, profile)?)?;
    let mut files = BTreeMap::new();
    for (path, content) in style.iter().filter(|(path, _)| !is_css(path)) {
        let name = path.rsplit('/').next().unwrap_or(path);
        files.insert(path.as_str(), site.add(name, content)?);
    }
    site.add("plimsoll.css", css::bundle(&style, &files)?.as_bytes())?;
    site.finish(&inputs)
}

/// Bytes as people read them.
#[expect(
    clippy::cast_precision_loss,
    reason = "to be read by people, rounded to one decimal"
)]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Every file under `style/`, by its path relative to it.
fn read_style(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(current) = open.pop() {
        for entry in
            fs::read_dir(&current).with_context(|| format!("cannot read {}", current.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension != "md" && extension != "txt")
            {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                files.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(files)
}

fn is_css(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "css")
}

/// A hash over everything the site is made from, this program included.
fn fingerprint(wasm: &[u8], style: &BTreeMap<String, Vec<u8>>) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(Sha256::digest(fs::read(env::current_exe()?)?));
    hash.update(Sha256::digest(wasm));
    for (name, content) in style {
        hash.update(Sha256::digest(name));
        hash.update(Sha256::digest(content));
    }
    Ok(hex(&hash.finalize()))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // writing to a String cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A site in the making.
struct Site {
    folder: PathBuf,
    profile: Profile,
    assets: Vec<Asset>,
}

impl Site {
    /// Writes a file under a name with the hash of its content; answers the name.
    fn add(&mut self, name: &str, content: &[u8]) -> Result<String> {
        let file = hashed(name, &hex(&Sha256::digest(content)))?;
        self.write(name, file.clone(), content, vec![])?;
        Ok(file)
    }

    /// Writes files that know each other. One hash over all of them is in each name, so that what a browser has kept of one
    /// build never meets what it gets of another.
    fn add_code(&mut self, code: Vec<Code>) -> Result<()> {
        let mut hash = Sha256::new();
        for Code { name, content, .. } in &code {
            hash.update(Sha256::digest(name));
            hash.update(Sha256::digest(content));
        }
        let hash = hex(&hash.finalize());
        let mut files = BTreeMap::new();
        for Code { name, .. } in &code {
            files.insert(name.clone(), hashed(name, &hash)?);
        }
        for Code {
            name,
            content,
            parts,
        } in code
        {
            let content = if wasm::is_module(&name) {
                content
            } else {
                wasm::addressed(&String::from_utf8(content)?, &files)?.into_bytes()
            };
            self.write(&name, hashed(&name, &hash)?, &content, parts)?;
        }
        Ok(())
    }

    /// Writes a file, and compressed where that helps.
    fn write(
        &mut self,
        name: &str,
        file: String,
        content: &[u8],
        parts: Vec<String>,
    ) -> Result<()> {
        fs::write(self.folder.join(&file), content)?;
        let mut asset = Asset {
            name: name.into(),
            size: content.len(),
            brotli: None,
            gzip: None,
            parts,
            file,
        };
        let extension = name.rsplit('.').next().unwrap_or_default();
        if compress::helps(extension) {
            let brotli = compress::brotli(content, self.profile)?;
            let gzip = compress::gzip(content, self.profile)?;
            fs::write(self.folder.join(format!("{}.br", asset.file)), &brotli)?;
            fs::write(self.folder.join(format!("{}.gz", asset.file)), &gzip)?;
            asset.brotli = Some(brotli.len());
            asset.gzip = Some(gzip.len());
        }
        self.assets.push(asset);
        Ok(())
    }

    /// Writes the list of files, and last what it was made from: a half-made site is made again.
    fn finish(self, inputs: &str) -> Result<()> {
        for asset in &self.assets {
            let sent = asset.brotli.unwrap_or(asset.size);
            let parts = asset.parts.join(", ");
            say(&format!(
                "{:<24} {:>9} bytes, {sent:>8} sent  {parts}",
                asset.name, asset.size
            ));
        }
        cost::check(&self.assets, self.profile)?;
        fs::write(
            self.folder.join("assets.json"),
            serde_json::to_vec_pretty(&self.assets)?,
        )?;
        fs::write(self.folder.join("inputs"), inputs)?;
        Ok(())
    }
}

/// A file's name with a hash before its extension.
fn hashed(name: &str, hash: &str) -> Result<String> {
    let (stem, extension) = name
        .rsplit_once('.')
        .with_context(|| format!("{name} has no extension"))?;
    Ok(format!("{stem}-{}.{extension}", &hash[..16]))
}
