//! `cargo xtask test`: every test there is, in stages, with a table at the end.
//!
//! A stage that fails does not stop the others. What cannot run here (no root, no Go, no daemon) is skipped aloud: each
//! skip is printed where it happens and again in the table.

mod cargo;
mod conformance;
mod journeys;
mod postgres;
mod schema;

use std::{process::ExitCode, time::Instant};

use anyhow::{Result, bail};

use crate::{
    build, check,
    progress::{self, print},
    setup::{self, Need},
    workspace::{Profile, Workspace},
};

/// What a stage counted.
#[derive(Default)]
pub(crate) struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    /// Why something was skipped.
    reasons: Vec<String>,
}

impl Tally {
    /// One thing that is either right or wrong.
    fn one(result: Result<()>) -> Self {
        match result {
            Ok(()) => Self {
                passed: 1,
                ..Self::default()
            },
            Err(error) => {
                eprintln!("   {error:#}");
                Self {
                    failed: 1,
                    ..Self::default()
                }
            }
        }
    }

    /// A stage that cannot run here.
    fn skip(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        eprintln!("   SKIPPED: {reason}");
        Self {
            skipped: 1,
            reasons: vec![reason],
            ..Self::default()
        }
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// A stage: the name for `--only`, and what it does.
struct Stage {
    name: &'static str,
    run: fn(&Workspace) -> Result<Tally>,
}

/// In the order in which they run: what fails fast comes first.
const STAGES: [Stage; 13] = [
    Stage {
        name: "set-up",
        run: |workspace| Ok(set_up(workspace)),
    },
    Stage {
        name: "formatting",
        run: |workspace| Ok(Tally::one(check::formatting(workspace))),
    },
    Stage {
        name: "build",
        run: |workspace| Ok(Tally::one(build::build(workspace, Profile::Dev).map(drop))),
    },
    Stage {
        name: "sqlite",
        run: cargo::on_sqlite,
    },
    Stage {
        name: "postgresql",
        run: postgres::on_postgresql,
    },
    Stage {
        name: "clippy",
        run: |workspace| Ok(clippy(workspace)),
    },
    Stage {
        name: "conformance",
        run: conformance::conformance,
    },
    Stage {
        name: "schemathesis",
        run: schema::schemathesis,
    },
    Stage {
        name: "faults",
        run: journeys::faults,
    },
    Stage {
        name: "clients",
        run: journeys::clients,
    },
    Stage {
        name: "chain",
        run: journeys::chain,
    },
    Stage {
        name: "browser",
        run: journeys::browser,
    },
    Stage {
        name: "first visit",
        run: |workspace| Ok(Tally::one(build::site(workspace, Profile::Release))),
    },
];

/// Programs of the tests and the Debian packages that bring them.
const NEEDS: [Need; 19] = [
    Need {
        file: "chromium",
        package: "chromium",
    },
    Need {
        file: "node",
        package: "nodejs",
    },
    Need {
        file: "npm",
        package: "npm",
    },
    Need {
        file: "/usr/share/doc/postgresql",
        package: "postgresql",
    },
    Need {
        file: "docker",
        package: "docker.io",
    },
    Need {
        file: "dockerd",
        package: "docker.io",
    },
    Need {
        file: "/usr/sbin/slapd",
        package: "slapd",
    },
    Need {
        file: "ldapadd",
        package: "ldap-utils",
    },
    Need {
        file: "python3",
        package: "python3",
    },
    Need {
        file: "/usr/share/doc/python3-venv",
        package: "python3-venv",
    },
    Need {
        file: "skopeo",
        package: "skopeo",
    },
    Need {
        file: "notary",
        package: "notary",
    },
    Need {
        file: "buildah",
        package: "buildah",
    },
    Need {
        file: "openssl",
        package: "openssl",
    },
    Need {
        file: "curl",
        package: "curl",
    },
    Need {
        file: "git",
        package: "git",
    },
    Need {
        file: "jq",
        package: "jq",
    },
    Need {
        file: "unzip",
        package: "unzip",
    },
    Need {
        file: "/etc/ssl/certs/ca-certificates.crt",
        package: "ca-certificates",
    },
];

/// Runs the stages, or those that are named, and prints the table.
pub(crate) fn test(workspace: &Workspace, only: &[String]) -> Result<ExitCode> {
    if let Some(unknown) = only
        .iter()
        .find(|name| !STAGES.iter().any(|stage| stage.name == name.as_str()))
    {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!(
            "no stage is named {unknown}; there are: {}",
            names.join(", ")
        );
    }
    let chosen = |stage: &&Stage| only.is_empty() || only.iter().any(|name| name == stage.name);
    let mut rows = vec![];
    let mut total = Tally::default();
    for stage in STAGES.iter().filter(chosen) {
        eprintln!("== {} …", stage.name);
        let start = Instant::now();
        let tally = (stage.run)(workspace).unwrap_or_else(|error| Tally::one(Err(error)));
        let seconds = start.elapsed().as_secs_f64();
        eprintln!(
            "== {} … {} passed, {} failed, {} skipped ({seconds:.1} s)\n",
            stage.name, tally.passed, tally.failed, tally.skipped
        );
        total.add(&tally);
        rows.push((stage.name, tally, seconds));
    }
    print(&format!(
        "{:<14}{:>8}{:>8}{:>9}{:>9}",
        "stage", "passed", "failed", "skipped", "seconds"
    ));
    for (name, tally, seconds) in &rows {
        print(&format!(
            "{name:<14}{:>8}{:>8}{:>9}{seconds:>9.1}",
            tally.passed, tally.failed, tally.skipped
        ));
        for reason in &tally.reasons {
            print(&format!("{:14}skipped: {reason}", ""));
        }
    }
    print(&format!(
        "{} passed, {} failed, {} skipped",
        total.passed, total.failed, total.skipped
    ));
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Installs what the later stages need, where it can. They say themselves what they miss.
fn set_up(workspace: &Workspace) -> Tally {
    let mut problems = vec![];
    if let Err(error) = setup::install(&NEEDS) {
        problems.push(format!("Debian packages: {error:#}"));
    }
    if let Err(error) = setup::node_packages(workspace) {
        problems.push(format!("npm packages: {error:#}"));
    }
    if let Err(error) = conformance::program(workspace) {
        problems.push(format!("conformance suite: {error:#}"));
    }
    let _ = setup::newer_clients(workspace);
    for problem in &problems {
        progress::say(problem);
    }
    // Not a failure by itself: the stage that misses something fails or skips, with its own reason.
    Tally::default()
}

fn clippy(workspace: &Workspace) -> Tally {
    let mut tally = Tally::one(check::clippy_server(workspace));
    tally.add(&Tally::one(check::clippy_xtask(workspace)));
    tally.add(&Tally::one(check::clippy_browser(workspace)));
    tally
}
