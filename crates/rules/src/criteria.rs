//! Several criteria, of which all have to hold.

use std::collections::BTreeSet;

use oci::Tag;
use serde::{Deserialize, Serialize};

use crate::{Criterion, CriterionError, Evaluation, Evidence, Facts, Rule, Verdict, evaluate};

/// The most criteria of a policy.
pub const MAX_CRITERIA: usize = 50;

/// Criteria, of which all have to hold. In JSON they are a list of [`Rule`].
///
/// No criteria hold of every image: nothing is asked of it. Where that would do harm, as in pruning, see [`Criteria::is_empty`] first.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(try_from = "Vec<Rule>", into = "Vec<Rule>")]
pub struct Criteria(Vec<Criterion>);

/// Why criteria cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum CriteriaError {
    #[error("there are {0} criteria, and may be {MAX_CRITERIA}")]
    TooMany(usize),
    #[error("criterion {number}: {error}")]
    Criterion {
        /// Which one, from 1 on.
        number: usize,
        error: CriterionError,
    },
}

impl Criteria {
    /// Reads rules, or says which of them is wrong and what would be right.
    pub fn new(rules: Vec<Rule>) -> Result<Self, CriteriaError> {
        if rules.len() > MAX_CRITERIA {
            return Err(CriteriaError::TooMany(rules.len()));
        }
        let numbered = rules.into_iter().zip(1..);
        let read = numbered.map(|(rule, number)| {
            Criterion::new(rule).map_err(|error| CriteriaError::Criterion { number, error })
        });
        read.collect::<Result<_, _>>().map(Self)
    }

    /// What all of them say of an image, with a line for each.
    ///
    /// A tag that names something attached to an image is judged like any other: see [`is_attachment`](crate::is_attachment) first.
    pub fn evaluate(&self, facts: &Facts<'_>) -> Evaluation {
        let lines: Vec<_> = self
            .0
            .iter()
            .map(|criterion| evaluate::line(criterion, facts))
            .collect();
        let all = lines.iter().map(|line| line.verdict);
        Evaluation {
            verdict: all.fold(Verdict::Holds, Verdict::and),
            lines,
        }
    }

    /// What a tag alone decides, with nothing else known: it holds if all criteria are about the tag and hold, it does not if one
    /// of them does not, and otherwise it depends on the image.
    pub fn decide_tag(&self, tag: &Tag) -> Verdict {
        let verdicts = self
            .iter()
            .map(|criterion| evaluate::of_tag(criterion, tag));
        verdicts.fold(Verdict::Holds, Verdict::and)
    }

    /// What has to be looked up to evaluate them, and a change of what may change the verdict.
    pub fn evidence(&self) -> BTreeSet<Evidence> {
        self.iter()
            .map(|criterion| criterion.field().evidence())
            .collect()
    }

    /// Each of them, in the order of the rules.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Criterion> {
        self.0.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<Vec<Rule>> for Criteria {
    type Error = CriteriaError;

    fn try_from(rules: Vec<Rule>) -> Result<Self, CriteriaError> {
        Self::new(rules)
    }
}

impl From<Criteria> for Vec<Rule> {
    fn from(criteria: Criteria) -> Self {
        let rules = criteria.0.into_iter();
        rules.map(|criterion| criterion.rule().clone()).collect()
    }
}
