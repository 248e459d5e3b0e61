//! How fast a bundle is read and indexed, and how fast components are matched: `cargo run --release -p scan --example load -- BUNDLE`.

use std::{fs::File, process::ExitCode, time::Instant};

use scan::vulnerability::{
    bundle::{self, Item, Limits},
    database::Database,
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
                Item::Record(record) => records.push(*record),
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
    ExitCode::SUCCESS
}
