//! Says which components are found by content alone in the executables of archives, a line each, so that the table of
//! signatures can be held against real packages: `cargo run --release -p scan --example signatures -- PACKAGE.tar …`
//! (`dpkg-deb --fsys-tarfile PACKAGE.deb` makes such an archive). The last line tells how fast it was.
#![expect(clippy::print_stdout, reason = "it is there to print")]

use scan::fingerprint::{Evidence, LayerReport, Limits, scan_layer};
use std::fs::File;
use std::io;
use std::time::Instant;

#[expect(clippy::cast_precision_loss, reason = "it is a rate")]
fn main() -> io::Result<()> {
    let begun = Instant::now();
    let (mut bytes, mut files) = (0, 0);
    for archive in std::env::args().skip(1) {
        let report = scan_layer(File::open(&archive)?, "", &Limits::default(), || false)?;
        bytes += report.uncompressed;
        files += report.executables.len();
        print(&archive, &report);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let rate = bytes as f64 / 1e6 / seconds;
    println!("{files} executables, {bytes} bytes in {seconds:.2} s: {rate:.0} MB/s");
    Ok(())
}

fn print(archive: &str, report: &LayerReport) {
    let by_content = report
        .components
        .iter()
        .filter(|found| matches!(found.evidence, Evidence::Signature | Evidence::Soname));
    for found in by_content {
        let version = found.version.as_deref().unwrap_or("?");
        for path in &found.paths {
            println!(
                "{archive}\t{path}\t{}\t{version}\t{}",
                found.name, found.detector
            );
        }
    }
    for fault in &report.faults {
        println!(
            "{archive}\t{}\tfault\t{}\t{}",
            fault.path, fault.error, fault.detector
        );
    }
}
