//! Rules into tests: which operator fits which field, and what its values mean there.

use regex::{Regex, RegexBuilder};

use super::{
    Comparison, CriterionError, MAX_KEY, MAX_REGEX_SIZE, MAX_VALUE, MAX_VALUES, Moment, Side, Test,
    TextTest, value,
};
use crate::{
    Field, Operator, Rule,
    field::{NumberField, TextField},
    glob::GlobList,
    text::quoted,
};

/// The deepest nesting of a regular expression.
const MAX_REGEX_NESTING: u32 = 50;

pub(super) fn field_and_operator(rule: &Rule) -> Result<(Field, Operator), CriterionError> {
    let field =
        Field::named(&rule.field).ok_or_else(|| CriterionError::Field(quoted(&rule.field)))?;
    let operator = Operator::named(&rule.operator)
        .ok_or_else(|| CriterionError::Operator(quoted(&rule.operator)))?;
    if field.operators().contains(&operator) {
        Ok((field, operator))
    } else {
        Err(CriterionError::DoesNotFit { field, operator })
    }
}

/// Reads key and values. The operator is one that fits the field.
pub(super) fn test(rule: &Rule, field: Field, operator: Operator) -> Result<Test, CriterionError> {
    let key = key(rule, field)?;
    let first = check_values(rule, operator)?;
    let does_not_fit = || CriterionError::DoesNotFit { field, operator };
    let comparison = || comparison(operator).ok_or_else(does_not_fit);
    let side = || side(operator).ok_or_else(does_not_fit);
    Ok(match field {
        Field::Text(field) => Test::Text {
            field,
            key: key.into(),
            test: text(field, operator, &rule.values, first)?.ok_or_else(does_not_fit)?,
        },
        Field::Number(NumberField::Size) => {
            Test::Number(NumberField::Size, comparison()?, value::size(first)?)
        }
        Field::Number(field) => Test::Number(field, comparison()?, value::number(first)?),
        Field::HighestScore => Test::HighestScore(comparison()?, value::score(first)?),
        Field::ComponentVersion => Test::ComponentVersion {
            name: key.into(),
            comparison: comparison()?,
            version: first.into(),
        },
        Field::ScanStatus => {
            let statuses = rule.values.iter().map(|text| value::status(text));
            Test::ScanStatus(statuses.collect::<Result<_, _>>()?)
        }
        Field::Signed => Test::Signed(value::flag(first)?),
        Field::Time(field) => Test::Time(field, side()?, Moment::At(value::time(first)?)),
        Field::Age(field) => Test::Time(field, side()?, Moment::Ago(value::duration(first)?)),
    })
}

/// The key, if the field has any; else an empty text.
fn key(rule: &Rule, field: Field) -> Result<&str, CriterionError> {
    match (field.key(), rule.key.as_deref()) {
        (None, None) => Ok(""),
        (None, Some(_)) => Err(CriterionError::KeyUnexpected(field)),
        (Some(what), None | Some("")) => Err(CriterionError::KeyMissing { field, what }),
        (Some(_), Some(key)) if key.len() > MAX_KEY => Err(CriterionError::KeyTooLong(key.len())),
        (Some(_), Some(key)) => Ok(key),
    }
}

/// Checks how many values there are and how long they are, and gives the first.
fn check_values(rule: &Rule, operator: Operator) -> Result<&str, CriterionError> {
    let count = rule.values.len();
    if count > MAX_VALUES {
        return Err(CriterionError::TooManyValues(count));
    }
    let first = rule.values.first().ok_or(CriterionError::NoValue)?;
    if count > 1 && !operator.takes_many() {
        return Err(CriterionError::OneValue { operator, count });
    }
    for value in &rule.values {
        if value.is_empty() {
            return Err(CriterionError::EmptyValue);
        }
        if value.len() > MAX_VALUE {
            return Err(CriterionError::ValueTooLong {
                length: value.len(),
                value: quoted(value),
            });
        }
    }
    Ok(first)
}

/// `None` if the operator does not fit texts.
fn text(
    field: TextField,
    operator: Operator,
    values: &[String],
    first: &str,
) -> Result<Option<TextTest>, CriterionError> {
    let folded = |value: &str| {
        if field.ignores_case() {
            value.to_ascii_lowercase()
        } else {
            value.to_owned()
        }
    };
    let all = || values.iter().map(|value| folded(value));
    Ok(Some(match operator {
        Operator::Equals | Operator::OneOf | Operator::NotOneOf => {
            TextTest::OneOf(all().map(Into::into).collect())
        }
        Operator::StartsWith => TextTest::StartsWith(folded(first).into()),
        Operator::EndsWith => TextTest::EndsWith(folded(first).into()),
        Operator::Contains => TextTest::Contains(folded(first).into()),
        Operator::Matches => TextTest::Matches(regex(first, field.ignores_case())?),
        Operator::Glob => TextTest::Glob(globs(field, &all().collect::<Vec<_>>())?),
        _ => return Ok(None),
    }))
}

/// Where one of many texts has to fit, `*` and `!GPL*` would hold of every image that has something else too.
fn globs(field: TextField, values: &[String]) -> Result<GlobList, CriterionError> {
    let list = GlobList::new(values)?;
    if list.has_exceptions() && field.is_one_of_many() {
        return Err(CriterionError::Exception(Field::Text(field)));
    }
    Ok(list)
}

/// Compiles a regular expression within bounds. The crate has neither look-around nor back-references, and takes time in proportion to
/// the product of expression and text, whatever they are.
fn regex(pattern: &str, ignore_case: bool) -> Result<Regex, CriterionError> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .nest_limit(MAX_REGEX_NESTING)
        .size_limit(MAX_REGEX_SIZE)
        .dfa_size_limit(MAX_REGEX_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => CriterionError::RegexTooLarge(quoted(pattern)),
            other => CriterionError::Regex {
                pattern: quoted(pattern),
                reason: reason(&other),
            },
        })
}

/// The crate draws where the error is; its last line says what it is.
fn reason(error: &regex::Error) -> String {
    let drawn = error.to_string();
    let last = drawn.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

fn comparison(operator: Operator) -> Option<Comparison> {
    Some(match operator {
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual,
        Operator::Greater => Comparison::Greater,
        Operator::Equals | Operator::NotEquals => Comparison::Equal,
        Operator::LessOrEqual => Comparison::LessOrEqual,
        Operator::Less => Comparison::Less,
        _ => return None,
    })
}

fn side(operator: Operator) -> Option<Side> {
    Some(match operator {
        Operator::Before => Side::Before,
        Operator::After => Side::After,
        _ => return None,
    })
}
