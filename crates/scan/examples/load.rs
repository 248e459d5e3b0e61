//! How fast a bundle is read and indexed, and how fast components are matched: `cargo run --release -p scan --example load -- BUNDLE`.

use std::{fs::File, process::ExitCode, time::Instant};

use scan::vulnerability::{
    bundle::{self, Item, Limits},
    database::Database,
    ecosystem::Ecosystem,
    finding::Component,
    osv::Record,
    range::Range,
};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: load BUNDLE");
        return ExitCode::FAILURE;
    };
    let began = Instant::now();
    let (mut records, mut refused, mut others) = (Vec::new(), 0, 0);
    let read = File::open(&path).map(|mut file| {
        bundle::read(&mut file, Limits::default(), &mut |item| {
            match item {
                Item::Record(record) => records.push(record.record),
                Item::Refused(error) => {
                    eprintln!("{error}");
                    refused += 1;
                }
                _ => others += 1,
            }
            Ok(())
        })
    });
    match read {
        Ok(Ok(())) => {}
        Ok(Err(error)) => eprintln!("{error}"),
        Err(error) => eprintln!("{error}"),
    }
    let affected: usize = records.iter().map(|record| record.affected.len()).sum();
    let count = records.len();
    let asked = components(&records);
    let read = began.elapsed();
    let database: Database = records.into_iter().collect();
    eprintln!(
        "{count} records with {affected} affected packages, {refused} refused, {others} others: read in {read:?}"
    );
    eprintln!(
        "indexed in {:?}: {} records, {} withdrawn",
        began.elapsed().saturating_sub(read),
        database.len(),
        database.withdrawn()
    );
    let began = Instant::now();
    let mut findings = 0;
    for (ecosystem, name, version) in &asked {
        let component = Component {
            ecosystem,
            name,
            version: Some(version),
            owner: None,
        };
        findings += database.matches(&component).len();
    }
    eprintln!(
        "{} components matched in {:?}: {findings} findings",
        asked.len(),
        began.elapsed()
    );
    ExitCode::SUCCESS
}

/// What to ask: every package in the first version that has a fix.
fn components(records: &[Record]) -> Vec<(Ecosystem, String, String)> {
    let affected = records.iter().flat_map(|record| &record.affected);
    let fixed = affected.filter_map(|affected| {
        let fix = affected
            .ranges
            .iter()
            .find_map(|range: &Range| range.fixes().next())?;
        Some((
            affected.ecosystem.clone(),
            affected.package.clone(),
            fix.to_owned(),
        ))
    });
    fixed.collect()
}
