//! Every figure of the comparison: what it is, how it is measured, and how much better than each peer it has to be.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{
    Effort,
    content::{Blob, Content, MANIFEST, Push},
    load::{drains, drains_tls, gets, heads, wrk},
    peers::{REPOSITORY, SECOND_REPOSITORY, Target},
    webhooks::deliveries,
};
use crate::{
    http::Connection,
    serve::{basic, token_path},
};

/// A figure.
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    /// At least this many times docker-registry's, if that is asked for.
    pub(super) over_docker_registry: Option<f64>,
    /// At least this many times distribution v3's.
    pub(super) over_distribution: Option<f64>,
    pub(super) measure: fn(&mut Target, &Content, &Effort) -> Result<f64>,
    /// Only ours has it.
    ours_alone: bool,
}

/// What a figure counts, and which way is good.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// Something per second.
    PerSecond,
    /// Bytes per second.
    Throughput,
    /// Milliseconds; less is better, and at most this many.
    Milliseconds(f64),
    /// Megabytes; less is better, and at most this many.
    Megabytes(f64),
}

impl Unit {
    /// As it is printed.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{value:.0}/s"),
            Self::Throughput => format!("{:.3} GB/s", value / 1e9),
            Self::Milliseconds(_) => format!("{value:.1} ms"),
            Self::Megabytes(_) => format!("{value:.1} MB"),
        }
    }
}

impl Figure {
    const fn new(
        name: &'static str,
        unit: Unit,
        over: (Option<f64>, Option<f64>),
        measure: fn(&mut Target, &Content, &Effort) -> Result<f64>,
    ) -> Self {
        Self {
            name,
            unit,
            over_docker_registry: over.0,
            over_distribution: over.1,
            measure,
            ours_alone: false,
        }
    }

    const fn ours(
        name: &'static str,
        unit: Unit,
        measure: fn(&mut Target, &Content, &Effort) -> Result<f64>,
    ) -> Self {
        Self {
            name,
            unit,
            over_docker_registry: None,
            over_distribution: None,
            measure,
            ours_alone: true,
        }
    }

    /// Whether this server has it.
    pub(super) fn applies_to(&self, target: &Target) -> bool {
        target.is_ours() || !self.ours_alone
    }
}

use Unit::{Megabytes, Milliseconds, PerSecond, Throughput};

/// Measured after the last load, when the servers were stopped: of each as it stands there for days, with data and without work.
pub(super) const MEMORY_AT_REST: Figure = Figure::new(
    "memory at rest",
    Megabytes(40.0),
    (None, None),
    |target, _, _| target.memory_at_rest(),
);

/// In the order of the table.
pub(super) const FIGURES: [Figure; 20] = [
    Figure::new("GET /v2/", PerSecond, (None, Some(2.5)), |t, _, e| {
        gets(t, "/v2/", "*/*", e.seconds)
    }),
    Figure::new(
        "GET manifest by tag",
        PerSecond,
        (Some(12.0), Some(3.0)),
        |t, _, e| gets(t, &manifest("latest"), MANIFEST, e.seconds),
    ),
    Figure::new(
        "GET manifest by digest",
        PerSecond,
        (Some(12.0), Some(3.0)),
        |t, c, e| gets(t, &manifest(&c.manifest.digest), MANIFEST, e.seconds),
    ),
    Figure::new(
        "HEAD manifest by tag",
        PerSecond,
        (None, None),
        |t, _, e| heads(t, &manifest("latest"), MANIFEST, e.seconds),
    ),
    Figure::new(
        "HEAD blob",
        PerSecond,
        (Some(12.0), Some(2.5)),
        |t, c, e| heads(t, &blob(&c.big), "*/*", e.seconds),
    ),
    Figure::new(
        "GET small blob (1 KiB)",
        PerSecond,
        (Some(12.0), Some(10.0)),
        |t, c, e| gets(t, &blob(&c.small), "*/*", e.seconds),
    ),
    Figure::new(
        "GET 100 MiB, HTTP, 1 connection",
        Throughput,
        (Some(1.3), Some(1.15)),
        |t, c, e| drains(t, &blob(&c.big), 1, e.seconds),
    ),
    Figure::new(
        "GET 100 MiB, HTTP, 4 connections",
        Throughput,
        (Some(1.3), Some(1.15)),
        |t, c, e| drains(t, &blob(&c.big), 4, e.seconds),
    ),
    Figure::new(
        "GET 100 MiB, TLS, 1 connection",
        Throughput,
        (Some(2.0), Some(1.3)),
        |t, c, e| drains_tls(t, (&blob(&c.big), c.big.bytes.len()), 1, e.seconds),
    ),
    Figure::new(
        "GET 100 MiB, TLS, 4 connections",
        Throughput,
        (Some(2.0), Some(1.3)),
        |t, c, e| drains_tls(t, (&blob(&c.big), c.big.bytes.len()), 4, e.seconds),
    ),
    Figure::new(
        "push 100 MiB, monolithic",
        Throughput,
        (Some(2.0), Some(1.5)),
        |t, c, _| push_big(t, c, Push::monolithic),
    ),
    Figure::new(
        "push 100 MiB, 10 MiB chunks",
        Throughput,
        (Some(2.0), Some(1.5)),
        |t, c, _| push_big(t, c, Push::chunked),
    ),
    Figure::new(
        "push 1 KiB blobs, one by one",
        PerSecond,
        (Some(2.0), Some(6.0)),
        |t, _, e| push_small(t, e),
    ),
    Figure::new(
        "PUT manifest, one by one",
        PerSecond,
        (None, Some(4.0)),
        |t, c, e| put_manifests(t, c, e),
    ),
    Figure::new(
        "GET tag list (201 tags)",
        PerSecond,
        (None, Some(4.0)),
        |t, _, e| {
            gets(
                t,
                &format!("/v2/{REPOSITORY}/tags/list?n=201"),
                "*/*",
                e.seconds,
            )
        },
    ),
    Figure::ours("token, with password", PerSecond, |t, _, e| {
        tokens(t, Some(basic()), e)
    }),
    Figure::ours("token, anonymous", PerSecond, |t, _, e| tokens(t, None, e)),
    Figure::ours("webhook deliveries", PerSecond, |t, c, e| {
        deliveries(t, c, e)
    }),
    Figure::ours("first page (/sign-in)", Milliseconds(10.0), |t, _, e| {
        page(t, "/sign-in", e)
    }),
    Figure::new(
        "memory under load",
        Megabytes(100.0),
        (None, None),
        |t, _, _| t.memory_under_load(),
    ),
];

/// Measured after the last load, when the servers were stopped.
pub(super) const START_UP: Figure = Figure::new(
    "start-up to the first answer",
    Milliseconds(300.0),
    (None, None),
    |target, _, _| target.start_up(),
);

fn manifest(reference: &str) -> String {
    format!("/v2/{REPOSITORY}/manifests/{reference}")
}

fn blob(blob: &Blob) -> String {
    format!("/v2/{REPOSITORY}/blobs/{}", blob.digest)
}

/// One push of new bytes as large as the big blob; bytes per second.
fn push_big(
    target: &Target,
    content: &Content,
    push: fn(&mut Push, &Blob) -> Result<()>,
) -> Result<f64> {
    let new = Blob::random(content.big.bytes.len());
    let mut client = Push::open(target, REPOSITORY)?;
    let start = Instant::now();
    push(&mut client, &new)?;
    Ok(rate(new.bytes.len(), start.elapsed()))
}

/// POST and PUT of small new blobs, one after the other on one connection.
fn push_small(target: &Target, effort: &Effort) -> Result<f64> {
    let blobs: Vec<Blob> = (0..effort.repeats).map(|_| Blob::random(1024)).collect();
    let mut client = Push::open(target, REPOSITORY)?;
    let start = Instant::now();
    for blob in &blobs {
        client.monolithic(blob)?;
    }
    Ok(rate(blobs.len(), start.elapsed()))
}

/// New manifests under new tags, one after the other on one connection, in a repository of their own.
fn put_manifests(target: &Target, content: &Content, effort: &Effort) -> Result<f64> {
    let manifests: Vec<(String, Blob)> = (0..effort.repeats)
        .map(|_| content.another_manifest())
        .collect();
    let mut client = Push::open(target, SECOND_REPOSITORY)?;
    let start = Instant::now();
    for (tag, manifest) in &manifests {
        client.manifest(tag, manifest)?;
    }
    Ok(rate(manifests.len(), start.elapsed()))
}

/// Token requests on sixteen connections, as many clients would ask.
fn tokens(target: &Target, authorization: Option<String>, effort: &Effort) -> Result<f64> {
    let url = format!(
        "http://127.0.0.1:{}{}",
        target.http,
        token_path(&format!("repository:{REPOSITORY}:pull"))
    );
    let headers: Vec<(&str, &str)> = authorization
        .as_deref()
        .map(|value| ("Authorization", value))
        .into_iter()
        .collect();
    wrk(&url, &headers, 16, effort.seconds)
}

/// The median time of a page, in milliseconds, on one connection.
fn page(target: &Target, path: &str, effort: &Effort) -> Result<f64> {
    let mut connection = Connection::open(target.http)?;
    let mut times = vec![];
    for _ in 0..effort.repeats {
        let start = Instant::now();
        connection
            .send("GET", path, &[("Accept", "text/html")], b"")?
            .expect(200, path)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(&mut times))
}

#[expect(clippy::cast_precision_loss, reason = "a rate, shown with few digits")]
pub(super) fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The middle value; the list must not be empty.
pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
