//! Licences: as they were found, and as an SPDX expression where that is known.

use serde::{Deserialize, Serialize};

/// What a component says of its licence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// The words of the package.
    pub found: String,
    /// The SPDX expression for them; `None` where it is not known.
    pub spdx: Option<String>,
}

impl Licence {
    /// The SPDX expression, or, where it is none, what was written.
    pub fn name(&self) -> &str {
        self.spdx.as_deref().unwrap_or(&self.found)
    }
}

/// More than this is the text of a licence and not its name.
const MAX_NAME: usize = 200;

impl Licence {
    /// Normalises what was found; `None` when nothing was said.
    pub(crate) fn parse(found: &str) -> Option<Self> {
        let found = found.trim();
        let first = found.lines().next().unwrap_or_default();
        let name = if found.len() > MAX_NAME {
            first
                .get(..first.floor_char_boundary(MAX_NAME))
                .unwrap_or(first)
        } else {
            found
        };
        if name.is_empty() || name.eq_ignore_ascii_case("unknown") {
            return None;
        }
        Some(Self {
            found: name.to_owned(),
            spdx: normalise(name),
        })
    }
}

/// Names that are in use and are no SPDX identifiers, in lower case.
const ALIASES: &[(&str, &str)] = &[
    ("all-permissive", "FSFAP"),
    ("gap", "FSFAP"),
    ("expat", "MIT"),
    ("mit license", "MIT"),
    ("the mit license", "MIT"),
    ("mit-style", "MIT"),
    ("mit/x11", "X11"),
    ("x11-style", "X11"),
    ("apache", "Apache-2.0"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("asl 2.0", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license, version 2.0", "Apache-2.0"),
    ("the apache software license, version 2.0", "Apache-2.0"),
    ("apache software license", "Apache-2.0"),
    (
        "http://www.apache.org/licenses/license-2.0.txt",
        "Apache-2.0",
    ),
    (
        "https://www.apache.org/licenses/license-2.0.txt",
        "Apache-2.0",
    ),
    ("bsd", "BSD-3-Clause"),
    ("bsd license", "BSD-3-Clause"),
    ("new bsd license", "BSD-3-Clause"),
    ("bsd3", "BSD-3-Clause"),
    ("bsd-3-clause-california", "BSD-3-Clause"),
    ("bsd-4-clause-california", "BSD-4-Clause-UC"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("bsd 3-clause license", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("bsd-3-clause-generic", "BSD-3-Clause"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("simplified bsd", "BSD-2-Clause"),
    // without a version it is any that was ever published
    ("gpl", "GPL-1.0-or-later"),
    ("lgpl", "LGPL-2.0-or-later"),
    ("gplv2", "GPL-2.0-only"),
    ("gplv2+", "GPL-2.0-or-later"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("gpl+", "GPL-1.0-or-later"),
    ("lgplv2", "LGPL-2.0-only"),
    ("lgplv2+", "LGPL-2.0-or-later"),
    ("lgplv2.1", "LGPL-2.1-only"),
    ("lgplv2.1+", "LGPL-2.1-or-later"),
    ("lgplv3", "LGPL-3.0-only"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("gnu general public license v2 (gplv2)", "GPL-2.0-only"),
    (
        "gnu general public license v2 or later (gplv2+)",
        "GPL-2.0-or-later",
    ),
    ("gnu general public license v3 (gplv3)", "GPL-3.0-only"),
    (
        "gnu general public license v3 or later (gplv3+)",
        "GPL-3.0-or-later",
    ),
    (
        "gnu lesser general public license v3 (lgplv3)",
        "LGPL-3.0-only",
    ),
    (
        "gnu lesser general public license v2 or later (lgplv2+)",
        "LGPL-2.0-or-later",
    ),
    (
        "gnu lesser general public license v3 or later (lgplv3+)",
        "LGPL-3.0-or-later",
    ),
    ("gnu affero general public license v3", "AGPL-3.0-only"),
    ("mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"),
    ("mplv2.0", "MPL-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("isc license (iscl)", "ISC"),
    ("isc license", "ISC"),
    ("python software foundation license", "PSF-2.0"),
    ("psf", "PSF-2.0"),
    ("the unlicense (unlicense)", "Unlicense"),
    ("zlib/libpng", "Zlib"),
    ("artistic", "Artistic-1.0"),
    ("gfdl-niv-1.3+", "GFDL-1.3-no-invariants-or-later"),
    ("openldap-2.8", "OLDAP-2.8"),
    ("tcl-like", "TCL"),
    ("eclipse public license 1.0", "EPL-1.0"),
    ("eclipse public license v2.0", "EPL-2.0"),
];

/// Exceptions as Debian calls them, in lower case.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("autoconf", "Autoconf-exception-generic"),
    ("autoconf-data", "Autoconf-exception-generic"),
    ("bison", "Bison-exception-2.2"),
    ("classpath", "Classpath-exception-2.0"),
    ("font", "Font-exception-2.0"),
    ("gcc runtime library", "GCC-exception-3.1"),
    ("libtool", "Libtool-exception"),
    ("linux-syscall-note", "Linux-syscall-note"),
    ("texinfo", "Texinfo-exception"),
];

/// The SPDX expression for a licence as packages write it: valid SPDX, older SPDX, Debian's short names, Fedora's names,
/// `PyPI`'s classifiers and what people call them.
pub fn normalise(found: &str) -> Option<String> {
    let found = found.trim();
    if let Some(expression) = parse(found) {
        return Some(expression);
    }
    single(found)
        .or_else(|| listed(found))
        .or_else(|| joined(found))
}

/// Canonical SPDX, with the deprecated GNU identifiers in their present form.
fn parse(found: &str) -> Option<String> {
    let mode = spdx::ParseMode {
        allow_deprecated: true,
        ..spdx::ParseMode::STRICT
    };
    let expression = spdx::Expression::parse_mode(found, mode).ok()?;
    let words = expression.as_ref().replace('(', "( ").replace(')', " )");
    let words: Vec<String> = words
        .split_whitespace()
        .map(|word| gnu(word).unwrap_or_else(|| word.to_owned()))
        .collect();
    Some(words.join(" ").replace("( ", "(").replace(" )", ")"))
}

/// `GPL-2+`, `LGPL-2.1`, `GPL-3.0+`, `GFDL-1.3`: with their full version and `-only` or `-or-later`.
fn gnu(name: &str) -> Option<String> {
    let (family, version) = name.split_once('-')?;
    if !matches!(family, "GPL" | "LGPL" | "AGPL" | "GFDL") {
        return None;
    }
    let (version, later) = match version.strip_suffix('+') {
        Some(version) => (version, "or-later"),
        None => (version, "only"),
    };
    let full = match version {
        "1" | "2" | "3" => format!("{version}.0"),
        "1.0" | "1.1" | "1.2" | "1.3" | "2.0" | "2.1" | "3.0" => version.to_owned(),
        _ => return None,
    };
    Some(format!("{family}-{full}-{later}"))
}

fn single(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    if let Some((licence, exception)) = lower.split_once(" with ") {
        return excepted(name.get(..licence.len())?, exception);
    }
    if let Some((_, spdx)) = ALIASES.iter().find(|(alias, _)| *alias == lower) {
        return Some((*spdx).to_owned());
    }
    if let Some(known) = gnu(name) {
        return parse(&known);
    }
    // with its own spelling: people write BSD-3-clause
    let known = spdx::identifiers::LICENSES
        .iter()
        .map(|licence| licence.name)
        .find(|known| known.eq_ignore_ascii_case(name));
    known.and_then(parse)
}

/// `GPL-3+ with Bison exception`
fn excepted(licence: &str, exception: &str) -> Option<String> {
    let exception = exception.trim().strip_suffix("exception")?.trim_end();
    let (_, spdx) = EXCEPTIONS.iter().find(|(known, _)| *known == exception)?;
    Some(format!("{} WITH {spdx}", single(licence.trim())?))
}

/// `A or B, and C`: a comma binds less than what is before it.
fn listed(found: &str) -> Option<String> {
    let groups: Option<Vec<String>> = found
        .split(", and ")
        .map(|group| {
            let group = group.trim();
            let expression = parse(group)
                .or_else(|| single(group))
                .or_else(|| joined(group))?;
            Some(if expression.contains(" OR ") {
                format!("({expression})")
            } else {
                expression
            })
        })
        .collect();
    groups
        .filter(|groups| groups.len() > 1)
        .map(|groups| groups.join(" AND "))
}

/// `GPL-2+ and MIT or Apache-2`, as Debian and Fedora write it, without parentheses; and the slash of npm and cargo.
fn joined(found: &str) -> Option<String> {
    let normal = found
        .replace(" and ", " AND ")
        .replace(" or ", " OR ")
        .replace('/', " OR ");
    if normal.contains(['(', ')', ',']) || !(normal.contains(" AND ") || normal.contains(" OR ")) {
        return None;
    }
    let alternatives = normal.split(" OR ").map(|group| {
        let all: Option<Vec<String>> = group
            .split(" AND ")
            .map(|name| single(name.trim()))
            .collect();
        all.map(|names| names.join(" AND "))
    });
    alternatives
        .collect::<Option<Vec<String>>>()
        .map(|groups| groups.join(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(found: &str, spdx: &str) {
        assert_eq!(normalise(found).as_deref(), Some(spdx), "{found}");
    }

    #[test]
    fn names_in_use_become_spdx_expressions() {
        is("MIT", "MIT");
        is("Expat", "MIT");
        is("GPL-2+", "GPL-2.0-or-later");
        is("GPL-2.0", "GPL-2.0-only");
        is("LGPL-2.1+", "LGPL-2.1-or-later");
        is("GPLv2+", "GPL-2.0-or-later");
        is("ASL 2.0", "Apache-2.0");
        is("BSD-3-clause", "BSD-3-Clause");
        is("MIT OR Apache-2.0", "MIT OR Apache-2.0");
        is("MIT/Apache-2.0", "MIT OR Apache-2.0");
        is("GPL-2+ and Expat", "GPL-2.0-or-later AND MIT");
        is("(GPL-2.0 OR MIT)", "(GPL-2.0-only OR MIT)");
        is("GPL or Artistic", "GPL-1.0-or-later OR Artistic-1.0");
        is(
            "GPL-1+ or Artistic, and Expat",
            "(GPL-1.0-or-later OR Artistic-1.0) AND MIT",
        );
        is(
            "GPL-3+ with Bison exception",
            "GPL-3.0-or-later WITH Bison-exception-2.2",
        );
        is(
            "FSFAP and GPL-2+ with Libtool exception",
            "FSFAP AND GPL-2.0-or-later WITH Libtool-exception",
        );
        is(
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
        );
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(normalise("Sendmail-ish"), None);
        assert_eq!(normalise("GPL-2+ and public-thing"), None);
        assert_eq!(normalise("GPL-2+ with some exception"), None);
        assert_eq!(normalise("GPL-2+, and public-thing"), None);
    }

    #[test]
    fn every_expression_that_is_given_is_spdx() {
        let given = ALIASES.iter().map(|(alias, _)| (*alias).to_owned());
        let excepted = EXCEPTIONS
            .iter()
            .map(|(name, _)| format!("GPL-2+ with {name} exception"));
        for name in given.chain(excepted) {
            let expression = normalise(&name).unwrap();
            assert_eq!(normalise(&expression), Some(expression), "{name}");
        }
        assert_eq!(Licence::parse(" UNKNOWN "), None);
        // cut where no letter is cut
        let long = format!("a{}", "é".repeat(1000));
        assert_eq!(Licence::parse(&long).unwrap().found.len(), 199);
    }
}
