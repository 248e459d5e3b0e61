//! The first word with PostgreSQL: whether it is there, and lets us in. A pool would try again and again, and in the end
//! speak of itself; here it is said what was tried, what came of it, and what to do. Passwords are not.

use std::{pin::pin, str::FromStr as _, time::Duration};

use sea_orm::sqlx::{
    self, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions,
};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{Error, Result};

/// How long PostgreSQL may take to answer, or to come up.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who waits so long is told for what.
const SILENCE: Duration = Duration::from_secs(2);
/// Between two questions whether it has come up.
const PAUSE: Duration = Duration::from_millis(250);

/// Answers when PostgreSQL has let us into the database.
pub(crate) async fn reach(url: &str) -> Result<()> {
    let options = PgConnectOptions::from_str(url).map_err(|error| {
        Error::Setup(format!(
            "the address of PostgreSQL cannot be read: {error}; correct --database-url"
        ))
    })?;
    let target = Target::of(&options);
    let mut knocking = pin!(knock(&options, Instant::now() + PATIENCE));
    let answer = tokio::select! {
        answer = &mut knocking => answer,
        () = sleep(SILENCE) => {
            tracing::warn!(
                server = target.server,
                "waiting up to {} s for PostgreSQL to answer",
                PATIENCE.as_secs()
            );
            knocking.await
        }
    };
    let connection = answer.map_err(|refusal| Error::Setup(target.explain(&refusal)))?;
    // It was only asked for; how it ends is of no interest.
    drop(connection.close().await);
    Ok(())
}

/// Why there is no connection.
#[derive(Debug)]
enum Refusal {
    /// No answer in time.
    Silence,
    /// The answer.
    Error(sqlx::Error),
}

/// Connects. Who comes up is asked again until then; everybody else is asked once.
async fn knock(options: &PgConnectOptions, until: Instant) -> Result<PgConnection, Refusal> {
    loop {
        match timeout_at(until, options.connect()).await {
            Ok(Ok(connection)) => return Ok(connection),
            Ok(Err(error))
                if code(&error).as_deref() == Some(STARTING) && Instant::now() + PAUSE < until =>
            {
                sleep(PAUSE).await;
            }
            Ok(Err(error)) => return Err(Refusal::Error(error)),
            Err(_) => return Err(Refusal::Silence),
        }
    }
}

// Codes of PostgreSQL's errors (its documentation, appendix A).
const STARTING: &str = "57P03";
const NO_DATABASE: &str = "3D000";
const NO_ENTRY: [&str; 3] = ["28P01", "28000", "42501"];

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Who was asked for what.
struct Target {
    /// Host and port, or the socket's folder.
    server: String,
    host: String,
    database: String,
    user: String,
}

impl Target {
    fn of(options: &PgConnectOptions) -> Self {
        let user = options.get_username().to_owned();
        Self {
            server: match options.get_socket() {
                Some(folder) => folder.display().to_string(),
                None => format!("{}:{}", options.get_host(), options.get_port()),
            },
            host: options.get_host().to_owned(),
            database: options.get_database().unwrap_or(&user).to_owned(),
            user,
        }
    }

    fn explain(&self, refusal: &Refusal) -> String {
        let Self {
            server,
            host,
            database,
            user,
        } = self;
        let wanted = format!("the database `{database}` for the user `{user}`");
        let error = match refusal {
            Refusal::Silence => {
                return format!(
                    "PostgreSQL at {server} did not answer within {} s, when asked for {wanted}; \
                     see whether it runs and a firewall lets us through, or correct --database-url",
                    PATIENCE.as_secs()
                );
            }
            Refusal::Error(error) => error,
        };
        if let Some(answer) = error.as_database_error() {
            let message = answer.message();
            return match code(error).as_deref().unwrap_or_default() {
                STARTING => format!(
                    "PostgreSQL at {server} has not come up within {} s: {message}; try again when it has",
                    PATIENCE.as_secs()
                ),
                NO_DATABASE => format!(
                    "PostgreSQL at {server} lets the user `{user}` in, but has no database `{database}`; \
                     make it there with CREATE DATABASE, or name another with --database-url"
                ),
                code if NO_ENTRY.contains(&code) => format!(
                    "PostgreSQL at {server} refuses {wanted}: {message}; \
                     correct the user and the password in --database-url"
                ),
                _ => format!("PostgreSQL at {server} refuses {wanted}: {message}"),
            };
        }
        match error {
            sqlx::Error::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused => {
                format!(
                    "nothing listens at {server} (connection refused), where PostgreSQL should have {wanted}; \
                     start it there, or correct --database-url"
                )
            }
            sqlx::Error::Io(cause) if cause.to_string().contains("lookup") => format!(
                "the host `{host}`, where PostgreSQL should have {wanted}, cannot be found: {cause}; \
                 correct --database-url"
            ),
            sqlx::Error::Tls(cause) => format!(
                "no TLS can be spoken with PostgreSQL at {server}: {cause}; see `sslmode` in --database-url"
            ),
            cause => format!(
                "PostgreSQL at {server}, asked for {wanted}, cannot be spoken to: {cause}; \
                 see whether it is PostgreSQL that runs there, or correct --database-url"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
