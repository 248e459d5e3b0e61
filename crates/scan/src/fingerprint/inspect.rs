//! What a file is: by its path where a package manager or a language says where its records lie, and by its content else.

use super::detect::{self, Route, binary, macho, pe};
use super::digests::{self, Hashing, may_be_packaged};
use super::found::{Fault, Found};
use super::limits::{Limits, Reason};
use super::path::LayerPath;
use super::report::{ExecutableFile, Format};
use super::signature::Matches;
use super::tar::{Entry, Tar};
use super::zip;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The bytes of the next window that were in the last one, so that no string is cut in two.
const OVERLAP: usize = 64 << 10;
const HEAD: usize = 64;

/// Whether a component's record could lie at this path.
pub(super) fn is_telling(path: &LayerPath) -> bool {
    detect::route(path).is_some() || zip::has_archive_name(path.name())
}

/// Reads a file as far as it is worth it. `buffer` then holds the file, or nothing if it was not read whole.
pub(super) fn file(
    tar: &mut Tar<'_>,
    path: &LayerPath,
    entry: &Entry,
    buffer: &mut Vec<u8>,
    limits: &Limits,
) -> Result<Found, Reason> {
    buffer.clear();
    let mut found = Found::default();
    let route = detect::route(path);
    if let Some(route) = route {
        let limit = if route.is_database {
            limits.database
        } else {
            limits.metadata
        };
        found.database = route.is_database;
        if !entry.sparse && entry.size <= limit as u64 {
            tar.read_up_to(buffer, limit)?;
            run(&route, path, buffer, &mut found);
            return Ok(found);
        }
        found.reasons.push(Reason::FileBytes);
        found.faults.push((route.name, Fault::TooLarge));
    }
    tar.read_up_to(buffer, HEAD)?;
    let Some(format) = format(buffer, path) else {
        buffer.clear();
        return Ok(found);
    };
    if format == Format::Zip && entry.size > limits.window as u64 {
        found.reasons.push(Reason::FileBytes);
        found.faults.push(("java", Fault::TooLarge));
    }
    tar.read_up_to(buffer, limits.window)?;
    if entry.size > buffer.len() as u64 {
        long_file(tar, path, format, entry, buffer, &mut found)?;
        buffer.clear();
    } else {
        whole_file(path, format, entry, buffer, limits, &mut found);
    }
    Ok(found)
}

fn run(route: &Route, path: &LayerPath, bytes: &[u8], found: &mut Found) {
    let before = found.faults.len();
    guarded(route.name, found, |found| {
        (route.detect)(path, bytes, found)
    });
    // without it, nobody knows what is installed
    if route.is_database && found.faults.len() > before {
        found.reasons.push(Reason::Database);
    }
}

/// A detector that fails loses its file and not the scan.
fn guarded(
    name: &'static str,
    found: &mut Found,
    detect: impl FnOnce(&mut Found) -> Result<(), Fault>,
) {
    match catch_unwind(AssertUnwindSafe(|| detect(found))) {
        Ok(Ok(())) => {}
        Ok(Err(fault)) => found.faults.push((name, fault)),
        Err(_) => found.faults.push((name, Fault::Panicked)),
    }
}

fn format(head: &[u8], path: &LayerPath) -> Option<Format> {
    match head {
        [0x7f, b'E', b'L', b'F', ..] => Some(Format::Elf),
        [b'M', b'Z', ..] if head.len() >= HEAD => Some(Format::Pe),
        [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..] | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..] => {
            Some(Format::MachO)
        }
        // Java's classes begin with the same bytes as Mach-O's fat files
        [0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 1..=8, ..] => Some(Format::MachO),
        [0, b'a', b's', b'm', ..] => Some(Format::Wasm),
        _ if head.starts_with(b"!<arch>\n") => Some(Format::Ar),
        _ if head.starts_with(b"PK\x03\x04") => Some(Format::Zip),
        // an archive may have a program before it
        _ if zip::has_archive_name(path.name()) => Some(Format::Zip),
        _ => None,
    }
}

fn whole_file(
    path: &LayerPath,
    format: Format,
    entry: &Entry,
    bytes: &[u8],
    limits: &Limits,
    found: &mut Found,
) {
    if format == Format::Zip {
        guarded("java", found, |found| {
            detect::java::archive(path, bytes, limits, found)
        });
        if found.components.is_empty() {
            return;
        }
    } else {
        structure(format, path, bytes, found);
        let mut matches = Matches::default();
        matches.whole(bytes);
        matches.report(found);
    }
    // libraries teach what their copies are; programs are seldom copied, and MD5 is slow
    let is_library = found
        .executable
        .as_ref()
        .is_some_and(|file| file.soname.is_some());
    let weak = (is_library || !found.components.is_empty()) && may_be_packaged(path);
    let digests = (!entry.sparse).then(|| digests::of(bytes, weak));
    name(path, format, entry, digests, found);
}

/// A file longer than the window: its structure from the first window, strings and digests from all.
fn long_file(
    tar: &mut Tar<'_>,
    path: &LayerPath,
    format: Format,
    entry: &Entry,
    buffer: &mut Vec<u8>,
    found: &mut Found,
) -> Result<(), Reason> {
    let window = buffer.len();
    let mut hashing = Hashing::new(may_be_packaged(path));
    let mut matches = Matches::default();
    hashing.update(buffer);
    // the section headers stand at the end of the file, which is not here
    binary::forget_sections(buffer);
    structure(format, path, buffer, found);
    matches.window(buffer);
    loop {
        let keep = OVERLAP.min(buffer.len());
        let moved = buffer.len() - keep;
        buffer.copy_within(moved.., 0);
        buffer.truncate(keep);
        tar.read_up_to(buffer, window)?;
        let fresh = buffer.get(keep..).unwrap_or_default();
        if fresh.is_empty() {
            break;
        }
        hashing.update(fresh);
        matches.window(buffer);
        guarded("go", found, |found| detect::go::window(buffer, found));
    }
    matches.report(found);
    name(
        path,
        format,
        entry,
        (!entry.sparse).then(|| hashing.finish()),
        found,
    );
    Ok(())
}

fn structure(format: Format, path: &LayerPath, bytes: &[u8], found: &mut Found) {
    match format {
        Format::Elf | Format::Pe => {
            guarded("binary", found, |found| binary::structure(bytes, found));
        }
        Format::MachO => guarded("macho", found, |found| macho::structure(bytes, found)),
        _ => {}
    }
    if format == Format::Pe {
        pe::system(path, found);
    }
}

/// Completes what the structure said of the file.
fn name(
    path: &LayerPath,
    format: Format,
    entry: &Entry,
    digests: Option<super::Digests>,
    found: &mut Found,
) {
    let known = found.executable.take();
    let (build_id, soname) = known.map_or((None, None), |file| (file.build_id, file.soname));
    found.executable = Some(ExecutableFile {
        path: path.clone(),
        format,
        size: entry.size,
        digests,
        build_id,
        soname,
    });
}
