//! What the command line understands.

use clap::{CommandFactory as _, error::ErrorKind};

use super::*;

fn parse(arguments: &[&str]) -> Result<Command, clap::Error> {
    Cli::try_parse_from([&["plimsoll"], arguments].concat()).map(|cli| cli.command)
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_setting_is_an_option_of_every_command() {
    let help = |command: &str| {
        let error = parse(&[command, "--help"]).expect_err("help");
        assert_eq!(error.kind(), ErrorKind::DisplayHelp);
        error.to_string()
    };
    for command in ["serve", "verify", "migrate", "config"] {
        let help = help(command);
        for option in [
            "--config <FILE>",
            "--data-dir <DIR>",
            "--tls-certificate <FILE>",
            "--limits-upload-idle <SECONDS>",
        ] {
            assert!(help.contains(option), "{command} {option}\n{help}");
        }
        assert!(help.contains("[PLIMSOLL_DATABASE_URL]"), "{help}");
    }
}

#[test]
fn options_become_settings() {
    let Ok(Command::Config(settings)) =
        parse(&["config", "--http", "127.0.0.1:5000", "--log-format", "json"])
    else {
        panic!("not understood");
    };
    let config = settings.load().expect("configuration");
    assert_eq!(config.http.map(|address| address.port()), Some(5000));
    assert!(
        config.table().contains("--log-format"),
        "{}",
        config.table()
    );
}

#[test]
fn the_commands() {
    assert!(matches!(parse(&["version"]), Ok(Command::Version)));
    assert!(matches!(parse(&["serve"]), Ok(Command::Serve(_))));
    assert!(matches!(
        parse(&["user", "create", "alice", "--admin", "--data-dir", "/x"]),
        Ok(Command::User {
            command: UserCommand::Create { admin: true, .. }
        })
    ));
    assert!(matches!(
        parse(&["user", "set-password", "alice"]),
        Ok(Command::User {
            command: UserCommand::SetPassword { .. }
        })
    ));
    assert!(matches!(
        parse(&["user", "list"]),
        Ok(Command::User {
            command: UserCommand::List { .. }
        })
    ));
}

#[test]
fn an_error_says_each_cause_once() {
    let inner = io::Error::other("no room");
    let error = anyhow::Error::new(inner)
        .context("the disk failed: no room")
        .context("cannot start");
    assert_eq!(sentence(&error), "cannot start: the disk failed: no room");
}

#[test]
fn what_is_not_understood_is_refused() {
    let refused = |arguments: &[&str]| parse(arguments).expect_err("refused").kind();
    assert_eq!(
        refused(&[]),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    assert_eq!(refused(&["start"]), ErrorKind::InvalidSubcommand);
    assert_eq!(
        refused(&["serve", "--htps", "off"]),
        ErrorKind::UnknownArgument
    );
    assert_eq!(refused(&["serve", "now"]), ErrorKind::UnknownArgument);
    assert_eq!(refused(&["serve", "--http"]), ErrorKind::InvalidValue);
    assert_eq!(
        refused(&["user", "create"]),
        ErrorKind::MissingRequiredArgument
    );
}
