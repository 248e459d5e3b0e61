//! A whole sign-in with a provider in memory, and answers to another question.

use serde_json::json;

use super::*;
use crate::{
    issuer::testing::{ISSUER, NOW, TestKey},
    oidc::Blame,
    oidc::testing::{KEYS, Scene, TOKEN, USERINFO, answer, claims},
};

fn query(url: &Url) -> std::collections::HashMap<String, String> {
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn signs_in() {
    let scene = Scene::new(TestKey::ec()).await;
    let (url, pending) = scene.begin();
    assert!(
        url.as_str().starts_with("https://idp.example/authorize?"),
        "{url}"
    );
    let sent = query(&url);
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], "plimsoll");
    assert_eq!(sent["scope"], "openid profile email");
    assert_eq!(sent["redirect_uri"], "https://registry.example/signin/oidc");
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["state"], pending.state);
    assert_eq!(sent["nonce"], pending.nonce);
    assert!(!url.as_str().contains(&pending.verifier));

    let kept = serde_json::to_string(&pending).expect("json");
    let pending: Pending = serde_json::from_str(&kept).expect("pending");
    let token = scene.key.sign("one", "ES256", &claims(&pending));
    let verifier = pending.verifier.clone();
    let identity = scene
        .finish_with(pending, &token, NOW)
        .await
        .expect("identity");
    assert_eq!(
        identity,
        Identity {
            issuer: ISSUER.to_owned(),
            subject: "248289761001".to_owned(),
            username: Some("ada".to_owned()),
            full_name: Some("Ada Lovelace".to_owned()),
            email: Some("ada@example.org".to_owned()),
            groups: Some(vec!["admins".to_owned(), "engines".to_owned()]),
        }
    );

    let asked = scene.web.last(TOKEN);
    assert_eq!(
        asked.headers()["authorization"],
        "Basic cGxpbXNvbGw6czNjcmV0"
    );
    let body = String::from_utf8(asked.into_body()).expect("form");
    let form = query(&Url::parse(&format!("form:?{body}")).expect("form"));
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "the-code");
    assert_eq!(form["redirect_uri"], "https://registry.example/signin/oidc");
    assert_eq!(form["code_verifier"], verifier);
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier));
    assert_eq!(sent["code_challenge"], challenge.as_str());
    assert_eq!(scene.web.count(USERINFO), 0, "the ID token said everything");
}

#[tokio::test]
async fn accepts_rsa_both_ways() {
    let scene = Scene::new(TestKey::rsa()).await;
    for alg in ["RS256", "PS256"] {
        let (_, pending) = scene.begin();
        let token = scene.key.sign("one", alg, &claims(&pending));
        assert!(
            scene.finish_with(pending, &token, NOW).await.is_ok(),
            "{alg}"
        );
    }
}

#[tokio::test]
async fn every_sign_in_has_its_own_secrets_and_prints_none() {
    let scene = Scene::new(TestKey::ec()).await;
    let ((_, one), (_, two)) = (scene.begin(), scene.begin());
    let of = |p: &Pending| [p.state.clone(), p.nonce.clone(), p.verifier.clone()];
    let all: std::collections::HashSet<_> = of(&one).into_iter().chain(of(&two)).collect();
    assert_eq!(all.len(), 6);
    let printed = format!("{one:?} {:?}", answer(&one));
    assert!(
        all.iter().all(|secret| !printed.contains(secret)),
        "{printed}"
    );
    assert!(!printed.contains("the-code"));
}

#[tokio::test]
async fn refuses_answers_to_another_question() {
    let scene = Scene::new(TestKey::ec()).await;
    let finish = async |pending: Pending, callback: Callback, now: OffsetDateTime| {
        scene.finish(pending, &callback, now).await
    };
    let (_, pending) = scene.begin();
    for state in [
        String::new(),
        scene.begin().1.state,
        pending.state[1..].to_owned(),
    ] {
        let callback = Callback {
            state,
            ..answer(&pending)
        };
        assert_eq!(
            finish(pending.clone(), callback, NOW).await,
            Err(OidcError::State)
        );
    }
    let late = NOW + PENDING_FOR + Duration::seconds(1);
    assert_eq!(
        finish(pending.clone(), answer(&pending), late).await,
        Err(OidcError::Stale)
    );
    let mut other = pending.clone();
    other.issuer = "https://other.example".to_owned();
    assert_eq!(
        finish(other, answer(&pending), NOW).await,
        Err(OidcError::OtherProvider)
    );
    assert_eq!(scene.web.count(TOKEN), 0, "no code was spent on these");
}

#[tokio::test]
async fn refuses_answers_without_a_code_or_of_somebody_else() {
    let scene = Scene::new(TestKey::ec()).await;
    let (_, pending) = scene.begin();
    let finish = async |change: fn(&mut Callback)| {
        let mut callback = answer(&pending);
        change(&mut callback);
        scene.finish(pending.clone(), &callback, NOW).await
    };
    let other = finish(|c| c.iss = Some("https://evil.example".to_owned())).await;
    assert!(
        matches!(other, Err(OidcError::AnsweredBy { .. })),
        "{other:?}"
    );
    let refused = finish(|c| c.error = Some("access_denied".to_owned()))
        .await
        .expect_err("refused");
    assert_eq!(refused, OidcError::Refused("access_denied".to_owned()));
    assert_eq!(refused.blame(), Blame::Refused);
    assert_eq!(finish(|c| c.code = None).await, Err(OidcError::NoCode));
    let empty = finish(|c| c.code = Some(String::new())).await;
    assert_eq!(empty, Err(OidcError::NoCode));
    assert_eq!(scene.web.count(TOKEN), 0, "no code was spent on these");
}

#[tokio::test]
async fn insists_on_the_issuer_where_the_provider_announces_it() {
    let scene = Scene::new(TestKey::ec()).await;
    scene.web.put(
        "https://idp.example/.well-known/openid-configuration",
        200,
        &json!({
            "issuer": ISSUER, "jwks_uri": KEYS, "token_endpoint": TOKEN,
            "authorization_endpoint": "https://idp.example/authorize",
            "authorization_response_iss_parameter_supported": true,
        }),
    );
    let discovery = Discovery::fetch(ISSUER, &scene.web, NOW)
        .await
        .expect("discovery");
    let (_, pending) = scene.begin();
    let callback = answer(&pending);
    let result = finish(
        &scene.provider,
        &discovery,
        pending,
        &callback,
        &scene.web,
        NOW,
    )
    .await;
    assert_eq!(result, Err(OidcError::Anonymous));
}

#[tokio::test]
async fn asks_for_what_the_token_does_not_say() {
    let scene = Scene::new(TestKey::ec()).await;
    let bare = |c: &mut Value| {
        for claim in ["preferred_username", "groups", "name", "email"] {
            c.as_object_mut().expect("object").remove(claim);
        }
    };
    let error = scene
        .sign_in(bare)
        .await
        .expect_err("userinfo does not answer");
    assert!(matches!(error, OidcError::Fetch(_)), "{error}");

    let info = json!({"sub": "248289761001", "preferred_username": "ada", "groups": "engines",
        "email": "ada@example.org", "iss": "https://evil.example"});
    scene.web.put(USERINFO, 200, &info);
    let identity = scene.sign_in(bare).await.expect("identity");
    assert_eq!(identity.username.as_deref(), Some("ada"));
    assert_eq!(identity.groups, Some(vec!["engines".to_owned()]));
    assert_eq!(identity.issuer, ISSUER);
    assert_eq!(
        scene.web.last(USERINFO).headers()["authorization"],
        "Bearer at-s3cret"
    );

    scene
        .web
        .put(USERINFO, 200, &json!({"sub": "248289761001"}));
    let identity = scene.sign_in(bare).await.expect("identity");
    assert_eq!((identity.username, identity.groups), (None, None));

    scene.web.put(
        USERINFO,
        200,
        &json!({"sub": "somebody else", "groups": ["admins"]}),
    );
    assert_eq!(scene.sign_in(bare).await, Err(OidcError::OtherSubject));
}

#[tokio::test]
async fn says_what_the_token_endpoint_says_but_no_secret() {
    let scene = Scene::new(TestKey::ec()).await;
    let cases = [
        (
            400,
            json!({"error": "invalid_grant", "error_description": "at-s3cret"}),
            OidcError::NotExchanged("invalid_grant".to_owned()),
        ),
        (
            200,
            json!({"access_token": "at-s3cret", "token_type": "Bearer"}),
            OidcError::NoIdToken,
        ),
        (
            200,
            json!({"access_token": "at-s3cret", "token_type": "Bearer", "id_token": "a.b"}),
            OidcError::IdToken(IdTokenError::Malformed),
        ),
        (200, json!("at-s3cret"), OidcError::TokenAnswer),
        (502, json!("at-s3cret"), OidcError::TokenAnswer),
    ];
    for (status, body, expected) in cases {
        scene.web.put(TOKEN, status, &body);
        let (_, pending) = scene.begin();
        let callback = answer(&pending);
        let error = scene
            .finish(pending, &callback, NOW)
            .await
            .expect_err("refused");
        assert_eq!(error, expected, "{body}");
        assert!(!format!("{error:?} {error}").contains("s3cret"));
    }
    scene.web.remove(TOKEN);
    let (_, pending) = scene.begin();
    let callback = answer(&pending);
    let error = scene
        .finish(pending, &callback, NOW)
        .await
        .expect_err("unreachable");
    assert_eq!(error.blame(), Blame::Unreachable);
}
