//! How soon it is said where something is.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result};
use db::{
    repositories::Viewer,
    scans::{places, sought::Sought},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use crate::{At, app::App, fill::connect, say};

const ROUNDS: usize = 5;
const PAGE: u64 = 25;

/// Components that many, and few, layers bring.
const SOUGHT: [(&str, &str); 3] = [
    (
        "the most common component",
        "SELECT component_id AS id FROM chain_components GROUP BY component_id ORDER BY COUNT(*) DESC LIMIT 1",
    ),
    (
        "a rare component",
        "SELECT component_id AS id FROM chain_components WHERE component_id > 1000 GROUP BY component_id HAVING COUNT(*) = 1 LIMIT 1",
    ),
    (
        "all versions of the most common package",
        "SELECT id FROM components WHERE name = 'package0'",
    ),
];
/// Flaws of the most common package, and of one that is in the middle.
const FLAWS: [(&str, &str); 2] = [
    ("a flaw of the most common package", "CVE-2026-0000000"),
    ("a flaw of another package", "CVE-2026-0050000"),
];

/// Asks for the first page, and for the next one.
pub(crate) async fn measure(app: &App, folder: &Path) -> Result<()> {
    let db = &app.state.db;
    let reader = db::accounts::find(db, "reader")
        .await?
        .context("a reader")?;
    let viewers = [
        ("an administrator", Viewer::Admin),
        ("a reader of few", Viewer::Account(reader.id)),
    ];
    let mut questions = Vec::new();
    for (name, sql) in SOUGHT {
        questions.push((name, Sought::Components(ids(folder, sql).await?)));
    }
    for (name, flaw) in FLAWS {
        questions.push((name, Sought::Flaws(vec![flaw.to_owned()])));
    }
    for (name, sought) in questions {
        for (who, viewer) in &viewers {
            let mut times = Vec::new();
            let mut found = 0;
            for _ in 0..ROUNDS {
                let began = Instant::now();
                let (page, next) = places::list(db, viewer, &sought, None, PAGE).await?;
                times.push(began.elapsed().as_secs_f64() * 1e3);
                found = page.len();
                if let Some(next) = next {
                    let began = Instant::now();
                    let (page, _) = places::list(db, viewer, &sought, Some(&next), PAGE).await?;
                    times.push(began.elapsed().as_secs_f64() * 1e3);
                    found += page.len();
                }
            }
            let slowest = times.into_iter().max_by(f64::total_cmp).unwrap_or_default();
            let what = format!("where is {name}, for {who} ({found})");
            say(&what, slowest, "ms", Some(At::Most(50.0)));
        }
    }
    Ok(())
}

async fn ids(folder: &Path, sql: &str) -> Result<Vec<i64>> {
    let connection = connect(folder).await?;
    let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
    let rows = connection.query_all_raw(statement).await?;
    connection.close().await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get("", "id"))
        .collect::<Result<_, _>>()?)
}
