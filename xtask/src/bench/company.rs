//! `cargo xtask bench --company`: how long pages and decisions take in an organization of 10 000 users, 1 000 teams and 10 000
//! private repositories, on SQLite.

use std::{fs, path::PathBuf, process::Command, time::Instant};

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    build,
    http::Connection,
    process,
    progress::{print, step},
    serve::{PASSWORD, Plimsoll},
    workspace::{Profile, Workspace},
};

/// The slowest that a page may be, in milliseconds.
const TARGET: f64 = 30.0;
/// How often each is asked for.
const REPEATS: usize = 50;

/// Who asks: somebody of five teams, the owner of the organization, the site administrator.
const PEOPLE: [&str; 3] = ["user05000", "user00000", "admin"];

/// The lists, near their ends, where an offset would be slowest.
const LISTS: [&str; 10] = [
    "/api/v0/repositories?pageSize=25&count=true",
    "/api/v0/repositories?pageSize=25&count=true&pageStart=acme/repo09900",
    "/api/v0/repositories?pageSize=25&filter=repo0999",
    "/api/v0/repositories/acme?pageSize=25&pageStart=acme/repo09900",
    "/enzi/v0/accounts/acme/members?limit=25&start=user09000",
    "/enzi/v0/accounts/acme/members?limit=25&contains=9999",
    "/enzi/v0/accounts/acme/teams?limit=25&start=team0900",
    "/enzi/v0/accounts/acme/teams/team0000/members?limit=25",
    "/api/v0/index/autocomplete?query=repo&limit=8",
    "/api/v0/api_tokens?pageSize=25",
];
/// What only some may see.
const OTHERS: [(&str, &str); 5] = [
    (
        "/enzi/v0/accounts?filter=users&limit=25&start=user09000",
        "admin",
    ),
    ("/api/v0/events?pageSize=25", "admin"),
    (
        "/api/v0/accounts/acme/teams/team0003/repositoryAccess?pageSize=25",
        "user00003",
    ),
    ("/api/v0/repositories/acme/repo00003", "user00003"),
    (
        "/api/v0/repositories/acme/repo00003/access/explain",
        "user00003",
    ),
];

/// Measures and prints the table.
pub(super) fn measure(workspace: &Workspace, program: Option<PathBuf>) -> Result<()> {
    let program = match program {
        Some(program) => program,
        None => build::build(workspace, Profile::Release)?,
    };
    let scratch = workspace.target.join("bench");
    fs::create_dir_all(&scratch)?;
    let folder = tempfile::tempdir_in(&scratch)?;
    let data = folder.path().join("data");
    step("10 000 users, 1 000 teams, 10 000 repositories", || {
        let server = Plimsoll::start(&program, &data)?;
        // It listens before its database is made.
        server.token("registry:catalog:*")?;
        drop(server);
        let database = fs::read_dir(&data)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|extension| extension == "db"))
            .context("no database in the data directory")?;
        let script = folder.path().join("fill.py");
        fs::write(&script, include_str!("fill.py"))?;
        process::run(Command::new("python3").arg(script).arg(database))
    })?;
    let server = Plimsoll::start(&program, &data)?;
    let lists = LISTS
        .iter()
        .flat_map(|path| PEOPLE.map(|person| (*path, person)));
    let mut slowest: f64 = 0.0;
    for (path, person) in lists.chain(OTHERS) {
        let (median, worst) = time(&server, path, person)?;
        slowest = slowest.max(median);
        print(&format!(
            "{path:<72} {person:<10} {median:6.1} ms  (slowest {worst:.1})"
        ));
    }
    print(&format!(
        "slowest page: {slowest:.1} ms (at most {TARGET}: {})",
        if slowest <= TARGET { "yes" } else { "NO" }
    ));
    Ok(())
}

/// Milliseconds of a request on a connection that is kept: the median, and the slowest after the first.
fn time(server: &Plimsoll, path: &str, person: &str) -> Result<(f64, f64)> {
    let basic = BASE64_STANDARD.encode(format!("{person}:{PASSWORD}"));
    let authorization = format!("Basic {basic}");
    let mut connection = Connection::open(server.http)?;
    let mut times = Vec::with_capacity(REPEATS);
    for _ in 0..=REPEATS {
        let start = Instant::now();
        connection
            .send("GET", path, &[("Authorization", &authorization)], b"")?
            .expect(200, path)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    let mut warm = times.split_off(1);
    warm.sort_by(f64::total_cmp);
    let median = warm.get(warm.len() / 2).copied().unwrap_or_default();
    Ok((median, warm.last().copied().unwrap_or_default()))
}
