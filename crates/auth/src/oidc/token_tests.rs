//! ID tokens that are not what they should be, as a sign-in meets them.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    OidcError,
    testing::{KEYS, Scene, claims},
};
use crate::issuer::{
    IdTokenError,
    testing::{ISSUER, NOW, TestKey},
};

#[tokio::test]
async fn refuses_tokens_that_are_wrong() {
    let scene = Scene::new(TestKey::ec()).await;
    let now = NOW.unix_timestamp();
    let issuer = scene
        .sign_in(|c| c["iss"] = json!("https://evil.example"))
        .await;
    assert_eq!(
        issuer,
        Err(OidcError::IdToken(IdTokenError::Issuer {
            expected: ISSUER.to_owned(),
            found: "https://evil.example".to_owned()
        }))
    );
    for aud in [json!("other"), json!(["other"]), json!([]), json!(null)] {
        let result = scene.sign_in(|c| c["aud"] = aud.clone()).await;
        let wrong = matches!(
            result,
            Err(OidcError::IdToken(
                IdTokenError::Audience { .. } | IdTokenError::Malformed
            ))
        );
        assert!(wrong, "{aud}: {result:?}");
    }
    let cases = [
        ("nonce", json!("another"), IdTokenError::Nonce),
        ("exp", json!(now - 61), IdTokenError::Expired),
        ("iat", json!(now + 61), IdTokenError::NotYet),
        ("nbf", json!(now + 61), IdTokenError::NotYet),
        ("azp", json!("other"), IdTokenError::AuthorizedParty),
        (
            "aud",
            json!(["plimsoll", "other"]),
            IdTokenError::AuthorizedParty,
        ),
    ];
    for (claim, value, expected) in cases {
        let result = scene.sign_in(|c| c[claim] = value.clone()).await;
        assert_eq!(result, Err(OidcError::IdToken(expected)), "{claim} {value}");
    }
    let fine = |c: &mut Value| {
        c["aud"] = json!(["account", "plimsoll"]);
        c["azp"] = json!("plimsoll");
        c["exp"] = json!(now - 59);
    };
    assert!(
        scene.sign_in(fine).await.is_ok(),
        "given to us, and clocks may differ"
    );
}

#[tokio::test]
async fn refuses_tokens_that_lack_something() {
    let scene = Scene::new(TestKey::ec()).await;
    for (claim, value) in [
        ("exp", json!("soon")),
        ("sub", json!(7)),
        ("iss", json!(null)),
    ] {
        let result = scene.sign_in(|c| c[claim] = value.clone()).await;
        let unreadable = OidcError::IdToken(IdTokenError::Malformed);
        assert_eq!(result, Err(unreadable), "{claim} {value}");
    }
    let without = async |claim: &str| {
        let remove = |c: &mut Value| drop(c.as_object_mut().expect("object").remove(claim));
        scene.sign_in(remove).await
    };
    assert_eq!(
        without("nonce").await,
        Err(OidcError::IdToken(IdTokenError::Nonce))
    );
    for claim in ["iss", "sub", "exp", "iat"] {
        let unreadable = OidcError::IdToken(IdTokenError::Malformed);
        assert_eq!(without(claim).await, Err(unreadable), "without {claim}");
    }
}

#[tokio::test]
async fn refuses_tokens_that_nobody_signed() {
    for key in [TestKey::ec(), TestKey::rsa()] {
        let scene = Scene::new(key).await;
        for alg in ["none", "HS256"] {
            let (_, pending) = scene.begin();
            let token = scene.key.sign("one", alg, &claims(&pending));
            let result = scene.finish_with(pending, &token, NOW).await;
            assert_eq!(
                result,
                Err(OidcError::IdToken(IdTokenError::Algorithm)),
                "{alg}"
            );
        }
        let other = TestKey::ec();
        for header in [
            json!({"alg": "ES256", "kid": "one", "jwk": other.jwk("one")}),
            json!({"alg": "ES256", "kid": "one"}),
            json!({"alg": "ES256"}),
        ] {
            let (_, pending) = scene.begin();
            let token = other.sign_with(&header, &claims(&pending));
            let result = scene.finish_with(pending, &token, NOW).await;
            let wrong = matches!(
                result,
                Err(OidcError::IdToken(
                    IdTokenError::Signature | IdTokenError::UnknownKey
                ))
            );
            assert!(wrong, "{header}: {result:?}");
        }
    }
}

#[tokio::test]
async fn follows_a_rotated_key_and_asks_for_an_unknown_one_only_now_and_then() {
    let scene = Scene::new(TestKey::ec()).await;
    let new = TestKey::ec();
    let later = NOW + Duration::minutes(1);
    let sign_in = async |now: OffsetDateTime| {
        let (_, pending) = scene.begin();
        let token = new.sign("two", "ES256", &claims(&pending));
        scene.finish_with(pending, &token, now).await
    };
    let unknown = Err(OidcError::IdToken(IdTokenError::UnknownKey));
    assert_eq!(sign_in(later).await, unknown);
    assert_eq!(scene.web.count(KEYS), 2);
    assert_eq!(sign_in(later).await, unknown);
    assert_eq!(scene.web.count(KEYS), 2, "asked a moment ago");

    scene.web.publish(&[scene.key.jwk("one"), new.jwk("two")]);
    assert!(sign_in(later + Duration::minutes(1)).await.is_ok());
    assert_eq!(scene.web.count(KEYS), 3);
    assert!(sign_in(later + Duration::minutes(2)).await.is_ok());
    assert_eq!(scene.web.count(KEYS), 3, "known now");
}
