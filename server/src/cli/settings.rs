//! The options that every command has: one for each setting, made from the table in `config/keys.rs`.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, ValueHint, value_parser};

use crate::config::{Config, ConfigError, Environment, KEYS, Key};

const HEADING: &str = "Settings";

/// The options as they were given.
#[derive(Debug, Default)]
pub(super) struct Settings {
    file: Option<PathBuf>,
    options: Vec<(&'static Key, String)>,
}

impl Settings {
    /// The configuration: these options, the environment and the file.
    pub(super) fn load(self) -> Result<Config, ConfigError> {
        Config::load(Environment::of_process(self.options, self.file))
    }
}

impl FromArgMatches for Settings {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |key: &'static Key| Some((key, matches.get_one::<String>(key.name)?.clone()));
        Ok(Self {
            file: matches.get_one("config").cloned(),
            options: KEYS.iter().filter_map(value).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Settings {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .value_hint(ValueHint::FilePath)
            .help("A TOML file with settings [PLIMSOLL_CONFIG]")
            .help_heading(HEADING);
        KEYS.iter().fold(command.arg(file), |command, key| {
            let help = format!("{} [{}]", key.help, key.variable());
            command.arg(
                Arg::new(key.name)
                    .long(key.option())
                    .value_name(key.value)
                    .help(help)
                    .help_heading(HEADING),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
