//! Bodies of refusals, letter by letter: clients read at most 1024 bytes of them.

use proptest::prelude::*;
use serde_json::Value;
use trust::{
    Refusal, Role, Unreadable, UpdateError,
    refusal::{Access, MAX_BODY},
};

/// The status and the one error of each refusal.
fn check<const N: usize>(all: [(Refusal, u16, &str); N]) {
    for (refusal, status, body) in all {
        assert_eq!(refusal.body(), format!("{{\"errors\":[{body}]}}\n"));
        assert_eq!(refusal.status(), status, "{body}");
    }
}

#[test]
fn updates() {
    check([
        (
            UpdateError::BadTargets(
                "valid signatures did not meet threshold for targets".to_owned(),
            )
            .into(),
            400,
            r#"{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrBadTargets","Error":{"Msg":"valid signatures did not meet threshold for targets"}}}"#,
        ),
        (
            UpdateError::BadHierarchy {
                missing: "snapshot",
                message: "x".to_owned(),
            }
            .into(),
            400,
            r#"{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrBadHierarchy","Error":{"Missing":"snapshot","Msg":"x"}}}"#,
        ),
        (
            UpdateError::BadRoot("\"".to_owned()).into(),
            400,
            r#"{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrBadRoot","Error":{"Msg":"\""}}}"#,
        ),
        (
            UpdateError::BadSnapshot(String::new()).into(),
            400,
            r#"{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrBadSnapshot","Error":{"Msg":""}}}"#,
        ),
        (
            UpdateError::Validation("x".to_owned()).into(),
            400,
            r#"{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid.","detail":{"Name":"ErrValidation","Error":{"Msg":"x"}}}"#,
        ),
        (
            Refusal::Stored(Unreadable {
                role: Role::Root,
                why: "a secret".to_owned(),
            }),
            400,
            r#"{"code":"INVALID_UPDATE","message":"Update sent by the client is invalid."}"#,
        ),
    ]);
}

#[test]
fn all_others() {
    let access = |action: &str| Access {
        r#type: "repository".to_owned(),
        class: String::new(),
        name: "dtr.example.com/a/b".to_owned(),
        action: action.to_owned(),
    };
    check([
        (
            Refusal::MetadataNotFound { route: true },
            404,
            r#"{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist.","detail":{}}"#,
        ),
        (
            Refusal::MetadataNotFound { route: false },
            404,
            r#"{"code":"METADATA_NOT_FOUND","message":"You have requested metadata that does not exist."}"#,
        ),
        (
            Refusal::Version,
            400,
            r#"{"code":"VERSION","message":"A newer version of metadata is already available.","detail":{}}"#,
        ),
        (
            Refusal::InvalidRole("targets/../x".to_owned()),
            400,
            r#"{"code":"INVALID_ROLE","message":"The role you are attempting to operate on is invalid.","detail":"targets/../x"}"#,
        ),
        (
            Refusal::MalformedJson,
            400,
            r#"{"code":"MALFORMED_JSON","message":"JSON sent by the client could not be parsed by the server"}"#,
        ),
        (
            Refusal::MalformedUpload,
            400,
            r#"{"code":"MALFORMED_UPLOAD","message":"The body of your request is malformed."}"#,
        ),
        (
            Refusal::NoFilename,
            400,
            r#"{"code":"NO_FILENAME","message":"No file/role name provided."}"#,
        ),
        (
            Refusal::InvalidGun(vec!["a/".to_owned(), "b/".to_owned()]),
            400,
            r#"{"code":"INVALID_GUN","message":"The server does not support actions on images of this name.","detail":"Require GUNs with prefix: [a/ b/]"}"#,
        ),
        (
            Refusal::InvalidParameters(None),
            400,
            r#"{"code":"INVALID_PARAMETERS","message":"The parameters provided are not valid.","detail":{}}"#,
        ),
        (
            Refusal::InvalidParameters(Some("records".to_owned())),
            400,
            r#"{"code":"INVALID_PARAMETERS","message":"The parameters provided are not valid.","detail":"records"}"#,
        ),
        (
            Refusal::Updating,
            500,
            r#"{"code":"UPDATING","message":"An error has occurred while updating the TUF repository."}"#,
        ),
        (
            Refusal::GenericNotFound,
            404,
            r#"{"code":"GENERIC_NOT_FOUND","message":"You have requested a resource that does not exist."}"#,
        ),
        (
            Refusal::Unknown,
            500,
            r#"{"code":"UNKNOWN","message":"unknown error"}"#,
        ),
        (
            Refusal::Unauthorized(vec![access("pull"), access("push")]),
            401,
            r#"{"code":"UNAUTHORIZED","message":"authentication required","detail":[{"Type":"repository","Class":"","Name":"dtr.example.com/a/b","Action":"pull"},{"Type":"repository","Class":"","Name":"dtr.example.com/a/b","Action":"push"}]}"#,
        ),
    ]);
}

#[test]
fn long_texts_are_cut() {
    for text in [
        "x".repeat(5000),
        "\0".repeat(5000),
        "é".repeat(5000),
        "\"\u{1f600}".repeat(900),
    ] {
        for refusal in [
            Refusal::InvalidRole(text.clone()),
            UpdateError::BadTargets(text.clone()).into(),
            UpdateError::BadHierarchy {
                missing: "snapshot",
                message: text.clone(),
            }
            .into(),
        ] {
            let body = refusal.body();
            assert!((600..=MAX_BODY).contains(&body.len()), "{}", body.len());
            let body: Value = serde_json::from_str(&body).expect("json");
            assert_eq!(body["errors"][0]["code"], refusal.code());
        }
    }
}

proptest! {
    #[test]
    fn any_text_fits(text in "\\PC{0,1200}|[\u{0}-\u{1f}\"\\\\]{0,1200}") {
        let body = Refusal::InvalidRole(text.clone()).body();
        prop_assert!(body.len() <= MAX_BODY);
        let body: Value = serde_json::from_str(&body).expect("json");
        let detail = body["errors"][0]["detail"].as_str().expect("text");
        prop_assert!(text.starts_with(detail));
    }
}
