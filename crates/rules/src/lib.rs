//! One rule engine for everything that images do by rule: promotion, mirroring, pruning, immutability.
//!
//! * [`facts`] is what is known of an image, and what is not.
//! * [`rule`] is a criterion as DTR's API writes it; [`criterion`] reads it into types, once; [`field`] and [`operator`] name its parts.
//! * [`criteria`] are several of them, of which all have to hold: [`Criteria::evaluate`] gives the one [`verdict`], with a reason for
//!   each criterion.
//! * [`signing`] says which images may be pulled, by who signed them.
//! * [`template`] makes the tag in the target. [`tag_patterns`] say which tags cannot change, [`attachment`] which are no image's.
//!
//! Unknown never holds, also not when it is negated: the logic has three values (Kleene's). This crate does no IO, knows no clock
//! and is not async. Rules are what people write, facts what strangers push: both are bounded, and nothing here takes more than
//! linear time in a text.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::panic))]

pub mod attachment;
pub mod criteria;
pub mod criterion;
mod evaluate;
pub mod facts;
pub mod field;
pub mod glob;
pub mod operator;
pub mod rule;
pub mod signing;
pub mod tag_patterns;
pub mod template;
mod text;
pub mod verdict;

pub use attachment::is_attachment;
pub use criteria::{Criteria, CriteriaError};
pub use criterion::{Criterion, CriterionError};
pub use facts::Facts;
pub use field::{Evidence, Field};
pub use operator::Operator;
pub use rule::Rule;
pub use tag_patterns::TagPatterns;
pub use template::TagTemplate;
pub use verdict::{Evaluation, Line, Verdict};
