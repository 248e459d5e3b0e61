//! What this machine can do at most, measured in the same run: no server hashes or writes faster than this.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::process;

/// The machine's limits.
pub(super) struct Limits {
    /// SHA-256 on one core, bytes per second.
    pub(super) sha256: f64,
    /// 100 MiB written to a new file and synced, bytes per second.
    pub(super) durable: f64,
    /// Small appends, each synced, per second.
    pub(super) fsyncs: f64,
}

impl Limits {
    /// As a line.
    pub(super) fn describe(&self) -> String {
        format!(
            "this machine: SHA-256 {:.2} GB/s on one core, durable write of 100 MiB {:.2} GB/s, {:.0} fsync/s",
            self.sha256 / 1e9,
            self.durable / 1e9,
            self.fsyncs
        )
    }

    /// A push can be no faster than hashing and writing allow, when both happen at the same time.
    pub(super) fn push(&self) -> f64 {
        self.sha256.min(self.durable)
    }
}

/// Measures on the disk that the folder lies on.
pub(super) fn measure(folder: &Path) -> Result<Limits> {
    let block = vec![0x5a_u8; 1 << 20];
    let sha256 = hashing()?;
    let file = folder.join("limit");
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let mut new = File::create(&file)?;
        for _ in 0..100 {
            new.write_all(&block)?;
        }
        new.sync_data()?;
        best = best.min(start.elapsed());
        fs::remove_file(&file)?;
    }
    let mut log = File::create(&file)?;
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < Duration::from_secs(1) {
        log.write_all(&[0; 512])?;
        log.sync_data()?;
        count += 1;
    }
    let fsyncs = f64::from(count) / start.elapsed().as_secs_f64();
    fs::remove_file(&file)?;
    Ok(Limits {
        sha256,
        durable: bytes(100 * block.len()) / best.as_secs_f64(),
        fsyncs,
    })
}

/// Bytes that the system's own library hashes in a second: it knows all that the processor has.
fn hashing() -> Result<f64> {
    const SCRIPT: &str = "import hashlib, time\nhash, block, count, start = hashlib.sha256(), bytes(1 << 20), 0, time.monotonic()\n\
        while time.monotonic() - start < 1: hash.update(block); count += 1\nprint((count << 20) / (time.monotonic() - start))";
    let printed = process::capture(Command::new("python3").args(["-c", SCRIPT]))?;
    Ok(printed.trim().parse()?)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate, shown with three digits"
)]
fn bytes(count: usize) -> f64 {
    count as f64
}
