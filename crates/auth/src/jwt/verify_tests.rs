//! Tokens made by somebody who wants in.

use aws_lc_rs::hmac;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{Claims, MAX_TOKEN, SigningKey, TokenError, Verifier};
use crate::jwt::{Access, sign};

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn key() -> SigningKey {
    SigningKey::generate(NOW).expect("key")
}

fn verifier(key: &SigningKey) -> Verifier {
    Verifier::new([key], "plimsoll", "registry.example").expect("verifier")
}

fn claims() -> Claims {
    let now = NOW.unix_timestamp();
    Claims {
        iss: "plimsoll".to_owned(),
        sub: "0198f0a0-0000-7000-8000-000000000001".to_owned(),
        aud: "registry.example".to_owned(),
        exp: now + 300,
        nbf: now,
        iat: now,
        jti: "one".to_owned(),
        limited: false,
        name: None,
        job: None,
        access: vec![Access {
            kind: "repository".to_owned(),
            name: "library/alpine".to_owned(),
            actions: vec!["pull".to_owned()],
            id: Some(uuid::Uuid::from_u128(7)),
            may_push: false,
        }],
    }
}

/// A token with any header and payload, properly signed with `key`.
fn forge(key: &SigningKey, header: &Value, payload: &Value) -> String {
    let message = message(header, payload);
    let signature = key.signature(message.as_bytes()).expect("signature");
    format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

fn message(header: &Value, payload: &Value) -> String {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", encode(header), encode(payload))
}

fn payload() -> Value {
    serde_json::to_value(claims()).expect("json")
}

#[test]
fn accepts_what_it_signed() {
    let key = key();
    let token = sign(&key, &claims()).expect("token");
    assert_eq!(verifier(&key).verify(&token, NOW), Ok(claims()));
    let header: Value = serde_json::from_slice(
        &BASE64URL_NOPAD
            .decode(token.split('.').next().expect("header").as_bytes())
            .expect("base64"),
    )
    .expect("json");
    let certificate = BASE64.encode(key.certificate_der());
    assert_eq!(
        header,
        json!({"typ": "JWT", "alg": "ES256", "kid": key.id(), "x5c": [certificate]})
    );
    assert_eq!(payload()["access"][0]["type"], "repository");
}

#[test]
fn accepts_every_key_of_a_rotation_and_no_other() {
    let (old, new, other) = (key(), key(), key());
    let both = Verifier::new([&old, &new], "plimsoll", "registry.example").expect("verifier");
    for key in [&old, &new] {
        assert_eq!(
            both.verify(&sign(key, &claims()).expect("token"), NOW),
            Ok(claims())
        );
    }
    assert_eq!(
        both.verify(&sign(&other, &claims()).expect("token"), NOW),
        Err(TokenError::UnknownKey)
    );
}

#[test]
fn refuses_other_algorithms() {
    let key = key();
    let kid = key.id();
    for alg in [
        "none", "None", "NONE", "", "HS256", "ES384", "RS256", "es256",
    ] {
        let token = forge(&key, &json!({"alg": alg, "kid": kid}), &payload());
        assert_eq!(
            verifier(&key).verify(&token, NOW),
            Err(TokenError::Algorithm),
            "{alg}"
        );
    }
    for header in [json!({"kid": kid}), json!({"alg": null, "kid": kid})] {
        assert_eq!(
            verifier(&key).verify(&forge(&key, &header, &payload()), NOW),
            Err(TokenError::Algorithm)
        );
    }
    let unsigned = format!("{}.", message(&json!({"alg": "none"}), &payload()));
    assert_eq!(
        verifier(&key).verify(&unsigned, NOW),
        Err(TokenError::Algorithm)
    );
    let unsigned = format!(
        "{}.",
        message(&json!({"alg": "ES256", "kid": kid}), &payload())
    );
    assert_eq!(
        verifier(&key).verify(&unsigned, NOW),
        Err(TokenError::Signature)
    );
}

#[test]
fn refuses_an_hmac_with_the_public_key() {
    let key = key();
    let public_forms = [key.public_key().to_vec(), key.certificate_der().to_vec()];
    for secret in public_forms {
        for alg in ["HS256", "ES256"] {
            let message = message(
                &json!({"alg": alg, "kid": key.id(), "typ": "JWT"}),
                &payload(),
            );
            let tag = hmac::sign(
                &hmac::Key::new(hmac::HMAC_SHA256, &secret),
                message.as_bytes(),
            );
            let token = format!("{message}.{}", BASE64URL_NOPAD.encode(tag.as_ref()));
            let expected = if alg == "ES256" {
                TokenError::Signature
            } else {
                TokenError::Algorithm
            };
            assert_eq!(verifier(&key).verify(&token, NOW), Err(expected));
        }
    }
}

#[test]
fn refuses_keys_that_the_token_brings_along() {
    let (ours, theirs) = (key(), key());
    let verifier = verifier(&ours);
    let point = theirs.public_key();
    let coordinate = |range: std::ops::Range<usize>| BASE64URL_NOPAD.encode(&point[range]);
    let jwk = json!({"kty": "EC", "crv": "P-256", "x": coordinate(1..33), "y": coordinate(33..65)});
    let (our_id, their_id) = (ours.id(), theirs.id());
    let their_certificate = BASE64.encode(theirs.certificate_der());
    let our_certificate = BASE64.encode(ours.certificate_der());
    let cases = [
        (json!({"alg": "ES256", "jwk": jwk}), TokenError::Malformed),
        (
            json!({"alg": "ES256", "kid": our_id, "jwk": jwk}),
            TokenError::Malformed,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "jku": "https://evil.example/keys"}),
            TokenError::Malformed,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "x5u": "https://evil.example/chain"}),
            TokenError::Malformed,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "crit": ["b64"], "b64": false}),
            TokenError::Malformed,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "x5c": [their_certificate]}),
            TokenError::ForeignCertificate,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "x5c": [our_certificate, their_certificate]}),
            TokenError::ForeignCertificate,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "x5c": []}),
            TokenError::ForeignCertificate,
        ),
        (
            json!({"alg": "ES256", "kid": their_id, "x5c": [their_certificate]}),
            TokenError::UnknownKey,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "x5c": [our_certificate]}),
            TokenError::Signature,
        ),
        (
            json!({"alg": "ES256", "kid": our_id}),
            TokenError::Signature,
        ),
        (
            json!({"alg": "ES256", "kid": "../../etc/passwd"}),
            TokenError::UnknownKey,
        ),
        (
            json!({"alg": "ES256", "kid": our_id, "typ": "at+jwt"}),
            TokenError::Malformed,
        ),
        (json!({"alg": "ES256"}), TokenError::Malformed),
        (json!(["ES256"]), TokenError::Malformed),
    ];
    for (header, expected) in cases {
        assert_eq!(
            verifier.verify(&forge(&theirs, &header, &payload()), NOW),
            Err(expected),
            "{header}"
        );
    }
    let twice = format!(r#"{{"alg":"none","alg":"ES256","kid":"{our_id}"}}"#);
    let message = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(twice.as_bytes()),
        BASE64URL_NOPAD.encode(b"{}")
    );
    let signature = ours.signature(message.as_bytes()).expect("signature");
    let token = format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()));
    assert_eq!(
        verifier.verify(&token, NOW),
        Err(TokenError::Malformed),
        "a member twice"
    );
}

#[test]
fn refuses_wrong_and_missing_claims() {
    let key = key();
    let now = NOW.unix_timestamp();
    let cases = [
        ("iss", json!("somebody"), TokenError::Issuer),
        ("iss", json!(""), TokenError::Issuer),
        ("aud", json!("other.example"), TokenError::Audience),
        ("aud", json!(["registry.example"]), TokenError::Claims),
        ("exp", json!(now), TokenError::Expired),
        ("exp", json!(now - 1), TokenError::Expired),
        ("exp", json!(-1), TokenError::Expired),
        ("exp", json!("never"), TokenError::Claims),
        ("exp", json!(1e300), TokenError::Claims),
        ("nbf", json!(now + 61), TokenError::NotYet),
        ("nbf", json!(i64::MAX), TokenError::NotYet),
        ("iat", json!(now + 61), TokenError::NotYet),
        ("sub", json!(7), TokenError::Claims),
        ("access", json!("*"), TokenError::Claims),
        (
            "access",
            json!([{"type": "repository", "name": "a/b"}]),
            TokenError::Claims,
        ),
    ];
    let header = json!({"alg": "ES256", "typ": "JWT", "kid": key.id()});
    for (claim, value, expected) in cases {
        let mut payload = payload();
        payload[claim] = value.clone();
        assert_eq!(
            verifier(&key).verify(&forge(&key, &header, &payload), NOW),
            Err(expected),
            "{claim} {value}"
        );
    }
    for claim in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "access"] {
        let mut payload = payload();
        payload.as_object_mut().expect("object").remove(claim);
        let result = verifier(&key).verify(&forge(&key, &header, &payload), NOW);
        assert_eq!(result, Err(TokenError::Claims), "without {claim}");
    }
    let mut payload = payload();
    payload["nbf"] = json!(now + 60);
    payload["iat"] = json!(now + 60);
    assert!(
        verifier(&key)
            .verify(&forge(&key, &header, &payload), NOW)
            .is_ok(),
        "clocks may differ by a minute"
    );
}

#[test]
fn expires() {
    let key = key();
    let token = sign(&key, &claims()).expect("token");
    assert!(
        verifier(&key)
            .verify(&token, NOW + Duration::seconds(299))
            .is_ok()
    );
    assert_eq!(
        verifier(&key).verify(&token, NOW + Duration::seconds(300)),
        Err(TokenError::Expired)
    );
    assert_eq!(
        verifier(&key).verify(&token, NOW - Duration::seconds(61)),
        Err(TokenError::NotYet)
    );
}

#[test]
fn refuses_what_is_not_a_token() {
    let key = key();
    let token = sign(&key, &claims()).expect("token");
    for text in [
        "",
        ".",
        "..",
        "...",
        "a.b",
        "a.b.c",
        "é.é.é",
        &token[..token.len() - 1],
        &format!("{token}="),
        &format!("{token}.x"),
    ] {
        let error = verifier(&key).verify(text, NOW).expect_err(text);
        assert!(
            matches!(error, TokenError::Malformed | TokenError::Signature),
            "{text}: {error}"
        );
    }
    let long = format!("{token}{}", "A".repeat(MAX_TOKEN));
    assert_eq!(verifier(&key).verify(&long, NOW), Err(TokenError::TooLong));
}

proptest! {
    #[test]
    fn any_change_of_a_character_breaks_a_token(at in 0usize..10_000, with in "[A-Za-z0-9_.-]") {
        let key = key();
        let token = sign(&key, &claims()).expect("token");
        let at = at % token.len();
        let mut changed = token.clone();
        changed.replace_range(at..=at, &with);
        prop_assume!(changed != token);
        prop_assert!(verifier(&key).verify(&changed, NOW).is_err());
    }
}
