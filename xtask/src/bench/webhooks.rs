//! How fast webhooks are delivered to a receiver on loopback: it leaves the first request without an answer until everything that is to be
//! told is written down, so that what is measured is sending, and not pushing.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{
    Effort,
    content::{Blob, Content, Push},
    figures::rate,
    peers::{SECOND_REPOSITORY, Target},
};
use crate::{http::Connection, serve::basic};

/// Deliveries that are measured: written down before the receiver's time is over.
const DELIVERIES: usize = 4_000;
/// All of them are there by then, or something is broken.
const LIMIT: Duration = Duration::from_mins(1);

/// What the receiver has, and whether it answers.
#[derive(Default)]
struct Shared {
    answers: AtomicBool,
    received: AtomicUsize,
}

/// Deliveries per second, of one webhook, one after the other.
pub(super) fn deliveries(target: &Target, content: &Content, _: &Effort) -> Result<f64> {
    let shared = Arc::new(Shared::default());
    let port = receive(Arc::clone(&shared))?;
    let id = listen(target, port)?;
    let manifests: Vec<(String, Blob)> = (0..DELIVERIES)
        .map(|_| content.another_manifest())
        .collect();
    let mut client = Push::open(target, SECOND_REPOSITORY)?;
    for (tag, manifest) in &manifests {
        client.manifest(tag, manifest)?;
    }
    let start = Instant::now();
    shared.answers.store(true, Ordering::Release);
    while shared.received.load(Ordering::Acquire) < DELIVERIES {
        if start.elapsed() > LIMIT {
            bail!("a minute went by, and not everything was delivered");
        }
        thread::sleep(Duration::from_millis(1));
    }
    let took = start.elapsed();
    call(target, "DELETE", &format!("/api/v0/webhooks/{id}"), "")?;
    Ok(rate(DELIVERIES, took))
}

/// A webhook of the second repository, to a port of this machine.
fn listen(target: &Target, port: u16) -> Result<String> {
    let allowed = r#"{"outgoingAllowedNetworks":["127.0.0.0/8"]}"#;
    call(target, "POST", "/api/v0/meta/settings", allowed)?;
    let form = serde_json::json!({
        "type": "TAG_PUSH",
        "key": SECOND_REPOSITORY,
        "endpoint": format!("http://127.0.0.1:{port}/"),
    });
    let made = call(target, "POST", "/api/v0/webhooks", &form.to_string())?;
    let made: serde_json::Value = serde_json::from_slice(&made)?;
    let id = made.pointer("/0/id").and_then(serde_json::Value::as_str);
    Ok(id.context("a webhook without an id")?.to_owned())
}

fn call(target: &Target, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
    let authorization = basic();
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    let answer = Connection::open(target.http)?.send(method, path, &headers, body.as_bytes())?;
    if answer.status >= 300 {
        bail!("{method} {path}: {}", answer.status);
    }
    Ok(answer.body)
}

/// Takes requests on a port of this machine until the program ends.
fn receive(shared: Arc<Shared>) -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            // a connection that breaks is the sender's to open again
            thread::spawn(move || drop(serve(&stream, &shared)));
        }
    });
    Ok(port)
}

fn serve(stream: &TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut answer = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        while !shared.answers.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
        answer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        shared.received.fetch_add(1, Ordering::AcqRel);
    }
}
