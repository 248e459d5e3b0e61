//! Unit and integration tests under `cargo test`, and how its counts are read.

use std::process::Command;

use anyhow::Result;

use super::Tally;
use crate::{
    build::{cargo, server_cargo},
    check::{PACKAGES, with_packages},
    process,
    workspace::Workspace,
};

/// All packages; the integration tests make SQLite databases of their own.
pub(super) fn on_sqlite(workspace: &Workspace) -> Result<Tally> {
    let mut tally = run(
        server_cargo(workspace).env_remove("TEST_DATABASE_URL"),
        &PACKAGES,
    )?;
    tally.add(&run(&mut cargo(workspace), &["xtask"])?);
    Ok(tally)
}

/// The tests that need a database, on the one at this address.
pub(super) fn on(workspace: &Workspace, database: &str) -> Result<Tally> {
    run(
        server_cargo(workspace).env("TEST_DATABASE_URL", database),
        &["server", "db", "migrations"],
    )
}

fn run(cargo: &mut Command, packages: &[&str]) -> Result<Tally> {
    let cargo = with_packages(cargo.args(["test", "--locked", "--no-fail-fast"]), packages);
    Ok(counted(process::tee(cargo)?))
}

/// Sums the lines `test result: ok. 12 passed; 0 failed; 0 ignored; …`. A call that failed without a failed test did not
/// compile, or died.
fn counted((success, output): (bool, String)) -> Tally {
    let mut tally = Tally::default();
    for line in output
        .lines()
        .filter(|line| line.starts_with("test result:"))
    {
        let count = |what: &str| {
            line.split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(what)?.trim().parse().ok())
                .unwrap_or(0)
        };
        tally.passed += count("passed");
        tally.failed += count("failed");
        tally.skipped += count("ignored");
    }
    if !success && tally.failed == 0 {
        tally.failed = 1;
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed_over_binaries() {
        let output = "test a ... ok\ntest result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                      test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        let tally = counted((false, output.into()));
        assert_eq!((tally.passed, tally.failed, tally.skipped), (15, 2, 1));
    }

    #[test]
    fn a_call_that_dies_counts_as_failed() {
        assert_eq!(
            counted((false, "error: could not compile".into())).failed,
            1
        );
    }
}
