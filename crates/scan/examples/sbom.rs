//! Writes the bill of materials of layers, the bottom one first: `sbom spdx|cyclonedx LAYER…`, to standard output. Layers are tars, plain or
//! compressed. `end2end/clients/check-sbom.py` checks what comes out.

use scan::fingerprint::{LayerReport, Limits, compose, scan_layer};
use scan::sbom::{ImageFacts, ImageLayer, write_cyclonedx, write_spdx};
use std::fs::File;
use std::io::{BufWriter, Error};
use time::OffsetDateTime;

fn main() -> Result<(), Error> {
    let mut words = std::env::args().skip(1);
    let format = words.next().unwrap_or_default();
    let paths: Vec<String> = words.collect();
    let reports = paths
        .iter()
        .map(|path| layer(path))
        .collect::<Result<Vec<_>, _>>()?;
    let report = compose(&reports.iter().collect::<Vec<_>>());
    // the documents name content; here nobody has hashed it
    let digests: Vec<String> = (0..paths.len())
        .map(|at| format!("sha256:{at:064x}"))
        .collect();
    let layers: Vec<ImageLayer<'_>> = digests
        .iter()
        .zip(&reports)
        .map(|(digest, report)| ImageLayer {
            digest,
            files: &report.executables,
        })
        .collect();
    let manifest = format!("sha256:{:064x}", 0xab);
    let facts = ImageFacts {
        repository: "registry.example/team/app",
        tag: Some("1.0"),
        manifest_digest: &manifest,
        platform: Some("linux/amd64"),
        layers: &layers,
        created: OffsetDateTime::UNIX_EPOCH,
        tool_version: env!("CARGO_PKG_VERSION"),
    };
    let out = BufWriter::new(std::io::stdout().lock());
    match format.as_str() {
        "spdx" => write_spdx(&report, &facts, out),
        "cyclonedx" => write_cyclonedx(&report, &facts, out),
        _ => Err(Error::other("the format is spdx or cyclonedx")),
    }
}

fn layer(path: &str) -> Result<LayerReport, Error> {
    scan_layer(File::open(path)?, "", &Limits::default(), || false)
}
