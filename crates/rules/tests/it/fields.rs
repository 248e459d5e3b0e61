//! Every operator of every field: once where it holds and once where it does not, negated too, and with nothing known.

use rules::{Field, Operator, Rule, Verdict, facts::Scan};

use crate::image::{FINDINGS, completed, components, image, not, rule, unknown_image, verdict};

/// For an operator, values with which it holds of the image and values with which it does not.
type Cases = Vec<(&'static str, Vec<String>, Vec<String>)>;

/// For a text that the image has, and `other` that it has not.
fn text(there: &str, other: &str) -> Cases {
    let one = |text: &str| vec![text.to_owned()];
    let (start, end) = (&there[..3], &there[there.len() - 3..]);
    let middle = &there[1..there.len() - 1];
    vec![
        ("eq", one(there), one(start)),
        ("sw", one(start), one(middle)),
        ("ew", one(end), one(middle)),
        ("c", one(middle), one(other)),
        (
            "oo",
            vec![other.to_owned(), there.to_owned()],
            vec![start.to_owned(), other.to_owned()],
        ),
        (
            "noo",
            vec![start.to_owned(), other.to_owned()],
            vec![other.to_owned(), there.to_owned()],
        ),
        (
            "matches",
            one(&format!("^{}$", there.replace('.', "[.]"))),
            one(&format!("^{start}$")),
        ),
        (
            "glob",
            vec![other.to_owned(), format!("{start}*")],
            vec![format!("{other}*"), start.to_owned()],
        ),
    ]
}

/// For what has an order: the value that is there, one below and one above it.
fn ordered(below: &str, there: &str, above: &str) -> Cases {
    let one = |text: &str| vec![text.to_owned()];
    vec![
        ("gte", one(there), one(above)),
        ("gt", one(below), one(there)),
        ("eq", one(there), one(above)),
        ("neq", one(below), one(there)),
        ("lte", one(there), one(below)),
        ("lt", one(above), one(there)),
    ]
}

fn time(earlier: &str, later: &str, is_age: bool) -> Cases {
    let one = |text: &str| vec![text.to_owned()];
    let (before, after) = if is_age {
        (earlier, later)
    } else {
        (later, earlier)
    };
    vec![
        ("bf", one(before), one(after)),
        ("af", one(after), one(before)),
    ]
}

fn word(there: &str, other: &str) -> Cases {
    let one = |text: &str| vec![text.to_owned()];
    vec![
        ("eq", one(there), one(other)),
        ("neq", one(other), one(there)),
        ("oo", vec![other.to_owned(), there.to_owned()], one(other)),
        ("noo", one(other), vec![other.to_owned(), there.to_owned()]),
    ]
}

/// The field with its key, and its cases on the image whose components are narrowed to one.
fn cases(field: Field) -> (String, Cases) {
    let digest = image().digest.to_string();
    let cases = match field.name() {
        "tag" => text("v1.2.3", "latest"),
        "digest" => text(&digest, "sha256:00"),
        "platform" => text("linux/amd64", "windows/amd64"),
        "component.name" => text("openssl", "libressl"),
        "license.name" | "license.found" => text("Apache-2.0", "AGPL-3.0-only"),
        "label" => text("production", "development"),
        "annotation" => text("Example Ltd.", "Another"),
        "author" => text("gitlab", "mallory"),
        "signature.signer" => text("alice", "mallory"),
        "signature.team" => text("ci/gitlab", "ops/root"),
        "vulnerability_all" => ordered("5", "6", "7"),
        "vulnerability_critical" => ordered("1", "2", "3"),
        "vulnerability_major" | "vulnerability_exploited" => ordered("0", "1", "2"),
        "vulnerability_minor" => ordered("2", "3", "10"),
        "vulnerability_unspecified" => {
            // there is no number below none
            let mut cases = ordered("1", "0", "1");
            cases.retain(|(operator, ..)| !matches!(*operator, "gt" | "lte"));
            cases
        }
        "vulnerability_fixable" => ordered("3", "4", "5"),
        "vulnerability_cvss" => ordered("9.7", "9.8", "10"),
        "size" => ordered("49MB", "50000000", "50001KB"),
        "component.version" => ordered("3.0.2", "3.0.11-1~deb12u1", "3.0.14"),
        "scan_status" => word("completed", "unscanned"),
        "signed" => word("true", "false").into_iter().take(2).collect(),
        "updated_at" => time("2026-03-08T11:59:59Z", "2026-03-08T14:00:01+02:00", false),
        "updated_at_duration" => time("47h", "49h", true),
        "pushed_at" => time("2026-02-28T00:00:00Z", "2026-03-02T00:00:00Z", false),
        "pushed_at_duration" => time("215h59m", "216h1s", true),
        "scanned_at" => time("2026-03-10T10:59:59Z", "2026-03-10T11:00:00.5Z", false),
        "scanned_at_duration" => time("59m59.9s", "1h0m1s", true),
        other => panic!("no cases for {other}"),
    };
    let key = match field.name() {
        "label" => " stage",
        "annotation" => " org.opencontainers.image.vendor",
        "component.version" => " openssl",
        _ => "",
    };
    (format!("{field}{key}"), cases)
}

fn narrow() -> rules::Facts<'static> {
    rules::Facts {
        platforms: Some(&["linux/amd64"]),
        scan: completed(FINDINGS, components().into_iter().take(1).collect()),
        signatures: Some(&[rules::facts::Signature {
            signer: "alice",
            teams: &["ci/gitlab"],
            format: "cosign",
        }]),
        ..image()
    }
}

fn pair(field: &str, operator: &str, good: &[String], bad: &[String]) -> [(Rule, Verdict); 2] {
    [
        (rule(field, operator, good), Verdict::Holds),
        (rule(field, operator, bad), Verdict::DoesNotHold),
    ]
}

#[test]
fn each_operator_of_each_field() {
    let facts = narrow();
    for field in Field::ALL {
        let (named, cases) = cases(field);
        for (operator, good, bad) in &cases {
            for (rule, expected) in pair(&named, operator, good, bad) {
                assert_eq!(verdict(&rule, &facts), expected, "{rule:?}");
                let opposite = if expected.holds() {
                    Verdict::DoesNotHold
                } else {
                    Verdict::Holds
                };
                assert_eq!(
                    verdict(&not(rule.clone()), &facts),
                    opposite,
                    "not {rule:?}"
                );
            }
        }
        let tried: Vec<_> = cases.iter().map(|(operator, ..)| *operator).collect();
        for operator in field.operators().iter().map(|operator| operator.code()) {
            let impossible =
                field.name() == "vulnerability_unspecified" && matches!(operator, "gt" | "lte");
            assert!(
                impossible || tried.contains(&operator),
                "{field} {operator} has no case"
            );
        }
    }
}

#[test]
fn what_is_not_known_holds_neither_way() {
    let facts = unknown_image();
    for field in Field::ALL {
        if matches!(field.name(), "tag" | "digest" | "scan_status") {
            continue;
        }
        let (named, cases) = cases(field);
        for (operator, good, bad) in &cases {
            for (rule, _) in pair(&named, operator, good, bad) {
                assert_eq!(verdict(&rule, &facts), Verdict::Unknown, "{rule:?}");
                assert_eq!(
                    verdict(&not(rule.clone()), &facts),
                    Verdict::Unknown,
                    "not {rule:?}"
                );
            }
        }
    }
}

#[test]
fn only_a_complete_scan_says_anything() {
    let scans = [
        (Scan::Unscanned, "unscanned"),
        (Scan::Pending, "pending"),
        (Scan::Scanning, "scanning"),
        (Scan::Scanned, "scanned"),
        (Scan::Checking, "checking"),
        (Scan::Failed("no space"), "failed"),
        (Scan::Incomplete("a foreign layer"), "incomplete"),
    ];
    for (scan, status) in scans {
        let facts = rules::Facts { scan, ..image() };
        assert!(verdict(&rule("scan_status", "eq", &[status]), &facts).holds());
        for (field, operator, value) in [
            ("vulnerability_all", "gte", "0"),
            ("vulnerability_critical", "lte", "0"),
            ("vulnerability_cvss", "lte", "10"),
            ("component.name", "noo", "log4j"),
            ("component.version openssl", "lt", "99"),
            ("license.name", "oo", "MIT"),
            ("license.found", "noo", "MIT"),
            ("scanned_at_duration", "af", "24h"),
        ] {
            let rule = rule(field, operator, &[value]);
            assert_eq!(verdict(&rule, &facts), Verdict::Unknown, "{field} {status}");
            assert_eq!(
                verdict(&not(rule), &facts),
                Verdict::Unknown,
                "{field} {status}"
            );
        }
    }
}

#[test]
fn operators_are_dtrs() {
    let dtr = [
        ("eq", "equals"),
        ("neq", "not equals"),
        ("sw", "starts with"),
        ("ew", "ends with"),
        ("c", "contains"),
        ("oo", "one of"),
        ("noo", "not one of"),
        ("gte", "greater than or equals"),
        ("gt", "greater than"),
        ("lte", "less than or equals"),
        ("lt", "less than"),
        ("bf", "before"),
        ("af", "after"),
        ("matches", "matches"),
    ];
    for (code, label) in dtr {
        assert_eq!(Operator::named(code).map(Operator::label), Some(label));
    }
    assert_eq!(Operator::named("EQ"), None);
}
