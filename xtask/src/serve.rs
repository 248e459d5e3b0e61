//! Our own program as a server under test: on idle loopback ports, with a data directory of its own.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{http::Connection, ports, process::Running};

/// The administrator's name, and the password the tests give him at first start.
pub(crate) const ADMIN: &str = "admin";
pub(crate) const PASSWORD: &str = "a password for tests only";

/// A running server; ended when dropped.
pub(crate) struct Plimsoll {
    running: Running,
    pub(crate) http: u16,
    pub(crate) https: u16,
}

impl Plimsoll {
    /// Starts the program on a data directory and waits until it listens.
    pub(crate) fn start(program: &Path, data: &Path) -> Result<Self> {
        let (http, https) = (ports::free()?, ports::free()?);
        let mut running = Running::start_logged(
            &mut Self::command(program, data, http, https),
            &data.with_extension("log"),
        )?;
        ports::wait_until_open(http, &mut running)
            .with_context(|| format!("see {}", data.with_extension("log").display()))?;
        Ok(Self {
            running,
            http,
            https,
        })
    }

    /// The command that serves a data directory on these ports.
    pub(crate) fn command(program: &Path, data: &Path, http: u16, https: u16) -> Command {
        let mut command = Command::new(program);
        command
            .arg("serve")
            .args([
                "--http",
                &format!("127.0.0.1:{http}"),
                "--https",
                &format!("127.0.0.1:{https}"),
            ])
            .arg("--data-dir")
            .arg(data)
            .env("PLIMSOLL_ADMIN_PASSWORD", PASSWORD);
        command
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> i32 {
        self.running.group()
    }

    /// Creates a private repository, `namespace/name`.
    pub(crate) fn create_repository(&self, name: &str) -> Result<()> {
        let (namespace, name) = name.split_once('/').context("namespace/name")?;
        let body = serde_json::json!({ "name": name, "visibility": "private" }).to_string();
        let basic = basic();
        let headers = [
            ("Authorization", basic.as_str()),
            ("Content-Type", "application/json"),
        ];
        Connection::open(self.http)?
            .send(
                "POST",
                &format!("/api/v0/repositories/{namespace}"),
                &headers,
                body.as_bytes(),
            )?
            .expect(201, "creating a repository")?;
        Ok(())
    }

    /// A registry token for the administrator, valid for five minutes.
    pub(crate) fn token(&self, scope: &str) -> Result<String> {
        let answer = Connection::open(self.http)?
            .send(
                "GET",
                &token_path(scope),
                &[("Authorization", &basic())],
                b"",
            )?
            .expect(200, "asking for a token")?;
        let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
        Ok(answer
            .get("token")
            .and_then(serde_json::Value::as_str)
            .context("an answer with a token")?
            .to_owned())
    }
}

/// Where a token for a scope is asked for.
pub(crate) fn token_path(scope: &str) -> String {
    format!("/auth/token?service=plimsoll&scope={scope}")
}

/// The administrator's `Authorization` for basic authentication.
pub(crate) fn basic() -> String {
    format!(
        "Basic {}",
        BASE64_STANDARD.encode(format!("{ADMIN}:{PASSWORD}"))
    )
}
