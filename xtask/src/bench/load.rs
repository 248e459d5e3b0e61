//! The loads: wrk for GET, our own loop for HEAD (wrk waits for a body that HEAD does not have), and for big blobs clients
//! that have the system throw the bytes away, so that the server is measured and not what a client does with them.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, poll};

use super::peers::{REPOSITORY, Target};
use crate::{
    http::{Connection, request_head},
    process,
};

/// Connections of a load with small answers.
const CONNECTIONS: usize = 16;

/// Loads an address with GET by wrk; requests per second. Anything but success is an error.
pub(super) fn wrk(
    url: &str,
    headers: &[(&str, &str)],
    connections: usize,
    seconds: u64,
) -> Result<f64> {
    let mut script = String::from("wrk.method = \"GET\"\n");
    for (name, value) in headers {
        writeln!(script, "wrk.headers[\"{name}\"] = \"{value}\"")?;
    }
    // by file and not by option: a token in the command line is there for everybody to read
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), script)?;
    let output = process::capture(
        Command::new("wrk")
            .args([
                "-t1",
                &format!("-c{connections}"),
                &format!("-d{seconds}s"),
                "--timeout=10s",
                "-s",
            ])
            .arg(file.path())
            .arg(url),
    )?;
    ensure!(
        !output.contains("Non-2xx"),
        "wrk got errors from {url}:\n{output}"
    );
    let rate = output
        .lines()
        .find_map(|line| line.trim().strip_prefix("Requests/sec:"))
        .context("wrk prints Requests/sec")?;
    Ok(rate.trim().parse()?)
}

/// Small GETs on sixteen connections, requests per second.
pub(super) fn gets(target: &Target, path: &str, accept: &str, seconds: u64) -> Result<f64> {
    let authorization = target.authorization(REPOSITORY)?;
    let headers: Vec<(&str, &str)> = authorization
        .as_deref()
        .map(|value| ("Authorization", value))
        .into_iter()
        .chain([("Accept", accept)])
        .collect();
    wrk(
        &format!("http://127.0.0.1:{}{path}", target.http),
        &headers,
        CONNECTIONS,
        seconds,
    )
}

/// HEADs on sixteen connections from one thread, requests per second. Anything but 200 is an error.
pub(super) fn heads(target: &Target, path: &str, accept: &str, seconds: u64) -> Result<f64> {
    let authorization = target.authorization(REPOSITORY)?;
    let headers: Vec<(&str, &str)> = authorization
        .as_deref()
        .map(|value| ("Authorization", value))
        .into_iter()
        .chain([("Accept", accept)])
        .collect();
    let request = request_head(target.http, "HEAD", path, &headers, 0);
    let mut streams = vec![];
    for _ in 0..CONNECTIONS {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, target.http))?;
        stream.set_nodelay(true)?;
        (&stream).write_all(request.as_bytes())?;
        streams.push(stream);
    }
    let mut answers = vec![vec![]; CONNECTIONS];
    let mut waiting: Vec<PollFd> = streams
        .iter()
        .map(|stream| PollFd::new(stream, PollFlags::IN))
        .collect();
    let (start, span) = (Instant::now(), Duration::from_secs(seconds));
    let mut count = 0_u32;
    let mut buffer = [0; 4096];
    while start.elapsed() < span {
        poll(&mut waiting, None)?;
        let ready = waiting.iter().map(|fd| !fd.revents().is_empty());
        for ((mut stream, answer), _) in streams
            .iter()
            .zip(&mut answers)
            .zip(ready)
            .filter(|(_, ready)| *ready)
        {
            let length = stream.read(&mut buffer)?;
            ensure!(length > 0, "the server closed the connection");
            answer.extend_from_slice(buffer.get(..length).unwrap_or_default());
            if answer.ends_with(b"\r\n\r\n") {
                ensure!(
                    answer.starts_with(b"HTTP/1.1 200 "),
                    "{}",
                    String::from_utf8_lossy(answer)
                );
                answer.clear();
                count += 1;
                stream.write_all(request.as_bytes())?;
            }
        }
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

/// Big GETs over plain HTTP, each connection in a thread that has the bytes thrown away; bytes per second.
pub(super) fn drains(target: &Target, path: &str, connections: usize, seconds: u64) -> Result<f64> {
    let authorization = target.authorization(REPOSITORY)?;
    let (start, span) = (Instant::now(), Duration::from_secs(seconds));
    let drain = || -> Result<u64> {
        let headers: Vec<(&str, &str)> = authorization
            .as_deref()
            .map(|value| ("Authorization", value))
            .into_iter()
            .collect();
        let mut connection = Connection::open(target.http)?;
        let mut bytes = 0;
        while start.elapsed() < span {
            bytes += connection.drain(path, &headers)?;
        }
        Ok(bytes)
    };
    let bytes = thread::scope(|scope| -> Result<u64> {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(drain)).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| bail!("a load thread panicked"))
            })
            .sum()
    })?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate, shown with three digits"
    )]
    Ok(bytes as f64 / start.elapsed().as_secs_f64())
}

/// Big GETs over TLS, each on a connection of its own, by a client that decrypts nothing; bytes per second.
pub(super) fn drains_tls(
    target: &Target,
    (path, length): (&str, usize),
    connections: usize,
    seconds: u64,
) -> Result<f64> {
    let orders = serde_json::json!({
        "port": target.https,
        "path": path,
        "length": length,
        "authorization": target.authorization(REPOSITORY)?,
        "connections": connections,
        "seconds": seconds,
    });
    // the orders hold a token, and a command line is there for everybody to read
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), orders.to_string())?;
    let client = include_str!("drain_tls.py");
    let printed = process::capture(
        Command::new("python3")
            .args(["-c", client])
            .arg(file.path()),
    )?;
    Ok(printed.trim().parse()?)
}
