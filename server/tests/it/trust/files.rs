//! Files as they are served: by role, version and hash, byte for byte, with the headers for caches; and paths that are none.

use oci::digest::{Algorithm, Digest};

use super::{GUN, Owner, SITE, client::NOW, get, said, tuf};
use crate::util::TestApp;

fn sha256(bytes: &[u8]) -> String {
    Digest::of(Algorithm::Sha256, bytes).hex()
}

#[tokio::test]
async fn by_role_version_and_hash() {
    let app = TestApp::new().await;
    let owner = Owner::published(&app, GUN).await;
    // A file that no library would write like this is served like this.
    let text = String::from_utf8(owner.targets_file(2, &[("v2", "two")])).unwrap();
    let odd = text
        .replace("\"signatures\":", "\n \"signatures\" : ")
        .into_bytes();
    owner
        .publish(&app, &[("targets", odd.clone())])
        .await
        .expect(200);
    let hash = sha256(&odd);
    for name in [
        "targets.json".to_owned(),
        "2.targets.json".to_owned(),
        format!("targets.{hash}.json"),
    ] {
        let answer = get(&app, GUN, &name).await.expect(200);
        assert_eq!(answer.body, odd, "{name}");
    }
    assert_eq!(
        get(&app, GUN, "1.targets.json").await.expect(200).json()["signed"]["version"],
        1
    );
    // Everything that is current fits together.
    let timestamp = get(&app, GUN, "timestamp.json").await.expect(200);
    let snapshot = get(&app, GUN, "snapshot.json").await.expect(200);
    let said = timestamp.json()["signed"]["meta"]["snapshot"]["length"].clone();
    assert_eq!(said, snapshot.body.len());
    let by_hash = get(
        &app,
        GUN,
        &format!("snapshot.{}.json", sha256(&snapshot.body)),
    )
    .await;
    assert_eq!(by_hash.expect(200).body, snapshot.body);
}

#[tokio::test]
async fn what_is_not_there() {
    let app = TestApp::new().await;
    Owner::published(&app, GUN).await;
    let root = get(&app, GUN, "root.json").await.expect(200).body;
    let hash = sha256(&root);
    for name in [
        "targets/releases.json".to_owned(),
        "targets/Alice.json".to_owned(),
        "0.root.json".to_owned(),
        "01.root.json".to_owned(),
        "2.root.json".to_owned(),
        format!("root.{}.json", hash.to_uppercase()),
        format!("targets.{hash}.json"),
        format!("root.{}.json", "0".repeat(64)),
        format!("root.{}.json", "0".repeat(96)),
        format!("root.{}.json", "0".repeat(128)),
    ] {
        assert_eq!(
            said(&get(&app, GUN, &name).await),
            "404 METADATA_NOT_FOUND {}",
            "{name}"
        );
    }
    for name in [
        "x.json",
        "root",
        "root.key",
        "",
        "targets//a.json",
        "root.json/",
        "root%2ejson",
    ] {
        assert_eq!(
            said(&get(&app, GUN, name).await),
            "404 METADATA_NOT_FOUND",
            "{name}"
        );
    }
    for (method, name) in [
        ("HEAD", "root.json"),
        ("PUT", ""),
        ("POST", "root.json"),
        ("DELETE", "root.json"),
        ("PUT", "timestamp.key"),
        ("PATCH", ""),
    ] {
        let answer = app.call(method, &tuf(GUN, name)).by("alice").send().await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {name}");
    }
    let answer = app
        .get(&format!("/v2/{GUN}/_trust/tuf"))
        .by("alice")
        .send()
        .await;
    assert_eq!(said(&answer), "404 METADATA_NOT_FOUND");
}

#[tokio::test]
async fn headers_for_caches() {
    let app = TestApp::new().await;
    for (gun, fixed, current) in [
        (
            GUN,
            "private, max-age=2592000",
            "private, max-age=300, must-revalidate",
        ),
        (
            SITE,
            "public, max-age=2592000, s-maxage=2592000",
            "public, max-age=300, s-maxage=300, must-revalidate",
        ),
    ] {
        Owner::published(&app, gun).await;
        let root = get(&app, gun, "root.json").await.expect(200);
        let by_hash = format!("root.{}.json", sha256(&root.body));
        for (name, cache) in [
            ("root.json", current),
            ("timestamp.json", current),
            ("1.root.json", fixed),
            (by_hash.as_str(), fixed),
        ] {
            let answer = get(&app, gun, name).await.expect(200);
            assert_eq!(answer.header("cache-control"), cache, "{name}");
            assert_eq!(
                answer.header("last-modified"),
                "Fri, 27 Nov 2026 12:00:00 GMT"
            );
            assert_eq!(answer.header("pragma"), "");
        }
        let missing = get(&app, gun, "2.root.json").await;
        assert_eq!(
            (
                missing.header("cache-control"),
                missing.header("last-modified")
            ),
            ("", "")
        );
        assert_eq!(
            missing.header("content-type"),
            "application/json; charset=utf-8"
        );
        assert!(missing.body.ends_with(b"}]}\n") && missing.body.len() <= 1024);
    }
}

#[tokio::test]
async fn hosts_that_are_not_ours_and_names_that_are_none() {
    let app = TestApp::new().await;
    for gun in [
        "dtr.example.com/alice/app",
        "127.0.0.1/alice/app",
        "127.0.0.1:8081/alice/app",
        "127.0.0.1:08080/alice/app",
        "alice/app",
        "127.0.0.1:8080/alice",
        "127.0.0.1:8080/alice/app/x",
        "127.0.0.1:8080/alice/../app",
        "127.0.0.1:8080//app",
        "127.0.0.1:8080/Alice/app",
        "127.0.0.1:8080/alice/a*",
        "alice@127.0.0.1:8080/alice/app",
    ] {
        // Nobody is asked who they are.
        for (method, name, expected) in [
            ("GET", "root.json", "404 METADATA_NOT_FOUND"),
            ("GET", "timestamp.key", "404 METADATA_NOT_FOUND"),
            ("POST", "timestamp.key", "404 METADATA_NOT_FOUND"),
            ("DELETE", "", "404 METADATA_NOT_FOUND"),
            (
                "POST",
                "",
                "400 INVALID_GUN \"Require GUNs with prefix: [127.0.0.1:8443/]\"",
            ),
        ] {
            let answer = app.call(method, &tuf(gun, name)).at(NOW).send().await;
            assert_eq!(said(&answer), expected, "{method} {gun} {name}");
        }
    }
    for gun in [
        "localhost:8080/alice/app",
        "127.0.0.1:8443/alice/app",
        "127.0.0.1%3A8080/alice/app",
    ] {
        let answer = get(&app, gun, "root.json").await;
        assert_eq!(said(&answer), "404 METADATA_NOT_FOUND {}", "{gun}");
    }
}

#[tokio::test]
async fn the_configured_address_is_the_only_host() {
    let app = TestApp::with(&[("PLIMSOLL_EXTERNAL_URL", "https://dtr.example.com:4443")]).await;
    let gun = "dtr.example.com:4443/alice/app";
    Owner::published(&app, gun).await;
    for gun in [GUN, "localhost:8080/alice/app", "dtr.example.com/alice/app"] {
        assert_eq!(
            said(&get(&app, gun, "root.json").await),
            "404 METADATA_NOT_FOUND",
            "{gun}"
        );
    }
}

#[tokio::test]
async fn health_is_for_everybody() {
    let app = TestApp::new().await;
    let answer = app.get("/_notary_server/health").send().await.expect(200);
    assert_eq!(answer.body, "{}");
}
