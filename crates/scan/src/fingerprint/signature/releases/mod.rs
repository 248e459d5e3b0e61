//! Libraries that do not say their version (rule C): each release brings strings and drops others, and what a file has of them says
//! between which releases it is. The tables beside this file are made by `make.py`, which says how they are to be read.
//!
//! The strings say nothing of whether a library is there: programs that use one hold some of its names. That takes a row of the table of
//! signatures or the file's own name. Of the interval, the oldest release is reported, and never as exact: what was mended later is
//! then found, and nothing that is there is called mended.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// One of so many strings, and always one, may contradict the others: a distribution may have carried a correction over, or a part may
/// be missing.
const STRAY: usize = 8;
/// What fewer strings say could be chance.
const LEAST: usize = 2;

pub(super) struct Library {
    pub(super) name: &'static str,
    /// The oldest first.
    pub(super) releases: Vec<&'static str>,
    pub(super) claims: Vec<Claim>,
}

/// A string, and the first and the last release that has it, counted from 0.
pub(super) struct Claim {
    pub(super) text: &'static str,
    pub(super) first: usize,
    pub(super) last: usize,
}

/// A string that was found: of which library, and which of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Vote {
    pub(super) library: usize,
    pub(super) claim: usize,
}

const TABLES: [(&str, &str); 8] = [
    ("brotli", include_str!("brotli.tsv")),
    ("jansson", include_str!("jansson.tsv")),
    ("lcms2", include_str!("lcms2.tsv")),
    ("libyaml", include_str!("libyaml.tsv")),
    ("nettle", include_str!("nettle.tsv")),
    ("oniguruma", include_str!("oniguruma.tsv")),
    ("pixman", include_str!("pixman.tsv")),
    ("protobuf", include_str!("protobuf.tsv")),
];

pub(super) static LIBRARIES: LazyLock<Vec<Library>> = LazyLock::new(|| {
    TABLES
        .iter()
        .map(|(name, table)| read(name, table))
        .collect()
});

fn read(name: &'static str, table: &'static str) -> Library {
    let mut lines = table.lines();
    let releases: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let newest = releases.len().saturating_sub(1);
    let claim = |line: &'static str| {
        let mut fields = line.splitn(3, '\t');
        let mut end = |beyond| match fields.next()? {
            "-" => Some(beyond),
            release => releases.iter().position(|one| *one == release),
        };
        let (first, last) = (end(0)?, end(newest)?);
        let text = fields.next()?;
        Some(Claim { text, first, last })
    };
    let claims = lines.filter_map(claim).collect();
    Library {
        name,
        releases,
        claims,
    }
}

/// The release that the library is of at least, where the strings that were found tell it.
pub(super) fn oldest(name: &str, votes: &BTreeSet<Vote>) -> Option<&'static str> {
    let index = LIBRARIES.iter().position(|library| library.name == name)?;
    let library = LIBRARIES.get(index)?;
    let found: Vec<&Claim> = votes
        .iter()
        .filter(|vote| vote.library == index)
        .filter_map(|vote| library.claims.get(vote.claim))
        .collect();
    let votes_for = |release: usize| {
        let holds = |claim: &&&Claim| (claim.first..=claim.last).contains(&release);
        found.iter().filter(holds).count()
    };
    let most = (0..library.releases.len()).map(votes_for).max()?;
    // two releases in one file, or something that knows them all
    if most < LEAST || found.len() - most > most / 4 + 1 {
        return None;
    }
    let stray = (most / STRAY).max(1);
    let oldest = (0..library.releases.len()).find(|release| votes_for(*release) + stray >= most)?;
    // before the first release of the table come others
    library.releases.get(oldest).filter(|_| oldest > 0).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(library: usize, is_wanted: impl Fn(&Claim) -> bool) -> BTreeSet<Vote> {
        let claims = LIBRARIES[library].claims.iter().enumerate();
        claims
            .filter(|(_, one)| is_wanted(one))
            .map(|(claim, _)| Vote { library, claim })
            .collect()
    }

    fn of_release(library: usize, release: usize) -> BTreeSet<Vote> {
        all(library, |one| (one.first..=one.last).contains(&release))
    }

    #[test]
    fn each_release_is_told_by_its_strings() {
        for (index, library) in LIBRARIES.iter().enumerate() {
            for (release, version) in library.releases.iter().enumerate() {
                let told = oldest(library.name, &of_release(index, release));
                let expected = (release > 0).then_some(*version);
                assert_eq!(told, expected, "{} {version}", library.name);
            }
        }
    }

    #[test]
    fn a_string_that_was_carried_over_makes_nothing_newer() {
        for (index, library) in LIBRARIES.iter().enumerate() {
            for release in 0..library.releases.len() {
                let votes = of_release(index, release);
                for more in all(index, |one| one.first > release) {
                    let mut votes = votes.clone();
                    votes.insert(more);
                    let told = oldest(library.name, &votes);
                    let told = library.releases.iter().position(|one| Some(*one) == told);
                    assert!(told.unwrap_or(0) <= release, "{} {release}", library.name);
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_library_is_never_called_newer() {
        for (index, library) in LIBRARIES.iter().enumerate() {
            for release in 0..library.releases.len() {
                for skip in 0..7 {
                    let some = of_release(index, release).into_iter().skip(skip);
                    let told = oldest(library.name, &some.step_by(2).collect());
                    let told = library.releases.iter().position(|one| Some(*one) == told);
                    assert!(told.unwrap_or(0) <= release, "{} {release}", library.name);
                }
            }
        }
    }

    #[test]
    fn strings_of_all_releases_tell_none() {
        for name in ["lcms2", "nettle"] {
            let index = LIBRARIES.iter().position(|library| library.name == name);
            assert_eq!(oldest(name, &all(index.unwrap(), |_| true)), None, "{name}");
        }
        assert_eq!(oldest("libyaml", &BTreeSet::new()), None);
        assert_eq!(oldest("zlib", &of_release(0, 1)), None);
    }

    #[test]
    fn a_table_is_sound() {
        for (library, (name, table)) in LIBRARIES.iter().zip(TABLES) {
            assert_eq!(library.claims.len(), table.lines().count() - 1, "{name}");
            assert!(library.claims.len() <= 200, "{name}");
            for claim in &library.claims {
                assert!(claim.first <= claim.last, "{name}: {}", claim.text);
                let says_something = claim.last - claim.first + 1 < library.releases.len();
                assert!(says_something, "{name}: {}", claim.text);
                let length = claim.text.len();
                assert!(
                    length >= super::super::search::MIN_LITERAL,
                    "{name}: {}",
                    claim.text
                );
            }
        }
        assert!(TABLES.iter().map(|(_, table)| table.len()).sum::<usize>() < 100 << 10);
    }
}
