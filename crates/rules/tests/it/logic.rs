//! What criteria say of many things at once, of what is known in part, and together.

use rules::{
    Rule, Verdict,
    facts::{Component, Findings},
};

use crate::image::{FINDINGS, completed, components, evaluate, image, not, rule, tag, verdict};

#[test]
fn one_of_many_is_enough_and_not_means_none() {
    let facts = image();
    let cases = [
        ("platform", "eq", "linux/arm64/v8", true),
        ("platform", "noo", "linux/arm64/v8", false),
        ("label owner", "eq", "second-team", true),
        ("label owner", "noo", "second-team", false),
        ("label absent", "glob", "*", false),
        ("label absent", "noo", "x", true),
        ("component.name", "sw", "BA", true),
        ("component.name", "matches", "^zope[.]", true),
        ("component.name", "noo", "zope-interface", false),
        ("component.name", "noo", "zope.interface", false),
        ("signature.team", "eq", "ci/release", true),
        ("license.name", "oo", "apache-2.0", true),
        ("license.name", "oo", "MIT", true),
        ("license.name", "noo", "ZPL-2.1", false),
        ("license.name", "noo", "AGPL-3.0-only", true),
        ("license.name", "c", "gpl", true),
        ("component.version zope-interface", "gte", "6.0.0", true),
        ("component.version OpenSSL", "lt", "3.0.14", true),
        ("component.version musl", "lt", "2", false),
        ("component.version musl", "neq", "2", true),
    ];
    for (field, operator, value, expected) in cases {
        let rule = rule(field, operator, &[value]);
        assert_eq!(verdict(&rule, &facts), expected.into(), "{rule:?}");
        assert_eq!(verdict(&not(rule), &facts), (!expected).into());
    }
}

#[test]
fn exceptions_win_over_what_fits() {
    let cases: [(&str, &[&str], bool); 5] = [
        ("tag", &["v*", "!v0.*"], true),
        ("tag", &["*", "!v1.*"], false),
        ("tag", &["!latest"], true),
        ("label stage", &["!prod*"], false),
        ("author", &["!mallory", "git*"], true),
    ];
    for (field, globs, expected) in cases {
        let rule = rule(field, "glob", globs);
        assert_eq!(verdict(&rule, &image()), expected.into(), "{rule:?}");
    }
}

#[test]
fn a_component_without_a_licence_may_have_any() {
    let mut components = components();
    components.push(Component {
        licences: &[],
        version: None,
        ..components[0]
    });
    let facts = rules::Facts {
        scan: completed(FINDINGS, components),
        ..image()
    };
    let cases = [
        ("license.name", "noo", "AGPL-3.0-only", Verdict::Unknown),
        ("license.name", "oo", "AGPL-3.0-only", Verdict::Unknown),
        ("license.name", "noo", "MIT", Verdict::DoesNotHold),
        ("license.name", "oo", "MIT", Verdict::Holds),
        ("license.found", "noo", "AGPL-3.0-only", Verdict::Holds),
        ("license.found", "oo", "AGPL-3.0-only", Verdict::DoesNotHold),
        // one openssl of a version that is not known
        ("component.version openssl", "lt", "3.0.14", Verdict::Holds),
        ("component.version openssl", "lt", "3.0.2", Verdict::Unknown),
        (
            "component.version openssl",
            "gte",
            "3.0.14",
            Verdict::Unknown,
        ),
        ("component.version bash", "lt", "9:", Verdict::Unknown),
    ];
    for (field, operator, value, expected) in cases {
        let rule = rule(field, operator, &[value]);
        assert_eq!(verdict(&rule, &facts), expected, "{rule:?}");
    }
}

#[test]
fn a_flaw_without_a_score_may_be_as_bad_as_any() {
    let with = |findings| rules::Facts {
        scan: completed(findings, Vec::new()),
        ..image()
    };
    let none = Findings::default();
    let unscored = Findings {
        unspecified: 2,
        ..none
    };
    let both = Findings {
        unspecified: 1,
        ..FINDINGS
    };
    let broken = Findings {
        highest: None,
        ..FINDINGS
    };
    let cases = [
        (none, "lte", "0", Verdict::Holds),
        (none, "gt", "0", Verdict::DoesNotHold),
        (unscored, "lt", "7", Verdict::Unknown),
        (unscored, "lte", "10", Verdict::Holds),
        (both, "gte", "9.8", Verdict::Holds),
        (both, "lt", "9.9", Verdict::Unknown),
        (both, "lt", "7", Verdict::DoesNotHold),
        (broken, "gte", "0", Verdict::Unknown),
    ];
    for (findings, operator, value, expected) in cases {
        let rule = rule("vulnerability_cvss", operator, &[value]);
        assert_eq!(
            verdict(&rule, &with(findings)),
            expected,
            "{findings:?} {rule:?}"
        );
    }
    let all = rule("vulnerability_all", "eq", &["2"]);
    assert!(verdict(&all, &with(unscored)).holds());
}

#[test]
fn an_unsigned_image_is_known_to_be_unsigned() {
    let facts = rules::Facts {
        signatures: Some(&[]),
        ..image()
    };
    assert!(verdict(&rule("signed", "eq", &["false"]), &facts).holds());
    assert!(verdict(&rule("signature.team", "noo", &["ci/gitlab"]), &facts).holds());
    assert!(!verdict(&rule("signature.signer", "glob", &["*"]), &facts).holds());
}

#[test]
fn the_tag_alone_decides_what_is_about_the_tag() {
    let decide = |rules: &[Rule], text: &str| {
        rules::Criteria::new(rules.to_vec())
            .unwrap()
            .decide_tag(tag(text))
    };
    let releases = rule("tag", "sw", &["v"]);
    let clean = rule("vulnerability_all", "lte", &["0"]);
    assert_eq!(decide(&[], "v1"), Verdict::Holds);
    assert_eq!(
        decide(std::slice::from_ref(&releases), "v1"),
        Verdict::Holds
    );
    assert_eq!(
        decide(&[releases.clone(), clean.clone()], "v1"),
        Verdict::Unknown
    );
    assert_eq!(
        decide(&[releases.clone(), clean], "latest"),
        Verdict::DoesNotHold
    );
    assert_eq!(decide(&[not(releases)], "latest"), Verdict::Holds);
}

#[test]
fn evaluation_is_the_and_of_its_lines() {
    let holds = rule("tag", "sw", &["v"]);
    let does_not = rule("author", "eq", &["mallory"]);
    let unknown = rule("size", "lt", &["1GB"]);
    let facts = rules::Facts {
        size: None,
        ..image()
    };
    let all = |rules: &[&Rule]| {
        let rules: Vec<_> = rules.iter().copied().cloned().collect();
        let evaluation = evaluate(&rules, &facts);
        assert_eq!(evaluation.lines.len(), rules.len());
        for (line, rule) in evaluation.lines.iter().zip(&rules) {
            assert_eq!(line.rule, *rule);
        }
        evaluation.verdict
    };
    assert_eq!(all(&[]), Verdict::Holds);
    assert_eq!(all(&[&holds, &holds]), Verdict::Holds);
    assert_eq!(all(&[&holds, &unknown]), Verdict::Unknown);
    assert_eq!(all(&[&unknown, &does_not, &holds]), Verdict::DoesNotHold);
}
