//! The command line: what `plimsoll` can be told, and who does it. `main.rs` only calls [`main`].

mod evidence;
mod settings;
mod user;
mod verify;

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};

use self::{settings::Settings, user::UserCommand};
use crate::{
    config::{Config, Origin},
    serve, telemetry,
};

/// A container registry that only lets through what is fit to run.
///
/// `plimsoll serve` alone is a working registry: it keeps everything in one directory, listens on this machine only, and
/// prints where to open it and the first password. Settings may be given as options, as environment variables, or in a
/// TOML file; `plimsoll config` prints what was understood and where each value came from.
#[derive(Debug, Parser)]
#[command(
    name = "plimsoll",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 120
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the registry and its web interface
    ///
    /// The first start makes the user `admin`, with the password in the environment variable `PLIMSOLL_ADMIN_PASSWORD`,
    /// or with one that is made up and printed once. Stop it with Ctrl-C or SIGTERM: running requests may end first.
    Serve(Settings),
    /// Read every stored blob and compare it with its digest; prints the bad ones and exits with 1 if there are any
    ///
    /// May run beside a serving registry. It reads everything once. A lost blob, and one that was taken out of service, is
    /// answered as unknown, so that the next push of an image that has it sends it again and heals it.
    Verify {
        /// Take damaged blobs out of service: their bytes are moved to `quarantine` in the data directory
        #[arg(long)]
        quarantine: bool,
        #[command(flatten)]
        settings: Settings,
    },
    /// Verify evidence of an image that was downloaded from a registry; exits with 1 where something in it was changed
    ///
    /// Asks nobody: it needs the file, and the registry's public key, noted before from `/api/v0/events/key`.
    VerifyEvidence {
        /// The evidence, as downloaded
        file: PathBuf,
        /// The registry's public key: PEM, or the answer of `/api/v0/events/key`
        #[arg(long)]
        key: PathBuf,
        /// A checkpoint that was noted elsewhere, as `number:hash`: it has to be part of the chain
        #[arg(long)]
        checkpoint: Option<::evidence::Anchor>,
    },
    /// Make, list and rescue users, at the console
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Bring the database's schema up to date, as `serve` does when it starts
    Migrate(Settings),
    /// Print what was understood of the configuration, and where each value came from; passwords are masked
    Config(Settings),
    /// Print the version
    Version,
}

/// Does what the command line says. Errors go to standard error; 2 is for a command line that is not understood, 1 for
/// what failed.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            // Where standard error is closed too, nobody can be told.
            _ = writeln!(io::stderr(), "plimsoll: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes, each once: some say their cause themselves.
fn sentence(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .fold(String::new(), |sentence, cause| {
            if sentence.is_empty() {
                cause
            } else if sentence.contains(&cause) {
                sentence
            } else {
                format!("{sentence}: {cause}")
            }
        })
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Version => say(&format!("plimsoll {}\n", env!("CARGO_PKG_VERSION")))?,
        Command::Config(settings) => say(&settings.load()?.table())?,
        Command::Serve(settings) => {
            let config = logging(settings)?;
            runtime()?.block_on(serve::start(config))?;
        }
        Command::Migrate(settings) => {
            let config = console(settings)?;
            let (db, _) = runtime()?.block_on(serve::open(&config))?;
            drop(db);
            say(&format!("The schema is up to date: {}\n", config.database))?;
        }
        Command::Verify {
            quarantine,
            settings,
        } => {
            let config = existing(console(settings)?)?;
            return runtime()?.block_on(verify::run(&config, quarantine));
        }
        Command::VerifyEvidence {
            file,
            key,
            checkpoint,
        } => return evidence::run(&file, &key, checkpoint),
        Command::User { command } => runtime()?.block_on(user::run(command))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The configuration for serving, with logging as it says.
fn logging(settings: Settings) -> Result<Config> {
    let config = settings.load()?;
    telemetry::init(&config.log);
    Ok(config)
}

/// The configuration for a command at the console, which logs only what is wrong unless it is told a level.
fn console(settings: Settings) -> Result<Config> {
    let mut config = settings.load()?;
    if config
        .understood
        .iter()
        .any(|line| line.key == "log.level" && line.origin == Origin::Default)
    {
        "warn".clone_into(&mut config.log.level);
    }
    telemetry::init(&config.log);
    Ok(config)
}

/// The configuration of a registry that is there: a misspelt directory must not look like an empty registry.
fn existing(config: Config) -> Result<Config> {
    if !config.data_dir.is_dir() {
        bail!(
            "there is no data directory {}; name the one that the registry is served from with --data-dir",
            config.data_dir.display()
        );
    }
    Ok(config)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start threads")
}

/// To standard output.
fn say(text: &str) -> Result<()> {
    io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")
}

#[cfg(test)]
mod tests;
