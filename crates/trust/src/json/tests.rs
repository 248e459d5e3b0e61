use proptest::prelude::*;

use super::*;

fn canonical(json: &str) -> String {
    let value = Value::read(json.as_bytes()).expect(json);
    String::from_utf8(value.canonical()).expect("text")
}

#[test]
fn the_canonical_form() {
    for (json, form) in [
        (
            r#" { "b" : 1 , "a" : [ true , false , null ] } "#,
            r#"{"a":[true,false,null],"b":1}"#,
        ),
        // By bytes, not by UTF-16 and not by any language's order.
        (
            r#"{"é":1,"z":2,"Z":3,"":4,"a":5,"\uffff":6,"\ud83d\ude00":7}"#,
            "{\"\":4,\"Z\":3,\"a\":5,\"z\":2,\"é\":1,\"\u{ffff}\":6,\"\u{1f600}\":7}",
        ),
        (
            r#""\"\\\/\b\f\n\r\t\u0001\u007f""#,
            "\"\\\"\\\\/\u{8}\u{c}\n\r\t\u{1}\u{7f}\"",
        ),
        (r#""\u003c\u003e\u0026\u2028\u00e9""#, "\"<>&\u{2028}é\""),
        // Nothing is normalised: this e and its accent stay two signs.
        ("\"e\u{301}\"", "\"e\u{301}\""),
        (
            "[0,-0,-1,1.0,-2.0,1e3,9007199254740992,-9007199254740992]",
            "[0,0,-1,1,-2,1000,9007199254740992,-9007199254740992]",
        ),
        ("{}", "{}"),
        ("[]", "[]"),
    ] {
        assert_eq!(canonical(json), form, "{json}");
    }
}

#[test]
fn what_two_readers_could_understand_differently_is_refused() {
    for (json, why) in [
        (r#"{"a":1,"a":1}"#, "comes twice"),
        (r#"{"a":1,"b":2,"\u0061":3}"#, "comes twice"),
        (r#"[{"x":{"a":{},"b":0,"a":{}}}]"#, "comes twice"),
        ("1.5", "a whole number"),
        ("9007199254740993", "2^53"),
        ("-9007199254740993", "2^53"),
        ("18446744073709551615", "2^53"),
        ("1e30", "2^53"),
        ("100000000000000000000000000000", "2^53"),
        ("1e400", "number out of range"),
        (r#""\ud800""#, "hex escape"),
        (r#""\ud800\u0041""#, "surrogate"),
        ("\"\u{1}\"", "control character"),
        ("NaN", "expected"),
        ("[1,]", "trailing comma"),
        ("{\"a\":1", "EOF"),
        ("", "EOF"),
        ("\u{feff}{}", "expected"),
    ] {
        match Value::read(json.as_bytes()) {
            Err(JsonError::Malformed(error)) => assert!(error.contains(why), "{json}: {error}"),
            other => panic!("{json}: {other:?}"),
        }
    }
    assert!(Value::read(b"\"\xff\"").is_err());
}

#[test]
fn what_comes_after_is_named() {
    for (json, found) in [
        ("{}{}", '{'),
        ("{} x", 'x'),
        ("[]\n\n  \t]", ']'),
        ("1 2", '2'),
        ("\"a\"\n\"b\"", '"'),
        ("{}\0", '\0'),
    ] {
        assert_eq!(
            Value::read(json.as_bytes()),
            Err(JsonError::Trailing(found)),
            "{json:?}"
        );
    }
    assert!(Value::read(b"{} \r\n\t").is_ok());
}

#[test]
fn everything_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Value::read(nested(MAX_DEPTH).as_bytes()).is_ok());
    for deep in [
        nested(MAX_DEPTH + 1),
        "[".repeat(1 << 20),
        "{\"a\":".repeat(1 << 20),
    ] {
        let error = Value::read(deep.as_bytes()).expect_err("deep");
        assert!(error.to_string().contains("nested deeper"), "{error}");
    }
    let many = |count: usize| format!("[{}0]", "0,".repeat(count - 2));
    assert!(Value::read(many(MAX_VALUES).as_bytes()).is_ok());
    let error = Value::read(many(MAX_VALUES + 1).as_bytes()).expect_err("many");
    assert!(error.to_string().contains("more than"), "{error}");
    let long = vec![b' '; MAX_BYTES + 1];
    assert_eq!(Value::read(&long), Err(JsonError::TooLong(MAX_BYTES + 1)));
}

/// JSON without floats, as another library knows it.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (-(1i64 << 53)..=1 << 53).prop_map(Into::into),
        "\\PC{0,8}|[\"\\\\\u{0}-\u{1f}<>&]{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map("\\PC{0,5}|[\"\\\\a]{0,3}", inner, 0..6)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// The canonical form by another way: what `serde_json` writes, with every escape but two undone.
fn by_another_way(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        serde_json::Value::Array(values) => {
            let values: Vec<_> = values.iter().map(by_another_way).collect();
            format!("[{}]", values.join(","))
        }
        serde_json::Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_bytes());
            let field = |(key, value): (&String, _)| {
                format!(
                    "{}:{}",
                    by_another_way(&key.as_str().into()),
                    by_another_way(value)
                )
            };
            let fields: Vec<_> = fields.into_iter().map(field).collect();
            format!("{{{}}}", fields.join(","))
        }
        other => other.to_string(),
    }
}

proptest! {
    #[test]
    fn any_json_has_the_form(json in any_json()) {
        let form = by_another_way(&json);
        prop_assert_eq!(canonical(&json.to_string()), form.as_str());
        prop_assert_eq!(canonical(&format!("{json:#}")), form.as_str());
        // Unless it has control characters, which the form writes raw, it is JSON itself, and its own form.
        if !form.contains(|c: char| c < ' ') {
            prop_assert_eq!(canonical(&form), form.as_str());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = Value::read(&bytes);
    }

    #[test]
    fn anything_like_json_is_answered_as_by_another_reader(text in "[\\[\\]{}:,0-9eE.+\\-\"\\\\aunltrefs \n]{0,30}") {
        let ours = Value::read(text.as_bytes());
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // What we read is JSON.
        prop_assert!(ours.is_err() || theirs.is_ok(), "{}", text);
    }
}
