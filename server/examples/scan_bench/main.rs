//! How fast scanning is; `cargo xtask bench --scan` runs it once for each part, so that each part's memory is its own:
//! `scan_bench fingerprint IMAGE`, `image IMAGE`, `load BUNDLE`, `registry FOLDER [THOUSANDS OF IMAGES]`.
#![expect(clippy::print_stdout, reason = "it is there to print")]

mod advisories;
mod app;
mod fill;
mod image;
mod places;
mod process;
mod registry;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let part = arguments.next().unwrap_or_default();
    let path = PathBuf::from(arguments.next().context("usage: scan_bench PART PATH")?);
    match part.to_str() {
        Some("fingerprint") => image::fingerprint(&path),
        Some("image") => image::known_layers(&path).await,
        Some("load") => load(&path).await,
        Some("registry") => {
            let thousands = arguments
                .next()
                .and_then(|text| text.to_str()?.parse().ok());
            registry::measure(&path, thousands.unwrap_or(100)).await
        }
        _ => bail!("usage: scan_bench fingerprint|image|load|registry PATH"),
    }
}

/// A bundle into a fresh database.
async fn load(bundle: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = app::App::new(folder.path()).await?;
    let (records, spent) = app.update(bundle).await?;
    say(
        &format!("loading {records} records"),
        spent,
        "s",
        Some(At::Most(10.0)),
    );
    say("its peak memory", process::peak_memory()?, "MB", None);
    Ok(())
}

/// What is asked of a figure.
enum At {
    Least(f64),
    Most(f64),
}

/// A line of the table.
fn say(what: &str, figure: f64, unit: &str, asked: Option<At>) {
    let asked = match asked {
        None => String::new(),
        Some(At::Least(least)) => format!("at least {least}: {}", yes(figure >= least)),
        Some(At::Most(most)) => format!("at most {most}: {}", yes(figure <= most)),
    };
    println!("{what:<56} {figure:10.2} {unit:<8} {asked}");
}

fn yes(is_reached: bool) -> &'static str {
    if is_reached { "yes" } else { "NO" }
}
