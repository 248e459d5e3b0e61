//! `cargo xtask bench`: our release build beside Debian's docker-registry and CNCF distribution v3, in one run.
//!
//! Ours runs as it is delivered: token authentication on, writes durable. Theirs run without authentication, with the
//! in-memory cache of blob descriptors. Every figure is measured in each round on each server in turn, so that what else
//! the machine does hits all alike; the table shows medians and the ratio to each peer.

mod company;
mod content;
mod figures;
mod limits;
mod load;
mod peers;
mod promotion;
mod scan;
mod table;
mod webhooks;

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    build,
    progress::{print, say, step},
    setup::{self, Need},
    workspace::{Profile, Workspace},
};

use content::Content;
use figures::{FIGURES, Figure};
use peers::Target;

const NEEDS: [Need; 4] = [
    Need {
        file: "wrk",
        package: "wrk",
    },
    Need {
        file: "docker-registry",
        package: "docker-registry",
    },
    Need {
        file: "openssl",
        package: "openssl",
    },
    Need {
        file: "python3",
        package: "python3",
    },
];

/// How long and how much.
pub(crate) struct Effort {
    /// Seconds of each load.
    seconds: u64,
    /// Size of the big blob.
    big: usize,
    /// Repetitions of what is done one after the other.
    repeats: usize,
}

/// Everything measured so far, by figure and server.
pub(crate) type Results = BTreeMap<(&'static str, &'static str), Vec<f64>>;

/// How long pages take in a large company.
pub(crate) fn company(workspace: &Workspace, program: Option<PathBuf>) -> Result<()> {
    setup::install(&NEEDS)?;
    company::measure(workspace, program)
}

/// How long promotions and dry runs take.
pub(crate) fn promotion(workspace: &Workspace, program: Option<PathBuf>) -> Result<()> {
    setup::install(&NEEDS)?;
    promotion::measure(workspace, program)
}

/// How fast scanning is.
pub(crate) fn scan(
    workspace: &Workspace,
    image: Option<PathBuf>,
    bundle: Option<PathBuf>,
    thousands: u64,
) -> Result<()> {
    scan::measure(workspace, image, bundle, thousands)
}

/// Runs the comparison and prints the table.
pub(crate) fn bench(
    workspace: &Workspace,
    quick: bool,
    rounds: usize,
    only: &[String],
    program: Option<PathBuf>,
) -> Result<()> {
    setup::install(&NEEDS)?;
    if !NEEDS[0].is_met() {
        bail!("the comparison needs wrk (Debian: apt-get install wrk)");
    }
    let program = match program {
        Some(program) => program,
        None => build::build(workspace, Profile::Release)?,
    };
    let (rounds, effort) = if quick {
        (
            1,
            Effort {
                seconds: 1,
                big: 100 << 20,
                repeats: 50,
            },
        )
    } else {
        (
            rounds.max(1),
            Effort {
                seconds: 4,
                big: 100 << 20,
                repeats: 300,
            },
        )
    };
    // not /tmp, which may be memory: what is compared writes to a disk
    let scratch = workspace.target.join("bench");
    std::fs::create_dir_all(&scratch)?;
    let folder = tempfile::tempdir_in(&scratch)?;
    let limits = step("the machine's limits", || limits::measure(folder.path()))?;
    let mut targets = step("starting the servers", || {
        peers::start_all(workspace, &program, folder.path())
    })?;
    let mut results = Results::new();
    let content = Content::random(effort.big);
    for target in &mut targets {
        step(&format!("content for {}", target.name), || {
            content.push_to(target)
        })?;
    }
    let chosen = |figure: &&Figure| {
        only.is_empty() || only.iter().any(|part| figure.name.contains(part.as_str()))
    };
    for round in 1..=rounds {
        say(&format!("round {round} of {rounds}"));
        for figure in FIGURES.iter().filter(chosen) {
            measure(figure, &mut targets, &content, &effort, &mut results)?;
        }
    }
    for target in &mut targets {
        target.stop();
    }
    for _ in 0..rounds {
        for figure in [&figures::START_UP, &figures::MEMORY_AT_REST] {
            measure(figure, &mut targets, &content, &effort, &mut results)?;
        }
    }
    let names: Vec<&'static str> = targets.iter().map(|target| target.name).collect();
    print(&limits.describe());
    for line in table::lines(&names, &results, &limits) {
        print(&line);
    }
    Ok(())
}

/// Measures one figure on each server in turn.
fn measure(
    figure: &Figure,
    targets: &mut [Target],
    content: &Content,
    effort: &Effort,
    results: &mut Results,
) -> Result<()> {
    for target in targets
        .iter_mut()
        .filter(|target| figure.applies_to(target))
    {
        // what another server left for the disk to do later is not this one's
        rustix::fs::sync();
        let value = (figure.measure)(target, content, effort)
            .with_context(|| format!("{} on {}", figure.name, target.name))?;
        say(&format!(
            "{:<34} {:<18} {}",
            figure.name,
            target.name,
            figure.unit.show(value)
        ));
        results
            .entry((figure.name, target.name))
            .or_default()
            .push(value);
    }
    Ok(())
}
