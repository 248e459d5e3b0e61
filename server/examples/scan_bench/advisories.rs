//! Generated records: four of each package, each with a fix in one of its versions. The same ones every time.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Result;

/// Records of each package.
pub(crate) const OF_EACH: u64 = 4;
/// Records that change.
pub(crate) const CHANGED: u64 = 2_000;
/// Records of one member of the archive, which begins with its length.
const LOT: usize = 20_000;
/// Versions of each package.
pub(crate) const VERSIONS: u64 = 20;

const VECTORS: [&str; 4] = [
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N",
    "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N",
];

/// Every so many records one changes, so that each is of another package.
fn stride(records: u64) -> u64 {
    (records / CHANGED).saturating_sub(1) | 1
}

fn changes(number: u64, records: u64) -> bool {
    let stride = stride(records);
    number.is_multiple_of(stride) && number / stride < CHANGED
}

/// Writes all records: `rest.jsonl` and `changing.jsonl`.
pub(crate) fn all(path: &Path, packages: u64) -> Result<()> {
    let records = packages * OF_EACH;
    let mut archive = Archive(BufWriter::new(File::create(path)?));
    let rest: Vec<u64> = (0..records).filter(|n| !changes(*n, records)).collect();
    for (index, lot) in rest.chunks(LOT).enumerate() {
        let lines = lot.iter().fold(String::new(), |lines, number| {
            lines + &record(*number, packages, false)
        });
        archive.member(&format!("rest/{index}/rest.jsonl"), &lines)?;
    }
    let changing = (0..records).filter(|number| changes(*number, records));
    let lines: String = changing
        .map(|number| record(number, packages, false))
        .collect();
    archive.member("changing.jsonl", &lines)?;
    archive.end()
}

/// Writes those that changed, as they are now. They are all there is of their source.
pub(crate) fn delta(path: &Path, packages: u64) -> Result<()> {
    let records = packages * OF_EACH;
    let lines: String = (0..records)
        .filter(|number| changes(*number, records))
        .map(|number| record(number, packages, true))
        .collect();
    let mut archive = Archive(BufWriter::new(File::create(path)?));
    archive.member("changing.jsonl", &lines)?;
    archive.end()
}

/// Of ten that changed, six have another severity, three another fix, and one was withdrawn.
fn record(number: u64, packages: u64, is_changed: bool) -> String {
    let (mut vector, mut fixed) = (number % 4, fixed_in(number));
    let mut more = String::new();
    if is_changed {
        match number / stride(packages * OF_EACH) % 10 {
            0..6 => vector = (vector + 1) % 4,
            6..9 => fixed = if fixed < VERSIONS { fixed + 1 } else { 6 },
            _ => more.push_str(r#","withdrawn":"2026-11-20T00:00:00Z""#),
        }
    }
    let vector = VECTORS
        .get(usize::try_from(vector).unwrap_or_default())
        .unwrap_or(&VECTORS[0]);
    let mut line = String::new();
    // writing to a String does not fail
    let _ = writeln!(
        line,
        r#"{{"id":"GHSA-{number:07}","modified":"2026-11-01T00:00:00Z","aliases":["CVE-2026-{number:07}"],"summary":"Improper validation of a length in package {package}","details":"{details}","severity":[{{"type":"CVSS_V3","score":"{vector}"}}],"affected":[{{"package":{{"ecosystem":"npm","name":"package{package}"}},"ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}},{{"fixed":"1.{fixed}.0"}}]}}]}}],"references":[{{"type":"WEB","url":"https://example.com/advisories/{number}"}}]{more}}}"#,
        package = number % packages,
        details = "A length that comes from the network is believed before it is compared with what is there. ".repeat(4),
    );
    line
}

/// The minor version with the fix of a record: `fill.sql` knows it too.
fn fixed_in(number: u64) -> u64 {
    6 + number * 7_919 % 15
}

/// A tar archive in the making.
struct Archive<W>(W);

impl<W: Write> Archive<W> {
    fn member(&mut self, name: &str, content: &str) -> Result<()> {
        let mut header = [0_u8; 512];
        let mut put = |at: usize, text: &[u8]| {
            for (to, from) in header.iter_mut().skip(at).zip(text) {
                *to = *from;
            }
        };
        put(0, name.as_bytes());
        put(100, b"0000644");
        put(124, format!("{:011o}", content.len()).as_bytes());
        put(148, b"        ");
        put(156, b"0");
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        for (to, from) in header
            .iter_mut()
            .skip(148)
            .zip(format!("{sum:06o}\0").bytes())
        {
            *to = from;
        }
        self.0.write_all(&header)?;
        self.0.write_all(content.as_bytes())?;
        let rest = content.len().next_multiple_of(512) - content.len();
        self.0
            .write_all([0_u8; 512].get(..rest).unwrap_or_default())?;
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        self.0.write_all(&[0; 1024])?;
        Ok(self.0.flush()?)
    }
}
