//! Which commit an image was built from, as far as its labels and the attestations agree: what is verified decides, and what is only
//! claimed is told beside it.

use api::custody::{Station, StationStanding};
use trust::provenance::{is_same_commit, is_same_source};

use super::builds::{Attested, add};

/// Contradictions that the station of the source tells each by itself.
const MOST: usize = 3;

/// What is said of the source of an image.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said<'a> {
    /// Which commit.
    pub(super) commit: Option<&'a str>,
    /// Of which repository.
    pub(super) source: Option<&'a str>,
    /// A page that is named where no repository is.
    pub(super) page: Option<&'a str>,
}

/// The attestation that is believed most.
struct Best {
    commit: String,
    source: Option<String>,
    is_verified: bool,
    signer: Option<String>,
    words: String,
}

impl Best {
    /// Of those that say a commit and do not contradict the labels: one that is verified, then one that somebody signed, then the first.
    fn of(labels: Said<'_>, all: &[Attested]) -> Option<Self> {
        let agreeing = all.iter().filter(|one| {
            let is_refused = one.station.standing == StationStanding::Refused;
            !is_refused && one.differs(labels).is_none()
        });
        let with_commit = agreeing.filter_map(|one| Some((one, one.said.as_ref()?)));
        let mut with_commit: Vec<_> = with_commit
            .filter_map(|(one, said)| Some((one, said.commit.clone()?, said.source.clone())))
            .collect();
        with_commit.sort_by_key(|(one, ..)| (!one.is_verified(), one.signer.is_none()));
        let (one, commit, source) = with_commit.into_iter().next()?;
        Some(Self {
            commit,
            source,
            is_verified: one.is_verified(),
            signer: one.signer.clone(),
            words: one.words(),
        })
    }

    fn said(&self) -> Said<'_> {
        Said {
            commit: Some(&self.commit),
            source: self.source.as_deref(),
            page: None,
        }
    }

    /// Whether it says all that the station does: nothing in that is only the labels'.
    fn says_all(&self, labels: Said<'_>) -> bool {
        self.source.is_some() || (labels.source.is_none() && labels.page.is_none())
    }
}

impl Attested {
    fn is_verified(&self) -> bool {
        self.station.standing == StationStanding::Verified
    }

    /// Which attestation it is, in words.
    fn words(&self) -> String {
        match &self.signer {
            Some(signer) if self.is_verified() => {
                format!("a verified attestation, signed by {signer},")
            }
            Some(signer) => format!("an attestation signed by {signer}"),
            None => "an attestation that nobody signed".to_owned(),
        }
    }

    /// What both say and is not the same.
    fn differs(&self, other: Said<'_>) -> Option<(String, String)> {
        let said = self.said.as_ref()?;
        if let (Some(one), Some(other)) = (said.commit.as_deref(), other.commit)
            && !is_same_commit(one, other)
        {
            return Some((format!("commit {one}"), format!("commit {other}")));
        }
        match (said.source.as_deref(), other.source) {
            (Some(one), Some(other)) if !is_same_source(one, other) => {
                Some((one.to_owned(), other.to_owned()))
            }
            _ => None,
        }
    }
}

/// Compares what the labels say of the source with what attestations say, and these with each other. What the labels leave out, or what
/// a verified attestation says too, is as well known as that attestation. Where two contradict each other, the weaker one's station
/// says so; that of the source does where what contradicts it is at least as strong, and is refused where that is verified. An
/// attestation that was refused counts for nothing.
pub(super) fn compare(source: &mut Station, labels: Said<'_>, all: &mut [Attested]) {
    let best = Best::of(labels, all);
    if let Some(best) = &best {
        tell(source, labels, best);
    }
    let is_verified = source.standing == StationStanding::Verified;
    let (mut is_refused, mut against) = (false, 0);
    for one in all {
        let (attested, other) = if let Some((attested, labelled)) = one.differs(labels) {
            (attested, format!("the image's own labels say {labelled}"))
        } else if let Some((best, (attested, other))) = best
            .as_ref()
            .and_then(|best| Some((best, one.differs(best.said())?)))
        {
            (attested, format!("{} says {other}", best.words))
        } else {
            continue;
        };
        let words = one.words();
        add(&mut one.station, &other);
        if one.station.standing == StationStanding::Refused || is_verified && !one.is_verified() {
            continue;
        }
        is_refused |= one.is_verified();
        against += 1;
        if against <= MOST {
            add(source, &format!("{words} says {attested}"));
        }
    }
    if against > MOST {
        add(
            source,
            &format!("{} more say something else", against - MOST),
        );
    }
    if is_refused {
        source.standing = StationStanding::Refused;
    }
}

/// Says in the station what the best attestation says, and whose it is.
fn tell(source: &mut Station, labels: Said<'_>, best: &Best) {
    let words = &best.words;
    if labels.commit.is_none() || (labels.source.is_none() && best.source.is_some()) {
        let of = best.source.as_deref().or(labels.source).or(labels.page);
        let of = of.map_or_else(String::new, |source| format!(" of {source}"));
        source.what = format!("Built from commit {}{of}, as {words} says", best.commit);
        source.standing = StationStanding::Claimed;
    } else if best.signer.is_some() {
        let all = best.says_all(labels);
        let what = if all { "so" } else { "the commit" };
        source.what = format!("{}; {words} says {what} too", source.what);
    }
    if best.is_verified && best.says_all(labels) {
        source.standing = StationStanding::Verified;
    }
}
