//! The journeys of `end2end/`, run by node's own test runner against the finished program.

use std::{fs, process::Command};

use anyhow::{Context, Result};

use super::{Tally, postgres::Cluster};
use crate::{
    process::{self, has},
    setup,
    workspace::{Profile, Workspace},
};

/// What kills, fills and corrupts: needs nothing but node.
pub(super) fn faults(workspace: &Workspace) -> Result<Tally> {
    run(workspace, "faults", None)
}

/// Real clients; each file skips what is not installed, with its reason.
pub(super) fn clients(workspace: &Workspace) -> Result<Tally> {
    let cluster = Cluster::start()?;
    run(workspace, "clients", cluster.as_ref())
}

/// The secure supply chain, from a push of git to a signed image, with real tools.
pub(super) fn chain(workspace: &Workspace) -> Result<Tally> {
    if !setup::node_packages(workspace)? {
        return Ok(Tally::skip(
            "the chain needs npm, for yaml and playwright-core (Debian: apt-get install npm)",
        ));
    }
    run(workspace, "chain", None)
}

/// A real browser.
pub(super) fn browser(workspace: &Workspace) -> Result<Tally> {
    if !has("chromium") {
        return Ok(Tally::skip(
            "the browser journeys need Chromium (Debian: apt-get install chromium)",
        ));
    }
    if !setup::node_packages(workspace)? {
        return Ok(Tally::skip(
            "the browser journeys need npm, for playwright-core and axe-core (Debian: apt-get install npm)",
        ));
    }
    run(workspace, "browser", None)
}

/// Runs every `*.test.mjs` in a folder of `end2end/`.
fn run(workspace: &Workspace, folder: &str, cluster: Option<&Cluster>) -> Result<Tally> {
    if !has("node") {
        return Ok(Tally::skip(format!(
            "end2end/{folder} needs node (Debian: apt-get install nodejs)"
        )));
    }
    let end2end = workspace.root.join("end2end");
    let mut files: Vec<_> = fs::read_dir(end2end.join(folder))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    let pictures = workspace.target.join("pictures");
    fs::create_dir_all(&pictures)?;
    // a journey that hangs must not hold the run for ever
    let mut node = Command::new("timeout");
    node.args([
        "--kill-after=20",
        "1200",
        "node",
        "--test",
        "--test-reporter=spec",
    ])
    .args(files)
    .current_dir(&end2end)
    .env("JOURNEY_PROGRAM", workspace.program(Profile::Dev))
    .env("JOURNEY_PICTURES", pictures);
    if let Some(cluster) = cluster {
        node.env("JOURNEY_POSTGRESQL", cluster.url());
    }
    if let Some(bin) = setup::newer_clients(workspace) {
        node.env("JOURNEY_CLIENTS", bin);
    }
    let (success, output) = process::tee(&mut node)?;
    let mut tally = counted(&output).context("node printed no counts")?;
    if !success && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// The counts at the end of node's report (`ℹ pass 12`), and the reasons of skips (`﹣ name (0.1ms) # reason`).
fn counted(output: &str) -> Option<Tally> {
    let count = |what: &str| {
        let line = output
            .lines()
            .rev()
            .find(|line| line.starts_with(['ℹ', '#']) && line.contains(what))?;
        line.split_whitespace().last()?.parse::<usize>().ok()
    };
    let reasons = output
        .lines()
        .filter_map(|line| line.trim().strip_prefix('﹣')?.split_once(" # "))
        .map(|(name, reason)| {
            format!(
                "{}: {reason}",
                name.split(" (").next().unwrap_or(name).trim()
            )
        })
        .collect();
    Some(Tally {
        passed: count(" pass ")?,
        failed: count(" fail ")? + count(" cancelled ")?,
        skipped: count(" skipped ")?,
        reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read() {
        let report = "✔ one (2.1ms)\n﹣ two (0.2ms) # docker is not installed\n\
                      ℹ tests 4\nℹ suites 0\nℹ pass 1\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\n";
        let tally = counted(report).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 2, 1));
        assert_eq!(tally.reasons, ["two: docker is not installed"]);
        assert!(counted("SyntaxError").is_none());
    }
}
