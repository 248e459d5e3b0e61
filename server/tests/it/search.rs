//! Search: names, and what was pasted, as far as the caller may see it.

use serde_json::{Value, json};

use crate::{repositories::names, util::TestApp};

#[tokio::test]
async fn search_finds_what_the_caller_may_see() {
    let app = TestApp::new().await;
    for (who, query, repositories, accounts) in [
        ("", "a", &["alice/site"][..], &[][..]),
        ("bob", "a", &["alice/site"], &[]),
        ("bob", "BO", &[], &["bob"]),
        ("alice", "alice/a", &["alice/app"], &[]),
        (
            "admin",
            "a",
            &["alice/app", "alice/site"],
            &["admin", "alice"],
        ),
        ("admin", "_", &[], &[]),
    ] {
        let call = app.get(&format!("/api/v0/index/autocomplete?query={query}"));
        let call = if who.is_empty() { call } else { call.by(who) };
        let found = call.send().await.expect(200).json();
        let found_accounts: Vec<_> = found["accountResults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["name"].as_str().unwrap())
            .collect();
        let found = json!({"repositories": found["repositoryResults"]});
        assert_eq!(names(&found), repositories, "{who} {query}");
        assert_eq!(found_accounts, accounts, "{who} {query}");
    }
    let found = app
        .get("/api/v0/index/dockersearch?q=site")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&found["num_results"], &found["results"][0]["name"]),
        (&json!(1), &json!("alice/site"))
    );
    let found = app
        .get("/api/v0/index/dockersearch?q=app")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(found["num_results"], 0);
    app.get("/api/v0/index/autocomplete?limit=0")
        .send()
        .await
        .expect(400);
    let only = app
        .get("/api/v0/index/autocomplete?includeAccounts=false&namespace=bob")
        .by("admin")
        .send()
        .await;
    assert_eq!(
        only.expect(200).json(),
        json!({"accountResults": [], "repositoryResults": [], "imageResults": []})
    );
}

#[tokio::test]
async fn what_was_pasted_is_found_where_the_caller_may_see_it() {
    let app = TestApp::company().await;
    let mut digest = String::new();
    for repository in ["acme/app", "acme/site"] {
        let token = app
            .token("olga", &[&format!("repository:{repository}:pull,push")])
            .await;
        digest = app
            .push_image(&token, repository, "1.0", b"layer")
            .await
            .to_string();
    }
    let config: Value = {
        let manifest = app.get("/api/v0/repositories/acme/app/tags/1.0").by("olga");
        manifest.send().await.expect(200).json()
    };
    let config = config[0]["manifest"]["configDigest"]
        .as_str()
        .unwrap()
        .to_owned();
    let hex = digest.trim_start_matches("sha256:").to_owned();
    let both = &["acme/app", "acme/site"][..];
    for (who, query, found) in [
        ("olga", digest.clone(), both),
        ("olga", hex, both),
        ("olga", config, both),
        ("rob", digest.clone(), both),
        ("bob", digest.clone(), &["acme/site"]),
        ("", digest.clone(), &["acme/site"]),
        (
            "olga",
            "registry.example/acme/app:1.0".to_owned(),
            &["acme/app"],
        ),
        ("olga", format!("acme/app@{digest}"), &["acme/app"]),
        ("olga", "acme/app:2.0".to_owned(), &[]),
        ("bob", "acme/app:1.0".to_owned(), &[]),
        ("bob", format!("acme/app@{digest}"), &[]),
        ("", "acme/site:1.0".to_owned(), &["acme/site"]),
        ("olga", format!("sha256:{}", "0".repeat(64)), &[]),
    ] {
        let call = app.get(&format!("/api/v0/index/autocomplete?query={query}"));
        let call = if who.is_empty() { call } else { call.by(who) };
        let answer = call.send().await.expect(200).json();
        let images: Vec<String> = answer["imageResults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|image| {
                assert_eq!(image["digest"], digest, "{who} {query}");
                let part = |name: &str| image[name].as_str().unwrap().to_owned();
                format!("{}/{}", part("namespace"), part("name"))
            })
            .collect();
        assert_eq!(images, found, "{who} {query}");
    }
    let orgs = app
        .get("/api/v0/index/autocomplete?query=acm")
        .by("rob")
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(orgs["accountResults"][0]["name"], "acme");
    let orgs = app.get("/api/v0/index/autocomplete?query=acm").by("bob");
    let orgs = orgs.send().await.expect(200).json();
    assert_eq!(orgs["accountResults"], json!([]));
}
