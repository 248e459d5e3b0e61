//! In the lists of identity providers, of trusts, of what refers to an image, and of what happened.

use serde_json::json;

use super::{List, refused};
use crate::util::{MANIFEST, TestApp};

#[tokio::test]
async fn identity_providers_and_trusts() {
    let app = TestApp::company().await;
    let providers = "/enzi/v0/config/auth/oidc";
    let trusts = "/api/v0/accounts/acme/workloadTrusts";
    for name in ["lab-a", "lab-b", "lab-c"] {
        let provider = json!({"name": name, "label": format!("The {name}"), "issuer": "https://idp.example/Realm",
            "clientId": "plimsoll"});
        app.by_admin("POST", providers, provider, 201).await;
        let trust = json!({"name": name, "kind": "gitlab", "issuer": "https://gitlab.example",
            "conditions": {"project_path": "acme/app"}, "rights": {}});
        app.by_admin("POST", trusts, trust, 201).await;
    }
    for (path, who, issued) in [
        (providers, "admin", &["lab-a", "lab-b", "lab-c"][..]),
        (trusts, "olga", &["ci", "lab-a", "lab-b", "lab-c"]),
    ] {
        let list = List {
            app: &app,
            path,
            parameter: "filter",
            results: "",
            name: "/name",
        };
        let expected = [
            ("AB-B", &["lab-b"][..]),
            (".EXAMPLE", issued),
            ("nothing", &[]),
        ];
        list.finds(who, &expected).await;
        let pages = list.pages(who, "LAB-", 2).await;
        assert_eq!(pages, [vec!["lab-a", "lab-b"], vec!["lab-c"]]);
        list.knows_no_wildcards(who).await;
        let counted = format!("{path}?filter=lab-&count=true&pageSize=1");
        let counted = app.get(&counted).by(who).send().await.expect(200);
        assert_eq!(counted.header("x-resource-count"), "3");
        for (who, status) in [("", 401), ("mia", 403)] {
            refused(&app, who, &format!("{path}?filter=lab"), status).await;
        }
    }
}

#[tokio::test]
async fn referrers() {
    let app = TestApp::new().await;
    let token = app
        .token("alice", &["repository:alice/app:pull,push"])
        .await;
    let image = app.push_image(&token, "alice/app", "1.0", b"layer").await;
    let empty = app.push_blob(&token, "alice/app", b"{}").await;
    for (at, kind) in ["application/spdx+json", "application/SPDX", "example/other"]
        .into_iter()
        .enumerate()
    {
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": empty, "size": 2},
            "layers": [], "annotations": {"at": at.to_string()},
            "subject": {"mediaType": MANIFEST, "digest": image, "size": 2},
        });
        let manifest = manifest.to_string();
        let digest = oci::Digest::of(oci::digest::Algorithm::Sha256, manifest.as_bytes());
        let call = app.call("PUT", &format!("/v2/alice/app/manifests/{digest}"));
        let call = call.bearer(&token).header("content-type", MANIFEST);
        call.body(manifest).send().await.expect(201);
    }
    let path = format!("/api/v0/repositories/alice/app/manifests/{image}/referrers");
    let list = |name| List {
        app: &app,
        path: &path,
        parameter: "filter",
        results: "",
        name,
    };
    let pages = list("/artifactType").pages("alice", "spdx", 1).await;
    let mut kinds = pages.concat();
    kinds.sort();
    assert_eq!(pages.len(), 2);
    assert_eq!(kinds, ["application/SPDX", "application/spdx+json"]);
    let digests = list("/digest").pages("alice", "OTHER", 10).await.concat();
    let part = digests[0].to_uppercase();
    list("/artifactType")
        .finds("alice", &[(&part, &["example/other"])])
        .await;
    list("/digest").knows_no_wildcards("alice").await;
    for (query, count) in [
        ("filter=spdx", "2"),
        ("artifactType=example/other", "1"),
        ("", "3"),
    ] {
        let counted = app.get(&format!("{path}?{query}&count=true&pageSize=1"));
        let counted = counted.by("alice").send().await.expect(200);
        assert_eq!(counted.header("x-resource-count"), count, "{query}");
    }
    refused(&app, "bob", &format!("{path}?filter=spdx"), 404).await;
}

#[tokio::test]
async fn events() {
    let app = TestApp::company().await;
    let level = json!({"accessLevel": "read-write"});
    let path = "/api/v0/repositories/acme/app/teamAccess/readers";
    for _ in 0..2 {
        let call = app.call("PUT", path).by("olga").json(&level);
        call.send().await.expect(200);
    }
    let path = "/api/v0/events?objectType=repositoryAccess";
    let list = |name| List {
        app: &app,
        path,
        parameter: "filter",
        results: "/events",
        name,
    };
    let by_olga = list("/actor").pages("admin", "OLG", 1).await;
    assert_eq!(by_olga, [["olga"], ["olga"]]);
    let to_writers = list("/target/name").pages("admin", "WRIT", 10).await;
    assert_eq!(to_writers, [["writers"]]);
    let in_app = list("/object/name").pages("admin", "Acme/A", 10).await;
    assert_eq!(in_app.concat().len(), 5);
    list("/actor").knows_no_wildcards("admin").await;
    let counted = app.get(&format!("{path}&filter=OLGA&count=true"));
    let counted = counted.by("admin").send().await.expect(200);
    assert_eq!(counted.header("x-resource-count"), "2");
    for (who, status) in [("", 401), ("olga", 403)] {
        refused(&app, who, &format!("{path}&filter=olga"), status).await;
    }
}
