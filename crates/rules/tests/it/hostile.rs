//! Rules and images that are made to hurt.

use std::time::{Duration, Instant};

use rules::{
    Criteria, CriteriaError, Facts, Rule, Verdict,
    criteria::MAX_CRITERIA,
    criterion::{MAX_VALUE, MAX_VALUES},
    facts::{Component, Scan},
};

use crate::image::{FINDINGS, completed, components, evaluate, image, not, rule, verdict};

#[test]
fn a_thousand_criteria_are_refused() {
    let many = |count| vec![rule("tag", "eq", &["x"]); count];
    assert_eq!(
        Criteria::new(many(1000)).err(),
        Some(CriteriaError::TooMany(1000))
    );
    assert!(Criteria::new(many(MAX_CRITERIA)).is_ok());
    let json = serde_json::to_string(&many(1000)).unwrap();
    let error = serde_json::from_str::<Criteria>(&json).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("there are 1000 criteria, and may be 50")
    );
}

#[test]
fn values_are_bounded() {
    let values = vec!["x"; MAX_VALUES + 1];
    assert!(Criteria::new(vec![rule("tag", "oo", &values)]).is_err());
    assert!(Criteria::new(vec![rule("tag", "oo", &values[1..])]).is_ok());
    let longest = "x".repeat(MAX_VALUE);
    assert!(Criteria::new(vec![rule("tag", "matches", &[&longest])]).is_ok());
}

#[test]
fn a_regex_that_grows_is_refused() {
    let nested = format!("{}x{}", "(".repeat(200), ")".repeat(200));
    for pattern in ["(a{1000}){1000}", "((x{50}){50}){50}", r"\w{500}", &nested] {
        let error = Criteria::new(vec![rule("tag", "matches", &[pattern])]).expect_err(pattern);
        assert!(error.to_string().contains("regular expression"), "{error}");
    }
}

/// Each of these takes a backtracking engine longer than the universe has.
#[test]
fn a_catastrophic_regex_takes_linear_time() {
    let text = "a".repeat(60_000) + "!";
    let labels = [("x", text.as_str())];
    let facts = Facts {
        labels: Some(&labels),
        ..image()
    };
    let rules: Vec<Rule> = [
        "^(a+)+$",
        "^(a|aa)+$",
        "^(a|a?)+$",
        "^(.*a){20}$",
        "(x+x+)+y",
    ]
    .map(|pattern| rule("label x", "matches", &[pattern]))
    .into();
    let began = Instant::now();
    let evaluation = evaluate(&rules, &facts);
    assert!(
        evaluation
            .lines
            .iter()
            .all(|line| line.verdict == Verdict::DoesNotHold)
    );
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_glob_of_stars_takes_linear_time() {
    let text = "a".repeat(60_000);
    let labels = [("x", text.as_str())];
    let facts = Facts {
        labels: Some(&labels),
        ..image()
    };
    let globs = vec!["*a".repeat(250) + "*b"; MAX_VALUES];
    let began = Instant::now();
    assert_eq!(
        verdict(&rule("label x", "glob", &globs), &facts),
        Verdict::DoesNotHold
    );
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn of_a_text_that_is_too_long_nothing_is_known() {
    let text = "a".repeat(1 << 20);
    let labels = [("x", text.as_str())];
    let facts = Facts {
        labels: Some(&labels),
        author: Some(&text),
        ..image()
    };
    for field in ["label x", "author"] {
        for operator in ["c", "noo"] {
            let rule = rule(field, operator, &["b"]);
            assert_eq!(verdict(&rule, &facts), Verdict::Unknown);
            assert_eq!(verdict(&not(rule), &facts), Verdict::Unknown);
        }
    }
    let components = vec![Component {
        name: text.leak(),
        ..components()[0]
    }];
    let facts = Facts {
        scan: completed(FINDINGS, components),
        ..image()
    };
    assert_eq!(
        verdict(&rule("component.name", "noo", &["b"]), &facts),
        Verdict::Unknown
    );
}

#[test]
fn what_an_image_says_is_shown_short_and_escaped() {
    let text = format!("\u{1b}[2J\n\u{202e}{}", "x".repeat(10_000));
    let labels = [("x", text.as_str()), ("x", "y")];
    let facts = Facts {
        labels: Some(&labels),
        author: Some(&text),
        scan: Scan::Failed(&text),
        ..image()
    };
    let rules = [
        rule("label x", "c", &["x"]),
        rule("author", "c", &["x"]),
        rule("vulnerability_all", "eq", &["0"]),
        rule("label x", "eq", &[&text[..100]]),
    ];
    for line in evaluate(&rules, &facts).lines {
        let shown = line.to_string();
        assert!(shown.len() < 1000, "{}", shown.len());
        assert!(!shown.contains(['\u{1b}', '\n', '\u{202e}']), "{shown}");
    }
}

#[test]
fn times_at_the_ends_of_time() {
    let first = time::PrimitiveDateTime::MIN.assume_utc();
    let last = time::PrimitiveDateTime::MAX.assume_utc();
    for (now, then, older) in [(last, first, true), (first, last, false)] {
        let facts = Facts {
            now,
            updated_at: Some(then),
            ..image()
        };
        let rule = rule("updated_at_duration", "bf", &["2562047h"]);
        assert_eq!(verdict(&rule, &facts), older.into());
    }
}
