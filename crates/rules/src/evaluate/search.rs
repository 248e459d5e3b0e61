//! Looking for texts that fit: one is enough, and what cannot be decided may be one.

use super::Answer;
use crate::{
    Verdict,
    criterion::TextTest,
    text::quoted,
    verdict::{Found, MAX_FOUND},
};

/// The longest text that is compared, in bytes. Of a longer one nothing is known: it bounds what an image can make a rule cost.
pub(super) const MAX_TEXT: usize = 64 << 10;

/// Texts that were seen so far.
pub(super) struct Search<'t> {
    test: &'t TextTest,
    ignore_case: bool,
    /// The last text in lower case; kept, so that thousands of texts need no memory of their own.
    folded: String,
    seen: usize,
    fitting: Shown,
    undecided: Shown,
}

/// The first few of many.
#[derive(Default)]
pub(super) struct Shown {
    found: Vec<Found>,
    count: usize,
}

impl Shown {
    pub(super) fn add(&mut self, found: impl FnOnce() -> Found) {
        self.count += 1;
        if self.found.len() < MAX_FOUND {
            self.found.push(found());
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn into_found(self) -> Vec<Found> {
        self.found
    }

    /// `a (usr/a), b (usr/b) and 3 more`.
    pub(super) fn listed(&self) -> String {
        listed(&self.found, self.count)
    }
}

/// The first of `count` things.
pub(super) fn listed(found: &[Found], count: usize) -> String {
    let shown: Vec<_> = found.iter().map(Found::to_string).collect();
    match count.saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl<'t> Search<'t> {
    pub(super) fn new(test: &'t TextTest, ignore_case: bool) -> Self {
        Self {
            test,
            ignore_case,
            folded: String::new(),
            seen: 0,
            fitting: Shown::default(),
            undecided: Shown::default(),
        }
    }

    /// Looks at one thing, which has any number of texts: it fits if one of them does.
    pub(super) fn see<'x>(
        &mut self,
        texts: impl IntoIterator<Item = &'x str>,
        found: impl FnOnce() -> Found,
    ) {
        self.seen += 1;
        let mut verdict = Verdict::DoesNotHold;
        for text in texts {
            match self.fits(text) {
                Verdict::Holds => {
                    self.fitting.add(found);
                    return;
                }
                Verdict::Unknown => verdict = Verdict::Unknown,
                Verdict::DoesNotHold => {}
            }
        }
        if verdict == Verdict::Unknown {
            self.undecided.add(found);
        }
    }

    /// Notes one thing whose texts are not known.
    pub(super) fn miss(&mut self, found: impl FnOnce() -> Found) {
        self.seen += 1;
        self.undecided.add(found);
    }

    fn fits(&mut self, text: &str) -> Verdict {
        if text.len() > MAX_TEXT {
            return Verdict::Unknown;
        }
        if !self.ignore_case {
            return self.test.fits(text).into();
        }
        self.folded.clear();
        self.folded.push_str(text);
        self.folded.make_ascii_lowercase();
        self.test.fits(&self.folded).into()
    }

    fn verdict(&self) -> Verdict {
        if !self.fitting.is_empty() {
            Verdict::Holds
        } else if self.undecided.is_empty() {
            Verdict::DoesNotHold
        } else {
            Verdict::Unknown
        }
    }

    /// The answer about many things: `2 of 58 components fit: …`. `unclear` says what is missing of those that are undecided.
    pub(super) fn about(self, one: &str, many: &str, unclear: &str) -> Answer {
        let verdict = self.verdict();
        let all = super::counted(self.seen, one, many);
        let (reason, shown) = match verdict {
            _ if self.seen == 0 => (format!("there are no {many}"), self.fitting),
            Verdict::Holds => (fit(&self.fitting, &all), self.fitting),
            Verdict::DoesNotHold => (format!("none of {all} fits"), self.fitting),
            Verdict::Unknown => {
                let listed = self.undecided.listed();
                let count = self.undecided.count();
                (
                    format!("none of {all} is known to fit, but of {count} {unclear}: {listed}"),
                    self.undecided,
                )
            }
        };
        Answer {
            verdict,
            reason,
            found: shown.into_found(),
        }
    }

    /// The answer about the one text that there is, if it is known.
    pub(super) fn only(mut self, what: &str, text: Option<&str>) -> Answer {
        let Some(text) = text else {
            return Answer::unknown(format!("{what} is not known"));
        };
        let reason = if text.len() > MAX_TEXT {
            format!("{what} is too long to be compared")
        } else {
            format!("{what} is {}", quoted(text))
        };
        Answer::new(self.fits(text), reason)
    }
}

fn fit(fitting: &Shown, all: &str) -> String {
    let fit = if fitting.count() == 1 { "fits" } else { "fit" };
    format!("{} of {all} {fit}: {}", fitting.count(), fitting.listed())
}
