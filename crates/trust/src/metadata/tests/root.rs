//! Roots that are not right.

use super::{ROOT, root};

/// Reads a root with one thing changed, for each of the changes.
fn check<const N: usize>(changes: [(&str, &str, &str); N]) {
    for (from, to, why) in changes {
        assert!(ROOT.contains(from), "{from}");
        let error = root(&ROOT.replacen(from, to, 1)).expect_err(to);
        assert!(error.starts_with(why), "{to}: {error}");
    }
}

#[test]
fn what_it_has_to_say() {
    check([
        (
            r#""_type":"Root""#,
            r#""_type":"root""#,
            "root type metadata invalid: expected type Root, not root",
        ),
        (
            r#""version":4"#,
            r#""version":0"#,
            "root type metadata invalid: version cannot be less than 1",
        ),
        (
            r#""version":4"#,
            r#""version":-1"#,
            "root type metadata invalid: version cannot be less than 1",
        ),
        (
            r#""version":4"#,
            r#""version":null"#,
            "root type metadata invalid: version cannot be less than 1",
        ),
        (
            r#""timestamp":{"keyids""#,
            r#""timestamps":{"keyids""#,
            "root type metadata invalid: missing timestamp role specification",
        ),
        (
            r#""threshold":1},"targets""#,
            r#""threshold":0},"targets""#,
            "root type metadata invalid: invalid threshold specified for snapshot: 0 ",
        ),
        (
            r#""threshold":1},"targets""#,
            r#""threshold":-1},"targets""#,
            "root type metadata invalid: invalid threshold specified for snapshot: -1 ",
        ),
        (
            r#""threshold":1},"targets""#,
            r#""threshold":2},"targets""#,
            "root type metadata invalid: invalid threshold specified for snapshot: 2 ",
        ),
        (
            r#"{"keyids":["8fc2"#,
            r#"{"keyids":["9fc2"#,
            "root type metadata invalid: key ID 9fc25e79aca1816c1cfba46b4d2dd708cd3e70921e36b077d5e4cea9ce780589 specified in targets without corresponding key",
        ),
        (
            r#"{"keyids":["8fc25e79aca1816c1cfba46b4d2dd708cd3e70921e36b077d5e4cea9ce780589"]"#,
            r#"{"keyids":null"#,
            "root type metadata invalid: invalid threshold specified for targets: 1 ",
        ),
        (
            r#""private":null"#,
            r#""private":"AAAA""#,
            "root type metadata invalid: a private key was published",
        ),
    ]);
}

/// What Notary calls malformed JSON, and what its reader and ours would understand differently.
#[test]
fn how_it_has_to_say_it() {
    check([
        (
            r#""version":4"#,
            r#""version":"4""#,
            "\"version\" is not an integer",
        ),
        (
            r#""version":4"#,
            r#""version":4.0"#,
            "\"version\" is not an integer",
        ),
        (
            r#""version":4"#,
            r#""Version":4"#,
            "the key \"Version\" has to be written \"version\"",
        ),
        (
            r#""version":4"#,
            r#""version":4,"Version":5"#,
            "the key \"Version\" has to be written \"version\"",
        ),
        (
            r#""version":4"#,
            "\"version\":4,\"ver\u{17f}ion\":5",
            "the key \"verſion\" has to be written \"version\"",
        ),
        (
            r#""version":4"#,
            r#""version":4,"version":5"#,
            "the key \"version\" comes twice in one object",
        ),
        ("2036-11-20T03", "2036-11-20 03", "\"expires\" is no time"),
        ("2036-11-20T03", "2036-11-31T03", "\"expires\" is no time"),
        (
            "2036-11-20T03:23:32",
            "2036-11-20T23:59:60",
            "\"expires\" is no time",
        ),
        ("544206Z", "544206z", "\"expires\" is no time"),
        ("544206Z", "544206", "\"expires\" is no time"),
        (
            "\"2036-11-20T03:23:32.291544206Z\"",
            "2036",
            "\"expires\" is not a string",
        ),
        ("{\"signed\":{", "{\"signed\":[{", "expected `,` or `]`"),
        (
            r#""sig":"preyTg"#,
            r#""sig":"!reyTg"#,
            "\"sig\" is not base64",
        ),
        (
            r#""signatures":["#,
            r#""signatures":[7,"#,
            "something is not an object",
        ),
    ]);
}

#[test]
fn nothing_lies_outside_of_what_is_signed() {
    let end = ROOT.len() - 1;
    for (added, why) in [
        (
            r#","more":1}"#,
            "root type metadata invalid: unknown field \"more\" beside signed and signatures",
        ),
        (
            r#","Signed":{}}"#,
            "the key \"Signed\" has to be written \"signed\"",
        ),
        (
            r#","signed":{}}"#,
            "the key \"signed\" comes twice in one object",
        ),
        ("}{}", "invalid character '{' after top-level value"),
        ("}\n#", "invalid character '#' after top-level value"),
    ] {
        let error = root(&format!("{}{added}", &ROOT[..end])).expect_err(added);
        assert_eq!(error.split(" at line").next(), Some(why), "{added}");
    }
    assert!(root(&format!("\n{ROOT}\n")).is_ok());
}
