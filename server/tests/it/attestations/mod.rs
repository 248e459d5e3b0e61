//! How an image was built, as attestations say it, in the chain of custody: what is signed and verified, what only lies there, and what
//! somebody made up.

mod signers;

use oci::digest::{Algorithm, Digest};
use serde_json::{Value, json};

use crate::{
    custody::{line, of, words},
    pusher::{Pusher, config},
    util::MANIFEST,
};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const IN_TOTO: &str = "application/vnd.in-toto+json";
const V02: &str = "https://slsa.dev/provenance/v0.2";
const SHA: &str = "9f2c1ab0c4d7e8f90123456789abcdef01234567";
const SOURCE: &str = "https://git.example/pay/ledger";

fn predicate(source: &str, commit: &str) -> Value {
    json!({
        "builder": {"id": "https://git.example/runners/3"},
        "invocation": {"configSource": {"uri": format!("{source}.git#refs/heads/main"), "digest": {"sha1": commit}, "entryPoint": "Dockerfile"}},
        "metadata": {"buildInvocationID": "run-7", "buildStartedOn": "2026-11-25T12:00:00Z"},
    })
}

fn statement(about: &Digest, kind: &str, predicate: &Value) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v0.1", "predicateType": kind, "predicate": predicate,
        "subject": [{"name": "app", "digest": {"sha256": about.hex()}}],
    })
}

/// An image as `docker buildx build --provenance` pushes it under `1`, with labels: an index, with what the builder attests in it.
async fn built(pusher: &Pusher, labels: &Value, say: impl FnOnce(&Digest) -> String) -> Value {
    let mut config = config("amd64");
    config["config"]["Labels"] = labels.clone();
    let image = pusher.image("", &config).await;
    index(
        pusher,
        "1",
        &image,
        &image.to_string(),
        say(&image).as_bytes(),
    )
    .await;
    line(&pusher.app, "alice", "app", "1").await
}

/// The index under a tag, of which the attestation says that it is `about` that image.
async fn index(pusher: &Pusher, tag: &str, image: &Digest, about: &str, said: &[u8]) {
    let empty = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let mut layer = pusher.blob(IN_TOTO, said).await;
    layer["annotations"] = json!({"in-toto.io/predicate-type": V02});
    let manifest =
        json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": empty, "layers": [layer]});
    let attestation = pusher.put("", MANIFEST, &manifest).await;
    let size = manifest.to_string().len();
    let of = json!({"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": about});
    let child = |digest: &Digest, size: usize| json!({"mediaType": MANIFEST, "digest": digest, "size": size});
    let path = format!("/api/v0/repositories/alice/app/manifests/{image}");
    let image_size = pusher.json(&path).await["size"].as_u64().unwrap_or(1);
    let mut children = [
        child(image, usize::try_from(image_size).unwrap()),
        child(&attestation, size),
    ];
    children[1]["annotations"] = of;
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": children});
    pusher.put(tag, INDEX, &index).await;
}

/// Something attached to an image by `subject`, as `oras attach` does it.
async fn attach(pusher: &Pusher, image: &Digest, layer: &Value) -> Digest {
    let empty = pusher
        .blob("application/vnd.oci.empty.v1+json", b"{}")
        .await;
    let subject = json!({"mediaType": MANIFEST, "digest": image, "size": 500});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": IN_TOTO, "config": empty, "layers": [layer], "subject": subject,
    });
    pusher.put("", MANIFEST, &manifest).await
}

fn reason<'l>(line: &'l Value, kind: &str) -> &'l str {
    of(line, kind)[0]["reason"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn what_a_builder_put_into_its_index_is_told_and_only_claimed() {
    let pusher = Pusher::new().await;
    let said = predicate(SOURCE, SHA);
    let line = built(&pusher, &json!({}), |image| {
        statement(image, V02, &said).to_string()
    })
    .await;
    let what = format!(
        "The builder's own attestation, which nobody signed: built from commit {SHA} of {SOURCE}.git by https://git.example/runners/3"
    );
    assert_eq!(words(&line, "build"), [("claimed", what.as_str())]);
    let expected = json!({
        "builder": "https://git.example/runners/3", "source": format!("{SOURCE}.git"), "commit": SHA, "entryPoint": "Dockerfile",
        "invocationId": "run-7", "startedOn": "2026-11-25T12:00:00Z",
    });
    assert_eq!(of(&line, "build")[0]["labels"], expected);
    // nothing else says which commit it was, and nobody vouches for this
    let what = format!(
        "Built from commit {SHA} of {SOURCE}.git, as an attestation that nobody signed says"
    );
    assert_eq!(words(&line, "source"), [("claimed", what.as_str())]);
}

#[tokio::test]
async fn labels_and_attestation_that_contradict_each_other_say_so() {
    let labels = |source: &str, revision: &str| json!({"org.opencontainers.image.source": source, "org.opencontainers.image.revision": revision});
    let said = predicate(SOURCE, SHA);
    let say = |image: &Digest| statement(image, V02, &said).to_string();
    let pusher = Pusher::new().await;
    // the same, written otherwise
    let agreed = built(&pusher, &labels(SOURCE, &SHA[..8]), say).await;
    assert_eq!(
        (reason(&agreed, "source"), reason(&agreed, "build")),
        ("", "")
    );
    assert_eq!(of(&agreed, "source")[0]["standing"], "claimed");
    let other = built(&pusher, &labels(SOURCE, &"0".repeat(40)), say).await;
    assert_eq!(
        reason(&other, "source"),
        format!("an attestation that nobody signed says commit {SHA}")
    );
    assert_eq!(
        reason(&other, "build"),
        format!("the image's own labels say commit {}", "0".repeat(40))
    );
    let elsewhere = built(&pusher, &labels("https://evil.example/x", SHA), say).await;
    assert_eq!(
        reason(&elsewhere, "build"),
        "the image's own labels say https://evil.example/x"
    );
}

#[tokio::test]
async fn what_is_made_up_is_not_told_as_if_it_were_said() {
    let pusher = Pusher::new().await;
    let good = predicate(SOURCE, SHA);
    let other = Digest::of(Algorithm::Sha256, b"other");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = "x".repeat(1 << 20);
    for (name, say, expected) in [
        (
            "of another image",
            statement(&other, V02, &good).to_string(),
            "it is about another image",
        ),
        (
            "no JSON",
            "\u{0}<html>".to_owned(),
            "it is no statement of in-toto about a build",
        ),
        ("deep", deep, "it is no statement of in-toto about a build"),
        (
            "huge",
            format!("{{\"x\":\"{long}\"}}"),
            "what it says is too long, or cannot be read",
        ),
        (
            "other",
            statement(&other, "https://example.com/x", &good).to_string(),
            "it is about another image",
        ),
    ] {
        let line = built(&pusher, &json!({}), |_| say).await;
        let build = of(&line, "build");
        assert_eq!(build[0]["standing"], "claimed", "{name}");
        assert_eq!(
            build[0]["what"], "The builder's own attestation, which nobody signed",
            "{name}"
        );
        assert!(
            reason(&line, "build").starts_with(expected),
            "{name}: {build:?}"
        );
        assert!(build[0].get("labels").is_none(), "{name}");
        assert_eq!(of(&line, "source")[0]["standing"], "missing", "{name}");
    }
    // of an image that is not in the index, although the statement is about one that is
    let image = pusher.image("", &config("arm64")).await;
    let said = statement(&image, V02, &good).to_string();
    index(&pusher, "1", &image, &other.to_string(), said.as_bytes()).await;
    let line = line(&pusher.app, "alice", "app", "1").await;
    assert!(of(&line, "build")[0].get("labels").is_none(), "{line}");
    assert_eq!(of(&line, "source")[0]["standing"], "missing");
}

#[tokio::test]
async fn an_image_of_an_index_has_what_the_builder_attests_of_it_there() {
    let pusher = Pusher::new().await;
    let image = pusher.image("", &config("amd64")).await;
    let other = pusher.image("", &config("arm64")).await;
    let said = |image: &Digest, commit: &str| {
        statement(image, V02, &predicate(SOURCE, commit)).to_string()
    };
    let of = |line: &Value| {
        let builds = of(line, "build").into_iter();
        let commits = builds.map(|build| build["labels"]["commit"].as_str().map(str::to_owned));
        commits.collect::<Vec<_>>()
    };
    let told = async |image: &Digest| {
        let line = line(&pusher.app, "alice", "app", &image.to_string()).await;
        (of(&line), words_of(&line))
    };
    let missing = |told: &(Vec<Option<String>>, String)| told.1.starts_with("missing");
    assert!(missing(&told(&image).await));
    // one index has it, another too, and a third has only the other image's
    for (tag, about, commit) in [
        ("1", &image, SHA),
        ("2", &image, SHA),
        ("3", &other, "0000000000000000000000000000000000000000"),
    ] {
        let text = said(about, commit);
        index(&pusher, tag, about, &about.to_string(), text.as_bytes()).await;
    }
    let (commits, source) = told(&image).await;
    assert_eq!(commits, [Some(SHA.to_owned())]);
    let what = format!(
        "claimed: Built from commit {SHA} of {SOURCE}.git, as an attestation that nobody signed says"
    );
    assert_eq!(source, what);
    // an index that has both says of its attestation which of them it is about
    let text = said(&image, SHA);
    both(&pusher, &image, &other, text.as_bytes()).await;
    assert_eq!(told(&image).await.0.len(), 1, "the same, once");
    let (commits, _) = told(&other).await;
    assert_eq!(commits, [Some("0".repeat(40))]);
}

/// What the line says of the source.
fn words_of(line: &Value) -> String {
    let (standing, what) = words(line, "source")[0];
    format!("{standing}: {what}")
}

/// An index under `4` of both images, with what is attested of the first.
async fn both(pusher: &Pusher, image: &Digest, other: &Digest, said: &[u8]) {
    index(pusher, "4", image, &image.to_string(), said).await;
    let token = pusher.app.token("alice", &["repository:alice/app:pull"]);
    let token = token.await;
    let path = "/v2/alice/app/manifests/4";
    let index = pusher.app.get(path).bearer(&token).send().await.expect(200);
    let mut index = index.json();
    let mut second = index["manifests"][0].clone();
    second["digest"] = json!(other);
    index["manifests"].as_array_mut().unwrap().push(second);
    pusher.put("4", INDEX, &index).await;
}

#[tokio::test]
async fn a_statement_that_was_attached_without_a_signature_is_claimed() {
    let pusher = Pusher::new().await;
    let image = pusher.image("1", &config("amd64")).await;
    let good = statement(&image, V02, &predicate(SOURCE, SHA)).to_string();
    // what is about something else than the build is no station
    for kind in ["https://spdx.dev/Document", "https://example.com/x"] {
        let bill = statement(&image, kind, &json!({})).to_string();
        let mut layer = pusher.blob(IN_TOTO, bill.as_bytes()).await;
        attach(&pusher, &image, &layer).await;
        layer["annotations"] = json!({"in-toto.io/predicate-type": kind});
        attach(&pusher, &image, &layer).await;
    }
    let shown = line(&pusher.app, "alice", "app", "1").await;
    assert_eq!(words(&shown, "build").len(), 1, "{shown}");
    assert_eq!(of(&shown, "build")[0]["standing"], "missing");
    let layer = pusher.blob(IN_TOTO, good.as_bytes()).await;
    let digest = attach(&pusher, &image, &layer).await;
    let shown = line(&pusher.app, "alice", "app", "1").await;
    let what = format!(
        "An attestation that nobody signed: built from commit {SHA} of {SOURCE}.git by https://git.example/runners/3"
    );
    assert_eq!(words(&shown, "build"), [("claimed", what.as_str())]);
    let station = of(&shown, "build")[0];
    assert_eq!(station["digest"], json!(digest));
    assert!(station["at"].is_string(), "{station}");
    assert!(words_of(&shown).starts_with("claimed: "), "{shown}");
    // attached to one image, and about another
    let other = pusher.image("2", &config("arm64")).await;
    attach(&pusher, &other, &layer).await;
    let shown = line(&pusher.app, "alice", "app", "2").await;
    assert_eq!(reason(&shown, "build"), "it is about another image");
    assert!(words_of(&shown).starts_with("missing: "), "{shown}");
}
