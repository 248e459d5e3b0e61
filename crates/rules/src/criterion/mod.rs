//! A criterion: a rule that was read into types, once, so that nothing is looked up or parsed again when it is asked.

mod error;
mod read;
mod test;
mod value;

use std::fmt;

pub use error::CriterionError;
pub(crate) use test::{Comparison, Moment, Side, Test, TextTest};

use crate::{Field, Operator, Rule};

/// The most values of a criterion.
pub const MAX_VALUES: usize = 100;
/// The longest value, in bytes; regular expressions and globs too.
pub const MAX_VALUE: usize = 512;
/// The longest name of a label, an annotation or a component, in bytes.
pub const MAX_KEY: usize = 256;
/// The memory that a regular expression may take when it is compiled, in bytes.
pub const MAX_REGEX_SIZE: usize = 256 << 10;

/// One criterion.
#[derive(Debug, Clone)]
pub struct Criterion {
    rule: Rule,
    field: Field,
    operator: Operator,
    test: Test,
}

impl Criterion {
    /// Reads a rule, or says what is wrong with it and what would be right.
    pub fn new(rule: Rule) -> Result<Self, CriterionError> {
        let (field, operator) = read::field_and_operator(&rule)?;
        let test = read::test(&rule, field, operator)?;
        Ok(Self {
            rule,
            field,
            operator,
            test,
        })
    }

    /// What it is about.
    pub fn field(&self) -> Field {
        self.field
    }

    /// The rule it was read from.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    pub(crate) fn test(&self) -> &Test {
        &self.test
    }

    /// Whether the verdict of the test is turned round: by `not`, or by an operator that is itself the negation of another.
    pub(crate) fn is_negated(&self) -> bool {
        self.rule.not != self.operator.is_negative()
    }
}

/// In words: `Critical vulnerabilities less than or equals 0`.
impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rule.not {
            f.write_str("not: ")?;
        }
        f.write_str(self.field.label())?;
        if let Some(key) = &self.rule.key {
            write!(f, " {}", crate::text::plain(key))?;
        }
        write!(f, " {} ", self.operator.label())?;
        for (at, value) in self.rule.values.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{}", crate::text::plain(value))?;
        }
        Ok(())
    }
}
