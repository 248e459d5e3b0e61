//! Rules that cannot be saved, and what is said of them.

use rules::{Criteria, CriteriaError, Field, Operator, Rule};

use crate::image::rule;

fn error(rule: Rule) -> String {
    Criteria::new(vec![rule.clone()])
        .err()
        .unwrap_or_else(|| panic!("{rule:?} is accepted"))
        .to_string()
}

#[test]
fn an_operator_that_does_not_fit_a_field_is_refused_with_those_that_do() {
    for field in Field::ALL {
        for operator in Operator::ALL {
            if field.operators().contains(&operator) {
                continue;
            }
            let error = error(rule(field.name(), operator.code(), &["1"]));
            let fitting: Vec<_> = field.operators().iter().map(|one| one.code()).collect();
            assert_eq!(
                error,
                format!(
                    "criterion 1: the operator {operator} does not fit the field {field}; these do: {}",
                    fitting.join(", ")
                )
            );
        }
    }
}

/// Each with what its error says, which is what would be right.
fn assert_refused(cases: &[(Rule, &str)]) {
    for (rule, expected) in cases {
        let error = error(rule.clone());
        assert!(error.starts_with("criterion 1: "), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn fields_keys_and_values_have_to_be_there() {
    let long = "x".repeat(513);
    let cases = [
        (
            rule("tags", "eq", &["x"]),
            r#"there is no field "tags"; the fields are tag, component.name,"#,
        ),
        (
            rule("tag", "is", &["x"]),
            r#"there is no operator "is"; the operators are eq, neq, sw,"#,
        ),
        (
            rule("label", "eq", &["x"]),
            "the field label needs a key: the name of the label",
        ),
        (
            rule("annotation ", "eq", &["x"]),
            "the field annotation needs a key: the name of the annotation",
        ),
        (
            rule("component.version", "lt", &["1"]),
            "the field component.version needs a key: the name of the component",
        ),
        (
            rule("tag x", "eq", &["x"]),
            "the field tag takes no key: leave it out",
        ),
        (
            rule(&format!("label {}", "x".repeat(257)), "eq", &["x"]),
            "a key has 257 bytes, and may have 256",
        ),
        (
            rule::<&str>("tag", "oo", &[]),
            "there is no value to compare with",
        ),
        (
            rule("tag", "eq", &["x", "y"]),
            "the operator eq takes one value, and not 2; oo, noo, glob take more",
        ),
        (rule("tag", "oo", &["x", ""]), "a value is empty"),
        (
            rule("tag", "eq", &[&long]),
            "a value has 513 bytes, and may have 512",
        ),
    ];
    assert_refused(&cases);
}

#[test]
fn values_have_to_be_what_the_field_is() {
    let cases = [
        (
            rule("vulnerability_all", "lte", &["none"]),
            r#""none" is no whole number from 0 on"#,
        ),
        (
            rule("vulnerability_all", "lte", &["-1"]),
            r#""-1" is no whole number from 0 on"#,
        ),
        (
            rule("vulnerability_cvss", "lt", &["11"]),
            r#""11" is no CVSS score: write a number from 0 to 10"#,
        ),
        (
            rule("size", "lt", &["1 kg"]),
            r#""1 kg" is no size: write bytes"#,
        ),
        (
            rule("signed", "eq", &["yes"]),
            r#""yes" is neither true nor false"#,
        ),
        (
            rule("scan_status", "oo", &["completed", "done"]),
            r#""done" is no status of a scan; those are unscanned, pending,"#,
        ),
        (
            rule("updated_at", "bf", &["yesterday"]),
            r#""yesterday" is no time: write it as RFC 3339"#,
        ),
        (
            rule("updated_at_duration", "bf", &["7d"]),
            r#""7d" is no duration: write numbers from 0 on with h, m, s"#,
        ),
        (
            rule("updated_at_duration", "bf", &["-1h"]),
            r#""-1h" is no duration"#,
        ),
        (rule("tag", "glob", &["v*", "!"]), "a pattern is empty"),
        (
            rule("license.name", "glob", &["*", "!GPL*"]),
            "of the field license.name one text has to fit, so an exception would forbid nothing",
        ),
        (
            rule("tag", "matches", &["("]),
            r#""(" is no regular expression: unclosed group"#,
        ),
        (
            rule("tag", "matches", &["(?=x)"]),
            "look-ahead and look-behind, is not supported",
        ),
        (
            rule("tag", "matches", &[r"(a)\1"]),
            "backreferences are not supported",
        ),
    ];
    assert_refused(&cases);
}

#[test]
fn the_wrong_one_is_named() {
    let good = rule("tag", "eq", &["x"]);
    let bad = rule("tag", "gt", &["x"]);
    let error = Criteria::new(vec![good.clone(), good, bad]).unwrap_err();
    assert!(
        matches!(error, CriteriaError::Criterion { number: 3, .. }),
        "{error}"
    );
}
