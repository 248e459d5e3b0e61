//! The policies of the reference architecture (KB000677) and of DTR's documentation, as DTR's clients write them.

use rules::{
    Criteria, Evidence, Rule, TagPatterns, TagTemplate, Verdict, facts::Findings, template::Source,
};
use serde_json::{Value, json};

use crate::image::{FINDINGS, NOW, completed, components, image, tag};

fn criteria(rules: Value) -> Criteria {
    serde_json::from_value(rules).expect("criteria")
}

fn with(findings: Findings<'static>) -> rules::Facts<'static> {
    rules::Facts {
        tag: tag("66"),
        scan: completed(findings, components()),
        ..image()
    }
}

/// "It sets up a promotion policy for the `admin/flask_build` repo to promote to `admin/flask` if there are zero vulnerabilities."
#[test]
fn zero_vulnerabilities() {
    let policy =
        criteria(json!([{"field": "vulnerability_all", "operator": "lte", "values": ["0"]}]));
    assert_eq!(
        policy.evaluate(&with(Findings::default())).verdict,
        Verdict::Holds
    );
    let evaluation = policy.evaluate(&with(FINDINGS));
    assert_eq!(evaluation.verdict, Verdict::DoesNotHold);
    assert_eq!(
        evaluation.lines[0].to_string(),
        "All vulnerabilities less than or equals 0: does not hold; 6 vulnerabilities: CVE-2022-2068 in openssl 3.0.11-1~deb12u1 \
         (usr/lib/x86_64-linux-gnu/libssl.so.3), CVE-2024-6119 in openssl (usr/lib/x86_64-linux-gnu/libssl.so.3) and 4 more"
    );
}

/// "The image gets promoted twice. Once with the same tag and once with the latest tag."
#[test]
fn twice_on_the_same_thresholds() {
    let made = |template: &str| {
        let source = Source {
            repository: &"admin/flask_build".parse().unwrap(),
            tag: tag("66"),
            digest: &image().digest,
            labels: None,
            at: NOW,
        };
        let template = TagTemplate::new(template).unwrap();
        template.expand(&source).unwrap().to_string()
    };
    assert_eq!(
        (made("%n"), made("latest")),
        ("66".to_owned(), "latest".to_owned())
    );
    let target = TagPatterns::new(&["!latest"]).unwrap();
    assert!(target.contain(tag("66")) && !target.contain(tag("latest")));
}

/// The example of a script that many have copied: at most ten critical vulnerabilities.
#[test]
fn at_most_ten_critical() {
    let policy =
        criteria(json!([{"field": "vulnerability_critical", "operator": "lte", "values": ["10"]}]));
    let ten = Findings {
        critical: 10,
        ..FINDINGS
    };
    let eleven = Findings {
        critical: 11,
        ..FINDINGS
    };
    assert!(policy.evaluate(&with(ten)).verdict.holds());
    assert!(!policy.evaluate(&with(eleven)).verdict.holds());
}

/// All the criteria that the paper lists, in one policy.
#[test]
fn every_criterion_of_the_paper() {
    let rules = json!([
        {"field": "tag", "operator": "noo", "values": ["dev", "test"]},
        {"field": "component.name", "operator": "noo", "values": ["log4j-core"]},
        {"field": "vulnerability_all", "operator": "lt", "values": ["100"]},
        {"field": "vulnerability_critical", "operator": "eq", "values": ["2"]},
        {"field": "vulnerability_major", "operator": "lte", "values": ["5"]},
        {"field": "vulnerability_minor", "operator": "neq", "values": ["4"]},
        {"field": "license.name", "operator": "noo", "values": ["AGPL-3.0-only", "SSPL-1.0"]},
        {"field": "updated_at", "operator": "af", "values": ["2026-01-01T00:00:00Z"]},
        {"field": "updated_at_duration", "operator": "af", "values": ["168h"]},
    ]);
    let policy = criteria(rules.clone());
    let evaluation = policy.evaluate(&with(FINDINGS));
    for line in &evaluation.lines {
        assert_eq!(line.verdict, Verdict::Holds, "{line}");
    }
    assert_eq!(serde_json::to_value(&policy).unwrap(), rules);
    assert_eq!(
        policy.evidence().into_iter().collect::<Vec<_>>(),
        [
            Evidence::Tag,
            Evidence::Image,
            Evidence::Scan,
            Evidence::Components
        ]
    );
}

#[test]
fn rules_are_written_back_as_they_came() {
    let ours =
        json!({"field": "label", "key": "stage", "operator": "eq", "not": true, "values": ["dev"]});
    let rule: Rule = serde_json::from_value(ours.clone()).unwrap();
    assert_eq!(serde_json::to_value(&rule).unwrap(), ours);
    let dtrs = json!({"field": "tag", "operator": "eq", "values": ["x"]});
    let rule: Rule = serde_json::from_value(dtrs.clone()).unwrap();
    assert_eq!(serde_json::to_value(&rule).unwrap(), dtrs);
    for bad in [
        json!({"field": "tag", "operator": "eq", "values": ["x"], "nott": true}),
        json!({"field": "tag", "operator": "eq", "values": "x"}),
        json!({"field": "tag", "values": ["x"]}),
        json!({"operator": "eq", "values": ["x"]}),
        json!({"field": "tag", "operator": "eq"}),
    ] {
        assert!(
            serde_json::from_value::<Rule>(bad.clone()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn an_evaluation_is_json() {
    let policy =
        criteria(json!([{"field": "vulnerability_exploited", "operator": "lte", "values": ["0"]}]));
    let evaluation = serde_json::to_value(policy.evaluate(&with(FINDINGS))).unwrap();
    assert_eq!(
        evaluation,
        json!({"verdict": "doesNotHold", "lines": [{
            "rule": {"field": "vulnerability_exploited", "operator": "lte", "values": ["0"]},
            "criterion": "Exploited vulnerabilities less than or equals 0",
            "verdict": "doesNotHold",
            "reason": "1 exploited vulnerability: CVE-2022-2068 in openssl 3.0.11-1~deb12u1 (usr/lib/x86_64-linux-gnu/libssl.so.3)",
            "found": [{"what": "CVE-2022-2068 in openssl 3.0.11-1~deb12u1", "place": "usr/lib/x86_64-linux-gnu/libssl.so.3"}],
        }]})
    );
}
