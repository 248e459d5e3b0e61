//! Image details: single and multi-platform images, odd configurations, artifacts and referrers.

use oci::digest::Digest;
use serde_json::json;

use crate::{
    pusher::{MANIFESTS, Pusher, TAGS, config},
    util::MANIFEST,
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

#[tokio::test]
async fn an_image_is_told_in_full() {
    let pusher = Pusher::new().await;
    let digest = pusher.image("1.0", &config("amd64")).await;
    let tags = pusher.json(&format!("{TAGS}/1.0")).await;
    assert_eq!(tags.as_array().unwrap().len(), 1);
    let tag = &tags[0];
    assert_eq!(
        (&tag["name"], &tag["author"]),
        (&json!("1.0"), &json!("alice"))
    );
    assert_eq!(
        (&tag["digest"], &tag["manifest"]["digest"]),
        (&json!(digest), &json!(digest))
    );
    let manifest = &tag["manifest"];
    assert_eq!(
        (&manifest["os"], &manifest["architecture"]),
        (&json!("linux"), &json!("amd64"))
    );
    assert_eq!(
        (&manifest["kind"], &manifest["author"]),
        (&json!("image"), &json!("Ann"))
    );
    assert_eq!(manifest["createdAt"], "2026-11-23T10:00:00Z");
    assert_eq!(
        manifest["config"],
        json!({
            "env": ["A=1"], "entrypoint": ["/run"], "cmd": [], "user": "65532", "workingDir": "/srv",
            "exposedPorts": ["80/tcp"], "volumes": [], "stopSignal": "", "labels": {"version": "1"},
        })
    );
    let lines: Vec<_> = manifest["dockerfile"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["line"].as_str().unwrap(),
                line["size"].as_u64().unwrap(),
                line["isEmpty"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("ADD file:1 in /", 11, false),
            ("ENV A=1", 0, true),
            ("RUN make", 6, false)
        ]
    );
    assert_eq!(tag["platforms"].as_array().unwrap().len(), 1);

    let by_digest = pusher.json(&format!("{TAGS}/{digest}")).await;
    assert_eq!(
        (&by_digest[0]["name"], &by_digest[0]["manifest"]),
        (&json!(""), manifest)
    );
    let wrong = pusher
        .app
        .get(&format!("{TAGS}/1.0?os=windows"))
        .by("alice")
        .send()
        .await
        .expect(404);
    assert_eq!(wrong.code(), "NO_SUCH_REF");
    assert!(
        wrong.message().contains("linux/amd64"),
        "{}",
        wrong.message()
    );
    assert_eq!(
        pusher
            .app
            .get(&format!("{TAGS}/2.0"))
            .by("alice")
            .send()
            .await
            .expect(404)
            .code(),
        "NO_SUCH_TAG"
    );
}

#[tokio::test]
async fn an_index_is_told_platform_by_platform() {
    let pusher = Pusher::new().await;
    let amd = pusher.image("", &config("amd64")).await;
    let arm = pusher.image("", &config("arm")).await;
    let attestation = {
        let config = pusher
            .blob(
                CONFIG,
                br#"{"architecture":"unknown","os":"unknown","config":{}}"#,
            )
            .await;
        let layer = pusher.blob("application/vnd.in-toto+json", b"{}").await;
        pusher.put("", MANIFEST, &json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]})).await
    };
    let child = |digest: &Digest, os: &str, architecture: &str| json!({"mediaType": MANIFEST, "digest": digest, "size": 1, "platform": {"os": os, "architecture": architecture}});
    let mut proof = child(&attestation, "unknown", "unknown");
    proof["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": amd});
    let mut armv7 = child(&arm, "linux", "arm");
    armv7["platform"]["variant"] = json!("v7");
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [proof, armv7, child(&amd, "linux", "amd64")],
    });
    let index = pusher.put("multi", INDEX, &index).await;

    let tags = pusher.json(&format!("{TAGS}/multi")).await;
    let seen: Vec<_> = tags
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| {
            (
                tag["digest"].clone(),
                tag["manifest"]["digest"].clone(),
                tag["manifest"]["dockerfile"].is_array(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (json!(index), json!(amd), true),
            (json!(index), json!(arm), true)
        ]
    );
    let platforms = tags[0]["platforms"].as_array().unwrap();
    let kinds: Vec<_> = platforms
        .iter()
        .map(|platform| platform["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["image", "image", "attestation"]);
    assert_eq!(platforms[1]["variant"], "v7");
    assert_eq!(platforms[2]["subject"], json!(amd));

    let one = pusher
        .json(&format!("{TAGS}/multi?os=linux&arch=arm"))
        .await;
    assert_eq!(
        (one.as_array().unwrap().len(), &one[0]["manifest"]["digest"]),
        (1, &json!(arm))
    );
    assert_eq!(one[0]["manifest"]["variant"], "v7");

    let list = pusher.json(TAGS).await;
    assert_eq!(
        (&list[0]["manifest"]["kind"], &list[0]["mediaType"]),
        (&json!("index"), &json!(INDEX))
    );
    assert_eq!(list[0]["platforms"].as_array().unwrap().len(), 3);
    assert_eq!(list[0]["platforms"][2]["kind"], "attestation");
}

#[tokio::test]
async fn what_a_configuration_says_does_no_harm() {
    let pusher = Pusher::new().await;
    for (tag, config) in [
        ("none", json!({})),
        (
            "types",
            json!({"os": 7, "config": "x", "history": {"a": 1}, "created": [1]}),
        ),
        ("list", json!([1, 2])),
        ("history", json!({"history": [{"created_by": "ADD"}]})),
        (
            "markup",
            json!({"config": {"Labels": {"<script>": "</script>"}}, "history": []}),
        ),
    ] {
        pusher.image(tag, &config).await;
        let tags = pusher.json(&format!("{TAGS}/{tag}")).await;
        let lines = tags[0]["manifest"]["dockerfile"].as_array().unwrap();
        assert_eq!(lines.len(), 2, "{tag}");
        assert!(lines.iter().all(|line| line["line"] == ""), "{tag}");
    }
}

#[tokio::test]
async fn an_artifact_and_its_referrers_are_told() {
    let pusher = Pusher::new().await;
    let image = pusher.image("1", &config("amd64")).await;
    let empty = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let sbom = pusher.blob("application/spdx+json", b"{\"sbom\":1}").await;
    let artifact = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/spdx+json", "config": empty,
        "layers": [sbom], "annotations": {"made.by": "us"},
        "subject": {"mediaType": MANIFEST, "digest": image, "size": 1},
    });
    let artifact = pusher.put("sbom", MANIFEST, &artifact).await;

    let referrers = pusher
        .json(&format!("{MANIFESTS}/{image}/referrers?count=true"))
        .await;
    assert_eq!(referrers.as_array().unwrap().len(), 1);
    assert_eq!(
        (&referrers[0]["digest"], &referrers[0]["artifactType"]),
        (&json!(artifact), &json!("application/spdx+json"))
    );
    assert_eq!(referrers[0]["annotations"], json!({"made.by": "us"}));
    let none = pusher
        .json(&format!("{MANIFESTS}/{image}/referrers?artifactType=other"))
        .await;
    assert_eq!(none, json!([]));

    let tag = &pusher.json(&format!("{TAGS}/sbom")).await[0];
    assert_eq!(
        (&tag["manifest"]["kind"], &tag["platforms"]),
        (&json!("artifact"), &json!([]))
    );
    assert_eq!(
        (
            &tag["manifest"]["subject"],
            &tag["manifest"]["dockerfile"][0]["size"]
        ),
        (&json!(image), &json!(10))
    );
    let counted = pusher.json(&format!("{TAGS}?filter=1")).await;
    assert_eq!(counted[0]["referrers"], 1);
}
