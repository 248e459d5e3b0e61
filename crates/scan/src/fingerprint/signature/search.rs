//! The search for the literals of the table, in one pass however many there are: a literal of six bytes or more holds a
//! group of four at each third byte of the file, so only those are looked at, and looked up in a small set.

use super::releases::{LIBRARIES, Vote};
use super::table::SIGNATURES;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const GRAM: usize = 4;
const STRIDE: usize = 3;
/// A shorter literal could lie between the bytes that are looked at; a test keeps them out.
#[cfg(test)]
pub(super) const MIN_LITERAL: usize = GRAM + STRIDE - 1;
/// The hashes of the set: 2^17 bits, so that they stay in the first cache.
const HASH_BITS: u32 = 17;
const WORDS: usize = 1 << (HASH_BITS - 6);

pub(super) static SEARCH: LazyLock<Search> = LazyLock::new(Search::new);

/// What a literal is, and of which row or library.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Anchor(usize),
    Marker(usize),
    Alone(usize),
    Release(Vote),
}

pub(super) struct Search {
    /// Which hashes occur.
    set: Box<[u64; WORDS]>,
    /// How many hashes of the set are in the words before each.
    before: Box<[u32; WORDS]>,
    /// For each hash of the set, in order.
    places: Vec<Vec<Place>>,
}

/// Where in a literal a group of bytes stands.
struct Place {
    literal: &'static str,
    offset: usize,
    meaning: Meaning,
}

impl Search {
    fn new() -> Self {
        let mut places: BTreeMap<u32, Vec<Place>> = BTreeMap::new();
        for (index, row) in SIGNATURES.iter().enumerate() {
            let anchors = row.anchors.iter().map(|it| (*it, Meaning::Anchor(index)));
            let markers = row.markers.iter().map(|it| (*it, Meaning::Marker(index)));
            let alone = row.alone.iter().map(|it| (*it, Meaning::Alone(index)));
            for (literal, meaning) in anchors.chain(markers).chain(alone) {
                enter(&mut places, literal, meaning);
            }
        }
        for (library, row) in LIBRARIES.iter().enumerate() {
            for (claim, one) in row.claims.iter().enumerate() {
                enter(
                    &mut places,
                    one.text,
                    Meaning::Release(Vote { library, claim }),
                );
            }
        }
        let mut set = Box::new([0; WORDS]);
        for hash in places.keys() {
            if let Some(word) = set.get_mut((hash >> 6) as usize) {
                *word |= 1_u64 << (hash & 63);
            }
        }
        let mut before = Box::new([0; WORDS]);
        let mut count = 0;
        for (before, word) in before.iter_mut().zip(set.iter()) {
            *before = count;
            count += word.count_ones();
        }
        let places = places.into_values().collect();
        Self {
            set,
            before,
            places,
        }
    }

    /// Calls `hit` with the meanings of each literal in `bytes` and where it begins, once for each.
    pub(super) fn run(&self, bytes: &[u8], mut hit: impl FnMut(Meaning, usize)) {
        const STEP: usize = 4 * STRIDE;
        let mut at = 0;
        for window in bytes.windows(STEP + 1).step_by(STEP) {
            // four groups at a time, of which the last reaches into the next step
            if let [a, b, c, d, e, f, g, h, i, j, k, l, m] = *window {
                for (gram, offset) in [
                    ([a, b, c, d], 0),
                    ([d, e, f, g], STRIDE),
                    ([g, h, i, j], 2 * STRIDE),
                    ([j, k, l, m], 3 * STRIDE),
                ] {
                    let hash = hash(&gram);
                    if self.has(hash) {
                        self.compare(bytes, at + offset, hash, &mut hit);
                    }
                }
            }
            at += STEP;
        }
        while let Some(gram) = bytes.get(at..at + GRAM) {
            let hash = hash(gram);
            if self.has(hash) {
                self.compare(bytes, at, hash, &mut hit);
            }
            at += STRIDE;
        }
    }

    fn has(&self, hash: u32) -> bool {
        let word = self.set.get((hash >> 6) as usize);
        word.is_some_and(|word| word >> (hash & 63) & 1 == 1)
    }

    #[cold]
    fn compare(&self, bytes: &[u8], at: usize, hash: u32, hit: &mut impl FnMut(Meaning, usize)) {
        let word = (hash >> 6) as usize;
        let (Some(set), Some(before)) = (self.set.get(word), self.before.get(word)) else {
            return;
        };
        let in_word = (set & ((1 << (hash & 63)) - 1)).count_ones();
        let rank = before + in_word;
        for place in self.places.get(rank as usize).into_iter().flatten() {
            let Some(start) = at.checked_sub(place.offset) else {
                continue;
            };
            let rest = bytes.get(start..).unwrap_or_default();
            if rest.starts_with(place.literal.as_bytes()) {
                hit(place.meaning, start);
            }
        }
    }
}

fn enter(places: &mut BTreeMap<u32, Vec<Place>>, literal: &'static str, meaning: Meaning) {
    for (offset, gram) in literal.as_bytes().windows(GRAM).take(STRIDE).enumerate() {
        places.entry(hash(gram)).or_default().push(Place {
            literal,
            offset,
            meaning,
        });
    }
}

/// By multiplication, of which the upper bits are the best.
fn hash(gram: &[u8]) -> u32 {
    let gram = gram.first_chunk::<GRAM>().copied().unwrap_or_default();
    u32::from_le_bytes(gram).wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_literal_is_found_once_wherever_it_begins() {
        let of = |meaning: &Meaning| match *meaning {
            Meaning::Anchor(index) | Meaning::Marker(index) | Meaning::Alone(index) => Some(index),
            Meaning::Release(_) => None,
        };
        for (index, row) in SIGNATURES.iter().enumerate() {
            for literal in row.literals() {
                let expected = row
                    .literals()
                    .filter(|own| literal.starts_with(own))
                    .count();
                for (before, after) in [0, 1, 2, 3, 11, 12, 13]
                    .into_iter()
                    .zip([0, 1, 20].into_iter().cycle())
                {
                    let bytes =
                        ["-".repeat(before), literal.to_owned(), "-".repeat(after)].concat();
                    let mut hits = 0;
                    SEARCH.run(bytes.as_bytes(), |meaning, at| {
                        hits += usize::from(at == before && of(&meaning) == Some(index));
                    });
                    assert_eq!(hits, expected, "{literal:?} {before} {after}");
                }
            }
        }
    }
}
