//! `cargo xtask`: everything that is done to this repository, in one place and without other tools to install first.
//!
//! `run` and `build` make the program (wasm, style sheet, assets, server); `check` is the quick loop; `test` runs every
//! test there is, with set-up on a fresh machine; `bench` compares the program with its peers. Progress goes to standard
//! error; what a script may want to read goes to standard output.

mod bench;
mod build;
mod check;
mod http;
mod ports;
mod process;
mod progress;
mod run;
mod serve;
mod setup;
mod site;
mod test;
mod workspace;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use workspace::{Profile, Workspace};

/// Build, run, check, test and measure Plimsoll.
///
/// First time here? `cargo xtask run` builds everything, starts the registry on port 8080 of this machine and prints the
/// password of its administrator. Nothing has to be installed by hand but Rust.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and serve it; what follows `--` goes to `plimsoll serve`.
    Run {
        /// The optimised build.
        #[arg(long)]
        release: bool,
        /// Options of `plimsoll serve`, for instance `-- --http 127.0.0.1:9000`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build everything; the last line printed is the path of the finished program.
    Build {
        /// The optimised build.
        #[arg(long)]
        release: bool,
    },
    /// The quick loop: formatting, clippy with warnings denied, unit tests. Seconds when warm.
    Check,
    /// Every test: unit, integration (SQLite and PostgreSQL), OCI conformance, faults, browser and client journeys.
    ///
    /// As root on Debian it installs what it needs; elsewhere it says which journeys it skips and what they lack.
    Test {
        /// Only these stages (see the table at the end of a run for their names).
        #[arg(long, num_args = 1..)]
        only: Vec<String>,
    },
    /// Compare the release build with Debian's docker-registry and CNCF distribution v3, on this machine, in one run.
    Bench {
        /// One short round: to see that it works, not to quote.
        #[arg(long)]
        quick: bool,
        /// How often each figure is measured on each server; the table shows medians.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Only figures whose name contains one of these.
        #[arg(long, num_args = 1..)]
        only: Vec<String>,
        /// Instead: how long pages take in an organization of 10 000 users, 1 000 teams and 10 000 repositories.
        #[arg(long)]
        company: bool,
        /// Instead: how long a promotion takes, and a dry run of 10 policies over 10 000 tags.
        #[arg(long, conflicts_with = "company")]
        promotion: bool,
        /// Instead: how long it takes to publish trust data of 10 000 tags.
        #[arg(long, conflicts_with_all = ["company", "promotion"])]
        trust: bool,
        /// Instead: how fast images are scanned, and how soon new vulnerability data is known of 100 000 of them.
        #[arg(long, conflicts_with_all = ["company", "promotion", "program"])]
        scan: bool,
        /// With --scan: read the image in this folder (`0.tar.gz` is its bottom layer) instead of making one.
        #[arg(long, requires = "scan")]
        image: Option<PathBuf>,
        /// With --scan: load this bundle of OSV records too.
        #[arg(long, requires = "scan")]
        bundle: Option<PathBuf>,
        /// With --scan: thousands of generated images, with 20 components and 4 records for each.
        #[arg(long, requires = "scan", default_value_t = 100)]
        thousands: u64,
        /// Measure this program, as it is, instead of building one.
        #[arg(long)]
        program: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    process::end_children_on_signal();
    match perform(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match task {
        Task::Run { release, args } => run::run(&workspace, Profile::from_release(release), &args)?,
        Task::Build { release } => {
            let program = build::build(&workspace, Profile::from_release(release))?;
            progress::print(&program.display().to_string());
        }
        Task::Check => check::check(&workspace)?,
        Task::Test { only } => return test::test(&workspace, &only),
        Task::Bench {
            company: true,
            program,
            ..
        } => bench::company(&workspace, program)?,
        Task::Bench {
            promotion: true,
            program,
            ..
        } => bench::promotion(&workspace, program)?,
        Task::Bench {
            trust: true,
            program,
            ..
        } => bench::trust(&workspace, program)?,
        Task::Bench {
            scan: true,
            image,
            bundle,
            thousands,
            ..
        } => bench::scan(&workspace, image, bundle, thousands)?,
        Task::Bench {
            quick,
            rounds,
            only,
            program,
            ..
        } => bench::bench(&workspace, quick, rounds, &only, program)?,
    }
    Ok(ExitCode::SUCCESS)
}
