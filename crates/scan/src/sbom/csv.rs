//! Findings as a table: CSV (RFC 4180) that no spreadsheet takes for a program.
//!
//! Every cell is in quotes, lines end with CR LF, the text is UTF-8. Names come from strangers: a cell in which a formula would begin, at
//! its start or where another separator would start a cell, gets an apostrophe there (OWASP, "CSV Injection"). Who reads the table by
//! program takes an apostrophe before `=`, `+`, `-`, `@`, a tab or a line's end away.
//!
//! | column | |
//! |---|---|
//! | `image` | name and tag or digest, as it was asked for |
//! | `digest` | of the manifest |
//! | `platform` | `linux/amd64` |
//! | `layer` | digest of the layer that brought the component |
//! | `component`, `version`, `type` | as its package world spells them; `type` is that of its package URL |
//! | `path` | where it was found |
//! | `vulnerability` | the CVE, if there is one |
//! | `severity`, `score`, `vector` | as the registry's settings name them; empty if nobody said |
//! | `exact` | `no` where the version is not known and all versions' findings are reported |
//! | `fixed_in` | versions with the fix, `will not fix`, or empty |
//! | `epss`, `exploited` | probability, and `yes` where it is known to be exploited |
//! | `set_aside`, `justification`, `note` | the decision on it: `yes`, VEX's word, and the words of who decided |
//! | `summary` | one line |

use std::io::{self, Write};

/// One finding. Every cell is text; what is not known is empty.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the columns are in the module's table")]
pub struct FindingRow<'r> {
    pub image: &'r str,
    pub digest: &'r str,
    pub platform: &'r str,
    pub layer: &'r str,
    pub component: &'r str,
    pub version: &'r str,
    pub package_type: &'r str,
    pub path: &'r str,
    pub vulnerability: &'r str,
    pub severity: &'r str,
    pub score: &'r str,
    pub vector: &'r str,
    pub exact: &'r str,
    pub fixed_in: &'r str,
    pub epss: &'r str,
    pub exploited: &'r str,
    pub set_aside: &'r str,
    pub justification: &'r str,
    pub note: &'r str,
    pub summary: &'r str,
}

const COLUMNS: [&str; 20] = [
    "image",
    "digest",
    "platform",
    "layer",
    "component",
    "version",
    "type",
    "path",
    "vulnerability",
    "severity",
    "score",
    "vector",
    "exact",
    "fixed_in",
    "epss",
    "exploited",
    "set_aside",
    "justification",
    "note",
    "summary",
];

/// A table that is written row by row.
pub struct FindingTable<W: Write> {
    out: W,
}

impl<W: Write> FindingTable<W> {
    /// Writes the names of the columns.
    pub fn new(out: W) -> io::Result<Self> {
        let mut table = Self { out };
        table.cells(&COLUMNS)?;
        Ok(table)
    }

    /// Writes one finding.
    pub fn row(&mut self, row: &FindingRow<'_>) -> io::Result<()> {
        self.cells(&[
            row.image,
            row.digest,
            row.platform,
            row.layer,
            row.component,
            row.version,
            row.package_type,
            row.path,
            row.vulnerability,
            row.severity,
            row.score,
            row.vector,
            row.exact,
            row.fixed_in,
            row.epss,
            row.exploited,
            row.set_aside,
            row.justification,
            row.note,
            row.summary,
        ])
    }

    /// Ends the table, and gives the writer back.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn cells(&mut self, cells: &[&str; COLUMNS.len()]) -> io::Result<()> {
        for (at, cell) in cells.iter().enumerate() {
            self.out.write_all(if at == 0 { b"\"" } else { b",\"" })?;
            let safe = neutral(cell).replace('"', "\"\"");
            self.out.write_all(safe.as_bytes())?;
            self.out.write_all(b"\"")?;
        }
        self.out.write_all(b"\r\n")
    }
}

/// The cell with an apostrophe wherever a spreadsheet could see a formula begin. Some take a semicolon or a tab for the separator,
/// whatever the file is, and some pass over spaces.
fn neutral(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut at_start = true;
    // of the spaces that stand where a formula could begin
    let mut begun = 0;
    for character in cell.chars().filter(|character| *character != '\0') {
        if at_start && is_formula(character) {
            safe.insert(begun, '\'');
        }
        safe.push(character);
        let separates = matches!(character, ';' | '\t' | '\r' | '\n');
        if separates {
            begun = safe.len();
        }
        at_start = separates || (at_start && character.is_whitespace());
    }
    safe
}

/// OWASP's list, with the full-width forms that Asian versions accept.
fn is_formula(character: char) -> bool {
    matches!(
        character,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(row: &FindingRow<'_>) -> String {
        let mut table = FindingTable::new(Vec::new()).unwrap();
        table.row(row).unwrap();
        String::from_utf8(table.finish().unwrap()).unwrap()
    }

    /// RFC 4180, read back.
    fn read(text: &str) -> Vec<Vec<String>> {
        let mut rows = vec![vec![String::new()]];
        let mut quoted = false;
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            let row = rows.last_mut().unwrap();
            match character {
                '"' if quoted && rest.peek() == Some(&'"') => {
                    row.last_mut().unwrap().push(rest.next().unwrap());
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(String::new()),
                '\r' if !quoted => {
                    assert_eq!(rest.next(), Some('\n'));
                    rows.push(vec![String::new()]);
                }
                other => row.last_mut().unwrap().push(other),
            }
        }
        assert!(!quoted);
        rows.pop();
        rows
    }

    #[test]
    fn a_row_has_the_columns_and_is_read_back() {
        let text = table(&FindingRow {
            image: "team/app:1.0",
            component: "a,b",
            version: "1.0 \"beta\"",
            vulnerability: "CVE-2023-1",
            score: "9.8",
            summary: "two\nlines",
            ..FindingRow::default()
        });
        let rows = read(&text);
        assert_eq!(rows[0], COLUMNS);
        let cell = |name: &str| {
            let at = COLUMNS.iter().position(|column| *column == name).unwrap();
            rows[1][at].as_str()
        };
        assert_eq!(rows[1].len(), COLUMNS.len());
        assert_eq!(cell("image"), "team/app:1.0");
        assert_eq!(cell("component"), "a,b");
        assert_eq!(cell("version"), "1.0 \"beta\"");
        assert_eq!(cell("score"), "9.8");
        assert_eq!(cell("summary"), "two\nlines");
        assert_eq!(cell("path"), "");
    }

    #[test]
    fn no_cell_begins_a_formula() {
        for (hostile, safe) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\r=1", "'\r'=1"),
            ("\n=1", "'\n'=1"),
            ("  =1", "'  =1"),
            ("\u{a0}=1", "'\u{a0}=1"),
            ("\0=1", "'=1"),
            ("＝1", "'＝1"),
            ("a;=1", "a;'=1"),
            ("a; =1;b", "a;' =1;b"),
            ("x\",=1", "x\",=1"),
            ("lib-x = 1 + 2", "lib-x = 1 + 2"),
            ("'=1", "'=1"),
        ] {
            assert_eq!(neutral(hostile), safe, "{hostile:?}");
        }
    }

    #[test]
    fn a_hostile_name_stays_in_its_cell() {
        let name = "\",\"=HYPERLINK(\"\"http://x\"\")\r\n\"=1\"\r\n";
        let rows = read(&table(&FindingRow {
            component: name,
            ..FindingRow::default()
        }));
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1][4], neutral(name));
    }
}
