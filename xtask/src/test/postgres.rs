//! A PostgreSQL of the tests' own: a fresh cluster in a temporary folder, on loopback. The database tests run on it once
//! more, and the operator's journey uses it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Tally, cargo};
use crate::{
    ports,
    process::{self, Running, is_root},
    progress::step,
    workspace::Workspace,
};

/// Runs them, or says that PostgreSQL is not installed.
pub(super) fn on_postgresql(workspace: &Workspace) -> Result<Tally> {
    match Cluster::start()? {
        Some(cluster) => cargo::on(workspace, &cluster.url()),
        None => Ok(Tally::skip(
            "PostgreSQL is not installed (Debian: apt-get install postgresql)",
        )),
    }
}

/// A running PostgreSQL; it ends, and its data goes, with this value.
pub(super) struct Cluster {
    port: u16,
    _server: Running,
    _folder: TempDir,
}

impl Cluster {
    /// A fresh one, where PostgreSQL is installed.
    pub(super) fn start() -> Result<Option<Self>> {
        let Some(bin) = newest_installed() else {
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        let port = ports::free()?;
        let server = step("starting PostgreSQL", || start(&bin, folder.path(), port))?;
        Ok(Some(Self {
            port,
            _server: server,
            _folder: folder,
        }))
    }

    /// Where it is, for who may do everything there.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// The programs of the newest version Debian has here.
fn newest_installed() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|folder| {
            let version = folder.file_name().to_str()?.parse().ok()?;
            let bin = folder.path().join("bin");
            bin.join("initdb").exists().then_some((version, bin))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin)
}

/// Makes a cluster and starts it. Nothing in it outlives the run, so it need not be durable.
fn start(bin: &Path, folder: &Path, port: u16) -> Result<Running> {
    let data = folder.join("data");
    if is_root() {
        process::run(Command::new("chown").arg("postgres:postgres").arg(folder))?;
    }
    process::capture(
        as_postgres(&bin.join("initdb"))
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data),
    )?;
    let settings = [
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "max_connections=300",
        "listen_addresses=127.0.0.1",
    ];
    let mut server = as_postgres(&bin.join("postgres"));
    server
        .arg("-D")
        .arg(&data)
        .args(["-p", &port.to_string()])
        .arg("-k")
        .arg(folder);
    for setting in settings {
        server.args(["-c", setting]);
    }
    let log = tempfile::NamedTempFile::new()?;
    let mut server = Running::start_logged(&mut server, log.path())?;
    ports::wait_until_open(port, &mut server)
        .with_context(|| fs::read_to_string(log.path()).unwrap_or_default())?;
    Ok(server)
}

/// PostgreSQL refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
        .arg(program)
        .current_dir("/");
    command
}
