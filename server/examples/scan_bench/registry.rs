//! A large registry: loading all records, judging again after some changed, and finding where something is.

use std::{path::Path, time::Instant};

use anyhow::{Context, Result, ensure};

use crate::{
    At,
    advisories::{self, OF_EACH},
    app::{App, database},
    fill::{self, Size},
    places, process, say,
};

/// In `folder`: what an earlier run left there is used again.
pub(crate) async fn measure(folder: &Path, thousands: u64) -> Result<()> {
    let size = Size::of(thousands);
    if !database(folder).exists() {
        make(folder, size).await?;
    }
    let app = App::new(folder).await?;
    process::forget_peak()?;
    let delta = folder.join("delta.tar");
    advisories::delta(&delta, size.packages)?;
    let before = process::cpu_seconds()?;
    let (_, spent) = app.update(&delta).await?;
    let cpu = process::cpu_seconds()? - before;
    let history = db::advisories::history(&app.state.db, None, 1).await?;
    let update = history.first().context("no update")?;
    println!(
        "{} records changed, {} images have other sums",
        update.changed, update.images
    );
    say(
        "judging again, with all that is written",
        spent,
        "s",
        Some(At::Most(2.0)),
    );
    say("its CPU time", cpu, "s", None);
    say("its peak memory", process::peak_memory()?, "MB", None);
    let wrong = fill::wrong_sums(folder, size).await?;
    ensure!(wrong == 0, "{wrong} images have wrong sums");
    places::measure(&app, folder).await
}

/// Loads all records, then makes the images: so that loading is measured alone.
async fn make(folder: &Path, size: Size) -> Result<()> {
    let bundle = folder.join("all.tar");
    advisories::all(&bundle, size.packages)?;
    let app = App::new(folder).await?;
    process::forget_peak()?;
    let (records, spent) = app.update(&bundle).await?;
    let records = f64::from(u32::try_from(records)?);
    say("records that were generated", records, "", None);
    say("loading them", spent, "s", None);
    say("its peak memory", process::peak_memory()?, "MB", None);
    ensure!(size.packages * OF_EACH <= 1_000_000, "too large");
    let reader = db::accounts::New {
        name: "reader".to_owned(),
        ..db::accounts::New::default()
    };
    db::accounts::create(&app.state.db, reader, time::OffsetDateTime::now_utc()).await?;
    drop(app);
    let began = Instant::now();
    fill::fill(folder, size).await?;
    let spent = began.elapsed().as_secs_f64();
    say("(making the registry)", spent, "s", None);
    Ok(())
}
