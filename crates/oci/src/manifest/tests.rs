//! Manifests that real clients push.

mod hostile;

use super::*;
use crate::Algorithm;
use serde_json::{Value, json};

fn digest(content: &[u8]) -> String {
    Digest::of(Algorithm::Sha256, content).to_string()
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(content), "size": content.len()})
}

fn image() -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(OCI_CONFIG, b"config"),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", b"layer")],
    })
}

fn index() -> Value {
    let mut child = descriptor(OCI_MANIFEST, b"child");
    child["platform"] = json!({"os": "linux", "architecture": "arm", "variant": "v7", "os.version": "1", "os.features": ["x"]});
    json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child]})
}

fn read(content_type: Option<&str>, json: &Value) -> Result<Manifest, Error> {
    parse(content_type, json.to_string().as_bytes())
}

/// The manifest with one field set, or taken away by `null`.
fn with(mut manifest: Value, field: &str, value: Value) -> Value {
    let fields = manifest.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(field)
    } else {
        fields.insert(field.to_owned(), value)
    };
    manifest
}

#[test]
fn an_image() {
    let manifest = read(Some(OCI_MANIFEST), &image()).unwrap();
    assert_eq!(
        (manifest.media_type.as_str(), manifest.is_index()),
        (OCI_MANIFEST, false)
    );
    assert_eq!(manifest.effective_artifact_type(), Some(OCI_CONFIG));
    let blobs: Vec<_> = manifest
        .blobs()
        .map(|blob| (blob.digest.to_string(), blob.size))
        .collect();
    assert_eq!(blobs, [(digest(b"config"), 6), (digest(b"layer"), 5)]);
    assert_eq!(manifest.children().count(), 0);
}

#[test]
fn an_index() {
    let manifest = read(Some(OCI_INDEX), &index()).unwrap();
    assert!(manifest.is_index());
    assert_eq!(
        (manifest.blobs().count(), manifest.effective_artifact_type()),
        (0, None)
    );
    let child = manifest.children().next().unwrap();
    let platform = Platform {
        os: "linux".into(),
        architecture: "arm".into(),
        variant: Some("v7".into()),
        os_version: Some("1".into()),
    };
    assert_eq!(
        (child.digest.to_string(), child.platform.clone()),
        (digest(b"child"), Some(platform))
    );
    let empty = read(
        None,
        &json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}),
    )
    .unwrap();
    assert_eq!(empty.children().count(), 0);
}

#[test]
fn dockers_own() {
    let manifest = with(image(), "mediaType", DOCKER_MANIFEST.into());
    assert_eq!(
        read(Some(DOCKER_MANIFEST), &manifest)
            .unwrap()
            .blobs()
            .count(),
        2
    );
    let list = with(index(), "mediaType", DOCKER_LIST.into());
    assert!(read(Some(DOCKER_LIST), &list).unwrap().is_index());
}

#[test]
fn an_artifact_with_a_subject() {
    let artifact = json!({
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": "application/vnd.example.sbom.v1",
        "config": {"mediaType": OCI_EMPTY, "digest": digest(b"{}"), "size": 2, "data": "e30="},
        "layers": [descriptor("application/vnd.example.sbom.v1", b"sbom")],
        "subject": descriptor(OCI_MANIFEST, b"not pushed"),
        "annotations": {"org.example.key": "value", "Config": "x"},
        "org.ABC": "custom",
    });
    let manifest = read(
        Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"),
        &artifact,
    )
    .unwrap();
    assert_eq!(
        manifest.effective_artifact_type(),
        Some("application/vnd.example.sbom.v1")
    );
    assert_eq!(
        manifest.subject.unwrap().digest.to_string(),
        digest(b"not pushed")
    );
    assert_eq!(
        manifest
            .annotations
            .get("org.example.key")
            .map(String::as_str),
        Some("value")
    );
    assert_eq!(manifest.config.unwrap().data.as_deref(), Some("e30="));
    let custom = with(
        with(artifact, "artifactType", "".into()),
        "config",
        descriptor("application/x", b"c"),
    );
    assert_eq!(
        read(None, &custom).unwrap().effective_artifact_type(),
        Some("application/x")
    );
}

#[test]
fn layers_from_elsewhere_need_not_be_here() {
    for (kind, foreign) in [
        (
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            true,
        ),
        (
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            true,
        ),
        (
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            true,
        ),
        ("application/x.foreign.nondistributable", false),
    ] {
        let manifest = read(
            None,
            &with(image(), "layers", json!([descriptor(kind, b"x")])),
        )
        .unwrap();
        assert_eq!(
            manifest.blobs().count(),
            if foreign { 1 } else { 2 },
            "{kind}"
        );
    }
}

#[test]
fn the_media_type_may_be_left_out() {
    let image = with(image(), "mediaType", Value::Null);
    let index = with(index(), "mediaType", Value::Null);
    for (header, manifest, expected) in [
        (None, &image, OCI_MANIFEST),
        (None, &index, OCI_INDEX),
        (Some(""), &index, OCI_INDEX),
        (Some(DOCKER_MANIFEST), &image, DOCKER_MANIFEST),
        (
            Some("Application/Vnd.OCI.Image.Index.v1+JSON ; a=b"),
            &index,
            OCI_INDEX,
        ),
    ] {
        assert_eq!(read(header, manifest).unwrap().media_type, expected);
    }
    let null_layers = with(with(image.clone(), "layers", Value::Null), "x", 1.into());
    assert_eq!(read(Some(OCI_MANIFEST), &null_layers).unwrap().layers, []);
}

#[test]
fn a_descriptor_is_written_as_the_specification_has_it() {
    let manifest = read(None, &index()).unwrap();
    let mut expected = index()["manifests"][0].clone();
    expected["platform"]
        .as_object_mut()
        .unwrap()
        .remove("os.features");
    assert_eq!(
        serde_json::to_value(manifest.children().next().unwrap()).unwrap(),
        expected
    );
}
