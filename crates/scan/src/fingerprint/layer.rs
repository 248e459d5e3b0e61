//! The walk through one layer: entry by entry, as it streams by.

use super::DETECTOR_VERSION;
use super::found::Gathered;
use super::inspect;
use super::limits::{Limits, Reason};
use super::path::{LayerPath, escape};
use super::report::{FileFault, LayerReport, Link, LinkKind};
use super::source::{Opening, Source};
use super::tar::{Entry, EntryKind, Tar};
use std::io::{self, Read};

const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";
/// Faults beyond these say nothing new.
const MAX_FAULTS: usize = 1000;

/// Takes a layer apart. What is wrong with the layer is in the report; only the reader's own failure is an error.
/// `stop` is asked for each entry and each quarter of a megabyte.
pub fn scan_layer(
    read: impl Read,
    media_type: &str,
    limits: &Limits,
    mut stop: impl FnMut() -> bool,
) -> io::Result<LayerReport> {
    let mut gathered = Gathered::default();
    gathered.report.detector_version = DETECTOR_VERSION;
    let source = match Source::open(read, media_type, limits, &mut stop) {
        Ok(source) => source,
        Err(Opening::Caller(error)) => return Err(error),
        Err(Opening::Layer(reason)) => {
            gathered.report.incomplete.insert(reason);
            return Ok(gathered.finish());
        }
    };
    let mut tar = Tar::new(source);
    let ended = Walk {
        limits,
        buffer: Vec::new(),
    }
    .entries(&mut tar, &mut gathered);
    if let Some(error) = tar.source().caller_error() {
        return Err(error);
    }
    gathered.report.incomplete.extend(ended.err());
    gathered.report.uncompressed = tar.source().taken();
    Ok(gathered.finish())
}

struct Walk<'l> {
    limits: &'l Limits,
    /// One buffer for all files.
    buffer: Vec<u8>,
}

impl Walk<'_> {
    fn entries(&mut self, tar: &mut Tar<'_>, gathered: &mut Gathered) -> Result<(), Reason> {
        while let Some(entry) = tar.next()? {
            gathered.report.entries += 1;
            if gathered.report.entries > self.limits.entries {
                return Err(Reason::Entries);
            }
            match LayerPath::parse(&entry.path, self.limits.path_bytes, self.limits.path_depth) {
                Ok(Some(path)) => self.entry(tar, &path, &entry, gathered)?,
                Ok(None) => {}
                Err(fault) => refuse(&entry.path, &fault.to_string(), gathered),
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        tar: &mut Tar<'_>,
        path: &LayerPath,
        entry: &Entry,
        gathered: &mut Gathered,
    ) -> Result<(), Reason> {
        if let Some(hidden) = path.name().strip_prefix(WHITEOUT) {
            if gathered.may_remember(path.as_str().len() + 32, self.limits) {
                whiteout(path, hidden, gathered);
            }
            return Ok(());
        }
        match entry.kind {
            EntryKind::HardLink | EntryKind::Symlink => self.link(path, entry, gathered),
            EntryKind::Directory | EntryKind::Special => {}
            EntryKind::File => {
                let found = inspect::file(tar, path, entry, &mut self.buffer, self.limits)?;
                let gave_nothing = found.components.is_empty() && found.executable.is_none();
                let replaces = gave_nothing && (entry.executable || inspect::is_telling(path));
                if replaces && gathered.may_remember(path.as_str().len() + 32, self.limits) {
                    gathered.report.plain.push(path.clone());
                }
                let in_memory = !self.buffer.is_empty();
                gathered.take(
                    path,
                    found,
                    in_memory.then_some(self.buffer.as_slice()),
                    self.limits,
                );
            }
        }
        Ok(())
    }

    fn link(&self, path: &LayerPath, entry: &Entry, gathered: &mut Gathered) {
        if entry.link.len() > self.limits.path_bytes {
            return refuse(&entry.path, "what it links to is too long", gathered);
        }
        let (kind, target) = match entry.kind {
            // a hard link names an entry, from the root
            EntryKind::HardLink => {
                match LayerPath::parse(&entry.link, self.limits.path_bytes, self.limits.path_depth)
                {
                    Ok(target) => (LinkKind::Hard, target),
                    Err(fault) => return refuse(&entry.path, &fault.to_string(), gathered),
                }
            }
            _ => (LinkKind::Symbolic, path.resolve(&entry.link)),
        };
        let weight =
            path.as_str().len() + target.as_ref().map_or(0, |target| target.as_str().len()) + 64;
        if gathered.may_remember(weight, self.limits) {
            gathered.report.links.push(Link {
                path: path.clone(),
                target,
                kind,
            });
        }
    }
}

fn whiteout(path: &LayerPath, hidden: &str, gathered: &mut Gathered) {
    let report = &mut gathered.report;
    if path.name() == OPAQUE {
        match path.parent() {
            Some(directory) => report.opaque.push(directory),
            None => report.hides_all = true,
        }
    } else if !hidden.starts_with(WHITEOUT) && !hidden.is_empty() {
        // what begins with it twice is AUFS's bookkeeping
        report.whiteouts.push(path.with_name(hidden));
    }
}

fn refuse(name: &[u8], why: &str, gathered: &mut Gathered) {
    let report = &mut gathered.report;
    report.incomplete.insert(Reason::Name);
    if report.faults.len() < MAX_FAULTS {
        let mut path = String::new();
        escape(name.get(..256).unwrap_or(name), &mut path);
        report.faults.push(FileFault {
            path,
            detector: "layer".into(),
            error: why.into(),
        });
    }
}
