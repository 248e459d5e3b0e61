//! Loopback ports for servers under test.

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::process::Running;

static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Below the ports that the system gives to connections (on Linux from 32768 on), so that none of them takes a port
/// between its choice and the start of the server it is for.
const FIRST: u16 = 15_000;
const COUNT: u16 = 17_000;

/// A port on 127.0.0.1 that was free a moment ago, and is not given twice.
pub(crate) fn free() -> Result<u16> {
    let mut given = GIVEN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let start = RandomState::new().hash_one(()) % u64::from(COUNT);
    let start = u16::try_from(start)?;
    (0..COUNT)
        .map(|step| FIRST + (start + step) % COUNT)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() && given.insert(port))
        .context("no port of 127.0.0.1 is free")
}

/// Waits until a server accepts connections on the port, at most half a minute; it must not end before.
pub(crate) fn wait_until_open(port: u16, server: &mut Running) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = server.ended()? {
            bail!("the server for port {port} ended with {status}");
        }
        if Instant::now() > deadline {
            bail!("nothing listens on port {port} after 30 s");
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}
