//! Counters for Prometheus. Requests are counted in plain arrays of atomics, by kind of route, method and class of status:
//! a pull costs three additions and no look-up, and the number of series is bounded whatever clients ask for.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::http::{Method, StatusCode};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{
        MetricType, counter::ConstCounter, family::Family, gauge::ConstGauge, histogram::Histogram,
        info::Info,
    },
    registry::{Registry, Unit},
};
use time::OffsetDateTime;

use crate::trust;

/// What a request is about, as far as metrics tell requests apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Route {
    Base,
    Manifest,
    Blob,
    Upload,
    Tags,
    Referrers,
    Catalog,
    Trust,
    Token,
    Api,
    Asset,
    System,
    Page,
}

const ROUTES: [(Route, &str); 13] = [
    (Route::Base, "base"),
    (Route::Manifest, "manifest"),
    (Route::Blob, "blob"),
    (Route::Upload, "upload"),
    (Route::Tags, "tags"),
    (Route::Referrers, "referrers"),
    (Route::Catalog, "catalog"),
    (Route::Trust, "trust"),
    (Route::Token, "token"),
    (Route::Api, "api"),
    (Route::Asset, "asset"),
    (Route::System, "system"),
    (Route::Page, "page"),
];
const METHODS: [&str; 7] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "other"];
const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Upper bounds in seconds.
const SECONDS: [f64; 10] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0,
];

impl Route {
    /// The kind of a path. `/v2` paths are told apart by their last but one part, as names have slashes too.
    pub fn of(path: &str) -> Self {
        let Some(rest) = path.strip_prefix("/v2") else {
            return match path.split('/').nth(1).unwrap_or_default() {
                "auth" => Self::Token,
                "api" if path.len() > "/api".len() => Self::Api,
                "enzi" => Self::Api,
                "assets" => Self::Asset,
                "_ping" | "health" | "metrics" | "ca" => Self::System,
                _ => Self::Page,
            };
        };
        if trust::is_trust(path) {
            return Self::Trust;
        }
        let mut parts = rest.rsplit('/');
        match (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        ) {
            ("uploads", "blobs") | (_, "uploads") => Self::Upload,
            (_, "blobs") => Self::Blob,
            (_, "manifests") => Self::Manifest,
            (_, "referrers") => Self::Referrers,
            ("list", "tags") => Self::Tags,
            ("_catalog", _) => Self::Catalog,
            _ => Self::Base,
        }
    }

    /// Whether it belongs to `/v2`, where pulls are too many to log each.
    pub fn is_registry(self) -> bool {
        (self as usize) < Self::Token as usize
    }
}

/// All meters of the program; a clone counts into the same.
#[derive(Clone)]
pub struct Meters {
    http: Arc<Http>,
    registry: Arc<Registry>,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Http {
    requests: [[[AtomicU64; STATUSES.len()]; METHODS.len()]; ROUTES.len()],
    received: [AtomicU64; ROUTES.len()],
    sent: [AtomicU64; ROUTES.len()],
    seconds: [Histogram; ROUTES.len()],
}

impl Meters {
    /// Everything at zero, for a process that started at `started`.
    pub fn new(started: OffsetDateTime) -> Self {
        let seconds = Family::<[(&str, &str); 1], Histogram, _>::new_with_constructor(
            new_histogram as fn() -> Histogram,
        );
        let http = Arc::new(Http {
            requests: Default::default(),
            received: Default::default(),
            sent: Default::default(),
            seconds: ROUTES.map(|(_, name)| seconds.get_or_create_owned(&[("route", name)])),
        });
        let mut registry = Registry::with_prefix("plimsoll");
        registry.register_with_unit(
            "http_request_duration",
            "Time until the head of the answer was ready, by kind of route",
            Unit::Seconds,
            seconds,
        );
        registry.register_collector(Box::new(Arc::clone(&http)));
        registry.register(
            "build",
            "The program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        registry.register_collector(Box::new(Process { started }));
        Self {
            http,
            registry: Arc::new(registry),
        }
    }

    /// A request was answered.
    pub fn answered(&self, route: Route, method: &Method, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100)
            .saturating_sub(1)
            .min(STATUSES.len() - 1);
        self.http.requests[route as usize][method_index(method)][class].fetch_add(1, Relaxed);
        self.http.seconds[route as usize].observe(took.as_secs_f64());
    }

    /// Bytes of a request's body arrived.
    pub fn received(&self, route: Route, bytes: u64) {
        self.http.received[route as usize].fetch_add(bytes, Relaxed);
    }

    /// An answer announced so many bytes.
    pub fn sent(&self, route: Route, bytes: u64) {
        self.http.sent[route as usize].fetch_add(bytes, Relaxed);
    }

    /// All of it in the `OpenMetrics` text format 1.0, whose type is [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut text = String::new();
        match prometheus_client::encoding::text::encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(fmt::Error) => String::new(),
        }
    }
}

/// What [`Meters::render`] makes.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

fn new_histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn method_index(method: &Method) -> usize {
    match *method {
        Method::GET => 0,
        Method::HEAD => 1,
        Method::PUT => 2,
        Method::POST => 3,
        Method::PATCH => 4,
        Method::DELETE => 5,
        _ => 6,
    }
}

impl Collector for Http {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut requests = encoder.encode_descriptor(
            "http_requests",
            "Requests answered, by kind of route, method and class of status",
            None,
            MetricType::Counter,
        )?;
        for ((_, route), methods) in ROUTES.iter().zip(&self.requests) {
            for (method, statuses) in METHODS.iter().zip(methods) {
                for (status, count) in STATUSES.iter().zip(statuses) {
                    let count = count.load(Relaxed);
                    if count > 0 {
                        let labels = [("route", *route), ("method", *method), ("status", *status)];
                        ConstCounter::new(count).encode(requests.encode_family(&labels)?)?;
                    }
                }
            }
        }
        for (name, help, counts) in [
            (
                "http_request_body",
                "Bytes of requests' bodies that arrived, by kind of route",
                &self.received,
            ),
            (
                "http_response_body",
                "Bytes of answers' bodies as announced, by kind of route",
                &self.sent,
            ),
        ] {
            let mut bytes =
                encoder.encode_descriptor(name, help, Some(&Unit::Bytes), MetricType::Counter)?;
            for ((_, route), count) in ROUTES.iter().zip(counts) {
                ConstCounter::new(count.load(Relaxed))
                    .encode(bytes.encode_family(&[("route", *route)])?)?;
            }
        }
        Ok(())
    }
}

/// The process itself, looked at when it is asked for.
#[derive(Debug)]
struct Process {
    started: OffsetDateTime,
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let started = ConstGauge::new(self.started.unix_timestamp());
        let help = "When the program was started, since 1970";
        started.encode(encoder.encode_descriptor(
            "process_start_time",
            help,
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?)?;
        if let Some(bytes) = resident_memory() {
            let help = "Memory that the program holds";
            let encoder = encoder.encode_descriptor(
                "process_resident_memory",
                help,
                Some(&Unit::Bytes),
                MetricType::Gauge,
            )?;
            ConstGauge::new(bytes).encode(encoder)?;
        }
        Ok(())
    }
}

/// In bytes, where the system says it (Linux).
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_told_apart() {
        let cases = [
            ("/v2", Route::Base),
            ("/v2/", Route::Base),
            ("/v2/library/alpine/manifests/latest", Route::Manifest),
            ("/v2/library/blobs/manifests/sha256:00", Route::Manifest),
            ("/v2/library/alpine/blobs/sha256:00", Route::Blob),
            ("/v2/library/manifests/blobs/sha256:00", Route::Blob),
            ("/v2/library/alpine/blobs/uploads/", Route::Upload),
            ("/v2/library/alpine/blobs/uploads", Route::Upload),
            ("/v2/library/alpine/blobs/uploads/xyz", Route::Upload),
            ("/v2/library/alpine/tags/list", Route::Tags),
            ("/v2/library/alpine/referrers/sha256:00", Route::Referrers),
            ("/v2/_catalog", Route::Catalog),
            ("/v2/localhost/a/b/_trust/tuf/", Route::Trust),
            ("/v2/_trust/changefeed", Route::Trust),
            ("/auth/token", Route::Token),
            ("/api/v0/repositories", Route::Api),
            ("/api", Route::Page),
            ("/enzi/v0/accounts", Route::Api),
            ("/assets/app.css", Route::Asset),
            ("/_ping", Route::System),
            ("/health", Route::System),
            ("/", Route::Page),
            ("", Route::Page),
            ("*", Route::Page),
            ("/repositories/library/alpine/tags", Route::Page),
        ];
        for (path, route) in cases {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }

    #[test]
    fn the_table_of_names_is_in_the_order_of_the_routes() {
        for (at, (route, _)) in ROUTES.iter().enumerate() {
            assert_eq!(*route as usize, at);
        }
        assert!(Route::Base.is_registry() && Route::Catalog.is_registry());
        assert!(!Route::Token.is_registry() && !Route::Page.is_registry());
    }

    #[test]
    fn counts_come_out_as_openmetrics() {
        let meters = Meters::new(OffsetDateTime::UNIX_EPOCH);
        meters.answered(
            Route::Blob,
            &Method::GET,
            StatusCode::OK,
            Duration::from_millis(2),
        );
        meters.answered(
            Route::Blob,
            &Method::GET,
            StatusCode::PARTIAL_CONTENT,
            Duration::from_millis(700),
        );
        meters.answered(
            Route::Manifest,
            &Method::PUT,
            StatusCode::FORBIDDEN,
            Duration::ZERO,
        );
        meters.answered(
            Route::Page,
            &Method::from_bytes(b"BREW").expect("method"),
            StatusCode::IM_A_TEAPOT,
            Duration::ZERO,
        );
        meters.received(Route::Upload, 7);
        meters.sent(Route::Blob, 100);
        let text = meters.render();
        for line in [
            r#"plimsoll_http_requests_total{route="blob",method="GET",status="2xx"} 2"#,
            r#"plimsoll_http_requests_total{route="manifest",method="PUT",status="4xx"} 1"#,
            r#"plimsoll_http_requests_total{route="page",method="other",status="4xx"} 1"#,
            r#"plimsoll_http_request_body_bytes_total{route="upload"} 7"#,
            r#"plimsoll_http_response_body_bytes_total{route="blob"} 100"#,
            r#"plimsoll_http_request_duration_seconds_bucket{le="0.0025",route="blob"} 1"#,
            r#"plimsoll_http_request_duration_seconds_count{route="blob"} 2"#,
            "plimsoll_process_start_time_seconds 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.contains("plimsoll_build_info{version="), "{text}");
        assert!(
            !text.contains(r#"method="DELETE""#),
            "what never happened is not listed: {text}"
        );
    }
}
