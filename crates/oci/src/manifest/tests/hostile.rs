//! Manifests that must not pass.

use super::*;
use crate::Code;
use proptest::prelude::*;

#[track_caller]
fn refused(content_type: Option<&str>, json: &Value, why: &str) {
    let error = read(content_type, json).expect_err(why);
    assert_eq!(
        (error.code, error.status),
        (Code::ManifestInvalid, 400),
        "{error}"
    );
    assert!(
        error.message.contains(why),
        "{why:?} is not in {:?}",
        error.message
    );
}

#[test]
fn media_types_that_contradict() {
    refused(Some(OCI_INDEX), &image(), "Content-Type says");
    refused(Some(DOCKER_MANIFEST), &image(), "Content-Type says");
    refused(
        Some("application/json"),
        &image(),
        "manifests have one of these media types",
    );
    refused(
        Some("text/html"),
        &image(),
        "manifests have one of these media types",
    );
    refused(
        None,
        &with(
            image(),
            "mediaType",
            "application/vnd.oci.artifact.manifest.v1+json".into(),
        ),
        "one of these",
    );
    refused(
        Some(OCI_INDEX),
        &with(image(), "mediaType", Value::Null),
        "no config and no layers",
    );
    refused(
        Some(OCI_MANIFEST),
        &with(index(), "mediaType", Value::Null),
        "lists no manifests",
    );
}

#[test]
fn schema_1_is_refused_by_name() {
    let old = json!({"schemaVersion": 1, "name": "a/b", "tag": "latest", "fsLayers": []});
    refused(None, &old, "schema 1");
    refused(
        Some("application/vnd.docker.distribution.manifest.v1+prettyjws"),
        &old,
        "schema 1",
    );
    refused(
        Some("application/vnd.docker.distribution.manifest.v1+json"),
        &old,
        "schema 1",
    );
    for version in [json!(1), json!(3), json!(null)] {
        refused(
            Some(OCI_MANIFEST),
            &with(image(), "schemaVersion", version),
            "schemaVersion",
        );
    }
    for version in [json!("2"), json!(2.0), json!(-2), json!([2])] {
        refused(
            Some(OCI_MANIFEST),
            &with(image(), "schemaVersion", version),
            "not good JSON",
        );
    }
}

#[test]
fn one_manifest_is_not_two() {
    let both = with(image(), "manifests", index()["manifests"].clone());
    refused(None, &both, "lists no manifests");
    refused(
        Some(OCI_MANIFEST),
        &with(both.clone(), "mediaType", Value::Null),
        "lists no manifests",
    );
    refused(
        None,
        &with(both.clone(), "mediaType", Value::Null),
        "no config and no layers",
    );
    refused(
        None,
        &with(index(), "config", image()["config"].clone()),
        "no config and no layers",
    );
    refused(
        None,
        &with(index(), "layers", json!([])),
        "no config and no layers",
    );
    refused(
        None,
        &with(image(), "config", Value::Null),
        "config is missing",
    );
    refused(
        None,
        &with(index(), "manifests", Value::Null),
        "manifests is missing",
    );
}

#[test]
fn fields_of_a_descriptor() {
    for (field, value, why) in [
        (
            "digest",
            json!("sha256:bad"),
            "layers[0].digest: after `sha256:`",
        ),
        (
            "digest",
            json!(format!("md5:{}", "0".repeat(32))),
            "layers[0].digest: unknown digest algorithm",
        ),
        ("digest", json!(5), "not good JSON"),
        ("digest", json!(null), "missing field `digest`"),
        ("size", json!(null), "missing field `size`"),
        ("size", json!(-1), "not good JSON"),
        ("size", json!(1.5), "not good JSON"),
        ("size", json!("5"), "not good JSON"),
        ("size", json!(u64::MAX), "layers[0].size"),
        ("mediaType", json!(null), "layers[0].mediaType is missing"),
        ("mediaType", json!(""), "layers[0].mediaType is missing"),
        (
            "mediaType",
            json!("a\r\nb"),
            "layers[0].mediaType is a media type",
        ),
        (
            "mediaType",
            json!("x".repeat(256)),
            "layers[0].mediaType is a media type",
        ),
        (
            "artifactType",
            json!("\u{e9}"),
            "layers[0].artifactType is a media type",
        ),
        ("annotations", json!({"a": 1}), "not good JSON"),
        ("urls", json!("x"), "not good JSON"),
        ("platform", json!("linux"), "not good JSON"),
        ("data", json!("%%%"), "not base64"),
        ("data", json!("AAAA"), "does not match"),
        ("data", json!(""), "does not match"),
    ] {
        let layer = with(image()["layers"][0].clone(), field, value);
        refused(None, &with(image(), "layers", json!([layer])), why);
    }
    refused(
        None,
        &with(image(), "artifactType", json!("a\0")),
        "artifactType is a media type",
    );
    refused(
        None,
        &with(image(), "subject", json!({"digest": "x"})),
        "missing field `size`",
    );
}

#[test]
fn hostile_json() {
    for (bytes, why) in [
        (&b""[..], "not good JSON"),
        (b"null", "not good JSON"),
        (b"[]", "not good JSON"),
        (b"\"x\"", "not good JSON"),
        (b"{\"schemaVersion\":2,\"schemaVersion\":2}", "comes twice"),
        (
            b"{\"schemaVersion\":2,\"layers\":[],\"Layers\":[]}",
            "has to be written",
        ),
        (b"\x1f\x8b\x08\x00", "not good JSON"),
        (b"{} {}", "trailing characters"),
    ] {
        let error = parse(None, bytes).expect_err(why);
        assert_eq!(error.code, Code::ManifestInvalid);
        assert!(error.message.contains(why), "{error}");
    }
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(
        parse(None, deep.as_bytes())
            .unwrap_err()
            .message
            .contains("nested deeper")
    );
}

#[test]
fn size_has_a_bound() {
    let json = image().to_string();
    let padded = |size: usize| format!("{json}{}", " ".repeat(size - json.len()));
    assert!(parse(None, padded(MAX_BYTES).as_bytes()).is_ok());
    let error = parse(None, padded(MAX_BYTES + 1).as_bytes()).unwrap_err();
    assert_eq!((error.code, error.status), (Code::SizeInvalid, 413));
    let layers = |count: usize| {
        with(
            image(),
            "layers",
            vec![descriptor("a/b", b"x"); count].into(),
        )
    };
    assert!(read(None, &layers(MAX_DESCRIPTORS)).is_ok());
    refused(None, &layers(MAX_DESCRIPTORS + 1), "at most 10000");
}

/// JSON of a manifest with anything in any field.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        Just(json!(2)),
        "[a-z:/.]{0,9}".prop_map(Value::from),
        prop::sample::select(vec![OCI_MANIFEST, OCI_INDEX, DOCKER_LIST, OCI_CONFIG])
            .prop_map(Value::from),
        Just(descriptor(OCI_MANIFEST, b"x")),
    ];
    let keys = prop::sample::select(vec![
        "schemaVersion",
        "mediaType",
        "artifactType",
        "config",
        "layers",
        "manifests",
        "subject",
        "annotations",
        "digest",
        "size",
        "data",
        "x",
    ]);
    leaf.prop_recursive(3, 20, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(keys.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(json in anything(), bytes: Vec<u8>) {
        for outcome in [read(None, &json), read(Some(OCI_INDEX), &json), parse(None, &bytes)] {
            match outcome {
                Ok(manifest) => prop_assert_eq!(manifest.is_index(), manifest.config.is_none()),
                Err(error) => prop_assert_eq!(error.code, Code::ManifestInvalid),
            }
        }
    }

    #[test]
    fn a_cut_or_changed_manifest_never_passes_as_another(cut in 0usize..400, flip in 0usize..400, bit in 0u8..8) {
        let mut bytes = image().to_string().into_bytes();
        bytes.truncate(cut.max(1));
        prop_assert!(bytes.len() == image().to_string().len() || parse(None, &bytes).is_err());
        let mut bytes = image().to_string().into_bytes();
        let at = flip % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(manifest) = parse(None, &bytes) {
            prop_assert!(!manifest.is_index() && manifest.config.is_some());
        }
    }
}
