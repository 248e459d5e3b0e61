//! Judges components by new vulnerability data: those that it says something new of, and all images that have them.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use db::{
    promotions::due,
    scans::{
        components::{self, Subject},
        rematch,
    },
};
use time::OffsetDateTime;
use tokio::{sync::mpsc, task::JoinHandle};

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
const COMPONENTS: usize = 20_000;
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
    Ok(state.db.calm().await?)
}

/// Judges the components of packages that a changed record is about, for the flaws that changed records name.
async fn changed(
    state: &AppState,
    generation: i64,
    touched: db::advisories::Touched,
) -> Result<bool, Error> {
    let mut packages: Vec<(String, String)> = touched.packages.into_iter().collect();
    if packages.iter().any(|(base, _)| base == judge::PRODUCTS) {
        packages.extend(components::packages_of(&state.db, NATIVE).await?);
        packages.sort_unstable();
        packages.dedup();
    }
    let lots = Lots::of(state, packages);
    let scope = db::advisories::closure(&state.db, generation, touched.names).await?;
    let names: Vec<String> = scope.iter().cloned().collect();
    let rows = db::advisories::named(&state.db, generation, &names).await?;
    let data = judge::read(rows).await?;
    judged(state, generation, data, lots, Some(&scope)).await
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
        let lots = Lots::of(state, page);
        let data = judge::data_about(state, generation, &asked).await?;
        if !judged(state, generation, data, lots, None).await? {
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
    let native: Vec<&str> = packages
        .iter()
        .filter(|(base, _)| base == NATIVE)
        .map(|(_, name)| name.as_str())
        .collect();
    if !native.is_empty() {
        for row in components::of_packages(&state.db, NATIVE, &native, 0, COMPONENTS).await? {
            all.extend(judge::packages(&row));
        }
    }
    Ok(all.into_iter().collect())
}

/// Components of packages, lot by lot. A task of its own reads some lots ahead, while others are judged.
struct Lots {
    read: mpsc::Receiver<db::Result<Vec<Subject>>>,
    reading: JoinHandle<()>,
}

/// Packages of one ecosystem that are asked for together.
const TOGETHER: usize = 250;
/// Lots that are read ahead.
const AHEAD: usize = 8;

impl Lots {
    fn of(state: &AppState, packages: Vec<(String, String)>) -> Self {
        let (lots, received) = mpsc::channel(AHEAD);
        let db = state.db.clone();
        let reading = tokio::spawn(async move {
            for of_one in packages.chunk_by(|(base, _), (other, _)| base == other) {
                for packages in of_one.chunks(TOGETHER) {
                    if read(&db, packages, &lots).await.is_none() {
                        return;
                    }
                }
            }
        });
        Self {
            read: received,
            reading,
        }
    }

    /// The next lot; `None` when these were all of them. A task that died has not read all of them.
    async fn next(&mut self) -> Result<Option<Vec<Subject>>, Error> {
        if let Some(lot) = self.read.recv().await {
            return Ok(Some(lot?));
        }
        (&mut self.reading).await.map_err(std::io::Error::other)?;
        Ok(None)
    }
}

/// Reads the components of packages of one ecosystem. `None` where nobody wants them any more.
async fn read(
    db: &db::Db,
    packages: &[(String, String)],
    lots: &mpsc::Sender<db::Result<Vec<Subject>>>,
) -> Option<()> {
    let (base, _) = packages.first()?;
    let names: Vec<&str> = packages.iter().map(|(_, name)| name.as_str()).collect();
    let mut after = Some(0);
    while let Some(last) = after {
        let rows = components::of_packages(db, base, &names, last, COMPONENTS).await;
        let rest = rows.as_ref().ok().filter(|rows| rows.len() == COMPONENTS);
        after = rest.and_then(|rows| rows.last()).map(|row| row.id);
        lots.send(rows).await.ok()?;
    }
    Some(())
}

type Judged = HashMap<i64, Vec<components::NewFinding>>;

/// Judges the lots, and writes down what that changes. False where newer data came meanwhile.
async fn judged(
    state: &AppState,
    generation: i64,
    data: judge::Data,
    mut lots: Lots,
    scope: Option<&HashSet<String>>,
) -> Result<bool, Error> {
    let together = match scope {
        Some(_) => COMPONENTS_IN_SCOPE,
        None => COMPONENTS,
    };
    let thresholds = judge::thresholds(state).await?;
    let data = Arc::new(data);
    let mut judged = HashMap::new();
    while let Some(rows) = lots.next().await? {
        let found = judge::all(&data, rows, thresholds).await?;
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
    write(state, generation, &mut judged, scope).await
}

async fn write(
    state: &AppState,
    generation: i64,
    judged: &mut Judged,
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
    // before it counts as done, so that it is done again if the program ends here
    let is_first = before == 0;
    due::of_generation(&state.db, Some(generation).filter(|_| !is_first), now).await?;
    db::advisories::mark_checked(&db, generation, change.images, now).await?;
    db::advisories::cleared(&state.db, generation).await?;
    state.promotion.wake();
    if is_first || change.images > 0 {
        rematch::announce(&state.db).await?;
    }
    Ok(())
}
