use proptest::prelude::*;
use time::macros::datetime;

use super::*;

fn expand(
    template: &str,
    labels: &[(&str, &str)],
    at: time::OffsetDateTime,
) -> Result<Tag, ExpandError> {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    TagTemplate::new(template).unwrap().expand(&Source {
        repository: &"admin/flask_build".parse().unwrap(),
        tag: &"66".parse().unwrap(),
        digest: &digest.parse().unwrap(),
        labels: Some(labels),
        at,
    })
}

/// On a Sunday afternoon.
fn made(template: &str) -> String {
    let at = datetime!(2026-03-01 16:05:09.000042 +02:00);
    expand(template, &[("version", "1.2.3")], at)
        .unwrap()
        .to_string()
}

#[test]
fn each_variable_of_dtr() {
    let cases = [
        ("%n", "66"),
        ("%A", "Sunday"),
        ("%a", "Sun"),
        ("%w", "0"),
        ("%d", "01"),
        ("%B", "March"),
        ("%b", "Mar"),
        ("%m", "03"),
        ("%Y", "2026"),
        ("%y", "26"),
        ("%H", "14"),
        ("%I", "02"),
        ("%p", "PM"),
        ("%M", "05"),
        ("%S", "09"),
        ("%f", "000042"),
        ("%Z", "UTC"),
        ("%j", "060"),
        ("%W", "08"),
    ];
    for (template, expected) in cases {
        assert_eq!(made(template), expected, "{template}");
        let explained = VARIABLES.iter().any(|one| one.variable == template);
        assert!(explained, "{template}");
    }
}

#[test]
fn each_variable_of_ours() {
    let cases = [
        ("%{digest}", "0123456789abcdef".repeat(4)),
        ("%{digest.short}", "0123456789ab".to_owned()),
        ("%{label:version}", "1.2.3".to_owned()),
        ("%{source.namespace}", "admin".to_owned()),
        ("%{source.repository}", "flask_build".to_owned()),
    ];
    for (template, expected) in cases {
        assert_eq!(made(template), expected, "{template}");
    }
    assert_eq!(made("latest"), "latest");
    assert_eq!(made("%n-%Y%m%d.%H%M"), "66-20260301.1405");
    assert_eq!(
        made("%{source.repository}_%n-%{digest.short}"),
        "flask_build_66-0123456789ab"
    );
}

#[test]
fn hours_and_weeks_at_their_edges() {
    let cases = [
        (datetime!(2026-01-01 00:00 UTC), "12AM 00"),
        (datetime!(2026-01-01 11:59 UTC), "11AM 00"),
        (datetime!(2026-01-01 12:00 UTC), "12PM 00"),
        (datetime!(2026-01-05 13:00 UTC), "01PM 01"),
        (datetime!(2026-12-31 23:00 UTC), "11PM 52"),
        (datetime!(2012-12-31 00:00 UTC), "12AM 53"),
        (datetime!(2025-12-31 23:30 -02:00), "01AM 00"),
    ];
    for (at, expected) in cases {
        let tag = expand("%I%p_%W", &[], at).unwrap();
        assert_eq!(tag.as_str().replace('_', " "), expected, "{at}");
    }
}

#[test]
fn what_can_never_be_a_tag_is_refused_when_it_is_saved() {
    let too_long = format!("{}%{{digest}}", "a".repeat(65));
    let attachment = format!("sha256-{}.sig", "a".repeat(64));
    let cases = [
        ("", "write %n to keep the tag"),
        (".%n", "cannot start with '.'"),
        ("-", "cannot start with '-'"),
        ("a b", "' ' cannot be in a tag"),
        ("%n/%d", "'/' cannot be in a tag"),
        ("%n:latest", "':' cannot be in a tag"),
        ("é", "'é' cannot be in a tag"),
        ("{digest}", "'{' cannot be in a tag"),
        ("%", r#""%" is no variable; the variables are %n, %A"#),
        ("%%", r#""%%" is no variable"#),
        ("%q", r#""%q" is no variable"#),
        ("%é", r#""%é" is no variable"#),
        ("100%", r#""%" is no variable"#),
        ("%{tag}", r#""%{tag}" is no variable"#),
        ("%{label:}", r#""%{label:}" is no variable"#),
        ("%{digest", "has no closing brace"),
        (&too_long, "would have 129 characters at least"),
        (&"a".repeat(513), "has 513 bytes"),
        ("sha256-%{digest}", "would always name a signature"),
        ("sha256-%{digest}.sig", "would always name a signature"),
        (&attachment, "would always name a signature"),
    ];
    for (template, expected) in cases {
        let error = TagTemplate::new(template).expect_err(template).to_string();
        assert!(error.contains(expected), "{template}: {error}");
    }
    assert!(TagTemplate::new("a".repeat(128)).is_ok());
    assert!(TagTemplate::new("a".repeat(129)).is_err());
    assert!(serde_json::from_str::<TagTemplate>("\"%q\"").is_err());
    let template: TagTemplate = serde_json::from_str("\"%n\"").unwrap();
    assert_eq!(serde_json::to_string(&template).unwrap(), "\"%n\"");
}

#[test]
fn what_happens_to_be_no_tag_is_said() {
    let at = datetime!(2026-03-01 14:05 UTC);
    let said = |template, labels: &[(&str, &str)]| {
        expand(template, labels, at)
            .expect_err("no tag")
            .to_string()
    };
    let hostile = said("v%{label:version}", &[("version", "1/../../x")]);
    assert!(
        hostile.starts_with(
            r#"the template "v%{label:version}" gives "v1/../../x", which is no tag: "#
        ),
        "{hostile}"
    );
    assert!(said("%{label:v}", &[("v", "")]).contains(r#"gives """#));
    assert!(said("%{label:v}", &[("v", "-1")]).contains(r#"gives "-1""#));
    assert!(said("%{label:v}", &[]).contains("has none of that name"));
    assert!(
        said("%{label:v}", &[("v", "1"), ("v", "2")]).contains("not the same on all platforms")
    );
    assert!(expand("%{label:v}", &[("v", "1"), ("v", "1")], at).is_ok());
    let hash = "a".repeat(64);
    assert!(said("sha256-%{label:v}", &[("v", &hash)]).contains("names a signature"));
    assert!(said("%n%{label:v}", &[("v", &"a".repeat(127))]).contains("is no tag"));
    let unknown = TagTemplate::new("%{label:v}").unwrap().expand(&Source {
        repository: &"a/b".parse().unwrap(),
        tag: &"66".parse().unwrap(),
        digest: &oci::Digest::of(oci::Algorithm::Sha256, b""),
        labels: None,
        at,
    });
    assert!(matches!(unknown, Err(ExpandError::LabelsUnknown { .. })));
}

proptest! {
    /// Whatever a template and a label contain, what comes out has the grammar of a tag, and is what was written.
    #[test]
    fn nothing_but_tags_comes_out(
        template in "(%n|%d|[a.-]|%\\{label:v\\}|%\\{digest.short\\}|[^%]){1,6}",
        label in "(%n|%\\{digest\\}|[a-z0-9._-]|.|\n){0,12}",
    ) {
        let Ok(read) = TagTemplate::new(template) else { return Ok(()) };
        let source = Source {
            repository: &"a/b".parse().unwrap(),
            tag: &"66".parse().unwrap(),
            digest: &oci::Digest::of(oci::Algorithm::Sha256, b""),
            labels: Some(&[("v", &label)]),
            at: datetime!(2026-03-01 14:05 UTC),
        };
        if let Ok(tag) = read.expand(&source) {
            let tag = tag.as_str();
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            prop_assert!((1..=128).contains(&tag.len()));
            prop_assert!(tag.starts_with(word));
            prop_assert!(tag.chars().all(|c| word(c) || c == '.' || c == '-'));
            let expected = read.as_str()
                .replace("%n", "66")
                .replace("%d", "01")
                .replace("%{digest.short}", "e3b0c44298fc")
                .replace("%{label:v}", &label);
            prop_assert_eq!(tag, expected);
        }
    }
}
