//! Bills of materials that somebody attached to an image: read beside what the scan found, wherever clients put them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{CRITICAL, SUMMARY, base, debian, load, scanned};
use crate::{
    pusher::Pusher,
    util::{MANIFEST, TestApp},
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const SPDX: &str = "application/spdx+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";

/// What the image has, something that the scan cannot see, and something that nothing can be matched with.
fn bill() -> Value {
    let package = |name: &str, purl: Option<&str>| {
        let refs = purl.map(|purl| {
            json!({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl})
        });
        json!({"name": name, "SPDXID": format!("SPDXRef-{name}"), "externalRefs": refs.into_iter().collect::<Vec<_>>()})
    };
    json!({"spdxVersion": "SPDX-2.3", "packages": [
        package("libssl3", Some("pkg:deb/debian/libssl3@3.0.11-1~deb12u1")),
        package("libzip4", Some("pkg:deb/debian/openssl@3.0.9-1")),
        package("left-pad", Some("pkg:npm/left-pad@1.3.0")),
        package("something", None),
    ]})
}

fn statement(digest: &str, predicate_type: &str, predicate: Value) -> Value {
    let sha256 = digest.strip_prefix("sha256:").unwrap();
    json!({
        "_type": "https://in-toto.io/Statement/v0.1", "predicateType": predicate_type, "predicate": predicate,
        "subject": [{"name": "app", "digest": {"sha256": sha256}}],
    })
}

/// Puts a manifest with this document there.
async fn attach(
    pusher: &Pusher,
    (reference, kind): (&str, &str),
    document: &Value,
    subject: Option<&str>,
) -> String {
    let config = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let layer = pusher.blob(kind, document.to_string().as_bytes()).await;
    let mut manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "config": config, "layers": [layer]});
    if let Some(digest) = subject {
        manifest["subject"] = json!({"mediaType": MANIFEST, "digest": digest, "size": 7});
    }
    pusher.put(reference, MANIFEST, &manifest).await.to_string()
}

async fn image(pusher: &Pusher) -> String {
    let image = &pusher.json(SUMMARY).await[0]["scannedImage"];
    image["manifestDigest"].as_str().unwrap().to_owned()
}

async fn attached(pusher: &Pusher) -> Vec<Value> {
    let bills = pusher.json(&format!("{SUMMARY}/attached")).await;
    bills.as_array().unwrap().clone()
}

#[tokio::test]
async fn what_only_a_bill_names_is_judged_and_not_counted_with_the_image() {
    let pusher = scanned(&[base()]).await;
    load(
        &pusher.app,
        &[debian("CVE-2026-0001", "3.0.14-1", Some(CRITICAL))],
    )
    .await;
    let before = pusher.json(SUMMARY).await;
    assert_eq!(attached(&pusher).await, [] as [Value; 0]);
    let digest = image(&pusher).await;
    let manifest = attach(&pusher, ("", SPDX), &bill(), Some(&digest)).await;

    let bills = attached(&pusher).await;
    let [one] = bills.as_slice() else {
        panic!("{bills:?}")
    };
    assert_eq!(one["manifest"], manifest.as_str());
    assert_eq!(
        (&one["format"], &one["problem"]),
        (&json!("SPDX"), &Value::Null)
    );
    assert_eq!(
        (&one["listed"], &one["passedOver"], &one["unseen"]),
        (&json!(3), &json!(1), &json!(2))
    );
    let names: Vec<&Value> = one["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["openssl", "left-pad"], "the worst first");
    let worst = &one["components"][0];
    assert_eq!(
        (
            &worst["version"],
            &worst["source"],
            &worst["cves"],
            &worst["vulnCount"]["critical"]
        ),
        (
            &json!("3.0.9-1"),
            &json!("deb"),
            &json!(["CVE-2026-0001"]),
            &json!(1)
        )
    );
    assert_eq!(
        pusher.json(SUMMARY).await,
        before,
        "the image is what the scan says"
    );
}

#[tokio::test]
async fn bills_are_found_where_clients_put_them() {
    let pusher = scanned(&[base()]).await;
    let digest = image(&pusher).await;
    let tag = digest.replace(':', "-");
    let spdx = "https://spdx.dev/Document";
    let said = statement(&digest, spdx, bill());
    // cosign attach sbom, and cosign attest
    attach(&pusher, (&format!("{tag}.sbom"), SPDX), &bill(), None).await;
    let payload = STANDARD.encode(said.to_string());
    let envelope = json!({"payloadType": IN_TOTO, "payload": payload, "signatures": []});
    attach(&pusher, (&format!("{tag}.att"), DSSE), &envelope, None).await;
    // BuildKit
    let mut of_build = said;
    of_build["by"] = json!("BuildKit");
    let attestation = attach(&pusher, ("", IN_TOTO), &of_build, None).await;
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": MANIFEST, "digest": digest, "size": 7, "platform": {"os": "linux", "architecture": "amd64"}},
        {"mediaType": MANIFEST, "digest": attestation, "size": 7, "annotations": {
            "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest}},
    ]});
    pusher.put("multi", INDEX, &index).await;

    let bills = attached(&pusher).await;
    assert_eq!(bills.len(), 3, "{bills:?}");
    assert!(bills.iter().all(|bill| bill["unseen"] == 2), "{bills:?}");
}

#[tokio::test]
async fn what_proves_nothing_says_why() {
    let pusher = scanned(&[base()]).await;
    let digest = image(&pusher).await;
    let other = format!("sha256:{}", "0".repeat(64));
    let spdx = "https://spdx.dev/Document";
    let about_other = statement(&other, spdx, bill());
    attach(&pusher, ("", IN_TOTO), &about_other, Some(&digest)).await;
    attach(
        &pusher,
        ("", SPDX),
        &json!({"spdxVersion": "SPDX-9"}),
        Some(&digest),
    )
    .await;
    // no bill at all: how it was built, and a signature
    let provenance = statement(
        &digest,
        "https://slsa.dev/provenance/v1",
        json!({"builder": {}}),
    );
    attach(&pusher, ("", IN_TOTO), &provenance, Some(&digest)).await;
    attach(
        &pusher,
        ("", "application/vnd.example.signature"),
        &bill(),
        Some(&digest),
    )
    .await;

    let bills = attached(&pusher).await;
    let mut problems: Vec<&str> = bills
        .iter()
        .filter_map(|bill| bill["problem"].as_str())
        .collect();
    problems.sort_unstable();
    assert_eq!(
        problems,
        [
            "It cannot be read: the document is of version \"SPDX-9\"; SPDX-2.2 and SPDX-2.3 are read.",
            "The statement around it is about another image."
        ]
    );
    assert_eq!(bills.len(), problems.len(), "{bills:?}");
    assert!(bills.iter().all(|bill| bill["components"] == json!([])));
}

#[tokio::test]
async fn an_image_that_was_not_scanned_has_nothing_to_compare() {
    let pusher = Pusher::new().await;
    super::push(&pusher, "v1", &[base()]).await;
    let path = format!("{SUMMARY}/attached");
    let answer = pusher.app.get(&path).by("alice").send().await.expect(404);
    assert_eq!(answer.code(), "NO_SUCH_SCAN");
}

/// The same image is in two repositories; who may push to one of them attaches a bill there.
#[tokio::test]
async fn a_bill_is_evidence_in_its_own_repository_alone() {
    let app = TestApp::new().await;
    let repositories = ["alice/app", "alice/site"];
    let scopes = repositories.map(|name| format!("repository:{name}:pull,push"));
    let token = app
        .token("alice", &scopes.each_ref().map(String::as_str))
        .await;
    let mut images = Vec::new();
    for repository in repositories {
        images.push(app.push_image(&token, repository, "v1", &base()).await);
    }
    assert_eq!(images[0], images[1]);
    server::scanning::settle(&app.state).await;
    let bill = bill().to_string();
    let bill = (
        app.push_blob(&token, "alice/site", bill.as_bytes()).await,
        bill.len(),
    );
    let config = app.push_blob(&token, "alice/site", b"{}").await;
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": SPDX,
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": config, "size": 2},
        "layers": [{"mediaType": SPDX, "digest": bill.0, "size": bill.1}],
        "subject": {"mediaType": MANIFEST, "digest": images[0], "size": 7},
    })
    .to_string();
    let tag = format!("{}.sbom", images[0].to_string().replace(':', "-"));
    let path = format!("/v2/alice/site/manifests/{tag}");
    let put = app
        .call("PUT", &path)
        .bearer(&token)
        .header("content-type", MANIFEST);
    put.body(manifest).send().await.expect(201);
    for (repository, count) in repositories.into_iter().zip([0, 1]) {
        let path = format!("/api/v0/imagescan/scansummary/repositories/{repository}/v1/attached");
        let bills = app.get(&path).by("alice").send().await.expect(200).json();
        assert_eq!(
            bills.as_array().unwrap().len(),
            count,
            "{repository}: {bills}"
        );
    }
}
