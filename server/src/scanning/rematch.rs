//! Judges components by new vulnerability data: those that it says something new of, and all images that have them.

use std::collections::{HashMap, HashSet};

use db::scans::{components, rematch};
use time::OffsetDateTime;

use super::{Error, judge};
use crate::{
    events::{Event, Kind, ObjectType},
    state::AppState,
};

/// With more records than these that differ, everything is judged.
const MOST_CHANGED: usize = 20_000;
/// Packages whose records are in memory at once.
const PACKAGES: u64 = 300;
/// Components that are judged, and written down, together.
const COMPONENTS: u64 = 20_000;
/// The same, where only a few of their flaws are looked at: what is written is summed up for all images each time.
const COMPONENTS_IN_SCOPE: usize = 100_000;

/// Where components are that were found by their content, which NVD knows as products.
const NATIVE: &str = "X-Upstream";

/// Judges what is not yet judged by the data that counts, if there is anything.
pub(super) async fn resume(state: &AppState) -> Result<(), Error> {
    while let Some((from, to)) = db::advisories::unchecked(&state.db).await? {
        let began = std::time::Instant::now();
        let touched = db::advisories::touched(&state.db, from, to, MOST_CHANGED).await?;
        let done = match touched {
            Some(touched) => changed(state, to, touched).await?,
            None => everything(state, to).await?,
        };
        if !done {
            // newer data came meanwhile
            continue;
        }
        finish(state, from, to).await?;
        super::note_day(state).await;
        tracing::info!(
            generation = to,
            seconds = began.elapsed().as_secs_f32(),
            "all components are judged by the new vulnerability data"
        );
    }
    Ok(())
}

/// Judges the components of packages that a changed record is about, for the flaws that changed records name.
async fn changed(
    state: &AppState,
    generation: i64,
    touched: db::advisories::Touched,
) -> Result<bool, Error> {
    let scope = db::advisories::closure(&state.db, generation, touched.names).await?;
    let names: Vec<String> = scope.iter().cloned().collect();
    let rows = db::advisories::named(&state.db, generation, &names).await?;
    let data = judge::read(rows).await?;
    let mut packages: Vec<(String, String)> = touched.packages.into_iter().collect();
    if packages.iter().any(|(base, _)| base == judge::PRODUCTS) {
        packages.extend(components::packages_of(&state.db, NATIVE).await?);
        packages.sort_unstable();
        packages.dedup();
    }
    of_packages(state, generation, data, &packages, Some(&scope)).await
}

/// Judges all components, package by package.
async fn everything(state: &AppState, generation: i64) -> Result<bool, Error> {
    let mut last: Option<(String, String)> = None;
    loop {
        let page = components::packages(&state.db, last.as_ref(), PACKAGES).await?;
        let Some(end) = page.last() else {
            return Ok(true);
        };
        last = Some(end.clone());
        let asked = with_products(state, &page).await?;
        let data = judge::data_about(state, generation, &asked).await?;
        if !of_packages(state, generation, data, &page, None).await? {
            return Ok(false);
        }
    }
}

/// The packages, and the products by which NVD knows their components.
async fn with_products(
    state: &AppState,
    packages: &[(String, String)],
) -> Result<Vec<(String, String)>, Error> {
    let mut all: HashSet<(String, String)> = packages.iter().cloned().collect();
    let native: Vec<(String, String)> = packages
        .iter()
        .filter(|(base, _)| base == NATIVE)
        .cloned()
        .collect();
    if !native.is_empty() {
        for row in components::of_packages(&state.db, &native, 0, COMPONENTS).await? {
            all.extend(judge::packages(&row));
        }
    }
    Ok(all.into_iter().collect())
}

/// Judges the components of `packages`, lot by lot. False where newer data came meanwhile.
async fn of_packages(
    state: &AppState,
    generation: i64,
    data: judge::Data,
    packages: &[(String, String)],
    scope: Option<&HashSet<String>>,
) -> Result<bool, Error> {
    let thresholds = judge::thresholds(state).await?;
    let together = match scope {
        Some(_) => COMPONENTS_IN_SCOPE,
        None => usize::try_from(COMPONENTS).unwrap_or(usize::MAX),
    };
    let mut data = data;
    let mut judged = HashMap::new();
    for lot in packages.chunks(500) {
        let mut after = 0;
        loop {
            let rows = components::of_packages(&state.db, lot, after, COMPONENTS).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            let found;
            (data, found) = judge::all(data, rows, thresholds).await?;
            judged.extend(found.into_iter().map(|(id, mut findings)| {
                if let Some(scope) = scope {
                    findings.retain(|finding| scope.contains(&finding.identity));
                }
                (id, findings)
            }));
            if judged.len() >= together && !write(state, generation, &mut judged, scope).await? {
                return Ok(false);
            }
        }
    }
    write(state, generation, &mut judged, scope).await
}

async fn write(
    state: &AppState,
    generation: i64,
    judged: &mut HashMap<i64, Vec<components::NewFinding>>,
    scope: Option<&HashSet<String>>,
) -> Result<bool, Error> {
    let judged = std::mem::take(judged);
    let now = OffsetDateTime::now_utc();
    let applied = rematch::apply(&state.db, generation, &judged, scope, now).await?;
    Ok(applied.is_some())
}

/// Says what came of it, and clears what no generation needs any more.
async fn finish(state: &AppState, before: i64, generation: i64) -> Result<(), Error> {
    let change = rematch::change(&state.db, generation).await?;
    let now = OffsetDateTime::now_utc();
    let event = Event::new(
        Kind::Update,
        ObjectType::VulnerabilityData,
        None,
        format!("generation {generation}"),
    )
    .because("new vulnerability data")
    .detail(serde_json::json!({
        "images": change.images,
        "imagesWithNewCritical": change.worse,
        "newCritical": change.critical,
    }));
    let db = state.recording_by_scanner(event);
    db::advisories::mark_checked(&db, generation, change.images, now).await?;
    db::advisories::cleared(&state.db, generation).await?;
    let is_first = before == 0;
    if is_first || change.images > 0 {
        rematch::announce(&state.db).await?;
    }
    Ok(())
}
