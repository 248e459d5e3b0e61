//! The known-file table: packages teach what their files are, and a copy of such a file elsewhere is recognised by its content.
//!
//! Whoever pushes an image writes its package database too. So what is taught only ever adds a component to another image, and a file
//! may be of several packages.

use std::{collections::BTreeMap, sync::Arc};

use db::scans::known::{self, Package};
use scan::fingerprint::{Component, KnownFile, KnownFiles, learned, unowned};
use sha2::{Digest as _, Sha256};

use super::{
    Error,
    composition::{Stack, blocking, hex},
};
use crate::state::AppState;

/// Files that one image teaches, at most. The largest of Debian's own have some thousands.
const MOST: usize = 20_000;

/// What is known of the files in these layers that no package owns.
pub(super) async fn of(state: &AppState, stack: &Arc<Stack>) -> Result<KnownFiles, Error> {
    let asked = Arc::clone(stack);
    let unowned = move || -> Vec<String> {
        let files = unowned(&asked.bottom_up()).into_iter();
        files.map(str::to_owned).collect()
    };
    let files = blocking(unowned).await?;
    let found = known::find(&state.db, &files).await?;
    Ok(found
        .into_iter()
        .map(|(sha256, packages)| (sha256, packages.into_iter().filter_map(component).collect()))
        .collect())
}

fn component(row: serde_json::Value) -> Option<Component> {
    serde_json::from_value(row)
        .inspect_err(|error| tracing::warn!(%error, "a known package cannot be read"))
        .ok()
}

/// Writes down what the packages in these layers teach.
pub(super) async fn learn(state: &AppState, stack: &Arc<Stack>) -> Result<(), Error> {
    let taught = Arc::clone(stack);
    let packages = move || packages(learned(&taught.bottom_up()));
    let packages = blocking(packages).await?;
    Ok(known::learn(&state.db, &packages).await?)
}

/// The files by package.
fn packages(files: Vec<KnownFile>) -> BTreeMap<String, Package> {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for file in files.into_iter().take(MOST) {
        let component = serde_json::json!(file.component);
        let key = hex(&Sha256::digest(component.to_string()));
        let package = packages.entry(key).or_insert_with(|| Package {
            component,
            files: Vec::new(),
        });
        package.files.push(file.sha256);
    }
    packages
}
