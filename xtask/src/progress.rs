//! What a person sees while waiting: one line when a step begins and one with its seconds when it ends.

use std::{
    io::{self, Write},
    time::Instant,
};

use anyhow::{Context, Result};

/// Runs one step, says that it runs and how long it took. An error names the step.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    eprintln!("-- {name}");
    let start = Instant::now();
    let result = work().with_context(|| name.to_owned());
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "   {name}: {} ({seconds:.1} s)",
        if result.is_ok() { "done" } else { "FAILED" }
    );
    result
}

/// A remark between steps.
pub(crate) fn say(line: &str) {
    eprintln!("   {line}");
}

/// A line of the result, on standard output. A closed pipe is not an error: nobody reads any more.
pub(crate) fn print(line: &str) {
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{line}"));
    drop(out.flush());
}
