//! Is the program well: `/_ping` in the form that load balancers of DTR know, `/health` part by part.
//!
//! Each part is asked at most once a second however many ask us, and given two seconds to answer. The answer is public:
//! it names the part and says in our words what is wrong; the cause is in the log.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use blobs::BlobStore;
use db::Db;
use futures::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::Mutex;

/// Answers younger than this are given again.
const FRESH: Duration = Duration::from_secs(1);
/// A part that takes longer is ill.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/_ping` and `/health` over the database and the store. Open to everybody: they say no more than well or ill.
pub fn router<S: Clone + Send + Sync + 'static>(db: &Db, blobs: &BlobStore) -> Router<S> {
    let (db, blobs) = (db.clone(), blobs.clone());
    let database: Check = Box::new(move || {
        let db = db.clone();
        async move {
            db.check()
                .await
                .map_err(|error| logged("database", &error, "the database does not answer"))
        }
        .boxed()
    });
    let store: Check = Box::new(move || {
        let blobs = blobs.clone();
        async move {
            blobs
                .check()
                .await
                .map_err(|error| logged("store", &error, in_public(&error)))
        }
        .boxed()
    });
    let health = Arc::new(Health::new(vec![("database", database), ("store", store)]));
    Router::new()
        .route(
            "/_ping",
            get(async |State(health): State<Arc<Health>>| health.ping().await),
        )
        .route(
            "/health",
            get(async |State(health): State<Arc<Health>>| health.health().await),
        )
        .with_state(health)
}

/// Leaves the cause to the log.
fn logged(part: &str, error: &dyn fmt::Display, in_public: &str) -> String {
    tracing::debug!(part, %error, "a part was asked and is ill");
    in_public.to_owned()
}

fn in_public(error: &blobs::Error) -> &'static str {
    match error {
        blobs::Error::Full { .. } => "the disk is full",
        _ => "the disk cannot be written to",
    }
}

/// Looks at one part; the error is a sentence for everybody.
pub type Check = Box<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The parts that the program needs, and how they were when last asked.
pub struct Health {
    checks: Vec<(&'static str, Check)>,
    last: Mutex<Option<(Instant, Arc<Report>)>>,
}

/// How the program is. Field names are those that DTR's clients read (Terraform's provider: `healthy`, `error`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether every part is well.
    pub healthy: bool,
    /// What is wrong, part by part, or nothing.
    pub error: String,
    /// The parts, in a fixed order.
    pub parts: Vec<Part>,
}

/// How one part is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is called, such as `database`.
    pub name: &'static str,
    /// Whether it is well.
    pub healthy: bool,
    /// What is wrong with it, or nothing.
    pub error: String,
    /// Since when it is so, as far as this process has noticed.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

impl Health {
    /// Will ask these parts.
    pub fn new(checks: Vec<(&'static str, Check)>) -> Self {
        Self {
            checks,
            last: Mutex::new(None),
        }
    }

    /// How every part is, at most a second ago.
    pub async fn report(&self) -> Arc<Report> {
        let mut last = self.last.lock().await;
        if let Some((asked, report)) = &*last
            && asked.elapsed() < FRESH
        {
            return Arc::clone(report);
        }
        let parts = join_all(self.checks.iter().map(|(name, check)| async move {
            let answer = tokio::time::timeout(PATIENCE, check()).await;
            (
                *name,
                answer
                    .unwrap_or_else(|_| Err(format!("no answer within {} s", PATIENCE.as_secs()))),
            )
        }));
        let before = last.as_ref().map(|(_, report)| Arc::clone(report));
        let report = Arc::new(Report::new(
            parts.await,
            before.as_deref(),
            OffsetDateTime::now_utc(),
        ));
        *last = Some((Instant::now(), Arc::clone(&report)));
        report
    }

    /// `GET /_ping`: `{"Error":"","Healthy":true}`, 503 when a part is ill.
    pub async fn ping(&self) -> Response {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Ping<'a> {
            error: &'a str,
            healthy: bool,
        }
        let report = self.report().await;
        answer(
            report.healthy,
            Ping {
                error: &report.error,
                healthy: report.healthy,
            },
        )
    }

    /// `GET /health`: a [`Report`], 503 when a part is ill.
    pub async fn health(&self) -> Response {
        let report = self.report().await;
        answer(report.healthy, &*report)
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.checks.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Report {
    fn new(
        answers: Vec<(&'static str, Result<(), String>)>,
        before: Option<&Self>,
        now: OffsetDateTime,
    ) -> Self {
        let part = |(name, answer): (&'static str, Result<(), String>)| {
            let before =
                before.and_then(|report| report.parts.iter().find(|part| part.name == name));
            let healthy = answer.is_ok();
            let since = before
                .filter(|part| part.healthy == healthy)
                .map_or(now, |part| part.since);
            let error = answer.err().unwrap_or_default();
            if before.is_none_or(|part| part.healthy) && !healthy {
                tracing::error!(part = name, error, "a part of the registry is ill");
            } else if before.is_some_and(|part| !part.healthy) && healthy {
                tracing::info!(part = name, "the part is well again");
            }
            Part {
                name,
                healthy,
                error,
                since,
            }
        };
        let parts: Vec<Part> = answers.into_iter().map(part).collect();
        let wrong: Vec<_> = parts
            .iter()
            .filter(|part| !part.healthy)
            .map(|part| format!("{}: {}", part.name, part.error))
            .collect();
        Self {
            healthy: wrong.is_empty(),
            error: wrong.join("; "),
            parts,
        }
    }
}

fn answer(healthy: bool, body: impl Serialize) -> Response {
    let status = if healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};

    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 12:00 UTC);

    fn fixed(answer: Result<(), &'static str>) -> Check {
        Box::new(move || async move { answer.map_err(str::to_owned) }.boxed())
    }

    async fn read(response: Response) -> (StatusCode, Value) {
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .expect("body")
            .to_bytes();
        (status, serde_json::from_slice(&body).expect("json"))
    }

    #[tokio::test]
    async fn a_well_program_says_so_as_dtr_did() {
        let health = Health::new(vec![("database", fixed(Ok(()))), ("store", fixed(Ok(())))]);
        assert_eq!(
            read(health.ping().await).await,
            (StatusCode::OK, json!({"Error": "", "Healthy": true}))
        );
        let (status, report) = read(health.health().await).await;
        assert_eq!(
            (status, &report["healthy"], &report["error"]),
            (StatusCode::OK, &json!(true), &json!(""))
        );
        assert_eq!(report["parts"][1]["name"], "store");
    }

    #[tokio::test]
    async fn the_ill_part_is_named() {
        let health = Health::new(vec![
            ("database", fixed(Ok(()))),
            ("store", fixed(Err("the disk is full"))),
        ]);
        let expected = json!({"Error": "store: the disk is full", "Healthy": false});
        assert_eq!(
            read(health.ping().await).await,
            (StatusCode::SERVICE_UNAVAILABLE, expected)
        );
        let (status, report) = read(health.health().await).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(report["parts"][0]["healthy"], json!(true));
        assert_eq!(report["parts"][1]["error"], json!("the disk is full"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_does_not_answer_is_ill() {
        let silent: Check = Box::new(|| futures::future::pending().boxed());
        let report = Health::new(vec![("database", silent)]).report().await;
        assert_eq!(report.error, "database: no answer within 2 s");
    }

    #[tokio::test]
    async fn many_askers_are_one_question() {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let check: Check = Box::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            async { Ok(()) }.boxed()
        });
        let health = Health::new(vec![("database", check)]);
        join_all((0..100).map(|_| health.report())).await;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn since_when_is_kept_until_it_changes() {
        let at = |seconds| NOW + time::Duration::seconds(seconds);
        let well = Report::new(vec![("store", Ok(()))], None, at(0));
        let ill = Report::new(vec![("store", Err("full".to_owned()))], Some(&well), at(10));
        let still = Report::new(
            vec![("store", Err("read only".to_owned()))],
            Some(&ill),
            at(20),
        );
        let again = Report::new(vec![("store", Ok(()))], Some(&still), at(30));
        let since = |report: &Report| report.parts[0].since;
        assert_eq!(
            [since(&well), since(&ill), since(&still), since(&again)],
            [at(0), at(10), at(10), at(30)]
        );
        assert_eq!(still.parts[0].error, "read only");
    }
}
