//! The three servers: ours and the two it is compared with, each on idle loopback ports with HTTP and TLS.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{
    http::Connection,
    ports,
    process::{self, Running},
    progress::say,
    serve::Plimsoll,
    setup,
    workspace::Workspace,
};

/// A server that hardly works for so long has nothing to do…
const STILL: Duration = Duration::from_secs(3);
/// …and this is hardly, in hundredths of a second.
const HARDLY: u64 = 3;
/// What the loads left to be done, such as images to be scanned, is done after so long.
const PATIENCE: Duration = Duration::from_mins(5);

/// The repository that the loads work on, and the one that only manifests are put into.
pub(super) const REPOSITORY: &str = "admin/bench";
pub(super) const SECOND_REPOSITORY: &str = "admin/bench-put";

/// A server under load.
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) http: u16,
    pub(super) https: u16,
    kind: Kind,
}

enum Kind {
    /// One process with both addresses.
    Ours {
        server: Option<Plimsoll>,
        program: PathBuf,
        data: PathBuf,
    },
    /// One process to an address, plain first.
    Peer {
        servers: Vec<Running>,
        program: PathBuf,
        config: PathBuf,
    },
}

impl Target {
    /// Whether this is our own server.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours { .. })
    }

    /// The `Authorization` that a request for a repository needs; the peers take everybody.
    pub(super) fn authorization(&self, repository: &str) -> Result<Option<String>> {
        match &self.kind {
            Kind::Ours { server, .. } => {
                let server = server.as_ref().context("the server was stopped")?;
                Ok(Some(format!(
                    "Bearer {}",
                    server.token(&format!("repository:{repository}:pull,push"))?
                )))
            }
            Kind::Peer { .. } => Ok(None),
        }
    }

    fn program(&self) -> &Path {
        match &self.kind {
            Kind::Ours { program, .. } | Kind::Peer { program, .. } => program,
        }
    }

    /// Ends its processes; only [`Self::start_up`] can be asked for afterwards.
    pub(super) fn stop(&mut self) {
        match &mut self.kind {
            Kind::Ours { server, .. } => drop(server.take()),
            Kind::Peer { servers, .. } => servers.clear(),
        }
    }

    /// Resident memory at its highest, in MB, of the process that serves plain HTTP.
    pub(super) fn memory_under_load(&self) -> Result<f64> {
        let pid = match &self.kind {
            Kind::Ours { server, .. } => server.as_ref().map(Plimsoll::pid),
            Kind::Peer { servers, .. } => servers.first().map(Running::group),
        };
        memory(pid.context("the server was stopped")?, "VmHWM:")
    }

    /// Milliseconds from a start on the data that the loads left to the first answer.
    pub(super) fn start_up(&self) -> Result<f64> {
        Ok(self.start_again()?.1)
    }

    /// Resident memory, in MB, after a start on the data that the loads left, when nothing is left to be done and nobody asks for anything.
    /// Pages of the program are read from the disk, as after the machine was started: what is in memory of a file that was just written is
    /// in big pieces, and the system maps all of a piece of which a byte is touched.
    pub(super) fn memory_at_rest(&self) -> Result<f64> {
        let (working, _) = self.start_again()?;
        rest(working.group())?;
        drop(working);
        forget(self.program())?;
        let (running, _) = self.start_again()?;
        rest(running.group())?;
        memory(running.group(), "VmRSS:")
    }

    /// Starts it on the data that the loads left; how many milliseconds its first answer took.
    fn start_again(&self) -> Result<(Running, f64)> {
        let (http, https) = (ports::free()?, ports::free()?);
        let log = tempfile::NamedTempFile::new()?;
        let (mut command, path) = match &self.kind {
            Kind::Ours { program, data, .. } => {
                (Plimsoll::command(program, data, http, https), "/_ping")
            }
            Kind::Peer {
                program, config, ..
            } => {
                let moved = config.with_file_name("start.yml");
                let text = fs::read_to_string(config)?
                    .replace(&format!(":{}", self.http), &format!(":{http}"));
                fs::write(&moved, text)?;
                (peer_command(program, &moved), "/v2/")
            }
        };
        let start = Instant::now();
        let mut running = Running::start_logged(&mut command, log.path())?;
        loop {
            if let Ok(mut connection) = Connection::open(http)
                && connection
                    .send("GET", path, &[], b"")
                    .is_ok_and(|answer| answer.status == 200)
            {
                return Ok((running, start.elapsed().as_secs_f64() * 1000.0));
            }
            if running.ended()?.is_some() || start.elapsed() > Duration::from_secs(30) {
                bail!("it does not start: {}", fs::read_to_string(log.path())?);
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

/// Lets the system forget what it holds of a file in memory.
fn forget(path: &Path) -> Result<()> {
    let file = fs::File::open(path)?;
    file.sync_all()?;
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
    Ok(())
}

/// Waits until a process has nothing to do.
fn rest(pid: i32) -> Result<()> {
    let start = Instant::now();
    let mut before = processor_time(pid)?;
    while start.elapsed() < PATIENCE {
        std::thread::sleep(STILL);
        let now = processor_time(pid)?;
        if now - before <= HARDLY {
            return Ok(());
        }
        before = now;
    }
    bail!("it does not come to rest")
}

/// What a process has used of processors, in hundredths of a second (proc(5): `utime` and `stime`).
fn processor_time(pid: i32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let used = fields.split_whitespace().skip(11).take(2);
    let used: Result<Vec<u64>, _> = used.map(str::parse).collect();
    Ok(used?.iter().sum())
}

/// A field of what the system says of a process's memory, in MB.
fn memory(pid: i32, name: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with(name))
        .with_context(|| format!("no {name}"))?;
    let kilobytes: f64 = line
        .split_whitespace()
        .nth(1)
        .context("a number")?
        .parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}

/// Starts all that can be had here.
pub(super) fn start_all(
    workspace: &Workspace,
    program: &Path,
    folder: &Path,
) -> Result<Vec<Target>> {
    let data = folder.join("plimsoll");
    let server = Plimsoll::start(program, &data)?;
    for name in [REPOSITORY, SECOND_REPOSITORY] {
        server.create_repository(name)?;
    }
    let (http, https) = (server.http, server.https);
    let kind = Kind::Ours {
        server: Some(server),
        program: program.to_owned(),
        data,
    };
    let mut targets = vec![Target {
        name: "plimsoll",
        http,
        https,
        kind,
    }];
    match process::which("docker-registry") {
        Some(program) => targets.push(start_peer(
            "docker-registry",
            &program,
            &folder.join("docker-registry"),
        )?),
        None => say(
            "docker-registry is not installed (Debian: apt-get install docker-registry); left out",
        ),
    }
    match setup::go_install(
        workspace,
        "github.com/distribution/distribution/v3/cmd/registry",
        "latest",
    )? {
        Some(program) => targets.push(start_peer(
            "distribution-v3",
            &program,
            &folder.join("distribution"),
        )?),
        None => say("distribution v3 is a Go program, and Go is not installed; left out"),
    }
    Ok(targets)
}

/// One address to a process: two processes over one store.
fn start_peer(name: &'static str, program: &Path, folder: &Path) -> Result<Target> {
    fs::create_dir_all(folder)?;
    let (key, certificate) = (folder.join("server.key"), folder.join("server.crt"));
    process::capture(
        Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ])
            .args(["-subj", "/CN=localhost", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate),
    )?;
    let (http, https) = (ports::free()?, ports::free()?);
    let tls = format!(
        "  tls: {{certificate: {}, key: {}}}\n",
        certificate.display(),
        key.display()
    );
    let config = folder.join("plain.yml");
    fs::write(&config, configuration(folder, http))?;
    fs::write(folder.join("tls.yml"), configuration(folder, https) + &tls)?;
    let start = |port, config: &Path| -> Result<Running> {
        let mut running = Running::start_logged(
            &mut peer_command(program, config),
            &config.with_extension("log"),
        )?;
        ports::wait_until_open(port, &mut running)?;
        Ok(running)
    };
    let servers = vec![
        start(http, &config)?,
        start(https, &folder.join("tls.yml"))?,
    ];
    Ok(Target {
        name,
        http,
        https,
        kind: Kind::Peer {
            servers,
            program: program.to_owned(),
            config,
        },
    })
}

fn peer_command(program: &Path, config: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .arg("serve")
        .arg(config)
        .env("OTEL_TRACES_EXPORTER", "none");
    command
}

fn configuration(folder: &Path, port: u16) -> String {
    format!(
        "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\nstorage:\n  filesystem: \
         {{rootdirectory: {}/data, maxthreads: 100}}\n  delete: {{enabled: true}}\n  cache: {{blobdescriptor: inmemory}}\n\
         http:\n  addr: 127.0.0.1:{port}\n  secret: bench\n",
        folder.display()
    )
}
