//! The words, case by case.

use serde::Deserialize;

use super::*;

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Form {
    name: String,
    #[serde(default)]
    visibility: Visibility,
    is_active: Option<bool>,
    #[serde(default)]
    tag_limit: u32,
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    owner: Option<uuid::Uuid>,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Visibility {
    Public,
    #[default]
    Private,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Rule {
    field: String,
    values: Vec<String>,
}

fn said(body: &str) -> String {
    let error = read::<Form>(body.as_bytes()).expect_err(body);
    assert_eq!(
        (error.status().as_u16(), error.code()),
        (400, "INVALID_JSON"),
        "{body}"
    );
    error.message().to_owned()
}

#[test]
fn a_form_is_read() {
    let form: Form = read(b" {\"name\":\"a\",\"tagLimit\":3} \n").expect("a form");
    assert_eq!((form.name.as_str(), form.tag_limit), ("a", 3));
}

#[test]
fn what_is_no_form_is_explained() {
    for (body, words) in CASES {
        assert_eq!(said(body), words, "{body}");
    }
}

const CASES: [(&str, &str); 34] = [
    // Wrong types.
    (r#"{"name":3}"#, "`name` is a number; a string is expected."),
    (r#"{"name":null}"#, "`name` is null; a string is expected."),
    (
        r#"{"name":{"a":1}}"#,
        "`name` is an object; a string is expected.",
    ),
    (
        r#"{"name":["a"]}"#,
        "`name` is an array; a string is expected.",
    ),
    (
        r#"{"name":true}"#,
        "`name` is true or false; a string is expected.",
    ),
    (
        r#"{"name":"a","isActive":"yes"}"#,
        "`isActive` is a string; true or false is expected.",
    ),
    (
        r#"{"name":"a","tagLimit":"3"}"#,
        "`tagLimit` is a string; a whole number from 0 to 4294967295 is expected.",
    ),
    (
        r#"{"name":"a","tagLimit":-1}"#,
        "`tagLimit` is a number; a whole number from 0 to 4294967295 is expected.",
    ),
    (
        r#"{"name":"a","tagLimit":1.5}"#,
        "`tagLimit` is a number with a fraction; a whole number from 0 to 4294967295 is expected.",
    ),
    (
        r#"{"name":"a","rules":{}}"#,
        "`rules` is an object; an array is expected.",
    ),
    (
        r#"{"name":"a","rules":[3]}"#,
        "`rules[0]` is a number; an object is expected.",
    ),
    (
        r#"{"name":"a","rules":[{"field":"x","values":["a",{}]}]}"#,
        "`rules[0].values[1]` is an object; a string is expected.",
    ),
    (
        r#"{"name":"a","visibility":7}"#,
        "`visibility` cannot have this value.",
    ),
    // Fields and values that are not there, not known, or there twice.
    ("{}", "The field `name` is missing."),
    (
        r#"{"name":"a","rules":[{"field":"x"}]}"#,
        "The field `rules[0].values` is missing.",
    ),
    (
        r#"{"nmae":"a"}"#,
        "There is no field `nmae`; known here: `name`, `visibility`, `isActive`, `tagLimit`, `rules`, `owner`.",
    ),
    (
        r#"{"name":"a","rules":[{"field":"x","values":[],"vlues":1}]}"#,
        "There is no field `rules[0].vlues`; known here: `field`, `values`.",
    ),
    (
        r#"{"name":"a","visibility":"Public"}"#,
        "`visibility` cannot be \"Public\"; expected: \"public\", \"private\".",
    ),
    (
        r#"{"name":"a","name":"b"}"#,
        "The field `name` is there twice.",
    ),
    // No object.
    ("", "The body is empty; send a JSON object."),
    (" \n", "The body is empty; send a JSON object."),
    ("[]", "The body is an array; a JSON object is expected."),
    (
        r#"["a"]"#,
        "The body is an array; a JSON object is expected.",
    ),
    (r#""a""#, "The body is a string; a JSON object is expected."),
    ("3", "The body is a number; a JSON object is expected."),
    (
        "null",
        "The body is something else; a JSON object is expected.",
    ),
    // No JSON.
    (
        r#"{"name":"a"} {"#,
        "The body is not JSON at line 1, column 14: there is more after the end of the object.",
    ),
    (
        r#"{"name":"a"#,
        "The body ends before its JSON does, at line 1, column 10.",
    ),
    (
        "{\"name\":\"a\",\n",
        "The body ends before its JSON does, at line 2, column 0.",
    ),
    (
        "{\n  \"name\": \"a\",\n}",
        "The body is not JSON at line 3, column 1: there is a comma after the last one.",
    ),
    (
        "{name:1}",
        "The body is not JSON at line 1, column 2: the name of a field, in double quotes, is expected.",
    ),
    (
        r#"{"name" "a"}"#,
        "The body is not JSON at line 1, column 9: `:` is expected.",
    ),
    (
        r#"{"name":nix}"#,
        "The body is not JSON at line 1, column 10: a value is expected.",
    ),
    (
        r#"{"name":"a","owner":"nobody"}"#,
        "`owner` cannot have this value.",
    ),
];

#[test]
fn depth_has_an_end() {
    #[derive(Debug, Deserialize)]
    struct Any {
        #[expect(dead_code, reason = "it is only read")]
        a: serde_json::Value,
    }
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    let error = read::<Any>(deep.as_bytes()).expect_err("deep");
    assert_eq!(
        error.message(),
        "The body is not JSON at line 1, column 132: it is nested too deeply."
    );
}

#[test]
fn nothing_that_a_field_holds_is_repeated_and_no_name_at_length() {
    for body in [
        r#"{"name":12345678}"#,
        r#"{"name":"a","tagLimit":"12345678"}"#,
        r#"{"name":"a","isActive":"12345678"}"#,
        r#"{"name":"a","owner":"12345678"}"#,
        r#"{"name":"a","rules":["12345678"]}"#,
    ] {
        assert!(!said(body).contains("12345678"), "{body}");
    }
    let long = "é".repeat(100_000);
    for body in [
        format!("{{\"{long}\":1}}"),
        format!("{{\"name\":\"a\",\"visibility\":\"{long}\"}}"),
    ] {
        assert!(said(&body).len() < 400);
    }
}

#[test]
fn programs_get_the_field() {
    use axum::response::IntoResponse as _;
    use futures::FutureExt as _;
    let error = read::<Form>(br#"{"name":"a","tagLimit":-1}"#).expect_err("negative");
    let body = axum::body::to_bytes(error.into_response().into_body(), 10_000);
    let body = body.now_or_never().expect("in memory").expect("a body");
    let answer: serde_json::Value = serde_json::from_slice(&body).expect("json");
    assert_eq!(
        answer["errors"][0]["detail"],
        serde_json::json!({"field": "tagLimit"})
    );
}
