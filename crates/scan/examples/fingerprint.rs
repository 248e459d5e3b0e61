//! Fingerprints a layer that lies in a file, and says what was found and how long it took:
//! `cargo run --release -p scan --example fingerprint -- LAYER.tar[.gz] [names]`
#![expect(clippy::print_stdout, reason = "it is there to print")]

use scan::fingerprint::{LayerReport, Limits, scan_layer};
use std::fs::{self, File};
use std::io;
use std::time::Instant;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or(io::Error::other("which layer?"))?;
    let begun = Instant::now();
    let report = scan_layer(File::open(path)?, "", &Limits::default(), || false)?;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{}", summary(&report, seconds));
    if arguments.next().is_some() {
        names(&report);
    }
    // what the system says of this process, where it says it
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .filter(|line| line.starts_with("VmHWM"))
        .for_each(|line| println!("{line}"));
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "it is a rate")]
fn summary(report: &LayerReport, seconds: f64) -> String {
    let rate = report.uncompressed as f64 / 1e6 / seconds;
    format!(
        "{} MB in {seconds:.2} s: {rate:.0} MB/s; {} entries, {} components, {} executables, {} owned, {} faults, incomplete: {:?}",
        report.uncompressed / 1_000_000,
        report.entries,
        report.components.len(),
        report.executables.len(),
        report.owned.len(),
        report.faults.len(),
        report.incomplete,
    )
}

fn names(report: &LayerReport) {
    for found in &report.components {
        let version = found.version.as_deref().unwrap_or("?");
        let path = found
            .paths
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        println!(
            "{}\t{}\t{version}\t{}\t{path}",
            found.kind.purl_type(),
            found.name,
            found.detector
        );
    }
    for fault in &report.faults {
        println!("fault\t{}\t{}\t{}", fault.detector, fault.path, fault.error);
    }
}
