//! `plimsoll user`: users at the console, for an administrator's forgotten password or lost second factor, and for scripts. It works on the
//! database directly, also beside a serving registry.

use std::{
    fmt::Write as _,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
};

use anyhow::{Context as _, Result, bail, ensure};
use auth::password;
use clap::Subcommand;
use db::{
    Db, accounts,
    entities::account,
    events::{New, Thing},
};
use oci::name::Namespace;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{console, existing, say, settings::Settings};
use crate::{reserved, serve};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make a user; the password is asked for, or read as a line from standard input
    Create {
        /// Lower-case letters, digits, `_`, `-` and `.`; it is also the user's namespace
        name: String,
        /// The name in words
        #[arg(long, default_value = "")]
        full_name: String,
        /// Make the user a site administrator
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        settings: Settings,
    },
    /// Give a user another password, and end the user's sessions; it is asked for, or read as a line from standard input
    SetPassword {
        /// The user's name
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// Take a user's second factor away, so that the password is enough again, and end the user's sessions
    ResetSecondFactor {
        /// The user's name
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// List all users
    List {
        #[command(flatten)]
        settings: Settings,
    },
}

pub(super) async fn run(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Create {
            name,
            full_name,
            admin,
            settings,
        } => {
            let config = console(settings)?;
            let name: Namespace = name
                .parse()
                .map_err(|error| anyhow::anyhow!("`{name}` cannot be a user's name: {error}"))?;
            if let Some(reason) = reserved::account(name.as_str()) {
                bail!(reason);
            }
            let password = new_password(name.as_str())?;
            let (db, _) = serve::open(&config).await?;
            create(&db, &name, full_name, admin, &password).await?;
            say(&format!("Made the user {}.\n", name.as_str()))
        }
        UserCommand::SetPassword { name, settings } => {
            let config = existing(console(settings)?)?;
            let (db, _) = serve::open(&config).await?;
            let account = find(&db, &name).await?;
            let password = new_password(&account.name)?;
            set_password(&db, &account, &password).await?;
            say(&format!(
                "{} has a new password; sessions and tokens made with the old one have ended.\n",
                account.name
            ))
        }
        UserCommand::ResetSecondFactor { name, settings } => {
            let (db, _) = serve::open(&existing(console(settings)?)?).await?;
            let account = find(&db, &name).await?;
            reset_second_factor(&db, &account).await?;
            say(&format!(
                "{} has no second factor any more, and is signed out everywhere.\n",
                account.name
            ))
        }
        UserCommand::List { settings } => {
            let (db, _) = serve::open(&existing(console(settings)?)?).await?;
            say(&list(&db).await?)
        }
    }
}

async fn create(
    db: &Db,
    name: &Namespace,
    full_name: String,
    is_admin: bool,
    password: &SecretString,
) -> Result<()> {
    let new = accounts::New {
        name: name.as_str().to_owned(),
        full_name,
        is_admin,
        password_hash: Some(password::hash(password.expose_secret())?),
        ..accounts::New::default()
    };
    let db = recording(db, "CREATE", "user", None, &new.name);
    accounts::create(&db, new, OffsetDateTime::now_utc()).await?;
    Ok(())
}

/// The database; what is changed through it is recorded as done at the console.
fn recording(
    db: &Db,
    kind: &'static str,
    object: &'static str,
    id: Option<Uuid>,
    name: &str,
) -> Db {
    db.recording(New {
        actor: "plimsoll user".to_owned(),
        credential: "console".to_owned(),
        kind,
        object: Thing {
            kind: object,
            id: id.map(|id| id.to_string()),
            name: name.to_owned(),
        },
        reason: "at the console of the server".to_owned(),
        ..New::default()
    })
}

async fn find(db: &Db, name: &str) -> Result<account::Model> {
    let found = accounts::find(db, name)
        .await?
        .filter(|account| !account.is_org);
    found.with_context(|| format!("there is no user {name}; `plimsoll user list` lists them"))
}

async fn set_password(db: &Db, account: &account::Model, password: &SecretString) -> Result<()> {
    let hash = password::hash(password.expose_secret())?;
    let update = accounts::Update {
        password_hash: Some(hash),
        ..accounts::Update::default()
    };
    let recording = recording(db, "UPDATE", "password", Some(account.id), &account.name);
    ensure!(
        accounts::update(&recording, account.id, update, OffsetDateTime::now_utc())
            .await?
            .is_some(),
        "the user {} has just been deleted",
        account.name
    );
    sign_out_everywhere(db, account).await
}

async fn reset_second_factor(db: &Db, account: &account::Model) -> Result<()> {
    let recording = recording(
        db,
        "DELETE",
        "secondFactor",
        Some(account.id),
        &account.name,
    );
    ensure!(
        db::second_factors::delete(&recording, account.id).await?,
        "{} has no second factor",
        account.name
    );
    sign_out_everywhere(db, account).await
}

async fn sign_out_everywhere(db: &Db, account: &account::Model) -> Result<()> {
    db::sessions::delete_of(db, account.id, None).await?;
    db::tokens::delete_refresh_tokens_of(db, account.id).await?;
    Ok(())
}

async fn list(db: &Db) -> Result<String> {
    const PAGE: u64 = 200;
    let mut text = String::new();
    let mut start: Option<String> = None;
    loop {
        // One more than a page: it is where the next one begins.
        let mut users =
            accounts::list(db, accounts::Kind::Users, None, start.as_deref(), PAGE + 1).await?;
        start = if users.len() as u64 > PAGE {
            users.pop().map(|user| user.name)
        } else {
            None
        };
        for user in users {
            let role = if user.is_admin { "admin" } else { "user" };
            let state = if user.is_active { "active" } else { "inactive" };
            _ = writeln!(
                text,
                "{:<32} {role:<5} {state:<8} {}",
                user.name, user.full_name
            );
        }
        if start.is_none() {
            return Ok(text);
        }
    }
}

/// A password for the user of that name, good enough to be one.
fn new_password(name: &str) -> Result<SecretString> {
    let password = if io::stdin().is_terminal() {
        ask()?
    } else {
        read_line()?
    };
    password::check_strength(name, password.expose_secret())?;
    Ok(password)
}

fn read_line() -> Result<SecretString> {
    let mut line = String::new();
    let read = io::stdin()
        .lock()
        .read_line(&mut line)
        .context("cannot read the password from standard input")?;
    ensure!(read > 0, "a password is expected on standard input");
    Ok(line.trim_end_matches(['\r', '\n']).into())
}

/// Asks twice, without showing what is typed.
fn ask() -> Result<SecretString> {
    let first = without_echo("New password: ")?;
    let second = without_echo("Once more: ")?;
    if first.expose_secret() != second.expose_secret() {
        bail!("the two passwords differ");
    }
    Ok(first)
}

fn without_echo(prompt: &str) -> Result<SecretString> {
    let terminal = io::stdin();
    io::stderr().write_all(prompt.as_bytes())?;
    let shown = tcgetattr(&terminal).context("cannot ask for a password here")?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
    let line = read_line();
    tcsetattr(&terminal, OptionalActions::Flush, &shown)?;
    io::stderr().write_all(b"\n")?;
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn database() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().expect("directory");
        let db = Db::open(&db::Options::Sqlite(dir.path().join("test.db")))
            .await
            .expect("database");
        (dir, db)
    }

    #[tokio::test]
    async fn users_are_made_listed_and_rescued() {
        let (_dir, db) = database().await;
        let name: Namespace = "alice".parse().expect("name");
        create(
            &db,
            &name,
            "Alice A.".to_owned(),
            true,
            &"correct horse".into(),
        )
        .await
        .expect("made");
        let again = create(&db, &name, String::new(), false, &"battery staple".into())
            .await
            .expect_err("taken");
        assert!(again.to_string().contains("exists already"), "{again}");

        let alice = find(&db, "alice").await.expect("alice");
        assert!(alice.is_admin);
        assert!(password::verify(
            alice.password_hash.as_deref(),
            "correct horse"
        ));
        set_password(&db, &alice, &"battery staple".into())
            .await
            .expect("changed");
        let alice = find(&db, "alice").await.expect("alice");
        assert!(password::verify(
            alice.password_hash.as_deref(),
            "battery staple"
        ));

        let now = OffsetDateTime::UNIX_EPOCH;
        let none = reset_second_factor(&db, &alice).await.expect_err("none");
        assert_eq!(none.to_string(), "alice has no second factor");
        db::second_factors::begin(&db, alice.id, Vec::new(), now)
            .await
            .expect("begun");
        reset_second_factor(&db, &alice).await.expect("reset");
        let left = db::second_factors::find(&db, alice.id).await;
        assert_eq!(left.expect("read"), None);

        assert_eq!(
            list(&db).await.expect("list"),
            format!("{:<32} admin active   Alice A.\n", "alice")
        );
        let error = find(&db, "bob").await.expect_err("nobody").to_string();
        assert!(error.starts_with("there is no user bob"), "{error}");
    }

    #[tokio::test]
    async fn the_list_has_everybody_once() {
        let (_dir, db) = database().await;
        for n in 0..401 {
            let new = accounts::New {
                name: format!("user{n:03}"),
                ..accounts::New::default()
            };
            accounts::create(&db, new, OffsetDateTime::UNIX_EPOCH)
                .await
                .expect("made");
        }
        let list = list(&db).await.expect("list");
        let names: Vec<_> = list
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert_eq!(
            names,
            (0..401).map(|n| format!("user{n:03}")).collect::<Vec<_>>()
        );
    }
}
