//! What the system says of this process.

use std::fs;

use anyhow::{Context, Result};

/// Seconds of processor time so far, of all threads, those that ended too.
pub(crate) fn cpu_seconds() -> Result<f64> {
    // fields 14 and 15 of proc(5), in hundredths of a second; the name of the program, in brackets, may hold spaces
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Option<u32> = ticks.map(|field| field.parse::<u32>().ok()).sum();
    Ok(f64::from(ticks.context("no times")?) / 100.0)
}

/// The most memory that it had, in megabytes.
pub(crate) fn peak_memory() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: u32 = line
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .context("no VmHWM")?;
    Ok(f64::from(kibibytes) * 1024.0 / 1e6)
}

/// From here on, [`peak_memory`] is counted anew.
pub(crate) fn forget_peak() -> Result<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}
