//! A real image: how fast its layers are read, and how soon another one of the same layers is done.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Result, ensure};
use scan::fingerprint::{Limits, scan_layer};
use serde_json::{Value, json};

use crate::{
    At,
    app::App,
    process::{cpu_seconds, peak_memory},
    say,
};

const ROUNDS: u32 = 3;
const IMAGES: usize = 9;
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The layers of the image in `folder`, the bottom one first.
fn layers(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut layers: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".tar.gz"))
        .collect();
    layers.sort();
    ensure!(
        !layers.is_empty(),
        "there are no layers in {}",
        folder.display()
    );
    Ok(layers)
}

/// Reads each layer of the image.
pub(crate) fn fingerprint(folder: &Path) -> Result<()> {
    let layers = layers(folder)?;
    let (mut bytes, mut components) = (0, 0);
    let (began, before) = (Instant::now(), cpu_seconds()?);
    for _ in 0..ROUNDS {
        (bytes, components) = (0, 0);
        for layer in &layers {
            let report = scan_layer(File::open(layer)?, LAYER, &Limits::default(), || false)?;
            bytes += report.uncompressed;
            components += report.components.len();
        }
    }
    let rounds = f64::from(ROUNDS);
    let cpu = (cpu_seconds()? - before) / rounds;
    let seconds = began.elapsed().as_secs_f64() / rounds;
    let megabytes = f64::from(u32::try_from(bytes / 1_000_000)?);
    println!(
        "{megabytes} MB in {} layers, {components} components: {cpu:.2} CPU-seconds, {seconds:.2} s. (trivy 0.76, where it is to be had: 1.1 CPU-seconds, 150 MB, and no binaries; not measured here.)",
        layers.len()
    );
    say(
        "fingerprint, by CPU-second",
        megabytes / cpu,
        "MB/s",
        Some(At::Least(250.0)),
    );
    let peak = peak_memory()?;
    say(
        "fingerprint, peak memory",
        peak,
        "MB",
        Some(At::Most(150.0)),
    );
    Ok(())
}

/// Pushes the image, and then others with the same layers.
pub(crate) async fn known_layers(folder: &Path) -> Result<()> {
    let data = tempfile::tempdir()?;
    let app = App::new(data.path()).await?;
    let mut descriptors = Vec::new();
    for layer in layers(folder)? {
        descriptors.push(blob(&app, LAYER, fs::read(layer)?).await?);
    }
    let first = scanned(&app, 0, &descriptors).await?;
    say("the image, from claim to stored", first * 1e3, "ms", None);
    let mut times = Vec::new();
    for number in 1..=IMAGES {
        times.push(scanned(&app, number, &descriptors).await?);
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(IMAGES / 2).copied().unwrap_or_default();
    say(
        "another of the same layers, from claim to stored",
        median * 1e3,
        "ms",
        Some(At::Most(50.0)),
    );
    Ok(())
}

async fn blob(app: &App, media_type: &str, content: Vec<u8>) -> Result<Value> {
    let digest = oci::Digest::of(oci::Algorithm::Sha256, &content);
    let size = content.len();
    let path = format!("/v2/admin/app/blobs/uploads/?digest={digest}");
    app.push("POST", &path, "application/octet-stream", content)
        .await?;
    Ok(json!({"mediaType": media_type, "digest": digest, "size": size}))
}

/// Pushes an image of these layers, and answers in how many seconds the queue was empty.
async fn scanned(app: &App, number: usize, layers: &[Value]) -> Result<f64> {
    let config = json!({"architecture": "amd64", "os": "linux", "author": number.to_string(),
        "config": {}, "rootfs": {"type": "layers", "diff_ids": []}});
    let config = blob(app, CONFIG, config.to_string().into_bytes()).await?;
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
    let path = format!("/v2/admin/app/manifests/v{number}");
    app.push("PUT", &path, MANIFEST, manifest.to_string())
        .await?;
    let began = Instant::now();
    server::scanning::settle(&app.state).await;
    let spent = began.elapsed().as_secs_f64();
    let tags = app
        .call("GET", "/api/v0/repositories/admin/app/tags", "", "")
        .await?;
    let tags: Vec<Value> = serde_json::from_slice(&tags)?;
    for tag in tags {
        let state = tag
            .pointer("/vuln_summary/last_scan_status")
            .and_then(Value::as_i64);
        // read, or read and judged
        ensure!(
            matches!(state, Some(4 | 6)),
            "it was not scanned: {state:?}"
        );
    }
    Ok(spent)
}
