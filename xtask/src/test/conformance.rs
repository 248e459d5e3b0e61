//! The OCI conformance suite of the specification's main branch, with token authentication and every feature switched on.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use super::Tally;
use crate::{
    process,
    progress::say,
    serve::{ADMIN, PASSWORD, Plimsoll},
    setup,
    workspace::{Profile, Workspace},
};

const MODULE: &str = "github.com/opencontainers/distribution-spec/conformance";
const VERSION: &str = "v0.0.0-20260831232431-97274622c111";

/// The suite's program; `None` where Go is not installed.
pub(super) fn program(workspace: &Workspace) -> Result<Option<PathBuf>> {
    setup::go_install(workspace, MODULE, VERSION)
}

/// Runs the suite against a server of its own and shows every case that failed or was skipped.
pub(super) fn conformance(workspace: &Workspace) -> Result<Tally> {
    let Some(suite) = program(workspace)? else {
        return Ok(Tally::skip(
            "the OCI conformance suite is a Go program, and Go is not installed (https://go.dev/dl)",
        ));
    };
    let folder = tempfile::tempdir()?;
    let server = Plimsoll::start(
        &workspace.program(Profile::Dev),
        &folder.path().join("data"),
    )?;
    let repositories = [
        format!("{ADMIN}/conformance-1"),
        format!("{ADMIN}/conformance-2"),
    ];
    for name in &repositories {
        server.create_repository(name)?;
    }
    let results = folder.path().join("results");
    let mut command = Command::new(suite);
    command
        .current_dir(folder.path())
        .env("OCI_RESULTS_DIR", &results)
        .env("OCI_REGISTRY", format!("127.0.0.1:{}", server.http))
        .env("OCI_TLS", "disabled")
        .envs(["OCI_REPO1", "OCI_REPO2"].into_iter().zip(&repositories))
        .env("OCI_USERNAME", ADMIN)
        .env("OCI_PASSWORD", PASSWORD)
        .env("OCI_VERSION", "dev");
    for feature in [
        "OCI_API_MANIFESTS_TAG_PARAM",
        "OCI_API_BLOBS_UPLOAD_CANCEL",
        "OCI_API_BLOBS_DIGEST_HEADER",
        "OCI_API_MANIFESTS_DIGEST_HEADER",
    ] {
        command.env(feature, "true");
    }
    // It ends unsuccessfully when a case fails; the report says which.
    let (status, log) = process::output(&mut command)?;
    let report = fs::read_to_string(results.join("junit.xml")).with_context(|| log.clone())?;
    let kept = workspace.target.join("conformance");
    fs::create_dir_all(&kept)?;
    for name in ["junit.xml", "report.html", "results.yaml"] {
        fs::copy(results.join(name), kept.join(name))?;
    }
    for line in log
        .lines()
        .filter(|line| line.contains("failed test") || line.ends_with("FAIL"))
    {
        say(line);
    }
    for case in cases_with_status(&report, "skipped") {
        say(&format!("skipped by the suite: {case}"));
    }
    say(&format!(
        "full report: {}",
        kept.join("report.html").display()
    ));
    let mut tally = counted(&report)?;
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// The counts in the report's first element: `<testsuites time=".." tests="990" failures="1" skipped="2">`. What is zero
/// is not there.
fn counted(report: &str) -> Result<Tally> {
    let count = |name: &str| {
        report
            .split_once(&format!(" {name}=\""))?
            .1
            .split('"')
            .next()?
            .parse()
            .ok()
    };
    let tests: usize =
        count("tests").context("junit.xml does not say how many tests there were")?;
    let (failed, skipped) = (
        count("failures").unwrap_or(0),
        count("skipped").unwrap_or(0),
    );
    Ok(Tally {
        passed: tests.saturating_sub(failed + skipped),
        failed,
        skipped,
        reasons: vec![],
    })
}

/// Names of the cases with a status.
fn cases_with_status<'r>(report: &'r str, status: &str) -> Vec<&'r str> {
    let wanted = format!("status=\"{status}\"");
    report
        .lines()
        .filter(|line| line.contains("<testcase ") && line.contains(&wanted))
        .filter_map(|line| line.split_once("name=\"")?.1.split('"').next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_read() {
        let report = "<testsuites time=\"1.5\" tests=\"10\" failures=\"2\" skipped=\"1\">\n\
                      <testcase name=\"a/b\" classname=\"\" status=\"skipped\">\n<testcase name=\"c\" status=\"passed\">\n";
        let tally = counted(report).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (7, 2, 1));
        assert_eq!(cases_with_status(report, "skipped"), ["a/b"]);
        let tally = counted("<testsuites tests=\"10\"><testsuite failures=\"0\">").unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (10, 0, 0));
        assert!(counted("<testsuites>").is_err());
    }
}
