//! What the first visit of a page costs: script, wasm and style sheet, compressed, the parts of the interface that the page
//! needs included. A release whose most expensive page is beyond the limit is not built.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::Asset;
use crate::{progress::say, workspace::Profile};

/// What the first visit of a page may cost, in bytes.
const MOST_SENT: usize = 450_000;

/// Says what the pages cost.
pub(super) fn check(assets: &[Asset], profile: Profile) -> Result<()> {
    let all: usize = assets.iter().filter_map(|asset| asset.brotli).sum();
    say(&format!("script, wasm and style: {all} bytes with brotli"));
    let (every, parts) = costs(assets);
    say(&format!("first visit of a page in no part: {every} bytes"));
    for (part, more) in &parts {
        say(&format!("first visit in {part}: {} bytes", every + more));
    }
    let most = every + parts.values().max().unwrap_or(&0);
    say(&format!("the most expensive: {most} of {MOST_SENT} bytes"));
    if profile == Profile::Release && most > MOST_SENT {
        bail!("a first visit costs {most} bytes and may cost {MOST_SENT}");
    }
    Ok(())
}

/// What every page costs, and what a page of each part costs besides.
fn costs(assets: &[Asset]) -> (usize, BTreeMap<&str, usize>) {
    let mut every = 0;
    let mut parts = BTreeMap::new();
    // What is not compressed, fonts and pictures, is not code.
    for (asset, sent) in assets
        .iter()
        .filter_map(|asset| asset.brotli.map(|sent| (asset, sent)))
    {
        if asset.parts.is_empty() {
            every += sent;
        }
        for part in &asset.parts {
            *parts.entry(part.as_str()).or_default() += sent;
        }
    }
    (every, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(brotli: Option<usize>, parts: &[&str]) -> Asset {
        Asset {
            name: String::new(),
            file: String::new(),
            size: 1_000_000,
            brotli,
            gzip: brotli,
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
        }
    }

    #[test]
    fn the_most_expensive_page_counts() {
        let mut assets = vec![
            asset(Some(300_000), &[]),
            asset(None, &[]),
            asset(Some(100_000), &["a"]),
            asset(Some(50_000), &["a", "b"]),
            asset(Some(60_000), &["b"]),
        ];
        let (every, parts) = costs(&assets);
        assert_eq!(every, 300_000);
        assert_eq!(parts, BTreeMap::from([("a", 150_000), ("b", 110_000)]));
        assert!(check(&assets, Profile::Release).is_ok());
        assets.push(asset(Some(1), &["a"]));
        assert!(check(&assets, Profile::Release).is_err());
        assert!(check(&assets, Profile::Dev).is_ok());
    }
}
