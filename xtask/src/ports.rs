//! Loopback ports for servers under test.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use crate::process::Running;

static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A port on 127.0.0.1 that was free a moment ago, and is not given twice.
pub(crate) fn free() -> Result<u16> {
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        if GIVEN
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(port)
        {
            return Ok(port);
        }
    }
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
