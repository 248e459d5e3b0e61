//! Tokens as the two CI systems make them, and tokens of somebody who wants in.

use serde_json::{Value, json};

use super::*;
use crate::issuer::testing::{ISSUER, NOW, TestKey, Web};

const AUDIENCE: &str = "https://registry.example";

fn gitlab() -> Value {
    let now = NOW.unix_timestamp();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now - 5, "exp": now + 3600, "jti": "x",
        "sub": "project_path:acme/app:ref_type:branch:ref:main", "namespace_id": "72",
        "namespace_path": "acme", "project_id": "20", "project_path": "acme/app", "user_id": "1",
        "user_login": "ada", "pipeline_id": "574", "pipeline_source": "push", "job_id": "302",
        "ref": "main", "ref_type": "branch", "ref_protected": "true", "sha": "714a629c",
        "environment": "production", "environment_protected": "true",
    })
}

fn github() -> Value {
    let now = NOW.unix_timestamp();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300, "jti": "x",
        "sub": "repo:acme/app:environment:prod", "repository": "acme/app", "repository_id": "74",
        "repository_owner": "acme", "repository_owner_id": "65", "run_id": "9001",
        "run_number": "10", "run_attempt": "2", "actor": "ada", "ref": "refs/heads/main",
        "sha": "714a629c", "environment": "prod", "event_name": "push",
        "job_workflow_ref": "acme/app/.github/workflows/ci.yml@refs/heads/main",
    })
}

/// An issuer whose document has no more than GitHub's.
async fn issuer(web: &Web, key: &TestKey) -> Issuer {
    web.publish(&[key.jwk("one")]);
    web.put(
        &format!("{ISSUER}/.well-known/openid-configuration"),
        200,
        &json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys")}),
    );
    Issuer::fetch(ISSUER, web, NOW).await.expect("issuer")
}

#[tokio::test]
async fn accepts_jobs_of_both_systems() {
    let (web, key) = (Web::default(), TestKey::rsa());
    let issuer = issuer(&web, &key).await;
    let token = key.sign("one", "RS256", &gitlab());
    assert_eq!(claimed_issuer(&token).as_deref(), Some(issuer.url()));
    let claims = issuer
        .verify(&token, AUDIENCE, MAX_AGE, &web, NOW)
        .await
        .expect("claims");
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        Job::of(Kind::GitLab, "https://gitlab.com", &claims),
        Job {
            project: text("acme/app"),
            project_id: text("20"),
            git_ref: text("main"),
            commit: text("714a629c"),
            environment: text("production"),
            job_id: text("302"),
            pipeline_id: text("574"),
            run_url: text("https://gitlab.com/acme/app/-/jobs/302"),
            actor: text("ada"),
        }
    );
    let token = key.sign("one", "RS256", &github());
    let claims = issuer
        .verify(&token, AUDIENCE, MAX_AGE, &web, NOW)
        .await
        .expect("claims");
    let url = |issuer: &str| Job::of(Kind::GitHub, issuer, &claims).run_url;
    let run = "acme/app/actions/runs/9001";
    for (issuer, host) in [
        ("https://token.actions.githubusercontent.com", "github.com"),
        (
            "https://token.actions.githubusercontent.com/acme",
            "github.com",
        ),
        ("https://token.actions.acme.ghe.com", "acme.ghe.com"),
        ("https://git.example/_services/token", "git.example"),
    ] {
        assert_eq!(url(issuer), Some(format!("https://{host}/{run}")));
    }
    assert_eq!(
        Job::of(Kind::GitLab, "", &Claims::default()),
        Job::default()
    );
}

#[tokio::test]
async fn refuses_other_tokens() {
    let (web, key) = (Web::default(), TestKey::ec());
    let issuer = issuer(&web, &key).await;
    let now = NOW.unix_timestamp();
    let verify = async |token: &str| issuer.verify(token, AUDIENCE, MAX_AGE, &web, NOW).await;
    assert!(verify(&key.sign("one", "ES256", &gitlab())).await.is_ok());
    let cases = [
        ("exp", json!(now - 61), IdTokenError::Expired),
        ("nbf", json!(now + 61), IdTokenError::NotYet),
        ("iat", json!(now + 61), IdTokenError::NotYet),
        ("iat", json!(now - 3661), IdTokenError::TooOld),
        ("nbf", json!("soon"), IdTokenError::Malformed),
    ];
    for (claim, value, expected) in cases {
        let mut claims = gitlab();
        claims[claim] = value.clone();
        let result = verify(&key.sign("one", "ES256", &claims)).await;
        assert_eq!(result, Err(expected), "{claim} {value}");
    }
    for aud in [
        json!("https://registry.example/"),
        json!("https://other.example"),
        json!([AUDIENCE, "https://other.example"]),
        json!([]),
    ] {
        let mut claims = gitlab();
        claims["aud"] = aud.clone();
        let result = verify(&key.sign("one", "ES256", &claims)).await;
        assert!(
            matches!(result, Err(IdTokenError::Audience { .. })),
            "{aud}: {result:?}"
        );
    }
    let mut claims = gitlab();
    claims["iss"] = json!("https://idp.example.evil.example");
    let result = verify(&key.sign("one", "ES256", &claims)).await;
    assert!(
        matches!(result, Err(IdTokenError::Issuer { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn refuses_tokens_that_the_issuer_did_not_sign() {
    let (web, key) = (Web::default(), TestKey::ec());
    let issuer = issuer(&web, &key).await;
    let verify = async |token: &str| issuer.verify(token, AUDIENCE, MAX_AGE, &web, NOW).await;
    for alg in ["none", "HS256"] {
        let result = verify(&key.sign("one", alg, &gitlab())).await;
        assert_eq!(result, Err(IdTokenError::Algorithm), "{alg}");
    }
    let stranger = TestKey::ec();
    let result = verify(&stranger.sign("one", "ES256", &gitlab())).await;
    assert_eq!(result, Err(IdTokenError::Signature));
    let result = verify(&stranger.sign("two", "ES256", &gitlab())).await;
    assert_eq!(result, Err(IdTokenError::UnknownKey));
    for typ in ["at+jwt", "logout+jwt"] {
        let header = json!({"alg": "ES256", "kid": "one", "typ": typ});
        let result = verify(&key.sign_with(&header, &gitlab())).await;
        assert_eq!(result, Err(IdTokenError::Malformed), "{typ}");
    }
    let long = "a".repeat(crate::issuer::MAX_ID_TOKEN + 1);
    assert_eq!(verify(&long).await, Err(IdTokenError::TooLong));
    for text in ["", ".", "..", "a.b.c", "é.é.é"] {
        assert_eq!(verify(text).await, Err(IdTokenError::Malformed), "{text}");
        assert_eq!(claimed_issuer(text), None);
    }
}

#[tokio::test]
async fn a_reason_never_repeats_the_token() {
    let (web, key) = (Web::default(), TestKey::ec());
    let issuer = issuer(&web, &key).await;
    let mut claims = gitlab();
    claims["aud"] = json!("x".repeat(5000));
    let token = key.sign("one", "ES256", &claims);
    let error = issuer
        .verify(&token, AUDIENCE, MAX_AGE, &web, NOW)
        .await
        .expect_err("refused")
        .to_string();
    assert!(error.len() < 400, "{error}");
    assert!(token.split('.').all(|part| !error.contains(part)));
}

#[tokio::test]
async fn old_keys_serve_while_the_issuer_is_away_but_not_for_ever() {
    let (web, key) = (Web::default(), TestKey::ec());
    let issuer = issuer(&web, &key).await;
    let keys = format!("{ISSUER}/keys");
    let verify = async |now: OffsetDateTime| {
        let mut claims = gitlab();
        claims["iat"] = json!(now.unix_timestamp());
        claims["exp"] = json!(now.unix_timestamp() + 300);
        let token = key.sign("one", "ES256", &claims);
        issuer.verify(&token, AUDIENCE, MAX_AGE, &web, now).await
    };
    assert!(verify(NOW + Duration::minutes(59)).await.is_ok());
    assert_eq!(web.count(&keys), 1);
    assert!(verify(NOW + Duration::minutes(61)).await.is_ok());
    assert_eq!(web.count(&keys), 2, "refreshed");
    web.remove(&keys);
    assert!(verify(NOW + Duration::hours(20)).await.is_ok());
    let result = verify(NOW + Duration::hours(26)).await;
    assert!(matches!(result, Err(IdTokenError::Keys(_))), "{result:?}");

    web.put(&keys, 200, &json!({"keys": []}));
    let result = verify(NOW + Duration::hours(27)).await;
    assert_eq!(result, Err(IdTokenError::UnknownKey), "taken back");
}
